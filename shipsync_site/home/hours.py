"""The last day hour by hour, over all stores: what went through, and how slowly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Sum

from orders.models import FlowHour
from orders.watch.hours import COUNTS, HOUR, LAGS, hour_of
from shipsync_site.charts.lines import Line, key, lines
from shipsync_site.lib import clock
from shipsync_site.lib.tones import span

SHOWN = 24
# The lines of both charts: column and label.
THROUGHPUT = (
    ("imported", "Heard of"),
    ("labelled", "Labelled"),
    ("confirmed", "Confirmed"),
)
LAG_LINES = (
    ("import_lag", "To hear of it"),
    ("push_lag", "Into ShipStation"),
    ("confirm_lag", "To confirm"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """An hour's counts over all stores, and the slowest store's 95th percentile (s)."""

    hour: datetime
    ordered: int = 0
    imported: int = 0
    pushed: int = 0
    labelled: int = 0
    confirmed: int = 0
    import_lag: int | None = None
    push_lag: int | None = None
    confirm_lag: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The last 24 whole hours, the oldest first; ``counted``: up to when."""

    rows: tuple[HourRow, ...]
    counted: datetime | None

    def last_lag(self, name: str) -> tuple[int, datetime] | None:
        """The lag of the last hour that has one: (seconds, hour)."""
        for row in reversed(self.rows):
            seconds = getattr(row, name)
            if seconds is not None:
                return seconds, row.hour
        return None


def load() -> Hours:
    """One query over the hours of all stores."""
    last = hour_of(clock.now())
    first = last - SHOWN * HOUR
    found: dict[datetime, dict[str, Any]] = {
        row["hour"]: dict(row)
        for row in FlowHour.objects.filter(hour__gte=first, hour__lte=last)
        .order_by()
        .values("hour")
        .annotate(
            **{f"sum_{name}": Sum(name) for name in COUNTS},
            **{f"max_{name}": Max(name) for name in LAGS},
        )
    }
    rows = tuple(
        _row(hour, found.get(hour, {}))
        for hour in (first + number * HOUR for number in range(SHOWN))
    )
    return Hours(rows=rows, counted=max(found, default=None))


def _row(hour: datetime, found: Mapping[str, Any]) -> HourRow:
    counts: dict[str, Any] = {name: found.get(f"sum_{name}") or 0 for name in COUNTS}
    slowest: dict[str, Any] = {name: found.get(f"max_{name}") for name in LAGS}
    return HourRow(hour=hour, **counts, **slowest)


def throughput(hours: Hours) -> str:
    """How many orders came in and went out per hour."""
    return lines(
        "throughput",
        "Orders per hour",
        _places(hours),
        [
            Line(
                label=label,
                values=tuple(float(getattr(row, name)) for row in hours.rows),
            )
            for name, label in THROUGHPUT
        ],
        shown=lambda value: f"{value:,.0f}",
    )


def lags(hours: Hours) -> str:
    """How long the steps took at the slowest store."""
    return lines(
        "lags",
        "How long each step takes",
        _places(hours),
        [
            Line(label=label, values=tuple(getattr(row, name) for row in hours.rows))
            for name, label in LAG_LINES
        ],
        shown=lambda value: span(timedelta(seconds=value)),
    )


def legend(rows: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """(drawing, label) of each line."""
    return [(key(number), label) for number, (_name, label) in enumerate(rows)]


def _places(hours: Hours) -> list[str]:
    return [f"{row.hour:%H}h" for row in hours.rows]
