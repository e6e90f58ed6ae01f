"""The simulated ShipStation's messages: when, to whom, and in which bad weather."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stores.sandbox import core
from stores.sandbox.core import LEDGER, PEERS
from stores.sandbox.courier import COURIER, Courier, Parcel
from stores.sandbox.faults import FAULTS
from stores.sandbox.shipstation import state
from tests.sandbox.conftest import Api, order_body

Json = dict[str, Any]
URL = "http://127.0.0.1:9/hooks/shipstation-1/secret/"


@pytest.fixture
def posted(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Json]]:
    """What the courier was handed: the message, its type and its delay."""
    parcels: list[Json] = []

    def post(parcel: Parcel, delay: float = 0.0) -> None:
        parcels.append(
            {"url": parcel.url, "body": parcel.body, "kind": parcel.kind, "in": delay}
        )

    monkeypatch.setattr(COURIER, "post", post)
    monkeypatch.setitem(PEERS, "shipstation", api.peer)
    FAULTS.clear()
    yield parcels
    FAULTS.clear()


def subscribe(api: Api, event: str, **more: Any) -> int:
    body = {"target_url": URL, "event": event, **more}
    return int(api.post("webhooks/subscribe", body)["id"])


def told(posted: list[Json]) -> list[tuple[str, str]]:
    """(event, address without its run) of each message."""
    found = []
    for row in posted:
        said = json.loads(row["body"])
        found.append((said["resource_type"], said["resource_url"].split("&")[0]))
    return found


def test_an_import_is_one_message(api: Api, posted: list[Json]) -> None:
    subscribe(api, "ORDER_NOTIFY")

    api.post("orders/createorders", [order_body(f"A-{n}") for n in range(5)])

    assert told(posted) == [
        ("ORDER_NOTIFY", "https://ssapi6.shipstation.com/orders?storeID=20001")
    ]
    said = json.loads(posted[0]["body"])
    assert set(said) == {"resource_url", "resource_type"}
    assert "&importBatch=" in said["resource_url"]
    assert len(said["resource_url"]) <= 200


def test_an_order_is_told_when_it_is_paid(api: Api, posted: list[Json]) -> None:
    subscribe(api, "ORDER_NOTIFY")
    api.create("A-1", orderStatus="awaiting_payment")
    assert posted == []

    api.create("A-1", orderStatus="awaiting_shipment")

    assert len(posted) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"customerNotes": "edited"},
        {"orderStatus": "cancelled"},
        {"orderStatus": "on_hold"},
    ],
)
def test_edits_cancels_and_holds_are_not_told(
    api: Api, posted: list[Json], change: Json
) -> None:
    api.create("A-1")
    subscribe(api, "ORDER_NOTIFY")

    api.create("A-1", **change)

    assert posted == []


def test_labels_are_one_message_per_batch_and_store(
    api: Api, posted: list[Json]
) -> None:
    for number in range(3):
        api.create(f"A-{number}")
    api.create("B-1", advancedOptions={"storeId": 20002})
    subscribe(api, "SHIP_NOTIFY")

    api.control("ship", all=True)

    assert sorted(told(posted)) == [
        ("SHIP_NOTIFY", "https://ssapi6.shipstation.com/shipments?storeID=20001"),
        ("SHIP_NOTIFY", "https://ssapi6.shipstation.com/shipments?storeID=20002"),
    ]


def test_returns_tests_and_voids_are_not_told(api: Api, posted: list[Json]) -> None:
    api.create("A-1")
    subscribe(api, "SHIP_NOTIFY")
    api.control("ship", order_keys=["k-A-1"], test_label=True)
    api.control("ship", order_keys=["k-A-1"], return_label=True)
    assert posted == []

    shipped = api.control("ship", order_keys=["k-A-1"])["shipped"][0]
    api.control("void", tracking=shipped["trackingNumber"])

    assert len(posted) == 1


def test_marked_as_shipped_is_a_fulfilment(api: Api, posted: list[Json]) -> None:
    api.create("A-1")
    for event in ("SHIP_NOTIFY", "FULFILLMENT_SHIPPED"):
        subscribe(api, event)

    api.control("ship", order_keys=["k-A-1"], fulfillment=True, tracking="X1")

    assert told(posted) == [
        (
            "FULFILLMENT_SHIPPED",
            "https://ssapi6.shipstation.com/fulfillments?storeID=20001",
        )
    ]


def test_one_stores_subscription_hears_of_no_other(
    api: Api, posted: list[Json]
) -> None:
    subscribe(api, "ORDER_NOTIFY", store_id=20002)

    api.create("A-1")

    assert posted == []


def test_subscriptions_are_listed_and_ended(api: Api, posted: list[Json]) -> None:
    number = subscribe(api, "ORDER_NOTIFY", friendly_name="ours")
    (row,) = api.get("webhooks")["webhooks"]
    assert (row["WebHookID"], row["Url"], row["Name"]) == (number, URL, "ours")

    assert api.call("DELETE", f"webhooks/{number}").status_code == 200
    assert api.call("DELETE", f"webhooks/{number}").status_code == 404
    assert api.get("webhooks")["webhooks"] == []


def test_both_shapes_of_the_answer(api: Api, posted: list[Json]) -> None:
    api.peer.configure({"webhook_answer": "long"})
    body = {"target_url": URL, "event": "SHIP_NOTIFY", "friendly_name": "ours"}

    answer = api.post("webhooks/subscribe", body)

    assert set(answer) == {"WebHookID", "HookType", "Url", "Name"}


@pytest.mark.parametrize(
    "body",
    [
        {"target_url": "ftp://127.0.0.1/", "event": "SHIP_NOTIFY"},
        {"event": "SHIP_NOTIFY"},
        {"target_url": URL, "event": "EVERYTHING"},
        {"target_url": URL, "event": "SHIP_NOTIFY", "store_id": 1},
    ],
)
def test_a_bad_subscription_is_refused(
    api: Api, posted: list[Json], body: Json
) -> None:
    assert api.refused("POST", "webhooks/subscribe", body)[0] == 400


def test_an_old_account_does_not_know_the_new_events(
    api: Api, posted: list[Json]
) -> None:
    api.peer.configure({"webhook_old_events": True})
    body = {"target_url": URL, "event": "FULFILLMENT_SHIPPED"}

    assert api.refused("POST", "webhooks/subscribe", body)[0] == 400


def test_duplicates_lateness_and_loss(api: Api, posted: list[Json]) -> None:
    subscribe(api, "ORDER_NOTIFY")
    weather = {"peer": "shipstation", "count": 1}
    FAULTS.add({**weather, "fault": "duplicate_webhook"})
    api.create("A-1")
    assert len(posted) == 2
    assert posted[0] == posted[1]

    FAULTS.add({**weather, "fault": "late_webhook", "seconds": 30})
    api.create("A-2")
    assert [row["in"] for row in posted] == [0, 0, 30]

    FAULTS.add({**weather, "fault": "lost_webhook"})
    api.create("A-3")
    assert len(posted) == 3

    api.create("A-4")
    assert len(posted) == 4
    rows = [row for row in LEDGER.rows() if row["operation"] == "webhook"]
    assert [row["copies"] for row in rows] == [2, 1, 0, 1]
    assert "secret" not in json.dumps(rows)


def test_nonsense_comes_beside_the_real_one(api: Api, posted: list[Json]) -> None:
    subscribe(api, "ORDER_NOTIFY")
    FAULTS.add({"peer": "shipstation", "fault": "hostile_webhook"})

    for number in range(9):
        api.create(f"A-{number}")

    real = [row for row in posted if b"importBatch" in row["body"]]
    nonsense = [row for row in posted if b"importBatch" not in row["body"]]
    assert len(real) == 9
    assert len({row["body"] for row in nonsense}) == 9


def test_a_peer_that_sends_nothing_has_no_such_fault(api: Api) -> None:
    core.discover()
    with pytest.raises(core.ControlError):
        FAULTS.add({"peer": "amazon", "fault": "late_webhook"})


def test_settings_delay_lose_and_double(api: Api, posted: list[Json]) -> None:
    subscribe(api, "ORDER_NOTIFY")
    api.peer.configure({"webhook_delay": [5, 9], "webhook_duplicates": 1.0})
    api.create("A-1")
    assert len(posted) == 2
    assert 5 <= posted[0]["in"] <= 9

    api.peer.configure({"webhook_loss": 1.0})
    api.create("A-2")
    assert len(posted) == 2


def test_subscriptions_survive_the_snapshot(api: Api, posted: list[Json]) -> None:
    subscribe(api, "ORDER_NOTIFY")
    kept = json.loads(json.dumps(state.dump(api.peer.world), default=str))

    api.peer.reset(1)
    api.peer.load(kept)

    (row,) = api.peer.world.accounts["demo-key"].hooks
    assert row["Url"] == URL
    # Numbers go on where they were.
    assert subscribe(api, "SHIP_NOTIFY") > row["WebHookID"]


def test_a_snapshot_from_before_webhooks_is_read(api: Api) -> None:
    kept = json.loads(json.dumps(state.dump(api.peer.world), default=str))
    del kept["counters"]["hook"], kept["counters"]["batch"]
    for account in kept["accounts"]:
        del account["hooks"]

    api.peer.load(kept)

    assert subscribe(api, "SHIP_NOTIFY") > 0


def test_messages_do_not_change_what_chance_brings(
    api: Api, posted: list[Json]
) -> None:
    def world() -> list[Json]:
        api.peer.reset(7)
        return [api.create(f"A-{n}", orderKey=None) for n in range(3)]

    quiet = world()
    api.peer.reset(7)
    subscribe(api, "ORDER_NOTIFY")
    told_of = [api.create(f"A-{n}", orderKey=None) for n in range(3)]

    assert [row["orderKey"] for row in quiet] == [row["orderKey"] for row in told_of]


def test_the_courier_sends_to_this_machine_only() -> None:
    courier = Courier()
    courier.post(Parcel(peer="shipstation", url="https://example.test/", body=b"{}"))

    until = time.monotonic() + 5
    while not courier.delivered and time.monotonic() < until:
        time.sleep(0.01)

    assert courier.delivered[0].problem == (
        "the practice server sends to this machine only"
    )
