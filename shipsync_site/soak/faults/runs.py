"""A range of seeds, played by several processes with a database each."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

Json = dict[str, Any]
SEEDS = range(9000)
MEMORY = "sqlite://:memory:"
ROOT = Path(__file__).resolve().parents[3]


class RunError(Exception):
    """The run can't be made as it was asked for; the text names the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is asked for. ``part``: 'faults' or 'cutover', the package that plays it.

    ``database``: '' or the URL of a PostgreSQL server.
    """

    seeds: Sequence[int]
    part: str = "faults"
    workers: int = 1
    pumps: int = 1
    database: str = ""

    def replay(self, seed: int) -> str:
        """The command that plays one seed again and tells its history."""
        line = f"manage.py soak {self.part} --seeds {seed} --verbose"
        if self.pumps > 1:
            line += f" --pumps {self.pumps}"
        return line + (" --database URL" if self.database else "")


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of a run; ``failed`` empty: it passed. ``seconds`` are real."""

    lines: list[Json] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> list[Json]:
        """The seeds with problems, lowest first."""
        rows = [line for line in self.lines if line["problems"]]
        return sorted(rows, key=lambda line: int(line["seed"]))

    def total(self, name: str) -> Counter[str]:
        """Sums over all seeds of 'faults' or 'counts'."""
        sums: Counter[str] = Counter()
        for line in self.lines:
            sums.update(line.get(name, {}))
        return sums

    def as_json(self) -> Json:
        """The machine-readable report."""
        return {
            "seeds": len(self.lines),
            "failed": [
                {"seed": line["seed"], "problems": line["problems"]}
                for line in self.failed
            ],
            "seconds": round(self.seconds, 1),
            "faults": dict(sorted(self.total("faults").items())),
            "counts": dict(sorted(self.total("counts").items())),
        }


def parse_seeds(text: str) -> list[int]:
    """'3', '0-499' or '1,5,7-9' as numbers; RunError names what is none of ours."""
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise RunError(
                f"--seeds {part.strip()!r}: expected A or A-B, such as 0-499"
            )
        low, high = int(first), int(last or first)
        for bound in (low, high):
            if bound not in SEEDS:
                raise RunError(f"--seeds: {bound} is not from 0 to {SEEDS[-1]}")
        if low > high:
            raise RunError(f"--seeds {part.strip()}: {low} is above {high}")
        seeds += range(low, high + 1)
    return seeds


def check(run: Run) -> None:
    """Raises RunError for what can't be done."""
    for name in ("workers", "pumps"):
        if getattr(run, name) < 1:
            raise RunError(f"--{name} {getattr(run, name)}: expected 1 or more")
    scheme = urlsplit(run.database).scheme
    if run.database and scheme not in ("postgres", "postgresql"):
        raise RunError(f"--database: {scheme or run.database!r} is not postgres://…")
    if run.pumps > 1 and not run.database:
        raise RunError(
            f"--pumps {run.pumps}: one SQLite database in memory has one writer; "
            "name a PostgreSQL with --database"
        )


def play(run: Run, heard: Callable[[Json], None]) -> Report:
    """Play all seeds; ``heard`` gets each line as it comes. Raises RunError.

    With PostgreSQL every worker has a database of its own, made and dropped here.
    """
    check(run)
    began = time.monotonic()
    report = Report()
    shares = [run.seeds[n :: run.workers] for n in range(run.workers)]
    shares = [share for share in shares if share]
    lines: queue.Queue[Json | str | None] = queue.Queue()
    with ExitStack() as stack:
        for number, share in enumerate(shares):
            url = MEMORY
            if run.database:
                url = stack.enter_context(_own_database(run.database, number))
            process = _start(run, share, url)
            stack.callback(_end, process)
            threading.Thread(target=_read, args=(process, lines), daemon=True).start()
        working = len(shares)
        while working:
            line = lines.get()
            if line is None:
                working -= 1
            elif isinstance(line, str):
                raise RunError(line)
            else:
                report.lines.append(line)
                heard(line)
    report.seconds = time.monotonic() - began
    return report


def _start(run: Run, seeds: Sequence[int], url: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "SHIPSYNC_LOG": "CRITICAL",
        "PYTHONHASHSEED": "0",
        "SHIPSYNC_CLOCK": "",
        # Worlds that are thrown away take no key and no setting of this installation.
        "SHIPSYNC_DEVELOPMENT": "1",
        "SHIPSYNC_ENV_FILE": os.devnull,
    }
    environment.setdefault("DJANGO_SETTINGS_MODULE", "shipsync_site.settings")
    line = [
        sys.executable,
        "-m",
        f"shipsync_site.soak.{run.part}.worker",
        str(run.pumps),
    ]
    return subprocess.Popen(  # noqa: S603 - our own module
        [*line, *map(str, seeds)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _read(
    process: subprocess.Popen[str], lines: queue.Queue[Json | str | None]
) -> None:
    """Pass a worker's lines on; a text at the end where it failed."""
    if process.stdout is not None:
        for text in process.stdout:
            if text.startswith("{"):
                lines.put(json.loads(text))
    code = process.wait()
    lines.put(f"a worker ended with status {code}; see above" if code else None)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    process.wait()


@contextmanager
def _own_database(server: str, number: int) -> Iterator[str]:
    """A new database on that server for the span; its URL."""
    name = f"shipsync_faults_{os.getpid()}_{number}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise RunError(f"--database: {error}") from None
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as admin:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            admin.execute(drop.format(sql.Identifier(name)))


def summary(report: Report) -> list[str]:
    """Lines for people: what hit, and what there was."""
    seconds = sorted(float(line["seconds"]) for line in report.lines)
    median = seconds[len(seconds) // 2] if seconds else 0.0
    number = len(report.lines)
    lines = [f"{number} seeds in {report.seconds:.0f} s, the median {median:.1f} s"]
    for title in ("faults", "counts"):
        lines.append(f"{title}:")
        for name, count in sorted(report.total(title).items()):
            lines.append(f"{count:9d}  {name}")
    return lines
