"""A real sandbox process for tests: ``from tests.sandbox_server import sandbox``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shipsync_site.lib import clock
from stores.sandbox.driver import SandboxClient, SandboxError, SandboxServer, free_port
from stores.sandbox.shipstation.limits import WINDOW_SECONDS, Meter

DEMO_KEY = "demo-key"
# Seconds of a minute's quota that a test should have before it.
ROOM = 20.0
# Seconds into a minute's quota at which calls may go, and most of it is to come.
WELL_WITHIN = 25.0
# Business seconds a second, where hardly any time is to pass of itself.
SLOWLY = 0.01

__all__ = [
    "SandboxClient",
    "SandboxError",
    "SandboxServer",
    "almost_stand_still",
    "free_port",
    "sandbox",
    "sandbox_process",
    "step_over_minute_end",
]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    """One gunicorn for the whole run, on a free port, with the real clock."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
    """The running sandbox with an empty world (seed 0), no faults, and our clock."""
    sandbox_process.reset(0)
    sandbox_process.set_clock(clock.current())
    return sandbox_process


def step_over_minute_end(sandbox: SandboxServer) -> None:
    """Move both clocks past the end of the demo key's minute at ShipStation if it is near.

    Nothing is sent there in its last moments: a test that waits for nobody needs room.
    """
    passed = (clock.timestamp() - Meter(DEMO_KEY).phase) % WINDOW_SECONDS
    if WINDOW_SECONDS - passed < ROOM:
        now = clock.current()
        step = WINDOW_SECONDS - passed + 0.1
        clock.configure(clock.Clock(now.anchor, now.start + step, now.rate))
        sandbox.set_clock(clock.current())


def almost_stand_still(sandbox: SandboxServer) -> None:
    """Let hardly any business time pass but what the test itself lets pass.

    However slow or fast the machine is, no minute of ShipStation's ends under a test's
    hands, and its pushes are spread over the minute alike: all begin well within one.
    """
    passed = (clock.timestamp() - Meter(DEMO_KEY).phase) % WINDOW_SECONDS
    step = (WELL_WITHIN - passed) % WINDOW_SECONDS
    clock.configure(clock.fast(SLOWLY, clock.timestamp() + step))
    sandbox.set_clock(clock.current())
