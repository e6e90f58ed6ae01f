"""Lines and parcels of orders as cells of a file: read for a chunk of orders at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orders.decide_confirm import same_number
from orders.models import (
    Dispatch,
    OrderLine,
    Rung,
    Shipment,
    ShipStationOrder,
    Stage,
)
from shipsync_site.lib.cells import iso
from stores.models import StoreMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel as it was told, or a label as it was bought."""

    carrier: str
    tracking: str
    bought_at: datetime | None
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What the cells of one order need of itself."""

    pk: int
    mode: str
    stage: str
    closed_at: datetime | None
    packages: list[dict[str, Any]] | None


@dataclass(slots=True, kw_only=True)
class Parts:
    """Units and parcels by order; ``labels`` only of stores that run direct."""

    units: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    told: dict[int, list[Parcel]] = field(default_factory=dict)
    labels: dict[int, list[Parcel]] = field(default_factory=dict)

    def skus(self, order: int) -> str:
        """'TEAPOT × 2; CUP × 6'"""
        rows = self.units.get(order, ())
        return "; ".join(f"{sku or '(no SKU)'} × {units}" for sku, units in rows)

    def quantity(self, order: int) -> int:
        """Units still wanted."""
        return sum(units for _sku, units in self.units.get(order, ()))

    def carriers(self, order: OrderFacts) -> str:
        """Each carrier once."""
        return "; ".join(dict.fromkeys(row.carrier for row in self._parcels(order)))

    def tracking(self, order: OrderFacts) -> str:
        """Each parcel's number."""
        numbers = (row.tracking for row in self._parcels(order))
        return "; ".join(number for number in numbers if number)

    def shipped(self, order: OrderFacts) -> str:
        """When each parcel's label was bought."""
        rows = self.told.get(order.pk) or self.labels.get(order.pk, [])
        return "; ".join(iso(row.bought_at) for row in rows)

    def confirmed(self, order: OrderFacts) -> str:
        """When the marketplace took each parcel; '' between for one that it has not.

        What ShipStation's own connection told: when the marketplace was seen to show all.
        """
        told = self.told.get(order.pk, [])
        if not told and self.labels.get(order.pk) and order.stage == Stage.DONE:
            return iso(order.closed_at)
        return "; ".join(iso(row.accepted_at) for row in told)

    def _parcels(self, order: OrderFacts) -> list[Parcel]:
        """As told or to be told; else what the marketplace shows; else as bought."""
        if told := self.told.get(order.pk):
            return told
        labels = self.labels.get(order.pk, [])
        theirs = [
            Parcel(
                carrier=str(x["carrier"] or _carrier(labels, x["tracking"])),
                tracking=str(x["tracking"]),
                bought_at=None,
            )
            for x in order.packages or ()
        ]
        return theirs or labels


def parts_of(orders: Iterable[OrderFacts]) -> Parts:
    """Two queries, two more where some of the stores run direct."""
    found = {order.pk: order for order in orders}
    parts = Parts(units=_units(found), told=_told(found))
    direct = [pk for pk, order in found.items() if order.mode == StoreMode.DIRECT]
    if direct:
        parts.labels = _labels(direct)
    return parts


def _units(orders: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
    units: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = OrderLine.objects.filter(order__in=list(orders)).values_list(
        "order_id", "sku", "quantity", "quantity_cancelled"
    )
    for order, sku, quantity, cancelled in rows:
        units[order].append((sku, max(0, quantity - cancelled)))
    return units


def _told(orders: Iterable[int]) -> dict[int, list[Parcel]]:
    told: dict[int, list[Parcel]] = defaultdict(list)
    rows = (
        Dispatch.objects.filter(order__in=list(orders))
        .exclude(rung=Rung.WITHDRAWN)
        .order_by("package_ref", "pk")
        .values_list(
            "order_id",
            "sent_carrier",
            "shipment__carrier_code",
            "sent_tracking",
            "shipment__tracking_number",
            "shipment__created_at",
            "accepted_at",
        )
    )
    for order, sent, code, number, tracking, bought_at, accepted_at in rows:
        told[order].append(
            Parcel(
                carrier=sent or code,
                tracking=number or tracking,
                bought_at=bought_at,
                accepted_at=accepted_at,
            )
        )
    return told


def _labels(orders: list[int]) -> dict[int, list[Parcel]]:
    """The labels that ShipStation's own connection tells of."""
    of = {
        (account, ss_order): order
        for account, ss_order, order in ShipStationOrder.objects.filter(
            order__in=orders
        ).values_list("account_id", "ss_order_id", "order_id")
    }
    rows = Shipment.objects.filter(
        ss_order_id__in={ss_order for _account, ss_order in of},
        voided=False,
        is_return=False,
        is_test=False,
    ).order_by("created_at", "pk")
    labels: dict[int, list[Parcel]] = defaultdict(list)
    for account, ss_order, carrier, tracking, bought_at in rows.values_list(
        "account_id", "ss_order_id", "carrier_code", "tracking_number", "created_at"
    ):
        if (order := of.get((account, ss_order))) is not None:
            labels[order].append(
                Parcel(carrier=carrier, tracking=tracking, bought_at=bought_at)
            )
    return labels


def _carrier(labels: list[Parcel], tracking: object) -> str:
    """ShipStation's carrier of this number, where the marketplace names none."""
    codes = (
        label.carrier
        for label in labels
        if same_number(str(tracking or ""), label.tracking)
    )
    return next(codes, "")
