"""What direct mode's decisions see beside the rest: likeness, rivals, tax markers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orders.matching import SAME_MOMENT, Likeness, Side, compare
from orders.models import Order, OrderBuyer, OrderLine, ShipStationOrder
from stores.models import StoreMode
from stores.periods import Era

_MARKED = ("customField1", "customField2", "customField3", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What is known of a record in the light of one order; see RecordFacts."""

    likeness: Likeness | None = None
    rivals: int = 0
    tax_shown: bool | None = None


NOTHING = Imported()


class DirectShelf:
    """Of a batch of orders those in direct mode, and what may be theirs.

    ``eras``: what rules each of them by when it was placed. Reads nothing where none of
    the batch is in direct mode.
    """

    def __init__(
        self,
        orders: Sequence[Order],
        lines: Mapping[int, Sequence[OrderLine]],
        eras: Mapping[int, Era],
    ) -> None:
        self.lines, self.eras = lines, eras
        self.orders = [o for o in orders if eras[o.pk].mode == StoreMode.DIRECT]
        self.postcodes: dict[int, str] = {}
        self.by_postcode: dict[tuple[int, str], list[ShipStationOrder]] = defaultdict(
            list
        )
        self.waiting: dict[tuple[int, str], list[Order]] = defaultdict(list)
        self.bodies: dict[int, Any] = {}
        if self.orders:
            self._load()

    def _load(self) -> None:
        self.postcodes = dict(
            OrderBuyer.objects.filter(order__in=self.orders)
            .exclude(postcode_hash="")
            .values_list("order_id", "postcode_hash")
        )
        hashes = set(self.postcodes.values())
        if hashes:
            accounts = {o.store.shipstation_account_id for o in self.orders}
            for record in ShipStationOrder.objects.defer("body").filter(
                account__in=accounts, postcode_hash__in=hashes, order__isnull=True
            ):
                self.by_postcode[record.account_id, record.postcode_hash].append(record)
            stores = {o.store_id for o in self.orders}
            rivals = Order.objects.filter(
                store__in=stores,
                buyer__postcode_hash__in=hashes,
                records__isnull=True,
                closed_at__isnull=True,
            ).select_related("buyer")
            for rival in rivals.only("pk", "store_id", "ordered_at", "buyer"):
                key = (rival.store_id, rival.buyer.postcode_hash)
                self.waiting[key].append(rival)
        taxed = [o.pk for o in self.orders if o.ioss_number]
        if taxed:
            self.bodies = dict(
                ShipStationOrder.objects.filter(order__in=taxed).values_list(
                    "pk", "body"
                )
            )

    def candidates(
        self, order: Order, numbered: Sequence[ShipStationOrder]
    ) -> list[ShipStationOrder]:
        """Records of nobody that may be this order, those of its number included."""
        account, postcode = (
            order.store.shipstation_account_id,
            self.postcodes.get(order.pk),
        )
        if self.eras[order.pk].mode != StoreMode.DIRECT or postcode is None:
            return list(numbered)
        known = {row.pk for row in numbered}
        others = self.by_postcode.get((account, postcode), [])
        return [*numbered, *(row for row in others if row.pk not in known)]

    def facts(self, order: Order, row: ShipStationOrder) -> Imported:
        """What this record says in the light of this order."""
        if self.eras[order.pk].mode != StoreMode.DIRECT:
            return NOTHING
        tax = None
        if order.ioss_number and (body := self.bodies.get(row.pk)):
            tax = shows(body, order.ioss_number)
        return Imported(
            likeness=compare(self._side(order), record_side(row)),
            rivals=self._rivals(order, row),
            tax_shown=tax,
        )

    def _side(self, order: Order) -> Side:
        return Side(
            store_id=self.eras[order.pk].shipstation_store_id,
            numbers=(order.number, order.remote_id),
            lines=tuple(
                (x.remote_id, x.sku, units)
                for x in self.lines.get(order.pk, [])
                if (units := x.quantity - x.quantity_cancelled) > 0
            ),
            ordered_at=order.ordered_at,
            postcode=self.postcodes.get(order.pk, ""),
        )

    def _rivals(self, order: Order, row: ShipStationOrder) -> int:
        """Other waiting orders of the very moment and postcode, which it may be too."""
        if row.ordered_at is None or not row.postcode_hash:
            return 0
        waiting = self.waiting.get((order.store_id, row.postcode_hash), [])
        return sum(
            other.pk != order.pk
            and abs(other.ordered_at - row.ordered_at) <= SAME_MOMENT
            for other in waiting
        )


def record_side(row: ShipStationOrder) -> Side:
    """A mirrored record as it is compared."""
    return Side(
        store_id=row.store_id,
        numbers=(row.order_number, row.order_key),
        lines=tuple(
            (x["line_key"], x["sku"], x["quantity"])
            for x in row.lines
            if not x.get("adjustment") and x["quantity"] > 0
        ),
        ordered_at=row.ordered_at,
        postcode=row.postcode_hash,
    )


def shows(body: Mapping[str, Any], number: str) -> bool:
    """Whether a tax number stands in a field that API v1 shows.

    v1 has no field for tax ids: what a person or an automation rule writes into a custom
    field, the source or the internal notes is all that can be seen of one.
    """
    advanced = body.get("advancedOptions") or {}
    texts: Iterable[object] = (
        *(advanced.get(name) for name in _MARKED),
        body.get("internalNotes"),
    )
    wanted = _letters(number)
    return bool(wanted) and any(wanted in _letters(text) for text in texts)


def _letters(text: object) -> str:
    return re.sub(r"[^0-9a-z]", "", str(text or "").casefold())
