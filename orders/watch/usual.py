"""Whether so few orders can be chance, by the same hours of the same weekday before. Pure.

The question is not whether there are fewer than usual: Sundays differ, sales end, on a
bank holiday half stay away. A store is too quiet where even a day with ``WEAK`` of its
usual orders would bring so few less than once in 1 / ``CHANCE`` looks (Poisson). The
time looked at is as short as that can be told: minutes at peak, hours at night, never
for a store with few orders a day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
# How many weeks are compared with, and how many there must be.
WEEKS, LEAST_WEEKS = 8, 4
CHANCE = 1e-4
# A very weak day, of the usual one; half of it on days that are known as holidays.
WEAK, ON_HOLIDAY = 0.35, 0.5
# So many orders have to be expected before none of them says something.
NEEDED = -math.log(CHANCE)
SPANS = (
    *(timedelta(minutes=x) for x in (15, 20, 25, 30, 35, 40, 45, 50)),
    *(
        timedelta(hours=x)
        for x in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 18, 24, 36, 48, 72)
    ),
)
# What is looked at beside the shortest span: a longer one, for a store that sells a little.
LONGER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Orders by hour (UTC) of one store; an hour that is not there had none.

    ``first`` is the first hour that was counted.
    """

    by_hour: Mapping[datetime, int]
    first: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Too few: ``heard`` since ``start`` where ``usual`` come."""

    start: datetime
    heard: int
    usual: float


def too_quiet(
    history: History,
    now: datetime,
    heard: Callable[[datetime, datetime], int],
    *,
    holiday: bool = False,
) -> Quiet | None:
    """How little came in lately, if it is too little; None where it is not, or unclear.

    ``heard`` counts the orders that came in between two moments.
    """
    weak = WEAK * (ON_HOLIDAY if holiday else 1.0)
    for start, usual in _telling(history, now, weak):
        count = heard(start, now)
        if at_most(count, usual * weak) <= CHANCE:
            return Quiet(start=start, heard=count, usual=usual)
    return None


def _telling(
    history: History, now: datetime, weak: float
) -> Iterator[tuple[datetime, float]]:
    """The shortest span that can tell, and a longer one: (its start, usual orders)."""
    level, wanted = _level(history, now), NEEDED
    for span in SPANS:
        usual = usual_in(history, now - span, now)
        if usual is None:
            return
        if usual * level * weak >= wanted:
            yield now - span, usual * level
            if wanted > NEEDED:
                return
            wanted = NEEDED * LONGER


def usual_in(history: History, start: datetime, end: datetime) -> float | None:
    """What came between the same walls of the same weekday, in a weak week (quartile).

    None without enough weeks of history.
    """
    weeks = []
    for back in range(1, WEEKS + 1):
        first, last = (_weeks_before(x, back, history.zone) for x in (start, end))
        if first < history.first:
            break
        weeks.append(_sum(history, first, last))
    if len(weeks) < LEAST_WEEKS:
        return None
    return sorted(weeks)[len(weeks) // 4]


def _level(history: History, now: datetime) -> float:
    """How much of its former volume the store still has; at most 1."""
    totals = [
        _sum(history, now - (back + 1) * WEEK, now - back * WEEK)
        for back in range(WEEKS)
        if now - (back + 1) * WEEK >= history.first
    ]
    before = median(totals[1:]) if len(totals) > 1 else 0.0
    return min(1.0, totals[0] / before) if before else 1.0


def _weeks_before(moment: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The same wall time so many weeks before, whatever summer time did meanwhile."""
    return (moment.astimezone(zone) - weeks * WEEK).astimezone(UTC)


def _sum(history: History, start: datetime, end: datetime) -> float:
    """Orders between two moments; of a part of an hour, as much of its orders."""
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    total = 0.0
    while hour < end:
        count = history.by_hour.get(hour, 0)
        if count:
            inside = min(end, hour + HOUR) - max(start, hour)
            total += count * (inside / HOUR)
        hour += HOUR
    return total


def at_most(count: int, expected: float) -> float:
    """The chance of at most so many where so many are expected (Poisson)."""
    if expected <= 0:
        return 1.0
    term, total = math.exp(-expected), 0.0
    for number in range(count + 1):
        total += term
        term *= expected / (number + 1)
    return min(total, 1.0)
