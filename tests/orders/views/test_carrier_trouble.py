"""The page of a carrier in trouble: looked at first, then written, a result per order."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Decision, Order, OrderEvent, OrderException, Verb
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import (
    make_case,
    make_order,
    make_record,
    make_shipment,
    make_store,
)

pytestmark = pytest.mark.django_db
DPD = "dpd_uk:dpd_next_day"


@pytest.fixture
def store() -> Store:
    found = make_store()
    done = make_order(store=found, stage="done", ship_by=None)
    make_record(done, status="shipped")
    make_shipment(done, lines=False, carrier_code="dpd_uk", service_code="dpd_next_day")
    return found


@pytest.fixture
def case(store: Store) -> OrderException:
    return make_case(
        kind="carrier_in_trouble",
        scope=f"account:{store.shipstation_account.key}",
        cause="royal_mail",
    )


@pytest.fixture
def ops(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["ops"])
    return client


def stuck(store: Store, **fields: Any) -> Order:
    order = make_order(
        store=store,
        stage="in_shipstation",
        total=Decimal(20),
        ship_by=clock.now() + timedelta(hours=5),
    )
    values = {
        "carrier_code": "royal_mail",
        "service_code": "rm_tracked_24",
        "written_digest": order.payload_digest,
    }
    make_record(order, **(values | fields))
    return order


def send(client: Client, case: OrderException, *orders: Order, **values: Any) -> str:
    data = {"service": DPD, "order": [order.pk for order in orders]} | values
    return client.post(
        f"/carriers/trouble/{case.pk}/", data, follow=True
    ).content.decode()


def test_it_lists_what_waits_with_its_worth(
    ops: Client, case: OrderException, store: Store
) -> None:
    orders = [stuck(store) for _ in range(3)]
    stuck(store, carrier_code="dpd_uk")
    page = ops.get(f"/carriers/trouble/{case.pk}/")
    assert [x.order for x in page.context["waiting"]] == orders
    assert "60.00 GBP" in page.content.decode()
    assert page.context["services"] == [(DPD, "dpd_uk, dpd_next_day (1 label)")]


def test_a_look_changes_nothing(
    ops: Client, case: OrderException, store: Store
) -> None:
    order = stuck(store)
    page = send(ops, case, order)
    assert "1 of 1 would be written" in page
    assert not Decision.objects.exists()
    order.refresh_from_db()
    assert order.service_choice == ""


def test_each_order_is_a_decision_with_name_and_reason(
    ops: Client, case: OrderException, store: Store
) -> None:
    good = [stuck(store), stuck(store)]
    held = stuck(store, status="on_hold")
    page = send(ops, case, *good, held, confirm=1, reason="Their site is down")

    assert (
        "2 orders will be written to ShipStation within minutes. Left as they are: 1."
        in page
    )
    words = Decision.objects.filter(verb=Verb.USE_SERVICE)
    assert {word.order_id for word in words} == {order.pk for order in good}
    assert {(x.choice, x.reason, x.by_name, x.case_id) for x in words} == {
        (DPD, "Their site is down", "ops", case.pk)
    }
    event = OrderEvent.objects.get(order=good[0], verb="service_chosen")
    assert event.text == (
        "Ship by dpd_uk, dpd_next_day instead of royal_mail:rm_tracked_24: "
        "Their site is down"
    )
    for order in good:
        order.refresh_from_db()
        assert order.service_choice == DPD
    assert page.count("waits to be written") == 2
    held.refresh_from_db()
    assert held.service_choice == ""
    assert page.count("to be written<") >= 2, "and they are not ticked again"
    assert " checked" not in page


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "shipped"}, "ShipStation says shipped"),
        ({"adopted": True}, "shipsync did not make it"),
        ({"merged_ids": [5]}, "combined or split"),
        ({"parent_id": 5}, "combined or split"),
        (
            {"carrier_code": "dpd_uk", "service_code": "dpd_next_day"},
            "has this service already",
        ),
    ],
)
def test_what_can_not_be_changed_says_why(
    ops: Client, case: OrderException, store: Store, fields: dict[str, Any], why: str
) -> None:
    page = send(ops, case, stuck(store, **fields))
    assert "0 of 1 would be written" in page
    assert f"stays: {why}" in page


def test_a_store_that_is_paused_is_not_written_to(
    ops: Client, case: OrderException, store: Store
) -> None:
    order = stuck(store)
    Store.objects.update(state="paused")
    assert "its store is paused" in send(ops, case, order)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"order": []}, "Choose at least one order."),
        ({"service": "ups:ground"}, "Choose the service that they are to have."),
        ({"confirm": 1, "reason": " "}, "Say why, in a few words."),
    ],
)
def test_what_is_missing_is_named(
    ops: Client, case: OrderException, store: Store, values: dict[str, Any], says: str
) -> None:
    assert says in send(ops, case, stuck(store), **values)
    assert not Decision.objects.exists()


def test_only_ops_may_change_it(
    client: Client, users: dict[str, User], case: OrderException, store: Store
) -> None:
    order = stuck(store)
    client.force_login(users["cs"])
    page = client.get(f"/carriers/trouble/{case.pk}/").content.decode()
    assert "Show what would be written" not in page
    answer = client.post(
        f"/carriers/trouble/{case.pk}/", {"service": DPD, "order": [order.pk]}
    )
    assert answer.status_code == 403


def test_the_case_leads_to_the_page(ops: Client, case: OrderException) -> None:
    page = ops.get(f"/cases/{case.pk}/").content.decode()
    assert f"/carriers/trouble/{case.pk}/" in page
