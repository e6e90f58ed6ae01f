"""How much of a peer's quota was used, from what the peer counted; pure.

Calls allowed: every window between begin and end counts in full, whether a request was
made in it or not; the last one for the share of it that had passed at the end, but
never for less than was used of it. So no ratio can exceed 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WINDOW_SECONDS = 60.0
ROWS_PER_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One minute of one key as the peer counted it; ``start`` in Unix seconds."""

    start: float
    limit: int
    used: int = 0
    refused: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """``ratio``: rows of what a full batch in every allowed call could have carried."""

    windows: tuple[Window, ...]
    calls_allowed: float
    calls: int
    rows: int
    refused: int

    @property
    def calls_used(self) -> float:
        """Share of the allowed calls that were made."""
        return self.calls / self.calls_allowed if self.calls_allowed else 0.0

    @property
    def ratio(self) -> float:
        """Rows accepted / (100 × calls allowed)."""
        allowed = ROWS_PER_CALL * self.calls_allowed
        return self.rows / allowed if allowed else 0.0


def windows_of(rows: Iterable[Mapping[str, Any]]) -> list[Window]:
    """The windows of one key from the sandbox's usage answer."""
    return [
        Window(
            start=datetime.fromisoformat(row["window_start"]).timestamp(),
            limit=int(row["limit"]),
            used=int(row["used"]),
            refused=int(row["refused"]),
            rows=int(row["rows"]),
        )
        for row in rows
    ]


def quota_use(windows: Sequence[Window], *, began: float, ended: float) -> QuotaUse:
    """Use between two business moments; ``began`` lies in the first window that counts.

    Raises ValueError when no window is known or ``ended`` lies before ``began``.
    """
    if not windows or ended < began:
        raise ValueError("nothing was measured: no window between begin and end")
    known = {window.start: window for window in windows}
    phase, limit = windows[0].start, windows[0].limit
    start = phase + math.floor((began - phase) / WINDOW_SECONDS) * WINDOW_SECONDS
    chosen = []
    while start <= ended:
        chosen.append(known.get(start) or Window(start=start, limit=limit))
        start += WINDOW_SECONDS
    last = chosen[-1]
    pro_rata = last.limit * min(1.0, (ended - last.start) / WINDOW_SECONDS)
    allowed = sum(window.limit for window in chosen[:-1]) + max(last.used, pro_rata)
    return QuotaUse(
        windows=tuple(chosen),
        calls_allowed=allowed,
        calls=sum(window.used for window in chosen),
        rows=sum(window.rows for window in chosen),
        refused=sum(window.refused for window in chosen),
    )


def next_window(windows: Sequence[Window], now: float) -> float:
    """The business moment at which the next window opens."""
    phase = windows[0].start
    return phase + (math.floor((now - phase) / WINDOW_SECONDS) + 1) * WINDOW_SECONDS


def safe_rate(
    orders_per_second: float, limit: int = 40, *, most: float = 10.0
) -> float:
    """A clock rate at which a quarter of our speed fills every window, at most ``most``.

    ``orders_per_second`` is what one worker did: the quota, not this machine's other
    work, is to be the limit. Headers count whole seconds, so a clock faster than 10
    makes them too coarse.
    """
    wanted = orders_per_second / 4 * WINDOW_SECONDS / (limit * ROWS_PER_CALL)
    return min(most, max(0.2, math.floor(wanted * 10) / 10))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
