"""Attempts: one row per order and call, written before the call, finished after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from orders.facts import Work
from orders.models import AttemptOutcome, SyncAttempt, SyncJob
from shipsync_site.lib import bulk, clock
from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    TransientError,
    UnexpectedAnswerError,
)
from stores.models import RemoteCall, Store
from stores.periods import SILENT


@dataclass(slots=True)
class Attempted:
    """A job with the work it is about to try, and its attempt once the call opens."""

    job: SyncJob
    work: Work
    attempt: SyncAttempt | None = None


def opener(items: Sequence[Attempted]) -> Callable[[RemoteCall], None]:
    """What the gateway calls in the transaction that opens a call.

    A client may make a second call for one wish (a fresh token, a retry of its own):
    the attempts belong to the first that carries the operation. Raises TransientError,
    and nothing is sent, when a lease ended meanwhile and another process took the job:
    it has decided anew, or will, and sees our attempts only if they were written first.
    """

    def open_attempts(call: RemoteCall) -> None:
        if items and items[0].attempt is not None:
            return
        if call.operation in UNATTEMPTED:
            return
        _refuse_silent(items)
        _renew(items)
        rows = [
            SyncAttempt(
                job=item.job,
                call=call,
                order_id=item.job.order_id,
                operation=item.work.operation,
                target=item.work.target,
                payload_digest=item.work.digest,
                started_at=call.started_at,
            )
            for item in items
        ]
        SyncAttempt.objects.bulk_create(rows)
        for item, row in zip(items, rows, strict=True):
            item.attempt = row

    return open_attempts


def _refuse_silent(items: Sequence[Attempted]) -> None:
    """Raise TransientError where a write is for a store that sends nothing.

    decide() asks for none: this is for a store that went silent since, and for mistakes.
    """
    orders = [item.job.order_id for item in items]
    silent = Store.objects.filter(orders__in=orders, state__in=SILENT).first()
    if silent is not None:
        raise TransientError(
            f"Not sent: {silent.name} is {silent.get_state_display().lower()}",
            code="store_silent",
        )


def _renew(items: Sequence[Attempted]) -> None:
    """Prolong the leases for the call, which must all still be ours."""
    leases = {item.job.lease_id for item in items} - {""}
    jobs = [item.job.pk for item in items]
    until = clock.real_now() + timedelta(seconds=settings.SHIPSYNC_LEASE)
    ours = SyncJob.objects.filter(pk__in=jobs, lease_id__in=leases)
    if ours.update(lease_until=until) != len(jobs):
        raise TransientError(
            "Not sent: this took so long that another process took over",
            code="lease_lost",
        )


# Calls made on the way to the one that counts.
UNATTEMPTED = frozenset({"token"})


def outcome_of(error: RemoteError | None) -> AttemptOutcome:
    """How an attempt ended, from the error that its call raised."""
    if error is None:
        return AttemptOutcome.OK
    if isinstance(error, OutcomeUnknownError):
        return AttemptOutcome.UNKNOWN
    if isinstance(error, LockedError):
        return AttemptOutcome.LOCKED
    if isinstance(error, RejectedError):
        return AttemptOutcome.REFUSED
    if isinstance(error, UnexpectedAnswerError):
        return AttemptOutcome.UNKNOWN
    return AttemptOutcome.FAILED


def _refused_before_a_call(item: Attempted, now: datetime) -> SyncAttempt:
    return SyncAttempt.objects.create(
        job=item.job,
        order_id=item.job.order_id,
        operation=item.work.operation,
        target=item.work.target,
        payload_digest=item.work.digest,
        started_at=now,
    )


def finish(pairs: Iterable[tuple[Attempted, RemoteError | None]]) -> None:
    """Write the outcomes; a success settles earlier doubts and refusals of its kind.

    A failure that changed nothing settles itself: it stands for nothing. A refusal that
    needed no call stands all the same, or it would come back without end.
    """
    now: datetime = clock.now()
    rows, done = [], []
    for item, error in pairs:
        if item.attempt is None and isinstance(error, RejectedError):
            item.attempt = _refused_before_a_call(item, now)
        row = item.attempt
        if row is None:
            continue
        row.outcome, row.finished_at = outcome_of(error), now
        if error is not None:
            row.error_code = error.code[:100]
            row.error_field = error.field[:100]
            row.error_text = error.message[:500]
        if row.outcome in (AttemptOutcome.OK, AttemptOutcome.FAILED):
            row.settled_at = now
        if row.outcome == AttemptOutcome.OK:
            done.append(row)
        rows.append(row)
    if rows:
        bulk.save(
            rows,
            [
                "outcome",
                "finished_at",
                "error_code",
                "error_field",
                "error_text",
                "settled_at",
            ],
        )
    by_kind: dict[tuple[str, bool], list[SyncAttempt]] = {}
    for row in done:
        by_kind.setdefault((row.operation, row.target == "new"), []).append(row)
    for (operation, _new), same in by_kind.items():
        SyncAttempt.objects.filter(
            order__in=[row.order_id for row in same],
            operation=operation,
            target__in={row.target for row in same},
            settled_at__isnull=True,
        ).exclude(outcome=AttemptOutcome.OK).update(settled_at=now)
