"""Whether a thing that repeats still does. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import WatchState


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A thing that is to be heard of, and what is known of it.

    ``since``: from when on something of it is owed, None while nothing is. ``now`` is the
    moment on its own clock: business time where ``business``, else real.
    ``scope`` is that of the case that stands for its silence, '' for none; ``follows``
    the key of what explains its silence, ``page`` where to look into it.
    """

    key: str
    label: str
    now: datetime
    period: timedelta
    grace: timedelta
    heard_at: datetime | None = None
    since: datetime | None = None
    business: bool = False
    off: bool = False
    detail: str = ""
    store: int | None = None
    scope: str = ""
    follows: str = ""
    page: str = ""

    @property
    def seconds(self) -> tuple[int, int]:
        """Period and grace as the row keeps them."""
        return int(self.period.total_seconds()), int(self.grace.total_seconds())


def judge(what: Expected, woke_at: datetime | None) -> WatchState:
    """Up, late after its period, down after period and grace.

    ``woke_at``: when we began to look again after nobody had looked: what was missed
    until then is ours, so nothing is owed from before.
    """
    if what.off:
        return WatchState.OFF
    if what.since is None:
        return WatchState.NEW if what.heard_at is None else WatchState.UP
    since = what.since if woke_at is None else max(what.since, woke_at)
    age = what.now - since
    if age > what.period + what.grace:
        return WatchState.DOWN
    if age > what.period:
        return WatchState.LATE
    return WatchState.NEW if what.heard_at is None else WatchState.UP
