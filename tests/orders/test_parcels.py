"""Shipments are stored once and their lines find the orders that they hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.models import MergeLink, OrderEvent, Shipment, ShipmentLine
from orders.parcels import store_shipments
from orders.snapshot import load
from shipsync_site.lib import clock
from stores.shipstation.types import SsLine, SsShipment
from tests.orders.factories import make_line, make_order, make_record, next_number

pytestmark = pytest.mark.django_db


def parcel(**fields: Any) -> SsShipment:
    now = clock.now()
    values: dict[str, Any] = {
        "source": "label",
        "remote_id": str(next_number()),
        "order_key": "",
        "order_number": "X-1",
        "tracking_number": "AB123456789GB",
        "carrier_code": "royal_mail",
        "service_code": "tracked",
        "ship_date": now.date(),
        "created_at": now,
        "voided": False,
        "voided_at": None,
        "is_return": False,
        "is_test": False,
        "notified": None,
        "notify_error": "",
        "as_of": now,
        "lines": (),
    }
    known = SsShipment.__dataclass_fields__
    return SsShipment(**{k: v for k, v in (values | fields).items() if k in known})


def item(**fields: Any) -> SsLine:
    values: dict[str, Any] = {
        "line_key": "",
        "sku": "",
        "item_id": None,
        "quantity": 1,
        "adjustment": False,
    }
    known = SsLine.__dataclass_fields__
    return SsLine(**{k: v for k, v in (values | fields).items() if k in known})


def test_a_shipment_read_again_stays_one_and_tells_once() -> None:
    order = make_order()
    record = make_record(order)
    line = order.lines.get()
    row = parcel(
        order_id=record.ss_order_id, lines=(item(line_key=line.line_key, quantity=1),)
    )
    for _ in range(2):
        assert store_shipments(record.account, [row], now=clock.now()) == {order.pk}
    assert Shipment.objects.count() == 1
    assert ShipmentLine.objects.get().order_line == line
    assert OrderEvent.objects.filter(verb="label").count() == 1


def test_a_void_is_noted_and_an_older_read_does_not_take_it_back() -> None:
    record = make_record(make_order())
    row = parcel(order_id=record.ss_order_id, remote_id="7")
    voided = parcel(
        order_id=record.ss_order_id,
        remote_id="7",
        voided=True,
        voided_at=clock.now(),
        as_of=row.as_of + timedelta(seconds=5),
    )
    for one in (row, voided, row):
        store_shipments(record.account, [one], now=clock.now())
    assert Shipment.objects.get().voided
    assert OrderEvent.objects.filter(verb="void").count() == 1


def test_a_line_without_a_key_is_found_by_sku_only_where_that_is_certain() -> None:
    order = make_order(lines=[])
    record = make_record(order)
    sure = make_line(order, sku="ONE")
    make_line(order, sku="TWO")
    make_line(order, sku="TWO")
    store_shipments(
        record.account,
        [parcel(order_id=record.ss_order_id, lines=(item(sku="ONE"), item(sku="TWO")))],
        now=clock.now(),
    )
    found = {x.sku: x.order_line for x in ShipmentLine.objects.all()}
    assert found == {"ONE": sure, "TWO": None}


def test_a_parcel_of_a_combine_touches_every_order_in_it() -> None:
    first, second = make_order(), make_order()
    primary = make_record(first)
    absorbed = make_record(second, account=primary.account)
    MergeLink.objects.create(
        account=primary.account,
        absorbed_id=absorbed.ss_order_id,
        primary_id=primary.ss_order_id,
        as_of=clock.now(),
    )
    touched = store_shipments(
        primary.account, [parcel(order_id=primary.ss_order_id)], now=clock.now()
    )
    assert touched == {first.pk, second.pk}


@pytest.mark.parametrize("parted", [False, True])
def test_goods_of_a_stranger_in_a_combine_are_not_ours_by_sku(parted: bool) -> None:
    """Somebody typed an order in, combined it with ours and split its goods off."""
    order = make_order()
    primary = make_record(order, merged_ids=[999])
    MergeLink.objects.create(
        account=primary.account,
        absorbed_id=999,
        primary_id=primary.ss_order_id,
        as_of=clock.now(),
    )
    record = primary
    if parted:
        record = make_record(
            order, account=primary.account, parent_id=primary.ss_order_id
        )
    line = order.lines.get()
    store_shipments(
        primary.account,
        [parcel(order_id=record.ss_order_id, lines=(item(sku=line.sku),))],
        now=clock.now(),
    )

    assert ShipmentLine.objects.get().order_line is None
    (facts,) = load([order])
    (shipment,) = facts.snapshot.shipments
    assert shipment.lines == ()
