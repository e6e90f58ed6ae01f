"""The calls that a decision would lead to, before anybody takes it.

decide() is run with the person's word as if it had been said, and once more with each
call as if it had been answered well; the bodies come from the builders of the sync.
Nothing is written, nobody is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orders import selectors
from orders.as_if_calls import Call, calls_of
from orders.decide import decide
from orders.exception_kinds import Resolution
from orders.facts import (
    AttemptFacts,
    DecisionFacts,
    Operation,
    Policy,
    Problem,
    RecordFacts,
    Snapshot,
    Verdict,
    Work,
)
from orders.models import Order, OrderException, Peer, Rung, Verb
from orders.payload_facts import refresh_payload
from orders.payload_inputs import raw_orders, rules_for
from orders.snapshot import load
from shipsync_site.lib import clock

# Hold, cancel, tell the marketplace, confirm: no word leads to more.
LONGEST = 5
_STATUS = {
    Operation.HOLD: "on_hold",
    Operation.CANCEL: "cancelled",
    Operation.RESTORE: "awaiting_shipment",
    Operation.UPDATE: "awaiting_shipment",
}
_REFUSED = ("refused", "locked", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a word leads to: the calls in their order, and how the order stands then.

    ``cases`` are what is left for people, as (kind, sentence).
    """

    calls: tuple[Call, ...]
    why: str
    cases: tuple[tuple[str, str], ...] = ()


def outlook(
    case: OrderException, way: Resolution, *, target: str = "", choice: str = ""
) -> Outlook | None:
    """What this way out would lead to now; None for a case of no order."""
    if case.order_id is None:
        return None
    order = selectors.order_detail(Order.objects.all()).get(pk=case.order_id)
    (loaded,) = load([order])
    if way.verb == Verb.MARKET_ADDRESS:
        snapshot = _without_correction(order, loaded.snapshot)
    else:
        snapshot = loaded.snapshot
    now = clock.now()
    word = DecisionFacts(
        verb=way.verb, cause=case.cause, at=now, target=target, choice=choice
    )
    return _play(order, _said(snapshot, word), loaded.policy, now)


def _said(snapshot: Snapshot, word: DecisionFacts) -> Snapshot:
    """The snapshot as it would be right after this word."""
    changes: dict[str, Any] = {}
    if word.verb:
        changes["decisions"] = (*snapshot.decisions, word)
    if word.verb == Verb.RETRY:
        changes["parked"] = ()
        changes["attempts"] = tuple(
            replace(attempt, retried=True) if attempt.outcome in _REFUSED else attempt
            for attempt in snapshot.attempts
        )
    return replace(snapshot, **changes)


def _without_correction(order: Order, snapshot: Snapshot) -> Snapshot:
    """As if the marketplace's own address counted; only in memory."""
    buyer = getattr(order, "buyer", None)
    if buyer is None:
        return snapshot
    buyer.corrected = {}
    lines = list(order.lines.all())
    books = rules_for([(order.store, lines)])
    raw = raw_orders([order], books).get(order.pk)
    refresh_payload(order, lines, buyer, books[order.store_id], raw)
    return replace(
        snapshot,
        correction=None,
        payload_digest=order.payload_digest,
        problems=tuple(Problem(**row) for row in order.payload_problems),
    )


def _play(order: Order, snapshot: Snapshot, policy: Policy, now: datetime) -> Outlook:
    calls: list[Call] = []
    seen: set[tuple[str, str]] = set()
    verdict = decide(snapshot, policy, now)
    for _step in range(LONGEST):
        snapshot, verdict = _settled(order, snapshot, policy, now)
        work = [w for w in _next(verdict, now) if (w.operation, w.target) not in seen]
        if not work:
            break
        for each in work:
            seen.add((each.operation, each.target))
            calls += calls_of(order, each)
            snapshot = _done(snapshot, each, now)
        if any(w.reads or w.target == "new" for w in work):
            break  # what follows depends on what is read
    else:
        verdict = decide(snapshot, policy, now)
    return Outlook(
        calls=tuple(calls),
        why=verdict.why,
        cases=tuple((draft.kind, draft.summary) for draft in verdict.cases),
    )


def _settled(
    order: Order, snapshot: Snapshot, policy: Policy, now: datetime
) -> tuple[Snapshot, Verdict]:
    """Decided, with what a decision changes here first: a key, whose record it is."""
    verdict = decide(snapshot, policy, now)
    if verdict.raise_generation:
        order.generation += 1
        order.order_key = f"{order.order_key[:48]}~{order.generation}"
        snapshot = replace(snapshot, key_generation=order.generation)
        verdict = decide(snapshot, policy, now)
    if verdict.adopt is not None:
        records = tuple(
            replace(row, linked=True, candidate=False)
            if row.id == verdict.adopt
            else row
            for row in snapshot.records
        )
        snapshot = replace(snapshot, records=records)
        verdict = decide(snapshot, policy, now)
    return snapshot, verdict


def _next(verdict: Verdict, now: datetime) -> list[Work]:
    """The most urgent work towards each peer, stops first; later work if none is due."""
    found = []
    for peer in (Peer.SHIPSTATION, Peer.MARKETPLACE):
        work = [w for w in verdict.work if w.peer == peer]
        due = [w for w in work if w.due_at <= now]
        first = min(due or work, key=lambda w: (w.priority, w.due_at), default=None)
        if first is not None:
            found.append(first)
    return found


def _done(snapshot: Snapshot, work: Work, now: datetime) -> Snapshot:
    """As if the call had been answered well."""
    if work.operation in _STATUS:
        records = tuple(
            _written(row, work, snapshot, now)
            if str(row.ss_order_id) == work.target
            else row
            for row in snapshot.records
        )
        return replace(snapshot, records=records)
    if work.operation in (Operation.ANSWER, Operation.ACCEPT):
        told = AttemptFacts(
            id=0,
            operation=work.operation,
            target=work.target,
            digest=work.digest,
            outcome="ok",
            started_at=now,
            finished_at=now,
        )
        return replace(snapshot, attempts=(*snapshot.attempts, told))
    if work.operation is Operation.CONFIRM:
        dispatches = tuple(
            replace(row, rung=Rung.ACCEPTED) if str(row.id) == work.target else row
            for row in snapshot.dispatches
        )
        return replace(snapshot, dispatches=dispatches)
    return snapshot


def _written(
    row: RecordFacts, work: Work, snapshot: Snapshot, now: datetime
) -> RecordFacts:
    return replace(
        row,
        status=_STATUS[work.operation],
        held_by_us=work.operation is Operation.HOLD,
        written_digest=snapshot.payload_digest,
        written_status=_STATUS[work.operation],
        written_at=now,
        as_of=now,
    )
