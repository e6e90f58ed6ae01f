"""What a new marketplace must get without a change anywhere: run by test_toy_street."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from orders.models import Dispatch, OrderException, Rung, SyncAttempt
from orders.timeline import story
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import seed_carrier_defaults, test_connection
from stores.connectors import CONNECTORS
from stores.models import CarrierMapping, OperatingModel, RemoteAccount, Store
from tests.orders.loop.conftest import make_world, sandbox, sandbox_process, world
from tests.orders.loop.world import World

__all__ = ["make_world", "sandbox", "sandbox_process", "world"]
API = "https://api.toy-street.example"
CODE = "toy_street"


class ToyStreet:
    """The marketplace itself: a few orders in memory, behind HTTP."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.refuses = False
        one = re.compile(rf"{API}/orders/\w+$")
        mock.add_callback("GET", f"{API}/orders", self._list)
        mock.add_callback("GET", one, self._one)
        mock.add_callback("POST", re.compile(rf"{API}/orders/\w+/parcels"), self._told)

    def sell(self, remote_id: str, **more: Any) -> None:
        at = clock.now()
        self.orders[remote_id] = {
            "id": remote_id,
            "state": "open",
            "at": at.isoformat(),
            "ship_by": (at + timedelta(days=2)).isoformat(),
            "asks_to_cancel": False,
            "lines": [{"id": f"{remote_id}L1", "sku": "BEAR", "units": 2}],
            "parcels": [],
            **more,
        }

    def _list(self, request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps({"orders": list(self.orders.values())})

    def _one(self, request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps(self.orders[request.url.rsplit("/", 1)[1]])

    def _told(self, request: Any) -> tuple[int, dict[str, str], str]:
        if self.refuses:
            return 400, {}, json.dumps({"message": "this carrier is not for toys"})
        order = self.orders[request.url.split("/")[-2]]
        order["parcels"].append(json.loads(request.body))
        order["state"] = "shipped"
        return 200, {}, "{}"


@pytest.fixture
def street(world: World) -> Iterator[ToyStreet]:
    """Toy Street beside Amazon, with a store of its own in the same warehouse."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_passthru(world.sandbox.url)
        yield ToyStreet(mock)


@pytest.fixture
def store(world: World, street: ToyStreet) -> Store:
    account = RemoteAccount.objects.create(
        name="Toys",
        marketplace="toy_street",
        seller_id="bears",
        secrets={"api_key": "k"},
    )
    shop = Store.objects.create(
        slug="toys",
        name="Toys UK",
        remote_account=account,
        remote_marketplace="TOY_GB",
        shipstation_account=world.shipstation,
        shipstation_store_id=20001,
        state="live",
    )
    OperatingModel.objects.create(store=shop, version=1)
    assert seed_carrier_defaults(CONNECTORS.get("toy_street")) == 1
    lanes.ensure_lanes()
    assert test_connection(account).ok
    return shop


def ship(world: World, remote_id: str) -> str:
    """The warehouse buys a label for this order; its tracking number."""
    world.step("push")
    world.later()
    key = world.record(remote_id)["orderKey"]
    world.sandbox.ship([key], carrier="royal_mail")
    world.later()
    return str(Dispatch.objects.get().shipment.tracking_number)


def test_an_order_goes_the_whole_way_and_is_read_back(
    world: World, street: ToyStreet, store: Store
) -> None:
    street.sell("T1")
    world.step()
    number = ship(world, "T1")
    world.later(300)

    (parcel,) = street.orders["T1"]["parcels"]
    assert parcel == {
        "carrier": "toy-royal",
        "number": number,
        "lines": {"T1L1": 2},
    }
    assert Dispatch.objects.get().rung == Rung.READ_BACK
    assert not world.cases("T1")


def test_a_refusal_is_a_case_with_its_words(
    world: World, street: ToyStreet, store: Store
) -> None:
    street.sell("T2")
    street.refuses = True
    world.step()
    ship(world, "T2")
    world.later(300)

    case = OrderException.objects.get(order__remote_id="T2", state="open")
    assert "this carrier is not for toys" in case.summary + str(case.context)


def test_a_refusal_that_needs_no_call_is_told_once_and_stands(
    world: World, street: ToyStreet, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = sys.modules[CONNECTORS.get(CODE).__module__]
    monkeypatch.setattr(connector, "MOST_CHARACTERS", 3)
    street.sell("T5")
    world.step()
    ship(world, "T5")
    world.later(300)
    world.later(3000)

    assert world.cases("T5") == {"confirm_refused"}
    (tried,) = SyncAttempt.objects.filter(operation="confirm")
    assert (tried.outcome, tried.call, tried.error_code) == (
        "refused",
        None,
        "too_long",
    )
    order = world.order("T5")
    assert any("3 characters" in entry.detail for entry in story(order).entries)


def test_a_request_to_cancel_holds_the_order(
    world: World, street: ToyStreet, store: Store
) -> None:
    street.sell("T3")
    world.step()
    world.later()
    street.orders["T3"]["asks_to_cancel"] = True
    world.later(300)

    assert world.record("T3")["orderStatus"] == "on_hold"
    assert world.cases("T3") == {"cancel_requested"}


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["admin"])
    return client


def test_its_forms_are_there(lead: Client, world: World, store: Store) -> None:
    pages = {
        reverse("stores:marketplace_create", args=["toy_street"]): "API key",
        reverse("stores:edit", args=["toys"]): "Toy Street UK",
    }
    for url, text in pages.items():
        answer = lead.get(url)
        assert answer.status_code == 200, url
        assert text in answer.content.decode(), url
    assert CarrierMapping.objects.get(marketplace="toy_street").is_default


def test_queues_and_orders_filter_by_it(
    lead: Client, world: World, street: ToyStreet, store: Store
) -> None:
    street.sell("T4", asks_to_cancel=True)
    (other,) = world.place(1)
    world.step()
    pages = {"orders:list": {"store": "toys"}, "orders:cases": {"marketplace": CODE}}
    for name, only in pages.items():
        url = reverse(name)
        assert "Toys UK" in lead.get(url, {"team": "all"}).content.decode(), name
        page = lead.get(url, only).content.decode()
        assert "T4" in page, name
        assert other not in page, name


def test_it_needs_no_migration(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
