"""What a rule looks at: one store's orders of one period, and when it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from orders.facts import Policy
from orders.models import MergeLink, Order, ShipStationOrder
from reconciliation.models import CensusRow, RunStore
from stores.models import Store, StoreMode
from stores.periods import SILENT

# What ShipStation may still pack.
OPEN_STATUSES = ("awaiting_payment", "awaiting_shipment", "pending_fulfillment")
WANTED = ("open", "partly_shipped")


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

    def census_status(self) -> Subquery:
        """Of Order: its status as the count has it, '' or NULL where it says none."""
        named = self.census().filter(remote_id=OuterRef("remote_id"))
        return Subquery(named.values("status")[:1])

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


def records_of(order: str = "pk") -> QuerySet[ShipStationOrder]:
    """Of Order: its records in ShipStation, as a correlated subquery."""
    return ShipStationOrder.objects.filter(order=OuterRef(order))
