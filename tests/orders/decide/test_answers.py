"""A person's word on a cancellation, told to the marketplace: once, in the right order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Policy, Priority, Snapshot, Verdict
from orders.facts_past import DecisionFacts
from tests.orders.decide.build import (
    HOUR,
    MINUTE,
    NOW,
    POLICIES,
    SHIP_BY,
    absorbed,
    asked,
    attempt,
    but,
    dispatch,
    fingerprint,
    kinds,
    label,
    lines,
    market,
    primary,
    record,
    snapshot,
    works,
)

BOTH = frozenset({"accept_cancellation", "reject_cancellation"})
WHOLE = {"cancel_requested": True}
CAUSE = asked("item1", "item2")
UNITS = [("item1", 1), ("item2", 2)]
ANSWER = f"answer {CAUSE}"
LOOK = "read_back order"
HELD: dict[str, Any] = {"status": "on_hold", "held_by_us": True}


def digest(yes: bool, choice: str = "") -> str:
    return fingerprint("answer", yes, choice, UNITS)


def requested(**facts: Any) -> Snapshot:
    """The buyer asks to cancel the whole order; not pushed; read a minute ago."""
    base = snapshot(
        lines=lines(WHOLE, WHOLE), capabilities=BOTH, market=market(cancel_seq=1)
    )
    return but(base, **facts)


def word(
    verb: str, *cause: object, choice: str = "", at: Any = NOW - 10 * MINUTE
) -> DecisionFacts:
    """A person's word on the request, or on a case that these parts name."""
    named = fingerprint(*cause) if cause else CAUSE
    return DecisionFacts(verb=verb, cause=named, at=at, choice=choice)


def tried(outcome: str, yes: bool, choice: str = "", **facts: Any) -> Any:
    values: dict[str, Any] = {
        "digest": digest(yes, choice),
        "started_at": NOW - 5 * MINUTE,
        "finished_at": NOW - 5 * MINUTE,
    }
    return attempt("answer", CAUSE, outcome, **(values | facts))


def judged(policy: str = "ask", **facts: Any) -> Verdict:
    return decide(requested(**facts), POLICIES[policy], NOW)


SHIPPED: dict[str, Any] = {
    "records": (record(status="shipped"),),
    "shipments": (label(),),
    "dispatches": (dispatch(),),
}


@pytest.mark.parametrize("policy", [*POLICIES, "accepts"])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"records": (record(),)},
        {"records": (record(**HELD),)},
        {"records": (record(status="cancelled", written_status="cancelled"),)},
        SHIPPED,
        {"records": (absorbed(), primary())},
        {"status": "cancelled"},
        {"cancel_answer_by": NOW - HOUR},
        {"cancel_answer_by": NOW + HOUR, "ship_by": NOW - HOUR},
        {"lines": lines(WHOLE, {})},
        {"decisions": (word("cancel"),)},
        {"decisions": (word("ship_anyway"),)},
        {"decisions": (word("accept"), word("retry"), word("reopen"))},
    ],
)
def test_no_rule_and_no_clock_answers_a_buyer(
    policy: str, facts: dict[str, Any]
) -> None:
    rules = POLICIES.get(policy, Policy(cancel_request="cancel", acceptance="auto"))

    for wait in (timedelta(0), timedelta(days=3)):
        verdict = decide(requested(**facts), rules, NOW + wait)

        assert not any(str(work.operation) == "answer" for work in verdict.work)


def test_the_request_is_due_before_the_marketplace_answers_it_itself() -> None:
    early, late = NOW + HOUR, SHIP_BY + HOUR

    assert judged(cancel_answer_by=early).cases[0].deadline == early
    assert judged(cancel_answer_by=late).cases[0].deadline == SHIP_BY
    assert judged(ship_by=None, cancel_answer_by=late).cases[0].deadline == late


