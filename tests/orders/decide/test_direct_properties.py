"""What direct mode must never do, whatever the rows say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orders.decide import decide
from orders.decide_told import untold_cause
from orders.facts import DecisionFacts, Operation, Policy, Snapshot
from orders.matching import Likeness, Sign
from tests.orders.decide.build import HOUR, NOW
from tests.orders.decide.strategies import past, policies, snapshots
from tests.orders.decide.test_properties import INVARIANTS, SETTINGS

signs = st.frozensets(st.sampled_from(Sign))
likenesses = st.builds(Likeness, agrees=signs, differs=signs)
direct_policies = st.builds(
    replace,
    policies,
    shipped_owner=st.sampled_from(("shipstation", "shipsync")),
    arrives_within=st.sampled_from((HOUR / 2, 40 * HOUR)),
    told_within=st.sampled_from((HOUR / 2, 40 * HOUR)),
)


@st.composite
def watched(draw: st.DrawFn) -> tuple[Snapshot, Policy]:
    """An order that ShipStation's own connection runs, in any state."""
    facts, policy = draw(snapshots()), draw(direct_policies)
    records = tuple(
        replace(
            record,
            ours=False,
            written_digest="",
            written_status="",
            likeness=draw(st.none() | likenesses),
            rivals=draw(st.integers(0, 1)),
            tax_shown=draw(st.sampled_from((None, True, False))),
        )
        for record in facts.records
    )
    shipments = tuple(
        replace(
            shipment,
            notified=draw(st.sampled_from((None, True, False))),
            notify_error=draw(st.sampled_from(("", "", "expired"))),
            as_of=draw(st.none() | past),
        )
        for shipment in facts.shipments
    )
    market = replace(facts.market, tax_number=draw(st.sampled_from(("", "IM1"))))
    words: list[Any] = [
        DecisionFacts(
            verb=draw(st.sampled_from(("confirm", "accept"))),
            cause=untold_cause(shipment.id),
            at=draw(past),
        )
        for shipment in shipments
        if draw(st.sampled_from((False, False, True)))
    ]
    made: Snapshot = replace(
        facts,
        store_mode="direct",
        records=records,
        shipments=shipments,
        market=market,
        attempts=tuple(a for a in facts.attempts if a.operation != "push"),
        decisions=(*facts.decisions, *words),
    )
    return made, policy


@SETTINGS
@given(watched())
def test_invariants_hold_in_direct_mode(case: tuple[Snapshot, Policy]) -> None:
    facts, policy = case
    verdict = decide(facts, policy, NOW)

    for invariant in INVARIANTS:
        invariant(facts, policy, verdict)


@SETTINGS
@given(watched())
def test_nothing_is_created_rewritten_or_taken_over_without_a_reason(
    case: tuple[Snapshot, Policy],
) -> None:
    facts, policy = case
    verdict = decide(facts, policy, NOW)

    assert {work.operation for work in verdict.work}.isdisjoint(
        {Operation.PUSH, Operation.UPDATE}
    )
    if verdict.adopt is not None:
        (record,) = (r for r in facts.records if r.id == verdict.adopt)
        assert record.candidate
        assert record.likeness is not None
        assert record.likeness.proved or record.likeness.likely


@SETTINGS
@given(watched())
def test_a_parcel_has_one_teller(case: tuple[Snapshot, Policy]) -> None:
    facts, policy = case
    verdict = decide(facts, policy, NOW)
    shipments = {shipment.id: shipment for shipment in facts.shipments}
    dispatches = {str(row.id): row for row in facts.dispatches}
    told = {
        row.shipment_id
        for row in facts.dispatches
        if row.rung not in ("due", "refused", "sent", "withdrawn")
    }
    telling = {draft.shipment_id for draft in verdict.dispatches}
    telling |= {
        dispatches[work.target].shipment_id
        for work in verdict.work
        if work.operation is Operation.CONFIRM
    }
    for shipment_id in telling - told:
        asked = facts.decided(untold_cause(shipment_id)) == "confirm"
        theirs = policy.shipped_owner == "shipstation"
        assert asked or not (theirs or shipments[shipment_id].notified)
