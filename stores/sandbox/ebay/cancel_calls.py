"""Post-Order v2's cancellations, and Key Management, as far as sellers call them.

Contract: developer.ebay.com on Post-Order v2; of bodies only the documented fields.
Numbers and texts of its refusals are not published in full: the peer chose.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from stores.sandbox.ebay import answers
from stores.sandbox.ebay.answers import POST_ORDER, ApiError
from stores.sandbox.ebay.auth import BASE, FULFILLMENT_SCOPE
from stores.sandbox.ebay.operations import Call, Operation, operation
from stores.sandbox.ebay.orders import (
    CANCELED,
    DAY_MS,
    FULFILLED,
    CancelRequest,
    Order,
)
from stores.sandbox.ebay.render import iso
from stores.sandbox.ebay.world import APPROVAL_MS

Json = dict[str, Any]

ROOT = "post-order/v2/cancellation"
KEYS = "developer/key_management/v1/signing_key"
SELLER_REASONS = (
    *("OUT_OF_STOCK_OR_CANNOT_FULFILL", "BUYER_ASKED_CANCEL", "ADDRESS_ISSUES"),
    "ORDER_UNPAID",
)
SELLER_MAY_MS = 30 * DAY_MS
PAGE = 25
_CLOSED = {"COMPLETED": "CANCEL_CLOSED_WITH_REFUND", "REJECTED": "CANCEL_REJECTED"}


def create_signing_key(call: Call) -> HttpResponse:
    """``createSigningKey``; the private half is told this once."""
    cipher = (call.body() or {}).get("signingKeyCipher", "ED25519")
    if cipher != "ED25519":
        raise ApiError(400, 210001, "The practice server mints ED25519 only.")
    made = call.world.keys.mint(call.access.client_id, call.now // 1000)
    call.world.record("signing_key", made["signingKeyId"])
    return answers.json_response(201, made)


def check_eligibility(call: Call) -> HttpResponse:
    """``checkCancellationEligibility`` for the seller."""
    order = _order(call, call.body())
    failures = _failures(call, order)
    reasons = [r for r in SELLER_REASONS if (r == "ORDER_UNPAID") != order.paid]
    body: Json = {"legacyOrderId": order.order_id, "eligible": not failures}
    body["failureReason" if failures else "eligibleCancelReason"] = failures or reasons
    return answers.json_response(200, body)


def create_cancellation(call: Call) -> HttpResponse:
    """``createCancellation``: the seller cancels a whole order."""
    body = call.body()
    order = _order(call, body)
    reason = body.get("cancelReason")
    if reason not in SELLER_REASONS or (reason == "ORDER_UNPAID") == order.paid:
        raise _refuse(400, 1613, f"Invalid cancel reason: {reason}")
    failures = _failures(call, order)
    if failures:
        raise _refuse(400, 1616, f"Not eligible: {', '.join(failures)}")
    request = call.world.cancel_as_seller(order, str(reason), call.now)
    return answers.json_response(200, {"cancelId": request.request_id})


def approve(call: Call, cancel_id: str) -> HttpResponse:
    """``approveCancellationRequest``."""
    order = _open(call, cancel_id)
    call.world.approve(order, call.now)
    return answers.empty_response(200)


def reject(call: Call, cancel_id: str) -> HttpResponse:
    """``rejectCancellationRequest``; its body may be empty but must be there."""
    order = _open(call, cancel_id)
    if not isinstance(call.body(), dict):
        raise _refuse(400, 1600, "A body is needed, if only {}.")
    call.world.close_request(order, call.now, "rejected")
    return answers.empty_response(200)


def get_cancellation(call: Call, cancel_id: str) -> HttpResponse:
    """``getCancellation``."""
    order, request = _find(call, cancel_id)
    return answers.json_response(200, {"cancelDetail": _render(order, request)})


def search(call: Call) -> HttpResponse:
    """``search``: by order, cancellation or nothing."""
    wanted = call.request.GET
    rows = [
        _render(order, request)
        for order in call.world.book
        if order.seller_id == call.access.seller_id
        and wanted.get("legacy_order_id", order.order_id) == order.order_id
        for request in order.requests
        if wanted.get("cancel_id", request.request_id) == request.request_id
    ]
    offset = max(1, int(wanted.get("offset") or 1))
    limit = int(wanted.get("limit") or PAGE)
    page = rows[offset - 1 : offset - 1 + limit]
    return answers.json_response(200, {"cancellations": page, "total": len(rows)})


def _order(call: Call, body: Any) -> Order:
    order_id = body.get("legacyOrderId") if isinstance(body, dict) else None
    order = call.world.book.get(str(order_id))
    if order is None or order.seller_id != call.access.seller_id:
        raise _refuse(404, 1604, f"Invalid order: {order_id}")
    return order


def _find(call: Call, cancel_id: str) -> tuple[Order, CancelRequest]:
    for order in call.world.book:
        if order.seller_id == call.access.seller_id:
            for request in order.requests:
                if request.request_id == cancel_id:
                    return order, request
    raise _refuse(404, 1602, f"Invalid cancellation: {cancel_id}")


def _open(call: Call, cancel_id: str) -> Order:
    order, request = _find(call, cancel_id)
    if request.state != "REQUESTED":
        raise _refuse(409, 1608, f"The cancellation {cancel_id} is closed.")
    return order


def _failures(call: Call, order: Order) -> list[str]:
    failures = []
    if order.cancel_state == CANCELED or order.open_request is not None:
        failures.append("CANCELLATION_EXIST")
    if order.purchase_marketplace_id != order.marketplace_id:
        failures.append("CROSS_SITE_ORDER")
    if order.status == FULFILLED or call.now - order.created > SELLER_MAY_MS:
        failures.append("CANCEL_WINDOW_ELAPSED")
    return failures


def _render(order: Order, request: CancelRequest) -> Json:
    waits = request.state == "REQUESTED"
    body: Json = {
        "cancelId": request.request_id,
        "legacyOrderId": order.order_id,
        "marketplaceId": order.marketplace_id,
        "requestorType": request.initiator.upper(),
        "cancelReason": request.reason,
        "cancelState": "APPROVAL_PENDING" if waits else "CLOSED",
        "cancelStatus": "CANCEL_REQUESTED" if waits else _CLOSED[request.state],
        "cancelRequestDate": {"value": iso(request.requested)},
    }
    if waits:
        deadline = {"value": iso(request.requested + APPROVAL_MS)}
        body["sellerResponseDueDate"] = deadline
    return body


def _refuse(status: int, number: int, message: str) -> ApiError:
    return ApiError(status, number, message, domain=POST_ORDER)


def _call(name: str, method: str, path: str, serve: Any, signed: bool) -> Operation:
    return operation(
        name,
        method,
        f"{ROOT}{path}",
        serve,
        FULFILLMENT_SCOPE,
        seller=True,
        scheme="iaf",
        signed=signed,
    )


OPERATIONS = (
    _call(
        "checkCancellationEligibility",
        "POST",
        "/check_eligibility",
        check_eligibility,
        False,
    ),
    _call("searchCancellations", "GET", "/search", search, False),
    _call("createCancellation", "POST", "", create_cancellation, True),
    _call("approveCancellation", "POST", "/{cancel_id}/approve", approve, True),
    _call("rejectCancellation", "POST", "/{cancel_id}/reject", reject, False),
    _call("getCancellation", "GET", "/{cancel_id}", get_cancellation, False),
    operation("createSigningKey", "POST", KEYS, create_signing_key, BASE),
)
