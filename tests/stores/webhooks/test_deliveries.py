"""The whole way: the simulated ShipStation knocks at a console that really listens."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from stores import lanes
from stores.models import (
    Lane,
    ReceiptOutcome,
    RemoteCall,
    ShipStationAccount,
    WebhookReceipt,
)
from stores.webhooks import endpoints, subscribing
from tests.orders.factories import make_shipstation_account
from tests.sandbox_server import (
    SandboxServer,
    sandbox,
    sandbox_process,
    step_over_minute_end,
)

__all__ = ["sandbox", "sandbox_process"]

# In memory, SQLite refuses whoever meets another thread in a table, at once.
pytestmark = pytest.mark.postgres


@pytest.fixture
def account(
    live_server: Any, sandbox: SandboxServer, settings: Any
) -> ShipStationAccount:
    """A key subscribed to the events of the running console; its lanes are idle."""
    step_over_minute_end(sandbox)
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    settings.SHIPSYNC_PUBLIC_URL = live_server.url
    account = make_shipstation_account(
        secrets={"api_key": "demo-key", "api_secret": "demo-secret"}
    )
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    subscribing.ensure(account, urgent=True)
    lanes.ensure_lanes()
    Lane.objects.update(due_at=None)
    RemoteCall.objects.all().delete()
    return account


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    assert condition(), list(WebhookReceipt.objects.values())


def outcomes() -> Counter[str]:
    return Counter(WebhookReceipt.objects.values_list("outcome", flat=True))


def due(account: ShipStationAccount) -> set[str]:
    return set(
        Lane.objects.filter(account=account.key, due_at__isnull=False).values_list(
            "direction", flat=True
        )
    )


def test_orders_and_labels_ask_for_their_lane(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.manual("A-1")
    wait_for(lambda: WebhookReceipt.objects.count() == 1)
    wait_for(lambda: due(account) == {"mirror"})

    sandbox.ship()
    wait_for(lambda: WebhookReceipt.objects.count() == 2)

    wait_for(lambda: due(account) == {"mirror", "dispatches"})
    receipt = WebhookReceipt.objects.get(topic="SHIP_NOTIFY")
    assert receipt.params["storeID"] == 20001
    # Receiving called nobody: the lanes do that.
    assert not RemoteCall.objects.exists()


def test_a_duplicate_is_counted(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.faults("shipstation", "duplicate_webhook")

    sandbox.manual("A-1")

    wait_for(lambda: WebhookReceipt.objects.filter(repeats=1).count() == 1)
    assert WebhookReceipt.objects.count() == 1


def test_a_late_one_is_as_good(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.faults("shipstation", "late_webhook", seconds=0.5)

    sandbox.manual("A-1")
    assert not WebhookReceipt.objects.exists()

    wait_for(lambda: due(account) == {"mirror"})


def test_nonsense_is_kept_apart_and_asks_for_nothing(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.faults("shipstation", "hostile_webhook")

    for number in range(9):
        sandbox.manual(f"A-{number}")

    wait_for(lambda: outcomes()[ReceiptOutcome.NUDGED] == 9)
    wait_for(lambda: outcomes()[ReceiptOutcome.MALFORMED] == 2)
    found = outcomes()
    assert found[ReceiptOutcome.FOREIGN] == 4
    assert found[ReceiptOutcome.UNKNOWN] == 1
    wait_for(lambda: due(account) == {"mirror"})
