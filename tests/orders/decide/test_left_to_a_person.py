"""What a person, a pause or a change of mode must never hide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.decide import decide
from orders.facts import DecisionFacts, Operation, Policy, Problem
from tests.orders.decide.build import NOW, label, lines, record, snapshot

HARD = Problem(field="shipTo.street1", message="The street is too long", hard=True)


def test_an_accepted_problem_says_that_it_was_left_to_a_person() -> None:
    seen = snapshot(problems=(HARD,))
    (case,) = decide(seen, Policy(), NOW).cases
    accepted = DecisionFacts(verb="accept", cause=case.cause, at=NOW)

    verdict = decide(replace(seen, decisions=(accepted,)), Policy(), NOW)

    assert verdict.cases == ()
    assert verdict.work == ()
    assert not verdict.closed
    assert verdict.why == "Left to a person, not sent: The street is too long"


def test_a_pause_keeps_the_cases_and_stops_the_push() -> None:
    live = decide(snapshot(problems=(HARD,)), Policy(), NOW)
    paused = decide(snapshot(problems=(HARD,), store_state="paused"), Policy(), NOW)
    assert [case.kind for case in paused.cases] == [case.kind for case in live.cases]

    verdict = decide(snapshot(store_state="paused"), Policy(), NOW)
    assert verdict.work == ()
    assert verdict.why == "The store is paused"


def test_a_draft_store_opens_no_cases() -> None:
    verdict = decide(snapshot(problems=(HARD,), store_state="draft"), Policy(), NOW)

    assert verdict.cases == ()
    assert verdict.work == ()


def test_direct_mode_finishes_what_we_pushed() -> None:
    pushed = snapshot(
        store_mode="direct", records=(record(status="shipped"),), shipments=(label(),)
    )
    assert decide(pushed, Policy(), NOW).dispatches != ()

    theirs = decide(snapshot(store_mode="direct"), Policy(), NOW)
    assert theirs.work == ()
    assert theirs.why == "Waiting until ShipStation's own connection imports it"


@pytest.mark.parametrize("policy", ["ask", "cancel"])
def test_a_decided_cancel_without_a_record_is_cancelled_here(policy: str) -> None:
    both = {"cancel_requested": True}
    asked = snapshot(lines=lines(both, both))
    rules = Policy(cancel_request=policy)
    if policy == "ask":
        (case,) = decide(asked, rules, NOW).cases
        word = DecisionFacts(verb="cancel", cause=case.cause, at=NOW)
        asked = replace(asked, decisions=(word,))

    verdict = decide(asked, rules, NOW)

    assert verdict.stage == "cancelled"
    assert not verdict.closed
    assert [case.kind for case in verdict.cases] == ["answer_cancellation"]
    assert all(work.operation is not Operation.PUSH for work in verdict.work)
