"""What anybody may send to a secret address: nothing of it may do harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import Client

from shipsync_site.lib import clock
from stores import lanes
from stores.models import (
    Lane,
    ReceiptOutcome,
    ShipStationAccount,
    WebhookEndpoint,
    WebhookReceipt,
)
from stores.webhooks import endpoints
from tests.orders.factories import make_remote_account, make_shipstation_account

GOOD_URL = (
    "https://ssapi6.shipstation.com/shipments"
    "?storeID=20001&batchId=77&includeShipmentItems=False"
)


@pytest.fixture
def account(db: None) -> ShipStationAccount:
    """A ShipStation account with webhooks on and all its lanes idle."""
    account = make_shipstation_account()
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    lanes.ensure_lanes()
    Lane.objects.update(due_at=None)
    return account


@pytest.fixture(autouse=True)
def no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receiving calls nobody: a request of ours would fail the test."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a webhook made us call somebody")

    monkeypatch.setattr("requests.Session.request", refuse)
    monkeypatch.setattr("requests.sessions.Session.send", refuse)


def send(
    account: ShipStationAccount, body: Any, *, path: str = "", **extra: Any
) -> HttpResponse:
    """What an outsider posts: an object as JSON, bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = extra.pop("content_type", "application/json")
    client = Client(enforce_csrf_checks=True)
    address = path or endpoints.path_of(endpoints.endpoint_of(account))
    return cast("HttpResponse", client.post(address, raw, content_type=kind, **extra))


def message(url: str = GOOD_URL, event: str = "SHIP_NOTIFY") -> dict[str, str]:
    return {"resource_url": url, "resource_type": event}


def due(account: ShipStationAccount) -> list[str]:
    """The lanes that were asked to look."""
    return sorted(
        Lane.objects.filter(account=account.key, due_at__isnull=False).values_list(
            "direction", flat=True
        )
    )


@pytest.mark.parametrize(
    ("event", "path", "lane"),
    [
        ("ORDER_NOTIFY", "orders", "mirror"),
        ("ITEM_ORDER_NOTIFY", "orders", "mirror"),
        ("SHIP_NOTIFY", "shipments", "dispatches"),
        ("ITEM_SHIP_NOTIFY", "shipments", "dispatches"),
        ("FULFILLMENT_SHIPPED", "fulfillments", "dispatches"),
        ("FULFILLMENT_REJECTED", "fulfillments", "dispatches"),
    ],
)
def test_an_event_is_kept_and_only_asks_for_a_look(
    account: ShipStationAccount, event: str, path: str, lane: str
) -> None:
    url = f"https://ssapi6.shipstation.com/{path}?storeID=20001&importBatch=ab-12"
    answer = send(account, message(url, event))

    assert answer.status_code == 200
    receipt = WebhookReceipt.objects.get()
    assert (receipt.topic, receipt.outcome) == (event, ReceiptOutcome.NUDGED)
    assert receipt.params == {
        "path": f"/{path}",
        "storeID": 20001,
        "importBatch": "ab-12",
    }
    assert due(account) == [lane]
    assert WebhookEndpoint.objects.get().last_received_at is not None


def test_a_wrong_token_is_not_found(account: ShipStationAccount) -> None:
    good = endpoints.endpoint_of(account)
    wrong = [
        f"/hooks/{account.key}/{'x' * 43}/",
        f"/hooks/{account.key}/{good.token[:-1]}/",
        f"/hooks/shipstation-999/{good.token}/",
        f"/hooks/nobody/{good.token}/",
        f"/hooks/{account.key}/{good.token_hash}/",
    ]
    answers = [send(account, message(), path=path) for path in wrong]

    assert {answer.status_code for answer in answers} == {404}
    # Nothing tells which part was wrong.
    assert {answer.content for answer in answers} == {b""}
    assert not WebhookReceipt.objects.exists()
    assert due(account) == []


