"""Clusters on the Redis broker: a lost, doubled or dead queue costs no order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shipsync_site.demo.stack import Plan
from stores.sandbox.driver import free_port
from tests.redis_server import IN_CI, redis_url

__all__ = ["redis_url"]

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240

pytestmark = pytest.mark.cluster


def play(tmp_path: Path, mode: str, url: str) -> dict[str, Any]:
    """Run redis_play.py in a demo's environment; what it found."""
    plan = Plan(
        folder=tmp_path,
        port=free_port(),
        sandbox_port=free_port(),
        rate=10.0,
        heart_stale=20.0,
        pull_every=2.0,
    )
    environment = {
        **os.environ,
        **plan.environment(),
        "SHIPSYNC_REDIS_URL": url,
        "SHIPSYNC_QUEUE_NAME": f"shipsync-test-{os.getpid()}-{mode}",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "tests/cluster/redis_play.py", mode],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        pytest.fail(f"not over after {SECONDS} s")
    log = (tmp_path / "cluster.log").read_text()
    assert process.returncode == 0, log[-3000:]
    found: dict[str, Any] = json.loads(output)
    return found


def test_stolen_and_doubled_nudges_lose_and_double_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    found = play(tmp_path, "thief", redis_url)

    assert found["broker"] == "redis"
    assert found["stolen"] > 0
    assert found["copies"] >= 6
    assert found["arrived"] == found["placed"] == 20
    assert found["created_twice"] == []


def test_a_redis_that_dies_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    if not shutil.which("redis-server"):
        message = "no redis-server on the PATH to kill"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)

    found = play(tmp_path, "death", f"redis://127.0.0.1:{free_port()}/0")

    assert found["deaths"] == 1
    assert found["broker"] == "redis"
    assert found["arrived"] == found["placed"] == 20
    assert found["created_twice"] == []
