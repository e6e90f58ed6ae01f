"""kill -9 of our own processes: they come back by themselves, the ledger is right."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from shipsync_site.soak import processes
from shipsync_site.soak.crash import Outcome, by_role, summary
from shipsync_site.soak.kills import Kill, deal
from shipsync_site.soak.processes import ROLES, Census
from tests.suite import find_postgres

ROOT = Path(__file__).resolve().parents[2]
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
SECONDS = 480  # a tired machine takes four times as long


def soak(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run the soak as a person does; its report, having passed."""
    report = tmp_path / "report.json"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "SHIPSYNC_LOG": "WARNING"}
    environment.pop("SHIPSYNC_DEMO", None)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "soak", "crash", *arguments, f"--json={report}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        pytest.fail(f"not over after {SECONDS} s:\n{output[-4000:]}")
    assert process.returncode == 0, output[-6000:]
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def check(found: dict[str, Any], roles: set[str]) -> None:
    assert found["problems"] == []
    assert {kill["role"] for kill in found["kills"]} == roles
    assert len(found["kills"]) == 5
    for kill in found["kills"]:
        assert kill["resumed_after"] is not None
        assert kill["whole_after"] is not None
    assert found["counts"]["orders done"] > 0
    assert found["counts"]["dispatches confirmed"] > 0
    assert found["counts"]["late cancels"] > 0


@pytest.mark.cluster
def test_five_kills_are_survived(tmp_path: Path) -> None:
    roles = {"idle worker", "busy worker", "monitor", "main", "web master"}

    found = soak(
        *(tmp_path, "--kills", "5", "--seed", "11", "--clusters", "1"),
        *("--roles", ",".join(sorted(roles))),
    )

    check(found, roles)


@pytest.fixture
def postgres_database() -> Iterator[str]:
    """The URL of an empty database that is dropped afterwards."""
    url = find_postgres()
    if url is None:
        message = "no PostgreSQL answers (SHIPSYNC_TEST_POSTGRES)"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    name = f"shipsync_soak_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.costly
@pytest.mark.cluster
def test_five_kills_are_survived_on_postgresql(
    tmp_path: Path, postgres_database: str
) -> None:
    roles = {"sentinel", "pusher", "busy worker", "supervisor", "web worker"}

    found = soak(
        *(tmp_path, "--kills", "5", "--seed", "12", "--clusters", "2"),
        *("--roles", ",".join(sorted(roles)), "--database", postgres_database),
    )

    check(found, roles)


def test_every_role_is_dealt_before_one_comes_again() -> None:
    dealt = deal(ROLES, 20, random.Random(5))

    assert dealt == deal(ROLES, 20, random.Random(5))
    assert dealt != deal(ROLES, 20, random.Random(6))
    assert sorted(dealt[: len(ROLES)]) == sorted(ROLES)
    assert len(dealt) == 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "9000"], "--seed 9000: expected 0 to 8999"),
        (["--seed", "-1"], "--seed -1: expected 0 to 8999"),
        (["--kills", "0"], "--kills 0: expected 1 or more"),
        (["--clusters", "0"], "--clusters 0: expected 1 or more"),
        (["--roles", "king,main"], "there is no king; there are idle worker"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("soak", "crash", *arguments)


def test_the_census_finds_what_was_left_behind() -> None:
    # A root of our own: other tests' processes run below this one. Its child has a
    # session of its own, and a child that outlives it.
    sleeper = "import time; time.sleep(60)"
    middle = (
        "import subprocess, sys\n"
        f"one = subprocess.Popen([sys.executable, '-c', {sleeper!r}])\n"
        "print(one.pid, flush=True)\n"
        "input()\n"
    )
    script = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {middle!r}],\n"
        "    stdin=subprocess.PIPE, start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "input()\n"
        "child.kill()\n"
        "child.wait()\n"
        "print('killed', flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as root:
        assert root.stdin
        assert root.stdout
        child, grandchild = sorted(int(root.stdout.readline()) for _ in range(2))
        census = Census(root.pid)
        try:
            census.take()
            below = processes.below(root.pid, processes.table())
            assert [process.pid for process in below] == [child, grandchild]
            root.stdin.write("\n")
            root.stdin.flush()
            assert root.stdout.readline() == "killed\n"

            assert [process.pid for process in census.left()] == [grandchild]
        finally:
            os.killpg(child, signal.SIGKILL)
            root.kill()
    deadline = time.monotonic() + 10
    while census.left() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert census.left() == []


def test_the_summary_counts_by_role_and_names_who_helped() -> None:
    first = Kill(number=1, role="main", pid=5, at=1.0)
    first.beat_after, first.job_after, first.web_after = 2.0, 5.0, 1.0
    first.whole_after, first.how = 6.0, "supervisor: ended"
    lost = Kill(number=2, role="main", pid=6, at=9.0)

    rows = by_role([first, lost])

    assert rows["main"] == {
        "kills": 2,
        "resumed_median": 5.0,
        "resumed_worst": 5.0,
        "whole_median": 6.0,
        "whole_worst": 6.0,
        "by": {"supervisor: ended": 1},
    }
    text = "\n".join(summary(Outcome(kills=[first, lost], counts={"labels": 7})))
    assert "main" in text
    assert "supervisor: ended 1" in text
    assert "7  labels" in text