def test_another_accounts_token_opens_nothing(account: ShipStationAccount) -> None:
    other = make_shipstation_account(key_fingerprint="other")
    endpoint = endpoints.endpoint_of(other)
    endpoints.switch(endpoint, on=True)

    answer = send(account, message(), path=f"/hooks/{account.key}/{endpoint.token}/")

    assert answer.status_code == 404
    assert not WebhookReceipt.objects.exists()


def test_switched_off_is_not_found(account: ShipStationAccount) -> None:
    path = endpoints.path_of(endpoints.endpoint_of(account))
    endpoints.switch(endpoints.endpoint_of(account), on=False)

    assert send(account, message(), path=path).status_code == 404


def test_a_new_address_ends_the_old_one(account: ShipStationAccount) -> None:
    old = endpoints.path_of(endpoints.endpoint_of(account))
    endpoints.new_address(endpoints.endpoint_of(account))

    assert send(account, message(), path=old).status_code == 404
    assert send(account, message()).status_code == 200


def test_ten_megabytes_are_refused_unread(account: ShipStationAccount) -> None:
    answer = send(account, b'{"resource_url": "' + b"x" * 10_000_000 + b'"}')

    assert answer.status_code == 413
    assert not WebhookReceipt.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'"text"',
        b"1" * 60_000,
        b"{}",
        b'{"resource_url": 1, "resource_type": ["SHIP_NOTIFY"]}',
        b'{"resource_type": "SHIP_NOTIFY"}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_message_is_refused_and_counted(
    account: ShipStationAccount, body: bytes
) -> None:
    for _ in range(3):
        assert send(account, body).status_code == 400

    receipt = WebhookReceipt.objects.get()
    assert (receipt.outcome, receipt.repeats) == (ReceiptOutcome.MALFORMED, 2)
    assert (receipt.params, receipt.size) == ({}, len(body))
    assert due(account) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/shipments?storeID=1",
        "https://ssapi6.shipstation.com.evil.example/shipments",
        "https://ssapi6.shipstation.com@evil.example/shipments",
        "https://key:secret@ssapi6.shipstation.com/shipments?storeID=1",
        "https://ssapi6.shipstation.com:8443/shipments",
        "http://ssapi6.shipstation.com/shipments",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8000/admin/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "//evil.example/shipments",
        "https://ssapi6.shipstation.com/accounts/listtags",
        "https://ssapi6.shipstation.com/orders/../accounts",
        "https://ssapi６.shipstation.com/orders",
        "https://[::1/orders",
        "https://ssapi6.shipstation.com:99999/orders",
        "javascript:alert(1)",
        "",
        "https://ssapi6.shipstation.com/orders?" + "a=1&" * 100,
        "https://ssapi6.shipstation.com/orders?x=" + "y" * 5000,
    ],
)
def test_another_address_is_kept_as_foreign_and_asks_for_nothing(
    account: ShipStationAccount, url: str
) -> None:
    answer = send(account, message(url))

    assert answer.status_code == 200
    receipt = WebhookReceipt.objects.get()
    assert (receipt.outcome, receipt.params) == (ReceiptOutcome.FOREIGN, {})
    assert due(account) == []


def test_parameters_of_the_wrong_type_are_dropped(account: ShipStationAccount) -> None:
    url = (
        "https://ssapi6.shipstation.com/orders?storeID=1%20OR%201=1&importBatch=<b>"
        "&orderIds=1,2,3&orderId=-4&buyer=ada@example.test&batchId=9"
        "&storeID=99999999999999999999"
    )
    send(account, message(url, "ORDER_NOTIFY"))

    assert WebhookReceipt.objects.get().params == {
        "path": "/orders",
        "orderIds": [1, 2, 3],
        "batchId": "9",
    }


