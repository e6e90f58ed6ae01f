"""Writes in doubt: what a later read has shown of them, before anything is decided.

A HOLD, PUSH or CANCEL whose answer was lost is ours all the same once a read shows its
effect: without that, our own hold would look like somebody else's and never end, and a
record would never be told of a later change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from orders.facts import (
    AttemptFacts,
    Learned,
    Operation,
    Policy,
    RecordFacts,
    Snapshot,
)
from orders.facts_past import IN_FLIGHT

NEW = "new"
_TO_MARKETPLACE = (Operation.CONFIRM, Operation.ACCEPT, Operation.ANSWER)
# Near ship-by nothing waits any more, our release window least of all.
NEAR_SHIP_BY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """The snapshot with what was learned, the attempts settled, and those still open."""

    snapshot: Snapshot
    standing: tuple[AttemptFacts, ...]
    settled: tuple[int, ...]
    learned: tuple[Learned, ...]


def settle(snapshot: Snapshot, policy: Policy) -> Doubts:
    """Judge every write to ShipStation in doubt by the reads since it was sent."""
    records = {record.id: record for record in snapshot.records}
    learned: dict[int, Learned] = {}
    standing, settled = [], []
    doubtful = [
        a
        for a in snapshot.attempts
        if a.in_doubt and a.operation not in _TO_MARKETPLACE
    ]
    for attempt in sorted(doubtful, key=lambda a: (a.started_at, a.id)):
        shown = _shown(attempt, records.values())
        for record in shown:
            lesson = _lesson(snapshot, policy, attempt, record)
            if lesson is not None:
                records[record.id] = _after(record, lesson)
                learned[record.id] = _join(learned.get(record.id), lesson)
        if shown or _absent(snapshot, policy, attempt, records.values()):
            settled.append(attempt.id)
        else:
            standing.append(attempt)
    return Doubts(
        snapshot=replace(snapshot, records=tuple(records.values())),
        standing=tuple(standing),
        settled=tuple(settled),
        learned=tuple(learned[key] for key in sorted(learned)),
    )


def _shown(attempt: AttemptFacts, records: Iterable[RecordFacts]) -> list[RecordFacts]:
    """The records in which a read since the attempt shows what became of it."""
    since = [r for r in records if r.as_of > attempt.started_at]
    if attempt.target != NEW:
        return [r for r in since if str(r.ss_order_id) == attempt.target]
    # What we had written before can't be what this attempt made.
    return [
        r
        for r in since
        if (r.ours or r.linked)
        and not r.gone
        and (r.written_at is None or r.written_at >= attempt.started_at)
    ]


def _absent(
    snapshot: Snapshot,
    policy: Policy,
    attempt: AttemptFacts,
    records: Iterable[RecordFacts],
) -> bool:
    """Whether ShipStation's changes were read past it, and it is in none of them."""
    if any(str(r.ss_order_id) == attempt.target for r in records):
        return False
    done_by = attempt.started_at + min(policy.lag, IN_FLIGHT)
    return snapshot.mirror_read_at is not None and snapshot.mirror_read_at > done_by


def _lesson(
    snapshot: Snapshot, policy: Policy, attempt: AttemptFacts, record: RecordFacts
) -> Learned | None:
    """What we did to this record without hearing so; None when nothing is new."""
    held = (
        record.status == "on_hold"
        and not record.held_by_us
        and (
            attempt.operation == Operation.HOLD
            or (attempt.target == NEW and _pushed_held(snapshot, policy, attempt))
        )
    )
    cancelled = (
        attempt.operation == Operation.CANCEL
        and record.status == "cancelled"
        and record.written_status != "cancelled"
    )
    digest = attempt.digest if attempt.target == NEW and record.ours else ""
    if record.written_digest:
        digest = ""
    if not (held or cancelled or digest):
        return None
    status = "cancelled" if cancelled else "on_hold" if held else ""
    if digest and not status:
        status = "awaiting_shipment"
    return Learned(
        record_id=record.id,
        digest=digest,
        status=status,
        held=held,
        written_at=attempt.started_at,
    )


def _pushed_held(snapshot: Snapshot, policy: Policy, attempt: AttemptFacts) -> bool:
    """Whether that push was one on hold: for its number, or in our release window."""
    market = snapshot.market
    if policy.tax_route == "v2" and market.rule_number:
        return True
    if market.ship_by is not None and (
        attempt.started_at >= market.ship_by - NEAR_SHIP_BY
    ):
        return False
    return attempt.started_at < market.ordered_at + policy.release_window


def _after(record: RecordFacts, lesson: Learned) -> RecordFacts:
    return replace(
        record,
        written_digest=lesson.digest or record.written_digest,
        written_status=lesson.status or record.written_status,
        held_by_us=record.held_by_us or lesson.held,
        written_at=lesson.written_at,
    )


def _join(first: Learned | None, then: Learned) -> Learned:
    if first is None:
        return then
    return Learned(
        record_id=then.record_id,
        digest=then.digest or first.digest,
        status=then.status or first.status,
        held=first.held or then.held,
        written_at=then.written_at,
    )
