"""Keeps background clusters running: start, watch, replace, never leave one behind.

django-q2's cluster is a tree of processes that can hang for ever when one of them is
killed (docs/decisions/0001). So each cluster gets a session of its own and is judged by
its heart, which beats where the work is done: in the pump. A cluster that has nothing
to do is asked for a beat, and one whose monitor takes no results is replaced as well:
it would run each of its tasks again and again.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Q
from django_q.tasks import async_task
from redis.exceptions import RedisError

from orders.sync.pump import TICKER
from shipsync_site.child import STOP_GRACE, Child
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Heartbeat, Lane

logger = logging.getLogger(__name__)

CLUSTER_ENV = "SHIPSYNC_CLUSTER"
OVERDUE = timedelta(seconds=5)  # a lane due for longer than this is work that waits
WAKE_AGAIN = timedelta(seconds=5)
PULSE = "orders.tasks.pulse"
# A healthy cluster misses so many pulses in a row once in a million, as any cluster may
# take each; one that hangs takes no more than its queue holds.
PULSES = 20
FORGET_HEARTS = timedelta(days=1)
RESTART_DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)  # after ever more early deaths
EARLY_DEATH = 20.0
TURN = 0.2


def overdue_work(now: datetime) -> bool:
    """Whether a lane has waited for longer than OVERDUE with nobody at it."""
    due = lanes.next_due()
    return due is not None and due < now - OVERDUE


def wake() -> None:
    """Enqueue a pump when none is the ticker; called every second, so it holds back."""
    now = clock.real_now()
    Lane.objects.get_or_create(account=TICKER, direction=TICKER)
    free = Q(lease_id="") | Q(lease_until__lt=now)
    unanswered = Q(nudged_at=None) | Q(nudged_at__lt=now - WAKE_AGAIN)
    if Lane.objects.filter(free, unanswered, account=TICKER).update(nudged_at=now):
        lanes.enqueue_pump()


def _orphaned(host: str) -> list[str]:
    """Clusters of this host (``host:pid.index.generation``) whose supervisor is gone.

    One with our own process id is of an earlier life, such as a container's.
    """
    names = Heartbeat.objects.filter(cluster__startswith=host).values_list(
        "cluster", flat=True
    )
    orphaned = []
    for name in names:
        pid, _, rest = name.removeprefix(host).partition(".")
        if rest and pid.isdigit() and (int(pid) == os.getpid() or not _alive(int(pid))):
            orphaned.append(name)
    return orphaned


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass(slots=True, kw_only=True)
class Watched:
    """A cluster and what we know of its heart."""

    index: int
    child: Child
    generation: int = 0
    cluster_id: str = ""
    started: datetime = field(default_factory=clock.real_now)
    quiet_until: datetime = field(default_factory=clock.real_now)
    silent: timedelta = timedelta(0)
    pulses: int = 0  # sent since it fell silent, the first at asked_at
    asked_at: datetime = field(default_factory=clock.real_now)
    early_deaths: int = 0
    start_after: float = 0.0


class Supervisor:
    """Runs ``count`` clusters until asked to stop.

    ``tick`` is called about once a second while the clusters run: it sees to it that
    a pump runs, so that the scheduler's 30 seconds are only the safety net.
    """

    def __init__(
        self,
        count: int = 1,
        *,
        tick: Callable[[], object] = wake,
        command: Sequence[str] | None = None,
        heart_stale: float | None = None,
    ) -> None:
        self.tick = tick
        self.heart_stale = timedelta(
            seconds=settings.SHIPSYNC_HEART_STALE
            if heart_stale is None
            else heart_stale
        )
        self.stopping = False
        command = command or (
            *(sys.executable, str(settings.BASE_DIR / "manage.py")),
            "qcluster",
        )
        self.clusters = [
            Watched(index=index, child=Child(f"cluster {index}", command))
            for index in range(count)
        ]
        self._next_look = 0.0
        self._next_pulse = clock.real_now()

    def ask_to_stop(self, *_: object) -> None:
        """Signal handler: end the loop soon; asking again changes nothing."""
        self.stopping = True

    def run(self) -> None:
        """Supervise until asked to stop; nothing of ours is left running then."""
        self._forget_old_hearts()
        try:
            while not self.stopping:
                self.step()
                time.sleep(TURN)
        finally:
            self.stop_all()

    def step(self) -> None:
        """Restart what ended and, once a second, look at hearts and due lanes."""
        for cluster in self.clusters:
            self._keep(cluster)
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + 1.0
            self._look()

    def _keep(self, cluster: Watched) -> None:
        child = cluster.child
        if child.process is None:
            if time.monotonic() >= cluster.start_after:
                self._start(cluster)
            return
        code = child.exit_code()
        if code is None:
            return
        age = time.monotonic() - child.started_at
        logger.warning(
            "cluster=%s ended by itself code=%s age=%.0fs: restarting",
            cluster.cluster_id,
            code,
            age,
        )
        self._end(cluster)
        cluster.early_deaths = cluster.early_deaths + 1 if age < EARLY_DEATH else 0
        delay = RESTART_DELAYS[min(cluster.early_deaths, len(RESTART_DELAYS) - 1)]
        cluster.start_after = time.monotonic() + delay

    def _start(self, cluster: Watched) -> None:
        cluster.generation += 1
        cluster.cluster_id = (
            f"{socket.gethostname()[:60]}:{os.getpid()}"
            f".{cluster.index}.{cluster.generation}"
        )
        cluster.started = cluster.quiet_until = clock.real_now()
        cluster.silent, cluster.pulses = timedelta(0), 0
        self._database(
            lambda: Heartbeat.objects.create(
                cluster=cluster.cluster_id,
                started_at=cluster.started,
                beat_at=cluster.started,
            )
        )
        cluster.child.environment[CLUSTER_ENV] = cluster.cluster_id
        # A child must not share our connection's socket.
        connection.close()
        cluster.child.start()
        logger.info("cluster=%s started pid=%s", cluster.cluster_id, cluster.child.pid)

    def _end(self, cluster: Watched) -> None:
        cluster.child.stop()
        self._forget(cluster)

    def _forget(self, cluster: Watched) -> None:
        """Take the heartbeat row away, which also tells a pump to finish early."""
        self._database(
            lambda: Heartbeat.objects.filter(cluster=cluster.cluster_id).delete()
        )

    def _look(self) -> None:
        """Nudge what is due; replace clusters that no longer do their part."""
        if not self._database(self.tick):
            return
        now = clock.real_now()
        found: list[tuple[bool, dict[str, Heartbeat]]] = []
        if not self._database(lambda: found.append((overdue_work(now), self._rows()))):
            return
        waiting, rows = found[0]
        for cluster in self.clusters:
            if cluster.child.process is None:
                continue
            if not waiting:
                cluster.quiet_until = now
            wrong = self._wrong(cluster, rows.get(cluster.cluster_id), now)
            if wrong:
                logger.error("cluster=%s %s: replacing it", cluster.cluster_id, wrong)
                self._end(cluster)
        self._ask_for_pulses(now)

    def _wrong(self, cluster: Watched, row: Heartbeat | None, now: datetime) -> str:
        """Why this cluster must be replaced, '' if it need not."""
        beat = row.beat_at if row else cluster.started
        seconds = int(self.heart_stale.total_seconds())
        # The last sign of life, or the last moment at which none was due.
        if now - max(beat, cluster.started, cluster.quiet_until) > self.heart_stale:
            return f"heart stopped for {seconds} s while work waits"
        since = row.unreported_since if row else None
        if since is not None and now - since > self.heart_stale:
            return f"monitor takes no results for {seconds} s"
        cluster.silent = now - max(beat, cluster.started)
        if cluster.silent < self.heart_stale / 2 or beat > cluster.asked_at:
            cluster.pulses = 0
        elif cluster.silent > self.heart_stale and cluster.pulses >= PULSES:
            return f"heart did not answer {cluster.pulses} pulses"
        return ""

    def _ask_for_pulses(self, now: datetime) -> None:
        """Ask for a beat where a cluster is silent, PULSES times in its patience."""
        silent = [
            cluster
            for cluster in self.clusters
            if cluster.child.process and cluster.silent >= self.heart_stale / 2
        ]
        if silent and now >= self._next_pulse:
            self._next_pulse = now + self.heart_stale / PULSES / 2
            if self._database(lambda: async_task(PULSE)):
                for cluster in silent:
                    if not cluster.pulses:
                        cluster.asked_at = now
                    cluster.pulses += 1

    def _rows(self) -> dict[str, Heartbeat]:
        names = [cluster.cluster_id for cluster in self.clusters]
        return {row.cluster: row for row in Heartbeat.objects.filter(cluster__in=names)}

    def _database(self, work: Callable[[], object]) -> bool:
        """Do it; a database or broker that is away is no reason to touch the clusters."""
        try:
            close_old_connections()
            work()
        except DatabaseError:
            logger.exception("supervisor: the database did not answer")
            connection.close()
            return False
        except RedisError as error:
            logger.warning("supervisor: the broker did not answer: %s", error)
            return False
        return True

    def _forget_old_hearts(self) -> None:
        """Take away rows that are a day old or whose supervisor was killed here.

        A pump of such a cluster that still runs ends early without its row.
        """
        old = Q(beat_at__lt=clock.real_now() - FORGET_HEARTS)
        host = f"{socket.gethostname()[:60]}:"
        self._database(
            lambda: Heartbeat.objects.filter(
                old | Q(cluster__in=_orphaned(host))
            ).delete()
        )

    def stop_all(self) -> None:
        """Stop all clusters at once, within STOP_GRACE."""
        for cluster in self.clusters:
            if cluster.child.process:
                self._forget(cluster)
                cluster.child.ask()
        deadline = time.monotonic() + STOP_GRACE
        for cluster in self.clusters:
            cluster.child.stop(max(0.0, deadline - time.monotonic()))
        logger.info("supervisor: all clusters stopped")
