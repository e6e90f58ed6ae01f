"""The demo's people, accounts and stores, matched to the sandbox's."""

from __future__ import annotations

import io

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse
from django.utils.text import capfirst

from shipsync_site.lib import clock
from shipsync_site.roles import ROLES
from stores import connect, lanes
from stores.connectors import CONNECTORS
from stores.errors import ThrottledError
from stores.models import OperatingModel, RemoteAccount, ShipStationAccount, Store
from stores.models.account import Environment, fingerprint
from stores.models.store import StoreState
from stores.sandbox.driver import Json, SandboxClient
from stores.webhooks import endpoints, subscribing

# The sandbox's own credentials (stores/sandbox): they open nothing else.
SHIPSTATION_KEY, SHIPSTATION_SECRET = "demo-key", "demo-secret"
SELLER = "A2DEMOSELLER"
CLIENT_ID = "amzn1.application-oa2-client.demo"
APPLICATION_ID = "amzn1.sp.solution.demo"
CLIENT_SECRET, REFRESH_TOKEN = "demo-secret", "Atzr|demo"
EBAY_SELLER, EBAY_APP = "demo_trading", "Demo-shipsync-PRD-demo"
EBAY_RU_NAME = "Demo_Trading-Demoship-shipsy-demo"
EBAY_SECRETS = {
    "client_secret": "PRD-demo-secret",
    "refresh_token": "v^1.1#i^1#r^1#demo",
    "verification_token": "demo-verification-token-of-shipsync",
}
EBAY_TOPICS = ("MARKETPLACE_ACCOUNT_DELETION", "ORDER_CONFIRMATION")
EBAY_STORE = ("ebay-uk", "eBay UK", "EBAY_GB", 20007, "Europe/London")
STORES = (
    ("amazon-uk", "Amazon UK", "A1F83G8C2ARO7P", 20001, "Europe/London"),
    ("amazon-de", "Amazon Germany", "A1PA6795UKMFR9", 20004, "Europe/Berlin"),
)


def password(role: str) -> str:
    """The demo's login of a role: printed, and worthless elsewhere."""
    return f"demo-{role}-shipsync"


def sandbox_config(
    rate: float, orders_per_second: float | None = None, *, ebay: bool = False
) -> Json:
    """The peers' lags scaled down, and an API store per store of ours.

    ``orders_per_second`` raises Amazon's rate for its order list; the default plan has
    one call in three minutes, too few to watch. ``ebay``: eBay's buyers take part; they
    may ask to cancel for a day.
    """
    stores = [
        {"storeId": number, "storeName": f"{name} (shipsync)", "marketplaceId": 0}
        for _, name, _, number, _ in (*STORES, *([EBAY_STORE] if ebay else []))
    ]
    amazon: Json = {"two_minutes": rate}
    if orders_per_second:
        amazon["quotas"] = {"searchOrders": {"rate": orders_per_second, "burst": 20}}
    return {
        "amazon": amazon,
        **({"ebay": _ebay_config()} if ebay else {}),
        "shipstation": {
            "index_lag": [0, rate],
            "accounts": [
                {
                    "key": SHIPSTATION_KEY,
                    "secret": SHIPSTATION_SECRET,
                    "stores": stores,
                }
            ],
        },
    }


def _ebay_config() -> Json:
    config: Json = {"cancel_window": 86_400}
    if settings.SHIPSYNC_PUBLIC_URL:
        back = f"{settings.SHIPSYNC_PUBLIC_URL}{reverse('stores:consent')}"
        config["apps"] = [{"client_id": EBAY_APP, "accept_url": back}]
    return config


