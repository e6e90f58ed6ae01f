"""Stores, their rules and carrier codes in the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from stores.models import CarrierMapping, Lane, Store, StoreState
from stores.rules_changed import rules_changed
from tests.orders.factories import (
    make_dispatch,
    make_order,
    make_remote_account,
    make_shipstation_account,
    make_store,
)

RULES = {
    "confirm_timing": "at_label",
    "confirm_hours": "0",
    "confirm_margin_minutes": "60",
    "release_window_minutes": "0",
    "cancel_request": "ask",
    "combined": "ask",
}


@pytest.fixture
def admin(client: Client, users: dict[str, User]) -> Client:
    """Somebody who may configure."""
    client.force_login(users["admin"])
    return client


@pytest.fixture
def heard() -> Iterator[list[list[int]]]:
    """The stores of which a change of rules was announced."""
    found: list[list[int]] = []

    def hear(store_ids: list[int], **_: Any) -> int:
        found.append(store_ids)
        return 7

    rules_changed.connect(hear)
    yield found
    rules_changed.disconnect(hear)


def store_data(**changes: str) -> dict[str, str]:
    """A store form that is right but for ``changes``."""
    return {
        "name": "Amazon UK",
        "slug": "",
        "remote_marketplace": "A1F83G8C2ARO7P",
        "shipstation_account": "",
        "shipstation_store_id": "9001",
        "mode": "orchestrated",
        "timezone": "Europe/London",
        "ship_from_country": "gb",
    } | changes


def test_a_store_starts_as_a_draft_with_rules(
    admin: Client, users: dict[str, User]
) -> None:
    account, warehouse = make_remote_account(), make_shipstation_account()
    url = f"{reverse('stores:create')}?account={account.pk}"
    answer = admin.post(url, store_data(shipstation_account=str(warehouse.pk)))
    store = Store.objects.get()
    assert answer["Location"] == "/stores/amazon-uk/"
    assert (store.state, store.remote_account) == (StoreState.DRAFT, account)
    assert store.ship_from_country == "GB"
    model = store.operating_models.get()
    assert (model.version, model.created_by) == (1, users["admin"])
    assert Lane.objects.count() == 7


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("timezone", "Europe/Londn", "&#x27;Europe/Londn&#x27; is no time zone"),
        ("ship_from_country", "G1", "&#x27;G1&#x27; is no country code"),
        ("slug", "new", "is the address of this form"),
        ("slug", "taken", "has the short name &#x27;taken&#x27; already"),
        ("shipstation_store_id", "9999", "already ships from ShipStation store 9999"),
        ("remote_marketplace", "NOWHERE", "is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_named(
    admin: Client, field: str, value: str, says: str
) -> None:
    other = make_store(slug="taken", shipstation_store_id=9999)
    account = make_remote_account()
    answer = admin.post(
        f"{reverse('stores:create')}?account={account.pk}",
        store_data(
            shipstation_account=str(other.shipstation_account.pk), **{field: value}
        ),
    )
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert Store.objects.count() == 1


def test_uk_is_taken_for_gb(admin: Client) -> None:
    account, warehouse = make_remote_account(), make_shipstation_account()
    admin.post(
        f"{reverse('stores:create')}?account={account.pk}",
        store_data(shipstation_account=str(warehouse.pk), ship_from_country="uk"),
    )
    assert Store.objects.get().ship_from_country == "GB"


def test_only_marketplaces_of_the_region_are_offered(admin: Client) -> None:
    account = make_remote_account(region="na")
    page = admin.get(f"{reverse('stores:create')}?account={account.pk}")
    assert b"amazon.com.mx" in page.content
    assert b"amazon.de" not in page.content


def test_shipstation_stores_are_chosen_from_those_seen(admin: Client) -> None:
    account = make_remote_account()
    warehouse = make_shipstation_account(
        known_stores=[
            {"id": 9001, "name": "API store", "active": True},
            {"id": 9002, "name": "Old", "active": False},
        ]
    )
    url = f"{reverse('stores:create')}?account={account.pk}"
    assert "Old · 9002 (inactive)" in admin.get(url).content.decode()
    data = store_data(shipstation_account=str(warehouse.pk))
    answer = admin.post(url, data | {"shipstation_store_id": "9002"})
    assert "takes no orders for an inactive store" in answer.content.decode()
    admin.post(url, data)
    assert Store.objects.get().shipstation_store_id == 9001


def test_a_live_stores_mode_changes_with_a_reason_only(
    admin: Client, heard: list[list[int]]
) -> None:
    store = make_store()
    make_order(store=store, stage="in_shipstation", buyer=False)
    make_order(store=store, buyer=False)
    url = reverse("stores:edit", args=[store.slug])
    data = store_data(
        shipstation_account=str(store.shipstation_account.pk),
        shipstation_store_id=str(store.shipstation_store_id),
        mode="direct",
    )

    asked = admin.post(url, data).content.decode()
    assert "2 open orders, 1 of them in ShipStation" in asked
    assert "Orchestrated: shipsync creates the orders</s>" in asked
    admin.post(url, data | {"reason": ""})
    store.refresh_from_db()
    assert store.mode == "orchestrated"
    assert heard == []

    page = admin.post(
        url, data | {"reason": "ShipStation imports it now"}, follow=True
    ).content.decode()
    store.refresh_from_db()
    assert store.mode == "direct"
    assert {tuple(ids) for ids in heard} == {(store.pk,)}
    assert "ShipStation imports it now" in page
    assert "Who changed the settings" in page


def test_the_same_marketplace_twice_is_refused(admin: Client) -> None:
    store = make_store()
    answer = admin.post(
        f"{reverse('stores:create')}?account={store.remote_account.pk}",
        store_data(shipstation_account=str(store.shipstation_account.pk)),
    )
    assert answer.status_code == 200
    assert b"Not saved." in answer.content
    assert Store.objects.count() == 1


def mapping_data(**changes: str) -> dict[str, str]:
    """A carrier form that is right but for ``changes``."""
    return {
        "marketplace": "amazon",
        "store": "",
        "shipstation_carrier": "dpd_local",
        "shipstation_service": "",
        "carrier_code": "DPD",
        "carrier_name": "DPD",
        "service": "",
    } | changes


def test_mapping_a_carrier_looks_at_the_marketplaces_stores(
    admin: Client, heard: list[list[int]]
) -> None:
    first, second = make_store(), make_store()
    page = admin.post(
        reverse("stores:carrier_create"), mapping_data(), follow=True
    ).content.decode()
    assert "Saved: dpd_local → DPD. 7 open orders are looked at again." in page
    assert heard == [sorted([first.pk, second.pk])]


def test_moving_a_mapping_to_one_store_looks_at_all_it_left(
    admin: Client, heard: list[list[int]]
) -> None:
    first, second = make_store(), make_store()
    mapping = CarrierMapping.objects.create(
        marketplace="amazon",
        shipstation_carrier="dpd_local",
        carrier_code="DPD",
        is_default=True,
    )
    url = reverse("stores:carrier_edit", args=[mapping.pk])
    admin.post(url, mapping_data(store=str(first.pk)))
    mapping.refresh_from_db()
    assert (mapping.store, mapping.is_default) == (first, False)
    assert heard == [sorted([first.pk, second.pk])]
    admin.post(reverse("stores:carrier_delete", args=[mapping.pk]))
    assert heard[1:] == [[first.pk]]
    assert not CarrierMapping.objects.exists()


def test_parcels_and_an_unknown_code_are_agreed_to_first(admin: Client) -> None:
    order = make_order(buyer=False)
    shipment = make_dispatch(order, rung="refused").shipment
    shipment.carrier_code = "dpd_local"
    shipment.save()
    url = reverse("stores:carrier_create")
    data = mapping_data(carrier_code="Dpd lokal")

    asked = admin.post(url, data).content.decode()
    assert "1 parcel that waits now will be confirmed with ‘Dpd lokal’" in asked
    assert "is not one that Amazon is known to accept: save anyway?" in asked
    # Agreed to another spelling is not agreed to this one.
    admin.post(url, data | {"agreed": "DPD"})
    assert not CarrierMapping.objects.exists()

    admin.post(url, data | {"agreed": "Dpd lokal"})
    assert CarrierMapping.objects.get().carrier_code == "Dpd lokal"


def test_the_same_carrier_twice_is_refused(admin: Client) -> None:
    url = reverse("stores:carrier_create")
    admin.post(url, mapping_data())
    answer = admin.post(url, mapping_data(carrier_code="Other"))
    assert "There is a mapping for it already: dpd_local → DPD" in (
        answer.content.decode()
    )
    assert CarrierMapping.objects.count() == 1


def test_the_list_of_a_store_holds_what_counts_there(admin: Client) -> None:
    mine, other = make_store(slug="mine"), make_store(slug="other")
    for store, carrier in ((None, "for_all"), (mine, "for_mine"), (other, "for_other")):
        CarrierMapping.objects.create(
            marketplace="amazon",
            store=store,
            shipstation_carrier=carrier,
            carrier_code="X",
        )
    page = admin.get(f"{reverse('stores:carriers')}?store=mine").content.decode()
    assert "for_all" in page
    assert "for_mine" in page
    assert "for_other" not in page
