"""The life of a bulk act: begun by a person, done case by case, stopped, undone.

A worker leases the run (real time) and does each case in a transaction of its own, with
the run's row locked: what was stopped stays stopped, and what is written down as done
was done, also after a crash. Nothing is done before its countdown has ended.
"""

from __future__ import annotations

import logging
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from orders.bulk.acts import act_of
from orders.bulk.deeds import Deed, words_of
from orders.bulk.preparing import PAUSE
from orders.bulk.register import deed_of
from orders.case_locks import TriageError
from orders.models import BulkRow, BulkRun, BulkState
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import MissingPermissionError
from stores import lanes

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

logger = logging.getLogger(__name__)

COUNTDOWN = timedelta(seconds=10)
LEASE = timedelta(seconds=60)
SLICE = 1.0
# How long what was done can be undone all at once.
UNDO_FOR = timedelta(hours=24)
_WAITING = (BulkState.COUNTDOWN, BulkState.RUNNING)
_WORKING = (BulkState.RUNNING, BulkState.UNDOING)
_BATCH = 100


def begin(run: BulkRun) -> bool:
    """Let it be done: at once, or after the countdown where something is sent.

    Of many calls the first counts; False for the others.
    """
    wait = COUNTDOWN if run.sends else timedelta(0)
    with transaction.atomic():
        begun = BulkRun.objects.filter(
            pk=run.pk, state=BulkState.PREVIEW, total__gt=F("failed")
        ).update(state=BulkState.COUNTDOWN, begins_at=clock.real_now() + wait)
        if begun:
            transaction.on_commit(lanes.enqueue_pump)
    run.refresh_from_db()
    return bool(begun)


def stop(run: BulkRun) -> bool:
    """Do no further case. False where it had ended already."""
    stopped = BulkRun.objects.filter(pk=run.pk, state__in=_WAITING).update(
        state=BulkState.STOPPED,
        ended_at=clock.real_now(),
        lease_id="",
        lease_until=None,
    )
    run.refresh_from_db()
    return bool(stopped)


def undoable(run: BulkRun) -> bool:
    """Whether it ended, sent nothing, and has cases to put back."""
    return (
        run.state in (BulkState.DONE, BulkState.STOPPED)
        and not run.sends
        and run.done > 0
        and run.ended_at is not None
        and clock.real_now() - run.ended_at < UNDO_FOR
    )


def undo(run: BulkRun, by: AbstractBaseUser) -> bool:
    """Have the cases put back that nobody has changed since; only whoever did it may.

    Of many calls the first counts.
    """
    if run.by_id != by.pk or not undoable(run):
        return False
    with transaction.atomic():
        begun = BulkRun.objects.filter(pk=run.pk, state=run.state).update(
            state=BulkState.UNDOING, begun_at=clock.real_now(), lease_until=None
        )
        if begun:
            transaction.on_commit(lanes.enqueue_pump)
    run.refresh_from_db()
    return bool(begun)


def due() -> QuerySet[BulkRun]:
    """Those that can be worked on now."""
    now = clock.real_now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    begun = Q(state__in=_WORKING) | Q(state=BulkState.COUNTDOWN, begins_at__lte=now)
    return BulkRun.objects.filter(free, begun).order_by("begins_at", "pk")


def run_one(seconds: float = SLICE) -> bool:
    """Work on whichever is due first, for so long; False when none is."""
    waiting = due().values_list("pk", flat=True)[:5]
    return any(work_on(pk, seconds) for pk in waiting)


def work_on(pk: int, seconds: float = SLICE) -> bool:
    """Work on this run for so many seconds, if it is due and nobody else does."""
    lease, now = uuid.uuid4().hex, clock.real_now()
    mine = due().filter(pk=pk)
    if not mine.update(lease_id=lease, lease_until=now + LEASE):
        return False
    held = BulkRun.objects.filter(pk=pk, lease_id=lease)
    held.filter(state=BulkState.COUNTDOWN).update(state=BulkState.RUNNING, begun_at=now)
    run = held.select_related("by").first()
    if run is not None:
        _Work(run).go_on(seconds)
        BulkRun.objects.filter(pk=pk, lease_id=lease).update(
            lease_id="", lease_until=None
        )
    return True


class _Work:
    """One lease's hold on a run."""

    def __init__(self, run: BulkRun) -> None:
        self.run = run
        self.undoing = run.state == BulkState.UNDOING
        self.deed: Deed | None = None
        if run.by is not None:
            self.deed = deed_of(act_of(run.act), run.by)

    def go_on(self, seconds: float) -> None:
        """The next cases; ends the run behind the last."""
        ends = time.monotonic() + seconds
        while part := list(self._waiting()[:_BATCH]):
            for row in part:
                if not self._one(row) or time.monotonic() >= ends:
                    return
                if connection.vendor == "sqlite":
                    time.sleep(PAUSE)
        state = BulkState.UNDONE if self.undoing else BulkState.DONE
        ended = {"undone_at": clock.now()} if self.undoing else {}
        BulkRun.objects.filter(pk=self.run.pk, lease_id=self.run.lease_id).update(
            state=state, ended_at=clock.real_now(), **ended
        )

    def _waiting(self) -> QuerySet[BulkRow]:
        rows = self.run.rows.select_related(
            "case__order__store__remote_account", "case__store", "case__assignee"
        ).defer("case__order__store__remote_account__secrets")
        if self.undoing:
            return rows.filter(done=True, undone=None).order_by("-pk")
        return rows.filter(done=None).order_by("pk")

    def _one(self, row: BulkRow) -> bool:
        """One case, and what became of it; False where the run is no longer ours."""
        with transaction.atomic():
            mine = BulkRun.objects.select_for_update().filter(
                pk=self.run.pk, lease_id=self.run.lease_id, state=self.run.state
            )
            if not mine.exists():
                return False
            well, text = self._tried(row)
            if self.undoing:
                row.undone, row.undone_text = well, text[:300]
                row.save(update_fields=["undone", "undone_text"])
                mine.update(undone=F("undone") + int(well))
            else:
                row.done, row.text = well, text[:300]
                row.save(update_fields=["done", "text", "before", "version_after"])
                mine.update(
                    done=F("done") + int(well), failed=F("failed") + int(not well)
                )
        return True

    def _tried(self, row: BulkRow) -> tuple[bool, str]:
        """Whether it was done, and the sentence; a failure leaves nothing behind."""
        if self.deed is None:
            return False, f"{self.run.by_name} is no longer known here."
        try:
            with transaction.atomic():
                return True, self._does(self.deed, row)
        except (TriageError, MissingPermissionError) as error:
            return False, words_of(error)
        except Exception:
            logger.exception("bulk=%s case=%s failed", self.run.pk, row.case_id)
            return False, "An error of ours, kept in the log: it stays as it was."

    def _does(self, deed: Deed, row: BulkRow) -> str:
        if self.undoing:
            return deed.undo(row.case, row.version_after or 0, row.before)
        row.before = deed.before(row.case)
        text = deed.do(row.case, row.version, row.way)
        row.case.refresh_from_db(fields=["version"])
        row.version_after = row.case.version
        return text
