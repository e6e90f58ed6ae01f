"""The processes of a demo: sandbox, web and clusters, started and stopped as one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

import requests
from django.conf import settings

from shipsync_site.child import Child
from shipsync_site.lib import clock
from stores.sandbox.driver import SandboxClient

START_SECONDS = 60.0
# run_cluster needs up to 8 s for its clusters before it ends itself.
STOP_SECONDS = 12.0
WEB_WORKERS = 2
MARK = "SHIPSYNC_DEMO"


class StackError(Exception):
    """A process of the demo did not come up; says which and where its log is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a demo runs on; ``rate`` is business seconds per real second."""

    folder: Path
    port: int
    sandbox_port: int
    rate: float
    host: str = "127.0.0.1"
    clusters: int = 1
    database: str = ""
    heart_stale: float = 20.0
    # Real seconds between two pulls; Amazon's order list is a small quota.
    pull_every: float = 20.0

    @property
    def address(self) -> str:
        """Where people find the console."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0") else self.host  # noqa: S104
        return f"http://{host}:{self.port}/"

    def environment(self) -> dict[str, str]:
        """What every process of the demo must agree on.

        Peers' lags and our own waits are business time, scaled to a few real seconds.
        """
        seconds = self.rate  # one real second, in business seconds
        database = self.database or f"sqlite:///{self.folder / 'demo.sqlite3'}"
        return {
            MARK: json.dumps({**asdict(self), "folder": str(self.folder)}),
            "DJANGO_SETTINGS_MODULE": "shipsync_site.settings",
            "SHIPSYNC_DEVELOPMENT": "1",
            "SHIPSYNC_ENV_FILE": os.devnull,
            "SHIPSYNC_VAR": str(self.folder),
            "DATABASE_URL": database,
            "SHIPSYNC_SANDBOX_URL": f"http://127.0.0.1:{self.sandbox_port}",
            # A consent comes back to it: with another host the session would be lost.
            "SHIPSYNC_PUBLIC_URL": self.address.rstrip("/"),
            clock.ENV_NAME: clock.fast(self.rate).encode(),
            "SHIPSYNC_MIRROR_LAG": str(2 * seconds),
            "SHIPSYNC_MIRROR_INTERVAL": str(4 * seconds),
            "SHIPSYNC_DISPATCH_INTERVAL": str(4 * seconds),
            "SHIPSYNC_PULL_INTERVAL": str(self.pull_every * seconds),
            "SHIPSYNC_HEART_STALE": str(self.heart_stale),
            "SHIPSYNC_LEASE": str(self.heart_stale),
            "SHIPSYNC_PUMP_SPAN": str(min(15.0, 0.75 * self.heart_stale)),
            "SHIPSYNC_LOG": os.environ.get("SHIPSYNC_LOG", "WARNING"),
            "SHIPSYNC_BANNER": (
                f"Demo with simulated peers. Its clock runs {self.rate:g} times as "
                "fast as yours."
            ),
        }


def enter(plan: Plan) -> Plan:
    """Make sure that this process runs in the plan's environment; the plan in force.

    Settings are read once, so the first run only prepares: it empties the plan's folder
    and starts the same command anew, which finds its plan in the environment. Raises
    StackError when the port is taken.
    """
    if MARK not in os.environ:
        _start_anew(plan)
    values = json.loads(os.environ[MARK])
    return Plan(**{**values, "folder": Path(values["folder"])})


def _start_anew(plan: Plan) -> NoReturn:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((plan.host, plan.port))
        except OSError as error:
            raise StackError(
                f"{plan.host}:{plan.port} can't be used ({error.strerror}); choose "
                "another with --port"
            ) from None
    shutil.rmtree(plan.folder, ignore_errors=True)
    plan.folder.mkdir(parents=True)
    os.environ.update(plan.environment())
    sys.stdout.flush()
    line = [sys.executable, str(settings.BASE_DIR / "manage.py"), *sys.argv[1:]]
    os.execv(line[0], line)  # noqa: S606 - our own interpreter and arguments


def interrupt_on_signals() -> None:
    """Turn SIGTERM and SIGINT into one KeyboardInterrupt.

    Stopping takes seconds; a second Ctrl-C must not leave half of it behind.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, interrupt)


class Stack:
    """Runs a Plan in this process' environment, which must be the plan's."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sandbox = SandboxClient(f"http://127.0.0.1:{plan.sandbox_port}")
        manage = (sys.executable, str(settings.BASE_DIR / "manage.py"))
        self.children = {
            "sandbox": Child(
                "sandbox",
                (
                    *(sys.executable, "-m", "stores.sandbox"),
                    *("--port", str(plan.sandbox_port)),
                ),
            ),
            "web": Child(
                "web",
                (
                    *(sys.executable, "-m", "gunicorn", "shipsync_site.wsgi"),
                    *("--bind", f"{plan.host}:{plan.port}"),
                    *("--workers", str(WEB_WORKERS), "--threads", "4"),
                    *("--log-level", "warning", "--no-control-socket"),
                ),
            ),
            "cluster": Child(
                "cluster", (*manage, "run_cluster", "--clusters", str(plan.clusters))
            ),
        }

    @property
    def address(self) -> str:
        """Where people find the console."""
        return self.plan.address

    def log_path(self, name: str) -> Path:
        """The log file of a process."""
        return self.plan.folder / f"{name}.log"

    def start(self, name: str) -> None:
        """Start one process, its output in its log file."""
        with self.log_path(name).open("ab") as log:
            child = self.children[name]
            child.output = log.fileno()
            child.start()
            child.output = None

    def wait_for(self, name: str, url: str) -> None:
        """Wait until a URL answers below 500; StackError when it never does."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.children[name].exit_code() is not None:
                break
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, timeout=5).status_code < 500:
                    return
            time.sleep(0.1)
        raise StackError(f"the {name} process did not start; see {self.log_path(name)}")

    @contextlib.contextmanager
    def running(self, prepare: Callable[[], object]) -> Iterator[Stack]:
        """Everything up, in order; stopped in the opposite order whatever happens.

        ``prepare`` is called when the sandbox answers and before the work starts.
        """
        try:
            self.start("sandbox")
            self.wait_for("sandbox", f"{self.sandbox.url}/control/health")
            prepare()
            self.start("cluster")
            self.start("web")
            self.wait_for("web", f"http://127.0.0.1:{self.plan.port}/healthz")
            yield self
        finally:
            self.stop()

    def keep(self) -> None:
        """Start again what ended by itself; the sandbox's world would be lost."""
        for name, child in self.children.items():
            if child.exit_code() is None:
                continue
            if name == "sandbox":
                raise StackError(f"the sandbox ended; see {self.log_path(name)}")
            child.kill()
            self.start(name)

    def stop(self) -> None:
        """One SIGTERM each, then SIGKILL to what is left of each group."""
        names = ("cluster", "web", "sandbox")
        for name in names[:2]:
            self.children[name].ask()
        for name in names:
            self.children[name].stop(STOP_SECONDS)
