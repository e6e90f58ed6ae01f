"""Read queries that pages, exports and the home page share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from orders.exception_kinds import KINDS
from orders.filters import at_risk, with_open_case
from orders.models import (
    Approval,
    ApprovalState,
    CaseState,
    Dispatch,
    Order,
    OrderException,
    Shipment,
    ShipStationOrder,
)
from shipsync_site.lib import clock
from stores.models import Store

PAGE = 50
SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list ordered by (deadline, pk); no deadline sorts last."""

    deadline: datetime | None
    pk: int

    def encode(self) -> str:
        """The text for the URL."""
        moment = self.deadline.isoformat() if self.deadline else ""
        return f"{moment}~{self.pk}"


def parse_cursor(text: str) -> Cursor | None:
    """The place that a URL names; None for anything else: the list's start."""
    moment, _, pk = text.partition("~")
    if not pk.isdigit() or len(pk) > 18:
        return None
    try:
        deadline = parse_datetime(moment) if moment else None
    except ValueError:
        return None
    if moment and (deadline is None or deadline.tzinfo is None):
        return None
    return Cursor(deadline, int(pk))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a keyset page and where the next one starts ('' at the end)."""

    rows: list[Any]
    next: str
    first: bool


def keyset_page(
    rows: QuerySet[Any], field: str, after: str, *, newest: bool = False
) -> Page:
    """Up to 50 rows in order of ``field`` (NULLs last), then pk, behind ``after``.

    ``newest`` turns the order round: the latest first, NULLs last all the same.
    """
    cursor = parse_cursor(after)
    if newest:
        return _newest(rows, field, cursor)
    ordered = rows.order_by(F(field).asc(nulls_last=True), "pk")
    if cursor is not None and cursor.deadline is None:
        ordered = ordered.filter(**{f"{field}__isnull": True, "pk__gt": cursor.pk})
    elif cursor is not None:
        ordered = ordered.filter(
            Q(**{f"{field}__gt": cursor.deadline})
            | Q(**{field: cursor.deadline, "pk__gt": cursor.pk})
            | Q(**{f"{field}__isnull": True})
        )
    return _page(list(ordered[: PAGE + 1]), field, cursor)


def in_order(rows: QuerySet[Any], field: str, *, newest: bool = False) -> QuerySet[Any]:
    """The whole list in the order of :func:`keyset_page`."""
    if newest:
        return rows.order_by(F(field).desc(nulls_last=True), "-pk")
    return rows.order_by(F(field).asc(nulls_last=True), "pk")


def _newest(rows: QuerySet[Any], field: str, cursor: Cursor | None) -> Page:
    ordered = rows.order_by(F(field).desc(nulls_last=True), "-pk")
    if cursor is not None and cursor.deadline is None:
        ordered = ordered.filter(**{f"{field}__isnull": True, "pk__lt": cursor.pk})
    elif cursor is not None:
        ordered = ordered.filter(
            Q(**{f"{field}__lt": cursor.deadline})
            | Q(**{field: cursor.deadline, "pk__lt": cursor.pk})
            | Q(**{f"{field}__isnull": True})
        )
    return _page(list(ordered[: PAGE + 1]), field, cursor)


def _page(found: list[Any], field: str, cursor: Cursor | None) -> Page:
    more = len(found) > PAGE
    shown = found[:PAGE]
    following = Cursor(getattr(shown[-1], field), shown[-1].pk).encode() if more else ""
    return Page(rows=shown, next=following, first=cursor is None)


def order_rows(orders: QuerySet[Order]) -> QuerySet[Order]:
    """What a row of the orders list shows: store, open cases.

    Cases are counted for the rows that are shown, not for all that the list has.
    """
    cases = (
        OrderException.objects.filter(order=OuterRef("pk"), state=CaseState.OPEN)
        .order_by()
        .values("order")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return (
        orders.select_related("store__remote_account")
        .defer("store__remote_account__secrets")
        .annotate(open_cases=Coalesce(Subquery(cases), 0))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCounts:
    """What the orders list's first sentence says."""

    total: int
    late: int
    soon: int
    with_case: int


