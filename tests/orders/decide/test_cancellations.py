"""Every state of an order, times everything a buyer or marketplace may say of a cancel.

A row reads 'stage | work | cases'; 'closed' stands with the stage. CONFIRMED: cannot
occur on Amazon, whose confirmed orders can't be cancelled any more (sheet, 4.2).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Snapshot
from tests.orders.decide.build import (
    CHANGED,
    MINUTE,
    NOW,
    POLICIES,
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
    package,
    primary,
    record,
    says,
    snapshot,
    works,
)

CONFIRMED = "cannot occur (4.2)"
FULFILLED = lines({"fulfilled": 1}, {"fulfilled": 2})
HELD: dict[str, Any] = {"status": "on_hold", "held_by_us": True}
SOON = (NOW + timedelta(days=4)).date()
ONE = ((1, 1),)
# ShipStation made this part of a split: we have written nothing to it.
PART: dict[str, Any] = {
    "split": True,
    "parent_id": 501,
    "written_digest": "",
    "written_status": "",
    "written_at": None,
}

STATES: dict[str, Snapshot] = {
    "before push": snapshot(),
    "push in doubt": snapshot(
        attempts=(attempt("push", "new", "unknown", started_at=NOW - MINUTE / 2),)
    ),
    "pushed": snapshot(records=(record(),)),
    "hold in doubt": snapshot(
        records=(record(as_of=NOW - 10 * MINUTE),),
        attempts=(attempt("hold", "501", "unknown"),),
    ),
    "held by us": snapshot(records=(record(**HELD, written_status="on_hold"),)),
    "held by somebody else": snapshot(records=(record(status="on_hold"),)),
    "labelled": snapshot(
        records=(record(status="shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(),),
    ),
    "combined, open": snapshot(records=(absorbed(), primary())),
    "combined, held": snapshot(
        records=(absorbed(), primary("on_hold", held_by_us=True, hold_until=SOON))
    ),
    "combined, labelled": snapshot(
        records=(absorbed(), primary("shipped")), shipments=(label(ss_order_id=601),)
    ),
    "combined, primary lost": snapshot(records=(absorbed(),)),
    "split, open": snapshot(records=(record(split=True), record(502, **PART))),
    "split, held": snapshot(
        records=(
            record(split=True, **HELD),
            record(502, **PART, **HELD),
        )
    ),
    "partly shipped": snapshot(
        records=(
            record(status="shipped", split=True),
            record(502, **PART),
        ),
        shipments=(label(lines=ONE),),
        dispatches=(dispatch(1, "read_back", lines=ONE),),
        market=market(
            status="partly_shipped",
            packages=(package(),),
            packages_as_of=NOW - MINUTE,
        ),
        lines=lines(one={"fulfilled": 1}),
    ),
    "voided before it was told": snapshot(
        records=(record(),),
        shipments=(label(voided=True),),
        dispatches=(dispatch(),),
    ),
    "voided after it was told": snapshot(
        records=(record(),),
        shipments=(label(voided=True),),
        dispatches=(dispatch(1, "read_back"),),
        market=market(status="shipped"),
        lines=FULFILLED,
    ),
    "relabelled before it was told": snapshot(
        records=(record(status="shipped"),),
        shipments=(label(voided=True), label(72)),
        dispatches=(dispatch(),),
    ),
    "relabelled after it was told": snapshot(
        records=(record(status="shipped"),),
        shipments=(label(voided=True), label(72)),
        dispatches=(dispatch(1, "read_back"),),
        market=market(status="shipped"),
        lines=FULFILLED,
    ),
    "accepted": snapshot(
        records=(record(status="shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(1, "accepted"),),
    ),
    "read back": snapshot(
        records=(record(status="shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(1, "accepted"),),
        market=market(
            status="shipped", packages=(package(),), packages_as_of=NOW - MINUTE
        ),
        lines=FULFILLED,
    ),
    "confirmed by someone else, never pushed": snapshot(
        market=market(status="shipped"), lines=FULFILLED
    ),
    "confirmed by someone else, still to ship": snapshot(
        records=(record(),), market=market(status="shipped"), lines=FULFILLED
    ),
    "gone from ShipStation": snapshot(records=(record(gone=True),)),
    "cancelled in ShipStation": snapshot(records=(record(status="cancelled"),)),
    "adopted": snapshot(records=(record(ours=False, written_status=""),)),
    "doubled": snapshot(records=(record(), record(502))),
}

EXPECTED: dict[str, dict[str, str]] = {
    "before push": {
        "none": "to_push | push new |",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "cancelled | | answer_cancellation",
        "cancelled": "cancelled closed | |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "to_push | push new |",
    },
    "push in doubt": {
        "none": "to_push | push new |",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "held | |",
        "cancelled": "held | |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "to_push | |",
    },
    "pushed": {
        "none": "in_shipstation | |",
        "asked": "held | hold 501 | cancel_requested",
        "asked, policy cancel": "held | hold 501 |",
        "cancelled": "held | hold 501 |",
        "line asked": "held | hold 501 | cancel_requested",
        "line asked, policy cancel": "held | hold 501 | answer_cancellation",
        "line cancelled": "in_shipstation | update 501 |",
    },
    "hold in doubt": {
        "none": "in_shipstation | look 501 |",
        "asked": "held | look 501 | cancel_requested",
        "asked, policy cancel": "held | look 501 |",
        "cancelled": "held | look 501 |",
        "line asked": "held | look 501 | cancel_requested",
        "line asked, policy cancel": "held | look 501 | answer_cancellation",
        "line cancelled": "in_shipstation | look 501 |",
    },
    "held by us": {
        "none": "held | restore 501 |",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "held | cancel 501 |",
        "cancelled": "held | cancel 501 |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "held | restore 501 |",
    },
    "held by somebody else": {
        "none": "held | |",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "held | cancel 501 |",
        "cancelled": "held | cancel 501 |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "held | |",
    },
    "labelled": {
        "none": "dispatched | confirm 1 |",
        "asked": "dispatched | | cancelled_after_label",
        "asked, policy cancel": "dispatched | | cancelled_after_label",
        "cancelled": "dispatched | | cancelled_after_label",
        "line asked": "dispatched | | cancelled_after_label",
        "line asked, policy cancel": "dispatched | | cancelled_after_label",
        "line cancelled": "dispatched | confirm 1 | line_cancelled_after_label",
    },
    "combined, open": {
        "none": "in_shipstation | |",
        "asked": "held | hold 601 | cancel_requested",
        "asked, policy cancel": "held | hold 601 | cancelled_in_combined",
        "cancelled": "held | hold 601 | cancelled_in_combined",
        "line asked": "held | hold 601 | cancel_requested",
        "line asked, policy cancel": "held | hold 601 | answer_cancellation",
        "line cancelled": "held | hold 601 | change_locked",
    },
    "combined, held": {
        "none": "held | restore 601 |",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "held | | cancelled_in_combined",
        "cancelled": "held | | cancelled_in_combined",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "held | | change_locked",
    },
    "combined, labelled": {
        "none": "dispatched | | combined_parcel",
        "asked": "dispatched | | cancelled_after_label, combined_parcel",
        "asked, policy cancel": "dispatched | | cancelled_after_label, combined_parcel",
        "cancelled": "dispatched | | cancelled_after_label",
        "line asked": "dispatched | | cancelled_after_label, combined_parcel",
        "line asked, policy cancel": "dispatched | | cancelled_after_label, combined_parcel",
        "line cancelled": "dispatched | | combined_parcel, line_cancelled_after_label",
    },
    "combined, primary lost": {
        "none": "in_shipstation | | merged_lost",
        "asked": "held | | cancel_requested, merged_lost",
        "asked, policy cancel": "held | | merged_lost",
        "cancelled": "held | | merged_lost",
        "line asked": "held | | cancel_requested, merged_lost",
        "line asked, policy cancel": "held | | answer_cancellation, merged_lost",
        "line cancelled": "in_shipstation | | merged_lost",
    },
    "split, open": {
        "none": "in_shipstation | |",
        "asked": "held | hold 501, hold 502 | cancel_requested",
        "asked, policy cancel": "held | hold 501, hold 502 |",
        "cancelled": "held | hold 501, hold 502 |",
        "line asked": "held | hold 501, hold 502 | cancel_requested",
        "line asked, policy cancel": "held | hold 501, hold 502 | answer_cancellation",
        "line cancelled": "held | hold 501, hold 502 | change_locked",
    },
    "split, held": {
        "none": "held | restore 501, restore 502 |",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "held | cancel 501, cancel 502 |",
        "cancelled": "held | cancel 501, cancel 502 |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "held | | change_locked",
    },
    "partly shipped": {
        "none": "in_shipstation | |",
        "asked": "held | hold 502 | cancel_requested",
        "asked, policy cancel": "held | hold 502 | cancelled_after_label",
        "cancelled": "held | hold 502 | cancelled_after_label",
        "line asked": "held | hold 502 | cancel_requested",
        "line asked, policy cancel": "held | hold 502 | answer_cancellation",
        "line cancelled": "in_shipstation | hold 502 |",
    },
    "voided before it was told": {
        "none": "in_shipstation | |",
        "asked": "held | hold 501 | cancel_requested",
        "asked, policy cancel": "held | hold 501 |",
        "cancelled": "held | hold 501 |",
        "line asked": "held | hold 501 | cancel_requested",
        "line asked, policy cancel": "held | hold 501 | answer_cancellation",
        "line cancelled": "in_shipstation | update 501 |",
    },
    "voided after it was told": {
        "none": "in_shipstation | | voided_after_confirm",
        "asked": "held | hold 501 | cancel_requested, voided_after_confirm",
        "asked, policy cancel": "held | hold 501 | voided_after_confirm",
        "cancelled": CONFIRMED,
        "line asked": "held | hold 501 | cancel_requested, voided_after_confirm",
        "line asked, policy cancel": "held | hold 501 | answer_cancellation, voided_after_confirm",
        "line cancelled": CONFIRMED,
    },
    "relabelled before it was told": {
        "none": "dispatched | |",
        "asked": "dispatched | | cancelled_after_label",
        "asked, policy cancel": "dispatched | | cancelled_after_label",
        "cancelled": "dispatched | | cancelled_after_label",
        "line asked": "dispatched | | cancelled_after_label",
        "line asked, policy cancel": "dispatched | | cancelled_after_label",
        "line cancelled": "dispatched | | line_cancelled_after_label",
    },
    "relabelled after it was told": {
        "none": "dispatched | |",
        "asked": "dispatched | | cancelled_after_label",
        "asked, policy cancel": "dispatched | | cancelled_after_label",
        "cancelled": CONFIRMED,
        "line asked": "dispatched | | cancelled_after_label",
        "line asked, policy cancel": "dispatched | | cancelled_after_label",
        "line cancelled": CONFIRMED,
    },
    "accepted": {
        "none": "confirmed | read_back 1 |",
        "asked": "confirmed | read_back 1 | cancelled_after_label",
        "asked, policy cancel": "confirmed | read_back 1 | cancelled_after_label",
        "cancelled": CONFIRMED,
        "line asked": "confirmed | read_back 1 | cancelled_after_label",
        "line asked, policy cancel": "confirmed | read_back 1 | cancelled_after_label",
        "line cancelled": CONFIRMED,
    },
    "read back": {
        "none": "done closed | |",
        "asked": "done | | cancelled_after_label",
        "asked, policy cancel": "done | | cancelled_after_label",
        "cancelled": CONFIRMED,
        "line asked": "done | | cancelled_after_label",
        "line asked, policy cancel": "done | | cancelled_after_label",
        "line cancelled": CONFIRMED,
    },
    "confirmed by someone else, never pushed": {
        "none": "done closed | |",
        "asked": "done closed | |",
        "asked, policy cancel": "done closed | |",
        "cancelled": CONFIRMED,
        "line asked": "done closed | |",
        "line asked, policy cancel": "done closed | |",
        "line cancelled": CONFIRMED,
    },
    "confirmed by someone else, still to ship": {
        "none": "done | hold 501 | shipped_elsewhere",
        "asked": "done | hold 501 | shipped_elsewhere",
        "asked, policy cancel": "done | hold 501 | shipped_elsewhere",
        "cancelled": CONFIRMED,
        "line asked": "done | hold 501 | shipped_elsewhere",
        "line asked, policy cancel": "done | hold 501 | shipped_elsewhere",
        "line cancelled": CONFIRMED,
    },
    "gone from ShipStation": {
        "none": "in_shipstation | | deleted_in_shipstation",
        "asked": "held | | cancel_requested",
        "asked, policy cancel": "held | | answer_cancellation",
        "cancelled": "cancelled closed | |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "in_shipstation | | deleted_in_shipstation",
    },
    "cancelled in ShipStation": {
        "none": "in_shipstation | | cancelled_in_shipstation",
        "asked": "cancelled | | cancel_requested",
        "asked, policy cancel": "cancelled | | answer_cancellation",
        "cancelled": "cancelled closed | |",
        "line asked": "held | | cancel_requested",
        "line asked, policy cancel": "held | | answer_cancellation",
        "line cancelled": "in_shipstation | | cancelled_in_shipstation",
    },
    "adopted": {
        "none": "in_shipstation | |",
        "asked": "held | hold 501 | cancel_requested",
        "asked, policy cancel": "held | hold 501 | cancel_by_hand",
        "cancelled": "held | hold 501 | cancel_by_hand",
        "line asked": "held | hold 501 | cancel_requested",
        "line asked, policy cancel": "held | hold 501 | answer_cancellation",
        "line cancelled": "held | hold 501 | change_locked",
    },
    "doubled": {
        "none": "in_shipstation | | duplicate_in_shipstation",
        "asked": "held | hold 501, hold 502 | cancel_requested, duplicate_in_shipstation",
        "asked, policy cancel": "held | hold 501, hold 502 | duplicate_in_shipstation",
        "cancelled": "held | hold 501, hold 502 | duplicate_in_shipstation",
        "line asked": "held | hold 501, hold 502 | cancel_requested, duplicate_in_shipstation",
        "line asked, policy cancel": "held | hold 501, hold 502 | answer_cancellation, duplicate_in_shipstation",
        "line cancelled": "in_shipstation | update 501 | duplicate_in_shipstation",
    },
}


def ask(base: Snapshot, *ids: int) -> Snapshot:
    """The buyer asks to cancel these lines."""
    wanted = (replace(x, cancel_requested=x.id in ids) for x in base.lines)
    return but(base, lines=tuple(wanted), cancel_seq=1)


def cancel(base: Snapshot, *ids: int) -> Snapshot:
    """The marketplace cancelled these lines; what we would say changed with it."""
    wanted = (
        replace(x, cancelled=x.quantity if x.id in ids else 0) for x in base.lines
    )
    changed = but(base, lines=tuple(wanted), payload_digest=CHANGED)
    whole = {"status": "cancelled", "raw_status": "CANCELLED"}
    return but(changed, **whole) if set(ids) == {1, 2} else changed


def said(base: Snapshot, what: str) -> Snapshot:
    """The state with this said of a cancellation."""
    return {
        "none": lambda: base,
        "asked": lambda: ask(base, 1, 2),
        "cancelled": lambda: cancel(base, 1, 2),
        "line asked": lambda: ask(base, 2),
        "line cancelled": lambda: cancel(base, 2),
    }[what.removesuffix(", policy cancel")]()


def shown(facts: Snapshot, policy: str = "ask") -> str:
    """The verdict as a row says it."""
    verdict = decide(facts, POLICIES[policy], NOW)
    stage = verdict.stage + (" closed" if verdict.closed else "")
    return " ".join(
        f"{stage} | {', '.join(sorted(works(verdict)))} "
        f"| {', '.join(sorted(kinds(verdict)))}".split()
    )


ROWS = [
    pytest.param(state, what, row, id=f"{state}: {what}")
    for state, columns in EXPECTED.items()
    for what, row in columns.items()
]


@pytest.mark.parametrize(("state", "what", "row"), ROWS)
def test_state_and_cancellation(state: str, what: str, row: str) -> None:
    facts = said(STATES[state], what)
    if row == CONFIRMED:
        # Should Amazon do it all the same: nothing leaves, nothing is told.
        outward = {"push", "restore", "confirm"}
        verdict = decide(facts, POLICIES["ask"], NOW)
        assert not outward & {str(work.operation) for work in verdict.work}
        return
    assert shown(facts, "cancel" if "policy" in what else "ask") == row


@pytest.mark.parametrize("state", STATES)
def test_every_state_stands_in_the_table(state: str) -> None:
    assert len(EXPECTED[state]) == 7


@pytest.mark.parametrize("state", STATES)
def test_a_withdrawn_request_leaves_the_order_as_if_never_asked(state: str) -> None:
    withdrawn = but(STATES[state], cancel_seq=1)
    assert shown(withdrawn) == EXPECTED[state]["none"]


@pytest.mark.parametrize("state", STATES)
def test_ship_anyway_answers_this_request_and_no_other(state: str) -> None:
    facts = ask(STATES[state], 1, 2)
    word = says("ship_anyway", "asked", 1, "item1", "item2")
    assert shown(but(facts, decisions=(word,))) == EXPECTED[state]["none"]
    again = but(facts, decisions=(word,), cancel_seq=2)
    assert shown(again) == EXPECTED[state]["asked"]
    fewer = but(ask(STATES[state], 2), decisions=(word,))
    assert shown(fewer) == EXPECTED[state]["line asked"]


@pytest.mark.parametrize("state", STATES)
def test_cancel_decided_by_a_person_does_what_the_policy_does(state: str) -> None:
    word = says("cancel", "asked", 1, "item1", "item2")
    facts = but(ask(STATES[state], 1, 2), decisions=(word,))
    assert shown(facts) == EXPECTED[state]["asked, policy cancel"]


def test_a_told_parcel_of_an_order_cancelled_since_is_not_chased() -> None:
    """TikTok's system cancels what nobody scanned (sheet, section 3)."""
    facts = cancel(STATES["accepted"], 1, 2)
    later = NOW + timedelta(hours=5)
    verdict = decide(facts, POLICIES["ask"], later)
    assert (works(verdict), kinds(verdict)) == (set(), {"cancelled_after_label"})

    cause = fingerprint("cancelled_after_label", fingerprint("cancelled", 0))
    word = replace(says("accept"), cause=cause)
    verdict = decide(but(facts, decisions=(word,)), POLICIES["ask"], later)
    followed = {"label_to_void", "goods_to_stock", "refund_due"}
    assert (works(verdict), kinds(verdict)) == (set(), followed)


