"""An order on all three sides, field by field: who says what, and whose word counts.

The rule is that of our writes: the marketplace's fields go over ShipStation's, what
rules and people made goes over both, and what is the warehouse's is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.comparison import SHIP_TO, WANTED, folded
from orders.masking import ADDRESS_FIELDS, masked
from orders.models import Order, OrderBuyer, Shipment, ShipStationOrder, Stage
from orders.payload_facts import address_json, address_of
from orders.payload_types import TaxMarker
from orders.three_way_goods import (
    NONE,
    Packed,
    Side,
    Value,
    line_sides,
    packed_lines,
    parcel_sides,
)
from stores.shipstation import pacific

# Statuses in which ShipStation takes no change of ours.
_LOCKED = ("shipped", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWay:
    """All fields of an order beside one record, or none; those that differ first."""

    record: ShipStationOrder | None
    rows: tuple[Side, ...]

    @property
    def differing(self) -> int:
        """How many fields differ."""
        return sum(row.differs for row in self.rows)

    @property
    def locked(self) -> bool:
        """Whether ShipStation takes no change any more."""
        record = self.record
        return record is not None and (
            record.gone_at is not None or record.status in _LOCKED
        )


def three_ways(
    order: Order, shipments: Sequence[Shipment], *, reveal: bool = False
) -> list[ThreeWay]:
    """The order beside each of its records, the living ones first.

    ``order`` with its lines, records and dispatches loaded; ``shipments`` are its
    parcels. Two queries for the rules of its lines.
    """
    buyer = getattr(order, "buyer", None)
    records = sorted(
        order.records.all(), key=lambda row: (row.gone_at is not None, -row.pk)
    )
    lines = packed_lines(order)
    return [
        _beside(order, record, buyer, lines, shipments, reveal=reveal)
        for record in (*records, *(() if records else (None,)))
    ]


def _beside(
    order: Order,
    record: ShipStationOrder | None,
    buyer: OrderBuyer | None,
    lines: Sequence[Packed],
    shipments: Sequence[Shipment],
    *,
    reveal: bool,
) -> ThreeWay:
    body = record.body if record is not None and isinstance(record.body, dict) else {}
    rows = [
        _status(order, record),
        *_address(buyer, body.get("shipTo") or {}, reveal=reveal),
        *line_sides(lines, record),
        _ship_by(order, body),
        _tax(order, record, body),
        *parcel_sides(order, shipments),
        *_warehouse(body),
    ]
    found = [row for row in rows if row.market or row.ours or row.theirs]
    found.sort(key=lambda row: not row.differs)
    return ThreeWay(record=record, rows=tuple(found))


def _status(order: Order, record: ShipStationOrder | None) -> Side:
    wanted = WANTED.get(Stage(order.stage), "")
    shown = "not there"
    if record is not None:
        shown = "gone" if record.gone_at else record.raw_status
    status = record.status if record is not None and not record.gone_at else shown
    return Side(
        group="Status",
        label="Status",
        market=order.raw_status.replace("_", " "),
        ours=Stage(order.stage).label,
        theirs=shown.replace("_", " "),
        differs=bool(record is not None and wanted and status != wanted),
        wins="shipsync" if wanted in ("on_hold", "cancelled") else "marketplace",
        why=f"We want it {wanted.replace('_', ' ')} there."
        if wanted
        else "The marketplace says what the order is; ShipStation follows.",
    )


def _address(
    buyer: OrderBuyer | None, ship_to: dict[str, Any], *, reveal: bool
) -> Iterator[Side]:
    market = buyer.recipient if buyer is not None else {}
    ours = address_json(address_of(buyer)) if buyer is not None else {}
    corrected = bool(buyer is not None and buyer.corrected)
    for name, label in ADDRESS_FIELDS:
        said = [market.get(name), ours.get(name), ship_to.get(SHIP_TO[name])]
        texts = [str(value or "").strip() for value in said]
        # A side without any address (purged, not read) contradicts nobody.
        spoken = [
            text
            for text, side in zip(texts, (market, ours, ship_to), strict=True)
            if side
        ]
        shown = texts if reveal else [masked(name, text) for text in texts]
        differs = len({folded(name, text) for text in spoken}) > 1
        if differs and not reveal:
            shown = _told_apart(name, texts, shown)
        yield Side(
            group="Address",
            label=label,
            market=shown[0],
            ours=shown[1],
            theirs=shown[2],
            differs=differs,
            wins="you" if corrected else "marketplace",
            why="Corrected by a person: it counts until the marketplace names another."
            if corrected
            else "The address is the marketplace's; it goes over what stands there.",
        )


def _told_apart(name: str, texts: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Masked texts that look the same but are not say so."""
    first = folded(name, texts[0])
    return [
        f"{mask} (another)"
        if text and folded(name, text) != first and mask == shown[0]
        else mask
        for text, mask in zip(texts, shown, strict=True)
    ]


def _ship_by(order: Order, body: dict[str, Any]) -> Side:
    theirs: Value = NONE
    differs = False
    if body:
        try:
            theirs = pacific.from_text(str(body["shipByDate"]))
        except (KeyError, ValueError):
            theirs = NONE
        wanted = pacific.today(order.ship_by) if order.ship_by else None
        shown = pacific.today(theirs) if isinstance(theirs, datetime) else None
        differs = wanted != shown
    return Side(
        group="Dates",
        label="Ship-by",
        market=order.ship_by or NONE,
        ours=order.ship_by or NONE,
        theirs=theirs or ("none" if body else NONE),
        differs=differs,
        wins="marketplace",
        why="The deadline is the marketplace's; we always write it, by ShipStation's day.",
    )


def _tax(order: Order, record: ShipStationOrder | None, body: dict[str, Any]) -> Side:
    ours = str((order.tax or {}).get("number") or "")
    options = body.get("advancedOptions") or {}
    fields = [str(options.get(name) or "") for name in TaxMarker.FIELDS.values()]
    theirs = record.tax_number if record is not None else ""
    if not theirs:
        held = [text for text in fields if ours and ours in text]
        marked = [text for text in fields if "=" in text]
        theirs = (held or marked or [""])[0]
    return Side(
        group="Tax",
        label="Tax number",
        market=order.ioss_number,
        ours=ours,
        theirs=theirs,
        differs=bool(body) and bool(ours or theirs) and ours not in theirs,
        wins="shipsync",
        why="The store's tax rules choose it, from what the marketplace says.",
    )


def _warehouse(body: dict[str, Any]) -> Iterator[Side]:
    """What the warehouse decides: shown, never written over."""
    weight = body.get("weight") or {}
    options = body.get("advancedOptions") or {}
    named = {
        "Carrier": body.get("carrierCode"),
        "Service": body.get("serviceCode"),
        "Package": body.get("packageCode"),
        "Weight": f"{weight.get('value')} {weight.get('units')}"
        if weight.get("value")
        else "",
        "Warehouse": options.get("warehouseId"),
    }
    for label, value in named.items():
        yield Side(
            group="Warehouse",
            label=label,
            theirs=str(value or ""),
            wins="shipstation",
            why="The warehouse's own: we never write over it.",
        )
