"""What decide() must never do, whatever the rows say."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orders.decide import decide
from orders.deciding import ANSWERED
from orders.exception_kinds import KINDS
from orders.facts import Operation, Policy, Snapshot, Verdict, fingerprint
from orders.models import Stage
from tests.orders.decide.build import NOW
from tests.orders.decide.strategies import decided, policies, snapshots

# 'SHIPSYNC_EXAMPLES=5000 pytest …' looks longer.
EXAMPLES = int(os.environ.get("SHIPSYNC_EXAMPLES", "200"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=list(HealthCheck),
    # Shrinking takes minutes: only where somebody looks for long.
    phases=tuple(Phase) if EXAMPLES > 1000 else (Phase.explicit, Phase.generate),
)
Case = tuple[Snapshot, Policy]
TO_RECORDS = {
    Operation.UPDATE,
    Operation.HOLD,
    Operation.RESTORE,
    Operation.CANCEL,
}


def asked(facts: Snapshot) -> list[str]:
    return sorted(x.remote_id for x in facts.lines if x.cancel_requested and x.wanted)


def cancelled(facts: Snapshot) -> bool:
    return facts.market.status == "cancelled" or (
        bool(facts.lines) and not any(x.wanted for x in facts.lines)
    )


def answered(facts: Snapshot) -> str:
    """What a person said of the request that stands, on either of its cases."""
    cause = fingerprint("asked", facts.market.cancel_seq, *asked(facts))
    return facts.decided(cause, fingerprint("cancelled_after_label", cause))


def undecided(facts: Snapshot) -> bool:
    return bool(asked(facts)) and answered(facts) not in ("ship_anyway", "confirm")


def operations(verdict: Verdict) -> set[Operation]:
    return {work.operation for work in verdict.work}


def plain(verdict: Verdict) -> tuple[object, ...]:
    """The verdict without the order in which it was found."""
    return (
        verdict.stage,
        verdict.closed,
        verdict.next_look_at,
        sorted(map(repr, verdict.work)),
        sorted(map(repr, verdict.cases)),
        sorted(map(repr, verdict.dispatches)),
        sorted(map(repr, verdict.rungs)),
        verdict.adopt,
        verdict.raise_generation,
        verdict.settled,
    )


@SETTINGS
@given(decided(), st.randoms(use_true_random=False))
def test_the_same_facts_give_the_same_verdict_in_any_order(
    case: Case, chance: random.Random
) -> None:
    facts, policy = case
    verdict = decide(facts, policy, NOW)
    assert decide(facts, policy, NOW) == verdict
    mixed: dict[str, Any] = {
        name: tuple(
            chance.sample(list(getattr(facts, name)), len(getattr(facts, name)))
        )
        for name in ("records", "shipments", "dispatches", "attempts", "decisions")
    }
    assert plain(decide(replace(facts, **mixed), policy, NOW)) == plain(verdict)


def nothing_is_pushed_that_must_not_leave(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    wanted = {Operation.PUSH, Operation.RESTORE, Operation.UPDATE}
    # What ShipStation imported is followed whatever it is, so that it can be stopped.
    adopts = verdict.adopt and facts.store_mode == "orchestrated"
    if operations(verdict) & wanted or adopts or verdict.raise_generation:
        assert facts.market.status in ("open", "partly_shipped")
        assert not facts.market.not_ours
        assert not cancelled(facts)
        assert not undecided(facts)
        # Direct mode finishes what we had made ourselves; of what ShipStation imported
        # it lets go what it held, and no more.
        ours = any(r.ours for r in facts.records)
        if facts.store_mode == "direct" and not ours:
            assert not operations(verdict) & {Operation.PUSH, Operation.UPDATE}
            assert not verdict.raise_generation
    if Operation.PUSH in operations(verdict):
        assert facts.store_state == "live"
        assert facts.mirror_read_at is not None
        assert not any(p.hard for p in facts.problems)
        if facts.correction is not None and facts.correction.contradicted:
            assert any(d.verb in ANSWERED for d in facts.decisions)
        assert not any(
            r.status != "cancelled" and not r.gone and r.absorbed_by is None
            for r in facts.records
            if r.linked
        )


def one_thing_at_a_time_for_each_target(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    targets = [(work.peer, work.target) for work in verdict.work]
    assert len(targets) == len(set(targets))
    causes = [(draft.kind, draft.cause) for draft in verdict.cases]
    assert len(causes) == len(set(causes))


def writes_go_to_records_that_may_be_written(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    records = {str(r.ss_order_id): r for r in facts.records}
    learned = {x.record_id for x in verdict.learned if x.held}
    doubtful = {
        a.target
        for a in facts.attempts
        if a.in_doubt and a.id not in verdict.settled and a.operation != "confirm"
    }
    for work in verdict.work:
        if work.operation not in TO_RECORDS:
            continue
        record = records[work.target]
        combined = record.shared or not record.linked
        assert work.target not in doubtful
        assert record.absorbed_by is None
        assert not record.gone
        assert not record.candidate
        assert record.status not in ("shipped", "cancelled")
        if work.operation in (Operation.UPDATE, Operation.CANCEL):
            imported = facts.store_mode == "direct" and not record.split
            assert record.ours or (imported and work.operation is Operation.CANCEL)
            assert not combined
        if work.operation is Operation.UPDATE:
            assert not record.split
            assert record.status != "on_hold"
        if work.operation is Operation.CANCEL:
            assert record.status == "on_hold"
        if work.operation is Operation.RESTORE:
            assert record.status == "on_hold"
            assert record.held_by_us or record.id in learned
    for target in doubtful & set(records):
        assert f"look {target}" in {f"{w.operation} {w.target}" for w in verdict.work}


def only_what_left_is_confirmed_with_a_carrier_and_in_time(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    dispatches = {str(x.id): x for x in facts.dispatches}
    shipments = {x.id: x for x in facts.shipments}
    for work in verdict.work:
        if work.operation is not Operation.CONFIRM:
            continue
        shipment = shipments[dispatches[work.target].shipment_id]
        assert not shipment.voided
        assert shipment.mapped is not None
        assert shipment.tracking
        assert not cancelled(facts)
        assert not facts.market.not_ours
        assert facts.can_confirm
        assert facts.store_state == "live"
        if facts.market.ship_by is not None:
            latest = facts.market.ship_by - policy.confirm_margin
            assert work.due_at <= max(NOW, latest)


def drafts_never_hold_more_than_is_wanted(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    shipments = {x.id: x for x in facts.shipments}
    known = {x.shipment_id for x in facts.dispatches}
    units: dict[int, int] = {}
    for draft in verdict.dispatches:
        assert draft.shipment_id not in known
        assert not shipments[draft.shipment_id].voided
        for line_id, quantity in draft.lines:
            units[line_id] = units.get(line_id, 0) + quantity
    wanted = {line.id: line.wanted for line in facts.lines}
    assert all(count <= wanted[line_id] for line_id, count in units.items())
    replaced = [x.supersedes for x in verdict.dispatches if x.supersedes]
    assert len(replaced) == len(set(replaced))


def an_order_is_closed_or_is_looked_at_again(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    if verdict.closed:
        assert not verdict.work
        assert not verdict.dispatches
        assert verdict.next_look_at is None
    else:
        assert verdict.next_look_at is not None
        assert NOW < verdict.next_look_at <= NOW + timedelta(hours=6)
    assert verdict.stage in Stage.values
    assert verdict.why or verdict.closed
    assert all(draft.kind in KINDS for draft in verdict.cases)


def what_must_stop_is_being_stopped_or_is_a_persons(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    if not (cancelled(facts) or undecided(facts)) or facts.market.not_ours:
        return
    labelled = {x.ss_order_id for x in facts.shipments if not x.voided}
    stopping = {w.target for w in verdict.work if w.operation in ("hold", "look")}
    for record in facts.records:
        open_now = record.status in ("awaiting_shipment", "awaiting_payment")
        mine = record.linked and record.absorbed_by is None and not record.gone
        if open_now and mine and record.ss_order_id not in labelled:
            handled = any(d.verb in ANSWERED for d in facts.decisions)
            assert str(record.ss_order_id) in stopping or verdict.cases or handled


@SETTINGS
@given(
    snapshots(),
    policies,
    st.lists(st.integers(0, 200), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_an_undecided_cancel_never_releases_itself(
    facts: Snapshot, policy: Policy, hours: list[int], chance: random.Random
) -> None:
    """Time passes, statuses move, reads come in: nothing lets a held record go."""
    if not asked(facts) or facts.market.status == "shipped":
        return
    for hour in sorted(hours):
        now = NOW + timedelta(hours=hour)
        records = tuple(
            replace(
                record,
                as_of=now,
                status=chance.choice(("on_hold", "awaiting_shipment", record.status)),
            )
            for record in facts.records
        )
        fresh = replace(facts.market, status_as_of=now, packages_as_of=now)
        moved = replace(facts, records=records, market=fresh, mirror_read_at=now)
        verdict = decide(moved, policy, now)
        assert not operations(verdict) & {
            Operation.RESTORE,
            Operation.PUSH,
            Operation.UPDATE,
        }
        if facts.market.status in ("open", "partly_shipped"):
            assert not verdict.closed or facts.market.not_ours


def what_was_learned_is_learned_once(
    facts: Snapshot, policy: Policy, verdict: Verdict
) -> None:
    lessons = {x.record_id: x for x in verdict.learned}
    records = tuple(
        replace(
            r,
            held_by_us=r.held_by_us or lessons[r.id].held,
            written_digest=lessons[r.id].digest or r.written_digest,
            written_status=lessons[r.id].status or r.written_status,
            written_at=lessons[r.id].written_at,
        )
        if r.id in lessons
        else r
        for r in facts.records
    )
    rest = tuple(a for a in facts.attempts if a.id not in verdict.settled)
    after = decide(replace(facts, records=records, attempts=rest), policy, NOW)
    assert after.learned == ()
    assert plain(after)[:9] == plain(verdict)[:9]


INVARIANTS = (
    nothing_is_pushed_that_must_not_leave,
    writes_go_to_records_that_may_be_written,
    only_what_left_is_confirmed_with_a_carrier_and_in_time,
    drafts_never_hold_more_than_is_wanted,
    an_order_is_closed_or_is_looked_at_again,
    what_must_stop_is_being_stopped_or_is_a_persons,
    what_was_learned_is_learned_once,
    one_thing_at_a_time_for_each_target,
)


@SETTINGS
@given(decided())
def test_invariants(case: Case) -> None:
    facts, policy = case
    verdict = decide(facts, policy, NOW)
    for invariant in INVARIANTS:
        invariant(facts, policy, verdict)
