"""Where the demo sells and ships from, matched to the sandbox's own accounts.

Its credentials are the sandbox's own (stores/sandbox): they open nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """A ShipStation account."""

    name: str
    key: str
    secret: str
    stop_tag_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A store of ours; ``placing`` is how the sandbox's buyers come to it.

    ``rules`` are those of its operating model that differ from the defaults;
    ``connection``: ShipStation imports its orders itself (direct mode).
    """

    slug: str
    name: str
    marketplace: str
    store_id: int
    placing: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    connection: Mapping[str, Any] | None = None
    timezone: str = "Europe/London"
    warehouse: str = "main"
    # Which carriers its parcels go with; an odd one is refused and becomes a case.
    carriers: tuple[str, ...] = ("royal_mail", "rm_cnd_walleted", "dpd", "hermes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A seller's account on a marketplace, its shops, and odd orders to show cases.

    ``key`` names it where a marketplace has several; ``config`` is for its peer.
    """

    code: str
    key: str = ""
    account: Mapping[str, str]
    secrets: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    shops: tuple[Shop, ...]
    oddities: tuple[Json, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the demo calls it: the marketplace, or the operator."""
        return self.key or self.code


# ShipStation's stores from this id on are trainees': no play of the demo packs there.
TRAINING_STORES = 700_000
WAREHOUSES = {
    "main": Warehouse(
        name="ShipStation (sandbox)",
        key="demo-key",
        secret="demo-secret",  # noqa: S106 - the sandbox's own
        stop_tag_id=501,
    ),
    "outlet": Warehouse(
        name="ShipStation, outlet (sandbox)",
        key="second-key",
        secret="second-secret",  # noqa: S106 - the sandbox's own
        stop_tag_id=601,
    ),
}
AMAZON = Channel(
    code="amazon",
    account={
        "name": "Amazon Europe (sandbox)",
        "seller_id": "A2DEMOSELLER",
        "region": "eu",
        "app_id": "amzn1.sp.solution.demo",
    },
    secrets={"lwa_client_secret": "demo-secret", "refresh_token": "Atzr|demo"},
    settings={
        "client_id": "amzn1.application-oa2-client.demo",
        "first_pull_days": 2,
    },
    shops=(
        Shop(
            slug="amazon-uk",
            name="Amazon UK",
            marketplace="A1F83G8C2ARO7P",
            placing={"marketplace": "UK"},
            store_id=20001,
        ),
        Shop(
            slug="amazon-de",
            name="Amazon Germany",
            marketplace="A1PA6795UKMFR9",
            placing={"marketplace": "DE"},
            store_id=20004,
            timezone="Europe/Berlin",
            # Amazon takes only some carriers from Britain to Germany.
            carriers=(*("dpd", "royal_mail") * 9, "hermes"),
        ),
    ),
    oddities=(
        {"marketplace": "UK", "variant": "malformed"},
        {"marketplace": "UK", "variant": "zero_lines"},
        {"marketplace": "DE", "variant": "long_address"},
        {"marketplace": "UK", "variant": "emoji_name"},
        {"marketplace": "UK", "variant": "unknown_enum"},
        {"marketplace": "UK", "variant": "missing_postcode"},
        {"marketplace": "UK", "fulfilled_by": "AMAZON"},
        {"marketplace": "DE", "programs": ["FBM_SHIP_PLUS"]},
        {"marketplace": "UK", "country": "FR", "ioss": True},
        {"marketplace": "UK", "country": "FR", "ioss": "empty"},
        {"marketplace": "UK", "pending": 1800},
        {"marketplace": "DE", "ship_by_hours": 3},
        {"marketplace": "UK", "same_buyer": True, "count": 2},
    ),
)
EBAY = Channel(
    code="ebay",
    account={"name": "eBay (sandbox)", "seller_id": "demo_trading"},
    secrets={
        "client_secret": "PRD-demo-secret",
        "refresh_token": "v^1.1#i^1#r^1#demo",
        "verification_token": "demo-verification-token-of-shipsync",
    },
    settings={
        "client_id": "Demo-shipsync-PRD-demo",
        "ru_name": "Demo_Trading-Demoship-shipsy-demo",
        "first_pull_days": 2,
    },
    shops=(
        Shop(
            slug="ebay-uk",
            name="eBay UK",
            marketplace="EBAY_GB",
            placing={"marketplace": "EBAY_GB"},
            store_id=20007,
        ),
        Shop(
            slug="ebay-de",
            name="eBay Germany",
            marketplace="EBAY_DE",
            placing={"marketplace": "EBAY_DE"},
            store_id=30007,
            timezone="Europe/Berlin",
            warehouse="outlet",
            carriers=("royal_mail", "dpd"),
            connection={
                "peer": "ebay",
                "seller_id": "demo_trading",
                "marketplace": "EBAY_DE",
                "refresh": 30,
            },
        ),
    ),
    oddities=(
        {"hub": True, "country": "US", "sku": "MUG-BLUE"},
        {"country": "DE", "sku": "TEA-EARL"},
        {"country": "FR", "ioss": True, "mixed_tax": True, "lines": 5},
        {"kind": "CLICK_AND_COLLECT"},
        {"kind": "DIGITAL"},
        {"variant": "malformed"},
        {"pending": 1800},
    ),
    config={
        "sellers": [{"id": "demo_trading", "marketplaces": ["EBAY_GB", "EBAY_DE"]}],
        # Buyers may ask to cancel for a day.
        "cancel_window": 86_400,
    },
)
TIKTOK = Channel(
    code="tiktok",
    account={"name": "TikTok Shop (sandbox)", "seller_id": "GBLC000001"},
    secrets={
        "app_secret": "demo_secret_0123456789",
        "refresh_token": "TTR_demo_refresh",
    },
    settings={
        "app_key": "6demoshipsync",
        "service_id": "7300000000000000042",
        "first_pull_days": 2,
    },
    shops=(
        Shop(
            slug="tiktok-uk",
            name="TikTok Shop UK",
            marketplace="GB",
            store_id=20009,
            carriers=("royal_mail", "dpd", "hermes"),
        ),
    ),
    oddities=(
        {"order_age": 60.0},
        {"country": "IE"},
        {"bundle": True},
        {"kind": "SAMPLE"},
        {"kind": "TIKTOK_SHIPPING"},
        {"kind": "FULFILLED_BY_TIKTOK"},
        {"quantity": 3, "gift": True},
        {"pending": 1800},
    ),
    # The hour in which a buyer may think again, in minutes to watch.
    config={"hold_seconds": 600},
)
NORTHGATE = Channel(
    code="mirakl",
    key="northgate",
    account={
        "name": "Northgate (sandbox)",
        "seller_id": "2001",
        "region": "northgate",
    },
    secrets={"api_key": "key-northgate-demo"},
    settings={"first_pull_days": 2, "message_stops": True},
    shops=(
        Shop(
            slug="northgate",
            name="Northgate",
            marketplace="northgate",
            placing={"operator": "northgate"},
            store_id=30009,
            warehouse="outlet",
            carriers=(*("royal_mail", "hermes") * 9, "stamps_com"),
        ),
    ),
    oddities=(
        {"operator": "northgate", "split": 2},
        {"operator": "northgate", "b2b": True},
        {"operator": "northgate", "variant": "unknown_status"},
        {"operator": "northgate", "variant": "missing_postcode"},
        {"operator": "northgate", "staging": 1800},
        {"operator": "northgate", "fulfilled_by": "operator"},
    ),
)
HOMEWARE = Channel(
    code="mirakl",
    key="homeware",
    account={
        "name": "Homeware (sandbox)",
        "seller_id": "310",
        "region": "homeware",
    },
    secrets={"api_key": "key-homeware-demo"},
    settings={
        "first_pull_days": 2,
        "accept_hours": 48,
        "ioss_field": "ioss-number",
        "message_stops": True,
    },
    shops=(
        Shop(
            slug="homeware",
            name="Homeware",
            marketplace="homeware",
            placing={"operator": "homeware"},
            store_id=20010,
            rules={"acceptance": "auto"},
            carriers=("royal_mail",),
        ),
    ),
    oddities=(
        {"operator": "homeware", "country": "FRA", "ioss": True},
        {"operator": "homeware", "debit_fails": True},
    ),
    # Quarters of an hour until a buyer's money is there, in moments to watch.
    config={"operators": [{"code": "homeware", "debit_seconds": 30}]},
)
CHANNELS = {x.name: x for x in (AMAZON, EBAY, TIKTOK, NORTHGATE, HOMEWARE)}
EVERY = tuple(CHANNELS)


def channels(names: tuple[str, ...]) -> list[Channel]:
    """The channels of these names, in their order."""
    return [CHANNELS[name] for name in names]


def shops(names: tuple[str, ...]) -> list[tuple[Channel, Shop]]:
    """Every shop of these channels."""
    return [(channel, shop) for channel in channels(names) for shop in channel.shops]


def warehouses(names: tuple[str, ...]) -> dict[str, Warehouse]:
    """The ShipStation accounts that these channels ship from, the main one first."""
    used = {"main", *(shop.warehouse for _, shop in shops(names))}
    return {name: row for name, row in WAREHOUSES.items() if name in used}