def test_the_label_case_takes_ship_anyway_as_well() -> None:
    cause = fingerprint("cancelled_after_label", asked("item1", "item2"))
    facts = but(
        ask(STATES["labelled"], 1, 2),
        decisions=(replace(says("ship_anyway"), cause=cause),),
    )
    assert shown(facts) == "dispatched | confirm 1 |"


def test_a_parcel_stopped_on_a_request_is_never_confirmed() -> None:
    cause = fingerprint("cancelled_after_label", asked("item1", "item2"))
    facts = but(
        ask(STATES["labelled"], 1, 2),
        decisions=(replace(says("accept"), cause=cause),),
        status_as_of=NOW + timedelta(hours=30),
    )
    for hours in (0, 25, 30):
        verdict = decide(facts, POLICIES["ask"], NOW + timedelta(hours=hours))
        assert works(verdict) == set()
        assert not verdict.closed
    followed = {"answer_cancellation", "goods_to_stock", "label_to_void"}
    assert kinds(verdict) == {"overdue"} | followed


def test_a_request_after_the_label_is_confirmed_at_the_last_moment() -> None:
    facts = but(ask(STATES["labelled"], 1, 2), status_as_of=NOW + timedelta(days=1))
    assert facts.market.ship_by
    last_call = facts.market.ship_by - timedelta(hours=1)
    before = decide(facts, POLICIES["ask"], last_call - MINUTE)
    assert works(before) == set()
    assert before.next_look_at == last_call
    assert works(decide(facts, POLICIES["ask"], last_call)) == {"confirm 1"}


