"""The life of a diagnosis: started by a person, done in steps, resumed after a crash.

A step leases the row, asks a peer outside any transaction, and stores rows and position
together where the lease is still its own: what was cancelled meanwhile stays cancelled.
Leases are real time.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet

from orders.diagnosis import phases, reading
from orders.diagnosis.notes import Json
from orders.diagnosis.steps import Step, since_of
from orders.models import Diagnosis, DiagnosisRow, DiagnosisState
from orders.sync.backoff import delay
from shipsync_site.lib import clock
from stores import lanes
from stores.errors import (
    OutcomeUnknownError,
    RemoteError,
    ThrottledError,
    TransientError,
)
from stores.models import Store

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
# Failures in a row after which a person is asked; they may have it go on.
GIVE_UP_AFTER = 8
UNREADABLE = 50
OPEN = (DiagnosisState.WAITING, DiagnosisState.RUNNING)
MOST_DAYS = 90


class AlreadyRunningError(Exception):
    """A diagnosis of this store is under way."""


def start(store: Store, days: int, user: AbstractBaseUser) -> Diagnosis:
    """Begin a diagnosis of the last ``days`` (1 to 90) of a store in any state.

    Raises AlreadyRunningError while another of it is under way, ValueError for days
    out of range.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"{days} days: a diagnosis covers 1 to {MOST_DAYS}")
    with transaction.atomic():
        Store.objects.select_for_update().get(pk=store.pk)
        if store.diagnoses.filter(state__in=OPEN).exists():
            raise AlreadyRunningError(f"A diagnosis of {store.name} is under way")
        diagnosis = Diagnosis.objects.create(  # type: ignore[misc]
            store=store,
            days=days,
            total=phases.WHOLE,
            phase=phases.FIRST,
            period_end=clock.now(),
            created_by=user,
        )
        transaction.on_commit(lanes.enqueue_pump)
    return diagnosis


def cancel(diagnosis: Diagnosis) -> bool:
    """Stop it; what it noted is deleted. False when it had ended."""
    with transaction.atomic():
        stopped = Diagnosis.objects.filter(pk=diagnosis.pk, state__in=OPEN).update(
            state=DiagnosisState.CANCELLED,
            finished_at=clock.now(),
            position={},
            lease_id="",
            lease_until=None,
        )
        if stopped:
            diagnosis.rows.all().delete()
    return bool(stopped)


def go_on(diagnosis: Diagnosis) -> bool:
    """Have one that failed go on where it stopped. False when it did not fail."""
    position = diagnosis.position | {"failures": 0}
    with transaction.atomic():
        resumed = Diagnosis.objects.filter(
            pk=diagnosis.pk, state=DiagnosisState.FAILED
        ).update(
            state=DiagnosisState.RUNNING,
            error="",
            position=position,
            lease_until=None,
            finished_at=None,
        )
        transaction.on_commit(lanes.enqueue_pump)
    return bool(resumed)


def due() -> QuerySet[Diagnosis]:
    """Those whose next step can be taken now."""
    free = Q(lease_until=None) | Q(lease_until__lt=clock.real_now())
    return Diagnosis.objects.filter(free, state__in=OPEN).order_by("pk")


def run_one() -> bool:
    """Take the next step of the diagnosis that waits longest; False when none is due."""
    diagnosis = _lease()
    if diagnosis is None:
        return False
    position: Json = diagnosis.position or {}
    try:
        found = reading.step(diagnosis, diagnosis.phase, position)
    except ThrottledError as problem:
        _rest(diagnosis, problem.retry_after)
    except (TransientError, OutcomeUnknownError) as problem:
        _failed(diagnosis, problem.message, lasting=False)
    except RemoteError as problem:
        _failed(diagnosis, problem.message, lasting=True)
    except Exception:
        logger.exception("diagnosis=%s phase=%s failed", diagnosis.pk, diagnosis.phase)
        _failed(diagnosis, "internal error, see the log", lasting=True)
    else:
        _store(diagnosis, position, found)
    return True


