"""The training room: shops of one's own in the sandbox, for each person.

A room is real rows and real accounts at the simulated peers, so that what somebody
does in it touches nobody else's orders, carriers, rules or pauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User

from shipsync_site.demo import customs, world
from shipsync_site.demo.channels import (
    AMAZON,
    EBAY,
    TRAINING_STORES,
    Channel,
    Shop,
    Warehouse,
)
from shipsync_site.training import Role
from stores import connect, lanes, setup
from stores.connectors import CONNECTORS
from stores.models import (
    DECISIONS,
    Direction,
    OperatingModel,
    RemoteAccount,
    ShipStationAccount,
    Store,
)
from stores.models.account import Environment
from stores.sandbox.driver import SandboxClient

WAREHOUSE = Warehouse(
    name="ShipStation for training (sandbox)",
    key="training-key",
    secret="training-secret",  # noqa: S106 - the sandbox's own
    stop_tag_id=701,
)
# Trainees share this key: a class must not wait for the minute's forty calls.
CALLS_A_MINUTE = 400
COLLEAGUE = "training-colleague"
_STORES_EACH = 10
_NOT_RULES = ("id", "store", "version", "note", "created_at", "created_by")


class RefusedError(Exception):
    """Lessons can't run here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopKind:
    """A kind of shop in each room; ``name`` as the end of 'Training of Mia, …'."""

    number: int
    name: str
    channel: Channel
    marketplace: str
    site: str
    timezone: str = "Europe/London"
    rules: Mapping[str, Any] = field(default_factory=dict)


