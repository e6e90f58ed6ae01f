"""A message about labels has them read at once; nothing else is read for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.models import Shipment
from orders.sync.pump import drain
from shipsync_site.lib import clock
from stores import lanes
from stores.models import (
    Direction,
    Lane,
    ReceiptOutcome,
    RemoteCall,
    ShipStationAccount,
    WebhookReceipt,
)
from stores.webhooks.receive import look
from tests.orders.factories import make_shipstation_account
from tests.sandbox_server import (
    SandboxServer,
    sandbox,
    sandbox_process,
    step_over_minute_end,
)

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def account(db: None, sandbox: SandboxServer, settings: Any) -> ShipStationAccount:
    """A key whose shipments were read a moment ago."""
    step_over_minute_end(sandbox)
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    account = make_shipstation_account(
        secrets={"api_key": "demo-key", "api_secret": "demo-secret"}
    )
    lanes.ensure_lanes()
    read(account)
    RemoteCall.objects.all().delete()
    return account


def read(account: ShipStationAccount) -> list[str]:
    """Nudge the lane as a message does and let it work; what was asked for."""
    before = RemoteCall.objects.count()
    Lane.objects.update(last_run_at=None)
    look(account.key, Direction.DISPATCHES)
    while True:
        drain(["dispatches"], limit=30)
        lane = Lane.objects.get(account=account.key, direction="dispatches")
        # Held up for a moment while the peer's quota window turns over.
        if lane.due_at is None or lane.due_at > clock.real_now() + timedelta(seconds=5):
            break
    return list(
        RemoteCall.objects.order_by("pk").values_list("operation", flat=True)[before:]
    )


def tell(account: ShipStationAccount, topic: str, **fields: Any) -> WebhookReceipt:
    now = clock.now()
    values: dict[str, Any] = {
        "source": account.key,
        "dedupe_key": f"{topic}-{WebhookReceipt.objects.count()}",
        "topic": topic,
        "outcome": ReceiptOutcome.NUDGED,
        "body_digest": "",
        "size": 1,
        "received_at": now,
        "last_at": now,
        "purge_at": now + timedelta(days=30),
    }
    return WebhookReceipt.objects.create(**(values | fields))


def test_a_label_is_read_as_soon_as_it_is_told(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.manual("A-1")
    sandbox.ship()
    tell(account, "SHIP_NOTIFY")

    assert read(account) == ["shipments"]
    assert Shipment.objects.count() == 1
    # Told once, read once.
    assert read(account) == []


def test_a_fulfilment_has_its_own_list(account: ShipStationAccount) -> None:
    tell(account, "FULFILLMENT_SHIPPED")

    assert read(account) == ["fulfillments"]


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        ("ORDER_NOTIFY", {}),
        ("SHIP_NOTIFY", {"outcome": ReceiptOutcome.FOREIGN}),
        ("SHIP_NOTIFY", {"source": "shipstation-999"}),
    ],
)
def test_nothing_else_has_labels_read(
    account: ShipStationAccount, topic: str, fields: dict[str, Any]
) -> None:
    tell(account, topic, **fields)

    assert read(account) == []


def test_a_repeat_has_nothing_read(account: ShipStationAccount) -> None:
    receipt = tell(account, "SHIP_NOTIFY")
    assert read(account) == ["shipments"]
    receipt.last_at, receipt.repeats = clock.now(), 1
    receipt.save()

    assert read(account) == []


def test_an_empty_look_does_not_put_the_next_poll_off(
    account: ShipStationAccount, settings: Any
) -> None:
    lane = Lane.objects.filter(account=account.key, direction="dispatches")
    Lane.objects.update(last_run_at=None)
    planned = clock.real_now() + timedelta(seconds=settings.SHIPSYNC_DISPATCH_INTERVAL)

    for _ in range(3):
        assert read(account) == []

    due_at = lane.get().due_at
    assert due_at is not None
    assert due_at <= planned + timedelta(seconds=1)
