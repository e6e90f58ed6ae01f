"""Lines over hours, told apart by dashes and marks, each with its name at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shipsync_site.charts.drawing import WIDTH, frame, line, safe, text, top_of

HIGH, HEAD, FOOT, LEFT, RIGHT = 110, 10, 20, 34, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series: a value per place, None where there was none."""

    label: str
    values: tuple[float | None, ...]


def lines(
    name: str,
    title: str,
    places: Sequence[str],
    series: Sequence[Line],
    *,
    shown: Callable[[float], str],
) -> str:
    """Up to three lines over the same places; ``shown`` writes a value."""
    known = [v for row in series for v in row.values if v is not None]
    most = top_of(known)
    step = (WIDTH - LEFT - RIGHT) / max(len(places) - 1, 1)

    def at(number: int, value: float) -> tuple[float, float]:
        return LEFT + number * step, HEAD + HIGH * (1 - value / most)

    body = []
    for part in (0.0, 0.5, 1.0):
        level = HEAD + HIGH * (1 - part)
        body.append(line(LEFT, level, WIDTH - RIGHT, level, "chart-grid"))
        body.append(text(LEFT - 4, level + 4, shown(most * part), "chart-small", "end"))
    every = max(len(places) // 6, 1)
    for number in range(0, len(places), every):
        x, _y = at(number, 0)
        body.append(text(x, HEAD + HIGH + 14, places[number], "chart-small", "middle"))
    for number, row in enumerate(series):
        points = [
            (*at(place, value), value)
            for place, value in enumerate(row.values)
            if value is not None
        ]
        path = _path(
            [None if v is None else at(i, v) for i, v in enumerate(row.values)]
        )
        body.append(f'<path class="chart-line chart-line-{number}" d="{path}"/>')
        body += [_mark(number, x, y) for x, y, _value in points]
    said = "; ".join(f"{row.label}: " + _said(row, places, shown) for row in series)
    return frame(name, title, f"{said}.", HEAD + HIGH + FOOT, "".join(body))


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A line with gaps where nothing is known."""
    found, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        found.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(found) or "M0 0"


def _mark(number: int, x: float, y: float) -> str:
    if number == 0:
        return f'<circle class="chart-point-0" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>'
    if number == 1:
        return (
            f'<rect class="chart-point-1" x="{x - 2:.1f}" y="{y - 2:.1f}" '
            'width="4" height="4"/>'
        )
    return f'<path class="chart-point-2" d="M{x:.1f} {y - 2.8:.1f}l2.8 5h-5.6z"/>'


def _said(row: Line, places: Sequence[str], shown: Callable[[float], str]) -> str:
    """Its last value and its highest, in words."""
    known = [(v, p) for v, p in zip(row.values, places, strict=True) if v is not None]
    if not known:
        return "nothing"
    most, when = max(known)
    last, _place = known[-1]
    return f"{shown(last)} at last, at most {shown(most)} at {when}"


def key(number: int) -> str:
    """The dashes and mark of a series, for the legend."""
    return safe(
        '<svg class="chart-key" viewBox="0 0 28 14" aria-hidden="true">'
        f'<path class="chart-line chart-line-{number}" d="M1 7H27"/>'
        f"{_mark(number, 14, 7)}</svg>"
    )
