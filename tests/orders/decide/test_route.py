"""Whose an order is: before a start, after a roll-back, in shadow."""

from __future__ import annotations

from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Policy, Verdict
from tests.orders.decide.build import (
    CHANGED,
    HOUR,
    MINUTE,
    NOW,
    dispatch,
    kinds,
    label,
    lines,
    market,
    record,
    says,
    snapshot,
    works,
)

THEIRS: dict[str, Any] = {
    "ours": False,
    "linked": False,
    "candidate": True,
    "lines_match": True,
}
TAKEN: dict[str, Any] = {"ours": False}
BACK = NOW - HOUR
LATE: dict[str, Any] = {"market": market(ordered_at=NOW - 4 * HOUR)}


def decided(policy: Policy | None = None, **facts: Any) -> Verdict:
    return decide(snapshot(**facts), policy or Policy(), NOW)


def anything(verdict: Verdict) -> list[Any]:
    """What is wanted of anybody."""
    return [*verdict.work, *verdict.cases, *verdict.dispatches]


# --- before the start ---------------------------------------------------------------


def test_what_was_placed_before_the_start_is_not_created() -> None:
    verdict = decided(route="before")

    assert not verdict.work
    assert verdict.why == "Placed before the start: the route before brings it"
    assert verdict.next_look_at is not None


def test_what_the_route_before_never_brought_is_for_a_person() -> None:
    verdict = decided(route="before", imported_at=NOW - 3 * HOUR, **LATE)

    assert kinds(verdict) == {"left_behind"}
    assert not verdict.work
    assert verdict.stage == "waiting"


def test_nothing_is_said_to_be_missing_before_shipstation_was_read_past_it() -> None:
    verdict = decided(
        route="before",
        imported_at=NOW - 3 * HOUR,
        mirror_read_at=NOW - 2 * HOUR,
        **LATE,
    )

    assert "left_behind" not in kinds(verdict)


def test_the_time_that_it_has_is_the_stores_rule() -> None:
    facts: dict[str, Any] = {"route": "before", "imported_at": NOW - 3 * HOUR, **LATE}

    patient = decided(Policy(arrives_within=8 * HOUR), **facts)

    assert kinds(decided(**facts)) - kinds(patient) == {"left_behind"}


def test_create_it_has_it_pushed() -> None:
    verdict = decided(route="before", decisions=(says("push_left", "left_behind"),))

    assert works(verdict) == {"push new"}


def test_left_to_them_is_over() -> None:
    verdict = decided(route="before", decisions=(says("accept", "left_behind"),))

    assert verdict.closed
    assert verdict.stage == "not_ours"
    assert not verdict.cases


def test_what_the_route_before_brought_is_taken_over() -> None:
    verdict = decided(route="before", records=(record(601, **THEIRS),))

    assert verdict.adopt == record(601).id
    assert not verdict.work


def test_a_cancellation_reaches_it_after_it_was_taken_over() -> None:
    asked = lines({"cancel_requested": True}, {"cancel_requested": True})

    before = decided(route="before", lines=asked, records=(record(601, **THEIRS),))
    after = decided(route="before", lines=asked, records=(record(601, **TAKEN),))

    assert before.adopt is not None
    assert works(after) == {"hold 601"}


def test_another_order_of_that_number_is_for_a_person() -> None:
    other = record(601, **{**THEIRS, "lines_match": False})

    verdict = decided(route="before", records=(other,))

    assert (verdict.adopt, works(verdict)) == (None, set())
    assert kinds(verdict) == {"already_in_shipstation"}


def test_its_label_is_confirmed_like_ours() -> None:
    verdict = decided(
        route="before",
        records=(record(601, "shipped", **TAKEN),),
        shipments=(label(ss_order_id=601),),
        dispatches=(dispatch(),),
    )

    assert works(verdict) == {"confirm 1"}


def test_what_shipstation_has_told_is_not_told_again() -> None:
    verdict = decided(
        route="before",
        records=(record(601, "shipped", **TAKEN),),
        shipments=(label(ss_order_id=601, notified=True),),
        dispatches=(dispatch(),),
    )

    assert works(verdict) == set()


# --- after a roll-back --------------------------------------------------------------


@pytest.mark.parametrize("theirs", [(), (record(601, **THEIRS),)])
def test_what_is_placed_after_the_roll_back_is_left_alone(theirs: Any) -> None:
    verdict = decided(route="after", given_back_at=BACK, records=theirs)

    assert not anything(verdict)
    assert verdict.adopt is None
    assert verdict.stage == "not_ours"


