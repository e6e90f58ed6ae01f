"""The calls of Return and Refund that are about cancellations."""

from __future__ import annotations

from typing import Any

from stores.sandbox.tiktok import reasons
from stores.sandbox.tiktok.accounts import CANCEL_SCOPE
from stores.sandbox.tiktok.answers import ApiError, bad_parameter
from stores.sandbox.tiktok.calls import Call, Operation, Serve, operation
from stores.sandbox.tiktok.orders import (
    ENDED,
    PENDING,
    Cancellation,
    Order,
)
from stores.sandbox.tiktok.render import money
from stores.sandbox.tiktok.search import cut, read_page, read_span
from stores.sandbox.tiktok.seller_cancels import (
    NOT_THEIRS,
    PARAMETER_WRONG,
    PREFIX,
    cancel_order,
    get_eligibility,
)
from stores.sandbox.tiktok.weather import take

Json = dict[str, Any]

_LISTS = ("order_ids", "cancel_ids", "buyer_user_ids", "cancel_types", "cancel_status")


def search(call: Call) -> Json:
    """``Search Cancellations``."""
    body, book = call.body(), call.world.book
    page = read_page(call.params, default=10, most=50, order="ASC")
    for name in _LISTS:
        if not isinstance(body.get(name) or [], list):
            raise ApiError(PARAMETER_WRONG, f"{name}: a list")
    created, updated = (
        read_span(body, "create", call.now),
        read_span(body, "update", call.now),
    )

    def fits(row: Cancellation) -> bool:
        order = book.get(row.order_id)
        if order is None or order.shop_id != call.shop_id:
            return False
        asked = {
            "order_ids": row.order_id,
            "cancel_ids": row.cancel_id,
            "buyer_user_ids": order.user_id,
            "cancel_types": row.kind,
            "cancel_status": f"{PREFIX}{row.state}",
        }
        return (
            all(
                not body.get(name) or value in body[name]
                for name, value in asked.items()
            )
            and created[0] <= row.created < created[1]
            and updated[0] <= row.updated < updated[1]
        )

    def place(row: Cancellation) -> tuple[int, str]:
        moment = row.created if page.field == "create_time" else row.updated
        return moment, row.cancel_id

    chosen = (row for row in book.cancellations.values() if fits(row))
    rows, token, total = cut(chosen, page, place)
    return {
        "cancellations": [_render(call, row) for row in rows],
        "next_page_token": token,
        "total_count": total,
    }


def _render(call: Call, row: Cancellation) -> Json:
    order = call.world.book.get(row.order_id)
    every = order.lines if order else []
    lines = [line for line in every if line.line_id in row.line_ids]
    currency = order.currency if order else ""
    old = call.version == "202309"
    state = "CANCELLED" if old and row.state == ENDED else row.state
    body: Json = {
        "cancel_id": row.cancel_id,
        "order_id": row.order_id,
        "cancel_type": row.kind,
        "cancel_status": f"{PREFIX}{state}",
        "role": row.role,
        "cancel_reason": row.reason,
        "cancel_reason_text": reasons.TEXTS.get(row.reason, row.reason),
        "create_time": row.created,
        "update_time": row.updated,
        "refund_amount": _refund(currency, row.refund, row.refund_shipping),
        "seller_next_action_response": [],
        "cancel_line_items": [
            {
                "cancel_line_item_id": f"{row.cancel_id}{number:02d}",
                "order_line_item_id": line.line_id,
                "sku_id": line.sku_id,
                "sku_name": line.variation,
                "seller_sku": line.sku,
                "product_name": line.title,
                "refund_amount": _refund(currency, line.paid if row.refund else 0, 0),
            }
            for number, line in enumerate(lines, 1)
        ],
    }
    if row.state == PENDING:
        action = "SELLER_RESPOND_CANCEL" if old else "SELLER_RESPOND_BUYER_CANCEL"
        body["seller_next_action_response"] = [
            {"action": action, "deadline": row.deadline}
        ]
    if not old:
        body["should_replenish_stock"] = row.reason != reasons.OUT_OF_STOCK
    return body


def _refund(currency: str, goods: int, shipping: int) -> Json:
    return {
        "currency": currency,
        "refund_total": money(goods + shipping),
        "refund_subtotal": money(goods),
        "refund_shipping_fee": money(shipping),
        "refund_tax": "0.00",
    }


