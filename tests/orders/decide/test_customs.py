from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.decide import decide
from orders.facts import (
    DecisionFacts,
    LaneFacts,
    Policy,
    Problem,
    Snapshot,
    Verdict,
)
from orders.facts_parcels import TaxShare
from tests.orders.decide.build import (
    HOUR,
    MINUTE,
    NOW,
    SHIP_BY,
    dispatch,
    label,
    market,
    record,
    snapshot,
)

SINCE = datetime(2026, 7, 1, tzinfo=UTC)
LISTED = frozenset({("Royal Mail", "")})


def word_on(verb: str, cause: str, at: datetime = NOW - MINUTE) -> DecisionFacts:
    return DecisionFacts(verb=verb, cause=cause, at=at)


def cases(verdict: Verdict) -> dict[str, str]:
    return {case.kind: case.summary for case in verdict.cases}


def operations(verdict: Verdict) -> set[str]:
    return {str(work.operation) for work in verdict.work}


def told(lane: LaneFacts | None, **facts: Any) -> Snapshot:
    return snapshot(
        records=(record(status="shipped"),),
        shipments=(label(),),
        dispatches=(dispatch(),),
        lane=lane,
        **facts,
    )


def lane(carriers: frozenset[tuple[str, str]], since: datetime = SINCE) -> LaneFacts:
    return LaneFacts(since=since, destination="FR", worth_eur=None, carriers=carriers)


@pytest.mark.parametrize(
    ("carriers", "since", "asked"),
    [
        (LISTED, SINCE, False),
        (frozenset({("Royal Mail", "Tracked")}), SINCE, True),
        (frozenset({("DPD", "")}), SINCE, True),
        (frozenset(), SINCE, True),
        (frozenset(), NOW + HOUR, False),
    ],
)
def test_only_a_carrier_of_the_list_is_told(
    carriers: frozenset[tuple[str, str]], since: datetime, asked: bool
) -> None:
    verdict = decide(told(lane(carriers, since)), Policy(), NOW)

    assert ("carrier_not_eligible" in cases(verdict)) is asked
    assert ("confirm" in operations(verdict)) is not asked


def test_a_person_may_have_it_confirmed_all_the_same() -> None:
    waits = decide(told(lane(frozenset())), Policy(), NOW)
    (case,) = waits.cases
    word = word_on("confirm", case.cause)

    verdict = decide(told(lane(frozenset()), decisions=(word,)), Policy(), NOW)

    assert "the list of carriers for this lane is empty" in case.summary
    assert operations(verdict) == {"confirm"}
    assert cases(verdict) == {}


def shares(*values: str | None) -> tuple[TaxShare, ...]:
    return tuple(
        TaxShare(
            order_id=number,
            number=f"203-{number}",
            value_eur=None if value is None else Decimal(value),
        )
        for number, value in enumerate(values, start=1)
    )


def parcel(*values: str | None, **facts: Any) -> Snapshot:
    return snapshot(
        records=(record(status="shipped", shared=True),),
        shipments=(label(ioss=shares(*values)),),
        **facts,
    )


EACH = Policy(combined="confirm_each")


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        (("80.00", "70.00"), False),
        (("80.00", "70.01"), True),
        (("80.00", None), True),
        (("170.00",), False),
    ],
)
def test_two_orders_under_ioss_in_one_parcel(
    values: tuple[str | None, ...], asked: bool
) -> None:
    verdict = decide(parcel(*values), EACH, NOW)

    assert ("combined_above_limit" in cases(verdict)) is asked
    assert bool(verdict.dispatches) is not asked


def test_a_word_on_the_limit_is_one_on_the_combine_as_well() -> None:
    (case,) = decide(parcel("80.00", "80.00"), Policy(combined="ask"), NOW).cases
    word = word_on("confirm", case.cause)

    verdict = decide(
        parcel("80.00", "80.00", decisions=(word,)), Policy(combined="ask"), NOW
    )

    assert case.kind == "combined_above_limit"
    assert "160.00 EUR" in case.summary
    assert verdict.dispatches
    assert cases(verdict) == {}


HELD = Problem(
    field="tax",
    message="No number of IOSS",
    hard=True,
    code="tax_number_missing",
    releasable=True,
)


def test_a_check_holds_the_push_until_a_named_person_releases_it() -> None:
    waits = decide(snapshot(problems=(HELD,)), Policy(), NOW)
    word = word_on("release", HELD.cause)

    verdict = decide(snapshot(problems=(HELD,), decisions=(word,)), Policy(), NOW)

    assert set(cases(waits)) == {"tax_number_missing"}
    assert "push" not in operations(waits)
    assert operations(verdict) == {"push"}
    assert cases(verdict) == {}


def test_a_word_on_one_problem_is_none_on_the_next() -> None:
    word = word_on("release", "another cause")

    verdict = decide(snapshot(problems=(HELD,), decisions=(word,)), Policy(), NOW)

    assert "push" not in operations(verdict)


@pytest.mark.parametrize(
    ("left", "summary"),
    [
        (25 * HOUR, "No number of IOSS"),
        (24 * HOUR, "Less than 24 hours left: No number of IOSS"),
        (5 * HOUR, "Less than 24 hours left: No number of IOSS"),
        (4 * HOUR, "Less than 4 hours left: No number of IOSS"),
        (-1 * HOUR, "Late already: No number of IOSS"),
    ],
)
def test_it_asks_louder_as_ship_by_nears(left: timedelta, summary: str) -> None:
    policy = Policy()
    ship_by = NOW + left + policy.confirm_margin
    facts = snapshot(problems=(HELD,), market=market(ship_by=ship_by))

    case = next(c for c in decide(facts, policy, NOW).cases if c.kind == HELD.code)

    assert case.summary == summary
    assert case.deadline == ship_by - policy.confirm_margin
    assert case.cause == HELD.cause


def test_it_is_looked_at_again_when_it_is_to_ask_louder() -> None:
    policy = Policy()
    facts = snapshot(
        problems=(HELD,), market=market(ship_by=NOW + 28 * HOUR, status_as_of=NOW)
    )

    verdict = decide(facts, policy, NOW)

    assert verdict.next_look_at == NOW + 3 * HOUR
    assert SHIP_BY > NOW


def test_read_again_asks_the_marketplace() -> None:
    word = word_on("retry", HELD.cause, at=NOW)

    verdict = decide(snapshot(problems=(HELD,), decisions=(word,)), Policy(), NOW)

    assert operations(verdict) == {"read_back"}
    assert set(cases(verdict)) == {"tax_number_missing"}
