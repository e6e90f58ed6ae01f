"""Run one unit of a lane and act on how it failed: the only place with policy.

============================  =========================================================
ThrottledError                not a failure: the lane waits until the budget clears
TransientError, OutcomeUnkn.  the lane backs off; jobs were dealt with by their unit
UnauthorisedError             the account is paused, one case for it; jobs stay queued
UnexpectedAnswerError         one case for the account, the lane backs off
any other RemoteError         the same
a bug                         logged with its traceback; the lane backs off
============================  =========================================================
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from orders.models import CaseState, OrderException
from orders.sync.backoff import delay
from orders.sync.operations import confirm, dispatches, listen, mirror, pull, push
from orders.sync.units import HandOver, UnitResult, in_business
from orders.triage import close_store_case, open_store_case
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import account_of, pause
from stores.errors import (
    OutcomeUnknownError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.models import Direction, Lane

logger = logging.getLogger(__name__)

Unit = Callable[[Any, HandOver], UnitResult]
UNITS: dict[str, Unit] = {
    Direction.PULL: pull.pull_unit,
    Direction.READ_BACK: pull.read_back_unit,
    Direction.CONFIRM: confirm.unit,
    Direction.PUSH: push.unit,
    Direction.MIRROR: mirror.unit,
    Direction.DISPATCHES: dispatches.unit,
    Direction.LISTEN: listen.unit,
}


def run_next(directions: list[str] | None = None) -> Counter[str] | None:
    """Lease the lane that is due first and do one unit; None when none is due."""
    lane = lanes.lease_due(settings.SHIPSYNC_LEASE, directions)
    return None if lane is None else run_lane(lane)


def run_lane(lane: Lane) -> Counter[str]:
    """Do one unit of a leased lane and release it; returns what was done."""
    handed = False

    def hand_over(due_at: datetime | None) -> None:
        nonlocal handed
        handed = lanes.release(lane, due_at)

    counts: Counter[str] = Counter()
    error, due_at = "", None
    try:
        account = account_of(lane.account)
        result = UNITS[lane.direction](account, hand_over)
        counts, due_at = result.counts, result.due_at
        if counts:
            _works_again(lane)
        elif result.unneeded:
            _close_own(lane)
    except ThrottledError as problem:
        due_at = in_business(problem.retry_after)
    except UnauthorisedError as problem:
        error = problem.message
        _unauthorised(lane, problem)
    except RemoteError as problem:
        error = problem.message
        due_at = in_business(delay(lane.failures + 1).total_seconds())
        if not isinstance(problem, TransientError | OutcomeUnknownError):
            _broken(lane, problem)
        elif lane.failures >= 5:
            _silent(lane, problem)
    except Exception:
        logger.exception("lane=%s %s failed", lane.account, lane.direction)
        error = "internal error, see the log"
        due_at = in_business(delay(lane.failures + 1).total_seconds())
    if handed:
        if error:
            # handing over counted as a success; what was known at the lease counts on
            Lane.objects.filter(pk=lane.pk).update(
                failures=lane.failures + 1, last_error=error[:300]
            )
        if due_at is not None:
            lanes.nudge(lane.account, lane.direction, due_at=due_at)
    else:
        lanes.release(lane, due_at, error)
    counts["units"] += 1
    return counts


def _unauthorised(lane: Lane, problem: UnauthorisedError) -> None:
    """Nothing of this account can work: pause it, say so once, keep the jobs."""
    account = account_of(lane.account)
    pause(account, problem.message)
    open_store_case(
        scope=f"account:{lane.account}",
        kind="store_unauthorised",
        cause=problem.reason,
        summary=f"{account}: {problem.message}",
        context={"reason": problem.reason, "account": lane.account},
    )


def _works_again(lane: Lane) -> None:
    """An answer came: what said that none does, or that we are refused, is over.

    Its lane alone knows whether a silence, or an answer that did not fit, is: the others
    may have had nothing to ask.
    """
    _close_own(lane, Q(kind="store_unauthorised"))


def _close_own(lane: Lane, also: Q | None = None) -> None:
    """Close the cases of this lane's silence, and ``also`` these of its account."""
    scope = f"account:{lane.account}"
    over = Q(kind="store_silent", cause=lane.direction) | Q(
        kind="contract_broken", cause__startswith=f"{lane.direction}:"
    )
    standing = OrderException.objects.filter(
        over | also if also is not None else over, scope=scope, state=CaseState.OPEN
    )
    for kind, cause in standing.values_list("kind", "cause"):
        close_store_case(scope=scope, kind=kind, cause=cause)


def _broken(lane: Lane, problem: RemoteError) -> None:
    open_store_case(
        scope=f"account:{lane.account}",
        kind="contract_broken",
        cause=f"{lane.direction}:{problem.code or problem.message}"[:64],
        summary=f"{lane.get_direction_display()}: {problem.message}"[:300],
        context={"direction": lane.direction, "code": problem.code},
    )


def _silent(lane: Lane, problem: RemoteError) -> None:
    open_store_case(
        scope=f"account:{lane.account}",
        kind="store_silent",
        cause=lane.direction,
        summary=f"{lane.get_direction_display()} has failed "
        f"{lane.failures + 1} times: {problem.message}"[:300],
        context={"direction": lane.direction, "since": str(clock.now())},
    )
