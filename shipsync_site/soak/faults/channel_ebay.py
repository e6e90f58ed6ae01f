"""eBay as a history plays it."""

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

# The sandbox's own credentials (stores/sandbox/ebay): they open nothing else.
SELLER, CLIENT_ID = "demo_trading", "Demo-shipsync-PRD-demo"
RU_NAME = "Demo_Trading-Demoship-shipsy-demo"
SECRETS = {
    "client_secret": "PRD-demo-secret",
    "refresh_token": "v^1.1#i^1#r^1#demo",
    "verification_token": "v" * 40,
}
STORE = 20005
CARRIERS = {
    "royal_mail": "RoyalMail",
    "rm_cnd_walleted": "RoyalMail",
    "dpd": "DPD",
    "hermes": "Hermes",
}
VARIANTS = (
    *("zero_lines", "unknown_status", "unknown_enum", "emoji_name"),
    *("missing_postcode", "malformed"),
)
OTHERS = ("DIGITAL", "FULFILLED_BY_EBAY", "EBAY_LABEL", "IN_STORE_PICKUP")


SHOP = Shop(
    marketplace="ebay",
    slug="ebay-uk",
    name="eBay UK",
    seller_id=SELLER,
    app_id=CLIENT_ID,
    remote_marketplace="EBAY_GB",
    store_id=STORE,
    secrets=SECRETS,
    settings={"client_id": CLIENT_ID, "ru_name": RU_NAME, "first_pull_days": 2},
)


def _wish(rng: random.Random) -> Json:
    wish: Json = {
        "count": rng.choice((1, 1, 2, 3)),
        "seed": rng.randrange(1 << 30),
        "order_age": rng.choice((0, 200, 600)),
        "ship_by_hours": rng.choice((6, 48, 72, 96)),
        "lines": rng.choice((1, 2, 3)),
    }
    odd = rng.random()
    if odd < 0.12:
        wish |= {"same_buyer": True, "count": rng.choice((2, 3))}
    elif odd < 0.18:
        wish["pending"] = rng.choice((300, 1800))
    elif odd < 0.24:
        wish["kind"] = rng.choice(OTHERS)
    elif odd < 0.3:
        wish |= {"country": "FR", "ioss": True}
    elif odd < 0.34:
        wish["hub"] = True
    elif odd < 0.42:
        wish["variant"] = rng.choice(VARIANTS)
    elif odd < 0.5:
        wish |= {"late_cancel": 1.0, "late_cancel_after": rng.choice((60, 900, 1800))}
    elif odd < 0.56:
        wish |= {"quantity": 4, "lines": 1}
    return wish


def _address(rng: random.Random) -> Json:
    return {"addressLine1": rng.choice(STREETS), "city": rng.choice(("York", "Bath"))}


def _told(row: Json) -> Told | None:
    if row["operation"] != "fulfil":
        return None
    return Told(
        number=row["key"],
        tracking=row["trackingNumber"],
        carrier=row["shippingCarrierCode"],
        sequence=row["sequence"],
    )


def _standing(order: Json) -> Standing:
    if order["cancel"] == "CANCELED":
        return "cancelled"
    if order["payment"] != "PAID":
        return "pending"
    return "shipped" if order["status"] == "FULFILLED" else "open"


def _cancel(order: Json) -> Cancel:
    match order["cancel"]:
        case "NONE_REQUESTED":
            return "none"
        case "CANCELED":
            return "cancelled"
    return "requested"


def _own_shipping(wish: Json) -> bool:
    return wish.get("kind") in OTHERS


EBAY = Channel(
    code="ebay",
    open_shop=SHOP.open,
    wish=_wish,
    address=_address,
    cancels=("request", "request", "cancelled"),
    told=_told,
    standing=_standing,
    cancel=_cancel,
    own_shipping=_own_shipping,
    carriers=CARRIERS,
    faults=(
        ("poison", {"count": 2}),
        ("revoked", {}),
        ("keyset_disabled", {}),
        ("scope_missing", {}),
        ("gateway", {"count": 3}),
        ("burst", {"count": 3}),
    ),
)
