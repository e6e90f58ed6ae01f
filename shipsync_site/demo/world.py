"""The demo's people, accounts and stores, matched to the sandbox's."""

from __future__ import annotations

import io

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse
from django.utils.text import capfirst

from shipsync_site.demo import customs
from shipsync_site.demo.channels import (
    EBAY,
    TIKTOK,
    Channel,
    Shop,
    Warehouse,
    channels,
    shops,
    warehouses,
)
from shipsync_site.lib import clock
from shipsync_site.roles import ROLES
from stores import connect, lanes, statements
from stores.connectors import CONNECTORS
from stores.errors import ThrottledError
from stores.models import (
    DECISIONS,
    OperatingModel,
    Operator,
    RemoteAccount,
    ShipStationAccount,
    Store,
)
from stores.models.account import Environment, fingerprint
from stores.models.store import StoreMode, StoreState
from stores.sandbox.driver import Json, SandboxClient
from stores.webhooks import endpoints, subscribing

EBAY_TOPICS = ("MARKETPLACE_ACCOUNT_DELETION", "ORDER_CONFIRMATION")


def password(role: str) -> str:
    """The demo's login of a role: printed, and worthless elsewhere."""
    return f"demo-{role}-shipsync"


def sandbox_config(
    rate: float,
    orders_per_second: float | None = None,
    *,
    codes: tuple[str, ...] = ("amazon",),
) -> Json:
    """The peers' lags scaled down, and an API store per store of ours.

    ``orders_per_second`` raises Amazon's rate for its order list; the default plan has
    one call in three minutes, too few to watch.
    """
    amazon: Json = {"two_minutes": rate}
    if orders_per_second:
        amazon["quotas"] = {"searchOrders": {"rate": orders_per_second, "burst": 20}}
    peers: Json = {"amazon": amazon}
    for channel in channels(codes):
        peers.setdefault(channel.code, {}).update(channel.config)
    if "ebay" in codes:
        peers["ebay"] |= _ebay_config()
    if "tiktok" in codes:
        peers["tiktok"] |= _tiktok_config()
    return {
        **peers,
        "shipstation": {
            "index_lag": [0, rate],
            "accounts": [
                {
                    "key": warehouse.key,
                    "secret": warehouse.secret,
                    "stores": [
                        api_store(shop)
                        for _, shop in shops(codes)
                        if shop.warehouse == name
                    ],
                }
                for name, warehouse in warehouses(codes).items()
            ],
        },
    }


def api_store(shop: Shop) -> Json:
    """The ShipStation store of a shop: ours to fill, or one that imports by itself."""
    store: Json = {"storeId": shop.store_id, "storeName": shop.name}
    if shop.connection is None:
        return {**store, "storeName": f"{shop.name} (shipsync)", "marketplaceId": 0}
    return {**store, "marketplaceId": 10, "connection": dict(shop.connection)}


def _tiktok_config() -> Json:
    app = {
        "app_key": TIKTOK.settings["app_key"],
        "app_secret": TIKTOK.secrets["app_secret"],
        "service_id": TIKTOK.settings["service_id"],
    }
    if not settings.SHIPSYNC_PUBLIC_URL:
        return {}
    back = f"{settings.SHIPSYNC_PUBLIC_URL}{reverse('stores:consent')}"
    return {"apps": [{**app, "redirect_url": back}]}


def _ebay_config() -> Json:
    if not settings.SHIPSYNC_PUBLIC_URL:
        return {}
    back = f"{settings.SHIPSYNC_PUBLIC_URL}{reverse('stores:consent')}"
    return {"apps": [{"client_id": EBAY.settings["client_id"], "accept_url": back}]}


def build(
    sandbox: SandboxClient,
    rate: float,
    orders_per_second: float | None = None,
    *,
    codes: tuple[str, ...] = ("amazon",),
) -> list[tuple[str, str]]:
    """Fill an empty database and set up the peers; returns the logins.

    ``codes``: on which marketplaces we sell. Idempotent: a second call on the same
    database changes nothing.
    """
    call_command("ensure_roles", stdout=io.StringIO())
    logins = _people()
    sandbox.config(**sandbox_config(rate, orders_per_second, codes=codes))
    shipstations = {
        name: shipstation_row(warehouse)
        for name, warehouse in warehouses(codes).items()
    }
    sellers = {}
    for channel in channels(codes):
        seller = sellers[channel.name] = seller_row(channel)
        for shop in channel.shops:
            store_row(shop, seller, shipstations[shop.warehouse])
        connect.seed_carrier_defaults(CONNECTORS.get(channel.code))
    customs.seed()
    lanes.ensure_lanes()
    for tested in (*shipstations.values(), *sellers.values()):
        connect.test_connection(tested)
    if settings.SHIPSYNC_PUBLIC_URL:
        for account in shipstations.values():
            endpoints.switch(endpoints.endpoint_of(account), on=True)
            _subscribe_at_shipstation(account)
        if "ebay" in sellers:
            _subscribe_at_ebay(sandbox, sellers["ebay"])
        if "tiktok" in sellers:
            _subscribe_at_tiktok(sellers["tiktok"])
    return logins


