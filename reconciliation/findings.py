"""Findings: seen day after day, accepted by a person, gone when a look misses them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet

from orders.events import Timeline
from reconciliation import finding_cases
from reconciliation.finding_sql import upsert_many
from reconciliation.models import Finding, FindingState, Run
from reconciliation.rules import rule_label
from shipsync_site.lib import clock
from shipsync_site.lib.zones import zone
from stores.models import Store

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

CHUNK = 200
STANDING = (FindingState.OPEN, FindingState.ACCEPTED)


class FindingError(ValueError):
    """What can't be done with a finding: which field, and what to do instead."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One disagreement as a look found it; see the columns of Finding."""

    remote_id: str
    cause: str = ""
    order_id: int | None = None
    expected: str = ""
    found: str = ""
    amount: Decimal | None = None
    currency: str = ""
    settlement_id: int | None = None
    line_id: int | None = None
    placed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look came to: how many findings stand, and how many are gone by it."""

    seen: int
    gone: int


def fingerprint(remote_id: str, cause: str) -> str:
    """What stays the same for as long as a disagreement lasts."""
    return f"{remote_id}:{cause}"[:220]


def today_of(store: Store, now: datetime) -> date:
    """The day in the store's own zone."""
    return now.astimezone(zone(store.timezone)).date()


def see(
    store: Store,
    rule: str,
    rows: Iterable[Seen],
    *,
    within: Q | None = None,
    run: Run | None = None,
    now: datetime | None = None,
) -> Looked:
    """Write down what a look found, end what it did not see, and keep the cases.

    ``within`` are the findings of this store and rule that the look would have seen
    (``Q(settlement=…)``); without it all of them. Repeatable.
    """
    now = now or clock.now()
    look, today, seen = uuid.uuid4().hex, today_of(store, now), 0
    for chunk in _chunks(rows, CHUNK):
        once = {fingerprint(row.remote_id, row.cause): row for row in chunk}
        with transaction.atomic():
            upsert_many(
                [
                    _values(store, rule, row, run, look, today, now)
                    for row in once.values()
                ]
            )
        seen += len(once)
    gone = end_unseen(store, rule, look, within=within, now=now)
    finding_cases.stand(store, rule)
    return Looked(seen=seen, gone=gone)


def _values(
    store: Store,
    rule: str,
    row: Seen,
    run: Run | None,
    look: str,
    today: date,
    now: datetime,
) -> Sequence[object]:
    return (
        store.pk,
        rule,
        fingerprint(row.remote_id, row.cause),
        row.order_id,
        row.remote_id[:100],
        row.expected[:200],
        row.found[:200],
        row.amount,
        row.currency,
        row.settlement_id,
        row.line_id,
        row.placed_at,
        run.pk if run else None,
        today,
        today,
        now,
        look,
        str(FindingState.OPEN),
        1,
        "",
    )


def end_unseen(
    store: Store, rule: str, look: str, *, within: Q | None, now: datetime
) -> int:
    """Findings that the look should have seen and did not are gone; how many."""
    left = Finding.objects.filter(store=store, rule=rule, state__in=STANDING)
    left = left.exclude(look=look)
    if within is not None:
        left = left.filter(within)
    gone = 0
    for ids in _batches(left):
        gone += Finding.objects.filter(pk__in=ids).update(
            state=FindingState.GONE, gone_at=now
        )
    return gone


def accept(
    finding: Finding, user: AbstractBaseUser, reason: str, until: date | None = None
) -> Finding:
    """Leave it as it is, for this reason, until a day (None: for good).

    Raises FindingError without a reason, for a day gone by, or where it is gone already.
    """
    reason, today = reason.strip(), today_of(finding.store, clock.now())
    if not reason:
        raise FindingError("reason", "Say why it may stay as it is.")
    if len(reason) > 300:
        raise FindingError("reason", "Say it in 300 characters or less.")
    if until is not None and until < today:
        raise FindingError(
            "until", f"{until:%d %B %Y} is over: choose today or a later day."
        )
    with transaction.atomic():
        accepted = Finding.objects.filter(pk=finding.pk, state__in=STANDING).update(
            state=FindingState.ACCEPTED,
            accepted_at=clock.now(),
            accepted_by=user,
            accepted_reason=reason,
            accepted_until=until,
        )
        if not accepted:
            raise FindingError(
                "state", "It is no longer seen: there is nothing left to accept."
            )
        until_words = f" until {until:%d %B %Y}" if until else ""
        _tell(finding, user, "finding_accepted", f"accepted{until_words}: {reason}")
        finding.refresh_from_db()
    finding_cases.stand(finding.store, finding.rule)
    finding.refresh_from_db()
    return finding


def reopen(finding: Finding, user: AbstractBaseUser, reason: str = "") -> Finding:
    """Take an acceptance back. Raises FindingError where none stands."""
    with transaction.atomic():
        reopened = Finding.objects.filter(
            pk=finding.pk, state=FindingState.ACCEPTED
        ).update(**_NOT_ACCEPTED)
        if not reopened:
            raise FindingError("state", "Nobody has accepted it: it is not to reopen.")
        why = f": {reason.strip()}" if reason.strip() else ""
        _tell(finding, user, "finding_reopened", f"open again{why}")
    finding_cases.stand(finding.store, finding.rule)
    finding.refresh_from_db()
    return finding


_NOT_ACCEPTED: dict[str, object] = {
    "state": FindingState.OPEN,
    "accepted_at": None,
    "accepted_by": None,
    "accepted_reason": "",
    "accepted_until": None,
}


def expire_accepted(now: datetime | None = None) -> int:
    """Open what was accepted until a day that is over in its store's zone; how many."""
    now, opened = now or clock.now(), 0
    over = Finding.objects.filter(
        state=FindingState.ACCEPTED, accepted_until__isnull=False
    )
    for store in Store.objects.filter(pk__in=over.values("store")):
        ended = over.filter(store=store, accepted_until__lt=today_of(store, now))
        rules = set(ended.values_list("rule", flat=True))
        for ids in _batches(ended):
            opened += Finding.objects.filter(pk__in=ids).update(state=FindingState.OPEN)
        for rule in rules:
            finding_cases.stand(store, rule)
    return opened


def _tell(finding: Finding, user: AbstractBaseUser, verb: str, text: str) -> None:
    if finding.order_id is None:
        return
    timeline = Timeline(clock.now())
    timeline.add(
        finding.order_id,
        "us",
        verb,
        f"{rule_label(finding.rule)} {text}",
        actor=user,
        finding=finding.pk,
    )
    timeline.save()


def _batches(rows: QuerySet[Finding]) -> Iterator[list[int]]:
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids


def _chunks(rows: Iterable[Seen], size: int) -> Iterator[list[Seen]]:
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk
