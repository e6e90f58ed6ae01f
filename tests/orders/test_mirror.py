"""What ShipStation said becomes the mirror: linked by key, never older over newer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.mirror import base_key, mark_gone, store_records
from orders.models import MergeLink, Order, OrderEvent, ShipStationOrder
from shipsync_site.lib import clock
from stores.models import ShipStationAccount, Store
from stores.shipstation.types import SsLine, SsOrder, SsStatus
from tests.orders.factories import (
    make_order,
    make_record,
    make_shipment,
    make_store,
    next_number,
)

pytestmark = pytest.mark.django_db


def row(**fields: Any) -> SsOrder:
    now = clock.now()
    defaults: dict[str, Any] = {
        "order_id": 900_000 + next_number(),
        "order_key": "somebody",
        "order_number": "X-1",
        "status": SsStatus("awaiting_shipment"),
        "raw_status": "awaiting_shipment",
        "store_id": 1,
        "modify_date": "2026-08-01T10:00:00.0000000",
        "modified_at": now,
        "created_at": now,
        "hold_until": None,
        "merged_or_split": False,
        "merged_ids": (),
        "parent_id": None,
        "address_verified": "",
        "tag_ids": (),
        "lines": (),
        "externally_fulfilled": False,
        "as_of": now,
        "body": {"orderId": 1},
    }
    return SsOrder(**(defaults | fields))


def test_a_record_is_linked_by_its_key_of_any_generation_never_by_number() -> None:
    order = make_order()
    account = order.store.shipstation_account
    key = f"{base_key(order.order_key)}~2"
    touched = store_records(
        account,
        [row(order_key=key), row(order_number=order.number)],
        now=clock.now(),
    )
    linked = ShipStationOrder.objects.get(order=order)
    assert linked.order_key == key
    assert ShipStationOrder.objects.filter(order=None).count() == 1
    # The stranger has its number: it is looked at all the same.
    assert touched == {order.pk}


def test_an_older_read_changes_nothing() -> None:
    order = make_order()
    record = make_record(order)
    old = row(
        order_id=record.ss_order_id,
        order_key=order.order_key,
        status=SsStatus("cancelled"),
        as_of=record.as_of - timedelta(seconds=1),
    )
    store_records(record.account, [old], now=clock.now())
    record.refresh_from_db()
    assert record.status == "awaiting_shipment"
    mark_gone(record.account, record.ss_order_id, record.as_of - timedelta(seconds=1))
    record.refresh_from_db()
    assert record.gone_at is None


def test_a_hold_of_ours_ends_when_the_record_leaves_on_hold() -> None:
    order = make_order()
    record = make_record(order, status="on_hold", held_by_us=True, held_for=order)
    store_records(
        record.account,
        [row(order_id=record.ss_order_id, order_key=order.order_key)],
        now=clock.now(),
    )
    record.refresh_from_db()
    assert (record.held_by_us, record.held_for) == (False, None)


def test_a_combine_is_remembered_and_the_absorbed_are_decided() -> None:
    first, second = make_order(), make_order()
    second.store = first.store
    second.save()
    primary = make_record(first)
    absorbed = make_record(second, account=primary.account)
    touched = store_records(
        primary.account,
        [
            row(
                order_id=primary.ss_order_id,
                order_key=first.order_key,
                merged_or_split=True,
                merged_ids=(absorbed.ss_order_id,),
            )
        ],
        now=clock.now(),
    )
    link = MergeLink.objects.get()
    assert (link.absorbed_id, link.primary_id) == (
        absorbed.ss_order_id,
        primary.ss_order_id,
    )
    assert touched == {first.pk, second.pk}


def lines_of(*orders: Order) -> tuple[SsLine, ...]:
    return tuple(
        SsLine(item_id=None, line_key=line.line_key, sku=line.sku, quantity=1)
        for order in orders
        for line in order.lines.all()
    )


def orders_of_one_account(count: int) -> list[Order]:
    store = make_store()
    return [make_order(store=store) for _ in range(count)]


def test_orders_combined_unread_are_found_by_their_lines_in_the_primary() -> None:
    first, second, third = orders_of_one_account(3)
    account = first.store.shipstation_account
    primary = row(
        order_id=501,
        order_key=first.order_key,
        merged_or_split=True,
        merged_ids=(503, 502),
        lines=lines_of(first, third, second),
    )
    touched = store_records(account, [primary], now=clock.now())

    assert touched == {first.pk, second.pk, third.pk}
    assert owners(account) == {501: first.pk, 502: second.pk, 503: third.pk}
    unread = ShipStationOrder.objects.get(ss_order_id=502)
    assert [x["line_key"] for x in unread.lines] == [
        line.line_key for line in second.lines.all()
    ]
    assert OrderEvent.objects.filter(order=second, text__contains="into 501").exists()
    # Once is enough.
    store_records(account, [primary], now=clock.now())
    assert ShipStationOrder.objects.count() == 3


def test_one_that_left_the_combine_by_a_split_is_found_in_its_part() -> None:
    first, second = orders_of_one_account(2)
    account = first.store.shipstation_account
    shared = {"order_key": first.order_key, "merged_or_split": True}
    store_records(
        account,
        [
            row(order_id=501, merged_ids=(502,), lines=lines_of(first), **shared),
            row(order_id=503, parent_id=501, lines=lines_of(second), **shared),
        ],
        now=clock.now(),
    )
    assert owners(account) == {501: first.pk, 502: second.pk, 503: first.pk}


def test_an_order_whose_record_is_known_takes_no_unknown_one() -> None:
    first, second = orders_of_one_account(2)
    account = first.store.shipstation_account
    make_record(second, ss_order_id=502)
    store_records(
        account,
        [
            row(
                order_id=501,
                order_key=first.order_key,
                merged_or_split=True,
                merged_ids=(502, 777),
                lines=lines_of(first, second),
            )
        ],
        now=clock.now(),
    )
    assert owners(account) == {501: first.pk, 502: second.pk}


def test_two_that_were_taken_for_each_other_change_places_once_one_is_out() -> None:
    first, second, third = orders_of_one_account(3)
    account = first.store.shipstation_account
    primary = row(
        order_id=501,
        order_key=first.order_key,
        merged_or_split=True,
        merged_ids=(502, 503),
        lines=lines_of(first, third, second),
    )
    store_records(account, [primary], now=clock.now())
    assert owners(account) == {501: first.pk, 502: third.pk, 503: second.pk}

    out = row(order_id=502, order_key=second.order_key, lines=lines_of(second))
    touched = store_records(account, [out], now=clock.now())

    assert owners(account) == {501: first.pk, 502: second.pk, 503: third.pk}
    assert touched >= {second.pk, third.pk}


def owners(account: ShipStationAccount) -> dict[int, int | None]:
    return dict(
        ShipStationOrder.objects.filter(account=account).values_list(
            "ss_order_id", "order_id"
        )
    )


@pytest.mark.parametrize("count", [2, 60])
def test_a_page_of_strangers_takes_a_constant_number_of_queries(
    count: int, django_assert_max_num_queries: Any
) -> None:
    order = make_order()
    page = [row(order_number=f"X-{index}") for index in range(count)]
    with django_assert_max_num_queries(12):
        store_records(order.store.shipstation_account, page, now=clock.now())


def test_an_order_that_has_left_is_looked_at_when_somebody_types_it_in_again() -> None:
    order = make_order(closed_at=clock.now(), stage="done")
    touched = store_records(
        order.store.shipstation_account,
        [row(order_number=order.number)],
        now=clock.now(),
    )
    assert touched == {order.pk}


def test_the_labels_of_an_order_that_was_combined_since_are_void() -> None:
    order = make_order()
    absorbed = make_record(order, ss_order_id=501, status="shipped")
    label = make_shipment(order)
    back = make_shipment(order, is_return=True)

    touched = store_records(
        order.store.shipstation_account,
        [row(order_id=601, merged_ids=(absorbed.ss_order_id,))],
        now=clock.now(),
    )

    label.refresh_from_db()
    back.refresh_from_db()
    assert (label.voided, back.voided) == (True, False)
    assert touched == {order.pk}
    assert "voided" in OrderEvent.objects.get(order=order, verb="void").text


def test_only_a_store_in_direct_mode_keeps_what_orders_are_matched_by() -> None:
    order = make_order()
    store = order.store
    other = make_order(store=make_store(shipstation_account=store.shipstation_account))
    Store.objects.filter(pk=store.pk).update(mode="direct")
    theirs = {"ordered_at": order.ordered_at, "postcode": "sw1y 4jh"}
    rows = [
        row(store_id=store.shipstation_store_id, order_number="SR-1", **theirs),
        row(store_id=other.store.shipstation_store_id, order_number="SR-2", **theirs),
    ]

    touched = store_records(store.shipstation_account, rows, now=clock.now())

    kept = {
        record.order_number: (record.postcode_hash != "", record.ordered_at)
        for record in ShipStationOrder.objects.all()
    }
    assert kept == {"SR-1": (True, order.ordered_at), "SR-2": (False, None)}
    assert order.buyer.postcode_hash in ShipStationOrder.objects.values_list(
        "postcode_hash", flat=True
    )
    # Its number is another one: the postcode alone makes it worth a look.
    assert touched == {order.pk}
