"""One merchant wired to a real sandbox process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
