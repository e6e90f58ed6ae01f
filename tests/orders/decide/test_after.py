"""Life after a cancellation that met a label, and what packers miss: decide()'s rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.decide import decide
from orders.decide_follow_up import CASE_OF, SENTENCES
from orders.facts import (
    FollowUpDraft,
    FollowUpFacts,
    RefundFacts,
    ShortFacts,
    Snapshot,
    Verdict,
)
from tests.orders.decide.build import (
    MINUTE,
    NOW,
    POLICIES,
    asked,
    attempt,
    but,
    dispatch,
    fingerprint,
    kinds,
    label,
    lines,
    primary,
    record,
    says,
    snapshot,
    works,
)

ASK = POLICIES["ask"]
DAY = timedelta(days=1)
GONE = lines({"cancelled": 1}, {"cancelled": 2})
AFTER_LABEL = fingerprint("cancelled_after_label", fingerprint("cancelled", 0))
ON_REQUEST = fingerprint("cancelled_after_label", asked("item1", "item2"))
CANCELLED = snapshot(
    records=(record(status="shipped"),),
    shipments=(label(as_of=NOW - MINUTE),),
    dispatches=(dispatch(),),
    lines=GONE,
)
REQUESTED = but(
    CANCELLED,
    lines=lines({"cancel_requested": True}, {"cancel_requested": True}),
    cancel_seq=1,
)
VOID = fingerprint("after", "void_label", 71)
VOID_CASE = fingerprint("after", VOID)


def word(verb: str, cause: str, at: Any = NOW - MINUTE) -> Any:
    return replace(says(verb), cause=cause, at=at)


def task(asked_for: Any) -> str:
    """The cause of the bench's task that this word made."""
    return fingerprint("intercept", asked_for.cause, asked_for.at.isoformat())


def judged(facts: Snapshot, *words: Any, now: Any = NOW, **rest: Any) -> Verdict:
    return decide(but(facts, decisions=words, **rest), ASK, now)


def followed(verdict: Verdict) -> dict[str, str]:
    """Kind → open, done or failed."""

    def state(draft: FollowUpDraft) -> str:
        return "failed" if draft.failed else "done" if draft.shown else "open"

    return {draft.kind: state(draft) for draft in verdict.follow_ups}


STOPPED = {"void_label": "open", "restock": "open", "refund": "done"}
LEFT = {"return": "open", "refund": "done"}


@pytest.mark.parametrize(
    ("verb", "said", "cases", "open_ones"),
    [
        (None, None, {"cancelled_after_label"}, {}),
        ("accept", None, {"label_to_void", "goods_to_stock"}, STOPPED),
        ("left_with_it", None, {"return_expected"}, LEFT),
        ("intercept", None, {"intercept_parcel"}, {"intercept": "open"}),
        (
            "intercept",
            "accept",
            {"label_to_void", "goods_to_stock"},
            STOPPED | {"intercept": "done"},
        ),
        (
            "intercept",
            "left_with_it",
            {"return_expected"},
            LEFT | {"intercept": "failed"},
        ),
    ],
)
def test_a_cancelled_order_after_each_word(
    verb: str | None, said: str | None, cases: set[str], open_ones: dict[str, str]
) -> None:
    words = []
    if verb:
        words.append(word(verb, AFTER_LABEL, NOW - 2 * MINUTE))
    if said:
        words.append(word(said, task(words[0])))

    verdict = judged(CANCELLED, *words)

    assert (works(verdict), kinds(verdict)) == (set(), cases)
    assert followed(verdict) == open_ones
    assert not verdict.closed


@pytest.mark.parametrize(
    ("said", "cases"),
    [
        (None, {"intercept_parcel"}),
        ("accept", {"answer_cancellation", "label_to_void", "goods_to_stock"}),
        ("left_with_it", {"cancelled_after_label"}),
    ],
)
def test_a_request_whose_parcel_the_bench_looks_for(
    said: str | None, cases: set[str]
) -> None:
    asked_for = word("intercept", ON_REQUEST, NOW - 2 * MINUTE)
    words = [asked_for, *([word(said, task(asked_for))] if said else [])]

    verdict = judged(REQUESTED, *words)

    # Nothing is confirmed while it is looked for, and nothing of what was stopped.
    assert (works(verdict), kinds(verdict)) == (set(), cases)


