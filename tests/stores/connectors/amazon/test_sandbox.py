"""The connector against the simulated Amazon, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import connect
from stores.connectors.amazon.connector import AmazonConnector
from stores.connectors.base import Connector, Stream
from stores.errors import OutcomeUnknownError, RejectedError, ThrottledError
from stores.models import Environment, RemoteAccount, RemoteCall
from stores.remote_types import (
    Confirmation,
    CursorState,
    NotOurs,
    RemoteOrder,
    RemoteStatus,
)
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = [pytest.mark.django_db, pytest.mark.cluster]


@pytest.fixture
def live(sandbox: SandboxServer, settings: Any) -> Iterator[Connector]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    sandbox.config(amazon={"two_minutes": 0, "list_lag": 0, "order_age": 7200})
    account = RemoteAccount.objects.create(
        name="Demo",
        environment=Environment.SANDBOX,
        marketplace="amazon",
        seller_id="A2DEMOSELLER",
        region="eu",
        settings={"client_id": "amzn1.application-oa2-client.demo"},
        secrets={"lwa_client_secret": "demo-secret", "refresh_token": "Atzr|demo"},
    )
    yield connect.connector_for(account)
    sandbox.clear_faults()


def pull(live: Connector, stream: Stream = Stream.OPEN) -> list[RemoteOrder]:
    cursor, more = CursorState(), True
    found: list[RemoteOrder] = []
    while more:
        page = live.fetch_page(stream, cursor, now=clock.now())
        found += page.orders
        cursor, more = page.next, page.more
    assert cursor.watermark is not None
    return found


def confirmation(order: RemoteOrder, **changes: Any) -> Confirmation:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": order.marketplace_id,
        "package_ref": "1",
        "carrier_code": "Royal Mail",
        "carrier_name": "Royal Mail",
        "service": "Tracked 24",
        "tracking_number": "QK000000005GB",
        "shipped_at": clock.now() - timedelta(minutes=1),
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
    }
    return Confirmation(**(values | changes))


def test_every_order_is_read_over_several_pages(
    live: Connector, sandbox: SandboxServer
) -> None:
    placed = sandbox.orders("amazon", 230)

    found = pull(live)

    assert sorted(order.remote_id for order in found) == sorted(placed)
    assert all(order.recipient and order.lines for order in found)
    assert RemoteCall.objects.filter(operation="searchOrders").count() == 3


def test_an_order_is_confirmed_and_read_back_both_ways(
    live: Connector, sandbox: SandboxServer
) -> None:
    sandbox.orders("amazon", 1)
    (order,) = pull(live)

    live.confirm(confirmation(order))
    live.confirm(confirmation(order, tracking_number="QK000000014GB"))

    assert pull(live) == []
    (listed,) = pull(live, Stream.SHIPPED)
    one = live.fetch_order(order.remote_id)
    assert one is not None
    for read in (listed, one):
        assert read.status is RemoteStatus.SHIPPED
        (package,) = read.packages or ()
        assert (package.reference, package.carrier) == ("1", "Royal Mail")
        assert package.tracking_number == "QK000000014GB"


def test_a_late_cancel_request_shows_on_its_line(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    sandbox.cancel("amazon", order_id, "request")

    order = live.fetch_order(order_id)

    assert order is not None
    assert order.status is RemoteStatus.OPEN
    assert any(line.cancel_requested for line in order.lines)


def test_a_confirmation_after_a_cancellation_is_refused(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    (order,) = pull(live)
    sandbox.cancel("amazon", order_id, "cancelled")

    with pytest.raises(RejectedError) as caught:
        live.confirm(confirmation(order))

    assert caught.value.code == "already_fulfilled"
    assert pull(live)[0].status is RemoteStatus.CANCELLED


def test_what_amazon_refuses_names_its_field(
    live: Connector, sandbox: SandboxServer
) -> None:
    sandbox.orders("amazon", 1)
    (order,) = pull(live)

    for changes, field in (
        ({"carrier_code": "Evri"}, "carrierCode"),
        ({"carrier_code": "Royal mail"}, "carrierCode"),
        ({"tracking_number": "12"}, "trackingNumber"),
        ({"shipped_at": clock.now() + timedelta(days=1)}, "shipDate"),
        ({"lines": (("4711", 1),)}, "orderItems"),
    ):
        with pytest.raises(RejectedError) as caught:
            live.confirm(confirmation(order, **changes))
        assert caught.value.field == field, changes


def test_a_lost_answer_leaves_the_confirmation_in_doubt(
    live: Connector, sandbox: SandboxServer
) -> None:
    sandbox.orders("amazon", 1)
    (order,) = pull(live)
    sandbox.faults("amazon", "lost_answer", 1.0, count=1)

    with pytest.raises(OutcomeUnknownError):
        live.confirm(confirmation(order))

    one = live.fetch_order(order.remote_id)
    assert one is not None
    assert [package.reference for package in one.packages or ()] == ["1"]


def test_our_own_budget_ends_before_amazons(
    live: Connector, sandbox: SandboxServer
) -> None:
    for _ in range(20):
        live.fetch_page(Stream.OPEN, CursorState(), now=clock.now())

    with pytest.raises(ThrottledError) as caught:
        live.fetch_page(Stream.OPEN, CursorState(), now=clock.now())

    assert caught.value.ours
    assert RemoteCall.objects.filter(status=429).count() == 0


def test_orders_that_are_not_ours_say_why(
    live: Connector, sandbox: SandboxServer
) -> None:
    sandbox.orders("amazon", 1, programs=["FBM_SHIP_PLUS"])

    (order,) = pull(live)

    assert order.not_ours == NotOurs.MARKETPLACE_LABEL


def test_a_connection_is_tested_and_the_outcome_kept(
    live: Connector, sandbox: SandboxServer
) -> None:
    account = RemoteAccount.objects.get()
    assert isinstance(live, AmazonConnector)

    assert connect.test_connection(account).ok

    account.refresh_from_db()
    assert account.check_outcome == "works"
    assert account.check_sentence.startswith("Works")
    assert account.checked_at is not None