def test_cancelled_after_label_and_stopped_is_not_confirmed_but_followed() -> None:
    facts = cancel(STATES["labelled"], 1, 2)
    base = fingerprint("cancelled", 0)
    cause = fingerprint("cancelled_after_label", base)
    facts = but(facts, decisions=(replace(says("accept"), cause=cause),))
    assert shown(facts) == "dispatched | | goods_to_stock, label_to_void"


def test_a_label_of_the_other_line_is_confirmed_though_one_is_asked() -> None:
    facts = ask(STATES["partly shipped"], 2)
    facts = but(facts, dispatches=(dispatch(1, "due", lines=ONE),), packages=None)
    assert shown(facts) == "held | confirm 1, hold 502 | cancel_requested"


def test_a_part_that_is_cancelled_since_ends_in_shipstation_once_it_is_held() -> None:
    facts = STATES["partly shipped"]
    part = replace(facts.records[1], status="on_hold", held_by_us=True)
    facts = cancel(but(facts, records=(facts.records[0], part)), 2)
    assert shown(facts) == "in_shipstation | cancel 502 |"


def test_done_by_hand_in_a_combined_order_ends_our_hold() -> None:
    facts = cancel(STATES["combined, open"], 1, 2)
    cause = fingerprint("cancelled_in_combined", fingerprint("cancelled", 0))
    facts = but(facts, decisions=(replace(says("accept"), cause=cause),))
    assert shown(facts) == "cancelled closed | |"


