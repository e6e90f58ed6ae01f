"""Days and months that a person closes, and that open again when late rows come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction

from orders.models import Order
from reconciliation.models import Finding, FindingState, Period, Run, RunState, RunStore
from reconciliation.rules import bucket_label
from shipsync_site.lib import clock
from shipsync_site.lib.zones import zone

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from stores.models import Store

DAY, MONTH = "day", "month"


class PeriodError(ValueError):
    """Why a period can't be closed or opened, and what to do first."""


def bounds(
    store_zone: str, first_day: date, last_day: date
) -> tuple[datetime, datetime]:
    """From the first midnight of these days to the one after, in this zone.

    A day on which the clocks change has 23 or 25 hours.
    """
    local: ZoneInfo = zone(store_zone)
    since = datetime.combine(first_day, time(), local)
    until = datetime.combine(last_day + timedelta(days=1), time(), local)
    return since.astimezone(_UTC), until.astimezone(_UTC)


_UTC = ZoneInfo("UTC")


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of its month."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


def period_for(store: Store, kind: str, day: date) -> Period:
    """The store's day or month that holds this day; made where there is none yet."""
    if kind not in (DAY, MONTH):
        raise PeriodError(f"{kind}: a period is a day or a month")
    first, last = month_of(day) if kind == MONTH else (day, day)
    period, _new = Period.objects.get_or_create(
        store=store, kind=kind, first_day=first, defaults={"last_day": last}
    )
    return period


def covering_run(period: Period) -> RunStore | None:
    """The latest run over just this period of the store that came to its end."""
    return (
        RunStore.objects.filter(
            store=period.store,
            run__state=RunState.DONE,
            run__first_day=period.first_day,
            run__last_day=period.last_day,
        )
        .select_related("run")
        .order_by("-run__finished_at", "-run")
        .first()
    )


def is_over(period: Period, now: datetime) -> bool:
    """Whether its last day has ended in the store's zone."""
    _since, until = bounds(period.store.timezone, period.first_day, period.last_day)
    return now >= until


def close(period: Period, user: AbstractBaseUser) -> Period:
    """Sign it off as its latest run found it.

    Raises PeriodError while it lasts, without a run, or where the buckets do not add up
    to what the marketplace counted.
    """
    now = clock.now()
    if not is_over(period, now):
        raise PeriodError(
            "It is not over yet in the store's zone: close it afterwards."
        )
    part = covering_run(period)
    if part is None:
        raise PeriodError("No run has compared it yet: start one for just these days.")
    if part.adds_up is False:
        raise PeriodError(
            "The buckets do not add up to the marketplace's count: find out why first."
        )
    with transaction.atomic():
        closed = Period.objects.filter(pk=period.pk, closed_at=None).update(
            closed_at=now,
            closed_by=user,
            run=part.run,
            closed_as=_as_it_stands(period, part),
            reopened_at=None,
            reopened_why="",
            late_rows=0,
        )
        if not closed:
            raise PeriodError("It is closed already.")
    period.refresh_from_db()
    return period


def _as_it_stands(period: Period, part: RunStore) -> dict[str, Any]:
    since, until = bounds(period.store.timezone, period.first_day, period.last_day)
    standing = Finding.objects.filter(
        store=period.store, placed_at__gte=since, placed_at__lt=until
    )
    return {
        "run": part.run_id,
        "counted": part.counted,
        "counted_by": part.counted_by,
        "ours": part.ours,
        "buckets": part.buckets,
        "open": standing.filter(state=FindingState.OPEN).count(),
        "accepted": standing.filter(state=FindingState.ACCEPTED).count(),
    }


def reopen(period: Period, user: AbstractBaseUser, why: str) -> Period:
    """Open a closed period by hand, for a reason. Raises PeriodError otherwise."""
    if not why.strip():
        raise PeriodError("Say why it is opened again.")
    name = user.get_username()
    if not _reopen(period, f"{name}: {why.strip()}", late_rows=0):
        raise PeriodError("It is open already.")
    period.refresh_from_db()
    return period


def _reopen(period: Period, why: str, *, late_rows: int) -> bool:
    return bool(
        Period.objects.filter(pk=period.pk, closed_at__isnull=False).update(
            closed_at=None,
            reopened_at=clock.now(),
            reopened_why=why[:300],
            late_rows=late_rows,
        )
    )


def look_for_late_rows(store: Store | None = None) -> int:
    """Open closed periods of which rows came or changed since; how many were opened."""
    closed = Period.objects.filter(closed_at__isnull=False).select_related(
        "store", "run"
    )
    if store is not None:
        closed = closed.filter(store=store)
    opened = 0
    for period in closed.order_by("pk"):
        rows, why = late_rows(period)
        if why:
            opened += _reopen(period, why, late_rows=rows)
    return opened


def late_rows(period: Period) -> tuple[int, str]:
    """How many rows came after it was closed, and what they are; '' for none."""
    if period.closed_at is None:
        return 0, ""
    since, until = bounds(period.store.timezone, period.first_day, period.last_day)
    orders = Order.objects.filter(
        store=period.store, ordered_at__gte=since, ordered_at__lt=until
    )
    new = orders.filter(imported_at__gt=period.closed_at).count()
    cancelled = orders.filter(
        imported_at__lte=period.closed_at,
        remote_updated_at__gt=period.closed_at,
        status="cancelled",
    ).count()
    moved, words = _moved(period)
    said = [
        *([_count(new, "order", "came in")] if new else []),
        *(
            [_count(cancelled, "order was", "cancelled", "orders were")]
            if cancelled
            else []
        ),
        *words,
    ]
    why = f"After it was closed {'; '.join(said)}." if said else ""
    return new + cancelled + moved, why


def _count(number: int, one: str, what: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'} {what}"


def _moved(period: Period) -> tuple[int, list[str]]:
    """What a later run over the same days put into other buckets."""
    part = covering_run(period)
    known = period.closed_as.get("run")
    if part is None or known is None or part.run_id == known:
        return 0, []
    before = {k: int(v) for k, v in (period.closed_as.get("buckets") or {}).items()}
    after = {k: int(v) for k, v in part.buckets.items()}
    moved, said = 0, []
    for code in sorted({*before, *after}):
        old, new = before.get(code, 0), after.get(code, 0)
        if old != new:
            moved += abs(new - old)
            said.append(f"‘{bucket_label(code)}’ went from {old:,} to {new:,}")
    return (moved + 1) // 2, said


def latest_run(store: Store) -> Run | None:
    """The run of this store that ended last."""
    part = (
        RunStore.objects.filter(store=store, run__state=RunState.DONE)
        .select_related("run")
        .order_by("-run__finished_at", "-run")
        .first()
    )
    return None if part is None else part.run
