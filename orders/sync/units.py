"""What a unit of a lane's work returns, and what it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shipsync_site.lib import clock

# Gives the lane back before the work is done, so that others can take more of it.
HandOver = Callable[[datetime | None], None]


@dataclass(slots=True)
class UnitResult:
    """When the lane is due again (real time; None: when nudged) and what was done.

    ``unneeded``: nothing waits for what the lane brings, so its silence costs nothing.
    """

    due_at: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    unneeded: bool = False

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not self.counts


def soon() -> datetime:
    """Due at once."""
    return clock.real_now()


def in_business(seconds: float) -> datetime:
    """Due once the business clock has advanced this much."""
    wait = clock.real_seconds(timedelta(seconds=seconds))
    return clock.real_now() + timedelta(seconds=wait)