def test_the_request_is_due_before_an_order_that_waits_is_refused_by_itself() -> None:
    waiting: dict[str, Any] = {"status": "waiting_acceptance", "accept_by": NOW + HOUR}

    assert judged(**waiting).cases[0].deadline == NOW + HOUR
    assert judged(accept_by=NOW + HOUR).cases[0].deadline == SHIP_BY


def test_an_order_that_never_left_is_cancelled_at_the_marketplace() -> None:
    verdict = judged(decisions=(word("cancel_market", choice="stock"),))

    (work,) = verdict.work
    assert (work.peer, str(work.operation), work.target) == (
        "marketplace",
        "answer",
        CAUSE,
    )
    assert (work.yes, work.choice, work.priority) == (True, "stock", Priority.URGENT)
    assert kinds(verdict) == set()
    assert not verdict.closed


def test_shipstation_is_stopped_before_the_marketplace_hears_of_it() -> None:
    yes = (word("cancel_market"),)

    assert works(judged(records=(record(),), decisions=yes)) == {"hold 501"}
    held = judged(records=(record(**HELD),), decisions=yes)
    assert works(held) == {"cancel 501"}
    done = record(status="cancelled", written_status="cancelled")
    assert works(judged(records=(done,), decisions=yes)) == {ANSWER}


def test_a_part_is_granted_while_the_rest_is_held() -> None:
    cause = asked("item1")
    yes = DecisionFacts(verb="cancel_market", cause=cause, at=NOW - MINUTE)

    verdict = judged(
        records=(record(**HELD),), lines=lines(WHOLE, {}), decisions=(yes,)
    )

    assert works(verdict) == {f"answer {cause}"}


def test_the_word_may_be_given_on_the_case_of_the_answer() -> None:
    on_it = word("cancel_market", "answer_cancellation", CAUSE)

    verdict = judged("cancel", decisions=(on_it,))

    assert works(verdict) == {ANSWER}
    assert kinds(verdict) == set()


def test_what_the_marketplace_cannot_be_told_stays_a_case_for_a_person() -> None:
    verdict = judged(decisions=(word("cancel_market"),), capabilities=frozenset())

    assert works(verdict) == set()
    assert kinds(verdict) == {"cancel_requested"}


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("outcome", ["open", "unknown"])
def test_after_a_lost_answer_the_order_is_read_first(yes: bool, outcome: str) -> None:
    said = word("cancel_market" if yes else "reject_request")
    lost = tried(outcome, yes, started_at=NOW - 2 * MINUTE, finished_at=None)

    unread = judged(decisions=(said,), attempts=(lost,), cancel_as_of=NOW - 2 * MINUTE)
    assert works(unread) == {LOOK}

    read = judged(decisions=(said,), attempts=(lost,), cancel_as_of=NOW - MINUTE / 2)
    assert works(read) == {ANSWER}
    assert read.settled == (1,)


def test_the_read_that_shows_it_cancelled_ends_it() -> None:
    verdict = judged(
        decisions=(word("cancel_market"),),
        attempts=(tried("ok", True),),
        status="cancelled",
        lines=lines({"cancelled": 1}, {"cancelled": 2}),
    )

    assert verdict.closed
    assert (works(verdict), kinds(verdict)) == (set(), set())


def test_a_granted_request_that_is_gone_does_not_let_the_order_go() -> None:
    verdict = judged(
        decisions=(word("cancel_market"),),
        attempts=(tried("ok", True),),
        lines=lines(),
    )

    assert works(verdict) == {LOOK}
    assert kinds(verdict) == set()
    assert verdict.stage == "cancelled"


def test_a_granted_request_that_comes_to_nothing_lets_the_order_go_in_the_end() -> None:
    verdict = judged(
        decisions=(word("cancel_market"),),
        attempts=(tried("ok", True, finished_at=NOW - 3 * HOUR),),
        lines=lines(),
    )

    assert works(verdict) == {"push new"}


