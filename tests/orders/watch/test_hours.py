"""Hours: what a store did, counted by the database, again when late facts come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orders.models import FlowHour
from orders.watch import hours
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import (
    make_attempt,
    make_call,
    make_dispatch,
    make_job,
    make_order,
    make_shipment,
    make_store,
)

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _half_past_nine() -> None:
    clock.configure(clock.fast(1.0, (NINE + 30 * MINUTE).timestamp()))


def sold(store: Store, minutes: float, lag: float = 2, at: datetime = NINE) -> None:
    """An order sold so many minutes after the hour and heard of ``lag`` minutes later."""
    moment = at + minutes * MINUTE
    make_order(
        store=store,
        ordered_at=moment,
        imported_at=moment + lag * MINUTE,
        buyer=False,
        lines=0,
    )


def hour(store: Store, at: datetime = NINE) -> FlowHour:
    return FlowHour.objects.get(store=store, hour=at)


def test_orders_are_counted_where_they_were_sold_and_where_they_were_heard() -> None:
    first, second = make_store(), make_store()
    sold(first, 5)
    sold(first, -1, lag=3)
    sold(second, -50)

    assert hours.run() == 3

    assert (hour(first).ordered, hour(first).imported) == (1, 2)
    before = hour(first, NINE - hours.HOUR)
    assert (before.ordered, before.imported, before.import_lag) == (1, 0, None)
    assert hour(second, NINE - hours.HOUR).imported == 1


@pytest.mark.parametrize(
    ("count", "slowest"), [(1, 1), (19, 19), (20, 19), (21, 20), (100, 95)]
)
def test_the_slowest_is_the_95th_of_a_hundred(count: int, slowest: int) -> None:
    store = make_store()
    for number in range(count):
        # In no order, so that the database has to sort.
        lag = (number * 37) % count + 1
        sold(store, 1 - lag / 60, lag=lag / 60)

    hours.run()

    assert hour(store).import_lag == slowest


def test_pushes_labels_and_confirmations_have_their_hours() -> None:
    store = make_store()
    order = make_order(store=store, imported_at=NINE - 50 * MINUTE, lines=0)
    key = store.shipstation_account.key
    job = make_job(order)
    for minutes in (4, 20):  # the second is an update
        at = NINE + minutes * MINUTE
        call = make_call(key, started_at=at, finished_at=at)
        make_attempt(order, job=job, call=call, operation="push")
    parcel = make_shipment(order, lines=False, created_at=NINE + 5 * MINUTE)
    make_dispatch(order, shipment=parcel, accepted_at=NINE + 8 * MINUTE)
    make_shipment(order, lines=False, created_at=NINE + 5 * MINUTE, is_return=True)

    hours.run()

    row = hour(store)
    assert (row.pushed, row.labelled, row.confirmed) == (1, 1, 1)
    assert (row.push_lag, row.confirm_lag) == (54 * 60, 180)


def test_late_facts_are_counted_when_they_come_and_what_went_away_goes() -> None:
    store = make_store()
    sold(store, -180)
    hours.run()
    clock.configure(clock.fast(1.0, (NINE + 90 * MINUTE).timestamp()))
    sold(store, -181, lag=250)
    FlowHour.objects.create(store=store, hour=NINE - 2 * hours.HOUR, imported=9)

    hours.run()

    assert hour(store, NINE - 4 * hours.HOUR).ordered == 1
    assert hour(store, NINE - 3 * hours.HOUR).ordered == 1
    assert hour(store, NINE + hours.HOUR).imported == 1
    assert not FlowHour.objects.filter(hour=NINE - 2 * hours.HOUR).exists()


def test_the_first_run_counts_the_weeks_before_and_old_hours_go() -> None:
    store = make_store()
    for days in (1, 30, 56):
        sold(store, 0, at=NINE - timedelta(days=days))
    sold(store, 0, at=NINE - timedelta(days=80))

    assert hours.run() == 3

    old = FlowHour.objects.create(store=store, hour=NINE - timedelta(days=401))
    hours.run()
    assert not FlowHour.objects.filter(pk=old.pk).exists()
    assert FlowHour.objects.count() == 3