def test_done_by_hand_for_one_kind_says_nothing_of_another() -> None:
    base = cancel(STATES["adopted"], 1, 2)
    cause = fingerprint("cancel_by_hand", fingerprint("cancelled", 0))
    word = replace(says("accept"), cause=cause)
    assert shown(but(base, decisions=(word,))) == "held | hold 501 |"
    printed = but(
        base,
        decisions=(word,),
        records=(replace(base.records[0], status="shipped"),),
        shipments=(label(),),
    )
    assert shown(printed) == "dispatched | | cancelled_after_label"


def test_a_restore_in_doubt_is_looked_at_when_a_request_arrives() -> None:
    facts = but(
        ask(STATES["held by us"], 1, 2),
        records=(record(**HELD, as_of=NOW - 10 * MINUTE),),
        attempts=(attempt("restore", "501", "unknown"),),
    )
    assert shown(facts) == "held | look 501 | cancel_requested"


def test_a_dated_hold_is_renewed_before_it_ends() -> None:
    facts = ask(STATES["combined, held"], 1, 2)
    assert shown(facts) == "held | | cancel_requested"
    verdict = decide(facts, POLICIES["ask"], NOW)
    assert verdict.next_look_at is not None
    later = NOW + timedelta(days=2)
    assert "hold 601" in works(decide(facts, POLICIES["ask"], later))