@pytest.mark.parametrize(
    ("event", "topic"),
    [
        ("ORDER_NOTIFY'; DROP TABLE stores_webhookreceipt;--", "unknown"),
        ("<script>alert(1)</script>", "unknown"),
        ("A" * 5000, "unknown"),
        ("order_notify", "unknown"),
        ("BRAND_NEW_EVENT", "BRAND_NEW_EVENT"),
    ],
)
def test_an_unknown_event_is_noted_under_a_harmless_name(
    account: ShipStationAccount, event: str, topic: str
) -> None:
    assert send(account, message(event=event)).status_code == 200

    receipt = WebhookReceipt.objects.get()
    assert (receipt.topic, receipt.outcome) == (topic, ReceiptOutcome.UNKNOWN)
    assert due(account) == []


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/xml",
    ],
)
def test_a_wrong_content_type_is_refused(
    account: ShipStationAccount, kind: str
) -> None:
    assert send(account, b"a=1", content_type=kind).status_code == 415
    assert not WebhookReceipt.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_other_methods_are_not_allowed(
    account: ShipStationAccount, method: str
) -> None:
    path = endpoints.path_of(endpoints.endpoint_of(account))

    assert getattr(Client(), method)(path).status_code == 405


@pytest.mark.sqlite
def test_a_replay_is_only_counted(account: ShipStationAccount) -> None:
    send(account, message())
    Lane.objects.update(due_at=None, nudged_at=None)

    for _ in range(200):
        assert send(account, message()).status_code == 200

    receipt = WebhookReceipt.objects.get()
    assert receipt.repeats == 200
    assert due(account) == []


def test_a_flood_of_different_messages_makes_one_look(
    account: ShipStationAccount,
) -> None:
    send(account, message(GOOD_URL.replace("77", "1000")))
    ran_at = clock.real_now()
    Lane.objects.update(last_run_at=ran_at, due_at=None, nudged_at=None)
    for number in range(49):
        send(account, message(GOOD_URL.replace("77", str(number))))

    lane = Lane.objects.get(account=account.key, direction="dispatches")
    assert WebhookReceipt.objects.count() == 50
    # None of them made the lane due at once, nor woke a pump.
    assert lane.due_at is not None
    assert (lane.due_at - ran_at).total_seconds() == 15
    assert lane.nudged_at is None


def test_one_message_alone_waits_for_no_ordinary_look_of_a_moment_ago(
    account: ShipStationAccount,
) -> None:
    Lane.objects.update(last_run_at=clock.real_now(), due_at=None, nudged_at=None)

    send(account, message())

    lane = Lane.objects.get(account=account.key, direction="dispatches")
    assert lane.due_at is not None
    assert lane.due_at <= clock.real_now()


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 500])
def test_the_secret_path_is_in_no_log(
    account: ShipStationAccount,
    status: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = endpoints.path_of(endpoints.endpoint_of(account))
    caplog.set_level("DEBUG")
    if status == 500:

        def broken(*_: Any) -> None:
            raise RuntimeError("the database is away")

        monkeypatch.setattr("stores.views.hooks.receive", broken)
    answers: dict[int, Callable[[], Any]] = {
        400: lambda: send(account, b"{", path=path),
        404: lambda: send(account, message(), path=f"{path[:-2]}/"),
        405: lambda: Client().put(path),
        413: lambda: send(account, b" " * 100_000, path=path),
        415: lambda: send(account, b"a=1", path=path, content_type="text/xml"),
        500: lambda: send(account, message(), path=path),
    }

    assert answers[status]().status_code == status
    token = endpoints.endpoint_of(account).token
    assert token[:-1] not in caplog.text


def test_nothing_of_the_body_is_kept(account: ShipStationAccount) -> None:
    body = message() | {"buyer": "Ada Buyer", "email": "ada@example.test"}
    send(account, body)

    row = WebhookReceipt.objects.values().get()
    assert "Ada" not in repr(row)
    assert "ada@" not in repr(row)


def test_a_marketplace_that_sends_nothing_has_no_address(db: None) -> None:
    account = make_remote_account()
    endpoint = endpoints.endpoint_of(account)
    endpoints.switch(endpoint, on=True)

    answer = Client().post(endpoints.path_of(endpoint), b"{}", "application/json")

    assert answer.status_code == 404
