"""Cancellations by feed and the queue, against the simulated Amazon over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import connect
from stores.connectors.amazon import cancel
from stores.connectors.amazon.connector import AmazonConnector
from stores.connectors.base import Connector
from stores.errors import OutcomeUnknownError, RejectedError, UnsupportedOperationError
from stores.models import Environment, RemoteAccount, RemoteCall
from stores.remote_types import (
    CancellationAnswer,
    Confirmation,
    RemoteOrder,
    RemoteStatus,
)
from stores.sandbox.amazon.sqs import KEY_ID, SECRET
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = [pytest.mark.django_db, pytest.mark.cluster]
UK = "A1F83G8C2ARO7P"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"


@pytest.fixture
def account(sandbox: SandboxServer, settings: Any) -> Iterator[RemoteAccount]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    sandbox.config(amazon={"two_minutes": 0, "feed_queue": 0, "feed_work": 0})
    yield RemoteAccount.objects.create(
        name="Demo",
        environment=Environment.SANDBOX,
        marketplace="amazon",
        seller_id="A2DEMOSELLER",
        region="eu",
        settings={
            "client_id": "amzn1.application-oa2-client.demo",
            "queue_url": QUEUE,
            "aws_access_key_id": KEY_ID,
        },
        secrets={
            "lwa_client_secret": "demo-secret",
            "refresh_token": "Atzr|demo",
            "aws_secret_access_key": SECRET,
        },
    )
    sandbox.clear_faults()


@pytest.fixture
def live(account: RemoteAccount) -> Connector:
    return connect.connector_for(account)


def read(live: Connector, order_id: str) -> RemoteOrder:
    order = live.fetch_order(order_id)
    assert order is not None
    return order


def answer(order: RemoteOrder, **changes: Any) -> CancellationAnswer:
    values: dict[str, Any] = {
        "order_remote_id": order.remote_id,
        "marketplace_id": UK,
        "accept": True,
        "lines": tuple((line.remote_id, line.quantity) for line in order.lines),
        "whole": True,
        "reason": "",
        "reference": f"{order.remote_id}:1",
    }
    return CancellationAnswer(**(values | changes))


def calls(operation: str) -> int:
    return RemoteCall.objects.filter(operation=operation).count()


def jump(sandbox: SandboxServer, seconds: float) -> None:
    """Move business time on, ours and the sandbox's."""
    now = clock.current()
    clock.configure(clock.Clock(now.anchor, now.start + seconds, now.rate))
    sandbox.set_clock(clock.current())


def cancel_once_more(
    live: Connector, wanted: CancellationAnswer, order: RemoteOrder
) -> None:
    """As the connector does with what it read: here with an older reading."""
    assert isinstance(live, AmazonConnector)
    cancel.tell(live.client, live.tokens, live.account, wanted, order, urgent=False)


def told(live: Connector, wanted: CancellationAnswer) -> None:
    """The first telling, whose outcome nobody knows yet."""
    with pytest.raises(OutcomeUnknownError):
        live.answer_cancellation(wanted, urgent=True)


