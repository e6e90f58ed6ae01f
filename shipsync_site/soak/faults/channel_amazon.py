"""Amazon as a history plays it."""

from __future__ import annotations

import random

from shipsync_site.demo.proof import AMAZON_CARRIERS
from shipsync_site.soak.faults.channel import (
    STREETS,
    Cancel,
    Channel,
    Json,
    Standing,
    Told,
)
from stores.sandbox.driver import SandboxClient

VARIANTS = (
    *("malformed", "zero_lines", "unknown_enum", "unknown_status", "emoji_name"),
    *("long_note", "long_address", "missing_postcode"),
)


def _wish(rng: random.Random) -> Json:
    wish: Json = {
        "marketplace": rng.choice(("UK", "UK", "DE")),
        "count": rng.choice((1, 1, 2, 3)),
        "seed": rng.randrange(1 << 30),
        "order_age": rng.choice((0, 200, 600, 7200)),
        "ship_by_hours": rng.choice((6, 48, 72, 96, 120)),
        "lines": rng.choice((1, 2, 3)),
    }
    odd = rng.random()
    if odd < 0.12:
        wish |= {"same_buyer": True, "count": rng.choice((2, 3))}
    elif odd < 0.18:
        wish["pending"] = rng.choice((300, 1800))
    elif odd < 0.22:
        wish["fulfilled_by"] = "AMAZON"
    elif odd < 0.26:
        wish |= {"country": "FR", "ioss": rng.choice((True, "empty"))}
    elif odd < 0.34:
        wish["variant"] = rng.choice(VARIANTS)
    elif odd < 0.38:
        wish |= {"missed_in_list": 1.0, "missed_seconds": 7200}
    elif odd < 0.44:
        wish |= {"late_cancel": 1.0, "late_cancel_after": rng.choice((60, 900, 3600))}
    elif odd < 0.5:
        wish |= {"quantity": 4, "lines": 1}
    return wish


def _address(rng: random.Random) -> Json:
    return {"addressLine1": rng.choice(STREETS), "city": rng.choice(("York", "Bath"))}


def _told(row: Json) -> Told | None:
    if row["operation"] != "confirm":
        return None
    return Told(
        number=row["key"],
        tracking=row["trackingNumber"],
        carrier=row["carrierCode"],
        sequence=row["sequence"],
    )


def _standing(order: Json) -> Standing:
    match order["status"]:
        case "UNSHIPPED" | "PARTIALLY_SHIPPED":
            return "open"
        case "SHIPPED":
            return "shipped"
        case "CANCELLED":
            return "cancelled"
    return "pending"


def _cancel(order: Json) -> Cancel:
    found: Cancel = order["cancel"]
    return found


def _open_shop(client: SandboxClient) -> None:
    """The demo's world has it."""


def _own_shipping(wish: Json) -> bool:
    return wish.get("fulfilled_by") == "AMAZON"


AMAZON = Channel(
    code="amazon",
    wish=_wish,
    address=_address,
    cancels=("request", "request", "cancelled", "line"),
    told=_told,
    standing=_standing,
    cancel=_cancel,
    open_shop=_open_shop,
    own_shipping=_own_shipping,
    carriers=AMAZON_CARRIERS,
    faults=(
        ("poison", {"count": 2}),
        ("revoked", {}),
        ("secret_expired", {}),
        ("role_missing", {"operation": "searchOrders"}),
        ("gateway", {"count": 3}),
        ("null_message", {"count": 3}),
        ("dropped", {"count": 1}),
    ),
)
