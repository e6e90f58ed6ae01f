"""Kills processes of ours one after the other and watches how work goes on.

Who dies and how long after the last one follows from the seed; what the victim was
doing at that moment does not, so a replay shows the same kind of trouble, not the same
microsecond.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Q, QuerySet

from orders.models import AttemptOutcome, SyncAttempt
from shipsync_site.demo.stack import WEB_WORKERS, Stack
from shipsync_site.lib import clock
from shipsync_site.soak import processes
from shipsync_site.soak.processes import Census, Process
from stores.models import Heartbeat

# Real seconds. A hung cluster costs its supervisor: 5 s until a lane counts as overdue,
# the stale heart, 8 s of grace, and the new cluster's start.
PAUSES = (0.3, 3.0)  # from one recovery to the next kill
RESUME_BOUND = 60.0  # until work goes on
WHOLE_BOUND = 90.0  # until every process is there again and does its part
# One kill in so many hits before the last one's victim is fully replaced.
HASTY = 0.25
# How long to wait for a victim of the wanted role, and for one with an open write.
WANT_SECONDS, WRITE_SECONDS = 30.0, 2.0
MOST_PUT_OFFS = 20
# Workers are idle for moments only while orders flow.
GLIMPSE_SECONDS = 1.0


IN_PLACE = (
    *(processes.IDLE_WORKER, processes.BUSY_WORKER),
    *(processes.MONITOR, processes.PUSHER),
)


@dataclass(slots=True, kw_only=True)
class Kill:
    """One victim; times in real seconds after the kill, None: not yet."""

    number: int
    role: str
    pid: int
    at: float  # seconds since the soak began
    cluster: int = 0  # session of the victim
    open_writes: int = 0
    beat_after: float | None = None
    job_after: float | None = None
    web_after: float | None = None
    whole_after: float | None = None
    how: str = ""

    @property
    def resumed_after(self) -> float | None:
        """When a pump had beaten, a job was done and the console answered."""
        beat, job, web = self.beat_after, self.job_after, self.web_after
        if beat is None or job is None or web is None:
            return None
        return max(beat, job, web)

    def as_json(self) -> dict[str, Any]:
        """For the machine-readable report."""
        return {**asdict(self), "resumed_after": self.resumed_after}


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What a kill is measured against."""

    kill: Kill
    mono: float
    real: datetime
    business: datetime
    log_at: int

    @property
    def proved_from(self) -> datetime:
        """When a beat proves its cluster to be well.

        Where q2 replaced a process in place, the others may still be at the task they
        had and hang once it ends: only what they take up after it proves anything.
        """
        if self.kill.role not in IN_PLACE:
            return self.real
        return self.real + timedelta(seconds=settings.SHIPSYNC_PUMP_SPAN + 1.0)


def deal(roles: Sequence[str], kills: int, dice: random.Random) -> list[str]:
    """The victims' roles: every role comes before one comes again."""
    dealt: list[str] = []
    while len(dealt) < kills:
        hand = list(roles)
        dice.shuffle(hand)
        dealt += hand
    return dealt[:kills]


