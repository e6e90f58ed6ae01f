"""The one source of 'now' for business time, shared by the peers and the application.

In production it is the wall clock. Demos, tests and benchmarks let it run fast or
start elsewhere through ``SHIPSYNC_CLOCK=<anchor>,<start>,<rate>``: at the real moment
``anchor`` (Unix seconds) it showed ``start`` (Unix seconds) and since then it runs at
``rate`` business seconds per real second. All processes of one installation must
carry the same value. Leases, heartbeats and timeouts are real time and use
:func:`real_now`, never :func:`now`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ENV_NAME = "SHIPSYNC_CLOCK"


@dataclass(frozen=True, slots=True)
class Clock:
    """A linear map from real to business seconds."""

    anchor: float = 0.0
    start: float = 0.0
    rate: float = 1.0

    def at(self, real: float) -> float:
        """Business time, in Unix seconds, at the real Unix second ``real``."""
        return self.start + (real - self.anchor) * self.rate

    def encode(self) -> str:
        """The value for ``SHIPSYNC_CLOCK`` that makes another process agree."""
        return f"{self.anchor!r},{self.start!r},{self.rate!r}"


def parse(text: str) -> Clock:
    """Read a ``SHIPSYNC_CLOCK`` value; an empty text is the wall clock.

    Raises ValueError, naming the variable, when the text is not three numbers or the
    rate is not positive.
    """
    if not text.strip():
        return Clock()
    try:
        anchor, start, rate = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"{ENV_NAME}={text!r}: expected 'anchor,start,rate', three numbers"
        ) from None
    if rate <= 0:
        raise ValueError(f"{ENV_NAME}={text!r}: the rate must be above 0")
    return Clock(anchor, start, rate)


def fast(rate: float, start: float | None = None) -> Clock:
    """A clock that shows ``start`` (default: the real time) now and runs at ``rate``."""
    real = time.time()
    return Clock(real, real if start is None else start, rate)


_clock = parse(os.environ.get(ENV_NAME, ""))


def configure(clock: Clock) -> None:
    """Use this clock in the running process (demo driver, benchmarks, tests)."""
    global _clock
    _clock = clock


def current() -> Clock:
    """The clock in use."""
    return _clock


def timestamp() -> float:
    """Business time in Unix seconds."""
    return _clock.at(time.time())


def now() -> datetime:
    """Business time as an aware UTC datetime."""
    return datetime.fromtimestamp(timestamp(), UTC)


def real_now() -> datetime:
    """Real time as an aware UTC datetime: leases, heartbeats, timeouts."""
    return datetime.fromtimestamp(time.time(), UTC)


def sleep(business_seconds: float) -> None:
    """Sleep while the business clock advances by this many seconds."""
    time.sleep(max(0.0, business_seconds) / _clock.rate)


def real_seconds(business: timedelta) -> float:
    """How many real seconds pass while the business clock advances this much."""
    return business.total_seconds() / _clock.rate
