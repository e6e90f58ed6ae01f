"""The four meanings a colour has in the console, each with an icon and a word.

A tone never stands alone: templates print its icon and a text beside it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Tone(StrEnum):
    """What a colour means; PLAIN is no colour."""

    BREACH = "breach"
    SOON = "soon"
    FINE = "fine"
    INFO = "info"
    PLAIN = "plain"


ICONS: dict[Tone, str] = {
    Tone.BREACH: "octagon-alert",
    Tone.SOON: "triangle-alert",
    Tone.FINE: "circle-check",
    Tone.INFO: "info",
    Tone.PLAIN: "circle-dot",
}

SOON = timedelta(hours=4)


def deadline_tone(deadline: datetime, now: datetime) -> Tone:
    """Breached, due within four hours, or fine."""
    if deadline <= now:
        return Tone.BREACH
    return Tone.SOON if deadline - now <= SOON else Tone.FINE


def span(delta: timedelta) -> str:
    """A length of time in at most two units: '41 min', '2 h 5 min', '3 d 4 h'."""
    seconds = int(abs(delta.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        rest = minutes % 60
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    rest = hours % 24
    return f"{days} d {rest} h" if rest and days < 7 else f"{days} d"