def shipstation_row(warehouse: Warehouse) -> ShipStationAccount:
    """Our row of a ShipStation account."""
    account, _ = ShipStationAccount.objects.update_or_create(
        key_fingerprint=fingerprint(warehouse.key),
        defaults={
            "name": warehouse.name,
            "environment": Environment.SANDBOX,
            "secrets": {"api_key": warehouse.key, "api_secret": warehouse.secret},
            "secrets_set_at": clock.now(),
            "stop_tag_id": warehouse.stop_tag_id,
        },
    )
    return account


def seller_row(channel: Channel) -> RemoteAccount:
    """Our row of a seller's account on a marketplace."""
    if CONNECTORS.get(channel.code).operators:
        _operator(channel)
    known = {"region": "", "app_id": "", **channel.account}
    account, _ = RemoteAccount.objects.update_or_create(
        marketplace=channel.code,
        seller_id=known["seller_id"],
        region=known["region"],
        app_id=known["app_id"],
        defaults={
            "name": known["name"],
            "environment": Environment.SANDBOX,
            "secrets": dict(channel.secrets),
            "secrets_set_at": clock.now(),
            "settings": dict(channel.settings),
        },
    )
    return account


def _operator(channel: Channel) -> None:
    """The row of the list that only admins edit; the sandbox plays its host."""
    code = channel.account["region"]
    Operator.objects.get_or_create(
        marketplace=channel.code,
        code=code,
        defaults={"label": capfirst(code), "host": f"https://{code}.example.com"},
    )


def store_row(
    shop: Shop, seller: RemoteAccount, shipstation: ShipStationAccount
) -> Store:
    """Our row of a shop, live, with its rules and what people say of it."""
    store, _ = Store.objects.update_or_create(
        slug=shop.slug,
        defaults={
            "name": shop.name,
            "remote_account": seller,
            "remote_marketplace": shop.marketplace,
            "shipstation_account": shipstation,
            "shipstation_store_id": shop.store_id,
            "state": StoreState.LIVE,
            "mode": StoreMode.DIRECT if shop.connection else StoreMode.ORCHESTRATED,
            "timezone": shop.timezone,
        },
    )
    OperatingModel.objects.get_or_create(
        store=store,
        version=1,
        defaults={"decided": list(DECISIONS), **shop.rules},
    )
    theirs = shop.connection and shop.rules.get("shipped_owner") != "shipsync"
    said = statements.newest(store)
    for subject, value in (
        ("notify_setting", "label" if theirs else "never"),
        ("buyer_emails", "off"),
        ("stop_tag_known", "known"),
        ("automation_rule", "set_up"),
        ("tax_sample", "shows"),
        ("checklist", "signed"),
    ):
        if subject not in said:
            statements.record(store, subject, value, "Part of the demo", None)
    return store


def _subscribe_at_shipstation(account: ShipStationAccount) -> None:
    """Where a quota window has just ended, in the next one."""
    while True:
        try:
            subscribing.ensure(account, urgent=True)
        except ThrottledError as error:
            clock.sleep(error.retry_after)
        else:
            return


def _subscribe_at_ebay(sandbox: SandboxClient, account: RemoteAccount) -> None:
    """What a person does at developer.ebay.com, Alerts & Notifications."""
    endpoint = endpoints.endpoint_of(account)
    endpoints.switch(endpoint, on=True)
    sandbox.post(
        "subscribe",
        {
            "peer": "ebay",
            "url": endpoints.address_of(endpoint),
            "token": EBAY.secrets["verification_token"],
            "topics": EBAY_TOPICS,
        },
    )


def _subscribe_at_tiktok(account: RemoteAccount) -> None:
    """What 'Tell TikTok Shop our address' on the account's page does."""
    endpoint = endpoints.endpoint_of(account)
    endpoints.switch(endpoint, on=True)
    connect.connector_for(account).subscribe(endpoints.address_of(endpoint))


def _people() -> list[tuple[str, str]]:
    logins = []
    for role in ROLES:
        user, made = User.objects.get_or_create(
            username=role,
            defaults={"first_name": capfirst(role), "email": f"{role}@example.test"},
        )
        if made:
            user.set_password(password(role))
            user.save()
            user.groups.add(Group.objects.get(name=role))
        logins.append((role, password(role)))
    if not User.objects.filter(username="superuser").exists():
        User.objects.create_superuser("superuser", password=password("superuser"))
    return [*logins, ("superuser", password("superuser"))]