def test_what_the_bench_said_once_does_not_answer_the_next_time() -> None:
    first = word("intercept", AFTER_LABEL, NOW - 9 * MINUTE)
    left = word("left_with_it", task(first), NOW - 8 * MINUTE)
    again = word("intercept", AFTER_LABEL, NOW - 7 * MINUTE)

    assert kinds(judged(CANCELLED, first, left, again)) == {"intercept_parcel"}


def test_nothing_is_told_of_a_parcel_that_is_looked_for_until_the_last_call() -> None:
    facts = but(REQUESTED, status_as_of=NOW + DAY)
    asked_for = word("intercept", ON_REQUEST)
    assert facts.market.ship_by
    last_call = facts.market.ship_by - timedelta(hours=1)

    assert works(judged(facts, asked_for, now=last_call - MINUTE)) == set()
    assert works(judged(facts, asked_for, now=last_call)) == {"confirm 1"}


def known(kind: str, cause: str, state: str = "open", **facts: Any) -> FollowUpFacts:
    return FollowUpFacts(id=1, kind=kind, cause=cause, state=state, **facts)


def test_a_voided_label_leaves_its_credit_to_follow() -> None:
    verdict = judged(
        but(CANCELLED, records=(record(status="cancelled"),)),
        word("accept", AFTER_LABEL),
        shipments=(label(voided=True, as_of=NOW),),
        dispatches=(),
        follow_ups=(known("void_label", VOID),),
    )
    assert followed(verdict) == {
        "void_label": "done",
        "credit": "open",
        "restock": "open",
        "refund": "done",
    }
    assert kinds(verdict) == {"label_credit", "goods_to_stock"}
    assert not verdict.closed


def test_the_last_word_closes_the_order() -> None:
    ends = [
        word("accept", fingerprint("after", fingerprint("after", kind, *ids)))
        for kind, ids in (("restock", ()), ("credit", (71,)))
    ]
    verdict = judged(
        but(CANCELLED, records=(record(status="cancelled"),)),
        word("accept", AFTER_LABEL),
        *ends,
        shipments=(label(voided=True, as_of=NOW),),
        dispatches=(),
        follow_ups=(known("void_label", VOID),),
    )
    assert kinds(verdict) == set()
    assert verdict.closed


def test_what_is_overdue_asks_louder() -> None:
    verdict = judged(
        CANCELLED,
        word("left_with_it", AFTER_LABEL),
        follow_ups=(known("return", fingerprint("after", "return"), due=NOW - MINUTE),),
    )
    (case,) = verdict.cases
    assert case.summary.startswith("Overdue: ")
    assert case.deadline == NOW - MINUTE


def test_a_return_that_came_brings_the_goods_and_a_lost_one_does_not() -> None:
    left = word("left_with_it", AFTER_LABEL)
    cause = fingerprint("after", fingerprint("after", "return"))

    back = judged(CANCELLED, left, word("accept", cause))
    lost = judged(CANCELLED, left, word("given_up", cause))

    assert kinds(back) == {"goods_to_stock"}
    assert followed(lost) == {"return": "failed", "refund": "done"}
    assert lost.closed


@pytest.mark.parametrize(
    ("rule", "rung", "state"),
    [
        (RefundFacts(), "due", "done"),
        (RefundFacts(cancelled="seller"), "due", "open"),
        (RefundFacts(), "accepted", "open"),
        (RefundFacts(confirmed="marketplace"), "accepted", "done"),
    ],
)
def test_who_refunds_is_the_connectors_word(
    rule: RefundFacts, rung: str, state: str
) -> None:
    facts = but(CANCELLED, dispatches=(dispatch(rung=rung),), refund=rule)
    verdict = judged(facts, word("accept", AFTER_LABEL))

    assert followed(verdict)["refund"] == state
    assert ("refund_due" in kinds(verdict)) == (state == "open")


def test_a_label_that_others_share_is_not_voided_for_one() -> None:
    facts = but(
        CANCELLED,
        records=(record(501, "shipped", absorbed_by=601), primary("shipped")),
        shipments=(label(ss_order_id=601),),
    )
    assert "void_label" not in followed(judged(facts, word("accept", AFTER_LABEL)))


HERE = word("accept", AFTER_LABEL, NOW - 9 * MINUTE)
SAID = word("void_label", VOID_CASE, NOW - 2 * MINUTE)
READ = NOW - MINUTE / 2


