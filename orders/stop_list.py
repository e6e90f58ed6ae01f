"""The stop list's one answer for what was scanned: STOP, GO or UNKNOWN. Pure.

STOP as soon as one order of the parcel is not to leave, however old the knowledge. GO
only where all is known, of every order in the parcel, and was read lately: all else is
UNKNOWN, and a lead decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The marketplace's states in which a parcel may be packed, or has been.
TO_PACK = frozenset({"open", "partly_shipped", "shipped"})


class Light(StrEnum):
    """What the whole screen says."""

    STOP = "stop"
    GO = "go"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOrder:
    """One order of a parcel, as the bench must know it.

    ``asked``: a request to cancel that nobody has decided; ``doubt``: something that may
    be one. ``apart``: cancelled, and its goods were taken out of the parcel.
    ``unwanted``: cancelled units may be in the parcel. ``short``: units that are not on
    the shelf; ``rest_may_go``: a person lets the others leave. ``runs``: its store and
    accounts are live. ``in_shipstation``: a record or a label of it is known.
    ``known_at``: all that its systems said before this moment has been read.
    """

    number: str
    cancelled: bool = False
    apart: bool = False
    asked: bool = False
    doubt: bool = False
    unwanted: bool = False
    held: bool = False
    intercept: bool = False
    not_ours: bool = False
    short: int = 0
    rest_may_go: bool = False
    since: datetime | None = None
    runs: bool = True
    status: str = "open"
    in_shipstation: bool = True
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a scan means; ``orders`` are all that share the parcel.

    ``several``: it may mean more than one parcel. ``voided``: the label that was scanned
    does not count any more. ``strangers``: goods of no known order are in it.
    """

    orders: tuple[BenchOrder, ...] = ()
    several: bool = False
    voided: bool = False
    strangers: bool = False

    @property
    def known_at(self) -> datetime | None:
        """The oldest of what is known; None where something was never read."""
        moments = [order.known_at for order in self.orders]
        if not moments or None in moments:
            return None
        return min(moment for moment in moments if moment is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The light with its reason; ``since`` when that is so, ``number`` whose it is."""

    light: Light
    why: str
    do: str
    since: datetime | None = None
    number: str = ""
    known_at: datetime | None = None


_TAKE_OFF = "Take it off the line"
_ASK = "Ask a lead"


def answer(parcel: Parcel, *, now: datetime, max_age: timedelta) -> Answer:
    """What the bench is told of a parcel."""
    known_at = parcel.known_at
    if parcel.several:
        numbers = ", ".join(order.number for order in parcel.orders[:4])
        return Answer(
            light=Light.UNKNOWN,
            why=f"More than one parcel may be meant: {numbers}",
            do=_ASK,
            known_at=known_at,
        )
    for order, why, do in _stops(parcel):
        return Answer(
            light=Light.STOP,
            why=why,
            do=do,
            since=order.since if order else None,
            number=order.number if order else "",
            known_at=known_at,
        )
    for why in _unknowns(parcel, now, max_age):
        return Answer(light=Light.UNKNOWN, why=why, do=_ASK, known_at=known_at)
    return Answer(light=Light.GO, why=_go(parcel), do="Pack it", known_at=known_at)


def _stops(parcel: Parcel) -> Iterator[tuple[BenchOrder | None, str, str]]:
    """What speaks against its leaving, the plainest first."""
    orders = parcel.orders
    for order in orders:
        if order.cancelled and not (order.apart and len(orders) > 1):
            yield order, "Cancelled", _TAKE_OFF
    for order in orders:
        if order.intercept:
            yield order, "Wanted back: somebody has asked to stop it", _TAKE_OFF
    if parcel.voided:
        yield None, "The label was voided", "Don't use this label"
    for order in orders:
        if order.asked:
            yield order, "The buyer asks to cancel", f"{_TAKE_OFF} until CS decides"
        if order.doubt:
            yield order, "It may have to be cancelled", f"{_TAKE_OFF} until CS decides"
        if order.not_ours:
            yield order, "Not ours to ship", _TAKE_OFF
    for order in orders:
        if order.unwanted:
            yield order, "Some of it was cancelled", "Don't close the parcel: ask CS"
        if order.short and not order.rest_may_go:
            yield order, f"{_units(order.short)} not on the shelf", "Put it aside"
        if order.held:
            yield order, "On hold", "Put it aside"


def _unknowns(parcel: Parcel, now: datetime, max_age: timedelta) -> Iterator[str]:
    """What keeps a parcel from being let go on what is known."""
    if not parcel.orders:
        yield "No order or parcel with this number is known here"
    if parcel.strangers:
        yield "Goods of an order that is not known here may be in it"
    for order in parcel.orders:
        if not order.runs:
            yield f"The store of {order.number} is paused: nothing is read for it"
        if order.status not in TO_PACK and not order.cancelled:
            yield f"{order.number} is not known to be paid and open"
        if not order.in_shipstation:
            yield f"{order.number} is not in ShipStation"
    known_at = parcel.known_at
    if known_at is None:
        yield "It was never read completely"
    elif now - known_at > max_age:
        yield "What is known of it is too old"


def _go(parcel: Parcel) -> str:
    missing = sum(order.short for order in parcel.orders)
    if missing:
        return f"Without {_units(missing)} not on the shelf: the rest may go"
    others = len([order for order in parcel.orders if not order.cancelled])
    return f"{others} orders in this parcel" if others > 1 else "No reason to stop it"


def _units(number: int) -> str:
    return f"{number} unit{'' if number == 1 else 's'}"


def readings(text: str) -> tuple[str, ...]:
    """What a typed or scanned text may stand for, the plain text first.

    Parcel labels code more than the number that is printed: USPS puts '420' and the ZIP
    code before it (IMpb), FedEx ends its 34 digits with it, DPD puts '%' and the
    postcode before and the service behind. ShipStation's own slips carry its order id in
    hexadecimal between ^#^ and ^ (community.shipstation.com, 'Scan to View Barcode').
    """
    plain = " ".join(text.split())[:100]
    bare = "".join(plain.split()).upper()
    return tuple(dict.fromkeys(filter(None, (plain, *_coded(bare)))))


def _coded(bare: str) -> Iterable[str]:
    if slip := re.fullmatch(r"\^#\^([0-9A-F]{1,15})\^", bare):
        yield str(int(slip[1], 16))
        return
    yield bare
    yield bare.replace("-", "")
    if bare.isascii() and bare.isdigit():
        if bare.startswith("420"):
            # A ZIP code of five or of nine digits stands before 20 to 26 of the number.
            yield from (bare[n:] for n in (8, 12) if 20 <= len(bare) - n <= 26)
        if len(bare) == 34:
            yield from (bare[-12:], bare[-15:])
    if bare.startswith("%") and len(bare) == 28:
        yield bare[8:22]
