"""Rules make payloads: anew where they change, in a constant number of queries."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import Order, OrderBuyer
from orders.payload_facts import PAYLOAD_FIELDS
from orders.payload_inputs import make_anew
from orders.reconsider import locked, reconsider
from shipsync_site.lib import clock
from stores.models import AliasBasis, Kit, KitComponent, SkuAlias
from stores.rules_changed import announce
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db


def test_a_changed_rule_makes_payloads_anew_before_the_order_is_decided() -> None:
    order = make_order(store=make_store())
    Order.objects.update(payload_digest="old", payload_problems=[])
    assert announce([order.store_id]) == 1
    order.refresh_from_db()
    assert order.payload_stale
    assert order.next_look_at is not None
    assert order.next_look_at <= clock.now()

    reconsider([order.pk])

    order.refresh_from_db()
    assert not order.payload_stale
    assert order.payload_digest not in ("", "old")


def test_a_rule_that_makes_no_payload_leaves_it() -> None:
    order = make_order(store=make_store())
    announce([order.store_id], payload=False)
    order.refresh_from_db()
    assert not order.payload_stale


def test_the_payload_of_a_forgotten_buyer_stays_as_it_was_made() -> None:
    order = make_order(store=make_store())
    OrderBuyer.objects.update(purged_at=clock.now(), recipient={})
    Order.objects.update(payload_digest="old", payload_stale=True)

    reconsider([order.pk])

    order.refresh_from_db()
    assert (order.payload_digest, order.payload_stale) == ("old", False)


def test_what_is_not_ours_is_said_to_nobody() -> None:
    order = make_order(store=make_store(), not_ours="AFN")
    Order.objects.update(payload_digest="old", payload_stale=True)
    make_anew(locked([order.pk]))
    order.refresh_from_db()
    assert [getattr(order, name) for name in PAYLOAD_FIELDS] == ["", [], False, {}]


@pytest.mark.parametrize("sku", ["CUP", "TEA-SET", "TS-OLD", "CUP-OLD"])
def test_a_product_is_news_to_the_orders_that_stand_for_it(sku: str) -> None:
    store = make_store()
    kit = Kit.objects.create(sku="TEA-SET")
    KitComponent.objects.create(kit=kit, sku="CUP", quantity=2)
    for alias, of in (("TS-OLD", "TEA-SET"), ("CUP-OLD", "CUP")):
        SkuAlias.objects.create(alias=alias, sku=of, basis=AliasBasis.IDENTIFIER)
    touched, other = make_order(store=store), make_order(store=store)
    touched.lines.update(sku=sku)
    other.lines.update(sku="SAUCER")

    assert announce([store.pk], skus=["CUP"]) == 1

    assert list(Order.objects.filter(payload_stale=True)) == [touched]


@pytest.mark.parametrize("count", [2, 30])
def test_making_anew_takes_the_same_number_of_queries(
    count: int, django_assert_max_num_queries: Any
) -> None:
    store = make_store()
    ids = [make_order(store=store).pk for _ in range(count)]
    orders = locked(ids)
    with django_assert_max_num_queries(13):
        make_anew(orders)
