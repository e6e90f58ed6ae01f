"""A rate day by day: what is written down each hour, and its course over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from reconciliation.models import StandardReading
from reconciliation.standards.standing import Standing
from shipsync_site.lib.zones import zone
from stores.models import Store

# How many days of a course are shown; older rows are dropped after two years.
SHOWN = 90
KEPT = timedelta(days=730)


def write_down(standings: Iterable[Standing], now: datetime) -> int:
    """Each standing as that of today in its store's zone, the last one of a day stays."""
    rows = [
        StandardReading(
            store=each.store,
            metric=each.standard.code,
            day=today(each.store, now),
            bad=each.bad,
            whole=each.whole,
            taken_at=now,
        )
        for each in standings
    ]
    StandardReading.objects.bulk_create(
        rows,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["store", "metric", "day"],
        update_fields=["bad", "whole", "taken_at"],
    )
    StandardReading.objects.filter(day__lt=(now - KEPT).date()).delete()
    return len(rows)


def course(store: Store, code: str, now: datetime) -> list[StandardReading]:
    """The readings of the last days, oldest first."""
    since = today(store, now) - timedelta(days=SHOWN - 1)
    return list(
        StandardReading.objects.filter(
            store=store, metric=code, day__gte=since
        ).order_by("day")
    )


def latest(
    stores: Iterable[Store], now: datetime
) -> dict[tuple[int, str], list[StandardReading]]:
    """The last month's readings by (store, code), oldest first; one query."""
    found: dict[tuple[int, str], list[StandardReading]] = {}
    rows = StandardReading.objects.filter(
        store__in=list(stores), day__gte=(now - timedelta(days=31)).date()
    ).order_by("day")
    for row in rows:
        found.setdefault((row.store_id, row.metric), []).append(row)
    return found


def today(store: Store, now: datetime) -> date:
    """The day in the store's zone."""
    return now.astimezone(zone(store.timezone)).date()
