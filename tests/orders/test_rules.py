from __future__ import annotations

import pytest

from orders.models import Order
from shipsync_site.lib import clock
from stores.rules_changed import announce
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db


def test_changed_rules_make_the_stores_open_orders_due() -> None:
    store = make_store()
    waiting = make_order(store=store, next_look_at=None)
    closed = make_order(store=store, next_look_at=None, closed_at=clock.now())
    elsewhere = make_order(store=make_store(), next_look_at=None)

    assert announce([store.pk]) == 1

    due = set(Order.objects.filter(next_look_at__lte=clock.now()))
    assert due == {waiting}
    assert closed not in due
    assert elsewhere not in due
