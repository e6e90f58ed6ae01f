"""decide() in direct mode: every situation, one row each; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orders.decide import decide
from orders.decide_told import untold_cause
from orders.facts import Policy, RecordFacts, Snapshot, Verdict, fingerprint
from orders.matching import Likeness, Sign
from tests.orders.decide.build import (
    HOUR,
    MINUTE,
    NOW,
    SHIP_BY,
    TRACKING,
    asked,
    but,
    dispatch,
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

PROVED = frozenset({Sign.STORE, Sign.NUMBER, Sign.GOODS, Sign.POSTCODE})
LATE = Policy(arrives_within=50 * MINUTE, told_within=20 * MINUTE)
OURS = Policy(shipped_owner="shipsync")


def like(*signs: Sign, differs: tuple[Sign, ...] = ()) -> Likeness:
    return Likeness(agrees=frozenset(signs), differs=frozenset(differs))


def imported(status: str = "awaiting_shipment", **facts: Any) -> RecordFacts:
    """What ShipStation's connection imported, found and followed."""
    values: dict[str, Any] = {
        "ours": False,
        "written_digest": "",
        "written_status": "",
        "written_at": None,
        "likeness": Likeness(agrees=PROVED, differs=frozenset()),
    }
    values |= facts
    found: RecordFacts = record(values.pop("ss_order_id", 501), status, **values)
    return found


def candidate(*signs: Sign, **facts: Any) -> RecordFacts:
    """A record of nobody that may be this order."""
    values: dict[str, Any] = {"likeness": like(*signs), "ss_order_id": 701} | facts
    return imported(linked=False, candidate=True, **values)


def merged() -> RecordFacts:
    """The order's record after ShipStation combined it into 601."""
    return imported(absorbed_by=601)


def direct(**facts: Any) -> Snapshot:
    return snapshot(store_mode="direct", **facts)


def run(facts: Snapshot, policy: Policy = Policy()) -> Verdict:  # noqa: B008
    return decide(facts, policy, NOW)


THERE = direct(records=(imported(),))
LABELLED = direct(records=(imported("shipped"),), shipments=(label(),))
ASKED = lines({"cancel_requested": True}, {"cancel_requested": True})

