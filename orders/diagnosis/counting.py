"""What one order's notes of both sides add to the figures; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orders.diagnosis.tally import Tally
from stores.vat_area import EU, country_of

Json = dict[str, Any]
Euros = Callable[[Decimal, str, datetime], Decimal | None]

DOMESTIC = "the same country"
WITHIN_EU = "within the EU"
INTO_EU = "into the EU from outside"
UNKNOWN = "not told"
# Goods above this value need no IOSS (Regulation (EU) 2019/2026: 150 EUR).
IOSS_LIMIT = Decimal(150)
# Where a number is expected of a parcel that comes from elsewhere.
_EXPECTS = {INTO_EU: "IOSS", "into Norway": "VOEC", "into the UK": "UK VAT number"}
_NAMED = {
    "NO": "into Norway",
    "GB": "into the UK",
    "CH": "into Switzerland",
    "AU": "into Australia",
    "NZ": "into New Zealand",
}
ELSEWHERE = "elsewhere abroad"
_GOES_ON = ("awaiting_payment", "awaiting_shipment", "pending_fulfillment", "on_hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A note of a parcel with its mark."""

    mark: str
    note: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The notes of one order: at the marketplace, and what ShipStation has of it."""

    order: Json | None
    records: Sequence[Json] = ()
    parcels: Sequence[Parcel] = ()

    @property
    def name(self) -> str:
        """The id that people look it up by."""
        if self.order is not None:
            return str(self.order["number"] or self.order["id"])
        if self.records:
            return str(self.records[0]["number"])
        return str(self.parcels[0].note["number"]) if self.parcels else ""

    @property
    def living(self) -> list[Parcel]:
        """Parcels that count: no voided, return or test labels."""
        return [parcel for parcel in self.parcels if parcel.note["alive"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known besides the notes.

    ``told`` are the marks of parcels that the marketplace shows, ``labelled`` of those
    that ShipStation has; both of any order (a combined parcel has several).
    """

    now: datetime
    since: datetime
    ship_from: str
    our_prefix: str
    told_within: timedelta
    mapped: Callable[[str, str], bool]
    euros: Euros
    skus: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    labelled: frozenset[str] = field(default_factory=frozenset)


def destination(country: str, ship_from: str) -> str:
    """The class of a destination, as seen from where the store ships."""
    to, origin = country_of(country), country_of(ship_from)
    if not to:
        return UNKNOWN
    if to == origin:
        return DOMESTIC
    if to in EU:
        return WITHIN_EU if origin in EU else INTO_EU
    return _NAMED.get(to, ELSEWHERE)


def count(tally: Tally, it: Situation, known: Known) -> None:
    """Add one order of both sides."""
    for record in it.records:
        _record(tally, record, it, known)
    if it.order is None:
        if it.records:
            tally.add("only_in_shipstation", it.name)
        for parcel in it.living:
            _carrier(tally, parcel, it, known)
        return
    tally.add("orders")
    if it.order["not_ours"]:
        tally.row("not_ours", str(it.order["not_ours"]), example=it.name)
        return
    if not it.records and it.order["status"] in ("open", "partly_shipped"):
        tally.add("not_in_shipstation", it.name)
    _cancelled(tally, it.order, it, known)
    _tax(tally, it.order, it, known)
    _skus(tally, it.order, it, known)
    _dispatches(tally, it.order, it, known)


def _record(tally: Tally, record: Json, it: Situation, known: Known) -> None:
    tally.add("records")
    if record["combined"]:
        tally.add("combined", str(record["number"]))
        tally.add("absorbed", str(record["number"]), n=int(record["combined"]))
    elif record["parent"] is not None or record["merged_or_split"]:
        tally.add("split", str(record["number"]))
    ours = str(record["key"]).startswith(known.our_prefix)
    if not ours:
        source = str(record["source"] or "no source named")
        tally.row("routes", source, example=str(record["number"]), at=record["created"])
    if record["elsewhere"]:
        tally.add("shipped_elsewhere", str(record["number"]))


def _cancelled(tally: Tally, order: Json, it: Situation, known: Known) -> None:
    whole = order["status"] == "cancelled"
    part = not whole and bool(order["cancelled"])
    if order["asked"] and not whole:
        tally.add("asked", it.name)
        if it.living:
            tally.add("asked_shipped", it.name)
    if part:
        tally.add("cancelled_part", it.name)
    if not whole:
        return
    tally.add("cancelled", it.name)
    if not it.records and not it.living:
        return
    tally.add("cancelled_after_sync", it.name)
    if it.living:
        tally.add("cancelled_shipped", it.name)
    elif any(record["status"] in _GOES_ON for record in it.records):
        tally.add("cancelled_open", it.name)
    else:
        tally.add("cancelled_stopped", it.name)


