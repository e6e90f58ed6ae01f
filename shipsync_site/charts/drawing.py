"""What all charts share: the frame with its title, text, links, scales."""

from __future__ import annotations

import math
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH = 360


def frame(name: str, title: str, description: str, height: int, body: str) -> str:
    """A drawing with its name for those who don't see it; ``name`` is unique on a page.

    A group and not an image, so that the links inside can be reached.
    """
    return mark_safe(  # noqa: S308 - every text was escaped where it was put in
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="group" '
        f'aria-labelledby="{name}-title {name}-text" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-text">{escape(description)}</desc>{body}</svg>'
    )


def text(x: float, y: float, words: object, kind: str = "", anchor: str = "") -> str:
    """Words at a place; ``kind`` is a class of charts.css beside chart-text."""
    classes = f"chart-text {kind}".strip()
    at = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{classes}" x="{x:g}" y="{y:g}"{at}>{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{max(width, 0):g}" '
        f'height="{max(height, 0):g}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "chart-axis") -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def link(url: str, label: str, body: str) -> str:
    """What a click opens; without an address only the drawing."""
    if not url:
        return body
    return (
        f'<a class="chart-link" href="{escape(url)}" aria-label="{escape(label)}">'
        f"{body}</a>"
    )


def patterns(name: str, count: int) -> str:
    """The fills of a stack, told apart by what is drawn on them: ``{name}-0`` …"""
    found = (
        f'<pattern id="{name}-{number}" width="6" height="6" '
        f'patternUnits="userSpaceOnUse"><rect class="chart-fill-{number}" '
        f'width="6" height="6"/>{_MARKS[number % len(_MARKS)]}</pattern>'
        for number in range(count)
    )
    return f"<defs>{''.join(found)}</defs>"


_MARKS = (
    "",
    '<path class="chart-mark" d="M0 6L6 0"/>',
    '<circle class="chart-dot" cx="3" cy="3" r="1.4"/>',
    '<path class="chart-mark" d="M0 3H6"/>',
    '<path class="chart-mark" d="M0 0L6 6M6 0L0 6"/>',
    '<path class="chart-mark" d="M3 0V6"/>',
)


def top_of(values: Iterable[float]) -> float:
    """A round number that no value is above; 1 where there is none."""
    most = max(values, default=0)
    if most <= 1:
        return 1
    size = float(10 ** math.floor(math.log10(most)))
    for step in (1, 2, 3, 4, 5, 6, 8, 10):
        if step * size >= most:
            return step * size
    return most


def safe(markup: str) -> SafeString:
    """What is markup already."""
    return mark_safe(markup)  # noqa: S308 - escaped where it was made