def test_what_a_buyer_asked_for_is_cancelled_by_one_feed(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    sandbox.cancel("amazon", order_id, "request")
    wanted = answer(read(live, order_id))

    told(live, wanted)
    live.answer_cancellation(wanted)
    jump(sandbox, 30)
    live.answer_cancellation(wanted)

    assert read(live, order_id).status is RemoteStatus.CANCELLED
    (feed,) = [r for r in sandbox.ledger("amazon") if r["operation"] == "feed_created"]
    (row,) = [r for r in sandbox.ledger("amazon") if r["operation"] == "cancelled"]
    assert (row["key"], row["by"]) == (order_id, "MERCHANT")
    assert feed["type"] == "POST_ORDER_ACKNOWLEDGEMENT_DATA"
    # The third try found the order cancelled and asked for no feed at all.
    assert (calls("createFeed"), calls("getFeed")) == (1, 1)


def test_a_feed_that_is_still_worked_on_leaves_the_outcome_open(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    sandbox.config(amazon={"feed_queue": 3600})
    wanted = answer(read(live, order_id), reason="NoInventory")

    told(live, wanted)
    told(live, wanted)

    assert calls("createFeed") == 1
    assert read(live, order_id).status is RemoteStatus.OPEN


def test_what_amazon_reports_against_it_is_told_in_its_words(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    sandbox.config(amazon={"feed_gzip": True, "feed_work": 60})
    order = read(live, order_id)
    wanted = answer(order, reason="NoInventory")
    told(live, wanted)
    # Amazon refuses what the order, as it was read before, seemed to allow.
    sandbox.cancel("amazon", order_id, "cancelled", by="AMAZON")
    jump(sandbox, 61)

    with pytest.raises(RejectedError) as caught:
        cancel_once_more(live, wanted, order)

    assert "is cancelled already" in caught.value.message
    assert caught.value.code == "18032"


def test_a_fatal_feed_is_a_refusal_with_its_number(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    sandbox.faults("amazon", "feed_fatal", 1.0, count=1)
    wanted = answer(read(live, order_id), reason="NoInventory")
    told(live, wanted)

    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(wanted)

    assert caught.value.code == "feed_fatal"
    assert "Manage Orders" in caught.value.message
    # Told once more on somebody's word, it is another feed.
    told(live, wanted)
    assert calls("createFeed") == 2


def test_the_same_word_on_two_orders_makes_two_feeds(
    live: Connector, sandbox: SandboxServer
) -> None:
    for order_id in sandbox.orders("amazon", 2):
        told(live, answer(read(live, order_id), reason="NoInventory", reference="w"))

    assert calls("createFeed") == 2


def test_what_is_shipped_already_can_not_be_cancelled(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1, order_age=600)
    order = read(live, order_id)
    live.confirm(
        Confirmation(
            order_remote_id=order_id,
            marketplace_id=UK,
            package_ref="1",
            carrier_code="Royal Mail",
            carrier_name="Royal Mail",
            service="",
            tracking_number="QK000000005GB",
            shipped_at=clock.now() - timedelta(seconds=30),
            lines=tuple((line.remote_id, line.quantity) for line in order.lines),
        )
    )

    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(answer(order, reason="NoInventory"))

    assert caught.value.code == "already_fulfilled"


def test_a_lost_answer_to_the_feed_does_no_harm(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1)
    wanted = answer(read(live, order_id), reason="NoInventory")
    sandbox.faults("amazon", "lost_answer", 1.0, count=1, operation="createFeed")

    told(live, wanted)
    told(live, wanted)
    jump(sandbox, 30)
    live.answer_cancellation(wanted)

    rows = [r for r in sandbox.ledger("amazon") if r["operation"] == "cancelled"]
    assert len(rows) == 1
    assert read(live, order_id).status is RemoteStatus.CANCELLED


def test_one_item_is_cancelled_and_the_rest_stays(
    live: Connector, sandbox: SandboxServer
) -> None:
    ids = sandbox.orders("amazon", 20, lines=6)
    views = {row["order_id"]: row for row in sandbox.orders_view("amazon")}
    order_id = next(each for each in ids if len(views[each]["lines"]) > 1)
    order = read(live, order_id)
    line = order.lines[0]
    wanted = answer(
        order,
        lines=((line.remote_id, line.quantity),),
        whole=False,
        reason="NoInventory",
    )

    told(live, wanted)
    jump(sandbox, 30)

    after = read(live, order_id)
    assert after.status is RemoteStatus.OPEN
    assert after.lines[0].quantity_cancelled == line.quantity
    live.answer_cancellation(wanted)


def test_what_can_not_be_told_is_refused_before_anything_is_sent(
    live: Connector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("amazon", 1, seed=2, quantity=2)
    order = read(live, order_id)
    line = order.lines[0]

    for changes, field in (
        ({"accept": False}, "accept"),
        ({}, "reason"),
        ({"reason": "Bored"}, "reason"),
        ({"reason": "NoInventory", "lines": ((line.remote_id, 1),)}, "lines"),
        ({"reason": "NoInventory", "lines": (("4711", 1),)}, "lines"),
    ):
        with pytest.raises(RejectedError) as caught:
            live.answer_cancellation(answer(order, **changes))
        assert (caught.value.code, caught.value.field) == ("not_sent", field)
    assert calls("createFeedDocument") == 0


def test_a_notice_is_heard_once_and_stays_until_it_is_stored(
    live: Connector, sandbox: SandboxServer
) -> None:
    sandbox.post("listen", {"peer": "amazon", "queue": ARN})
    sandbox.faults("amazon", "duplicate_notice", 1.0, count=1)
    (order_id,) = sandbox.orders("amazon", 1)

    first = live.listen()
    jump(sandbox, 61)
    again = live.listen()
    live.heard(again)
    jump(sandbox, 61)

    assert [notice.topic for notice in first] == ["ORDER_CHANGE"] * 2
    assert len({notice.dedupe_key for notice in first + again}) == 1
    assert first[0].happened_at is not None
    assert {notice.order_remote_id for notice in first} == {order_id}
    assert live.listen() == ()
    assert calls("sqsReceiveMessage") == 3


def test_an_account_without_a_queue_hears_nothing(account: RemoteAccount) -> None:
    account.settings = {"client_id": "amzn1.application-oa2-client.demo"}

    assert connect.connector_for(account).listen() == ()
    assert not connect.connector_for(account).listens


def test_the_connection_test_says_what_is_missing_for_the_queue(
    account: RemoteAccount, sandbox: SandboxServer
) -> None:
    no_queue = connect.test_connection(account).sentence
    sandbox.post("listen", {"peer": "amazon", "queue": ARN})
    works = connect.test_connection(account).sentence
    account.secrets = {**(account.secrets or {}), "aws_secret_access_key": "wrong"}
    wrong = connect.test_connection(account)

    assert "there is no such queue" in no_queue
    assert "Amazon writes to it" in works
    assert wrong.ok
    assert "the AWS secret does not fit" in wrong.sentence


def test_a_missing_library_is_said_in_a_sentence(
    live: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stores.connectors.amazon.queue.installed", lambda: False)

    with pytest.raises(UnsupportedOperationError, match=r"shipsync\[sqs\]"):
        live.listen()
