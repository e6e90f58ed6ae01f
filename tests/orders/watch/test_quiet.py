"""A store that is read and sells nothing: a case at peak, none at night, over by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orders.models import CaseState, FlowHour, OrderException
from orders.watch import quiet
from orders.watch.hours import HOUR
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import make_order, make_store

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)


def at(moment: datetime) -> None:
    """Business time is this moment, and every store was just read."""
    clock.configure(clock.fast(1.0, moment.timestamp()))
    Store.objects.update(last_pull_at=moment)


@pytest.fixture
def store() -> Store:
    """Sixty orders an hour by day, none at night, for eight weeks."""
    found = make_store(name="Amazon UK")
    FlowHour.objects.bulk_create(
        FlowHour(store=found, hour=hour, imported=60)
        for n in range(1, 8 * 168 + 3)
        if (hour := EVENING - n * HOUR).hour >= 8
    )
    at(EVENING)
    return found


def standing() -> list[OrderException]:
    return list(OrderException.objects.filter(kind=quiet.KIND, state=CaseState.OPEN))


def sell(store: Store, count: int) -> None:
    for _ in range(count):
        make_order(store=store, imported_at=clock.now(), buyer=False, lines=0)


def test_it_opens_at_peak_and_closes_when_orders_come_again(store: Store) -> None:
    assert quiet.run() == 1
    (case,) = standing()
    assert case.store == store
    assert case.summary == (
        "Amazon UK: 0 orders in 30 min, where a weak Tuesday brings about 30"
    )
    quiet.run()
    assert len(standing()) == 1

    at(EVENING + timedelta(minutes=10))
    sell(store, 20)
    assert quiet.run() == 0
    assert standing() == []


def test_a_store_that_nobody_reads_is_another_matter(store: Store) -> None:
    Store.objects.update(last_pull_at=EVENING - timedelta(hours=1))
    assert quiet.run() == 0

    at(EVENING)
    assert quiet.run() == 1
    Store.objects.update(last_pull_at=EVENING - timedelta(hours=1))
    quiet.run()
    assert len(standing()) == 1  # nothing was learnt meanwhile

    Store.objects.update(state="paused")
    quiet.run()
    assert standing() == []