def _tax(tally: Tally, order: Json, it: Situation, known: Known) -> None:
    if order["status"] in ("cancelled", "pending"):
        return
    told = order["country"] or next((r["country"] for r in it.records), "")
    place = destination(told or "", known.ship_from)
    tally.row("destinations", place, example=it.name)
    recorded = {(scheme, path) for r in it.records for scheme, path in r["tax"]}
    for scheme, path in sorted(recorded):
        tally.row("tax_recorded", place, scheme, path, example=it.name)
    found = order["tax"]
    if found is None:
        if place in _EXPECTS:
            tally.add("tax_unread", it.name)
        return
    numbers = [row for row in found if not row[0].endswith("without a number")]
    for scheme, path in found:
        tally.row("tax_places", place, scheme, path, example=it.name)
    if numbers:
        tally.add("tax_present", it.name)
        if it.records and not recorded:
            tally.add("tax_not_passed_on", it.name)
    elif place in _EXPECTS:
        _absent(tally, order, it, place, known)


def _absent(tally: Tally, order: Json, it: Situation, place: str, known: Known) -> None:
    worth = order["total"]
    if place == INTO_EU and worth is not None:
        at = datetime.fromisoformat(order["ordered"])
        euros = known.euros(Decimal(worth), order["currency"], at)
        if euros is None:
            tally.add("tax_no_rate", it.name)
        elif euros > IOSS_LIMIT:
            tally.add("tax_above_limit", it.name)
            return
    tally.add("tax_absent", it.name)
    tally.row("tax_absent", place, _EXPECTS[place], example=it.name)


def _skus(tally: Tally, order: Json, it: Situation, known: Known) -> None:
    for sku in order["skus"] or ():
        if sku not in known.skus:
            tally.row("unknown_skus", sku or "(no SKU)", example=it.name)
            tally.add("unknown_sku", it.name)


def _dispatches(tally: Tally, order: Json, it: Situation, known: Known) -> None:
    if len(it.living) > 1:
        tally.add("several_parcels", it.name)
    shown = {mark: (carrier, at) for mark, carrier, at in order["parcels"] or ()}
    for parcel in it.living:
        _carrier(tally, parcel, it, known)
        _told(tally, order, parcel, it, known, shown)
    for mark, (carrier, _at) in shown.items():
        if mark and mark not in known.labelled:
            tally.add("told_by_others", it.name)
            tally.row("told_by_others", carrier or "no carrier", example=it.name)


def _carrier(tally: Tally, parcel: Parcel, it: Situation, known: Known) -> None:
    note = parcel.note
    carrier, service = str(note["carrier"]), str(note["service"])
    mapped = known.mapped(carrier, service)
    tally.row(
        "carriers",
        carrier or "(none)",
        service,
        "mapped" if mapped else "not mapped",
        example=it.name,
        at=note["created"],
    )
    if not mapped:
        tally.add("unmapped", it.name)


def _told(
    tally: Tally,
    order: Json,
    parcel: Parcel,
    it: Situation,
    known: Known,
    shown: dict[str, tuple[str, str | None]],
) -> None:
    note = parcel.note
    created = datetime.fromisoformat(note["created"])
    tally.add("dispatches")
    if order["ship_by"] and created > datetime.fromisoformat(order["ship_by"]):
        tally.add("labelled_late", it.name)
    said = {True: "notified_yes", False: "notified_no", None: "notified_unsaid"}
    tally.add(said[note["notified"]], it.name)
    if note["error"]:
        tally.add("notify_errors", it.name)
    if not note["tracked"]:
        tally.add("untracked", it.name)
    if parcel.mark and parcel.mark in known.told:
        tally.add("told")
        carrier, at = shown.get(parcel.mark, ("", None))
        if parcel.mark in shown:
            tally.row(
                "pairs",
                str(note["carrier"]),
                str(note["service"]),
                carrier or "(none)",
                example=it.name,
                at=note["created"],
            )
        if at is not None:
            later = datetime.fromisoformat(at) - created
            tally.spread("told_after", later.total_seconds() / 60)
    elif order["status"] == "shipped":
        tally.add("told_by_status", it.name)
    elif order["status"] == "cancelled":
        tally.add("told_cancelled", it.name)
    elif known.now - created > known.told_within:
        tally.add("untold", it.name)
    else:
        tally.add("untold_yet", it.name)