def test_our_release_waits_for_the_other_order_of_the_parcel() -> None:
    facts = STATES["combined, held"]
    held = replace(facts.records[1], wanted_held=True)
    facts = but(facts, records=(facts.records[0], held))
    assert shown(facts) == "held | |"


def test_a_hold_refused_to_a_label_is_tried_again_once_the_label_is_void() -> None:
    locked = attempt("hold", "501", "locked", text="shipped orders are locked")
    facts = but(ask(STATES["pushed"], 1, 2), attempts=(locked,))
    refused = "held | | cancel_requested, hold_refused"
    assert shown(facts) == refused
    voided = replace(facts.records[0], modified_at=NOW - 2 * MINUTE)
    assert shown(but(facts, records=(voided,))) == EXPECTED["pushed"]["asked"]
    assert (
        shown(but(facts, attempts=(replace(locked, retried=True),)))
        == (EXPECTED["pushed"]["asked"])
    )


@pytest.mark.parametrize("state", ["combined, open", "split, open", "adopted"])
def test_a_cancelled_line_that_we_may_not_take_out_is_held_until_somebody_has(
    state: str,
) -> None:
    facts = cancel(STATES[state], 2)
    stopped = tuple(
        replace(x, **HELD) if x.status == "awaiting_shipment" else x
        for x in facts.records
    )
    facts = but(facts, records=stopped)
    assert shown(facts) == "held | | change_locked"
    facts = but(facts, decisions=(says("accept", "locked", CHANGED),))
    restored = {f"restore {x.ss_order_id}" for x in stopped if x.absorbed_by is None}
    verdict = decide(facts, POLICIES["ask"], NOW)
    assert (works(verdict), kinds(verdict)) == (restored, set())


@pytest.mark.parametrize("state", ["combined, open", "split, open", "adopted"])
def test_a_cancelled_line_left_in_by_a_person_is_not_held(state: str) -> None:
    word = says("accept", "locked", CHANGED)
    facts = but(cancel(STATES[state], 2), decisions=(word,))
    assert shown(facts) == "in_shipstation | |"
