"""What an order holds and what left, on all three sides: its lines and its parcels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.models import Dispatch, Order, Rung, Shipment, ShipStationOrder
from orders.payload_inputs import rules_for
from orders.skus import Units, units_of

Value = str | datetime
NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One field on the three sides; '' is nothing said. Buyer data comes masked.

    ``wins``: 'marketplace', 'shipsync', 'shipstation' or 'you', and ``why`` in a sentence.
    """

    group: str
    label: str
    market: Value = NONE
    ours: Value = NONE
    theirs: Value = NONE
    differs: bool = False
    wins: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A line of the order: its SKU there, what is wanted, and what we say of it."""

    sku: str
    market: str
    units: tuple[Units, ...]


def packed_lines(order: Order) -> list[Packed]:
    """The lines of an order as the rules of its store pack them; two queries."""
    lines = list(order.lines.all())
    book = rules_for([(order.store, lines)])[order.store_id]
    return [
        Packed(
            sku=line.sku,
            market=f"{max(0, line.quantity - line.quantity_cancelled)} × {line.sku}",
            units=tuple(units_of(line, book, order.currency)),
        )
        for line in lines
    ]


def line_sides(
    lines: Sequence[Packed], record: ShipStationOrder | None
) -> Iterator[Side]:
    """Each line of the order, then what stands in ShipStation alone."""
    there = [
        row for row in (record.lines if record else []) if not row.get("adjustment")
    ]
    why = "Lines and quantities are the marketplace's."
    for line in lines:
        taken = [
            row for key, name, _units in line.units for row in _match(there, key, name)
        ]
        there = [row for row in there if row not in taken]
        ours = [(name, units) for _key, name, units in line.units if units]
        theirs = [
            (str(row.get("sku") or "(no SKU)"), int(row.get("quantity") or 0))
            for row in taken
        ]
        other = any(name != line.sku for name, _units in ours)
        yield Side(
            group="Lines",
            label=f"Line {line.sku}",
            market=line.market,
            ours=_listed(ours) or "none wanted",
            theirs=_listed(theirs) or ("missing" if ours and record else NONE),
            differs=record is not None
            and sum(x for _n, x in ours) != sum(x for _n, x in theirs),
            wins="shipsync" if other else "marketplace",
            why=f"{why} We say it with our own SKU, or its parts." if other else why,
        )
    for row in there:
        yield Side(
            group="Lines",
            label=f"Line {row.get('sku') or '(no SKU)'}",
            theirs=f"{row.get('quantity')} × {row.get('sku') or '(no SKU)'}",
            differs=True,
            wins="shipstation",
            why="Not of this order: put there by hand, or combined with it. We leave it.",
        )


def _match(there: Sequence[dict[str, Any]], key: str, sku: str) -> list[dict[str, Any]]:
    by_key = [row for row in there if key and row.get("line_key") == key]
    return by_key or [row for row in there if row.get("sku") == sku][:1]


def _listed(rows: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{units} × {name}" for name, units in rows)


def parcel_sides(order: Order, shipments: Sequence[Shipment]) -> Iterator[Side]:
    """Each parcel: what ShipStation bought, what we told, what the marketplace shows."""
    packages = order.packages or []
    shown = {str(row.get("tracking") or "") for row in packages}
    told = {row.shipment_id: row for row in order.dispatches.all()}
    for shipment in shipments:
        dispatch = told.get(shipment.pk)
        yield _parcel(shipment, dispatch, shown, known=order.packages is not None)
    ours = {shipment.tracking_number for shipment in shipments}
    for number in sorted(shown - ours - {""}):
        yield Side(
            group="Parcels",
            label="Tracking",
            market=number,
            differs=True,
            wins="marketplace",
            why="Told by somebody else, or of a label that was voided since.",
        )


def _parcel(
    shipment: Shipment, dispatch: Dispatch | None, shown: set[str], *, known: bool
) -> Side:
    number = shipment.tracking_number or "without number"
    told = dispatch is not None and dispatch.rung not in (Rung.DUE, Rung.REFUSED)
    withdrawn = dispatch is not None and dispatch.rung == Rung.WITHDRAWN
    market = number if number in shown else ("not shown" if known else "not read")
    state = "not to be told"
    if dispatch is not None:
        state = (
            f"{dispatch.sent_tracking or number}: {Rung(dispatch.rung).label.lower()}"
        )
    wrong = shipment.voided != withdrawn and (shipment.voided and number in shown)
    return Side(
        group="Parcels",
        label="Tracking",
        market=market,
        ours=state,
        theirs=f"{number}, voided" if shipment.voided else number,
        differs=wrong or (told and known and not withdrawn and number not in shown),
        wins="shipstation",
        why="The label is ShipStation's; we tell the marketplace of it.",
    )
