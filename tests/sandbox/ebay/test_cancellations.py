from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from django.http import HttpResponse

from tests.sandbox.ebay.driver import Driver, read

ROOT = "post-order/v2/cancellation"
KEYS = "developer/key_management/v1/signing_key"


def mint(ebay: Driver) -> dict[str, Any]:
    answer = ebay.call("POST", KEYS, {"signingKeyCipher": "ED25519"}, app=True)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = read(answer)
    return found


def signed(
    ebay: Driver,
    key: dict[str, Any] | None,
    path: str,
    body: object = None,
    *,
    sent: object = None,
    created: float | None = None,
    **changes: str,
) -> HttpResponse:
    """A Post-Order call, signed over ``body``, sent with ``sent`` if that is given."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"IAF {ebay.token}"}
    if key is not None:
        at = int(ebay.time.now.timestamp() if created is None else created)
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        covered = {"content-digest": f"sha-256=:{digest}:"} if content else {}
        covered |= {
            "x-ebay-signature-key": key["jwe"],
            "@method": "POST",
            "@path": f"/ebay/{path}",
            "@authority": "testserver",
        }
        names = " ".join(f'"{name}"' for name in covered)
        parameters = f"({names});created={at}"
        lines = [f'"{name}": {value}' for name, value in covered.items()]
        base = "\n".join([*lines, f'"@signature-params": {parameters}'])
        private = load_der_private_key(base64.b64decode(key["privateKey"]), None)
        assert isinstance(private, Ed25519PrivateKey)
        signature = base64.b64encode(private.sign(base.encode())).decode()
        headers |= {
            "x-ebay-signature-key": key["jwe"],
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{signature}:",
        }
        if content:
            headers["Content-Digest"] = covered["content-digest"]
    headers |= changes
    request = ebay.requests.generic(
        "POST",
        f"/ebay/{path}",
        content if sent is None else json.dumps(sent).encode(),
        content_type="application/json",
        headers=headers,
    )
    return ebay.peer.handle(request, path)


def asked(ebay: Driver) -> tuple[str, str]:
    """An order whose buyer asks to cancel, and the request's id."""
    (order_id,) = ebay.place()
    ebay.peer.cancel({"order_id": order_id, "how": "request"})
    (request,) = ebay.order(order_id)["cancelStatus"]["cancelRequests"]
    return order_id, request["cancelRequestId"]


def number(answer: HttpResponse) -> int:
    body = read(answer)
    (row,) = body.get("errors") or body["error"]
    found: int = row["errorId"]
    return found


def test_a_signed_approval_cancels_and_refunds(ebay: Driver) -> None:
    order_id, cancel_id = asked(ebay)

    answer = signed(ebay, mint(ebay), f"{ROOT}/{cancel_id}/approve")

    assert answer.status_code == 200
    order = ebay.order(order_id)
    assert order["cancelStatus"]["cancelState"] == "CANCELED"
    assert order["orderPaymentStatus"] == "FULLY_REFUNDED"
    again = signed(ebay, mint(ebay), f"{ROOT}/{cancel_id}/approve")
    assert again.status_code == 409


def test_a_rejection_needs_no_signature_but_a_body(ebay: Driver) -> None:
    order_id, cancel_id = asked(ebay)

    assert signed(ebay, None, f"{ROOT}/{cancel_id}/reject").status_code == 400
    assert signed(ebay, None, f"{ROOT}/{cancel_id}/reject", {}).status_code == 200
    assert ebay.order(order_id)["cancelStatus"]["cancelState"] == "NONE_REQUESTED"


def test_a_seller_cancels_unasked_with_a_reason(ebay: Driver) -> None:
    (order_id,) = ebay.place()
    body = {"legacyOrderId": order_id, "cancelReason": "ADDRESS_ISSUES"}

    eligible = read(signed(ebay, None, f"{ROOT}/check_eligibility", body))
    answer = signed(ebay, mint(ebay), ROOT, body)

    assert eligible["eligible"] is True
    assert "ADDRESS_ISSUES" in eligible["eligibleCancelReason"]
    assert answer.status_code == 200
    assert ebay.order(order_id)["cancelStatus"]["cancelState"] == "CANCELED"
    later = read(signed(ebay, None, f"{ROOT}/check_eligibility", body))
    assert later["failureReason"] == ["CANCELLATION_EXIST"]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"x-ebay-signature-key": ""}, 215001),
        ({"Signature": ""}, 215002),
        ({"created": 0.0}, 215114),
        ({"sent": {"legacyOrderId": "1"}}, 215120),
        ({"Content-Digest": "sha-256=:AAAA:"}, 215120),
        ({"x-ebay-signature-key": "eyJ6.other"}, 215122),
        ({"host": "localhost:81"}, 215122),
    ],
)
def test_a_signature_that_is_not_of_this_message_is_refused(
    ebay: Driver, changes: dict[str, Any], refused: int
) -> None:
    (order_id,) = ebay.place()
    body = {"legacyOrderId": order_id, "cancelReason": "ADDRESS_ISSUES"}

    answer = signed(ebay, mint(ebay), ROOT, body, **changes)

    assert (answer.status_code, number(answer)) == (400, refused)
    assert ebay.order(order_id)["cancelStatus"]["cancelState"] == "NONE_REQUESTED"


def test_sellers_outside_europe_need_not_sign(ebay: Driver) -> None:
    (order_id,) = ebay.place()
    body = {"legacyOrderId": order_id, "cancelReason": "ADDRESS_ISSUES"}

    assert number(signed(ebay, None, ROOT, body)) == 215001
    seller = {"id": "demo_trading", "ship_from_country": "US"}
    ebay.peer.configure({"sellers": [seller]})
    assert signed(ebay, None, ROOT, body).status_code == 200


def test_post_order_takes_tokens_as_iaf_only(ebay: Driver) -> None:
    _, cancel_id = asked(ebay)
    bearer = f"Bearer {ebay.token}"

    answer = signed(ebay, None, f"{ROOT}/{cancel_id}/reject", {}, Authorization=bearer)

    assert answer.status_code == 401


def test_cancellations_can_be_searched_and_read(ebay: Driver) -> None:
    order_id, cancel_id = asked(ebay)
    headers = {"Authorization": f"IAF {ebay.token}"}
    query = {"legacy_order_id": order_id}

    found = ebay.peer.handle(
        ebay.requests.get("/", query, headers=headers), f"{ROOT}/search"
    )
    one = ebay.peer.handle(
        ebay.requests.get("/", headers=headers), f"{ROOT}/{cancel_id}"
    )

    (row,) = read(found)["cancellations"]
    assert row == read(one)["cancelDetail"]
    assert (row["cancelId"], row["cancelStatus"]) == (cancel_id, "CANCEL_REQUESTED")


def test_keys_survive_a_snapshot(ebay: Driver) -> None:
    key = mint(ebay)
    _, cancel_id = asked(ebay)
    state = json.loads(json.dumps(ebay.peer.dump()))

    ebay.peer.reset(0)
    ebay.peer.load(state)

    answer = signed(ebay, key, f"{ROOT}/{cancel_id}/approve")
    assert answer.status_code == 200
