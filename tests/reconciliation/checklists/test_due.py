from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from reconciliation.checklists.due import (
    Plan,
    covered,
    due_at,
    due_days,
    in_words,
    next_due,
)


def plan(cadence: str, **fields: Any) -> Plan:
    defaults: dict[str, Any] = {"due_time": time(17, 30), "zone": "Europe/London"}
    return Plan(cadence=cadence, **(defaults | fields))


def days(found: Plan, first: str, last: str, closed: str = "") -> list[str]:
    off = {date.fromisoformat(day) for day in closed.split()}
    rows = due_days(
        found, date.fromisoformat(first), date.fromisoformat(last), off.__contains__
    )
    return [f"{day:%m-%d}" for day in rows]


WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("found", "first", "last", "wanted"),
    [
        # 23 November 2026 is a Monday.
        (plan("daily"), "2026-11-27", "2026-11-30", "11-27 11-28 11-29 11-30"),
        (
            plan("daily", weekdays=WORKDAYS),
            "2026-11-27",
            "2026-12-01",
            "11-27 11-30 12-01",
        ),
        (plan("weekly", weekday=1), "2026-11-20", "2026-12-04", "11-24 12-01"),
        (plan("month_end"), "2027-12-30", "2028-03-01", "12-31 01-31 02-29"),
        (
            plan("month_end", days_after=5),
            "2026-01-01",
            "2026-03-31",
            "01-05 02-05 03-05",
        ),
        # 27 days after the end of January is a day of February, leap year or not.
        (plan("month_end", days_after=27), "2027-02-20", "2027-03-05", "02-27"),
        (
            plan("peak_day", dates=frozenset({date(2026, 11, 27), date(2026, 12, 1)})),
            "2026-11-27",
            "2026-11-30",
            "11-27",
        ),
        (plan("peak_day"), "2026-11-01", "2026-12-31", ""),
        # The last Sunday of March and October: days of 23 and 25 hours are days.
        (plan("daily"), "2026-03-28", "2026-03-30", "03-28 03-29 03-30"),
        (plan("daily"), "2026-10-24", "2026-10-26", "10-24 10-25 10-26"),
    ],
)
def test_due_days(found: Plan, first: str, last: str, wanted: str) -> None:
    assert " ".join(days(found, first, last)) == wanted


def test_days_off_are_left_out_only_where_the_list_says_so() -> None:
    off, stubborn = plan("daily", skips_days_off=True), plan("daily")

    assert days(off, "2026-12-24", "2026-12-27", "2026-12-25") == [
        *("12-24", "12-26", "12-27")
    ]
    assert len(days(stubborn, "2026-12-24", "2026-12-27", "2026-12-25")) == 4


@pytest.mark.parametrize(
    ("day", "at", "zone", "utc"),
    [
        ("2026-01-15", "17:30", "Europe/London", "2026-01-15T17:30"),
        ("2026-07-15", "17:30", "Europe/London", "2026-07-15T16:30"),
        ("2026-03-29", "17:30", "Europe/London", "2026-03-29T16:30"),
        # The hour that the clock skips: an hour later on the wall.
        ("2026-03-29", "01:30", "Europe/London", "2026-03-29T01:30"),
        # The hour that comes twice: the first of the two.
        ("2026-10-25", "01:30", "Europe/London", "2026-10-25T00:30"),
        ("2026-10-25", "17:30", "Europe/London", "2026-10-25T17:30"),
        ("2026-11-23", "09:00", "Pacific/Auckland", "2026-11-22T20:00"),
    ],
)
def test_the_due_moment_is_of_the_lists_own_zone(
    day: str, at: str, zone: str, utc: str
) -> None:
    found = plan("daily", due_time=time.fromisoformat(at), zone=zone)

    assert due_at(found, date.fromisoformat(day)) == datetime.fromisoformat(
        utc
    ).replace(tzinfo=UTC)


def test_what_a_list_is_about() -> None:
    day = date(2026, 3, 5)

    assert covered(plan("daily"), day) == (date(2026, 3, 4), date(2026, 3, 4))
    assert covered(plan("weekly"), day) == (date(2026, 2, 26), date(2026, 3, 4))
    assert covered(plan("month_end", days_after=5), day) == (
        date(2026, 2, 1),
        date(2026, 2, 28),
    )


def test_the_next_one_and_its_words() -> None:
    month = plan("month_end", days_after=1)

    assert next_due(month, date(2026, 11, 23)) == date(2026, 12, 1)
    assert next_due(plan("peak_day"), date(2026, 11, 23)) is None
    assert in_words(plan("daily", weekdays=WORKDAYS)) == "Monday to Friday by 17:30"
    assert in_words(plan("daily", weekdays=frozenset({0, 2}))) == "Mon, Wed by 17:30"
    assert in_words(month) == "1 day after the end of the month by 17:30"