def order_counts(orders: QuerySet[Order]) -> OrderCounts:
    """Counts over a narrowed list; one query."""
    now = clock.now()
    row = orders.annotate(has_case=with_open_case()).aggregate(
        total=Count("pk"),
        late=Count("pk", filter=at_risk() & Q(ship_by__lte=now)),
        soon=Count(
            "pk", filter=at_risk() & Q(ship_by__gt=now, ship_by__lte=now + SOON)
        ),
        with_case=Count("pk", filter=Q(has_case=True)),
    )
    return OrderCounts(**row)


def last_look(store: str = "") -> datetime | None:
    """When orders were last read from the marketplaces, or from this store."""
    stores = Store.objects.all()
    if store:
        stores = stores.filter(slug=store)
    found: datetime | None = stores.aggregate(last=Max("last_pull_at"))["last"]
    return found


def order_detail(orders: QuerySet[Order]) -> QuerySet[Order]:
    """All that the order page shows but its timeline; a constant number of queries."""
    return orders.select_related(
        "store__remote_account", "store__shipstation_account", "buyer"
    ).prefetch_related(
        "lines__components",
        "jobs",
        Prefetch(
            "records",
            ShipStationOrder.objects.select_related("account").order_by("pk"),
        ),
        Prefetch(
            "dispatches",
            Dispatch.objects.select_related("shipment")
            .prefetch_related("lines__order_line")
            .order_by("package_ref", "pk"),
        ),
        Prefetch(
            "cases",
            OrderException.objects.select_related("assignee", "resolved_by")
            .prefetch_related("notes__author")
            .order_by(F("deadline").asc(nulls_last=True), "pk"),
        ),
    )


def shipments_of(order: Order) -> list[Shipment]:
    """The parcels of an order: of its records, or told by a dispatch."""
    return list(
        Shipment.objects.filter(
            Q(
                account=order.store.shipstation_account_id,
                ss_order_id__in=[record.ss_order_id for record in order.records.all()],
            )
            | Q(dispatches__order=order)
        )
        .distinct()
        .prefetch_related("lines")
        .order_by("created_at", "pk")
    )


def case_rows(cases: QuerySet[OrderException]) -> QuerySet[OrderException]:
    """What a row of the cases list shows; no secret of an account is opened for it.

    ``second``: whether a decision on it waits for another person's yes.
    """
    second = Approval.objects.filter(
        case=OuterRef("pk"), state=ApprovalState.WAITING, version=OuterRef("version")
    )
    return (
        cases.select_related(
            "order", "store__remote_account", "assignee", "resolved_by", "group"
        )
        .defer("store__remote_account__secrets")
        .annotate(second=Exists(second))
    )


def alike(cases: list[OrderException]) -> dict[tuple[str, str], int]:
    """How many cases of the queues share the kind and cause of these; one query."""
    rows = (
        OrderException.objects.filter(
            state=CaseState.OPEN,
            snooze="",
            kind__in={case.kind for case in cases},
            shared_cause__in={case.shared_cause for case in cases},
        )
        .order_by()
        .values("kind", "shared_cause")
        .annotate(total=Count("pk"))
    )
    return {(row["kind"], row["shared_cause"]): row["total"] for row in rows}


def owner_system(case: OrderException) -> str:
    """The system that a case waits for; 'marketplace' becomes the order's own."""
    return owner_of(case.kind, case.store)


def owner_of(kind: str, store: Store | None) -> str:
    """The system that cases of this kind wait for in a store."""
    owner = KINDS.get(kind).owner_system if kind in KINDS else "us"
    if owner == "marketplace" and store is not None:
        return store.remote_account.marketplace
    return owner


def resolution_label(case: OrderException) -> str:
    """What a person decided, in the words of its button; else why it closed."""
    if case.kind in KINDS:
        for resolution in KINDS.get(case.kind).resolutions:
            if resolution.code == case.resolution:
                return resolution.label
    return "Its cause is gone"


def cases_mentioning(query: str) -> QuerySet[OrderException]:
    """Open cases that name this id: in their sentence, cause or context."""
    return OrderException.objects.filter(
        Q(summary__icontains=query) | Q(cause=query), state=CaseState.OPEN
    )


def kind_label(case: OrderException) -> str:
    """What the case's kind is called."""
    if case.kind in KINDS:
        return KINDS.get(case.kind).label
    return case.kind.replace("_", " ").capitalize()
