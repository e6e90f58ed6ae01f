"""Whose orders share a parcel, for many parcels in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import F

from orders.facts_parcels import CombineLimits, PackedFacts, PackedOrder
from orders.models import (
    MergeLink,
    Order,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
from stores.connectors.base import CombinedRule


def limits_of(rule: CombinedRule) -> CombineLimits:
    """What a marketplace asks of a parcel of several orders."""
    return CombineLimits(alike=tuple(map(str, rule.alike)), most=rule.most)


class PackedShelf:
    """The orders in each parcel.

    By a parcel's lines where ShipStation gave them, else by the orders combined into its
    record.
    """

    def __init__(
        self,
        shipments: Sequence[Shipment],
        parcels: Mapping[int, Sequence[ShipmentLine]],
    ) -> None:
        combined = _combined([x for x in shipments if not parcels.get(x.pk)])
        self.orders_of: dict[int, set[int]] = {}
        self.strangers: set[int] = set()
        # A parcel may be read before the combine that it came from.
        self.mixed: set[tuple[int, int]] = set()
        for shipment in shipments:
            lines = parcels.get(shipment.pk, ())
            ids = {x.order_line.order_id for x in lines if x.order_line is not None}
            record = (shipment.account_id, shipment.ss_order_id)
            if len(ids) > 1:
                self.mixed.add(record)
            if any(x.order_line is None for x in lines):
                self.strangers.add(shipment.pk)
            ids = ids or combined.get(record, ids)
            if len(ids) > 1:
                self.orders_of[shipment.pk] = ids
        wanted = set().union(*self.orders_of.values()) if self.orders_of else set()
        rows = (
            Order.objects.filter(pk__in=wanted)
            .only("number", "tax", "ioss_number")
            .annotate(
                marketplace=F("store__remote_account__marketplace"),
                operator=F("store__remote_account__region"),
                buyer_hash=F("buyer__remote_hash"),
                recipient=F("buyer__recipient_digest"),
            )
        )
        self.orders = {row.pk: row for row in rows} if wanted else {}

    def of(self, shipment: Shipment) -> list[Order]:
        """The orders of a parcel, none where it is no more than one order's."""
        ids = sorted(self.orders_of.get(shipment.pk, ()))
        return [self.orders[pk] for pk in ids if pk in self.orders]

    def facts(self, shipment: Shipment) -> PackedFacts:
        """The same as decide() sees them."""
        orders = tuple(_packed(order) for order in self.of(shipment))
        strangers = shipment.pk in self.strangers
        return PackedFacts(orders=orders, strangers=strangers)


def _packed(order: Order) -> PackedOrder:
    return PackedOrder(
        order_id=order.pk,
        marketplace=order.marketplace,  # type: ignore[attr-defined]
        operator=order.operator,  # type: ignore[attr-defined]
        buyer=order.buyer_hash or "",  # type: ignore[attr-defined]
        recipient=order.recipient or "",  # type: ignore[attr-defined]
    )


def _combined(shipments: Sequence[Shipment]) -> dict[tuple[int, int], set[int]]:
    """The orders in the record of each parcel, where others were combined into it."""
    if not shipments:
        return {}
    primaries = {x.ss_order_id for x in shipments}
    accounts = {x.account_id for x in shipments}
    into = {
        (link.account_id, link.absorbed_id): link.primary_id
        for link in MergeLink.objects.filter(
            account__in=accounts, primary_id__in=primaries
        )
    }
    if not into:
        return {}
    ids = {absorbed for _account, absorbed in into} | primaries
    rows = ShipStationOrder.objects.filter(
        account__in=accounts, ss_order_id__in=ids, order__isnull=False
    )
    found: dict[tuple[int, int], set[int]] = {}
    for account, ss_id, order_id in rows.values_list(
        "account_id", "ss_order_id", "order_id"
    ):
        key = (account, into.get((account, ss_id), ss_id))
        found.setdefault(key, set()).add(order_id or 0)
    return found
