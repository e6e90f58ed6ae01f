"""TikTok Shop as a history plays it."""

from __future__ import annotations

import random

from shipsync_site.soak.faults.channel import (
    STREETS,
    Cancel,
    Channel,
    Json,
    Standing,
    Told,
)
from shipsync_site.soak.faults.shop import Shop

# The sandbox's own credentials (stores/sandbox/tiktok): they open nothing else.
SHOP_CODE = "GBLC000001"
SETTINGS = {
    "app_key": "6demoshipsync",
    "service_id": "7300000000000000042",
    "first_pull_days": 2,
}
SECRETS = {
    "app_secret": "demo_secret_0123456789",
    "refresh_token": "TTR_demo_refresh",
}
STORE = 20006
CARRIERS = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Hermes/EVRI",
}
# Those whose orders can be read; a status of its own is among them.
VARIANTS = (
    *("zero_lines", "unknown_status", "unknown_enum", "emoji_name"),
    *("missing_postcode", "malformed"),
)
OTHERS = ("TIKTOK_SHIPPING", "FULFILLED_BY_TIKTOK")
KINDS = ("SAMPLE", "REPLACEMENT", "EXCHANGE", "COLLECTION_POINT")
SHIPPED = ("AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED")


SHOP = Shop(
    marketplace="tiktok",
    slug="tiktok-uk",
    name="TikTok Shop UK",
    seller_id=SHOP_CODE,
    remote_marketplace="GB",
    store_id=STORE,
    secrets=SECRETS,
    settings=SETTINGS,
)


def _wish(rng: random.Random) -> Json:
    wish: Json = {
        "count": rng.choice((1, 1, 2, 3)),
        "seed": rng.randrange(1 << 30),
        "order_age": rng.choice((0, 200, 600)),
        "ship_by_hours": rng.choice((6, 48, 72, 96)),
        "lines": rng.choice((1, 2, 3)),
        # The hour in which buyers cancel alone, shorter than a history is long.
        "hold": rng.choice((0, 0, 300, 1200)),
    }
    odd = rng.random()
    if odd < 0.12:
        wish |= {"same_buyer": True, "count": rng.choice((2, 3))}
    elif odd < 0.18:
        wish["pending"] = rng.choice((300, 1800))
    elif odd < 0.24:
        wish["kind"] = rng.choice(OTHERS)
    elif odd < 0.32:
        wish["kind"] = rng.choice(KINDS)
    elif odd < 0.38:
        wish |= {"gift": True, "bundle": rng.random() < 0.5}
    elif odd < 0.45:
        wish["variant"] = rng.choice(VARIANTS)
    elif odd < 0.53:
        wish |= {"late_cancel": 1.0, "late_cancel_after": rng.choice((60, 900, 1800))}
    elif odd < 0.6:
        wish |= {"quantity": 4, "lines": 1}
    return wish


def _address(rng: random.Random) -> Json:
    return {
        "address_line1": rng.choice(STREETS),
        "post_town": rng.choice(("York", "Bath")),
    }


def _told(row: Json) -> Told | None:
    if row["operation"] not in ("mark_shipped", "shipping_info_updated"):
        return None
    return Told(
        number=row["key"],
        tracking=row["trackingNumber"],
        carrier=row["provider"],
        sequence=row["sequence"],
    )


def _standing(order: Json) -> Standing:
    status = order["status"]
    if status == "CANCELLED":
        return "cancelled"
    if status in ("UNPAID", "ON_HOLD"):
        return "pending"
    return "shipped" if status in SHIPPED else "open"


def _cancel(order: Json) -> Cancel:
    found: Cancel = order["cancel"]
    return found


def _own_shipping(wish: Json) -> bool:
    return wish.get("kind") in OTHERS


TIKTOK = Channel(
    code="tiktok",
    open_shop=SHOP.open,
    wish=_wish,
    address=_address,
    cancels=("request", "request", "cancelled", "line"),
    told=_told,
    standing=_standing,
    cancel=_cancel,
    own_shipping=_own_shipping,
    carriers=CARRIERS,
    faults=(
        ("poison", {"count": 2}),
        ("revoked", {}),
        ("app_disabled", {}),
        ("scope_missing", {}),
        ("gateway", {"count": 3}),
        ("burst", {"count": 3}),
        ("unavailable", {"count": 2}),
        ("internal", {"count": 3}),
        ("internal_after", {"count": 2}),
        ("unverifiable", {"count": 1}),
    ),
)
