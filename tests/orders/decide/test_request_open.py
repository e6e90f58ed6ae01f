"""A dispatch refused because the buyer asked to cancel: TikTok's rule in the UK and EU."""

from __future__ import annotations

from typing import Any

from orders.decide import decide
from orders.decide_confirm import confirm_digest
from orders.facts import Policy, Snapshot, Verdict
from tests.orders.decide.build import (
    ALL_LINES,
    HOUR,
    MINUTE,
    NOW,
    asked,
    attempt,
    but,
    dispatch,
    fingerprint,
    kinds,
    label,
    lines,
    market,
    record,
    says,
    snapshot,
    works,
)

WHOLE = {"cancel_requested": True}
CONFIRM = confirm_digest(dispatch(), label(), ALL_LINES)


def refused(number: int = 1, ago: Any = 5 * MINUTE) -> Any:
    return attempt(
        "confirm",
        "1",
        "refused",
        id=number,
        digest=CONFIRM,
        code="cancel_request_open",
        text="The buyer asks to cancel",
        started_at=NOW - ago,
        finished_at=NOW - ago,
    )


def told(**facts: Any) -> Snapshot:
    """Labelled, told once and refused five minutes ago; read a minute ago."""
    base = snapshot(
        records=(record(status="shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(1, "refused"),),
        attempts=(refused(),),
        market=market(cancel_seq=1),
        capabilities=frozenset({"accept_cancellation", "reject_cancellation"}),
    )
    return but(base, **facts)


def judged(now: Any = NOW, **facts: Any) -> Verdict:
    return decide(told(**facts), Policy(), now)


def test_the_order_is_read_before_a_person_is_asked() -> None:
    verdict = judged(cancel_as_of=NOW - 10 * MINUTE)

    assert (works(verdict), kinds(verdict)) == ({"read_back 1"}, set())


def test_the_request_itself_is_the_case_and_the_refusal_is_no_second_one() -> None:
    verdict = judged(lines=lines(WHOLE, WHOLE))

    assert (works(verdict), kinds(verdict)) == (set(), {"cancelled_after_label"})
    late = judged(lines=lines(WHOLE, WHOLE), ship_by=NOW + HOUR / 2, status_as_of=NOW)
    assert (works(late), kinds(late)) == (set(), {"cancelled_after_label"})


def test_a_request_that_is_over_lets_the_parcel_be_told_again() -> None:
    verdict = judged()

    assert (works(verdict), kinds(verdict)) == ({"confirm 1"}, set())


def test_a_rejected_request_lets_the_parcel_be_told_once_it_is_seen_to_be_gone() -> (
    None
):
    cause = asked("item1", "item2")
    word = says("reject_request", "cancelled_after_label", cause)
    digest = fingerprint("answer", False, "", [("item1", 1), ("item2", 2)])
    answered = attempt(
        "answer",
        cause,
        "ok",
        id=2,
        digest=digest,
        started_at=NOW - 2 * MINUTE,
        finished_at=NOW - 2 * MINUTE,
    )
    both: dict[str, Any] = {"decisions": (word,), "attempts": (refused(), answered)}

    waits = judged(**both, lines=lines(WHOLE, WHOLE), cancel_as_of=NOW - 3 * MINUTE)
    assert (works(waits), kinds(waits)) == ({"read_back order"}, set())

    assert works(judged(**both)) == {"confirm 1"}


def test_a_marketplace_that_goes_on_refusing_is_before_a_person() -> None:
    thrice = tuple(refused(n, ago=n * 5 * MINUTE) for n in (1, 2, 3))

    verdict = judged(attempts=thrice)

    assert (works(verdict), kinds(verdict)) == (set(), {"confirm_refused"})


def test_a_request_that_a_person_lets_pass_shows_the_refusal() -> None:
    word = says("ship_anyway", "asked", 1, "item1", "item2")

    verdict = judged(lines=lines(WHOLE, WHOLE), decisions=(word,))

    assert (works(verdict), kinds(verdict)) == (set(), {"confirm_refused"})
