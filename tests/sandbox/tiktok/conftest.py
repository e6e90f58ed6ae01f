from __future__ import annotations

from collections.abc import Iterator

import pytest

from shipsync_site.lib import clock
from tests.sandbox.tiktok.driver import Driver, make_driver


@pytest.fixture
def tiktok() -> Iterator[Driver]:
    before = clock.current()
    yield make_driver()
    clock.configure(before)
