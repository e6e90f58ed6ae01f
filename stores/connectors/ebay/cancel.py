"""A person's word on a cancellation, told to eBay (Post-Order v2).

eBay cancels whole orders only. A buyer's request is approved or rejected; without one
the seller cancels with a reason. Each try reads the order first: what eBay has done so
already is a success.
"""

from __future__ import annotations

from typing import Any

from stores.connectors.ebay import fields
from stores.connectors.ebay.client import EbayClient
from stores.connectors.ebay.fields import FieldError, Json
from stores.connectors.ebay.post_order import PostOrder
from stores.connectors.ebay.requests import open_request
from stores.errors import RejectedError
from stores.http import Answer
from stores.remote_types import CancellationAnswer, Choice, ChoiceKind

REASONS = {
    "BUYER_ASKED_CANCEL": "The buyer asked for it (no defect)",
    "ADDRESS_ISSUES": "There is a problem with the address (no defect)",
    "OUT_OF_STOCK_OR_CANNOT_FULFILL": "Out of stock or damaged (counts as a defect)",
    "ORDER_UNPAID": "The buyer has not paid",
}
CHOICES = tuple(
    Choice(kind=ChoiceKind.CANCEL_REASON, code=code, label=label)
    for code, label in REASONS.items()
)
_NOT_ELIGIBLE = {
    "CANCEL_WINDOW_ELAPSED": "eBay's time to cancel it is over",
    "CANCELLATION_EXIST": "a cancellation of it exists already",
    "CASE_EXIST": "a case about it is open",
    "CHARGEBACK_OPENED": "a chargeback of it is open",
    "CROSS_SITE_ORDER": "the buyer bought on another eBay site than you listed on, and "
    "such orders can be cancelled in Seller Hub only",
    "DELETED_BUYER": "the buyer's account is deleted",
    "DUPLICATE_LINEITEM": "an item of it is part of another request",
}
_IN_SELLER_HUB = "Do it in Seller Hub"


def tell(
    client: EbayClient,
    calls: PostOrder,
    answer: CancellationAnswer,
    *,
    signed: bool,
    urgent: bool,
) -> None:
    """Tell yes or no; returns where eBay has it so already.

    Raises RejectedError and what calls raise.
    """
    order = client.get_order(answer.order_remote_id, urgent=urgent)
    body = _object(order)
    try:
        cancel = fields.obj(body, "cancelStatus", "")
        state = fields.text(cancel, "cancelState", "cancelStatus.")
        request_id = open_request(cancel)
    except FieldError as error:
        problem = f"getOrder {answer.order_remote_id}: {error}"
    else:
        if answer.accept:
            _accept(calls, answer, body, state, request_id, signed, urgent)
        else:
            _reject(calls, state, request_id, urgent)
        return
    raise order.unexpected(problem)


def _accept(
    calls: PostOrder,
    answer: CancellationAnswer,
    order: Json,
    state: str,
    request_id: str,
    signed: bool,
    urgent: bool,
) -> None:
    if state == "CANCELED":
        return
    if not answer.whole:
        raise _refusal(
            "lines",
            "eBay cancels whole orders only: refund the lines in Seller Hub instead",
        )
    if request_id:
        calls.approve_cancellation(request_id, signed=signed, urgent=urgent)
        return
    if state == "IN_PROGRESS":
        raise RejectedError(
            "A cancellation is under way at eBay, but it shows no request to answer. "
            f"{_IN_SELLER_HUB}",
            code="no_request",
        )
    if order.get("orderFulfillmentStatus") == "FULFILLED":
        raise RejectedError(
            "The order is marked as dispatched, so eBay can't cancel it any more: refund "
            "it in Seller Hub",
            code="already_fulfilled",
        )
    _cancel_as_seller(calls, answer, order, signed, urgent)


def _cancel_as_seller(
    calls: PostOrder,
    answer: CancellationAnswer,
    order: Json,
    signed: bool,
    urgent: bool,
) -> None:
    if answer.reason not in REASONS:
        raise _refusal(
            "reason",
            "Nobody asks eBay to cancel this order, so a reason is needed: "
            + ", ".join(REASONS),
        )
    legacy_id = str(order.get("legacyOrderId") or answer.order_remote_id)
    checked = calls.check_eligibility(legacy_id, urgent=urgent)
    found = _object(checked)
    if found.get("eligible") is False:
        raise RejectedError(
            f"eBay does not let this order be cancelled: {_why_not(found)}. "
            f"{_IN_SELLER_HUB}",
            code="not_eligible",
        )
    allowed = found.get("eligibleCancelReason")
    if isinstance(allowed, list) and allowed and answer.reason not in allowed:
        raise _refusal(
            "reason",
            f"eBay does not take {answer.reason} for this order; it takes: "
            + ", ".join(str(each) for each in allowed),
        )
    body: dict[str, Any] = {
        "legacyOrderId": legacy_id,
        "cancelReason": answer.reason,
        "buyerPaid": order.get("orderPaymentStatus") != "PENDING",
    }
    paid_at = _paid_at(order)
    if body["buyerPaid"] and paid_at:
        body["buyerPaidDate"] = {"value": paid_at}
    calls.create_cancellation(body, signed=signed, urgent=urgent)


def _reject(calls: PostOrder, state: str, request_id: str, urgent: bool) -> None:
    if state == "CANCELED":
        raise RejectedError(
            "The order is cancelled at eBay already, so the request can't be declined "
            "any more: stop the parcel",
            code="already_cancelled",
        )
    if request_id:
        calls.reject_cancellation(request_id, urgent=urgent)


def _why_not(found: Json) -> str:
    reasons = found.get("failureReason")
    if not isinstance(reasons, list):
        reasons = [reasons] if reasons else []
    said = [_NOT_ELIGIBLE.get(str(each), str(each)) for each in reasons]
    return "; ".join(said) or "it does not say why"


def _paid_at(order: Json) -> str:
    payments = (order.get("paymentSummary") or {}).get("payments")
    first = payments[0] if isinstance(payments, list) and payments else {}
    return str(first.get("paymentDate") or "") if isinstance(first, dict) else ""


def _object(answer: Answer) -> Json:
    body = answer.json()
    if not isinstance(body, dict):
        raise answer.unexpected("eBay answered with something else than an object")
    return body


def _refusal(field: str, text: str) -> RejectedError:
    return RejectedError(text, code="not_sent", field=field)
