"""The pumps of one world, driven by hand.

Whichever lane is due is worked until none is, then time moves on to the next one: what
clusters do, without their waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection
from django.db.models import Min

from orders.due import decide_due
from orders.models import Order, SyncJob
from orders.sync.engine import run_next
from shipsync_site.soak.faults.death import Death, Killed
from shipsync_site.soak.faults.hours import Hours
from shipsync_site.soak.faults.wire import Wire
from stores import lanes

# More units than this in one moment: work that makes itself due again.
MOST_UNITS = 400
# What the work of a unit takes beside its calls.
UNIT_SECONDS = 0.005


class BusyLoopError(Exception):
    """Lanes came due again and again without time passing."""


class Pumps:
    """``count`` pumps that work at once; with one, the same seed is the same work.

    ``units`` counts what they did.
    """

    def __init__(
        self,
        count: int,
        hours: Hours,
        death: Death,
        wire: Wire,
        say: Callable[[str], None],
    ) -> None:
        self.count = count
        self.units = 0
        self._hours = hours
        self._death = death
        self._wire = wire
        self._say = say
        self._pool: ThreadPoolExecutor | None = None

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """The span in which the pumps' threads live, with a connection each."""
        with self._wire.attached():
            if self.count == 1:
                yield
                return
            with ThreadPoolExecutor(self.count) as self._pool:
                try:
                    yield
                finally:
                    self._hang_up(self._pool)
                    self._pool = None

    def until(self, moment: float, step: float = 25.0) -> None:
        """Work through what is due until then, looking every ``step`` seconds at most."""
        while True:
            self._round()
            now = self._hours.now()
            if now >= moment:
                return
            due = lanes.next_due()
            look = self.next_moment()
            soon = min(look, due.timestamp() if due else look)
            self._hours.move_to(min(moment, max(soon, now + step)))

    def next_moment(self) -> float:
        """When the next job or order is due by time; in an hour if none is."""
        moments = [
            SyncJob.objects.filter(dirty=True, parked="").aggregate(at=Min("due_at")),
            Order.objects.filter(closed_at=None).aggregate(at=Min("next_look_at")),
        ]
        known = [row["at"].timestamp() for row in moments if row["at"] is not None]
        return min(known, default=self._hours.now() + 3600)

    def _round(self) -> None:
        """All pumps work until nothing is due at this moment."""
        if self._pool is None:
            self._work()
            return
        for job in [self._pool.submit(self._work_here) for _ in range(self.count)]:
            job.result()

    def _work_here(self) -> None:
        with self._wire.attached():
            self._work()

    def _work(self) -> None:
        """One worker until nothing is due; a dead one is followed by another later."""
        units = 0
        try:
            with self._death.may_strike():
                while units <= MOST_UNITS:
                    self._hours.advance(UNIT_SECONDS)
                    if run_next() is not None:
                        units += 1
                    elif decide_due(limit=200) == 0:
                        break
        except Killed:
            self._say("a worker died")
            if connection.in_atomic_block:  # nothing of ours leaves one open
                connection.close()
        self.units += units
        if units > MOST_UNITS:
            raise BusyLoopError(f"{units} units at {self._hours.text()} and no end")

    def _hang_up(self, pool: ThreadPoolExecutor) -> None:
        """Close the connection of every thread of the pool."""
        together = threading.Barrier(self.count)

        def hang_up() -> None:
            together.wait()
            connection.close()

        for job in [pool.submit(hang_up) for _ in range(self.count)]:
            job.result()