SHOPS = {
    "uk": ShopKind(
        number=1,
        name="Amazon UK",
        channel=AMAZON,
        marketplace="A1F83G8C2ARO7P",
        site="UK",
    ),
    # Here orders are not to be combined.
    "de": ShopKind(
        number=2,
        name="Amazon Germany",
        channel=AMAZON,
        marketplace="A1PA6795UKMFR9",
        site="DE",
        timezone="Europe/Berlin",
        rules={"combined": "forbid"},
    ),
    # Here a parcel is told six hours after its label: a buyer may still think again.
    "later": ShopKind(
        number=4,
        name="Amazon France",
        channel=AMAZON,
        marketplace="A13V1IB3VIYZZH",
        site="FR",
        timezone="Europe/Paris",
        rules={"confirm_timing": "hours_after", "confirm_hours": 6},
    ),
    # Here whatever the marketplace is told of a cancellation needs two people.
    "dear": ShopKind(
        number=5,
        name="Amazon Italy",
        channel=AMAZON,
        marketplace="APJ6JRA9NG5V4",
        site="IT",
        timezone="Europe/Rome",
        rules={"four_eyes_above": Decimal("0.00")},
    ),
    "ebay": ShopKind(
        number=3,
        name="eBay UK",
        channel=EBAY,
        marketplace="EBAY_GB",
        site="EBAY_GB",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A person's shop for a lesson: our row, the peer, and how its buyers order."""

    sandbox: SandboxClient
    store: Store
    channel: str
    placing: Mapping[str, str]

    @property
    def seller_id(self) -> str:
        """The seller's id at the marketplace."""
        return self.store.remote_account.seller_id


def refusal() -> str:
    """Why lessons can't run here, '' where they can."""
    if not settings.SHIPSYNC_SANDBOX_URL:
        return (
            "Lessons are played in the sandbox, and this installation has none: its "
            "address (SHIPSYNC_SANDBOX_URL) is not set. 'make demo' starts one."
        )
    for model in (RemoteAccount, ShipStationAccount):
        real = model._default_manager.exclude(environment=Environment.SANDBOX).first()
        if real is not None:
            return (
                f"Lessons run only where every account is the sandbox's, and "
                f"'{real.name}' is a real one: nothing that is tried here may reach it. "
                "Use the demo or an installation for training."
            )
    return ""


def sandbox() -> SandboxClient:
    """The control API of the sandbox; raises RefusedError where lessons can't run."""
    why = refusal()
    if why:
        raise RefusedError(why)
    return SandboxClient(settings.SHIPSYNC_SANDBOX_URL)


def named(user: User) -> str:
    """A person's name, as a lesson is kept under."""
    return user.get_full_name() or user.get_username()


def colleague() -> User:
    """Who stands for the first of two people; without a password nobody logs in so."""
    user, made = User.objects.get_or_create(
        username=COLLEAGUE, defaults={"first_name": "A colleague"}
    )
    if made:
        user.set_unusable_password()
        user.save()
        user.groups.add(Group.objects.get(name=Role.CS.value))
    return user


def slug_of(user: User, shop: str) -> str:
    """The slug of a person's training shop."""
    return f"training-{user.pk}-{shop}"


def find(user: User, shop: str) -> Room:
    """A room that was opened before; raises RefusedError, Store.DoesNotExist."""
    client = sandbox()
    store = Store.objects.select_related("remote_account", "shipstation_account").get(
        slug=slug_of(user, shop)
    )
    place = SHOPS[shop]
    return Room(
        sandbox=client,
        store=store,
        channel=place.channel.code,
        placing={
            "seller_id": store.remote_account.seller_id,
            "marketplace": place.site,
        },
    )


def open_room(user: User, shop: str) -> Room:
    """A person's shop as it is on the first day: made where it is missing, live, with
    its first rules. Raises RefusedError, SandboxError.

    Makes calls: never inside a transaction.
    """
    client = sandbox()
    channel, place = _channel(user, shop), SHOPS[shop]
    _set_up_peers(client, channel)
    customs.seed()
    warehouse = world.shipstation_row(WAREHOUSE)
    seller = world.seller_row(channel)
    connect.seed_carrier_defaults(CONNECTORS.get(channel.code))
    store = world.store_row(channel.shops[0], seller, warehouse)
    lanes.ensure_lanes()
    for account in (warehouse, seller):
        if not account.checked_at:
            connect.test_connection(account)
        connect.resume(account, user)
    _first_rules(store, place.rules)
    return find(user, shop)


def wake(store: Store, *, pull: bool) -> None:
    """Ask for a shop's lanes to be looked at now; its list of orders where wanted."""
    for account, direction in setup.lanes_of(store):
        if pull or direction != Direction.PULL:
            lanes.nudge(account, direction)


def _channel(user: User, shop: str) -> Channel:
    place = SHOPS[shop]
    amazon = place.channel.code == AMAZON.code
    seller_id = f"A2TRAINEE{user.pk:05d}" if amazon else f"trainee_{user.pk}"
    base = place.channel
    return Channel(
        code=base.code,
        account={
            **base.account,
            "name": f"Training of {named(user)}, {base.code} (sandbox)"[:100],
            "seller_id": seller_id,
        },
        secrets={**base.secrets, "refresh_token": token_of(seller_id)},
        settings=base.settings,
        shops=(
            Shop(
                slug=slug_of(user, shop),
                name=f"Training of {named(user)}, {place.name}"[:100],
                marketplace=place.marketplace,
                store_id=TRAINING_STORES + user.pk * _STORES_EACH + place.number,
                timezone=place.timezone,
                rules=place.rules,
            ),
        ),
    )


def token_of(seller_id: str) -> str:
    """The consent of a trainee's seller at the simulated marketplace."""
    prefix = "Atzr|" if seller_id.startswith("A2") else "v^1.1#i^1#r^1#"
    return f"{prefix}{seller_id}"


def agree(client: SandboxClient, channel: str, seller_id: str) -> None:
    """The seller lets shipsync in, again where that was taken back."""
    sites = [x.site for x in SHOPS.values() if x.channel.code == channel]
    seller = {
        "id": seller_id,
        "marketplaces": sites,
        "refresh_token": token_of(seller_id),
    }
    client.config(**{channel: {"sellers": [seller]}})


def _set_up_peers(client: SandboxClient, channel: Channel) -> None:
    """The seller, and the store in the training account at ShipStation."""
    agree(client, channel.code, channel.account["seller_id"])
    account = {
        "key": WAREHOUSE.key,
        "secret": WAREHOUSE.secret,
        "name": "Training",
        "limit": CALLS_A_MINUTE,
        "stores": [world.api_store(shop) for shop in channel.shops],
        "tags": [{"tagId": WAREHOUSE.stop_tag_id, "name": "shipsync: stop"}],
    }
    # The call names the whole set of accounts.
    others = [
        known
        for known in client.config()["shipstation"]["accounts"]
        if known["key"] != WAREHOUSE.key
    ]
    client.config(shipstation={"accounts": [*others, account]})


def _first_rules(store: Store, rules: Mapping[str, Any]) -> None:
    """A new version, where the rules are no longer those of the first day."""
    now = setup.current_rules(store)
    first = OperatingModel(store=store, decided=list(DECISIONS), **rules)
    names = [
        column.name
        for column in OperatingModel._meta.concrete_fields
        if column.name not in _NOT_RULES
    ]
    if all(getattr(now, name) == getattr(first, name) for name in names):
        return
    first.version = now.version + 1
    first.note = "Training: as on the first day"
    first.save()
