"""The seller's own cancellations: of an order, or of lines that are out of stock."""

from __future__ import annotations

from typing import Any

from stores.sandbox.tiktok import reasons
from stores.sandbox.tiktok.answers import ApiError, bad_parameter
from stores.sandbox.tiktok.calls import Call, rows_of
from stores.sandbox.tiktok.cancels import seller_reasons
from stores.sandbox.tiktok.orders import (
    AWAITING_SHIPMENT,
    CANCELLED,
    COMPLETED,
    ON_HOLD,
    PARTIALLY_SHIPPING,
    UNPAID,
    Line,
    Order,
)
from stores.sandbox.tiktok.weather import take

Json = dict[str, Any]

PARAMETER_WRONG, NOT_THEIRS = 25001001, 25020005
PREFIX = "CANCELLATION_REQUEST_"
_MAY_CANCEL = (UNPAID, ON_HOLD, AWAITING_SHIPMENT, PARTIALLY_SHIPPING)


def cancel_order(call: Call) -> Json:
    """``Cancel Order``: the seller cancels the order, or lines out of stock."""
    body, world = call.body(), call.world
    order = call.own_order(str(body.get("order_id") or ""), NOT_THEIRS)
    reason = body.get("cancel_reason")
    if not isinstance(reason, str) or not reason:
        raise ApiError(PARAMETER_WRONG, "cancel_reason is required")
    if order.status in (CANCELLED, COMPLETED):
        raise ApiError(25001051, "the order is completed or cancelled")
    if world.book.open_request(order.order_id) is not None:
        raise ApiError(25001011, "a request is in process already")
    if reason not in reasons.TEXTS:
        raise ApiError(25001014, "the reason is unknown")
    if reason not in reasons.SELLER:
        raise ApiError(25001015, "the reason is none of the seller's")
    if order.status not in _MAY_CANCEL or not order.unshipped:
        raise ApiError(25001045, "the order has been shipped already")
    if reason not in seller_reasons(order):
        raise ApiError(25001021, "the reason does not fit the order's status")
    if take(world, "locked"):
        raise ApiError(25001028, "the order is locked, try again")
    lines = _wanted_lines(body, order)
    part = len(lines) < len(order.live_lines)
    if part and (reason != reasons.OUT_OF_STOCK or order.status == UNPAID):
        raise ApiError(25005010, "single lines can't be cancelled here")
    row = world.cancels.cancel(order, "SELLER", reason, lines, call.now)
    return {"cancel_id": row.cancel_id, "cancel_status": f"{PREFIX}{row.state}"}


def _wanted_lines(body: Json, order: Order) -> list[Line]:
    ids = body.get("order_line_item_ids") or []
    if not isinstance(ids, list):
        raise ApiError(PARAMETER_WRONG, "order_line_item_ids: a list")
    listed = rows_of(body, "order_line_list")
    ids = [str(each) for each in ids]
    ids += [str(entry.get("order_line_item_id")) for entry in listed]
    lines: list[Line] = []
    for line_id in dict.fromkeys(ids):
        line = order.line(line_id)
        if line is None or line not in order.unshipped:
            raise ApiError(25005011, f"line {line_id} can't be cancelled")
        lines.append(line)
    for entry in rows_of(body, "skus"):
        left = [x for x in order.unshipped if x.sku_id == entry.get("sku_id")]
        count = entry.get("quantity")
        if not isinstance(count, int) or not 1 <= count <= len(left):
            raise ApiError(25005011, f"quantity {count} of SKU {entry.get('sku_id')}")
        lines += left[:count]
    if lines:
        return lines
    if order.parcels:
        raise ApiError(25001045, "a part of the order has been shipped already")
    return order.live_lines


def get_eligibility(call: Call, order_id: str) -> Json:
    """``Get Aftersale Eligibility``: which cancellations the seller may begin now."""
    order = call.own_order(order_id, NOT_THEIRS)
    kinds = [
        kind
        for text in call.request.GET.getlist("request_types")
        for kind in str(text).split(",")
    ]
    if call.params.get("initiate_aftersale_user", "SELLER") != "SELLER":
        raise bad_parameter("initiate_aftersale_user: only SELLER is played")
    if kinds and "CANCEL" not in kinds:
        raise bad_parameter("request_types: only CANCEL is played")
    groups: dict[str, list[Line]] = {}
    for line in order.lines:
        groups.setdefault(line.sku_id, []).append(line)
    request = call.world.book.open_request(order_id)
    rows = []
    for sku_id, lines in groups.items():
        free = [line for line in lines if line in order.unshipped]
        able = bool(free) and request is None and order.status in _MAY_CANCEL
        row: Json = {
            "request_type": "CANCEL",
            "order_line_items_ids": [
                line.line_id for line in (free if able else lines)
            ],
            "eligible": able,
            "available_reason_names": seller_reasons(order) if able else [],
        }
        if not able:
            busy = request is not None
            row["ineligible_code"] = 25001011 if busy else 25001045
            row["ineligible_reason"] = (
                "a request is in process" if busy else f"the order is {order.status}"
            )
        rows.append({"sku_id": sku_id, "line_item_eligibility": [row]})
    return {"sku_eligibility": rows}
