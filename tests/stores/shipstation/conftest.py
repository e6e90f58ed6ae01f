from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from stores import budgets
from stores.http import Gateway
from stores.shipstation.client import BUDGET_SPECS, ShipStationClient
from stores.transport import new_session

ACCOUNT = "shipstation-1"
BASE = "https://ssapi.example.test"


@pytest.fixture
def peer() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client(db: None) -> ShipStationClient:
    budgets.ensure(ACCOUNT, BUDGET_SPECS)
    gateway = Gateway(ACCOUNT, session=new_session())
    return ShipStationClient(
        gateway, base_url=f"{BASE}/", api_key="the-key", api_secret="the-secret"
    )
