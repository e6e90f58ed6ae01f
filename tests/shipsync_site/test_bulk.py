from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from orders.models import Order
from shipsync_site.lib import bulk
from tests.orders import factories

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)


def test_every_kind_of_value_comes_back_as_it_was_given() -> None:
    first, second = factories.make_order(), factories.make_order()
    first.why, first.closed_at, first.cancel_seq = "it's 100 % “held” 🎁", MOMENT, 3
    first.total, first.as_of = Decimal("12.30"), {"status": "now", "n": [1, None]}
    second.why, second.closed_at, second.cancel_seq = "", None, 0
    second.total, second.as_of = None, {}
    fields = ["why", "closed_at", "cancel_seq", "total", "as_of", "packages"]
    bulk.save([second, first], fields)
    for order in (first, second):
        stored = Order.objects.get(pk=order.pk)
        for name in fields:
            assert getattr(stored, name) == getattr(order, name), name


def test_sealed_fields_and_foreign_keys() -> None:
    order, other = factories.make_order(), factories.make_order()
    buyer, record = order.buyer, factories.make_record(order)
    buyer.recipient = {"name": "Ünal Öz", "line1": "1 High St"}
    record.order, record.held_for, record.lines = other, None, [{"sku": "A"}]
    bulk.save([buyer], ["recipient"])
    bulk.save([record], ["order", "held_for", "lines"])
    buyer.refresh_from_db()
    record.refresh_from_db()
    assert buyer.recipient == {"name": "Ünal Öz", "line1": "1 High St"}
    assert (record.order_id, record.held_for_id) == (other.pk, None)
    assert record.lines == [{"sku": "A"}]


def test_other_rows_and_other_fields_stay() -> None:
    order, bystander = factories.make_order(why="old"), factories.make_order(why="old")
    order.why, order.currency = "new", "XXX"
    bulk.save([order], ["why"])
    order.refresh_from_db()
    bystander.refresh_from_db()
    assert (order.why, bystander.why) == ("new", "old")
    assert order.currency != "XXX"


def test_many_rows_cost_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    orders = [factories.make_order() for _number in range(30)]
    for number, order in enumerate(orders):
        order.why = f"reason {number}"
    with django_assert_max_num_queries(1) as queries:
        bulk.save(orders, ["why"])
    assert isinstance(queries, CaptureQueriesContext)
    stored = set(Order.objects.values_list("why", flat=True))
    assert stored == {f"reason {number}" for number in range(30)}


def test_nothing_to_save_does_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        bulk.save([], ["why"])


def test_a_row_that_was_never_stored_is_refused() -> None:
    with pytest.raises(ValueError, match="Order: every row must have been stored"):
        bulk.save([Order()], ["why"])


@pytest.mark.postgres
def test_a_text_too_long_is_refused_rather_than_cut() -> None:
    order = factories.make_order()
    order.why = "x" * 301
    with pytest.raises(DataError):
        bulk.save([order], ["why"])
