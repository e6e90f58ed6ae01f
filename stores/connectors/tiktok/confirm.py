"""A dispatch as TikTok wants it: which units, under which number; pure.

TikTok is told of units, we know lines and quantities: the units are chosen from the
order as it is now. Its package knows no reference of ours, so the number itself shows
an earlier success. A parcel that is told already is corrected, which TikTok allows
once, within 72 hours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stores.connectors.tiktok.lines import Group, Unit
from stores.connectors.tiktok.refusals import ALREADY_FULFILLED
from stores.errors import RejectedError
from stores.remote_types import Confirmation

LEAST, MOST = 4, 50
_ALLOWED = re.compile(r"[A-Za-z0-9\-_./]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Nothing is to be done: TikTok has these units under this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """These units are to be marked as shipped."""

    unit_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """This package's number is to be changed; '' for the only one of an order."""

    package_id: str


def plain_number(tracking: str) -> str:
    """A tracking number without the spaces that labels print for reading."""
    return "".join(tracking.split())


def checked_number(confirmation: Confirmation) -> str:
    """The number to send; RejectedError for one that TikTok takes never."""
    number = plain_number(confirmation.tracking_number)
    if not number:
        raise _refusal(
            "trackingNumber",
            "The shipment has no tracking number; enter it in ShipStation or mark the "
            "order as shipped in Seller Center",
        )
    if not LEAST <= len(number) <= MOST or not _ALLOWED.fullmatch(number):
        raise _refusal(
            "trackingNumber",
            f"TikTok takes {LEAST} to {MOST} letters, digits and - _ . /, the tracking "
            f"number is {number!r}",
        )
    if not confirmation.carrier_code:
        raise _refusal(
            "carrierCode", "No shipping provider is given; map the carrier for TikTok"
        )
    if not confirmation.lines:
        raise _refusal("lines", "The dispatch holds no order lines")
    return number


def plan(
    confirmation: Confirmation, number: str, groups: Sequence[Group]
) -> Told | Tell | Correct:
    """What is to be done for a dispatch, from the order as it is now.

    Raises RejectedError where the order has not so many units any more, or the parcel
    to be corrected is not clear.
    """
    numbers = (number, *map(plain_number, confirmation.replaces))
    chosen: list[Unit] = []
    missing: list[str] = []
    for line_id, quantity in confirmation.lines:
        group = next((group for group in groups if group.holds(line_id)), None)
        if group is None:
            raise _refusal("lines", f"TikTok's order has no item {line_id}")
        if quantity < 1:
            raise _refusal(
                "lines", f"Item {line_id}: the quantity {quantity} is no parcel"
            )
        # Units told under a voided number are this parcel's, not further ones.
        done = sum(
            unit.told and any(_same(unit, each) for each in numbers)
            for unit in group.units
        )
        free = [unit for unit in group.units if unit.open]
        wanted = max(0, quantity - done)
        chosen += free[:wanted]
        if len(free) < wanted:
            missing.append(line_id)
    old = _replaced(confirmation, groups)
    if not chosen and old is not None:
        return Correct(package_id=old)
    if missing:
        raise _no_units(missing, groups)
    return Tell(unit_ids=tuple(unit.id for unit in chosen)) if chosen else Told()


def _same(unit: Unit, number: str) -> bool:
    return plain_number(unit.tracking_number).upper() == number.upper()


def _replaced(confirmation: Confirmation, groups: Sequence[Group]) -> str | None:
    """The package whose number is to be changed, '' for an order's only one.

    Only a parcel of ours whose label was voided is changed, never one that somebody
    else told TikTok of.
    """
    told = [unit for group in groups for unit in group.units if unit.told]
    packages = {unit.package_id for unit in told}
    for number in confirmation.replaces:
        old = {u.package_id for u in told if _same(u, plain_number(number))}
        if old:
            return "" if len(packages) == 1 else min(old)
    return None


def _no_units(missing: Sequence[str], groups: Sequence[Group]) -> RejectedError:
    """Why the parcel's items can't be told: shipped under another number, cancelled."""
    named = [g for g in groups if any(g.holds(line_id) for line_id in missing)]
    others = {u.tracking_number for g in named for u in g.units if u.told}
    if others:
        shown = ", ".join(sorted(filter(None, others))) or "no number"
        return RejectedError(
            f"TikTok has these items as shipped already, with {shown}. Compare the "
            "parcels of the order in Seller Center",
            code=ALREADY_FULFILLED,
            field="trackingNumber",
        )
    return RejectedError(
        "TikTok has fewer of these items to ship than the parcel holds: the rest was "
        "cancelled. The order is read again",
        code="too_many_units",
        field="lines",
    )


def _refusal(field: str, text: str) -> RejectedError:
    return RejectedError(text, code="not_sent", field=field)
