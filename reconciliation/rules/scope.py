"""What a rule looks at: one store's orders of one period, and when it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.facts import Policy
from orders.models import (
    Decision,
    Dispatch,
    MergeLink,
    Order,
    Rung,
    Shipment,
    ShipStationOrder,
)
from reconciliation.models import CensusRow, Hit, RunStore
from stores.models import Store, StoreMode
from stores.periods import SILENT

# What ShipStation may still pack.
OPEN_STATUSES = ("awaiting_payment", "awaiting_shipment", "pending_fulfillment")
WANTED = ("open", "partly_shipped")
# Parcels that the marketplace was told of, whether we know its answer or not.
TOLD = (Rung.SENT, Rung.ACCEPTED, Rung.SHIPPED, Rung.READ_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of the period with one way of running the store.

    ``ours``: its orders were ours to bring or to watch then.
    """

    since: datetime
    until: datetime
    mode: str
    ours: bool
    shipstation_store_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One store in one run: all that a rule may ask for.

    ``now`` is the moment of the comparison; ``read_at``: all that ShipStation changed
    before it was read (None: never). ``counted``: the marketplace named its orders one
    by one. ``skipped`` are orders that no rule judges, each in the bucket of its reason.
    """

    run_store: RunStore
    store: Store
    policy: Policy
    now: datetime
    since: datetime
    until: datetime
    read_at: datetime | None
    counted: bool
    can_confirm: bool = True
    spans: tuple[Span, ...] = ()
    skipped: Q = field(default_factory=Q)

    @property
    def silent(self) -> bool:
        """Whether nothing is sent for the store: another route ships its orders."""
        return self.store.state in SILENT

    def all_orders(self) -> QuerySet[Order]:
        """Every order of ours that was placed in the period."""
        return Order.objects.filter(
            store=self.store, ordered_at__gte=self.since, ordered_at__lt=self.until
        )

    def orders(self) -> QuerySet[Order]:
        """Those of them that are compared."""
        found = self.all_orders()
        return found.exclude(self.skipped) if self.skipped else found

    def orchestrated(self) -> QuerySet[Order]:
        """Those that shipsync itself brings to ShipStation."""
        return self.orders().filter(self.placed(StoreMode.ORCHESTRATED))

    def direct(self) -> QuerySet[Order]:
        """Those that ShipStation's own connection imports."""
        return self.orders().filter(self.placed(StoreMode.DIRECT))

    def placed(self, mode: str, prefix: str = "") -> Q:
        """Of Order: placed while the store ran in this mode."""
        found = Q(pk__in=[])
        for span in self.spans:
            if span.mode == mode:
                found |= Q(
                    **{
                        f"{prefix}ordered_at__gte": span.since,
                        f"{prefix}ordered_at__lt": span.until,
                    }
                )
        return found

    def census(self) -> QuerySet[CensusRow]:
        """What the marketplace names, one row an order."""
        return CensusRow.objects.filter(run_store=self.run_store)

    def counted_as(self, *statuses: str) -> Exists:
        """Of Order: the marketplace's count names it with one of these statuses."""
        return Exists(
            self.census().filter(remote_id=OuterRef("remote_id"), status__in=statuses)
        )

    def hit(self, *rules: str) -> Exists:
        """Of Order: one of these rules, of a lower rank, has found it in this run."""
        return Exists(
            Hit.objects.filter(
                run_store=self.run_store,
                remote_id=OuterRef("remote_id"),
                rule__in=rules,
            )
        )

    def before(self, grace: timedelta) -> datetime:
        """The moment that lies so long back."""
        return self.now - grace


def absorbed() -> Exists:
    """Of ShipStationOrder: it was combined into another one."""
    return Exists(
        MergeLink.objects.filter(
            account=OuterRef("account"), absorbed_id=OuterRef("ss_order_id")
        )
    )


def combined() -> Exists:
    """Of ShipStationOrder: others were combined into it, or it into another."""
    here = OuterRef("ss_order_id")
    return Exists(
        MergeLink.objects.filter(
            Q(absorbed_id=here) | Q(primary_id=here), account=OuterRef("account")
        )
    )


def live_records() -> QuerySet[ShipStationOrder]:
    """Records that stand for something: not deleted, cancelled or combined away."""
    standing = ShipStationOrder.objects.filter(gone_at=None)
    return standing.exclude(status="cancelled").filter(~absorbed())


def own(records: QuerySet[ShipStationOrder]) -> QuerySet[ShipStationOrder]:
    """Of Order, in a subquery: these records of its own."""
    return records.filter(order=OuterRef("pk"))


def live_labels() -> QuerySet[Shipment]:
    """Parcels that count: not voided, no return and no test."""
    return Shipment.objects.filter(voided=False, is_return=False, is_test=False)


def labels_of(labels: QuerySet[Shipment], order: str = "pk") -> QuerySet[Shipment]:
    """Of Order, in a subquery: these labels, bought for a record of its own."""
    records = ShipStationOrder.objects.filter(
        order=OuterRef(OuterRef(order)), account=OuterRef("account")
    )
    return labels.filter(ss_order_id__in=records.values("ss_order_id"))


def told(order: str = "pk") -> QuerySet[Dispatch]:
    """Of Order, in a subquery: its parcels that the marketplace was told of."""
    return Dispatch.objects.filter(order=OuterRef(order), rung__in=TOLD)


def decided(*verbs: str) -> Exists:
    """Of Order: a person gave one of these words about it."""
    return Exists(Decision.objects.filter(order=OuterRef("pk"), verb__in=verbs))
