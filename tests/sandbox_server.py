"""A real sandbox process for tests: ``from tests.sandbox_server import sandbox``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stores.sandbox.driver import SandboxClient, SandboxError, SandboxServer, free_port

__all__ = [
    "SandboxClient",
    "SandboxError",
    "SandboxServer",
    "free_port",
    "sandbox",
    "sandbox_process",
]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    """One gunicorn for the whole run, on a free port, with the real clock."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
    """The running sandbox with an empty world (seed 0) and no faults."""
    sandbox_process.reset(0)
    return sandbox_process
