"""FlowHour: what each store did in each hour (UTC), counted by the database.

The last hours are counted again at every run: what was sold at 9:50 may be heard of at
10:10, and a label of yesterday may be read today. Every question is answered by an index
over the time that is asked for, whatever the number of orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    OuterRef,
    QuerySet,
    Window,
)
from django.db.models.functions import Cast, Ceil, RowNumber, TruncHour

from orders.models import (
    AttemptOutcome,
    Dispatch,
    FlowHour,
    Order,
    Shipment,
    SyncAttempt,
)
from shipsync_site.lib import clock
from stores.models import RemoteCall, ShipStationAccount, Store

HOUR = timedelta(hours=1)
# What is counted again each time, and once a day.
AGAIN, AGAIN_DAILY = timedelta(hours=6), timedelta(hours=48)
# How far the usual volume looks back; the first run counts so far.
HISTORY = timedelta(days=57)
KEPT = timedelta(days=400)
# At most so much is counted in one statement.
STEP = timedelta(days=1)
BATCH = 100
COUNTS = ("ordered", "imported", "pushed", "labelled", "confirmed")
LAGS = ("import_lag", "push_lag", "confirm_lag")
# Seconds that a column of a whole number holds.
MOST = 2_147_483_647
Key = tuple[int, datetime]
Values = dict[str, int]


def hour_of(moment: datetime) -> datetime:
    """The start of its hour, UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def run() -> int:
    """Count what is due: the last hours, or all history the first time; rows written."""
    now = clock.now()
    last = FlowHour.objects.aggregate(last=Max("hour"))["last"]
    back = AGAIN_DAILY if now.astimezone(UTC).hour == 3 else AGAIN
    start = now - HISTORY if last is None else min(last, now) - back
    written = fill(max(start, now - HISTORY), now)
    purge(now)
    return written


def fill(start: datetime, end: datetime) -> int:
    """Count the hours from ``start`` to ``end`` anew; how many rows were written."""
    first, written = hour_of(start), 0
    while first < end:
        last = min(first + STEP, hour_of(end) + HOUR)
        written += _write(first, last, count(first, last))
        first = last
    return written


def purge(now: datetime) -> int:
    """Drop the hours that nobody compares with any more."""
    return FlowHour.objects.filter(hour__lt=now - KEPT).delete()[0]


def count(start: datetime, end: datetime) -> dict[Key, Values]:
    """(store, hour) → counts and slowest seconds, of whole hours; reads only."""
    found: dict[Key, Values] = defaultdict(dict)
    within = {"imported_at__gte": start, "imported_at__lt": end}
    # Stores are named, so that an index that begins with them is used. Nothing is heard
    # of before it was sold: the index of imports answers for both.
    stores = list(Store.objects.values_list("pk", flat=True))
    sold = Order.objects.filter(
        store__in=stores,
        imported_at__gte=start,
        ordered_at__gte=start,
        ordered_at__lt=end,
    )
    _count(found, "ordered", sold, "ordered_at", "store")
    heard = Order.objects.filter(store__in=stores, **within)
    _count(found, "imported", heard, "imported_at", "store")
    _slowest(found, "import_lag", heard, "imported_at", "ordered_at", "store")
    pushed = _first_pushes(start, end)
    _count(found, "pushed", pushed, "finished_at", "order__store")
    _slowest(
        found, "push_lag", pushed, "finished_at", "order__imported_at", "order__store"
    )
    labels = Shipment.objects.filter(
        created_at__gte=start,
        created_at__lt=end,
        is_return=False,
        is_test=False,
        dispatches__isnull=False,
    )
    _count(found, "labelled", labels, "created_at", "dispatches__order__store")
    told = Dispatch.objects.filter(accepted_at__gte=start, accepted_at__lt=end)
    _count(found, "confirmed", told, "accepted_at", "order__store")
    _slowest(
        found,
        "confirm_lag",
        told,
        "accepted_at",
        "shipment__created_at",
        "order__store",
    )
    return found


def _first_pushes(start: datetime, end: datetime) -> QuerySet[SyncAttempt]:
    """The first push of an order that was accepted, where it fell into this time."""
    accounts = [x.key for x in ShipStationAccount.objects.only("pk")]
    calls = RemoteCall.objects.filter(
        account__in=accounts, started_at__gte=start - HOUR, started_at__lt=end
    )
    accepted = SyncAttempt.objects.filter(
        operation="push", outcome=AttemptOutcome.OK, finished_at__isnull=False
    )
    earlier = accepted.filter(
        order=OuterRef("order"), started_at__lt=OuterRef("started_at")
    )
    return accepted.filter(
        ~Exists(earlier), call__in=calls, finished_at__gte=start, finished_at__lt=end
    )


def _count(
    found: dict[Key, Values], name: str, rows: QuerySet[Any], at: str, store: str
) -> None:
    counted = (
        rows.order_by()
        .annotate(flow_hour=TruncHour(at, tzinfo=UTC), flow_store=F(store))
        .values_list("flow_store", "flow_hour")
        .annotate(Count("pk"))
    )
    for key, hour, number in counted:
        found[key, hour][name] = number


def _slowest(
    found: dict[Key, Values],
    name: str,
    rows: QuerySet[Any],
    at: str,
    since: str,
    store: str,
) -> None:
    """The 95th percentile of ``at`` - ``since``: of n sorted values the ⌈0.95 n⌉th."""
    lag = ExpressionWrapper(F(at) - F(since), output_field=DurationField())
    ranked = rows.order_by().annotate(
        flow_hour=TruncHour(at, tzinfo=UTC), flow_store=F(store), lag=lag
    )
    same = [F("flow_store"), F("flow_hour")]
    ranked = ranked.annotate(
        place=Window(RowNumber(), partition_by=same, order_by=F("lag").asc()),
        among=Window(Count("pk"), partition_by=same),
    )
    at_95 = ranked.filter(place=Ceil(Cast(F("among"), FloatField()) * 0.95))
    for key, hour, length in at_95.values_list("flow_store", "flow_hour", "lag"):
        seconds = int(length.total_seconds())
        found[key, hour][name] = min(max(seconds, 0), MOST)


def _write(start: datetime, end: datetime, found: dict[Key, Values]) -> int:
    """Store these hours; those that became empty lose their row."""
    rows = [
        FlowHour(
            store_id=key,
            hour=hour,
            **{name: values.get(name, 0) for name in COUNTS},
            **{name: values.get(name) for name in LAGS},
        )
        for (key, hour), values in sorted(found.items())
    ]
    known = FlowHour.objects.filter(hour__gte=start, hour__lt=end)
    gone = [
        pk
        for pk, key, hour in known.values_list("pk", "store", "hour")
        if (key, hour) not in found
    ]
    for part in _parts(rows):
        FlowHour.objects.bulk_create(
            part,
            update_conflicts=True,
            unique_fields=["store", "hour"],
            update_fields=[*COUNTS, *LAGS],
        )
    FlowHour.objects.filter(pk__in=gone).delete()
    return len(rows)


def _parts(rows: list[FlowHour]) -> Iterator[list[FlowHour]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
