"""A queue of ours: messages are kept, ask for one look, and leave once they are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.models import Order, OrderException
from orders.sync.engine import run_next
from orders.sync.operations import listen
from shipsync_site.lib import clock
from stores import lanes
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import ThrottledError, UnauthorisedError
from stores.models import Direction, Lane, RemoteAccount, WebhookReceipt
from stores.remote_types import (
    Block,
    Notice,
    RemoteLine,
    RemoteOrder,
    RemoteStatus,
)
from tests.orders.factories import make_remote_account, make_store

pytestmark = pytest.mark.django_db


class Queue:
    """The account's connector: a queue that gives up to ten and forgets what is heard."""

    listens = True
    listen_every = timedelta(seconds=5)

    def __init__(self) -> None:
        self.waiting: list[Notice] = []
        self.locked = False
        self.kept_when_heard: list[int] = []
        self.capabilities = frozenset({Capability.LISTEN, Capability.READ_ONE})
        self.read: list[str] = []
        self.throttled = False

    def put(self, *keys: str, order: str = "") -> None:
        self.waiting += [
            Notice(
                dedupe_key=key,
                topic="ORDER_CHANGE",
                receipt=f"r-{key}",
                happened_at=clock.now(),
                order_remote_id=order,
            )
            for key in keys
        ]

    def fetch_order(self, remote_id: str) -> RemoteOrder | None:
        self.read.append(remote_id)
        if self.throttled:
            raise ThrottledError("no more", retry_after=2.0, ours=True)
        now = clock.now()
        return RemoteOrder(
            remote_id=remote_id,
            number=remote_id,
            marketplace_id="EBAY_GB",
            status=RemoteStatus.OPEN,
            raw_status="NOT_STARTED",
            ordered_at=now,
            updated_at=now,
            as_of=now,
            blocks=frozenset({Block.STATUS, Block.LINES}),
            lines=(RemoteLine(remote_id="1", sku="MUG", title="Mug", quantity=1),),
            raw={"orderId": remote_id},
        )

    def listen(self) -> tuple[Notice, ...]:
        if self.locked:
            raise UnauthorisedError("keys of the queue", reason="bad_key")
        return tuple(self.waiting[:10])

    def heard(self, notices: tuple[Notice, ...]) -> None:
        self.kept_when_heard.append(WebhookReceipt.objects.count())
        gone = {notice.receipt for notice in notices}
        self.waiting = [x for x in self.waiting if x.receipt not in gone]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> RemoteAccount:
    ebay = CONNECTORS.get("ebay")
    monkeypatch.setattr(ebay, "capabilities", ebay.capabilities | {Capability.LISTEN})
    return make_remote_account(marketplace="ebay")


@pytest.fixture
def queue(account: RemoteAccount, monkeypatch: pytest.MonkeyPatch) -> Queue:
    found = Queue()
    monkeypatch.setattr(listen, "connector_for", lambda _account: found)
    lanes.ensure_lanes()
    Lane.objects.update(due_at=None)
    return found


def lane(account: RemoteAccount, direction: str) -> Lane:
    return Lane.objects.get(account=account.key, direction=direction)


def hear() -> Any:
    Lane.objects.filter(direction=Direction.LISTEN).update(due_at=clock.real_now())
    return run_next([Direction.LISTEN])


def test_only_accounts_with_a_queue_get_the_lane(account: RemoteAccount) -> None:
    other = make_remote_account(marketplace="tiktok")

    lanes.ensure_lanes()

    assert lane(account, Direction.LISTEN)
    assert not Lane.objects.filter(account=other.key, direction="listen").exists()


def test_a_message_is_kept_before_it_leaves_the_queue_and_asks_for_a_look(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.put("a", "b")

    counts = hear()

    assert (counts["messages"], counts["fresh"]) == (2, 2)
    assert queue.kept_when_heard == [2]
    assert queue.waiting == []
    receipt = WebhookReceipt.objects.order_by("pk").first()
    assert receipt is not None
    assert (receipt.source, receipt.topic) == (account.key, "ORDER_CHANGE")
    assert "happened_at" in receipt.params
    assert lane(account, Direction.PULL).due_at is not None


def test_a_message_that_comes_again_is_counted_and_asks_for_nothing(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.put("a")
    hear()
    Lane.objects.update(due_at=None, nudged_at=None)
    queue.put("a")

    assert hear()["fresh"] == 0

    assert WebhookReceipt.objects.get().repeats == 1
    assert lane(account, Direction.PULL).due_at is None
    assert queue.waiting == []


def test_an_empty_queue_is_asked_again_soon(
    account: RemoteAccount, queue: Queue
) -> None:
    hear()

    due_at = lane(account, Direction.LISTEN).due_at
    assert due_at is not None
    assert clock.real_now() < due_at <= clock.real_now() + timedelta(seconds=6)


def test_a_full_queue_is_read_on_without_a_pause(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.put(*(f"m{number}" for number in range(15)))

    hear()

    due_at = lane(account, Direction.LISTEN).due_at
    assert due_at is not None
    assert due_at <= clock.real_now()
    assert len(queue.waiting) == 5


def test_an_account_that_does_not_listen_makes_no_call(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.listens = False
    queue.put("a")

    hear()

    assert len(queue.waiting) == 1
    due_at = lane(account, Direction.LISTEN).due_at
    assert due_at is not None
    assert due_at > clock.real_now() + timedelta(minutes=5)


def test_a_queue_that_refuses_us_stops_no_orders(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.locked = True

    hear()

    account.refresh_from_db()
    assert account.active
    case = OrderException.objects.get()
    assert case.kind == "contract_broken"
    assert "The queue does not let us in" in case.summary


def test_an_order_that_a_message_names_is_read_at_once_and_no_list_is(
    account: RemoteAccount, queue: Queue
) -> None:
    make_store(remote_account=account, remote_marketplace="EBAY_GB")
    Lane.objects.update(due_at=None, nudged_at=None)
    queue.put("a", "b", order="12-345")

    counts = hear()

    assert (counts["read"], queue.read) == (1, ["12-345"])
    assert Order.objects.get().remote_id == "12-345"
    assert lane(account, Direction.PULL).due_at is None


def test_a_message_that_comes_again_reads_no_order(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.put("a", order="12-345")
    hear()
    queue.put("a", order="12-345")

    hear()

    assert queue.read == ["12-345"]


def test_what_the_quota_does_not_allow_is_left_to_the_list(
    account: RemoteAccount, queue: Queue
) -> None:
    queue.throttled = True
    queue.put("a", order="12-345")
    queue.put("b", order="12-346")

    counts = hear()

    assert (counts["fresh"], counts["read"]) == (2, 0)
    assert queue.read == ["12-345"]
    assert queue.waiting == []
