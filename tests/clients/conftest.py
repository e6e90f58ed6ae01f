"""Other people's clients in their own virtualenv, each call a process of its own.

``tests/suite.py`` prepares the virtualenv and names its Python in SHIPSYNC_CLIENTS.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_server import sandbox, sandbox_process

__all__ = ["drive", "sandbox", "sandbox_process"]

HERE = Path(__file__).resolve().parent
CLIENTS_ENV = "SHIPSYNC_CLIENTS"
SECONDS = 60

Json = dict[str, Any]
Drive = Callable[..., Json]


@pytest.fixture
def drive(tmp_path: Path) -> Drive:
    """``drive(script, play, **job)``: run it in the clients' virtualenv; its JSON."""
    python = os.environ.get(CLIENTS_ENV, "")
    if not python:
        pytest.skip(f"{CLIENTS_ENV} is not set: `make test` prepares the virtualenv")

    def run(script: str, play: str, **job: Any) -> Json:
        done = subprocess.run(
            [python, "-I", str(HERE / script), play, json.dumps(job)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_PROXY": "*"},
        )
        assert done.returncode == 0, done.stderr[-3000:]
        answer: Json = json.loads(done.stdout)
        return answer

    return run