def test_an_answer_without_effect_becomes_a_case_after_two_hours() -> None:
    long_ago = tried("ok", True, started_at=NOW - 3 * HOUR, finished_at=NOW - 3 * HOUR)

    verdict = judged(decisions=(word("cancel_market"),), attempts=(long_ago,))

    assert kinds(verdict) == {"answer_not_honoured"}
    assert works(verdict) == set()


def test_a_refusal_is_a_case_and_another_reason_tries_again() -> None:
    no = tried("refused", True, "stock", text="Reason not allowed", code="25001021")
    first = word("cancel_market", choice="stock")

    verdict = judged(decisions=(first,), attempts=(no,))
    assert kinds(verdict) == {"answer_refused"}
    assert verdict.cases[0].summary == "Reason not allowed"
    assert works(verdict) == set()

    again = word(
        "cancel_market", "answer", CAUSE, digest(True, "stock"), choice="price",
        at=NOW - MINUTE,
    )  # fmt: skip
    verdict = judged(decisions=(first, again), attempts=(no,))
    assert [work.choice for work in verdict.work] == ["price"]
    assert kinds(verdict) == set()


def test_a_refusal_that_is_accepted_leaves_it_to_be_done_by_hand() -> None:
    no = tried("refused", True, text="Not here")
    said = (
        word("cancel_market"),
        word("accept", "answer", CAUSE, digest(True), at=NOW - MINUTE),
    )

    assert kinds(judged(decisions=said, attempts=(no,))) == {"answer_cancellation"}


def test_a_rejection_goes_out_before_anything_is_released() -> None:
    verdict = judged(
        records=(record(**HELD),), decisions=(word("reject_request", choice="packed"),)
    )

    (work,) = verdict.work
    assert (str(work.operation), work.yes, work.choice) == ("answer", False, "packed")
    assert kinds(verdict) == set()
    assert verdict.stage == "held"


def test_a_rejected_request_lets_the_order_go() -> None:
    no: dict[str, Any] = {
        "decisions": (word("reject_request"),),
        "attempts": (tried("ok", False),),
    }

    assert "restore 501" in works(judged(records=(record(**HELD),), **no))
    assert "push new" in works(judged(**no))


def test_a_parcel_is_told_of_only_once_the_request_is_seen_to_be_gone() -> None:
    no: dict[str, Any] = {
        **SHIPPED,
        "decisions": (word("reject_request", "cancelled_after_label", CAUSE),),
    }
    assert works(judged(**no)) == {ANSWER}

    told = no | {"attempts": (tried("ok", False),)}
    assert works(judged(**told)) == {LOOK}

    gone = told | {"lines": lines()}
    assert works(judged(**gone)) == {"confirm 1"}


def test_near_ship_by_a_parcel_is_told_of_though_the_request_still_shows() -> None:
    verdict = judged(
        **SHIPPED,
        decisions=(word("reject_request", "cancelled_after_label", CAUSE),),
        attempts=(tried("ok", False),),
        ship_by=NOW + 30 * MINUTE,
    )

    assert "confirm 1" in works(verdict)


def test_a_refused_rejection_keeps_the_order_held() -> None:
    verdict = judged(
        records=(record(**HELD),),
        decisions=(word("reject_request"),),
        attempts=(tried("refused", False, text="Already approved"),),
    )

    assert kinds(verdict) == {"answer_refused"}
    assert works(verdict) == set()
    assert verdict.stage == "held"


def test_a_rejection_beats_the_rule_that_cancels() -> None:
    verdict = judged(
        "cancel", records=(record(**HELD),), decisions=(word("reject_request"),)
    )

    assert works(verdict) == {ANSWER}
    assert [work.yes for work in verdict.work] == [False]


def test_a_stopped_parcel_can_be_granted_at_the_marketplace() -> None:
    verdict = judged(
        **SHIPPED,
        decisions=(word("cancel_market", "cancelled_after_label", CAUSE),),
    )

    assert works(verdict) == {ANSWER}
    assert kinds(verdict) == {"label_to_void", "goods_to_stock"}


