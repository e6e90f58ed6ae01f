"""Whose orders share a parcel: read for many parcels at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from orders.models import Order, Shipment, ShipmentLine
from orders.snapshot_combined import PackedShelf, limits_of
from stores.connectors import CONNECTORS
from tests.orders.factories import (
    make_order,
    make_remote_account,
    make_shipment,
    make_store,
)

pytestmark = pytest.mark.django_db
Queries = Callable[[int], AbstractContextManager[Any]]


def parcel(*orders: Order, strange: bool = False) -> tuple[Shipment, list[Any]]:
    """A parcel with a unit of each order's first line."""
    shipment = make_shipment(orders[0])
    ShipmentLine.objects.filter(shipment=shipment).delete()
    lines = [order.lines.first() for order in orders] + [None] * strange
    for line in lines:
        ShipmentLine.objects.create(
            shipment=shipment, order_line=line, line_key="", sku="", quantity=1
        )
    rows = ShipmentLine.objects.filter(shipment=shipment)
    return shipment, list(rows.select_related("order_line"))


def shelf(*parcels: tuple[Shipment, list[Any]]) -> PackedShelf:
    shipments = [shipment for shipment, _lines in parcels]
    return PackedShelf(shipments, {shipment.pk: lines for shipment, lines in parcels})


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_parcels_is_one_query(
    count: int, django_assert_num_queries: Queries
) -> None:
    parcels = [parcel(make_order(), make_order()) for _ in range(count)]

    with django_assert_num_queries(1):
        found = shelf(*parcels)
        facts = [found.facts(shipment) for shipment, _lines in parcels]

    assert [len(x.orders) for x in facts] == [2] * count


def test_parcels_of_one_order_need_none(django_assert_num_queries: Queries) -> None:
    parcels = [parcel(make_order()), parcel(make_order())]

    with django_assert_num_queries(0):
        found = shelf(*parcels)

    assert all(not found.facts(shipment).orders for shipment, _lines in parcels)
    assert found.mixed == set()


def test_each_order_is_seen_with_its_marketplace_operator_and_people() -> None:
    account = make_remote_account(marketplace="mirakl", region="salon")
    first = make_order(store=make_store(remote_account=account))
    second = make_order(buyer=False)
    first.buyer.remote_hash = "b1"
    first.buyer.save()
    both = parcel(first, second, strange=True)

    facts = shelf(both).facts(both[0])

    assert facts.strangers
    assert [
        (x.order_id, x.marketplace, x.operator, x.buyer, x.recipient)
        for x in facts.orders
    ] == [
        (first.pk, "mirakl", "salon", "b1", "r" * 32),
        (second.pk, "amazon", "eu", "", ""),
    ]


@pytest.mark.parametrize(
    ("code", "alike", "most"),
    [
        ("amazon", (), None),
        ("ebay", ("buyer",), None),
        ("tiktok", ("recipient",), 20),
        ("mirakl", ("operator",), None),
    ],
)
def test_what_each_marketplace_asks_of_a_parcel(
    code: str, alike: tuple[str, ...], most: int | None
) -> None:
    limits = limits_of(CONNECTORS.get(code).combined_rule)

    assert (limits.alike, limits.most) == (alike, most)
