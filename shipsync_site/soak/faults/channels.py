"""What a history has to know of each marketplace: its options and its ledger's words."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shipsync_site.demo.proof import AMAZON_CARRIERS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One confirmation that a marketplace accepted.

    ``again``: it replaced an earlier one of the same parcel instead of adding one.
    """

    number: str
    tracking: str
    carrier: str
    reference: str
    again: bool
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A marketplace of the sandbox as the driver plays it.

    ``wish`` draws the options of one control call that places orders; ``cancels`` are
    the values of ``how``; ``address`` draws the fields of a change; ``told`` reads a
    ledger row; ``standing`` says of the peer's own view of an order where it stands:
    'open', 'pending', 'shipped' or 'cancelled'. ``carriers`` is what it has to be told
    per ShipStation carrier. ``faults`` are (fault, options) that only this peer plays.
    """

    code: str
    wish: Callable[[random.Random], Json]
    address: Callable[[random.Random], Json]
    cancels: tuple[str, ...]
    told: Callable[[Json], Told | None]
    standing: Callable[[Json], str]
    carriers: Mapping[str, str]
    faults: tuple[tuple[str, Json], ...] = ()


VARIANTS = (
    *("malformed", "zero_lines", "unknown_enum", "unknown_status", "emoji_name"),
    *("long_note", "long_address", "missing_postcode"),
)
STREETS = ("12 New Road", "Flat 3, 7 Station Road", "1 The Green", "88 Long Lane")


def _amazon_wish(rng: random.Random) -> Json:
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


def _amazon_address(rng: random.Random) -> Json:
    return {"addressLine1": rng.choice(STREETS), "city": rng.choice(("York", "Bath"))}


def _amazon_told(row: Json) -> Told | None:
    if row["operation"] != "confirm":
        return None
    return Told(
        number=row["key"],
        tracking=row["trackingNumber"],
        carrier=row["carrierCode"],
        reference=row["packageReferenceId"],
        again=bool(row["edit"]),
        sequence=row["sequence"],
    )


def _amazon_standing(order: Json) -> str:
    return {
        "UNSHIPPED": "open",
        "PARTIALLY_SHIPPED": "open",
        "SHIPPED": "shipped",
        "CANCELLED": "cancelled",
    }.get(order["status"], "pending")


AMAZON = Channel(
    code="amazon",
    wish=_amazon_wish,
    address=_amazon_address,
    cancels=("request", "request", "cancelled", "line"),
    told=_amazon_told,
    standing=_amazon_standing,
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
CHANNELS: dict[str, Channel] = {channel.code: channel for channel in (AMAZON,)}
