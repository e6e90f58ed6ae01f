"""Notices are believed only with eBay's signature over their very bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import responses
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stores import budgets
from stores.connectors.base import AccountConfig
from stores.connectors.ebay import notify
from stores.connectors.ebay.connector import EbayConnector
from stores.http import Gateway
from stores.models import AccessToken
from stores.remote_types import WebhookAnswer, WebhookRequest
from stores.tokens import DatabaseTokenStore

pytestmark = pytest.mark.django_db

KEY = "remote-1"
KID = "9936261a-7d7b-4621-a0f1-964d35e4e4c6"
API = "https://api.ebay.com"
KEY_URL = f"{API}/commerce/notification/v1/public_key/{KID}"
OURS = "https://shipsync.example.com/stores/hooks/remote-1/secret/"
TOKEN = "a-verification-token-of-forty-characters"
PRIVATE = ec.generate_private_key(ec.SECP256R1())


def connector(**secrets: str) -> EbayConnector:
    budgets.ensure(KEY, EbayConnector.budget_specs)
    account = AccountConfig(
        key=KEY,
        environment="production",
        region="",
        seller_id="demo_trading",
        settings={"client_id": "app"},
        secrets={"client_secret": "s3cr3t", "verification_token": TOKEN} | secrets,
        marketplace_ids=("EBAY_GB",),
    )
    return EbayConnector(account, gateway=Gateway(KEY), tokens=DatabaseTokenStore(KEY))


def public_pem(key: Any = PRIVATE) -> str:
    """As eBay writes it: on one line."""
    pem: bytes = key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode().replace("\n", "")


@dataclass
class Notice:
    """A notice as eBay sends it; fields may be spoilt."""

    topic: str = "MARKETPLACE_ACCOUNT_DELETION"
    data: dict[str, Any] = field(
        default_factory=lambda: {
            "username": "buyer_one",
            "userId": "ma8vp1jySJC",
            "eiasToken": "nY+sHZ2PrBmdj6wVnY",
        }
    )
    digest: hashes.HashAlgorithm = field(default_factory=hashes.SHA1)
    header: dict[str, Any] = field(default_factory=dict)
    signed: bytes | None = None

    @property
    def body(self) -> bytes:
        content = {
            "metadata": {"topic": self.topic, "schemaVersion": "1.0"},
            "notification": {
                "notificationId": "49feeaeb-4982",
                "publishAttemptCount": 1,
                "data": self.data,
            },
        }
        # Spacing counts: the signature is over bytes, not over JSON.
        return json.dumps(content, indent=1).encode()

    def request(self) -> WebhookRequest:
        signature = PRIVATE.sign(self.signed or self.body, ec.ECDSA(self.digest))
        content = {
            "alg": "ecdsa",
            "kid": KID,
            "signature": base64.b64encode(signature).decode(),
            "digest": "SHA1",
        } | self.header
        return post(self.body, base64.b64encode(json.dumps(content).encode()).decode())


def post(body: bytes, signature: str | None) -> WebhookRequest:
    headers = {} if signature is None else {notify.SIGNATURE_HEADER: signature}
    return WebhookRequest(method="POST", url=OURS, headers=headers, query={}, body=body)


@pytest.fixture
def peer() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(
            f"{API}/identity/v1/oauth2/token",
            json={"access_token": "app-token", "expires_in": 7200},
        )
        yield mock


@pytest.fixture
def with_key(peer: responses.RequestsMock) -> responses.RequestsMock:
    peer.get(
        KEY_URL, json={"algorithm": "ECDSA", "digest": "SHA1", "key": public_pem()}
    )
    return peer


def key_calls(peer: responses.RequestsMock) -> int:
    return sum("public_key" in str(call.request.url) for call in peer.calls)


def test_a_challenge_is_answered_with_the_hash() -> None:
    answer = connector().receive(
        WebhookRequest(
            method="GET",
            url=OURS,
            headers={},
            query={"challenge_code": "a8628072"},
            body=b"",
        )
    )

    proof = hashlib.sha256(f"a8628072{TOKEN}{OURS}".encode()).hexdigest()
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body) == {"challengeResponse": proof}
    assert answer.dedupe_key == ""


@pytest.mark.parametrize(
    ("query", "secrets", "status"),
    [
        ({}, {}, 400),
        ({"challenge_code": "x" * 201}, {}, 400),
        ({"challenge_code": "x"}, {"verification_token": ""}, 500),
    ],
)
def test_a_challenge_that_cant_be_answered_says_so(
    query: dict[str, str], secrets: dict[str, str], status: int
) -> None:
    request = WebhookRequest(method="GET", url=OURS, headers={}, query=query, body=b"")

    assert connector(**secrets).receive(request) == WebhookAnswer(status=status)


def test_a_deleted_account_is_to_be_forgotten(
    with_key: responses.RequestsMock,
) -> None:
    answer = connector().receive(Notice().request())

    assert answer == WebhookAnswer(
        status=200,
        dedupe_key="49feeaeb-4982",
        topic="MARKETPLACE_ACCOUNT_DELETION",
        forget_buyers=("buyer_one", "ma8vp1jySJC"),
    )


@pytest.mark.parametrize(
    ("topic", "look"),
    [
        ("ORDER_CONFIRMATION", True),
        ("ITEM_MARKED_SHIPPED", True),
        ("AUTHORIZATION_REVOCATION", True),
        ("FEEDBACK_LEFT", False),
        ("OF_TOMORROW", False),
    ],
)
def test_order_topics_ask_for_a_look_and_nobody_is_forgotten(
    with_key: responses.RequestsMock, topic: str, look: bool
) -> None:
    answer = connector().receive(Notice(topic=topic).request())

    assert (answer.status, answer.look) == (200, look)
    assert answer.forget_buyers == ()


def test_a_key_is_asked_for_once_an_hour(with_key: responses.RequestsMock) -> None:
    first, second = connector(), connector()

    for one in (first, first, second):
        assert one.receive(Notice().request()).status == 200

    assert key_calls(with_key) == 1


def test_a_sha256_key_is_checked_as_such(peer: responses.RequestsMock) -> None:
    peer.get(KEY_URL, json={"digest": "SHA256", "key": public_pem()})

    assert connector().receive(Notice(digest=hashes.SHA256()).request()).status == 200
    assert connector().receive(Notice().request()).status == 412


def test_other_bytes_with_the_same_meaning_are_refused(
    with_key: responses.RequestsMock,
) -> None:
    notice = Notice()
    same = json.dumps(json.loads(notice.body)).encode()

    answer = connector().receive(Notice(signed=same).request())

    assert answer == WebhookAnswer(status=412)


@pytest.mark.parametrize(
    "header",
    [
        {"signature": "not base64!"},
        {"signature": base64.b64encode(b"no DER").decode()},
        {"signature": None},
        {"kid": 7},
        {"kid": "../../order"},
        {"kid": "x" * 500},
        {"alg": "none"},
        {"alg": "hmac"},
    ],
)
def test_a_spoilt_signature_is_refused(
    with_key: responses.RequestsMock, header: dict[str, Any]
) -> None:
    answer = connector().receive(Notice(header=header).request())

    assert answer == WebhookAnswer(status=412)


@pytest.mark.parametrize("signature", [None, "", "%%%", "bm8ganNvbg==", "W10=", "eyJ9"])
def test_without_a_readable_signature_nothing_is_asked(
    peer: responses.RequestsMock, signature: str | None
) -> None:
    answer = connector().receive(post(Notice().body, signature))

    assert answer == WebhookAnswer(status=412)
    assert len(peer.calls) == 0


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"[]", b"{}", b'{"metadata":{}}', b"\xff\xfe", b"[" * 100_000),
        b'{"metadata":{"topic":7},"notification":{"notificationId":"1"}}',
        b'{"metadata":{"topic":"T"},"notification":{"notificationId":""}}',
    ],
)
def test_a_body_that_is_no_notice_is_refused_before_anybody_is_asked(
    peer: responses.RequestsMock, body: bytes
) -> None:
    request = post(body, base64.b64encode(b"{}").decode())

    assert connector().receive(request) == WebhookAnswer(status=412)
    assert len(peer.calls) == 0


def test_a_key_of_another_kind_proves_nothing(peer: responses.RequestsMock) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    peer.get(KEY_URL, json={"digest": "SHA1", "key": public_pem(other)})

    assert connector().receive(Notice().request()).status == 412


@pytest.mark.parametrize("key", ["", "-----BEGIN PUBLIC KEY-----", "AAAA", "é"])
def test_a_broken_key_proves_nothing(peer: responses.RequestsMock, key: str) -> None:
    peer.get(KEY_URL, json={"digest": "SHA1", "key": key})

    assert connector().receive(Notice().request()).status == 412


def test_an_unknown_key_is_a_forgery(peer: responses.RequestsMock) -> None:
    refusal = {"errors": [{"errorId": 195001, "message": "invalid"}]}
    peer.get(KEY_URL, status=404, json=refusal)

    assert connector().receive(Notice().request()) == WebhookAnswer(status=412)


def test_strangers_key_ids_fill_no_table(peer: responses.RequestsMock) -> None:
    refusal = {"errors": [{"errorId": 195001}]}
    for number in range(30):
        kid = f"forged-{number:04d}"
        url = KEY_URL.replace(KID, kid)
        peer.get(url, status=404, json=refusal)
        connector().receive(Notice(header={"kid": kid}).request())

    slots = AccessToken.objects.filter(kind__startswith="notification-key")
    assert slots.count() <= notify.KEY_SLOTS


@pytest.mark.parametrize("status", [500, 429, 401, 200])
def test_what_is_our_failure_lets_ebay_send_it_again(
    peer: responses.RequestsMock, status: int
) -> None:
    peer.get(KEY_URL, status=status, json={"nothing": "useful"})

    assert connector().receive(Notice().request()) == WebhookAnswer(status=500)


def test_other_methods_are_refused() -> None:
    request = WebhookRequest(method="PUT", url=OURS, headers={}, query={}, body=b"")

    assert connector().receive(request).status == 405
