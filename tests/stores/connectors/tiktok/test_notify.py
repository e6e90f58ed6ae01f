"""Messages are believed only with TikTok's signature, and only ask for a look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stores.connectors.tiktok import notify, sign
from stores.connectors.tiktok.connector import TikTokConnector
from stores.errors import RejectedError
from stores.remote_types import WebhookAnswer, WebhookRequest
from tests.stores.connectors.tiktok.peer import KEY, SECRET, connector

URL = "https://shipsync.example.com/stores/hooks/remote-1/secret/"


def message(**changes: Any) -> dict[str, Any]:
    found = {
        "type": 1,
        "tts_notification_id": "7200000000000000001",
        "shop_id": "7490000000000000001",
        "timestamp": 1760000100,
        "data": {"order_id": "576500000000000001", "order_status": "CANCEL"},
    }
    return found | changes


def send(
    body: Any, *, header: str | None = None, method: str = "POST"
) -> WebhookAnswer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    proof = sign.message_sign(SECRET, KEY, raw) if header is None else header
    request = WebhookRequest(
        method=method, url=URL, headers={"authorization": proof}, query={}, body=raw
    )
    return live().receive(request)


def live() -> TikTokConnector:
    return connector(with_budgets=False)


@pytest.mark.parametrize(
    ("number", "topic"),
    [
        (1, "ORDER_STATUS_CHANGE"),
        (3, "RECIPIENT_ADDRESS_UPDATE"),
        (4, "PACKAGE_UPDATE"),
        (6, "SELLER_DEAUTHORIZATION"),
        (7, "UPCOMING_AUTHORIZATION_EXPIRATION"),
        (11, "CANCELLATION_STATUS_CHANGE"),
    ],
)
def test_a_message_asks_for_a_look_and_names_itself(number: int, topic: str) -> None:
    answer = send(message(type=number))

    assert (answer.status, answer.body) == (200, b"")
    assert (answer.dedupe_key, answer.topic) == ("7200000000000000001", topic)
    assert answer.look


def test_a_message_of_another_kind_is_taken_and_asks_for_nothing() -> None:
    answer = send(message(type=27))

    assert (answer.status, answer.topic, answer.look) == (200, "type 27", False)
    assert answer.dedupe_key


@pytest.mark.parametrize("header", ["", "0" * 64, "Bearer x", "é"])
def test_a_message_without_tiktoks_signature_is_refused(header: str) -> None:
    answer = send(message(), header=header)

    assert (answer.status, answer.dedupe_key, answer.look) == (401, "", False)


def test_a_signature_of_another_body_is_refused() -> None:
    raw = json.dumps(message()).encode()

    answer = send(raw + b" ", header=sign.message_sign(SECRET, KEY, raw))

    assert answer.status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        {"type": 1},
        message(type="1"),
        message(type=True),
        message(tts_notification_id=None),
        message(tts_notification_id=""),
        message(tts_notification_id="9" * 101),
    ],
)
def test_a_signed_message_that_is_none_is_refused(body: Any) -> None:
    answer = send(body)

    assert (answer.status, answer.dedupe_key) == (400, "")


def test_only_post_is_taken() -> None:
    assert send(message(), method="GET").status == 405


def test_tiktok_can_send_to_our_address() -> None:
    notify.check_address(URL)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://shipsync.example.com/x", "https"),
        ("https://192.0.2.7/x", "IP address"),
        ("https://[2001:db8::1]/x", "IP address"),
        ("https://localhost/x", "machine's name"),
        ("https://shipsync.example.com:8443/x", "port"),
        ("https://shipsync.example.com:port/x", "port"),
        (f"https://shipsync.example.com/{'x' * 255}", "255"),
    ],
)
def test_an_address_that_tiktok_refuses_is_not_told(url: str, why: str) -> None:
    with pytest.raises(RejectedError) as caught:
        live().subscribe(url)

    assert caught.value.code == "bad_address"
    assert why in caught.value.message
