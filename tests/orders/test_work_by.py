"""Until when work on a case helps follows the warehouse's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.contrib.auth.models import User

from orders.models import Order
from orders.work_by import Clocks
from shipsync_site.lib import clock
from stores import calendar_setup
from stores.calendars import Calendar
from tests.orders import factories

pytestmark = pytest.mark.django_db

MONDAY = datetime(2027, 3, 8, 23, 59, tzinfo=UTC)
FRIDAY = datetime(2027, 3, 5, 16, 0, tzinfo=UTC)
COLLECTED = Calendar(cutoffs={"DPD": {4: time(16)}})


def test_only_a_ship_by_is_brought_forward(users: dict[str, User]) -> None:
    order = factories.make_order(ship_by=MONDAY)
    other = MONDAY.replace(hour=12)
    calendar_setup.save(None, COLLECTED, version=0, user=users["lead"])
    clocks = Clocks()

    assert clocks.at(MONDAY, order) == FRIDAY
    assert clocks.words(FRIDAY, MONDAY, order.store) == "last collection (DPD)"
    assert clocks.at(other, order) == other
    assert clocks.at(MONDAY, None) == MONDAY
    assert clocks.at(None, order) is None
    assert clocks.words(MONDAY, MONDAY, order.store) == ""


def test_a_changed_calendar_has_open_orders_looked_at(users: dict[str, User]) -> None:
    order = factories.make_order(ship_by=MONDAY, next_look_at=MONDAY)
    closed = factories.make_order(closed_at=clock.now(), next_look_at=None)

    calendar_setup.save(None, COLLECTED, version=0, user=users["lead"])

    order.refresh_from_db()
    assert order.next_look_at is not None
    assert order.next_look_at <= clock.now()
    assert Order.objects.get(pk=closed.pk).next_look_at is None
    assert order.payload_stale is False