def build(
    sandbox: SandboxClient,
    rate: float,
    orders_per_second: float | None = None,
    *,
    ebay: bool = False,
) -> list[tuple[str, str]]:
    """Fill an empty database and set up the peers; returns the logins.

    ``ebay`` adds a store there. Idempotent: a second call on the same database changes
    nothing.
    """
    call_command("ensure_roles", stdout=io.StringIO())
    logins = _people()
    sandbox.config(**sandbox_config(rate, orders_per_second, ebay=ebay))
    shipstation, _ = ShipStationAccount.objects.update_or_create(
        key_fingerprint=fingerprint(SHIPSTATION_KEY),
        defaults={
            "name": "ShipStation (sandbox)",
            "environment": Environment.SANDBOX,
            "secrets": {
                "api_key": SHIPSTATION_KEY,
                "api_secret": SHIPSTATION_SECRET,
            },
            "secrets_set_at": clock.now(),
            "stop_tag_id": 501,
        },
    )
    seller, _ = RemoteAccount.objects.update_or_create(
        marketplace="amazon",
        seller_id=SELLER,
        region="eu",
        app_id=APPLICATION_ID,
        defaults={
            "name": "Amazon Europe (sandbox)",
            "environment": Environment.SANDBOX,
            "secrets": {
                "lwa_client_secret": CLIENT_SECRET,
                "refresh_token": REFRESH_TOKEN,
            },
            "secrets_set_at": clock.now(),
            "settings": {"client_id": CLIENT_ID, "first_pull_days": 2},
        },
    )
    for row in STORES:
        _store(row, seller, shipstation)
    sellers = [seller]
    if ebay:
        sellers.append(_ebay_seller())
        _store(EBAY_STORE, sellers[-1], shipstation)
    for account in sellers:
        connect.seed_carrier_defaults(CONNECTORS.get(account.marketplace))
    lanes.ensure_lanes()
    for tested in (shipstation, *sellers):
        connect.test_connection(tested)
    if settings.SHIPSYNC_PUBLIC_URL:
        endpoints.switch(endpoints.endpoint_of(shipstation), on=True)
        _subscribe_at_shipstation(shipstation)
        if ebay:
            _subscribe_at_ebay(sandbox, sellers[-1])
    return logins


def _subscribe_at_shipstation(account: ShipStationAccount) -> None:
    """Where a quota window has just ended, in the next one."""
    while True:
        try:
            subscribing.ensure(account, urgent=True)
        except ThrottledError as error:
            clock.sleep(error.retry_after)
        else:
            return


def _store(
    row: tuple[str, str, str, int, str],
    seller: RemoteAccount,
    shipstation: ShipStationAccount,
) -> None:
    slug, name, marketplace, number, zone = row
    store, _ = Store.objects.update_or_create(
        slug=slug,
        defaults={
            "name": name,
            "remote_account": seller,
            "remote_marketplace": marketplace,
            "shipstation_account": shipstation,
            "shipstation_store_id": number,
            "state": StoreState.LIVE,
            "timezone": zone,
        },
    )
    OperatingModel.objects.get_or_create(store=store, version=1)


def _ebay_seller() -> RemoteAccount:
    account, _ = RemoteAccount.objects.update_or_create(
        marketplace="ebay",
        seller_id=EBAY_SELLER,
        region="",
        app_id="",
        defaults={
            "name": "eBay (sandbox)",
            "environment": Environment.SANDBOX,
            "secrets": EBAY_SECRETS,
            "secrets_set_at": clock.now(),
            "settings": {
                "client_id": EBAY_APP,
                "ru_name": EBAY_RU_NAME,
                "first_pull_days": 2,
            },
        },
    )
    return account


def _subscribe_at_ebay(sandbox: SandboxClient, account: RemoteAccount) -> None:
    """What a person does at developer.ebay.com, Alerts & Notifications."""
    endpoint = endpoints.endpoint_of(account)
    endpoints.switch(endpoint, on=True)
    sandbox.post(
        "subscribe",
        {
            "peer": "ebay",
            "url": endpoints.address_of(endpoint),
            "token": EBAY_SECRETS["verification_token"],
            "topics": EBAY_TOPICS,
        },
    )


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