def _lease() -> Diagnosis | None:
    lease, until = uuid.uuid4().hex, clock.real_now() + LEASE
    for pk in due().values_list("pk", flat=True)[:5]:
        if (
            due()
            .filter(pk=pk)
            .update(lease_id=lease, lease_until=until, state=DiagnosisState.RUNNING)
        ):
            Diagnosis.objects.filter(pk=pk, started_at=None).update(
                started_at=clock.now()
            )
            return Diagnosis.objects.select_related(
                "store__remote_account", "store__shipstation_account"
            ).get(pk=pk)
    return None


def _mine(diagnosis: Diagnosis) -> QuerySet[Diagnosis]:
    return Diagnosis.objects.filter(
        pk=diagnosis.pk, lease_id=diagnosis.lease_id, state=DiagnosisState.RUNNING
    )


def _store(diagnosis: Diagnosis, position: Json, found: Step) -> None:
    """Keep a step: its rows, and where to go on; nothing if it is no longer ours."""
    after = phases.following(diagnosis.phase) if found.done else diagnosis.phase
    unreadable = [*position.get("unreadable", []), *found.unreadable]
    onward = position | found.extra
    onward |= {
        "cursor": {} if found.done else found.cursor,
        "read": position.get("read", 0) + found.read,
        "steps": position.get("steps", 0) + 1,
        "bad": position.get("bad", 0) + len(found.unreadable),
        "unreadable": unreadable[:UNREADABLE],
        "failures": 0,
    }
    reached = phases.progress(diagnosis.phase, 1.0 if found.done else found.fraction)
    changes: dict[str, Any] = {
        "phase": after or diagnosis.phase,
        "position": onward,
        "done": max(diagnosis.done, reached),
        "lease_id": "",
        "lease_until": None,
        "error": "",
    }
    if not after:
        changes |= {
            "state": DiagnosisState.DONE,
            "finished_at": clock.now(),
            "result": _result(diagnosis, onward),
            "position": {},
        }
    with transaction.atomic():
        if not _mine(diagnosis).update(**changes):
            return
        if not after:
            diagnosis.rows.all().delete()
        elif found.rows:
            once = {(row.kind, row.key): row for row in found.rows}
            DiagnosisRow.objects.bulk_create(
                once.values(),
                batch_size=500,
                update_conflicts=True,
                unique_fields=["diagnosis", "kind", "key"],
                update_fields=["link", "mark", "facts"],
            )


def _result(diagnosis: Diagnosis, position: Json) -> Json:
    foreign: Json = position.get("foreign") or {}
    return {
        "since": since_of(diagnosis).isoformat(),
        "until": diagnosis.period_end.isoformat(),
        "read": position["read"],
        "calls": position["steps"],
        "bad": position["bad"],
        "unreadable": position["unreadable"],
        "foreign_calls": foreign.get("calls", 0) + foreign.get("most", 0),
        "foreign_minutes": foreign.get("minutes", 0),
        "webhooks": position.get("webhooks", []),
        **position["tally"],
    }


def _rest(diagnosis: Diagnosis, seconds: float, position: Json | None = None) -> None:
    """Give it back until so many business seconds are over."""
    changes: dict[str, Any] = {"lease_id": "", "lease_until": _after(seconds)}
    if position is not None:
        changes["position"] = position
    _mine(diagnosis).update(**changes)


def _failed(diagnosis: Diagnosis, message: str, *, lasting: bool) -> None:
    """Try again later; what lasts, or fails again and again, is a person's to see."""
    position = diagnosis.position or {}
    failures = position.get("failures", 0) + 1
    position |= {"failures": failures}
    if not lasting and failures < GIVE_UP_AFTER:
        _rest(diagnosis, delay(failures).total_seconds(), position)
        return
    _mine(diagnosis).update(
        state=DiagnosisState.FAILED,
        error=message[:300],
        position=position,
        lease_id="",
        lease_until=None,
        finished_at=clock.now(),
    )


def _after(seconds: float) -> datetime:
    wait = clock.real_seconds(timedelta(seconds=seconds))
    return clock.real_now() + timedelta(seconds=wait)
