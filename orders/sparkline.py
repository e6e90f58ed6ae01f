"""When the cases of a cause came in: a line of bars, and the same in words; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BARS = 12
# Width of a bar, and with its gap; how high the highest is, in units of the drawing.
WIDTH, STEP, HEIGHT = 4, 5, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """Bars as one path, each for ``hours``, the last is now; ``text`` says the same."""

    path: str
    hours: int
    text: str


def openings(by_hour: Mapping[str, int], now: datetime) -> Sparkline:
    """Bars of one hour for the last twelve hours; of six where all is older.

    ``by_hour``: {hour in UTC as ISO text: cases}. Whatever stands has a bar of at least
    one unit, so that one case beside three hundred is seen.
    """
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    ages = {
        int((last - _hour(text)) / timedelta(hours=1)): count
        for text, count in by_hour.items()
    }
    hours = 1 if any(0 <= age < BARS for age in ages) else 6
    counts = [0] * BARS
    for age, count in ages.items():
        if 0 <= age < BARS * hours:
            counts[BARS - 1 - age // hours] += count
    most = max(counts)
    high = [max(2 if x else 1, round(HEIGHT * x / (most or 1))) for x in counts]
    path = "".join(
        f"M{place * STEP} {HEIGHT}v-{up}h{WIDTH}v{up}z" for place, up in enumerate(high)
    )
    return Sparkline(path=path, hours=hours, text=_words(counts, hours))


def _hour(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00").replace(tzinfo=UTC)


def _words(counts: list[int], hours: int) -> str:
    span = BARS * hours
    if not any(counts):
        return f"None opened in the last {span} hours"
    most = max(counts)
    back = (BARS - 1 - max(i for i, c in enumerate(counts) if c == most)) * hours
    when = "now" if back < hours else f"{back} hours ago"
    return (
        f"{sum(counts)} opened in the last {span} hours, most of them {when} ({most})"
    )