@pytest.mark.parametrize(
    ("tries", "read_at", "work", "asks"),
    [
        ((), NOW, {"void label:71"}, False),
        # Approved: it is read again in a while, not told again at once.
        ((("ok", NOW - MINUTE),), NOW, set(), False),
        # In doubt: nothing before the read that shows it, which the call begins with.
        ((("unknown", NOW - MINUTE / 6),), NOW - MINUTE, set(), False),
        ((("unknown", NOW - 2 * MINUTE),), NOW, {"void label:71"}, False),
        # Refused since the word: a person is asked, with their words.
        ((("refused", NOW - MINUTE),), NOW, set(), True),
        # Refused before it: the word has it tried again.
        ((("refused", NOW - 5 * MINUTE),), NOW, {"void label:71"}, False),
    ],
)
def test_a_label_is_voided_once_on_a_word(
    tries: tuple[Any, ...], read_at: Any, work: set[str], asks: bool
) -> None:
    attempts = tuple(
        attempt(
            "void",
            "label:71",
            outcome,
            started_at=at,
            digest=fingerprint("void", 71),
            text="The carrier has scanned it" if outcome == "refused" else "",
        )
        for outcome, at in tries
    )
    verdict = judged(
        CANCELLED, HERE, SAID, attempts=attempts, shipments=(label(as_of=read_at),)
    )

    due = {f"{w.operation} {w.target}" for w in verdict.work if w.due_at <= NOW}
    assert due == work
    cases = {case.kind: case.summary for case in verdict.cases}
    assert ("label_to_void" in cases) == asks
    if asks:
        assert cases["label_to_void"] == "Not voided: The carrier has scanned it"


def test_nothing_is_voided_without_a_word_or_by_a_paused_store() -> None:
    assert works(judged(CANCELLED, HERE)) == set()
    assert works(judged(but(CANCELLED, store_state="paused"), HERE, SAID)) == set()


def test_every_follow_up_has_its_sentence() -> None:
    assert set(CASE_OF) == set(SENTENCES)


# --- not on the shelf -----------------------------------------------------------------


def short(units: int = 1, **facts: Any) -> ShortFacts:
    values: dict[str, Any] = {
        "id": 5,
        "sku": lines()[1].sku,
        "units": units,
        "at": NOW - 5 * MINUTE,
        "worth": Decimal(20),
        "currency": "GBP",
    }
    return ShortFacts(**(values | facts))


PUSHED = snapshot(records=(record(),))


def test_what_is_missing_holds_and_says_what_it_costs() -> None:
    verdict = judged(PUSHED, shorts=(short(wanted_by=2),))

    assert works(verdict) == {"hold 501"}
    (case,) = verdict.cases
    assert case.kind == "not_on_shelf"
    assert case.deadline == PUSHED.market.ship_by
    assert case.summary.endswith("worth 20.00 GBP; 2 other open orders want the same")
    assert case.context["whole"] is False
    assert verdict.found == ()


@pytest.mark.parametrize(
    ("facts", "words", "work"),
    [
        # Found after the report, not before it.
        ({}, [word("found", "found", NOW - MINUTE)], set()),
        ({}, [word("found", "found", NOW - 9 * MINUTE)], {"hold 501"}),
        # No longer wanted by the marketplace.
        ({"lines": lines({}, {"cancelled": 2})}, [], None),
        # Sent after all.
        (
            {"records": (record(status="shipped"),), "shipments": (label(),)},
            [],
            None,
        ),
    ],
)
def test_a_short_pick_ends(
    facts: dict[str, Any], words: list[Any], work: set[str] | None
) -> None:
    verdict = judged(but(PUSHED, **facts), *words, shorts=(short(),))

    ended = work != {"hold 501"}
    assert verdict.found == ((5,) if ended else ())
    assert ("not_on_shelf" in kinds(verdict)) != ended
    if work is not None:
        assert works(verdict) == work


def test_our_hold_is_taken_off_once_it_is_found() -> None:
    held = but(PUSHED, records=(record(status="on_hold", held_by_us=True),))
    assert works(judged(held, shorts=(short(),))) == set()
    assert works(judged(held, word("found", "x"), shorts=(short(),))) == {"restore 501"}


def test_a_cancellation_goes_before_what_is_missing() -> None:
    facts = but(PUSHED, lines=GONE)
    assert kinds(judged(facts, shorts=(short(),))) == set()
    assert works(judged(facts, shorts=(short(),))) == {"hold 501"}
