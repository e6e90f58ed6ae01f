"""When a checklist is due: days by its cadence, the moment in its own zone. Pure.

A due time that the clock skips in spring is an hour later that day; one that comes twice
in autumn is the first of the two.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from reconciliation.models import Cadence, Checklist
from shipsync_site.lib.zones import zone

DAY = timedelta(days=1)
# Further ahead nobody looks for the next time that a list is due.
AHEAD = 400
WEEKDAYS = tuple(months.day_name)
SHORT = tuple(months.day_abbr)

# Whether the warehouse is closed on a day.
Closed = Callable[[date], bool]


def never_closed(_day: date) -> bool:
    """Every day counts."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A checklist's days and time, as its table has them."""

    cadence: str
    due_time: time
    zone: str
    weekday: int = 0
    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    days_after: int = 0
    skips_days_off: bool = False


def plan_of(checklist: Checklist) -> Plan:
    """The days of a stored checklist."""
    return Plan(
        cadence=checklist.cadence,
        due_time=checklist.due_time,
        zone=checklist.zone,
        weekday=checklist.weekday,
        weekdays=frozenset(map(int, checklist.weekdays or ())),
        dates=frozenset(map(date.fromisoformat, checklist.dates or ())),
        days_after=checklist.days_after,
        skips_days_off=checklist.skips_days_off,
    )


def is_due(plan: Plan, day: date, closed: Closed = never_closed) -> bool:
    """Whether the list is due on this day of its zone."""
    if plan.skips_days_off and closed(day):
        return False
    match plan.cadence:
        case Cadence.DAILY:
            return not plan.weekdays or day.weekday() in plan.weekdays
        case Cadence.WEEKLY:
            return day.weekday() == plan.weekday
        case Cadence.MONTH_END:
            return (day - plan.days_after * DAY + DAY).day == 1
        case _:
            return day in plan.dates


def due_days(
    plan: Plan, first: date, last: date, closed: Closed = never_closed
) -> Iterator[date]:
    """The days from ``first`` to ``last`` on which it is due."""
    span = (last - first).days
    return (
        day
        for day in (first + number * DAY for number in range(span + 1))
        if is_due(plan, day, closed)
    )


def next_due(plan: Plan, after: date, closed: Closed = never_closed) -> date | None:
    """The first due day after this one; None where none comes within a year."""
    return next(
        islice(due_days(plan, after + DAY, after + AHEAD * DAY, closed), 1), None
    )


def due_at(plan: Plan, day: date) -> datetime:
    """The moment, in UTC, by which that day's list is to be signed."""
    return datetime.combine(day, plan.due_time, tzinfo=zone(plan.zone)).astimezone(UTC)


def today(plan: Plan, now: datetime) -> date:
    """The day that it is in the list's zone."""
    return now.astimezone(zone(plan.zone)).date()


def covered(plan: Plan, day: date) -> tuple[date, date]:
    """The days that a list of ``day`` is about: yesterday, the week before, the month."""
    match plan.cadence:
        case Cadence.WEEKLY:
            return day - 7 * DAY, day - DAY
        case Cadence.MONTH_END:
            end = day - plan.days_after * DAY
            return end.replace(day=1), end
        case _:
            return day - DAY, day - DAY


def in_words(plan: Plan) -> str:
    """'Monday to Friday by 17:30', 'on the 3rd day after the month by 12:00'."""
    by = f"by {plan.due_time:%H:%M}"
    match plan.cadence:
        case Cadence.DAILY:
            days = _days(plan.weekdays)
        case Cadence.WEEKLY:
            days = f"every {WEEKDAYS[plan.weekday]}"
        case Cadence.MONTH_END if plan.days_after:
            days = f"{_count(plan.days_after, 'day')} after the end of the month"
        case Cadence.MONTH_END:
            days = "on the last day of the month"
        case _ if plan.dates:
            days = f"on {_count(len(plan.dates), 'peak day')}"
        case _:
            days = "on peak days (none is set)"
    off = ", not on days off" if plan.skips_days_off else ""
    return f"{days} {by}{off}"


def _days(weekdays: frozenset[int]) -> str:
    if not weekdays or len(weekdays) == len(WEEKDAYS):
        return "every day"
    days = sorted(weekdays)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{WEEKDAYS[days[0]]} to {WEEKDAYS[days[-1]]}"
    return ", ".join(SHORT[day] for day in days)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
