from __future__ import annotations

from typing import Any

import pytest
import requests
import responses

from stores.remote_types import ConnectionOutcome, ConnectionReport
from stores.shipstation.client import ShipStationClient
from tests.stores.shipstation.conftest import BASE

Peer = responses.RequestsMock
STORES = [
    {"storeId": 12, "storeName": "Amazon", "marketplaceName": "Manual", "active": True},
    {"storeId": 13, "storeName": "Old", "marketplaceName": "Manual", "active": False},
]
TAGS = [{"tagId": 3, "name": "ShipSync: Stop "}]


def check(client: ShipStationClient, *store_ids: int) -> ConnectionReport:
    return client.check_connection(stop_tag_name="shipsync: stop", store_ids=store_ids)


def answer_well(peer: Peer, tags: list[dict[str, Any]] = TAGS) -> None:
    peer.get(f"{BASE}/stores", json=STORES)
    peer.get(f"{BASE}/accounts/listtags", json=tags)
    peer.get(f"{BASE}/carriers", json=[{"code": "ups", "name": "UPS"}])


def test_works(peer: Peer, client: ShipStationClient) -> None:
    answer_well(peer)

    report = check(client, 12)

    assert report.ok
    assert report.details["stop_tag_id"] == 3
    assert report.details["carriers"] == [{"code": "ups", "name": "UPS"}]
    assert [store["id"] for store in report.details["stores"]] == [12, 13]


def test_tag_missing(peer: Peer, client: ShipStationClient) -> None:
    answer_well(peer, tags=[{"tagId": 4, "name": "fragile"}])

    report = check(client, 12)

    assert report.outcome is ConnectionOutcome.TAG_MISSING
    assert "'shipsync: stop'" in report.sentence


@pytest.mark.parametrize(("store_id", "text"), [(13, "'Old'"), (99, "no store 99")])
def test_store_inactive(
    peer: Peer, client: ShipStationClient, store_id: int, text: str
) -> None:
    answer_well(peer)

    report = check(client, 12, store_id)

    assert report.outcome is ConnectionOutcome.STORE_INACTIVE
    assert text in report.sentence


@pytest.mark.parametrize(
    ("answer", "outcome", "text"),
    [
        (
            {"status": 401, "json": {"message": "Invalid API credentials"}},
            ConnectionOutcome.BAD_KEY,
            "does not accept this API key",
        ),
        (
            {"status": 402, "body": "Payment Required"},
            ConnectionOutcome.PLAN_WITHOUT_API,
            "does not include the API (402)",
        ),
        (
            {"status": 403, "json": {"message": "no"}},
            ConnectionOutcome.ROLE_MISSING,
            "forbids the call",
        ),
        (
            {"status": 429, "headers": {"X-Rate-Limit-Reset": "20"}},
            ConnectionOutcome.THROTTLED,
            "in 21 seconds",
        ),
        (
            {"body": requests.ConnectTimeout()},
            ConnectionOutcome.UNREACHABLE,
            "can't be reached",
        ),
        ({"status": 503}, ConnectionOutcome.UNREACHABLE, "answered 503"),
        (
            {"body": "<html>Welcome to the hotel</html>"},
            ConnectionOutcome.UNEXPECTED,
            "not as ShipStation's API does",
        ),
        ({"status": 302}, ConnectionOutcome.UNEXPECTED, "(302)"),
    ],
)
def test_what_a_failure_is_called(
    peer: Peer,
    client: ShipStationClient,
    answer: dict[str, Any],
    outcome: ConnectionOutcome,
    text: str,
) -> None:
    peer.get(f"{BASE}/stores", **answer)

    report = check(client, 12)

    assert report.outcome is outcome
    assert text in report.sentence
    assert not report.ok
