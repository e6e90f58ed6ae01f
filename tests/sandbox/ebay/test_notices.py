"""Notices are real: challenged, signed over their bytes, repeated, given up."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.sandbox.ebay.driver import NOTIFICATION, Driver, number, read

TOKEN = "v" * 40
DELETION = "MARKETPLACE_ACCOUNT_DELETION"


@dataclass
class Listener:
    """An address of ours; ``status`` is what it answers to notices."""

    url: str
    status: int = 200
    token: str = TOKEN
    got: list[tuple[bytes, str]] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code = parse_qs(urlsplit(self.path).query)["challenge_code"][0]
            text = code + found.token + found.url
            proof = hashlib.sha256(text.encode()).hexdigest()
            self._answer(200, json.dumps({"challengeResponse": proof}).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((body, self.headers["X-EBAY-SIGNATURE"]))
            self._answer(found.status)

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Listener(url=f"http://127.0.0.1:{server.server_port}/ebay")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def subscribe(ebay: Driver, listener: Listener, topic: str = DELETION) -> None:
    ebay.call("PUT", f"{NOTIFICATION}/config", {"alertEmail": "a@b.c"}, app=True)
    made = ebay.call(
        "POST",
        f"{NOTIFICATION}/destination",
        {
            "name": "ours",
            "status": "ENABLED",
            "deliveryConfig": {
                "endpoint": listener.url,
                "verificationToken": TOKEN,
            },
        },
        app=True,
    )
    assert made.status_code in (201, 409), made.content
    made = ebay.call(
        "POST",
        f"{NOTIFICATION}/subscription",
        {
            "topicId": topic,
            "status": "ENABLED",
            "destinationId": "dest-1",
            "payload": {
                "format": "JSON",
                "schemaVersion": "1.0",
                "deliveryProtocol": "HTTPS",
            },
        },
        app=topic == DELETION,
    )
    assert made.status_code == 201, made.content


def login_for_notices(ebay: Driver) -> None:
    scope = "https://api.ebay.com/oauth/api_scope"
    ebay.login(f"{scope} {scope}/sell.fulfillment")


def verify(ebay: Driver, body: bytes, header: str) -> None:
    """Raises InvalidSignature unless the peer's public key says otherwise."""
    content = json.loads(base64.b64decode(header))
    path = f"{NOTIFICATION}/public_key/{content['kid']}"
    key = read(ebay.call("GET", path, app=True))
    assert (key["algorithm"], key["digest"]) == ("ECDSA", "SHA1")
    assert "\n" not in key["key"]
    inner = key["key"].removeprefix("-----BEGIN PUBLIC KEY-----")
    der = base64.b64decode(inner.removesuffix("-----END PUBLIC KEY-----"))
    public = load_der_public_key(der)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(content["signature"])
    public.verify(signature, body, ec.ECDSA(hashes.SHA1()))  # noqa: S303


def test_a_deleted_account_is_told_and_signed(ebay: Driver, listener: Listener) -> None:
    subscribe(ebay, listener)

    ebay.peer.control("forget", {"username": "buyer_one"})
    ebay.peer.courier.wait()

    ((body, header),) = listener.got
    verify(ebay, body, header)
    content = json.loads(body)
    assert content["metadata"]["topic"] == DELETION
    assert content["notification"]["data"]["username"] == "buyer_one"
    with pytest.raises(InvalidSignature):
        verify(ebay, body + b" ", header)


def test_orders_and_parcels_are_told_of(ebay: Driver, listener: Listener) -> None:
    login_for_notices(ebay)
    subscribe(ebay, listener, "ORDER_CONFIRMATION")
    subscribe(ebay, listener, "ITEM_MARKED_SHIPPED")

    order_id = ebay.place_one()
    ebay.tell(order_id)
    ebay.peer.courier.wait()

    topics = [json.loads(body)["metadata"]["topic"] for body, _ in listener.got]
    lines = len(ebay.order(order_id)["lineItems"])
    assert topics == ["ORDER_CONFIRMATION"] * lines + ["ITEM_MARKED_SHIPPED"]


def test_a_notice_to_a_given_address_needs_no_subscription(
    ebay: Driver, listener: Listener
) -> None:
    spec = {"topic": "ORDER_CONFIRMATION", "url": listener.url, "times": 2}

    (key,) = ebay.peer.control("notify", spec)["notification_ids"]
    ebay.peer.courier.wait()

    ids = {
        json.loads(body)["notification"]["notificationId"] for body, _ in listener.got
    }
    assert (len(listener.got), ids) == (2, {key})


def test_a_forged_notice_fits_other_bytes(ebay: Driver, listener: Listener) -> None:
    ebay.peer.fault({"fault": "hostile_webhook"})
    ebay.peer.control("notify", {"topic": "ORDER_CONFIRMATION", "url": listener.url})
    ebay.peer.courier.wait()

    ((body, header),) = listener.got
    with pytest.raises(InvalidSignature):
        verify(ebay, body, header)


def test_a_destination_that_fails_is_tried_and_then_marked_down(
    ebay: Driver, listener: Listener
) -> None:
    subscribe(ebay, listener)
    listener.status = 500
    for name in "abc":
        ebay.peer.control("forget", {"username": name})
    ebay.peer.courier.wait()

    attempts = [
        json.loads(body)["notification"]["publishAttemptCount"]
        for body, _ in listener.got
    ]
    assert attempts == [1, 2, 3] * 3
    shown = ebay.call("GET", f"{NOTIFICATION}/destination/dest-1", app=True)
    assert read(shown)["status"] == "MARKED_DOWN"
    assert ebay.peer.control("forget", {"username": "d"}) == {"notification_ids": []}


def test_a_refused_signature_is_not_tried_again(
    ebay: Driver, listener: Listener
) -> None:
    listener.status = 412
    ebay.peer.control("notify", {"topic": "ORDER_CONFIRMATION", "url": listener.url})
    ebay.peer.courier.wait()

    assert len(listener.got) == 1
    (row,) = ebay.ledger("notice")
    assert row["status"] == 412


def test_an_address_that_fails_the_challenge_is_refused(
    ebay: Driver, listener: Listener
) -> None:
    listener.token = "another"
    ebay.call("PUT", f"{NOTIFICATION}/config", {"alertEmail": "a@b.c"}, app=True)
    body = {
        "name": "ours",
        "status": "ENABLED",
        "deliveryConfig": {"endpoint": listener.url, "verificationToken": TOKEN},
    }

    answer = ebay.call("POST", f"{NOTIFICATION}/destination", body, app=True)
    assert (answer.status_code, number(answer)) == (409, 195020)
    body["deliveryConfig"] = {"endpoint": listener.url, "verificationToken": "short"}
    answer = ebay.call("POST", f"{NOTIFICATION}/destination", body, app=True)
    assert (answer.status_code, number(answer)) == (400, 195019)


def test_a_sellers_topic_needs_the_seller(ebay: Driver, listener: Listener) -> None:
    subscribe(ebay, listener)
    body = {"topicId": "ORDER_CONFIRMATION", "status": "ENABLED", "destinationId": "x"}

    answer = ebay.call("POST", f"{NOTIFICATION}/subscription", body, app=True)

    assert (answer.status_code, number(answer)) == (403, 195011)
