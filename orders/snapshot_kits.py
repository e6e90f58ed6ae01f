"""What parcels hold of an order, kits in whole kits, for decide()."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from orders.kits import Parcel, kits_completed
from orders.models import (
    LineComponent,
    Order,
    OrderLine,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
from orders.payload_inputs import rules_for
from orders.skus import Units, components, units_of
from orders.snapshot_rows import same_lines
from stores.rulebook import NO_RULES

Share = tuple[tuple[int, int], ...]


class KitShelf:
    """The lines of a batch of orders, ``components`` loaded."""

    def __init__(self, lines: Mapping[int, Sequence[OrderLine]]) -> None:
        self.lines = lines
        self.per_kit: dict[int, dict[str, int]] = {}
        self.sku_of: dict[str, str] = {}
        for line in (x for rows in lines.values() for x in rows):
            for row in line.components.all():
                units = self.per_kit.setdefault(line.pk, {})
                units[row.sku] = units.get(row.sku, 0) + row.quantity
                self.sku_of[row.key] = row.sku

    def shares(
        self,
        order: Order,
        found: Sequence[tuple[Shipment, bool]],
        goods: Mapping[int, Sequence[ShipmentLine]],
    ) -> dict[int, Share | None]:
        """By shipment, its units of this order's lines; None where it has no lines.

        ``found``: its shipments, and whether others' goods may be in them. The units of
        a kit that is not whole yet are in no share: the parcel that completes it has it.
        """
        line_ids = {line.pk for line in self.lines.get(order.pk, ())}
        kits = {pk: self.per_kit[pk] for pk in line_ids if pk in self.per_kit}
        completed = self._completed(kits, [x for x, _shared in found], goods)
        result: dict[int, Share | None] = {}
        for shipment, shared in found:
            rows = goods.get(shipment.pk, ())
            mine = [row for row in rows if row.order_line_id in line_ids]
            plain = [
                (row.order_line_id, row.quantity)
                for row in mine
                if row.order_line_id is not None and not self._component(row, kits)
            ]
            share = (*plain, *completed.get(shipment.pk, {}).items())
            # A part of a combined order may hold nothing but goods of the others.
            others = all(row.order_line_id is not None for row in rows)
            known = bool(mine) or (bool(rows) and (shared or others))
            result[shipment.pk] = share if known else None
        return result

    def _completed(
        self,
        kits: Mapping[int, Mapping[str, int]],
        shipments: Iterable[Shipment],
        goods: Mapping[int, Sequence[ShipmentLine]],
    ) -> dict[int, dict[int, int]]:
        if not kits:
            return {}
        parcels = []
        for shipment in sorted(shipments, key=lambda x: (x.created_at, x.pk)):
            units: Counter[tuple[int, str]] = Counter()
            for row in goods.get(shipment.pk, ()):
                if sku := self._component(row, kits):
                    units[row.order_line_id or 0, sku] += row.quantity
            parcels.append(Parcel(id=shipment.pk, voided=shipment.voided, units=units))
        return kits_completed(parcels, kits)

    def _component(
        self, row: ShipmentLine, kits: Mapping[int, Mapping[str, int]]
    ) -> str:
        """The component that a parcel's row is, '' where it is a line as a whole.

        By the key that we wrote; where somebody else made the record, by the SKU.
        """
        per_kit = kits.get(row.order_line_id or 0, {})
        sku = self.sku_of.get(row.line_key, row.sku)
        return sku if sku in per_kit else ""


class LikeShelf:
    """Whether records that somebody else made have an order's goods, kits unpacked."""

    def __init__(
        self,
        orders: Sequence[Order],
        lines: Mapping[int, Sequence[OrderLine]],
        numbers: Collection[str],
    ) -> None:
        """``numbers``: those of the records; without any, nothing is loaded."""
        self.lines = lines
        self.books = rules_for(
            (order.store, lines.get(order.pk, ()))
            for order in orders
            if order.number in numbers
        )

    def units(self, order: Order) -> list[Units]:
        """The rows of this order as ShipStation would be told of them."""
        book = self.books.get(order.store_id, NO_RULES)
        rows = self.lines.get(order.pk, ())
        return [x for line in rows for x in units_of(line, book, order.currency)]

    def unpacked(self, order: Order) -> list[LineComponent]:
        """The rows of its kits that were never written, unsaved."""
        book = self.books.get(order.store_id)
        if book is None:
            return []
        rows = self.lines.get(order.pk, ())
        every = (x for line in rows for x in components(line, book, order.currency))
        return [row for row in every if row.pk is None]

    def same(self, record: ShipStationOrder, order: Order) -> bool:
        """Whether it holds just our lines, packed or as the marketplace names them."""
        lines = self.lines.get(order.pk, ())
        return same_lines(record.lines, lines, self.units(order))
