"""A carrier in trouble: seen when due orders wait, others print, and the bench is open."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.carrier_trouble import KIND, usual_carriers, watch
from orders.models import CaseState, OrderException, ShipStationOrder
from shipsync_site.lib import clock
from stores.models import Store, WarehouseCalendar
from tests.orders.factories import make_order, make_record, make_shipment, make_store

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


@pytest.fixture(autouse=True)
def _noon() -> None:
    clock.configure(clock.fast(1.0, NOON.timestamp()))


@pytest.fixture
def store() -> Store:
    """A warehouse where DPD printed five minutes ago and Royal Mail two hours ago."""
    found = make_store()
    label(found, "dpd_uk", 5)
    label(found, "royal_mail", 120)
    return found


def label(store: Store, carrier: str, minutes_ago: int, **fields: Any) -> None:
    order = make_order(store=store, stage="done", ship_by=None)
    make_record(order, status="shipped", modified_at=clock.now(), **fields)
    make_shipment(
        order,
        lines=False,
        carrier_code=carrier,
        created_at=clock.now() - minutes_ago * MINUTE,
    )


def waiting(store: Store, count: int = 5, **fields: Any) -> list[ShipStationOrder]:
    defaults = {
        "carrier_code": "royal_mail",
        "created_at": clock.now() - timedelta(hours=5),
    }
    return [
        make_record(
            make_order(
                store=store,
                stage="in_shipstation",
                total=Decimal(20),
                ship_by=clock.now() + timedelta(hours=6),
            ),
            **(defaults | fields),
        )
        for _ in range(count)
    ]


def test_one_case_names_carrier_since_orders_and_money(store: Store) -> None:
    waiting(store, 7)
    assert watch() == 1
    case = OrderException.objects.get(kind=KIND)
    account = store.shipstation_account
    assert (case.scope, case.cause, case.team) == (
        f"account:{account.key}",
        "royal_mail",
        "ops",
    )
    assert case.summary == (
        f"royal_mail at {account.name}: 7 due orders (140.00 GBP) and no label since "
        "10:00 UTC on 20 Nov, while 1 of others were bought"
    )
    assert case.deadline is not None
    assert case.context["worth"] == "140.00 GBP"
    watch()
    assert OrderException.objects.filter(kind=KIND).count() == 1


def test_it_closes_with_the_next_label(store: Store) -> None:
    waiting(store)
    watch()
    clock.configure(clock.fast(1.0, (NOON + 10 * MINUTE).timestamp()))
    label(store, "dpd_uk", 1)
    watch()
    case = OrderException.objects.get(kind=KIND)
    assert case.state == CaseState.OPEN
    label(store, "royal_mail", 1)
    assert watch() == 0
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


def test_it_closes_once_the_orders_have_another_carrier(store: Store) -> None:
    records = waiting(store)
    watch()
    for record in records[1:]:
        record.carrier_code = "dpd_uk"
        record.save()
    watch()
    assert OrderException.objects.get(kind=KIND).state == CaseState.RESOLVED


def test_others_at_lunch_too_is_no_reason_to_close(store: Store) -> None:
    waiting(store)
    watch()
    clock.configure(clock.fast(1.0, (NOON + 70 * MINUTE).timestamp()))
    assert watch() == 0
    assert OrderException.objects.get(kind=KIND).state == CaseState.OPEN


@pytest.mark.parametrize(
    "spared",
    [
        pytest.param({"count": 4}, id="too few orders"),
        pytest.param({"created_at": NOON - 30 * MINUTE}, id="waited too short"),
        pytest.param({"carrier_code": "dpd_uk"}, id="carrier that prints"),
        pytest.param({"carrier_code": ""}, id="carrier not known"),
        pytest.param({"status": "on_hold"}, id="held"),
        pytest.param({"gone_at": NOON}, id="gone"),
    ],
)
def test_what_is_no_trouble(store: Store, spared: dict[str, Any]) -> None:
    waiting(store, **spared)
    assert watch() == 0


def test_orders_that_are_not_due_are_no_trouble(store: Store) -> None:
    for record in waiting(store):
        assert record.order is not None
        record.order.ship_by = clock.now() + timedelta(days=3)
        record.order.save()
    assert watch() == 0


def test_nobody_prints_is_nobody_s_fault() -> None:
    waiting(make_store())
    assert watch() == 0


def test_a_label_elsewhere_is_no_label_here(store: Store) -> None:
    """Another account's printing says nothing of this one."""
    other = make_store()
    waiting(other)
    assert watch() == 0


def test_a_night_and_a_late_start_are_no_trouble(store: Store) -> None:
    """Royal Mail's last label was on Thursday evening; the bench opened at half past 11."""
    calendar = WarehouseCalendar.objects.create(timezone="UTC")
    for weekday in range(5):
        calendar.hours.create(weekday=weekday, opens=time(11, 30), closes=time(18))
    waiting(store, created_at=NOON - timedelta(hours=18))
    assert watch() == 0, "half an hour of opening time"

    clock.configure(clock.fast(1.0, (NOON + 31 * MINUTE).timestamp()))
    label(store, "dpd_uk", 5)
    assert watch() == 1

    clock.configure(clock.fast(1.0, (NOON + timedelta(hours=7)).timestamp()))
    label(store, "dpd_uk", 5)
    assert watch() == 0, "closed: no alarm"
    assert OrderException.objects.get(kind=KIND).state == CaseState.OPEN


def test_the_figures_are_the_warehouse_s(store: Store) -> None:
    waiting(store, 2)
    calendar = WarehouseCalendar.objects.create(watch_orders=2, watch_minutes=180)
    assert watch() == 0
    calendar.watch_minutes = 90
    calendar.save()
    assert watch() == 1
    calendar.watch_minutes = 0
    calendar.save()
    OrderException.objects.all().delete()
    assert watch() == 0


def test_a_requested_service_stands_for_the_carrier_it_went_with(store: Store) -> None:
    for _ in range(5):
        label(store, "royal_mail", 240, requested_service="Standard")
    for carrier in ("royal_mail", "dpd_uk"):
        label(store, carrier, 240, requested_service="Express")
    account = store.shipstation_account
    assert usual_carriers(account, clock.now()) == {"Standard": "royal_mail"}
    waiting(store, carrier_code="", requested_service="Standard")
    assert watch() == 1


def test_it_is_due_at_the_next_collection_or_else_by_ship_by(store: Store) -> None:
    calendar = WarehouseCalendar.objects.create(timezone="UTC")
    calendar.cutoffs.create(carrier="royal_mail", weekday=4, at=time(16))
    waiting(store)
    watch()
    case = OrderException.objects.get(kind=KIND)
    assert case.deadline == NOON.replace(hour=16)

    clock.configure(clock.fast(1.0, NOON.replace(hour=16, minute=30).timestamp()))
    label(store, "dpd_uk", 5)
    watch()
    case.refresh_from_db()
    assert case.deadline is not None
    assert case.deadline - NOON.replace(hour=18) < MINUTE, "the van has left"