def test_a_word_from_before_the_label_says_nothing_of_the_parcel() -> None:
    verdict = judged(**SHIPPED, decisions=(word("cancel_market"),))

    assert works(verdict) == set()
    assert kinds(verdict) == {"cancelled_after_label"}


@pytest.mark.parametrize("verb", ["cancel_market", "accept"])
def test_a_parcel_that_was_stopped_is_not_asked_after_again_once_it_is_cancelled(
    verb: str,
) -> None:
    verdict = judged(
        **SHIPPED,
        decisions=(word(verb, "cancelled_after_label", CAUSE),),
        attempts=(tried("ok", True),),
        status="cancelled",
        lines=lines({"cancelled": 1}, {"cancelled": 2}),
    )

    assert works(verdict) == set()
    # What follows is followed; the parcel itself is asked about no more.
    assert kinds(verdict) == {"label_to_void", "goods_to_stock"}


def test_the_word_for_one_request_does_not_answer_the_next() -> None:
    second = replace(requested(decisions=(word("cancel_market"),)), market=market())
    second = but(second, cancel_seq=2)

    verdict = decide(second, POLICIES["ask"], NOW)

    assert works(verdict) == set()
    assert kinds(verdict) == {"cancel_requested"}


@pytest.mark.parametrize("state", ["paused", "draft"])
def test_a_store_that_does_not_run_answers_nobody(state: str) -> None:
    verdict = judged(decisions=(word("cancel_market"),), store_state=state)

    assert works(verdict) == set()
    assert state in verdict.why


GONE = {"cancelled": record(status="cancelled"), "deleted": record(gone=True)}


@pytest.mark.parametrize("how", GONE)
def test_what_the_warehouse_cancelled_is_cancelled_at_the_marketplace_on_a_word(
    how: str,
) -> None:
    kind = f"{how}_in_shipstation"
    facts: dict[str, Any] = {"records": (GONE[how],), "lines": lines()}
    assert kinds(judged(**facts)) == {kind}

    facts["decisions"] = (word("cancel_market", kind, 501, choice="stock"),)
    verdict = judged(**facts)

    (work,) = verdict.work
    assert (str(work.operation), work.yes, work.choice) == ("answer", True, "stock")
    assert kinds(verdict) == set()
    assert verdict.stage == "cancelled"
    assert not verdict.closed

    target, said = fingerprint(kind, 501), fingerprint("answer", True, "stock", UNITS)
    no = attempt("answer", target, "refused", digest=said, text="Not allowed")
    assert kinds(judged(**facts, attempts=(no,))) == {"answer_refused"}

    left = word("accept", "answer", target, said, at=NOW)
    facts["decisions"] += (left,)
    assert kinds(judged(**facts, attempts=(no,))) == {kind}


def test_a_lost_answer_is_over_once_the_order_is_seen_to_be_cancelled() -> None:
    verdict = judged(
        decisions=(word("cancel_market"),),
        attempts=(tried("unknown", True, finished_at=None),),
        status="cancelled",
        lines=lines({"cancelled": 1}, {"cancelled": 2}),
    )

    assert verdict.closed
    assert verdict.settled == (1,)


def test_a_cancelled_order_closes_at_once_and_leaves_no_call_in_doubt() -> None:
    """The read that shows it came a moment after the call, whose answer was lost."""
    sent = NOW - MINUTE / 4
    facts = snapshot(
        market=market(
            status="cancelled", status_as_of=NOW, cancel_as_of=sent + MINUTE / 6
        ),
        attempts=(attempt("answer", "cause", "unknown", started_at=sent),),
    )
    verdict = decide(facts, Policy(), NOW)
    assert verdict.closed
    assert verdict.settled == (1,)

    earlier = replace(facts.market, cancel_as_of=sent - MINUTE / 6)
    assert decide(replace(facts, market=earlier), Policy(), NOW).settled == ()
