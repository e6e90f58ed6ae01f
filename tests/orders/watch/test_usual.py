"""When few orders are too few: by hour and weekday, never by chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orders.watch.usual import HOUR, History, at_most, too_quiet, usual_in

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime(2026, 11, 17, 19, 30, tzinfo=UTC)
WEEKS = 8


def by_wall(hour: datetime) -> int:
    """A store that sleeps at night and halves on Sundays."""
    wall = hour.astimezone(LONDON)
    if wall.hour < 6:
        return 0
    full = 120 if 17 <= wall.hour < 22 else 40
    return full // 2 if wall.weekday() == 6 else full


def history(
    now: datetime, orders: Callable[[datetime], int] = by_wall, weeks: int = WEEKS
) -> History:
    first = (now - timedelta(weeks=weeks, hours=3)).replace(minute=0)
    hours = (first + HOUR * n for n in range(weeks * 168 + 3))
    return History(
        by_hour={hour: orders(hour) for hour in hours}, first=first, zone=LONDON
    )


def none(_start: datetime, _end: datetime) -> int:
    return 0


def share(part: float) -> Callable[[datetime, datetime], int]:
    """A store that sells ``part`` of what it usually does."""

    def heard(start: datetime, end: datetime) -> int:
        total, at = 0.0, start
        while at < end:
            hour = at.replace(minute=0, second=0, microsecond=0)
            total += by_wall(hour) / 60
            at += timedelta(minutes=1)
        return int(total * part)

    return heard


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_chances_are_those_of_poisson(count: int) -> None:
    for expected in (0.5, 4.0, 33.3):
        exact = sum(
            math.exp(-expected + n * math.log(expected) - math.lgamma(n + 1))
            for n in range(count + 1)
        )
        assert at_most(count, expected) == pytest.approx(exact)


def test_silence_at_peak_is_found_within_minutes() -> None:
    found = too_quiet(history(TUESDAY), TUESDAY, none)

    assert found is not None
    assert TUESDAY - found.start <= timedelta(minutes=15)
    assert (found.heard, round(found.usual)) == (0, 30)


def test_a_store_that_sells_a_little_is_found_by_a_longer_time() -> None:
    found = too_quiet(history(TUESDAY), TUESDAY, share(0.08))

    assert found is not None
    assert found.heard > 0


@pytest.mark.parametrize("part", [0.4, 0.5, 1.0, 3.0])
def test_a_holiday_is_not_too_quiet(part: float) -> None:
    for hours in range(24):
        now = TUESDAY - hours * HOUR
        assert too_quiet(history(now), now, share(part)) is None


def test_nights_and_sundays_are_compared_with_their_own_kind() -> None:
    sunday = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    for hours in range(24):
        now = sunday + hours * HOUR
        assert too_quiet(history(now), now, share(1.0)) is None


def test_too_little_history_says_nothing() -> None:
    assert too_quiet(history(TUESDAY, weeks=3), TUESDAY, none) is None
    assert usual_in(history(TUESDAY, weeks=3), TUESDAY - HOUR, TUESDAY) is None


def test_few_orders_a_day_say_nothing() -> None:
    few = history(TUESDAY, lambda hour: int(hour.hour == 12))

    assert too_quiet(few, TUESDAY, none) is None


def test_one_odd_week_changes_nothing() -> None:
    def sale(hour: datetime) -> int:
        return by_wall(hour) * (10 if hour > TUESDAY - timedelta(days=9) else 1)

    assert too_quiet(history(TUESDAY, sale), TUESDAY, share(0.6)) is None


def test_summer_time_does_not_move_the_evening() -> None:
    after = datetime(2026, 10, 27, 6, 30, tzinfo=UTC)  # 6:30 in London since Sunday

    usual = usual_in(history(after), after - timedelta(minutes=30), after)

    assert usual == pytest.approx(20)


def test_a_known_holiday_needs_longer() -> None:
    day = too_quiet(history(TUESDAY), TUESDAY, none)
    holiday = too_quiet(history(TUESDAY), TUESDAY, none, holiday=True)

    assert day is not None
    assert holiday is not None
    assert holiday.start < day.start
