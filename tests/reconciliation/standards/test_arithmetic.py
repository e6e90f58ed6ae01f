"""Shares, limits and what is left, against counting one by one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.standards.arithmetic import Limit, State, share_of, state_of
from reconciliation.standards.course import HEIGHT, LEFT, TOP, WIDTH, draw
from reconciliation.standards.limits import percent, shown

FOUR = Limit(share=Decimal("0.04"))
NINETY_FIVE = Limit(share=Decimal("0.95"), at_least=True)
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("limit", "bad", "whole", "allowed"),
    [
        (FOUR, 0, 0, True),
        (FOUR, 0, 25, True),
        (FOUR, 1, 25, False),
        (Limit(share=Decimal("0.04"), touching=True), 1, 25, True),
        (FOUR, 1, 26, True),
        (NINETY_FIVE, 5, 100, False),
        (NINETY_FIVE, 4, 100, True),
        (Limit(share=Decimal("0.95"), at_least=True, touching=True), 5, 100, True),
        (Limit(share=Decimal(0), touching=True), 0, 10, True),
        (Limit(share=Decimal(0), touching=True), 1, 10, False),
    ],
)
def test_a_limit_allows_to_the_very_order(
    limit: Limit, bad: int, whole: int, allowed: bool
) -> None:
    assert limit.allows(bad, whole) is allowed


@given(
    share=st.decimals(0, 1, places=4),
    at_least=st.booleans(),
    touching=st.booleans(),
    grows=st.booleans(),
    whole=st.integers(0, 300),
    data=st.data(),
)
def test_what_is_left_is_what_counting_one_by_one_finds(
    share: Decimal,
    at_least: bool,
    touching: bool,
    grows: bool,
    whole: int,
    data: st.DataObject,
) -> None:
    bad = data.draw(st.integers(0, whole))
    limit = Limit(share=share, at_least=at_least, touching=touching)
    left = limit.left(bad, whole, grows=grows)

    counted = 0
    while (
        limit.allows(bad, whole)
        and counted < left + 2
        and bad + counted + 1 <= whole + (counted + 1) * grows
        and limit.allows(bad + counted + 1, whole + (counted + 1) * grows)
    ):
        counted += 1

    if limit.bad_share >= 1 and grows and limit.allows(bad, whole):
        return  # without end
    assert left == counted


def test_a_rate_stands_by_its_limit_and_by_what_is_at_risk() -> None:
    def state(
        bad: int, whole: int, at_risk: int = 0, limit: Limit | None = FOUR
    ) -> str:
        return state_of(limit, bad, whole, at_risk=at_risk, grows=True)

    assert state(0, 0) == State.EMPTY
    assert state(5, 100, limit=None) == State.NO_LIMIT
    assert state(4, 100) == State.BREACHED
    assert state(3, 100) == State.NEAR
    assert state(2, 100) == State.FINE
    # Of 100 good ones four may still go wrong, a fifth breaks it.
    assert FOUR.left(0, 100, grows=True) == 4
    assert state(0, 100, at_risk=4) == State.FINE
    assert state(0, 100, at_risk=5) == State.NEAR


def test_rates_are_said_in_the_marketplaces_words() -> None:
    assert shown(FOUR) == "below 4 %"
    assert shown(NINETY_FIVE) == "above 95 %"
    assert shown(Limit(share=Decimal("0.025"), touching=True)) == "at most 2.5 %"
    assert shown(None) == "none"
    share = share_of(3, 400, at_least=True)
    assert share is not None
    assert percent(share, 2) == "99.25 %"
    assert share_of(0, 0, at_least=False) is None


def test_a_course_is_drawn_in_its_box_with_gaps_and_says_the_same() -> None:
    days = [0, 1, 2, 5, 6]
    readings = [(DAY - timedelta(days=9 - at), at, 100) for at in days]

    course = draw(readings, FOUR, at_least=False, days=10, today=DAY)

    assert course is not None
    assert all(LEFT <= p.x <= WIDTH and TOP <= p.y <= HEIGHT for p in course.points)
    assert course.path.count("M") == 2
    assert [point.within for point in course.points] == [True] * 3 + [False] * 2
    # Higher is worse, and the limit lies between the good days and the bad ones.
    assert course.limit_y is not None
    assert course.points[3].y < course.limit_y < course.points[2].y
    assert course.text == (
        "6 % (6 of 100) on 19 Nov; 0 % on 13 Nov; worst 6 % on 19 Nov; beyond the limit "
        "on 2 of 5 days."
    )
    assert draw([(DAY, 0, 0)], FOUR, at_least=False, days=10, today=DAY) is None
    rising = draw([(DAY, 2, 100)], NINETY_FIVE, at_least=True, days=10, today=DAY)
    assert rising is not None
    assert rising.points[0].text == "98 % (2 of 100)"
