"""Who tells the marketplace: what the parcels of a store show, and what they don't."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.evidence import LISTED, Notifies, gather
from orders.models import Shipment, ShipStationOrder
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import (
    make_dispatch,
    make_order,
    make_record,
    make_shipment,
    make_store,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return make_store(mode="direct", model={"notify_samples": 5})


def parcel(store: Store, *, hours: float = 9, **fields: Any) -> Shipment:
    order = make_order(store=store)
    make_record(order, store_id=store.shipstation_store_id)
    at = clock.now() - timedelta(hours=hours)
    values: dict[str, Any] = {"created_at": at, "notified": True} | fields
    return make_shipment(order, **values)


def parcels(store: Store, told: int, untold: int, **fields: Any) -> None:
    for number in range(told + untold):
        parcel(store, notified=number < told, **fields)


@pytest.mark.parametrize(
    ("told", "untold", "verdict"),
    [
        (20, 1, Notifies.ON),
        (1, 20, Notifies.OFF),
        (4, 0, Notifies.UNKNOWN),
        (10, 10, Notifies.UNKNOWN),
    ],
)
def test_nearly_all_must_agree_and_few_prove_nothing(
    told: int, untold: int, verdict: Notifies, store: Store
) -> None:
    parcels(store, told, untold)

    assert gather(store).verdict is verdict


def test_late_where_only_old_parcels_are_told(store: Store) -> None:
    parcels(store, 6, 0, hours=100)
    parcels(store, 0, 6)

    assert gather(store).verdict is Notifies.LATE


def test_young_void_return_and_other_stores_parcels_do_not_count(store: Store) -> None:
    parcel(store, hours=5)
    parcel(store, hours=24 * 31)
    parcel(store, voided=True)
    parcel(store, is_return=True)
    parcel(store, is_test=True)
    parcel(make_store(name="Other", shipstation_account=store.shipstation_account))

    assert gather(store).samples == 0


def test_the_sentence_counts_what_is_listed(store: Store) -> None:
    parcels(store, 40, 2)

    assert gather(store).sentence == (
        "Of 42 dispatches older than 6 h ShipStation notified 40; 2 listed; verdict on"
    )


def test_no_more_are_listed_than_fit_a_page(store: Store) -> None:
    parcels(store, 0, 6)
    parcels(store, LISTED + 3, 0, hours=10)

    found = gather(store)

    assert found.verdict is Notifies.UNKNOWN
    assert len(found.listed) == 6


def test_who_told_and_when_is_named_and_links_to_the_order(
    store: Store, client: Client, users: dict[str, User]
) -> None:
    shipment = parcel(store, notified=False, notify_error="Order not found")
    record = ShipStationOrder.objects.get(ss_order_id=shipment.ss_order_id)
    assert record.order is not None
    dispatch = make_dispatch(
        record.order, shipment=shipment, rung="accepted", accepted_at=clock.now()
    )
    client.force_login(users["ops"])

    (listed,) = gather(store).listed
    page = client.get(reverse("orders:evidence", args=[store.slug])).content.decode()

    assert (listed.by, listed.told_at) == ("shipsync", dispatch.accepted_at)
    assert reverse("orders:detail", args=[record.order_id]) in page
    assert "Order not found" in page


def test_the_evidence_of_a_month_is_a_few_queries(
    store: Store, django_assert_max_num_queries: Any
) -> None:
    parcels(store, 20, 0)

    with django_assert_max_num_queries(5):
        gather(store)
