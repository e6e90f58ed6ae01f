"""An order that waits for the seller's yes: who says it, when, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Policy, Priority, Snapshot, Verdict
from tests.orders.decide.build import (
    HOUR,
    MINUTE,
    NOW,
    attempt,
    but,
    fingerprint,
    kinds,
    lines,
    market,
    says,
    snapshot,
    works,
)

CAUSE = fingerprint("acceptance", "item1", "item2")
YES = fingerprint("accept", True, "item1", "item2")
NO = fingerprint("accept", False, "item1", "item2")
ACCEPT_BY = NOW + timedelta(hours=40)
TAKE = f"accept {CAUSE}"
LOOK = "read_back order"


def waiting(**facts: Any) -> Snapshot:
    """An order that waits to be accepted; a read of it began a minute ago."""
    base = snapshot(
        market=market(
            status="waiting_acceptance",
            raw_status="WAITING_ACCEPTANCE",
            accept_by=ACCEPT_BY,
        ),
        capabilities=frozenset({"accept_orders"}),
    )
    return but(base, **facts)


def tried(outcome: str, digest: str = YES, ago: Any = 5 * MINUTE, **facts: Any) -> Any:
    return attempt(
        "accept",
        CAUSE,
        outcome,
        **{"digest": digest, "started_at": NOW - ago, "finished_at": NOW - ago} | facts,
    )


def word(verb: str, *, ago: Any = 10 * MINUTE) -> Any:
    return says(verb, "acceptance", "item1", "item2", at=NOW - ago)


def judged(policy: str = "ask", **facts: Any) -> Verdict:
    return decide(waiting(**facts), Policy(acceptance=policy), NOW)


def test_a_person_is_asked_before_the_marketplace_decides_by_itself() -> None:
    verdict = judged()

    assert kinds(verdict) == {"acceptance_due"}
    assert [case.deadline for case in verdict.cases] == [ACCEPT_BY]
    assert works(verdict) == set()
    assert verdict.stage == "waiting"


def test_nothing_is_pushed_while_it_waits() -> None:
    assert not any(work.peer == "shipstation" for work in judged("auto").work)


@pytest.mark.parametrize(
    ("policy", "verb", "yes"),
    [("auto", "", True), ("ask", "take", True), ("ask", "refuse", False)],
)
def test_the_marketplace_is_told_yes_or_no(policy: str, verb: str, yes: bool) -> None:
    verdict = judged(policy, decisions=(word(verb),) if verb else ())

    (work,) = verdict.work
    assert (work.peer, str(work.operation), work.target) == (
        "marketplace",
        "accept",
        CAUSE,
    )
    assert work.yes is yes
    assert verdict.cases == ()


def test_a_refusal_by_a_person_counts_against_an_accepting_rule() -> None:
    (work,) = judged("auto", decisions=(word("refuse"),)).work

    assert work.yes is False


def test_the_latest_word_counts() -> None:
    both = (word("refuse", ago=HOUR), word("take"))

    (work,) = judged(decisions=both).work

    assert work.yes is True


def test_an_automatic_yes_becomes_urgent_as_its_time_runs_out() -> None:
    far = judged("auto").work[0]
    near = judged("auto", accept_by=NOW + 11 * HOUR).work[0]

    assert (far.priority, near.priority) == (Priority.CONFIRM, Priority.URGENT)
    assert judged("auto").next_look_at is not None


def test_a_persons_word_goes_at_once() -> None:
    assert judged(decisions=(word("take"),)).work[0].priority == Priority.URGENT


@pytest.mark.parametrize("state", ["draft", "paused"])
def test_nothing_is_said_for_a_store_that_does_not_run(state: str) -> None:
    verdict = judged("auto", store_state=state)

    assert works(verdict) == set()
    assert state in verdict.why or "not live" in verdict.why


def test_a_marketplace_that_takes_no_word_is_waited_for() -> None:
    verdict = judged("auto", capabilities=frozenset())

    assert (verdict.cases, verdict.work) == ((), ())
    assert verdict.why == "Waiting for acceptance at the marketplace"


@pytest.mark.parametrize("outcome", ["open", "unknown"])
def test_after_a_lost_answer_the_order_is_read_before_it_is_told_again(
    outcome: str,
) -> None:
    lost = tried(outcome, ago=2 * MINUTE, finished_at=None)

    unread = judged("auto", attempts=(lost,), status_as_of=NOW - 2 * MINUTE)
    assert works(unread) == {LOOK}

    read = judged("auto", attempts=(lost,), status_as_of=NOW - MINUTE / 2)
    assert works(read) == {TAKE}
    assert read.settled == (1,)


def test_what_was_taken_is_not_told_twice_but_read_until_it_shows() -> None:
    at_once = judged("auto", attempts=(tried("ok"),), status_as_of=NOW - HOUR)
    assert works(at_once) == {LOOK}
    assert at_once.work[0].due_at == NOW

    later = judged("auto", attempts=(tried("ok"),))
    assert works(later) == {LOOK}
    assert later.work[0].due_at == NOW


def test_a_yes_that_never_shows_becomes_a_case_and_is_told_again_on_request() -> None:
    told = tried("ok", ago=3 * HOUR)
    verdict = judged("auto", attempts=(told,))
    assert kinds(verdict) == {"answer_not_honoured"}
    assert works(verdict) == set()

    again = says("retry", "unheard", "accept", CAUSE, YES)
    verdict = judged("auto", attempts=(told,), decisions=(again,))
    assert works(verdict) == {TAKE}


def test_a_refusal_by_the_marketplace_is_a_case_with_its_words() -> None:
    no = tried("refused", code="ORDER_INVALID_STATE", text="Too late")

    verdict = judged("auto", attempts=(no,))

    assert kinds(verdict) == {"acceptance_refused"}
    assert verdict.cases[0].summary == "Too late"
    assert verdict.cases[0].deadline == ACCEPT_BY
    assert works(verdict) == set()


def test_refusing_is_still_possible_where_accepting_was_refused() -> None:
    no = tried("refused", text="Partial acceptance is off")
    on_its_case = says("refuse", "accept", CAUSE, YES)

    verdict = judged("auto", attempts=(no,), decisions=(on_its_case,))

    assert [work.yes for work in verdict.work] == [False]
    assert kinds(verdict) == set()


def test_an_accepted_order_goes_its_way() -> None:
    verdict = decide(
        waiting(status="open", attempts=(tried("ok"),)), Policy(acceptance="auto"), NOW
    )

    assert works(verdict) == {"push new"}


def test_a_refused_order_is_closed() -> None:
    verdict = decide(
        waiting(
            status="cancelled",
            attempts=(tried("ok", NO),),
            decisions=(word("refuse"),),
            lines=lines({"cancelled": 1}, {"cancelled": 2}),
        ),
        Policy(),
        NOW,
    )

    assert verdict.closed
    assert verdict.stage == "cancelled"
    assert verdict.cases == ()


def test_a_buyer_who_cancels_first_is_not_answered_with_a_yes() -> None:
    verdict = judged("auto", lines=lines({"cancel_requested": True}, {}))

    assert not any(str(work.operation) == "accept" for work in verdict.work)
    assert kinds(verdict) == {"cancel_requested"}


def test_its_time_has_passed_is_said() -> None:
    verdict = judged(accept_by=NOW - MINUTE)

    assert "has passed" in verdict.cases[0].summary


def test_a_lost_answer_is_over_once_the_order_is_seen_to_be_taken() -> None:
    lost = tried("unknown", finished_at=None)

    taken = judged(status="open", attempts=(lost,))
    assert taken.settled == (1,)
    assert works(taken) == {"push new"}

    unread = judged(status="open", attempts=(lost,), status_as_of=NOW - 6 * MINUTE)
    assert unread.settled == ()
