"""Lying bars, one a row, each with its number: ages, causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shipsync_site.charts.drawing import WIDTH, box, frame, line, link, text, top_of

ROW, BAR = 26, 16
LEFT, RIGHT = 84, 40
# About the width of a letter in the wider of the usual fonts: a narrower one leaves room.
LETTER = 6.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row: what it counts, how many, and the list of exactly these."""

    label: str
    value: int
    url: str = ""
    tone: str = "info"


def bars(
    name: str, title: str, rows: Sequence[Bar], *, unit: str, left: int = LEFT
) -> str:
    """A histogram; ``unit`` is what is counted ('open cases'), ``left`` the labels' room.

    A label that is too long is cut: its link says it whole.
    """
    room, most = WIDTH - left - RIGHT, top_of(row.value for row in rows)
    letters = int((left - 6) / LETTER)
    body = [line(left, 0, left, ROW * len(rows))]
    for number, row in enumerate(rows):
        top = number * ROW
        length = room * row.value / most
        # One beside a thousand is seen, too.
        length = max(length, 2.0) if row.value else 0.0
        drawn = (
            box(0, top, WIDTH, ROW, "chart-hit")
            + text(left - 6, top + 17, _cut(row.label, letters), anchor="end")
            + box(left, top + (ROW - BAR) / 2, length, BAR, f"chart-{row.tone}")
            + text(left + length + 5, top + 17, f"{row.value:,}", "chart-strong")
        )
        body.append(link(row.url, f"{row.label}: {row.value:,} {unit}", drawn))
    said = ", ".join(f"{row.label}: {row.value:,}" for row in rows)
    return frame(
        name, title, f"{unit.capitalize()}. {said}.", ROW * len(rows), "".join(body)
    )


def _cut(label: str, letters: int) -> str:
    return label if len(label) <= letters else f"{label[: letters - 1].rstrip()}…"