def approve(call: Call, cancel_id: str) -> Json:
    """``Approve Cancellation``."""
    order, row, repeated = _answerable(call, cancel_id, "approve")
    if repeated:
        return {}
    if row.state == ENDED:
        raise ApiError(25020009, "the request is over already")
    if row.state != PENDING:
        raise ApiError(25011012, "the request can't be approved in its state")
    call.world.cancels.approve(order, row, call.now, by="SELLER")
    _keep_key(call, row, "approve")
    return {}


def reject(call: Call, cancel_id: str) -> Json:
    """``Reject Cancellation``."""
    reason = call.body().get("reject_reason")
    order, row, repeated = _answerable(call, cancel_id, "reject")
    if repeated:
        return {}
    if not isinstance(reason, str) or not reason:
        raise ApiError(PARAMETER_WRONG, "reject_reason is required")
    if reason not in reasons.TEXTS:
        raise ApiError(25001014, "the reason is unknown")
    if reason not in reasons.REJECT:
        raise ApiError(25001057, "the reason is none for a rejection")
    if row.state == ENDED:
        raise ApiError(25011011, "the request can't be rejected in its state")
    if row.state != PENDING:
        raise ApiError(25020010, "the request has been approved")
    if reason not in _rejections(row):
        raise ApiError(25001016, "the reason does not fit what is asked")
    call.world.cancels.end(order, row, call.now, how="cancel_rejected")
    _keep_key(call, row, "reject")
    return {}


def _answerable(
    call: Call, cancel_id: str, word: str
) -> tuple[Order, Cancellation, bool]:
    """(order, request, whether this very answer was given before); ApiError."""
    row = call.world.book.cancellations.get(cancel_id)
    if row is None:
        raise ApiError(25007006, "order not found")
    order = call.own_order(row.order_id, NOT_THEIRS)
    if take(call.world, "locked"):
        raise ApiError(25001028, "the order is locked, try again")
    if row.kind != "BUYER_CANCEL":
        raise ApiError(25020004, "there is nothing to decide about it")
    key = call.params.get("idempotency_key", "")
    return order, row, bool(key) and f"{word}:{key}" in row.answers


def _keep_key(call: Call, row: Cancellation, word: str) -> None:
    """The same key again is answered alike, without another effect."""
    if key := call.params.get("idempotency_key", ""):
        row.answers.append(f"{word}:{key}")


def _rejections(row: Cancellation) -> list[str]:
    """The reasons that are legal for a request; nothing is delivered before shipping."""
    if row.state != PENDING:
        return []
    return [name for name in reasons.REJECT if name != reasons.DELIVERED]


def get_reject_reasons(call: Call) -> Json:
    """``Get Reject Reasons`` of one request."""
    cancel_id = call.params.get("return_or_cancel_id", "")
    row = call.world.book.cancellations.get(cancel_id)
    if row is None:
        raise bad_parameter("return_or_cancel_id")
    call.own_order(row.order_id, NOT_THEIRS)
    return {
        "reasons": [
            {"name": name, "text": reasons.REJECT[name]} for name in _rejections(row)
        ]
    }


def _cancel(name: str, method: str, path: str, serve: Serve) -> Operation:
    return operation(name, method, f"return_refund/{path}", serve, CANCEL_SCOPE)


_BOTH, _OLD = "<202309|202602>", "<202309>"
_ONE = f"{_OLD}/cancellations/{{cancel_id}}"
_ELIGIBLE = f"{_BOTH}/orders/{{order_id}}/aftersale_eligibility"
OPERATIONS = (
    _cancel("searchCancellations", "POST", f"{_BOTH}/cancellations/search", search),
    _cancel("approveCancellation", "POST", f"{_ONE}/approve", approve),
    _cancel("rejectCancellation", "POST", f"{_ONE}/reject", reject),
    _cancel("getRejectReasons", "GET", f"{_OLD}/reject_reasons", get_reject_reasons),
    _cancel("cancelOrder", "POST", f"{_BOTH}/cancellations", cancel_order),
    _cancel("getAftersaleEligibility", "GET", _ELIGIBLE, get_eligibility),
)
