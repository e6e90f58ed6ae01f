from __future__ import annotations

from collections.abc import Iterator

import pytest

from shipsync_site.lib import clock
from tests.sandbox.ebay.driver import Driver, make_driver


@pytest.fixture
def ebay() -> Iterator[Driver]:
    before = clock.current()
    yield make_driver()
    clock.configure(before)