@dataclass(slots=True, kw_only=True)
class Killer:
    """Call :meth:`step` a few times a second; ``problems`` says what did not recover."""

    seed: int
    kills: int
    clusters: int
    say: Callable[[str], object]
    roles: Sequence[str] = processes.ROLES
    done: list[Kill] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    census: Census = field(default_factory=lambda: Census(os.getpid()))
    _dice: random.Random = field(init=False)
    _wanted: list[str] = field(init=False)
    _began: float = field(default_factory=time.monotonic)
    _next: float = 0.0
    _hasty: bool = False
    _wanted_since: float = 0.0
    _put_offs: int = 0
    _watched: list[_Watch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - a soak, not a secret
        self._wanted = deal(self.roles, self.kills, self._dice)

    @property
    def over(self) -> bool:
        """Whether all kills are done and measured, or one was not survived."""
        return bool(self.problems) or (not self._wanted and not self._watched)

    @property
    def wants_calm(self) -> bool:
        """Whether an idle worker is wanted and all are busy: nobody should order."""
        wanted = self._wanted[0] if self._wanted_since else ""
        return wanted == processes.IDLE_WORKER

    def step(self, stack: Stack) -> None:
        """Measure what recovered; kill the next one when its time has come."""
        self.census.take()
        now = time.monotonic()
        if self._watched:
            self._measure(stack, now)
            if not self._ready():
                self._next = 0.0
                return
        if not self._wanted or self.problems:
            return
        if not self._next:
            self._next = now + self._dice.uniform(*PAUSES)
            self._hasty = self._dice.random() < HASTY
            self._wanted_since = 0.0
        if now >= self._next:
            self._strike(stack, now)

    def whole(self, stack: Stack, since: datetime | None = None) -> bool:
        """Whether every process runs and every cluster has proved itself ``since``."""
        found = self._roles(stack)
        each = self.clusters
        workers = found[processes.IDLE_WORKER] + found[processes.BUSY_WORKER]
        if not (
            len(found[processes.SUPERVISOR]) == len(found[processes.WEB_MASTER]) == 1
            and len(found[processes.MAIN]) == len(found[processes.SENTINEL]) == each
            and len(found[processes.PUSHER]) == len(found[processes.MONITOR]) == each
            and len(workers) == each * settings.Q_CLUSTER["workers"]
            and len(found[processes.WEB_WORKER]) == WEB_WORKERS
        ):
            return False
        hearts = Heartbeat.objects.filter(beat_at__gt=F("started_at"))
        if since is not None:
            hearts = hearts.filter(beat_at__gt=since)
        # A monitor that listens takes a result within the second.
        deaf = Heartbeat.objects.filter(
            unreported_since__lt=clock.real_now() - timedelta(seconds=3)
        )
        return hearts.count() >= each and not deaf.exists()

    def _roles(self, stack: Stack) -> dict[str, list[Process]]:
        children = stack.children
        return processes.roles(children["cluster"].pid, children["web"].pid)

    def _ready(self) -> bool:
        """Whether the next kill may come: all resumed, and whole unless in haste."""
        if any(watch.kill.resumed_after is None for watch in self._watched):
            return False
        return not self._watched or self._hasty

    def _strike(self, stack: Stack, now: float) -> None:
        role = self._wanted[0]
        self._wanted_since = self._wanted_since or now
        if role in (processes.BUSY_WORKER, processes.MAIN, processes.SUPERVISOR):
            _await_open_write()
        victims = self._roles(stack)[role]
        while not victims and time.monotonic() < now + GLIMPSE_SECONDS:
            victims = self._roles(stack)[role]
        if not victims:
            if now - self._wanted_since > WANT_SECONDS:
                self._put_off(role)
            return
        victim = self._dice.choice(victims)
        self._wanted.pop(0)
        self._next = self._wanted_since = 0.0
        kill = Kill(
            number=len(self.done) + 1,
            role=role,
            pid=victim.pid,
            at=round(time.monotonic() - self._began, 1),
            cluster=victim.session,
        )
        watch = _Watch(
            kill=kill,
            mono=time.monotonic(),
            real=clock.real_now(),
            business=clock.now(),
            log_at=stack.log_path("cluster").stat().st_size,
        )
        self.census.take()
        os.kill(victim.pid, signal.SIGKILL)
        kill.open_writes = _open_writes().filter(started_at__lte=watch.business).count()
        self.done.append(kill)
        self._watched.append(watch)

    def _put_off(self, role: str) -> None:
        """Nobody has this role now, such as when all workers are busy: try later."""
        self._wanted.append(self._wanted.pop(0))
        self._wanted_since = 0.0
        self._put_offs += 1
        if self._put_offs > MOST_PUT_OFFS:
            self.problems.append(f"there was hardly ever a {role} to kill")

    def _measure(self, stack: Stack, now: float) -> None:
        try:
            for watch in self._watched:
                self._resumed(watch, stack)
            latest = max(watch.proved_from for watch in self._watched)
            whole = self.whole(stack, latest)
        except DatabaseError:
            connection.close()
            return
        for watch in list(self._watched):
            kill, passed = watch.kill, round(time.monotonic() - watch.mono, 1)
            if whole and kill.resumed_after is not None:
                kill.whole_after = passed
                kill.how = kill.how or self._how(watch, stack)
                self._watched.remove(watch)
                self.say(line(kill))
            elif passed > RESUME_BOUND and kill.resumed_after is None:
                missing = [
                    word
                    for word, after in (
                        ("no pump beat", kill.beat_after),
                        ("no job was done", kill.job_after),
                        ("the console did not answer", kill.web_after),
                    )
                    if after is None
                ]
                self.problems.append(
                    f"kill {kill.number} ({kill.role}): within {RESUME_BOUND:.0f} s "
                    + ", ".join(missing)
                )
            elif now - max(w.mono for w in self._watched) > WHOLE_BOUND:
                self.problems.append(
                    f"kill {kill.number} ({kill.role}): not whole again within "
                    f"{WHOLE_BOUND:.0f} s: {self._state(stack, latest)}"
                )

    def _resumed(self, watch: _Watch, stack: Stack) -> None:
        kill = watch.kill
        passed = round(time.monotonic() - watch.mono, 1)
        if kill.beat_after is None:
            beats = Heartbeat.objects.filter(
                Q(beat_at__gt=watch.real) & Q(beat_at__gt=F("started_at"))
            )
            if beats.exists():
                kill.beat_after = passed
        if kill.job_after is None:
            finished = SyncAttempt.objects.filter(
                outcome=AttemptOutcome.OK, started_at__gt=watch.business
            )
            if finished.exists():
                kill.job_after = passed
        if kill.web_after is None and _answers(stack):
            kill.web_after = passed

    def _how(self, watch: _Watch, stack: Stack) -> str:
        """Who brought the victim's work back."""
        kill = watch.kill
        if kill.role == processes.WEB_WORKER:
            return "gunicorn's master"
        if kill.role in (processes.WEB_MASTER, processes.SUPERVISOR):
            return "started anew from outside"
        with stack.log_path("cluster").open("rb") as log:
            log.seek(watch.log_at)
            said = log.read().decode(errors="replace")
        mains = {process.session for process in self._roles(stack)[processes.MAIN]}
        if kill.cluster in mains:
            return "q2 in place"
        for mark, how in REASONS:
            if mark in said:
                return f"supervisor: {how}"
        return "supervisor"

    def _state(self, stack: Stack, since: datetime) -> str:
        counts = {role: len(found) for role, found in self._roles(stack).items()}
        hearts = Heartbeat.objects.filter(beat_at__gt=since).count()
        return f"processes {counts}, clusters with a beat {hearts}"


# What the supervisor logs, and what it means; the rarest first.
REASONS = (
    ("takes no results", "its monitor was deaf"),
    ("did not answer", "silent though asked"),
    ("heart stopped", "silent while work was due"),
    ("ended by itself", "ended"),
)


def line(kill: Kill) -> str:
    """One line of the table."""
    times = (kill.beat_after, kill.job_after, kill.web_after, kill.whole_after)
    cells = " ".join("     -" if t is None else f"{t:6.1f}" for t in times)
    return (
        f"{kill.number:4d} {kill.at:7.1f}  {kill.role:<11} {kill.open_writes:6d} "
        f"{cells}  {kill.how}"
    )


HEADER = (
    "kill    at s  role        writes   beat    job    web  whole  brought back by\n"
    "                            open    seconds after the kill"
)


def _open_writes() -> QuerySet[SyncAttempt]:
    return SyncAttempt.objects.filter(outcome=AttemptOutcome.OPEN, settled_at=None)


def _await_open_write() -> None:
    """Wait a little for a call that is under way: the worst moment to die."""
    deadline = time.monotonic() + WRITE_SECONDS
    since = clock.now()
    while time.monotonic() < deadline:
        if _open_writes().filter(started_at__gt=since).exists():
            return
        time.sleep(0.01)


def _answers(stack: Stack) -> bool:
    try:
        url = f"http://127.0.0.1:{stack.plan.port}/login/"
        return requests.get(url, timeout=5, allow_redirects=False).status_code < 500
    except requests.RequestException:
        return False
