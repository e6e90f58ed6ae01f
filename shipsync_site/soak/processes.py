"""Which processes are ours and what each of them does, read from Linux's /proc."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")

SUPERVISOR = "supervisor"
MAIN = "main"
SENTINEL = "sentinel"
PUSHER = "pusher"
MONITOR = "monitor"
IDLE_WORKER = "idle worker"
BUSY_WORKER = "busy worker"
WEB_MASTER = "web master"
WEB_WORKER = "web worker"
CLUSTER_ROLES = (IDLE_WORKER, BUSY_WORKER, MONITOR, SENTINEL, PUSHER, MAIN)
ROLES = (*CLUSTER_ROLES, SUPERVISOR, WEB_MASTER, WEB_WORKER)

# How django-q2 1.11 ends the titles of a cluster's processes, see its worker.py,
# monitor.py and pusher.py; main and sentinel share one title and are told by descent.
_TITLES = ((" idle", IDLE_WORKER), (" monitor", MONITOR), (" pusher", PUSHER))
_BUSY = " processing "


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of /proc; ``started`` (clock ticks since boot) tells a reused id."""

    pid: int
    parent: int
    session: int
    started: int
    title: str

    @property
    def key(self) -> tuple[int, int]:
        """What no other process ever has."""
        return self.pid, self.started


def table() -> dict[int, Process]:
    """Every living process by id; zombies have ended and are left out."""
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            process = _read(folder)
            if process is not None:
                found[process.pid] = process
    return found


def _read(folder: Path) -> Process | None:
    try:
        stat = (folder / "stat").read_text(errors="replace")
        title = (folder / "cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return None
    # The second field is a name in parentheses that may hold anything.
    state, parent, _group, session, *rest = stat.rpartition(")")[2].split()
    if state in "ZX":
        return None
    return Process(
        pid=int(folder.name),
        parent=int(parent),
        session=int(session),
        started=int(rest[15]),
        title=title.replace(b"\0", b" ").decode(errors="replace").strip(),
    )


def below(root: int, processes: dict[int, Process]) -> list[Process]:
    """All descendants of a process, children before grandchildren."""
    children: defaultdict[int, list[Process]] = defaultdict(list)
    for process in processes.values():
        children[process.parent].append(process)
    found: list[Process] = []
    next_ones = children[root]
    while next_ones:
        found += next_ones
        next_ones = [child for one in next_ones for child in children[one.pid]]
    return found


def roles(supervisor: int, web: int) -> dict[str, list[Process]]:
    """Our processes by role, given the ids of run_cluster and of gunicorn's master."""
    processes = table()
    by_role: dict[str, list[Process]] = {role: [] for role in ROLES}
    for role, pid in ((SUPERVISOR, supervisor), (WEB_MASTER, web)):
        if pid in processes:
            by_role[role].append(processes[pid])
    for process in processes.values():
        role = _role(process, processes, supervisor, web)
        if role:
            by_role[role].append(process)
    for same in by_role.values():
        same.sort(key=lambda process: process.key)
    return by_role


def _role(
    process: Process, processes: dict[int, Process], supervisor: int, web: int
) -> str:
    parents: list[int] = []
    parent = processes.get(process.parent)
    while parent is not None and len(parents) < 3:
        parents.append(parent.pid)
        parent = processes.get(parent.parent)
    if parents[:1] == [web] and process.session == web:
        return WEB_WORKER
    if supervisor not in parents or "qcluster" not in process.title:
        return ""
    if parents[0] == supervisor:
        return MAIN
    if parents[1] == supervisor:
        return SENTINEL
    for end, role in _TITLES:
        if process.title.endswith(end):
            return role
    return BUSY_WORKER if _BUSY in process.title else ""


@dataclass(slots=True)
class Census:
    """Remembers all that ever ran below us, to tell at the end what was left behind."""

    root: int
    keys: set[tuple[int, int]] = field(default_factory=set)
    sessions: set[int] = field(default_factory=set)

    def take(self) -> None:
        """Note who runs now; to be called often, and before each kill."""
        processes = table()
        own = processes[self.root].session
        for process in below(self.root, processes):
            self.keys.add(process.key)
            if process.session != own:
                self.sessions.add(process.session)

    def left(self) -> list[Process]:
        """Who of them, or of their sessions, still runs."""
        return [
            process
            for process in table().values()
            if process.key in self.keys or process.session in self.sessions
        ]


def describe(processes: Iterable[Process]) -> str:
    """Ids and titles, for people."""
    return ", ".join(f"{one.pid} ({one.title[:60]})" for one in processes)
