"""The life of a run: started by a person or the clock, done in steps, resumed.

A step leases the row, does one piece (a page of the count, one rule, the buckets, one
rule's findings) and stores where to go on only while the lease is its own: what was
cancelled meanwhile stays cancelled, and a step that was cut off is done anew. Leases are
real time.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, QuerySet

from orders.sync.backoff import delay
from reconciliation.models import Run, RunState, RunStore
from reconciliation.periods import bounds, look_for_late_rows
from reconciliation.runs import phases
from reconciliation.runs.hits import forget
from reconciliation.runs.phases import Outcome
from shipsync_site.lib import clock
from shipsync_site.lib.zones import zone
from stores import lanes
from stores.errors import (
    OutcomeUnknownError,
    RemoteError,
    ThrottledError,
    TransientError,
)
from stores.models import Store

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

logger = logging.getLogger(__name__)

# Longer than one rule takes over a million orders.
LEASE = timedelta(minutes=5)
# Failures in a row after which the marketplace's count is left out, with its reason.
GIVE_UP_AFTER = 8
# Business seconds: the longest that others are kept waiting, and how long a turn is open.
ONE_TURN, TURN = 90.0, 20.0
OPEN = (RunState.WAITING, RunState.RUNNING)
MOST_DAYS = 366


class RunError(ValueError):
    """Why a run can't be started: which field, and what to enter instead."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def start(
    stores: Iterable[Store],
    first_day: date,
    last_day: date,
    user: AbstractBaseUser | None = None,
    *,
    schedule: str = "",
) -> Run:
    """Begin to compare these stores over these days, both whole, of each one's zone.

    Raises RunError for days that make no period, and while another run compares just
    these days of one of the stores.
    """
    chosen = list(stores)
    _check(chosen, first_day, last_day)
    with transaction.atomic():
        locked = Store.objects.select_for_update().filter(
            pk__in=[store.pk for store in chosen]
        )
        list(locked.order_by("pk").values_list("pk"))
        same = RunStore.objects.filter(
            store__in=chosen,
            run__state__in=OPEN,
            run__first_day=first_day,
            run__last_day=last_day,
        ).select_related("store")
        if (busy := same.first()) is not None:
            raise RunError(
                "stores", f"A run over these days of {busy.store} is under way."
            )
        run = Run.objects.create(  # type: ignore[misc]
            first_day=first_day,
            last_day=last_day,
            total=phases.whole(len(chosen)),
            phase=phases.FIRST,
            created_by=user,
            schedule=schedule,
        )
        for store in sorted(chosen, key=lambda x: x.pk):
            since, until = bounds(store.timezone, first_day, last_day)
            RunStore.objects.create(
                run=run, store=store, since=since, until=until, zone=store.timezone
            )
        transaction.on_commit(lanes.enqueue_pump)
    return run


def _check(stores: list[Store], first_day: date, last_day: date) -> None:
    if not stores:
        raise RunError("stores", "Choose at least one store.")
    if last_day < first_day:
        raise RunError("last_day", "The last day lies before the first.")
    if (last_day - first_day).days >= MOST_DAYS:
        raise RunError("last_day", f"A run covers at most {MOST_DAYS} days.")
    latest = max(clock.now().astimezone(zone(s.timezone)).date() for s in stores)
    if first_day > latest:
        raise RunError("first_day", f"{first_day:%d %B %Y} has not begun yet.")


def cancel(run: Run) -> bool:
    """Stop it; what it collected is deleted. False when it had ended."""
    with transaction.atomic():
        stopped = Run.objects.filter(pk=run.pk, state__in=OPEN).update(
            state=RunState.CANCELLED,
            finished_at=clock.now(),
            position={},
            lease_id="",
            lease_until=None,
        )
    if stopped:
        forget(run)
    return bool(stopped)


def go_on(run: Run) -> bool:
    """Have one that failed go on where it stopped. False when it did not fail."""
    position = (run.position or {}) | {"failures": 0}
    with transaction.atomic():
        resumed = Run.objects.filter(pk=run.pk, state=RunState.FAILED).update(
            state=RunState.RUNNING,
            error="",
            position=position,
            lease_until=None,
            finished_at=None,
        )
        transaction.on_commit(lanes.enqueue_pump)
    return bool(resumed)


