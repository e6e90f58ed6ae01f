"""One merchant wired to a real sandbox process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.orders.loop.world import World
from tests.sandbox_server import (
    SandboxServer,
    almost_stand_still,
    sandbox,
    sandbox_process,
)

__all__ = ["sandbox", "sandbox_process"]

MakeWorld = Callable[..., World]
HERE = Path(__file__).parent
# What locks, leases and many rows are about is played on every database; what becomes of
# an order is the same on each.
ON_EVERY_DATABASE = {
    "test_cancel",
    "test_concurrency",
    "test_crash",
    "test_happy",
    "test_parcels",
    "test_records",
    "test_slow_process",
    "test_sweep",
    "test_sync_command",
    "test_undecided",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the loops that are left out on PostgreSQL."""
    for item in items:
        if HERE in item.path.parents and item.path.stem not in ON_EVERY_DATABASE:
            item.add_marker(pytest.mark.sqlite)


@pytest.fixture
def make_world(
    sandbox: SandboxServer, transactional_db: None, settings: Any
) -> Iterator[MakeWorld]:
    """Build a merchant with these operating rules; business time almost stands still."""
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    sandbox.config(amazon={"two_minutes": 0})
    yield lambda **rules: World(sandbox, **rules)
    sandbox.clear_faults()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A merchant with the default rules."""
    return make_world()
