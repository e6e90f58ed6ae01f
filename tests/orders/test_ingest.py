"""What a marketplace said becomes facts: block by block, never older over newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.ingest import ingest
from orders.ingest_merge import line_key, order_key
from orders.models import (
    Order,
    OrderBuyer,
    OrderEvent,
    OrderLine,
    ParkedRecord,
    RawBlock,
)
from shipsync_site.lib import clock
from stores.models import Store
from stores.remote_types import (
    Block,
    MalformedOrder,
    RemoteAddress,
    RemoteLine,
    RemoteOrder,
    RemoteStatus,
)
from tests.orders.factories import make_store

pytestmark = pytest.mark.django_db

ALL = frozenset(Block)


def remote(store: Store, remote_id: str = "203-1-1", **fields: Any) -> RemoteOrder:
    now = clock.now()
    defaults: dict[str, Any] = {
        "remote_id": remote_id,
        "number": remote_id,
        "marketplace_id": store.remote_marketplace,
        "status": RemoteStatus.OPEN,
        "raw_status": "UNSHIPPED",
        "ordered_at": now - timedelta(hours=1),
        "updated_at": now - timedelta(minutes=5),
        "as_of": now,
        "blocks": ALL,
        "lines": (line(),),
        "raw": {"orderId": remote_id, "at": now.isoformat()},
        "ship_by": now + timedelta(days=2),
        "recipient": RemoteAddress(
            name="Ada Byron",
            line1="1 Mill Lane",
            city="Leeds",
            postcode="LS1 1AA",
            country="GB",
        ),
        "buyer_email": "ada@marketplace.example",
    }
    return RemoteOrder(**(defaults | fields))


def line(remote_id: str = "L1", **fields: Any) -> RemoteLine:
    defaults: dict[str, Any] = {
        "remote_id": remote_id,
        "sku": f"SKU-{remote_id}",
        "title": "Teapot",
        "quantity": 2,
        "quantity_cancelled": 0,
        "cancel_requested": False,
    }
    return RemoteLine(**(defaults | fields))


def test_the_same_answer_twice_changes_nothing() -> None:
    store = make_store()
    order = remote(store)
    first = ingest(store.remote_account, [order])
    events = OrderEvent.objects.count()
    second = ingest(store.remote_account, [order])

    assert (first.created, second.unchanged, second.changed) == (1, 1, 0)
    assert OrderEvent.objects.count() == events
    assert RawBlock.objects.count() == 1


def test_an_older_answer_is_ignored_block_by_block() -> None:
    store = make_store()
    now = clock.now()
    ingest(store.remote_account, [remote(store, as_of=now)])
    ingest(
        store.remote_account,
        [
            remote(
                store,
                as_of=now - timedelta(minutes=1),
                status=RemoteStatus.CANCELLED,
                lines=(line(cancel_requested=True),),
            )
        ],
    )
    order = Order.objects.get()
    assert order.status == RemoteStatus.OPEN
    assert not order.lines.get().cancel_requested


def test_a_block_that_was_not_asked_for_stays_as_it_was() -> None:
    store = make_store()
    ingest(store.remote_account, [remote(store)])
    later = clock.now() + timedelta(minutes=5)
    ingest(
        store.remote_account,
        [
            remote(
                store,
                as_of=later,
                blocks=frozenset({Block.STATUS, Block.PACKAGES}),
                status=RemoteStatus.SHIPPED,
                recipient=None,
                packages=(),
                lines=(),
            )
        ],
    )
    order = Order.objects.get()
    assert order.status == RemoteStatus.SHIPPED
    assert order.packages == []
    assert order.lines.count() == 1
    assert OrderBuyer.objects.get().recipient["line1"] == "1 Mill Lane"


def test_amounts_that_an_answer_leaves_out_stay_as_they_were() -> None:
    store = make_store()
    whole = remote(
        store, lines=(line(unit_price=Decimal("4.50"), tax=Decimal("0.00")),)
    )
    ingest(store.remote_account, [whole])
    before = Order.objects.get().payload_digest

    # Amazon's list of shipped orders gives the lines without their money.
    later = whole.as_of + timedelta(minutes=5)
    ingest(store.remote_account, [replace(whole, lines=(line(),), as_of=later)])

    kept = OrderLine.objects.get()
    assert (kept.unit_price, kept.tax) == (Decimal("4.50"), Decimal("0.00"))
    assert Order.objects.get().payload_digest == before


def test_each_new_request_to_cancel_counts() -> None:
    store = make_store()
    at: datetime = clock.now()
    for asked in (False, True, True, False, True):
        at += timedelta(minutes=5)
        order = remote(store, as_of=at, lines=(line(cancel_requested=asked),))
        ingest(store.remote_account, [order])
    assert Order.objects.get().cancel_seq == 2
    verbs = list(OrderEvent.objects.values_list("verb", flat=True))
    assert verbs.count("cancel_requested") == 2
    assert verbs.count("cancel_withdrawn") == 1


def test_a_request_that_is_over_keeps_its_reason() -> None:
    store = make_store()
    at = clock.now()
    asked = line(cancel_requested=True, cancel_reason="ordered by mistake")
    for each in (asked, line(cancel_requested=False)):
        at += timedelta(minutes=5)
        ingest(store.remote_account, [remote(store, as_of=at, lines=(each,))])
    row = OrderLine.objects.get()
    assert not row.cancel_requested
    assert row.cancel_reason == "ordered by mistake"


@pytest.mark.parametrize(
    ("doubt", "words"),
    [
        (False, "The buyer asks to cancel: why"),
        (True, "Stopped for a person's word: why"),
    ],
)
def test_a_doubt_is_not_told_as_a_buyers_request(doubt: bool, words: str) -> None:
    store = make_store()
    ingest(store.remote_account, [remote(store)])
    asked = line(cancel_requested=True, cancel_reason="why", cancel_doubt=doubt)
    later = clock.now() + timedelta(minutes=5)

    ingest(store.remote_account, [remote(store, as_of=later, lines=(asked,))])

    assert OrderEvent.objects.get(verb="cancel_requested").text == words


def test_an_order_twice_in_a_page_counts_by_its_later_version() -> None:
    store = make_store()
    old = remote(store)
    new = replace(
        old,
        status=RemoteStatus.CANCELLED,
        updated_at=old.updated_at + timedelta(minutes=1),
    )
    ingest(store.remote_account, [new, old])
    assert Order.objects.get().status == RemoteStatus.CANCELLED


def test_a_malformed_record_is_let_go_once_it_is_read_well() -> None:
    store = make_store()
    bad = MalformedOrder(
        remote_id="203-1-1",
        marketplace_id=store.remote_marketplace,
        field="orderItems[0].quantityOrdered",
        problem="is missing",
        raw={"orderId": "203-1-1"},
    )
    ingest(store.remote_account, [], [bad])
    ingest(store.remote_account, [], [bad])
    parked = ParkedRecord.objects.get()
    assert parked.resolved_at is None
    assert parked.first_seen_at <= parked.last_seen_at

    ingest(store.remote_account, [remote(store)])
    parked.refresh_from_db()
    assert parked.resolved_at is not None


@pytest.mark.parametrize("remote_id", ["203-1234567-1234567", "x" * 60])
def test_keys_are_stable_short_and_leave_room_for_a_generation(remote_id: str) -> None:
    store = make_store(slug="a-rather-long-name-of-a-store")
    key = order_key(store, remote_id)
    assert key == order_key(store, remote_id)
    assert len(key) <= 48
    assert len(line_key(store, remote_id, "98765432109876")) <= 50
    assert key != order_key(store, remote_id[:-1] + "z")


@pytest.mark.parametrize("orders", [3, 40])
def test_a_page_takes_the_same_number_of_queries_whatever_its_size(
    orders: int, django_assert_max_num_queries: Any
) -> None:
    store = make_store()
    page = [remote(store, f"203-1-{index}") for index in range(orders)]
    ingest(store.remote_account, page)
    changed = [
        replace(
            order,
            as_of=order.as_of + timedelta(minutes=1),
            buyer_email="new@marketplace.example",
            lines=(line(cancel_requested=True),),
        )
        for order in page
    ]
    with django_assert_max_num_queries(54):
        ingest(store.remote_account, changed)


def test_deadlines_and_the_delivery_option_are_kept_with_their_blocks() -> None:
    store = make_store()
    now = clock.now()
    accept_by, answer_by = now + timedelta(hours=20), now + timedelta(hours=40)
    ingest(
        store.remote_account,
        [
            remote(
                store,
                status=RemoteStatus.WAITING_ACCEPTANCE,
                accept_by=accept_by,
                cancel_answer_by=answer_by,
                delivery_option="EXPRESS",
                lines=(line(cancel_requested=True),),
            )
        ],
    )

    order = Order.objects.get()
    assert order.status == "waiting_acceptance"
    assert (order.accept_by, order.cancel_answer_by) == (accept_by, answer_by)
    assert order.delivery_option == "EXPRESS"


def test_an_answer_that_does_not_say_them_overwrites_no_deadline() -> None:
    store = make_store()
    now = clock.now()
    known: dict[str, Any] = {
        "accept_by": now,
        "cancel_answer_by": now,
        "delivery_option": "EXPRESS",
    }
    asked = (line(cancel_requested=True),)
    ingest(store.remote_account, [remote(store, lines=asked, **known)])

    later = now + timedelta(minutes=1)
    ingest(store.remote_account, [remote(store, lines=asked, as_of=later)])

    order = Order.objects.get()
    assert {name: getattr(order, name) for name in known} == known


def test_the_time_to_answer_goes_with_the_request() -> None:
    store = make_store()
    now = clock.now()
    ingest(
        store.remote_account,
        [remote(store, lines=(line(cancel_requested=True),), cancel_answer_by=now)],
    )

    later = now + timedelta(minutes=1)
    ingest(store.remote_account, [remote(store, as_of=later)])

    assert Order.objects.get().cancel_answer_by is None
