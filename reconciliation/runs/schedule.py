"""Runs by the clock: yesterday, to be signed; the fortnight before it; the month.

Each counts in the store's own zone and starts once its early morning has come, when the
day's last orders were imported and its report can be made. Stores of one zone share a run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciliation import periods
from reconciliation.findings import expire_accepted
from reconciliation.models import Run, RunStore
from reconciliation.runs.hits import prune
from reconciliation.runs.lifecycle import RunError, start
from shipsync_site.lib import clock
from shipsync_site.lib.zones import zone
from stores.models import Store, StoreState

# The hour of the store's zone from which on a day counts as whole.
HOUR = 4
# What stands is seen again each day for so long: 'seen N days running'.
AGAIN = timedelta(days=14)
# On which day the month before is compared: its last parcels are read back by then.
MONTH_DAY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A run that the clock wants: which days, and by which name."""

    schedule: str
    first_day: date
    last_day: date


def planned(local: datetime) -> list[Planned]:
    """What should have been compared by this moment of a store's zone."""
    if local.hour < HOUR:
        return []
    yesterday = local.date() - timedelta(days=1)
    wanted = [
        Planned(schedule="daily", first_day=yesterday, last_day=yesterday),
        Planned(
            schedule="fortnight",
            first_day=yesterday - AGAIN,
            last_day=yesterday - timedelta(days=1),
        ),
    ]
    if local.day >= MONTH_DAY:
        first, last = periods.month_of(local.date().replace(day=1) - timedelta(days=1))
        wanted.append(Planned(schedule="month", first_day=first, last_day=last))
    return wanted


def start_due(now: datetime | None = None) -> list[Run]:
    """Start what the clock wants and nobody has started; the runs."""
    now = now or clock.now()
    wanted: dict[Planned, list[Store]] = defaultdict(list)
    for store in Store.objects.exclude(state=StoreState.DRAFT).order_by("pk"):
        for plan in planned(now.astimezone(zone(store.timezone))):
            if not _was_run(store, plan):
                wanted[plan].append(store)
    return [run for plan, stores in wanted.items() for run in _start(plan, stores)]


def _was_run(store: Store, plan: Planned) -> bool:
    return RunStore.objects.filter(
        store=store,
        run__schedule=plan.schedule,
        run__first_day=plan.first_day,
        run__last_day=plan.last_day,
    ).exists()


def _start(plan: Planned, stores: Iterable[Store]) -> Iterable[Run]:
    """One run for the stores of a zone; a person who compares just these days goes first."""
    zones: dict[str, list[Store]] = defaultdict(list)
    for store in stores:
        zones[store.timezone].append(store)
    for alike in zones.values():
        try:
            yield start(alike, plan.first_day, plan.last_day, schedule=plan.schedule)
        except RunError:
            continue  # it is tried again within the hour


def look_after() -> int:
    """The hour's round: start runs, end acceptances, open periods, drop old rows.

    How many runs were started.
    """
    started = start_due()
    expire_accepted()
    periods.look_for_late_rows()
    prune(clock.now())
    return len(started)
