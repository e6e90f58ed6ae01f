"""The driver's own hours: time stands still until somebody moves it on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import SupportsIndex

from shipsync_site.lib import clock


class Hours:
    """Real and business time of one history, in Unix seconds.

    While :meth:`in_force`, ``time.time``, ``time.monotonic`` and ``time.sleep`` are the
    driver's for the whole process: leases, back-offs and the peers' clocks all go by
    them, and to sleep is to move them on.
    """

    def __init__(self, start: float) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        """The moment that it is."""
        return self._now

    def text(self) -> str:
        """The moment for people: date and time, UTC."""
        return datetime.fromtimestamp(self._now, UTC).strftime("%d %b %H:%M:%S")

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        with self._lock:
            self._now += max(0.0, seconds)

    def move_to(self, moment: float) -> None:
        """Let time pass until this moment; never back."""
        with self._lock:
            self._now = max(self._now, moment)

    def _sleep(self, seconds: float | SupportsIndex, /) -> None:
        self.advance(float(seconds))

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Rule the process's time; the old time comes back at the end."""
        kept = (time.time, time.monotonic, time.sleep, clock.current())
        time.time, time.monotonic = self.now, self.now
        time.sleep = self._sleep
        clock.configure(clock.Clock())
        try:
            yield
        finally:
            time.time, time.monotonic, time.sleep = kept[:3]
            clock.configure(kept[3])