def due() -> QuerySet[Run]:
    """Those whose next step can be taken now."""
    free = Q(lease_until=None) | Q(lease_until__lt=clock.real_now())
    return Run.objects.filter(free, state__in=OPEN).order_by("pk")


def run_one() -> bool:
    """Take the next step of the run that waits longest; False when none is due."""
    run = _lease()
    if run is None:
        return False
    _step(run)
    return True


def work_on(run: Run) -> bool:
    """Take the next step of this run; False where it is not due."""
    leased = _lease(run.pk)
    if leased is None:
        return False
    _step(leased)
    return True


def _step(run: Run) -> None:
    try:
        outcome = phases.step(run)
    except ThrottledError as problem:
        _wait_turn(run, problem.retry_after)
    except (TransientError, OutcomeUnknownError) as problem:
        _try_again(run, problem.message)
    except RemoteError as problem:
        _store(run, phases.uncounted(run, problem.message))
    except Exception:
        logger.exception("run=%s phase=%s failed", run.pk, run.phase)
        _mine(run).update(
            state=RunState.FAILED,
            error="internal error, see the log",
            lease_id="",
            lease_until=None,
            finished_at=clock.now(),
        )
    else:
        _store(run, outcome)


def _lease(pk: int | None = None) -> Run | None:
    lease, until = uuid.uuid4().hex, clock.real_now() + LEASE
    waiting = due() if pk is None else due().filter(pk=pk)
    for each in waiting.values_list("pk", flat=True)[:5]:
        if (
            due()
            .filter(pk=each)
            .update(lease_id=lease, lease_until=until, state=RunState.RUNNING)
        ):
            Run.objects.filter(pk=each, started_at=None).update(started_at=clock.now())
            return Run.objects.get(pk=each)
    return None


def _mine(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(pk=run.pk, lease_id=run.lease_id, state=RunState.RUNNING)


def _store(run: Run, outcome: Outcome) -> None:
    """Keep where to go on; what a cancelled run's step wrote is deleted again."""
    changes: dict[str, Any] = {
        "phase": outcome.phase,
        "position": outcome.position | {"failures": 0},
        "done": max(run.done, outcome.done),
        "lease_id": "",
        "lease_until": _after(outcome.wait) if outcome.wait else None,
        "error": "",
    }
    if outcome.ended:
        changes |= {
            "state": RunState.DONE,
            "finished_at": clock.now(),
            "position": {},
            "done": run.total,
        }
    if not _mine(run).update(**changes):
        if Run.objects.filter(pk=run.pk, state=RunState.CANCELLED).exists():
            forget(run)
        return
    if outcome.ended:
        for part in run.stores.select_related("store"):
            look_for_late_rows(part.store)


def _wait_turn(run: Run, seconds: float) -> None:
    """Wait for a quota; whom others forestalled in that is let pass the next time.

    So the count and the orders take turns at an interface of one call a minute.
    """
    position = dict(run.position or {})
    waited = int(position.get("waited", 0))
    if waited and seconds <= ONE_TURN:
        account = phases.part_of(run).store.remote_account
        lanes.let_pass(account.key, seconds + TURN)
    _rest(run, seconds, position | {"waited": waited + 1})


def _rest(run: Run, seconds: float, position: dict[str, Any] | None = None) -> None:
    """Give it back until so many business seconds are over."""
    changes: dict[str, Any] = {"lease_id": "", "lease_until": _after(seconds)}
    if position is not None:
        changes["position"] = position
    _mine(run).update(**changes)


def _try_again(run: Run, message: str) -> None:
    """Later; what fails again and again is left out and said."""
    position = dict(run.position or {})
    failures = int(position.get("failures", 0)) + 1
    if failures < GIVE_UP_AFTER:
        _rest(run, delay(failures).total_seconds(), position | {"failures": failures})
        return
    _store(run, phases.uncounted(run, message))


def _after(seconds: float) -> datetime:
    wait = clock.real_seconds(timedelta(seconds=seconds))
    return clock.real_now() + timedelta(seconds=wait)
