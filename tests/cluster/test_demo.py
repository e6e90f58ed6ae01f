"""The demo and its proof, as a person starts them: real processes, real wires."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from stores.sandbox.driver import free_port

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.cluster


def start(*arguments: str, **options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shipsync_site.settings"}
    environment.pop("SHIPSYNC_DEMO", None)
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment, **options},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], seconds: float) -> str:
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        pytest.fail(f"not over after {seconds:.0f} s:\n{output[-3000:]}")
    return output


def members(mark: str) -> list[str]:
    """Command lines of living processes whose environment holds the mark."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_text():
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except (OSError, UnicodeDecodeError):
            continue
    return found


def test_the_demo_check_proves_the_main_job() -> None:
    process = start("demo_check", "--orders", "120", "--wanted", "80")

    output = finish(process, 330)

    assert process.returncode == 0, output[-4000:]
    assert "proved: nothing twice, nothing lost, nothing unasked" in output


def test_the_demo_starts_serves_and_stops_without_leaving_anything() -> None:
    port = free_port()
    mark = f"TEST_MARK=demo-{port}"
    process = start("demo", "--port", str(port), TEST_MARK=f"demo-{port}")
    deadline = time.monotonic() + 90
    status = 0
    while status != 200 and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0][-3000:]
        try:
            status = requests.get(
                f"http://127.0.0.1:{port}/login/", timeout=30
            ).status_code
        except requests.RequestException:
            time.sleep(0.3)
    # sandbox, web, supervisor and its cluster, and the demo itself
    assert status == 200
    assert len(members(mark)) > 6

    assert process.stdout is not None
    said = ""
    while "Ctrl-C stops everything" not in said:
        line = process.stdout.readline()
        assert line, said[-3000:]
        said += line
    process.send_signal(signal.SIGINT)
    output = said + finish(process, 60)

    assert process.returncode == 0, output[-3000:]
    assert f"shipsync runs at http://localhost:{port}/" in output
    assert "demo-lead-shipsync" in output
    assert members(mark) == []


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("demo", "--port", str(port))

        output = finish(process, 60)

    assert process.returncode == 1
    assert f"127.0.0.1:{port} can't be used" in output
    assert "--port" in output


def test_run_cluster_works_and_stops_on_one_sigterm(tmp_path: Path) -> None:
    database = tmp_path / "test.sqlite3"
    mark = f"TEST_MARK={tmp_path.name}"
    options = {
        "DATABASE_URL": f"sqlite:///{database}",
        "SHIPSYNC_VAR": str(tmp_path),
        "TEST_MARK": tmp_path.name,
    }
    finish(start("migrate", "-v0", **options), 60)
    process = start("run_cluster", **options)
    try:
        beats: list[tuple[str, str]] = []
        deadline = time.monotonic() + 60
        while not any(beat > begun for begun, beat in beats):
            assert time.monotonic() < deadline, "no pump ever ran"
            time.sleep(0.3)
            with sqlite3.connect(database) as connection:
                beats = connection.execute(
                    "SELECT started_at, beat_at FROM stores_heartbeat"
                ).fetchall()

        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output = finish(process, 30)
    finally:
        process.kill()

    assert process.returncode == 0, output[-3000:]
    assert time.monotonic() - began < 8, "a pump did not end when it was asked to"
    assert members(mark) == []
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT * FROM stores_heartbeat").fetchall() == []
        functions = connection.execute("SELECT func FROM django_q_schedule").fetchall()
    assert ("orders.tasks.tick",) in functions
