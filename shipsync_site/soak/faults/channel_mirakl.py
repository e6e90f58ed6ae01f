"""Mirakl as a history plays it: a shop at two operators that differ in what counts.

One accepts by itself and takes one parcel per order; the other waits for the shop and
takes each parcel as a shipment.
"""

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
from stores.sandbox.driver import SandboxClient

# The sandbox's own operators (stores/sandbox/mirakl): shop, ShipStation store, rules.
OPERATORS: dict[str, tuple[str, int, Json]] = {
    "northgate": ("2001", 20011, {}),
    "salon": ("77", 20012, {"acceptance": "auto"}),
}
# What each operator calls a carrier, in one word for both.
NAMES = {
    ("northgate", "ROYALMAIL"): "Royal Mail",
    ("northgate", "DPD_UK"): "DPD",
    ("northgate", "EVRI"): "Evri",
    ("salon", "RM24"): "Royal Mail",
    ("salon", "31"): "DPD",
    ("salon", "44"): "Evri",
}
CARRIERS = {
    "royal_mail": "Royal Mail",
    "rm_cnd_walleted": "Royal Mail",
    "dpd": "DPD",
    "hermes": "Evri",
}
VARIANTS = (
    *("zero_lines", "unknown_status", "unknown_enum", "emoji_name"),
    *("missing_postcode", "malformed"),
)
WAITING = ("STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT")
LEFT = ("SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED")


def _open_shop(client: SandboxClient) -> None:
    for operator, (shop, store_id, rules) in OPERATORS.items():
        Shop(
            marketplace="mirakl",
            slug=operator,
            name=operator.title(),
            seller_id=shop,
            region=operator,
            remote_marketplace=operator,
            store_id=store_id,
            secrets={"api_key": f"key-{operator}-demo"},
            settings={"first_pull_days": 2},
            rules=rules,
        ).open(client)


def _wish(rng: random.Random) -> Json:
    wish: Json = {
        "operator": rng.choice(tuple(OPERATORS)),
        "country": "GBR",
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
        wish["staging"] = rng.choice((300, 1800))
    elif odd < 0.24:
        wish["fulfilled_by"] = "operator"
    elif odd < 0.32:
        wish["split"] = rng.choice((2, 3))
    elif odd < 0.42:
        wish["variant"] = rng.choice(VARIANTS)
    elif odd < 0.5:
        wish |= {
            "late_cancel": 1.0,
            "late_cancel_after": rng.choice((60, 900, 1800)),
            "late_cancel_how": rng.choice(("request", "cancelled", "line")),
        }
    elif odd < 0.58:
        wish |= {"quantity": 4, "lines": 1}
    return wish


def _address(rng: random.Random) -> Json:
    return {"street_1": rng.choice(STREETS), "city": rng.choice(("York", "Bath"))}


def _told(row: Json) -> Told | None:
    """A parcel that left, or another number for one that had."""
    told = row["operation"] == "ship" or (
        row["operation"] == "tracking" and row["after_shipping"]
    )
    if not told or not row["accepted"]:
        return None
    code, name = str(row["carrier_code"] or ""), str(row["carrier_name"] or "")
    return Told(
        number=row["key"],
        tracking=row["trackingNumber"],
        carrier=NAMES.get((row["operator"], code), code or name),
        sequence=row["sequence"],
    )


def _standing(order: Json) -> Standing:
    status = order["status"]
    if status in ("CANCELED", "REFUSED"):
        return "cancelled"
    if status in WAITING:
        return "pending"
    return "shipped" if status in LEFT else "open"


def _cancel(order: Json) -> Cancel:
    """What its answers show: a message stays one, whatever the next one says."""
    found: Cancel = order["cancel"]
    return "requested" if found == "none" and order["message"] else found


def _own_shipping(wish: Json) -> bool:
    return wish.get("fulfilled_by") == "operator"


MIRAKL = Channel(
    code="mirakl",
    open_shop=_open_shop,
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
        ("revoked", {"operator": "salon"}),
        ("suspended", {"operator": "northgate"}),
        ("gateway", {"count": 3}),
        ("maintenance", {"count": 2}),
        ("burst", {"count": 3}),
    ),
)
