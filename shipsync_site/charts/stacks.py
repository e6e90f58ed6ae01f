"""Standing bars, each a stack of parts told apart by pattern: risk by time and cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipsync_site.charts.drawing import (
    WIDTH,
    frame,
    line,
    link,
    patterns,
    safe,
    text,
    top_of,
)

HIGH, FOOT, HEAD, LEFT = 120, 20, 16, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a stack; parts of one ``series`` look alike."""

    series: int
    value: int
    url: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A bar with its parts from below, and the list of all of them."""

    label: str
    parts: tuple[Part, ...]
    url: str

    @property
    def value(self) -> int:
        """All its parts."""
        return sum(part.value for part in self.parts)


def stacks(
    name: str, title: str, bars: Sequence[Stack], series: Sequence[str], *, unit: str
) -> str:
    """The bars side by side with their sums above."""
    most = top_of(bar.value for bar in bars)
    step = (WIDTH - LEFT) / max(len(bars), 1)
    body = [patterns(name, len(series))]
    for number, bar in enumerate(bars):
        left, foot = LEFT + number * step, float(HEAD + HIGH)
        for part in bar.parts:
            if not part.value:
                continue
            high = max(HIGH * part.value / most, 2.0)
            foot -= high
            drawn = (
                f'<rect class="chart-part" fill="url(#{name}-{part.series})" '
                f'x="{left:g}" y="{foot:g}" width="{step - 6:g}" height="{high:g}"/>'
            )
            said = f"{bar.label}, {part.label}: {part.value:,} {unit}"
            body.append(link(part.url, said, drawn))
        middle = left + (step - 6) / 2
        body.append(
            link(
                bar.url if bar.value else "",
                f"{bar.label}: {bar.value:,} {unit}",
                text(middle, foot - 4, f"{bar.value:,}", "chart-strong", "middle"),
            )
        )
        body.append(text(middle, HEAD + HIGH + 14, bar.label, "chart-small", "middle"))
    body.append(line(0, HEAD + HIGH, WIDTH, HEAD + HIGH))
    said = "; ".join(
        f"{bar.label}: {bar.value:,}"
        + "".join(f", {p.label} {p.value:,}" for p in bar.parts if p.value)
        for bar in bars
    )
    return frame(
        name, title, f"{unit.capitalize()}. {said}.", HEAD + HIGH + FOOT, "".join(body)
    )


def swatch(name: str, number: int) -> str:
    """The pattern of a series for the legend; the chart itself defines it."""
    return safe(
        '<svg class="chart-swatch" viewBox="0 0 14 14" aria-hidden="true">'
        f'<rect class="chart-part" fill="url(#{name}-{number})" width="14" height="14"/>'
        "</svg>"
    )