def test_what_we_created_ends_with_us() -> None:
    verdict = decided(
        given_back_at=BACK,
        records=(record(501, "shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(),),
    )

    assert works(verdict) == {"confirm 1"}


def test_what_was_placed_before_the_roll_back_is_still_created() -> None:
    assert works(decided(given_back_at=BACK)) == {"push new"}


def test_not_where_the_other_route_was_quicker() -> None:
    verdict = decided(given_back_at=BACK, records=(record(601, **THEIRS),))

    assert (works(verdict), verdict.adopt) == (set(), None)
    assert verdict.stage == "not_ours"


def test_ours_is_held_where_both_have_it() -> None:
    verdict = decided(given_back_at=BACK, records=(record(), record(601, **THEIRS)))

    assert works(verdict) == {"hold 501"}
    assert kinds(verdict) == {"duplicate_in_shipstation"}


def test_a_roll_back_that_is_yet_to_come_stops_nothing() -> None:
    verdict = decided(
        given_back_at=NOW + HOUR, records=(record(), record(601, **THEIRS))
    )

    assert works(verdict) == set()
    assert kinds(verdict) == {"duplicate_in_shipstation"}


def ours_held(**facts: Any) -> Any:
    values = {"held_by_us": True, "written_at": NOW - 3 * MINUTE}
    return record(501, "on_hold", **(values | facts))


def test_ours_is_cancelled_once_theirs_was_seen_to_stand() -> None:
    verdict = decided(given_back_at=BACK, records=(ours_held(), record(601, **THEIRS)))

    assert works(verdict) == {"cancel 501"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (ours_held(written_at=NOW), record(601, **THEIRS)),
        (ours_held(), record(601, **{**THEIRS, "lines_match": False})),
        (ours_held(held_by_us=False), record(601, **THEIRS)),
        (ours_held(split=True), record(601, **THEIRS)),
    ],
)
def test_ours_stays_held_while_that_is_not_known(ours: Any, theirs: Any) -> None:
    verdict = decided(given_back_at=BACK, records=(ours, theirs))

    assert works(verdict) == set()
    assert "duplicate_in_shipstation" in kinds(verdict)


def test_it_is_looked_at_again_until_theirs_was_read_after_our_hold() -> None:
    verdict = decided(
        given_back_at=BACK,
        records=(ours_held(written_at=NOW), record(601, **THEIRS)),
    )

    assert verdict.next_look_at == NOW + Policy().lag


def test_with_a_label_of_ours_nothing_is_written() -> None:
    verdict = decided(
        given_back_at=BACK,
        records=(record(501, "shipped"), record(601, **THEIRS)),
        shipments=(label(),),
        dispatches=(dispatch(),),
    )

    assert works(verdict) == {"confirm 1"}
    assert "duplicate_in_shipstation" in kinds(verdict)


def test_what_is_in_a_parcel_with_others_is_a_persons_to_part() -> None:
    verdict = decided(
        given_back_at=BACK,
        records=(record(shared=True), record(601, **THEIRS)),
    )

    assert works(verdict) == set()
    assert "duplicate_in_shipstation" in kinds(verdict)


def test_a_person_may_let_both_go() -> None:
    verdict = decided(
        given_back_at=BACK,
        records=(ours_held(), record(601, **THEIRS)),
        decisions=(says("accept", "beside", 601),),
    )

    assert works(verdict) == {"restore 501"}


def test_it_is_theirs_once_ours_was_cancelled() -> None:
    gone = record(501, "cancelled", written_status="cancelled")

    verdict = decided(given_back_at=BACK, records=(gone, record(601, **THEIRS)))

    assert not anything(verdict)
    assert verdict.stage == "not_ours"


def test_a_second_start_takes_over_what_came_between() -> None:
    gone = record(501, "cancelled", written_status="cancelled")
    facts: dict[str, Any] = {"given_back_at": BACK, "resumed": True}

    for own in ((), (gone,)):
        verdict = decided(records=(*own, record(601, **THEIRS)), **facts)
        assert verdict.adopt == record(601).id
    both = decided(records=(record(), record(601, **THEIRS)), **facts)
    assert (both.adopt, works(both)) == (None, {"hold 501"})
    assert works(decided(**facts)) == {"push new"}


def test_nobody_has_it_when_theirs_is_cancelled_as_well() -> None:
    gone = record(501, "cancelled", written_status="cancelled")
    theirs = record(601, "cancelled", **THEIRS)

    verdict = decided(given_back_at=BACK, records=(gone, theirs))

    assert kinds(verdict) == {"reopened_after_cancel"}


# --- shadow -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "Would be pushed: the store is in shadow"),
        (
            {
                "records": (record(601, **TAKEN),),
                "lines": lines({"cancel_requested": True}, {"cancel_requested": True}),
            },
            "Would be held: the store is in shadow",
        ),
        (
            {"records": (record(501, written_digest=CHANGED),)},
            "Would be rewritten in ShipStation: the store is in shadow",
        ),
        (
            {"records": (record(501, "shipped"),), "shipments": (label(),)},
            "Would be confirmed: the store is in shadow",
        ),
        (
            {"records": (record(601, **{**THEIRS, "lines_match": False}),)},
            (
                "Would ask a person: ShipStation already has an order with this number: "
                "601 (the store is in shadow)"
            ),
        ),
    ],
)
def test_shadow_says_what_it_would_do(facts: dict[str, Any], why: str) -> None:
    verdict = decided(store_state="shadow", **facts)

    assert verdict.why == why
    assert not anything(verdict)


def test_shadow_takes_over_what_the_present_route_created() -> None:
    verdict = decided(store_state="shadow", records=(record(601, **THEIRS),))

    assert verdict.adopt == record(601).id


def test_shadow_reads() -> None:
    verdict = decided(
        store_state="shadow",
        market=market(status_as_of=NOW - 7 * HOUR),
        records=(record(601, **TAKEN),),
    )

    assert works(verdict) == {"read_back order"}


def test_a_draft_never_writes_not_even_a_hold() -> None:
    asked = lines({"cancel_requested": True}, {"cancel_requested": True})

    assert works(decided(lines=asked, records=(record(),))) == {"hold 501"}
    assert not works(decided(lines=asked, records=(record(),), store_state="draft"))
