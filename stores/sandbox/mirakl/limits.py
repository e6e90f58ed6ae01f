"""How often an operation may be called: fixed windows per operator and key.

The contract publishes 'call frequencies', Mirakl answers 429 with ``Retry-After`` in
seconds above them; how strictly is not published. Default: pulls of OR11, stock and offer
imports once a minute as published (the pages of one pull and single orders by id apart),
ST12 every five minutes, all else generous. ``published`` takes every published figure at its word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

MINUTE, DAY = 60.0, 86_400.0
OFF = 2_000_000_000
# Calls in so many seconds. OR11 is a pull, OR11_NAMED orders by id, OR11_PAGE the rest.
DEFAULTS: Mapping[str, tuple[int, float]] = {
    "OR11": (1, MINUTE),
    "OR11_PAGE": (60, MINUTE),
    "OR11_NAMED": (600, MINUTE),
    "OR12": (600, MINUTE),
    "OR21": (600, MINUTE),
    "OR23": (600, MINUTE),
    "OR24": (600, MINUTE),
    "OR29": (600, MINUTE),
    "OR30": (600, MINUTE),
    "OR28": (600, MINUTE),
    "ST01": (600, MINUTE),
    "ST11": (600, MINUTE),
    "ST12": (1, 5 * MINUTE),
    "ST23": (600, MINUTE),
    "ST24": (600, MINUTE),
    "OF02": (60, MINUTE),
    "OF03": (60, MINUTE),
    "OF21": (60, MINUTE),
    "OF24": (1, MINUTE),
    "STO01": (1, MINUTE),
    "STO02": (60, MINUTE),
    "STO03": (60, MINUTE),
    "TL02": (20, MINUTE),
    "SBC11": (20, MINUTE),
    "A01": (20, MINUTE),
    "SH12": (20, MINUTE),
    "SH21": (20, MINUTE),
    "RE01": (20, MINUTE),
    "AF01": (20, MINUTE),
    "CH11": (20, MINUTE),
    "PC01": (20, MINUTE),
    "M10": (60, MINUTE),
    "M11": (60, MINUTE),
    "V01": (60, MINUTE),
}
PUBLISHED: Mapping[str, tuple[int, float]] = {
    **DEFAULTS,
    "OR11_PAGE": (1, MINUTE),
    "OF02": (1, MINUTE),
    "OF03": (1, MINUTE),
    "STO02": (1, 15.0),
    "STO03": (1, MINUTE),
    "A01": (1, DAY),
    "SH12": (1, DAY),
    "SH21": (1, DAY),
    "AF01": (1, DAY),
    "CH11": (1, DAY),
}


class Limits:
    """The counters of the present windows, by operator's key and operation."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Default limits, nothing used."""
        self.limits: dict[str, tuple[int, float]] = dict(DEFAULTS)
        self._windows: dict[tuple[str, str], list[float]] = {}
        self._refused: dict[tuple[str, str], int] = {}

    def configure(self, wanted: Mapping[str, Any]) -> None:
        """Set limits: ``{operation | "all": "off" | "default" | "published" | calls a
        minute | {calls, seconds}}``; ValueError says what is wrong."""
        for name, value in wanted.items():
            if name != "all" and name not in DEFAULTS:
                raise ValueError(
                    f"limits: no operation {name!r}; there are: all, "
                    + ", ".join(DEFAULTS)
                )
            for operation in DEFAULTS if name == "all" else (name,):
                self.limits[operation] = _limit(operation, value)

    def take(self, operator: str, operation: str, now: float) -> int:
        """Count one call; the seconds to wait, 0 when it may go on."""
        calls, seconds = self.limits[operation]
        key = (operator, operation)
        window = self._windows.get(key)
        if window is None or now >= window[0] + seconds:
            window = self._windows[key] = [now, 0]
        if window[1] >= calls:
            self._refused[key] = self._refused.get(key, 0) + 1
            return max(1, math.ceil(window[0] + seconds - now))
        window[1] += 1
        return 0

    def usage(self, now: float) -> Json:
        """Per operator: what counts in the present windows or was refused."""
        result: Json = {}
        for key in sorted({*self._windows, *self._refused}, key=_interest):
            operator, operation = key
            calls, seconds = self.limits[operation]
            start, count = self._windows.get(key, [0.0, 0])
            used = int(count) if now < start + seconds else 0
            refused = self._refused.get(key, 0)
            if not used and not refused:
                continue
            result.setdefault(operator, []).append(
                {
                    "operation": f"{operator} {operation}",
                    "limit": calls,
                    "seconds": seconds,
                    "count": used,
                    "refused": refused,
                }
            )
        return result

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "limits": {name: list(row) for name, row in self.limits.items()},
            "windows": [[*key, *row] for key, row in self._windows.items()],
            "refused": [[*key, count] for key, count in self._refused.items()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.reset()
        for name, (calls, seconds) in state["limits"].items():
            self.limits[name] = (calls, seconds)
        self._windows = {(a, b): [start, n] for a, b, start, n in state["windows"]}
        self._refused = {(a, b): count for a, b, count in state["refused"]}


def _interest(key: tuple[str, str]) -> tuple[str, bool, str]:
    operator, operation = key
    return operator, not operation.startswith("OR11"), operation


def _limit(operation: str, value: object) -> tuple[int, float]:
    if value == "off":
        return OFF, MINUTE
    if value == "default":
        return DEFAULTS[operation]
    if value == "published":
        return PUBLISHED[operation]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value, MINUTE
    if isinstance(value, dict) and set(value) <= {"calls", "seconds"}:
        calls, seconds = int(value.get("calls", 1)), float(value.get("seconds", MINUTE))
        if calls >= 0 and seconds > 0:
            return calls, seconds
    raise ValueError(
        f"limits: {operation}={value!r}; expected 'off', 'default', 'published', calls a "
        "minute or {calls, seconds}"
    )
