from __future__ import annotations

from typing import Any

import pytest
import responses
from django.contrib.auth.models import User

from shipsync_site.lib import clock
from stores import budgets, connect, lanes
from stores.connectors import CONNECTORS
from stores.connectors.base import Connector
from stores.http import Gateway
from stores.models import (
    AccountState,
    CarrierMapping,
    Environment,
    Lane,
    RemoteAccount,
    ShipStationAccount,
    Store,
    StoreState,
)
from stores.remote_types import ConnectionOutcome, ConnectionReport
from stores.shipstation.client import ShipStationClient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "async_task", lambda name: None)


@pytest.fixture
def remote() -> RemoteAccount:
    return RemoteAccount.objects.create(
        name="Amazon Europe",
        marketplace="amazon",
        seller_id="A2TEST",
        region="eu",
        settings={"client_id": "amzn1.application-oa2-client.x"},
        secrets={"lwa_client_secret": "s", "refresh_token": "Atzr|x"},
        secrets_set_at=clock.now(),
    )


@pytest.fixture
def warehouse() -> ShipStationAccount:
    return ShipStationAccount.objects.create(
        name="Warehouse",
        key_fingerprint="f",
        secrets={"api_key": "k", "api_secret": "s"},
    )


@pytest.fixture
def store(remote: RemoteAccount, warehouse: ShipStationAccount) -> Store:
    return Store.objects.create(
        slug="uk",
        name="UK",
        remote_account=remote,
        remote_marketplace="A1F83G8C2ARO7P",
        shipstation_account=warehouse,
        shipstation_store_id=7,
        state=StoreState.LIVE,
    )


def test_a_connector_gets_its_account_budgets_and_stores(
    remote: RemoteAccount, store: Store
) -> None:
    live = connect.connector_for(remote)

    assert isinstance(live, Connector)
    assert live.account.marketplace_ids == ("A1F83G8C2ARO7P",)
    assert live.account.secrets["refresh_token"] == "Atzr|x"
    assert live.account.secrets_set_at == remote.secrets_set_at
    assert live.account.sandbox_url == ""
    assert {row.group for row in budgets.left(remote.key)} >= {"searchOrders"}


def test_only_sandbox_accounts_talk_to_the_sandbox(
    remote: RemoteAccount, settings: Any
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = "http://127.0.0.1:8900/"
    remote.environment = Environment.SANDBOX

    live = connect.connector_for(remote)

    assert live.account.sandbox_url == "http://127.0.0.1:8900/amazon"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("production", "https://ssapi.shipstation.com/stores"),
        ("sandbox", "http://127.0.0.1:8900/shipstation/stores"),
    ],
)
def test_shipstation_is_asked_where_the_environment_says(
    warehouse: ShipStationAccount, settings: Any, environment: str, url: str
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = "http://127.0.0.1:8900"
    warehouse.environment = environment
    opened: list[str] = []

    with responses.RequestsMock() as peer:
        peer.get(url, json=[])
        client = connect.shipstation_for(
            warehouse, on_open=lambda row: opened.append(row.operation)
        )
        client.list_stores()

    assert len(opened) == 1
    assert [row.capacity for row in budgets.left(warehouse.key)] == [40]


def test_what_a_shipstation_test_finds_is_kept(
    warehouse: ShipStationAccount, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def check(self: ShipStationClient, **wanted: Any) -> ConnectionReport:
        asked.append(wanted)
        return ConnectionReport(
            outcome=ConnectionOutcome.WORKS,
            sentence="Works.",
            details={
                "stores": [{"id": 7, "name": "shipsync", "active": True}],
                "tags": [{"id": 501, "name": "Shipsync: Stop"}],
                "carriers": [{"code": "ups", "name": "UPS"}],
            },
        )

    monkeypatch.setattr(ShipStationClient, "check_connection", check)

    report = connect.test_connection(warehouse)

    warehouse.refresh_from_db()
    assert report.ok
    assert asked == [{"stop_tag_name": "shipsync: stop", "store_ids": [7]}]
    assert warehouse.stop_tag_id == 501
    assert warehouse.known_carriers == [{"code": "ups", "name": "UPS"}]
    assert warehouse.known_stores[0]["id"] == 7
    assert warehouse.check_outcome == "works"
    assert warehouse.checked_at is not None


def test_a_failed_test_keeps_what_was_known(
    warehouse: ShipStationAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.stop_tag_id = 501
    warehouse.save()
    monkeypatch.setattr(
        ShipStationClient,
        "check_connection",
        lambda self, **wanted: ConnectionReport(
            outcome=ConnectionOutcome.BAD_KEY, sentence="No."
        ),
    )

    connect.test_connection(warehouse)

    warehouse.refresh_from_db()
    assert warehouse.check_outcome == "bad_key"
    assert warehouse.stop_tag_id == 501


def test_an_account_is_paused_once_with_its_first_reason(remote: RemoteAccount) -> None:
    user = User.objects.create_user("ops")

    assert connect.pause(remote, "The secret expired")
    assert not connect.pause(remote, "Something else", user)

    assert remote.state == AccountState.PAUSED
    assert remote.pause_reason == "The secret expired"
    assert remote.paused_by is None
    assert remote.paused_at is not None


def test_resuming_makes_the_lanes_due(remote: RemoteAccount) -> None:
    lanes.ensure_lanes()
    Lane.objects.update(due_at=None)
    connect.pause(remote, "Why not")
    assert lanes.due_count() == 0

    assert connect.resume(remote)
    assert not connect.resume(remote)

    assert (remote.state, remote.pause_reason) == (AccountState.ACTIVE, "")
    assert remote.paused_at is None
    assert lanes.due_count() == 4


def test_a_store_is_paused_without_its_account(store: Store) -> None:
    user = User.objects.create_user("ops")

    assert connect.pause(store, "Stock-taking", user)
    assert store.state == StoreState.PAUSED
    assert store.paused_by == user
    assert store.remote_account.active
    assert connect.resume(store, user)

    assert store.state == StoreState.LIVE
    assert store.paused_by is None


def test_a_draft_is_not_paused(store: Store) -> None:
    Store.objects.update(state=StoreState.DRAFT)

    assert not connect.pause(store, "x")
    assert store.state == StoreState.DRAFT


def test_carrier_defaults_are_seeded_once_and_never_over_a_persons_row() -> None:
    amazon = CONNECTORS.get("amazon")
    CarrierMapping.objects.create(
        marketplace="amazon", shipstation_carrier="hermes", carrier_code="Hermes"
    )

    added = connect.seed_carrier_defaults(amazon)

    assert added == len(amazon.default_carriers) - 1
    assert connect.seed_carrier_defaults(amazon) == 0
    kept = CarrierMapping.objects.get(shipstation_carrier="hermes")
    assert (kept.carrier_code, kept.is_default) == ("Hermes", False)
    seeded = CarrierMapping.objects.get(shipstation_carrier="royal_mail")
    assert (seeded.carrier_code, seeded.is_default) == ("Royal Mail", True)


def test_secrets_stay_out_of_what_is_built(
    remote: RemoteAccount, warehouse: ShipStationAccount
) -> None:
    live = connect.connector_for(remote)

    shown = repr(live) + repr(live.account) + repr(connect.shipstation_for(warehouse))

    assert "Atzr" not in shown
    assert isinstance(live.gateway, Gateway)
