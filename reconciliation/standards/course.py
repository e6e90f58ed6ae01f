"""A rate's course as a drawing: one line, its limit, and what it says in words; pure.

Coordinates are whole units of a box of WIDTH by HEIGHT; days without a reading leave a
gap in the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from reconciliation.standards.arithmetic import Limit, share_of
from reconciliation.standards.limits import percent

WIDTH, HEIGHT = 640, 160
# Room for the figures at the left and the dates below.
LEFT, BOTTOM, TOP = 60, 22, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A day's rate, its place, and its words."""

    day: date
    share: Decimal
    bad: int
    whole: int
    x: int
    y: int
    within: bool

    @property
    def rate(self) -> str:
        """'3.6 %'."""
        return percent(self.share, 2)

    @property
    def text(self) -> str:
        """'3.6 % (9 of 250)' in words of bad ones."""
        return f"{percent(self.share, 2)} ({self.bad} of {self.whole})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the template draws; ``limit_y`` None: no limit, or outside the drawing."""

    points: tuple[Point, ...]
    path: str
    limit_y: int | None
    ticks: tuple[tuple[int, str], ...]
    dates: tuple[tuple[int, date, str], ...]
    text: str


def draw(
    readings: Sequence[tuple[date, int, int]],
    limit: Limit | None,
    *,
    at_least: bool,
    days: int,
    today: date,
) -> Course | None:
    """The last ``days`` days; None where no day had anything to count."""
    shares = [
        (day, bad, whole, share)
        for day, bad, whole in readings
        if (share := share_of(bad, whole, at_least=at_least)) is not None
    ]
    if not shares:
        return None
    low, high = _range([share for *_rest, share in shares], limit, at_least=at_least)
    first = min(today - timedelta(days=days - 1), shares[0][0])
    span = max(1, (today - first).days)

    def x_of(day: date) -> int:
        return LEFT + round((WIDTH - LEFT - 8) * (day - first).days / span)

    def y_of(share: Decimal) -> int:
        part = (Fraction(share) - low) / (high - low)
        return TOP + round(float((HEIGHT - BOTTOM - TOP) * (1 - part)))

    points = tuple(
        Point(
            day=day,
            share=share,
            bad=bad,
            whole=whole,
            x=x_of(day),
            y=y_of(share),
            within=limit is None or limit.allows(bad, whole),
        )
        for day, bad, whole, share in shares
    )
    middle = first + timedelta(days=span // 2)
    return Course(
        points=points,
        path=_path(points),
        limit_y=None if limit is None else y_of(limit.share),
        ticks=tuple(
            (y_of(at), percent(at, 1)) for at in (_decimal(low), _decimal(high))
        ),
        dates=(
            (x_of(first), first, "start"),
            (x_of(middle), middle, "middle"),
            (x_of(today), today, "end"),
        ),
        text=_words(points, limit),
    )


def _range(
    shares: list[Decimal], limit: Limit | None, *, at_least: bool
) -> tuple[Fraction, Fraction]:
    """From nothing up to a little above the worst (or, for 'at least', up to all)."""
    every = [Fraction(x) for x in shares]
    if limit is not None:
        every.append(Fraction(limit.share))
    if at_least:
        room = max(1 - min(every), Fraction(1, 100))
        return max(Fraction(0), 1 - room * Fraction(5, 4)), Fraction(1)
    return Fraction(0), min(
        Fraction(1), max(*every, Fraction(1, 100), Fraction(0)) * Fraction(5, 4)
    )


def _path(points: Sequence[Point]) -> str:
    path = ""
    before: Point | None = None
    for point in points:
        gap = before is None or (point.day - before.day).days > 1
        path += f"{'M' if gap else 'L'}{point.x} {point.y}"
        before = point
    return path


def _words(points: Sequence[Point], limit: Limit | None) -> str:
    first, last = points[0], points[-1]
    worst = max(points, key=lambda p: (Fraction(p.bad, p.whole), p.day))
    told = (
        f"{last.text} on {_day(last.day)}; {percent(first.share, 2)} on "
        f"{_day(first.day)}; worst {percent(worst.share, 2)} on {_day(worst.day)}"
    )
    if limit is not None:
        beyond = sum(not point.within for point in points)
        told += f"; beyond the limit on {beyond} of {len(points)} days"
    return told + "."


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