SITUATIONS = {
    "not yet arrived": (direct(), Policy(), set(), set(), "waiting"),
    "never arrived": (direct(), LATE, set(), {"direct_never_arrived"}, "waiting"),
    "never arrived, but the mirror was read too long ago to say so": (
        direct(mirror_read_at=NOW - 2 * HOUR),
        LATE,
        set(),
        set(),
        "waiting",
    ),
    "never arrived, and the marketplace does not want it shipped yet": (
        direct(market=market(status="pending", raw_status="PENDING")),
        LATE,
        set(),
        set(),
        "waiting",
    ),
    "a draft touches nothing in ShipStation": (
        direct(records=(imported(),), lines=ASKED, store_state="draft"),
        LATE,
        set(),
        set(),
        "waiting",
    ),
    "arrived": (THERE, LATE, set(), set(), "in_shipstation"),
    "arrived twice": (
        direct(records=(imported(), imported(ss_order_id=502))),
        Policy(),
        set(),
        {"direct_arrived_twice"},
        "in_shipstation",
    ),
    "a part of a split is no second arrival": (
        direct(
            records=(imported(split=True), imported(ss_order_id=502, parent_id=501))
        ),
        Policy(),
        set(),
        set(),
        "in_shipstation",
    ),
    "its number stands beside in another store": (
        direct(records=(imported(), candidate(Sign.NUMBER))),
        Policy(),
        set(),
        {"direct_arrived_twice"},
        "in_shipstation",
    ),
    "another order of the same buyer stands beside": (
        direct(records=(imported(), candidate(Sign.STORE, Sign.POSTCODE))),
        Policy(),
        set(),
        set(),
        "in_shipstation",
    ),
    "the number alone agrees": (
        direct(records=(candidate(Sign.STORE, Sign.NUMBER),)),
        LATE,
        set(),
        {"direct_ambiguous"},
        "waiting",
    ),
    "cancelled before it came": (
        direct(market=market(status="cancelled", raw_status="CANCELLED")),
        LATE,
        set(),
        set(),
        "cancelled",
    ),
    "asked to cancel before it came": (
        direct(lines=ASKED),
        LATE,
        set(),
        {"cancel_requested"},
        "held",
    ),
    "late cancel before the label": (
        but(THERE, lines=ASKED),
        Policy(),
        {"hold 501"},
        {"cancel_requested"},
        "held",
    ),
    "late cancel, held, undecided": (
        direct(records=(imported("on_hold", held_by_us=True),), lines=ASKED),
        Policy(),
        set(),
        {"cancel_requested"},
        "held",
    ),
    "cancelled at the marketplace, held: cancelled there as it was read": (
        direct(
            records=(imported("on_hold", held_by_us=True),),
            market=market(status="cancelled", raw_status="CANCELLED"),
        ),
        Policy(),
        {"cancel 501"},
        set(),
        "held",
    ),
    "a part of a split is cancelled by hand": (
        direct(
            records=(imported("on_hold", held_by_us=True, split=True),),
            market=market(status="cancelled", raw_status="CANCELLED"),
        ),
        Policy(),
        set(),
        {"cancel_by_hand"},
        "held",
    ),
    "late cancel after the label": (
        but(LABELLED, lines=ASKED),
        Policy(),
        set(),
        {"cancelled_after_label"},
        "dispatched",
    ),
    "cancelled by both": (
        direct(
            records=(imported("cancelled"),),
            market=market(status="cancelled", raw_status="CANCELLED"),
        ),
        Policy(),
        set(),
        set(),
        "cancelled",
    ),
    "late cancel in a combined parcel": (
        direct(records=(merged(), primary()), lines=ASKED),
        Policy(),
        {"hold 601"},
        {"cancel_requested"},
        "held",
    ),
    "cancelled in a combined parcel: taken out by hand": (
        direct(
            records=(merged(), primary("on_hold", held_by_us=True)),
            market=market(status="cancelled", raw_status="CANCELLED"),
        ),
        Policy(),
        set(),
        {"cancelled_in_combined"},
        "held",
    ),
    "lost in a combine": (
        direct(records=(merged(),)),
        Policy(),
        set(),
        {"direct_gone"},
        "in_shipstation",
    ),
    "combined, labelled and told": (
        direct(
            records=(merged(), primary("shipped")),
            shipments=(label(ss_order_id=601, notified=True),),
            market=market(status="shipped", packages=(package(),)),
        ),
        LATE,
        set(),
        set(),
        "done",
    ),
    "late cancel of a split: both parts": (
        direct(
            records=(imported(split=True), imported(ss_order_id=502, parent_id=501)),
            lines=ASKED,
        ),
        Policy(),
        {"hold 501", "hold 502"},
        {"cancel_requested"},
        "held",
    ),
    "shipped in part: the rest is still watched": (
        direct(
            records=(
                imported("shipped", split=True),
                imported(ss_order_id=502, parent_id=501, split=True),
            ),
            shipments=(label(lines=((1, 1),), notified=True),),
            market=market(status="partly_shipped", packages=(package(),)),
        ),
        LATE,
        set(),
        set(),
        "in_shipstation",
    ),
    "a line was cancelled, and ShipStation would pack it": (
        direct(
            records=(
                imported(likeness=like(*PROVED - {Sign.GOODS}, differs=(Sign.GOODS,))),
            ),
            lines=lines({"cancelled": 1}),
        ),
        Policy(),
        {"hold 501"},
        {"direct_line_cancelled"},
        "held",
    ),
    "a line was cancelled, and ShipStation has taken it out": (
        direct(
            records=(imported("on_hold", held_by_us=True),),
            lines=lines({"cancelled": 1}),
        ),
        Policy(),
        {"restore 501"},
        set(),
        "held",
    ),
    "held by somebody else": (
        direct(records=(imported("on_hold"),), market=market(ship_by=NOW + 48 * HOUR)),
        Policy(),
        set(),
        set(),
        "held",
    ),
    "cancelled there, still wanted": (
        direct(records=(imported("cancelled"),)),
        Policy(),
        set(),
        {"direct_gone"},
        "in_shipstation",
    ),
    "deleted there, still wanted": (
        direct(records=(imported(gone=True),)),
        Policy(),
        set(),
        {"direct_gone"},
        "in_shipstation",
    ),
    "another postcode": (
        direct(records=(imported(likeness=like(*PROVED, differs=(Sign.POSTCODE,))),)),
        Policy(),
        set(),
        {"direct_address_differs"},
        "in_shipstation",
    ),
    "tax number not read yet": (
        direct(records=(imported(),), market=market(tax_number="IM123")),
        Policy(),
        {"look 501"},
        set(),
        "in_shipstation",
    ),
    "tax number missing": (
        direct(records=(imported(tax_shown=False),), market=market(tax_number="IM123")),
        Policy(),
        set(),
        {"direct_tax_missing"},
        "in_shipstation",
    ),
    "tax number shown": (
        direct(records=(imported(tax_shown=True),), market=market(tax_number="IM123")),
        Policy(),
        set(),
        set(),
        "in_shipstation",
    ),
    "labelled, not told yet, in time": (LABELLED, Policy(), set(), set(), "dispatched"),
    "labelled, not told, both sides to be read first": (
        direct(
            records=(imported("shipped"),),
            shipments=(label(as_of=NOW - 25 * MINUTE),),
            market=market(status_as_of=NOW - 25 * MINUTE),
        ),
        LATE,
        {"read_back order"},
        set(),
        "dispatched",
    ),
    "labelled, not told": (
        direct(records=(imported("shipped"),), shipments=(label(as_of=NOW),)),
        LATE,
        set(),
        {"direct_not_told"},
        "dispatched",
    ),
    "ShipStation could not tell": (
        direct(
            records=(imported("shipped"),),
            shipments=(label(as_of=NOW, notify_error="Token expired"),),
        ),
        Policy(),
        set(),
        {"direct_not_told"},
        "dispatched",
    ),
    "ShipStation says it told": (
        direct(
            records=(imported("shipped"),), shipments=(label(as_of=NOW, notified=True),)
        ),
        Policy(),
        {"read_back order"},
        set(),
        "confirmed",
    ),
    "told: shipped with our tracking": (
        direct(
            records=(imported("shipped"),),
            shipments=(label(notified=True),),
            market=market(status="shipped", packages=(package(),)),
        ),
        LATE,
        set(),
        set(),
        "done",
    ),
    "told: shipped by status alone": (
        direct(
            records=(imported("shipped"),),
            shipments=(label(),),
            market=market(status="shipped"),
        ),
        LATE,
        set(),
        set(),
        "done",
    ),
    "relabelled: the marketplace shows the first number": (
        direct(
            records=(imported("shipped"),),
            shipments=(label(voided=True), label(72, as_of=NOW)),
            market=market(status="shipped", packages=(package(),)),
        ),
        LATE,
        set(),
        {"direct_not_told"},
        "dispatched",
    ),
    "voided after it was told": (
        direct(
            records=(imported(),),
            shipments=(label(voided=True, notified=True),),
            market=market(status="shipped", packages=(package(),)),
        ),
        Policy(),
        set(),
        {"voided_after_confirm"},
        "in_shipstation",
    ),
    "shipped by the marketplace's word, nothing packed here": (
        direct(
            records=(imported(),), market=market(status="shipped", raw_status="SHIPPED")
        ),
        Policy(),
        {"hold 501"},
        {"shipped_elsewhere"},
        "done",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    facts, policy, wanted, cases, stage = SITUATIONS[name]

    verdict = run(facts, policy)

    assert (works(verdict), kinds(verdict), verdict.stage) == (wanted, cases, stage)


@pytest.mark.parametrize("name", SITUATIONS)
def test_nothing_is_ever_created_or_rewritten(name: str) -> None:
    facts, policy, *_ = SITUATIONS[name]

    verdict = run(facts, policy)

    wanted = {str(work.operation) for work in verdict.work}
    assert not wanted & {"push", "update"}


@pytest.mark.parametrize("name", SITUATIONS)
def test_nothing_is_confirmed_where_shipstation_owns_it(name: str) -> None:
    facts, policy, *_ = SITUATIONS[name]

    verdict = run(facts, policy)

    assert verdict.dispatches == ()
    assert all(work.operation != "confirm" for work in verdict.work)


def test_a_proved_record_is_taken_over_and_then_the_next() -> None:
    second = replace(candidate(*PROVED), id=1702, ss_order_id=702)

    assert run(direct(records=(candidate(*PROVED), second))).adopt == 1701
    assert run(direct(records=(imported(), second))).adopt == 1702


def test_a_likely_record_is_taken_over_only_where_nothing_rivals_it() -> None:
    signs = (Sign.STORE, Sign.GOODS, Sign.DAY, Sign.MOMENT, Sign.POSTCODE)

    assert run(direct(records=(candidate(*signs),))).adopt == 1701
    rival = run(direct(records=(candidate(*signs, rivals=1),)))
    assert (rival.adopt, kinds(rival)) == (None, {"direct_ambiguous"})
    two = (candidate(*signs), replace(candidate(*signs), id=1702, ss_order_id=702))
    assert (run(direct(records=two)).adopt, kinds(run(direct(records=two)))) == (
        None,
        {"direct_ambiguous"},
    )


def test_a_person_chooses_among_the_ambiguous() -> None:
    record = candidate(Sign.STORE, Sign.NUMBER)
    word = replace(says("adopt", "ambiguous", 701), target="701")

    assert run(direct(records=(record,), decisions=(word,))).adopt == 1701
    none = says("accept", "ambiguous", 701)
    verdict = run(direct(records=(record,), decisions=(none,)), LATE)
    assert kinds(verdict) == {"direct_never_arrived"}


def test_a_number_in_another_store_says_so() -> None:
    record = candidate(
        Sign.NUMBER,
        likeness=like(Sign.NUMBER, Sign.GOODS, differs=(Sign.STORE,)),
    )

    (case,) = run(direct(records=(record,))).cases

    assert case.kind == "direct_ambiguous"
    assert "another of its stores" in case.summary


def test_ship_by_near_asks_sooner_whether_it_has_come() -> None:
    ship_by = NOW + 8 * HOUR

    verdict = run(direct(market=market(ship_by=ship_by)))

    assert "direct_never_arrived" in kinds(verdict)


def test_an_order_that_we_pushed_goes_on_as_it_began() -> None:
    verdict = run(direct(records=(record(501, "shipped"),), shipments=(label(),)))

    assert [draft.shipment_id for draft in verdict.dispatches] == [71]


def test_shipsync_tells_where_the_rules_say_so() -> None:
    plan = run(LABELLED, OURS)
    assert [draft.shipment_id for draft in plan.dispatches] == [71]

    told = run(replace(LABELLED, dispatches=(dispatch(),)), OURS)
    assert works(told) == {"confirm 1"}


def test_a_parcel_that_shipstation_told_is_not_told_again_after_the_switch() -> None:
    theirs = direct(
        records=(imported("shipped"),), shipments=(label(as_of=NOW, notified=True),)
    )

    assert run(theirs, OURS).dispatches == ()
    planned = replace(theirs, dispatches=(dispatch(),))
    assert "confirm 1" not in works(run(planned, OURS))


def test_a_parcel_planned_before_the_switch_back_is_not_told() -> None:
    planned = replace(LABELLED, dispatches=(dispatch(),))

    assert works(run(planned)) == set()
    assert run(planned).rungs == ()
    assert works(run(planned, OURS)) == {"confirm 1"}


def test_what_we_told_is_followed_after_the_switch_back() -> None:
    told = direct(
        records=(imported("shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(rung="accepted"),),
        market=market(status="shipped", packages=(package(),), packages_as_of=NOW),
    )

    verdict = run(told)

    assert [(x.dispatch_id, x.rung) for x in verdict.rungs] == [(1, "read_back")]
    assert verdict.stage == "done"


def test_a_parcel_told_by_both_is_a_case_for_the_lead() -> None:
    both = direct(
        records=(imported("shipped"),),
        shipments=(label(as_of=NOW, notified=True),),
        dispatches=(dispatch(rung="accepted"),),
    )

    assert "direct_two_owners" in kinds(run(both, OURS))
    tried = replace(both, shipments=(label(as_of=NOW, notify_error="Already shipped"),))
    assert "direct_two_owners" in kinds(run(tried, OURS))
    accepted = replace(tried, decisions=(says("accept", "two_owners", 71),))
    assert kinds(run(accepted, OURS)) == set()


def test_a_person_lets_shipsync_tell_one_parcel() -> None:
    word = replace(says("confirm"), cause=untold_cause(71))
    facts = direct(
        records=(imported("shipped"),), shipments=(label(as_of=NOW),), decisions=(word,)
    )

    assert [draft.shipment_id for draft in run(facts, LATE).dispatches] == [71]
    planned = replace(facts, dispatches=(dispatch(),))
    assert works(run(planned, LATE)) == {"confirm 1"}


def test_a_label_that_is_not_read_again_is_waited_for_an_hour_at_most() -> None:
    facts = direct(
        records=(imported("shipped"),),
        shipments=(label(created_at=NOW - 80 * MINUTE, as_of=NOW - 70 * MINUTE),),
    )

    assert kinds(run(facts, Policy(told_within=30 * MINUTE))) == set()
    assert kinds(run(facts, LATE)) == {"direct_not_told"}


def test_not_told_comes_before_ship_by_whatever_the_rule_says() -> None:
    facts = direct(
        records=(imported("shipped"),),
        shipments=(label(as_of=NOW),),
        market=market(ship_by=NOW + 30 * MINUTE),
    )

    assert kinds(run(facts, Policy(told_within=timedelta(hours=48)))) == {
        "direct_not_told"
    }


def test_two_parcels_of_which_one_is_told() -> None:
    shipments = (
        label(lines=((1, 1),), as_of=NOW, notified=True),
        label(72, lines=((2, 2),), as_of=NOW),
    )
    facts = direct(
        records=(imported("shipped"),),
        shipments=shipments,
        market=market(status="partly_shipped", packages=(package(TRACKING),)),
    )

    (case,) = run(facts, LATE).cases

    assert (case.kind, case.context["tracking"]) == ("direct_not_told", "JD72")


def test_an_order_of_the_marketplaces_own_that_came_as_shipped_is_no_case() -> None:
    facts = but(THERE, not_ours="fulfilled_by_marketplace")

    assert works(run(facts)) == {"hold 501"}
    shipped = replace(facts, records=(imported("shipped"),))
    assert (kinds(run(shipped)), run(shipped).closed) == (set(), True)


def test_the_words_of_a_request_to_cancel_are_the_same_as_everywhere() -> None:
    facts = but(THERE, lines=ASKED, decisions=(says("x"),))
    cause = asked("item1", "item2", seq=0)

    verdict = run(
        replace(facts, decisions=(replace(says("ship_anyway"), cause=cause),))
    )

    assert (kinds(verdict), works(verdict)) == (set(), set())
    assert fingerprint("asked", 0, "item1", "item2") == cause
    assert verdict.next_look_at is not None
    assert verdict.next_look_at <= SHIP_BY
