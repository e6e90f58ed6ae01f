"""The request quota: a fixed window of 60 s per key, told on every answer.

Source: v1 spec, 'API Rate Limits': 40 a minute for each key and secret, headers
X-Rate-Limit-Limit, -Remaining and -Reset (whole seconds, here rounded up), 429.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from stores.sandbox.core import Json

WINDOW_SECONDS = 60


@dataclass(slots=True, kw_only=True)
class Window:
    """What one key did in one window; times in Unix seconds, business time."""

    start: float
    limit: int
    used: int = 0
    refused: int = 0
    injected: int = 0
    rows: int = 0
    operations: dict[str, int] = field(default_factory=dict)

    def view(self) -> Json:
        """The window for the usage call; ``rows`` = accepted by createorders."""
        start = datetime.fromtimestamp(self.start, UTC).isoformat()
        return {"window_start": start, **asdict(self)}


class Meter:
    """The windows of one key, oldest first; only those with a request exist."""

    def __init__(self, key: str) -> None:
        # Windows open at a second of their own per key: clients must read Reset.
        self.phase = zlib.crc32(key.encode()) % WINDOW_SECONDS
        self.windows: list[Window] = []

    def current(self, now: float, limit: int) -> Window:
        """The window that is open now; a changed limit holds from the next one."""
        start = (
            math.floor((now - self.phase) / WINDOW_SECONDS) * WINDOW_SECONDS
            + self.phase
        )
        if not self.windows or self.windows[-1].start < start:
            self.windows.append(Window(start=start, limit=limit))
        return self.windows[-1]

    def take(self, now: float, limit: int, operation: str) -> bool:
        """Count a request; False when the window is used up."""
        window = self.current(now, limit)
        if window.used >= window.limit:
            window.refused += 1
            return False
        window.used += 1
        window.operations[operation] = window.operations.get(operation, 0) + 1
        return True

    def headers(self, now: float, limit: int) -> dict[str, str]:
        """The three headers as of now."""
        window = self.current(now, limit)
        reset = math.ceil(window.start + WINDOW_SECONDS - now)
        return {
            "X-Rate-Limit-Limit": str(window.limit),
            "X-Rate-Limit-Remaining": str(window.limit - window.used),
            "X-Rate-Limit-Reset": str(max(1, reset)),
        }

    def dump(self) -> list[Json]:
        """The windows as JSON."""
        return [asdict(window) for window in self.windows]

    def load(self, rows: list[Json]) -> None:
        """Restore dumped windows."""
        self.windows = [Window(**row) for row in rows]
