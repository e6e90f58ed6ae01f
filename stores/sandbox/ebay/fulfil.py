"""The rules of createShippingFulfillment.

Contract v1.20.7. Where it is silent the peer chose: a number that another buyer's order
carries is refused as ``reuse_error`` says, a second telling of the same parcel with 409
and 34500, more units than are left with 32600.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stores.sandbox.ebay.answers import ApiError
from stores.sandbox.ebay.carriers import CARRIERS, tracking_matches
from stores.sandbox.ebay.orders import CANCELED, Fulfillment, Order

Json = dict[str, Any]

NO_NUMBER_ID = "999"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REUSE_ERRORS = {
    "32300": (400, 32300, "Invalid shipment tracking number or carrier"),
    "21916964": (
        409,
        21916964,
        "The tracking number already exists for another buyer or seller",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A request whose fields have the right types."""

    items: dict[str, int]
    carrier: str
    tracking: str
    shipped: int


def read_telling(body: object, now: int) -> Telling:
    """Check presence and types; raises ApiError."""
    if not isinstance(body, dict) or not isinstance(body.get("lineItems"), list):
        raise _bad_input()
    items: dict[str, int] = {}
    for row in body["lineItems"]:
        line_id = row.get("lineItemId") if isinstance(row, dict) else None
        quantity = row.get("quantity", 1) if isinstance(row, dict) else None
        if not isinstance(line_id, str):
            raise _bad_input()
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            raise _bad_input()
        if line_id in items:
            raise ApiError(400, 32210, "Duplicate line item in the request")
        items[line_id] = quantity
    if not items:
        raise _bad_input()
    carrier, tracking = body.get("shippingCarrierCode"), body.get("trackingNumber")
    if bool(carrier) != bool(tracking):
        raise _bad_tracking()
    if not isinstance(carrier or "", str) or not isinstance(tracking or "", str):
        raise _bad_input()
    return Telling(
        items=items,
        carrier=carrier or "",
        tracking=tracking or "",
        shipped=_shipped(body.get("shippedDate"), now),
    )


def check_telling(
    telling: Telling,
    order: Order,
    orders: Iterable[Order],
    *,
    most_parcels: int,
    reuse_error: str,
    now: int,
) -> None:
    """Check against the order and all others; raises ApiError."""
    for line_id in telling.items:
        if order.line(line_id) is None:
            raise ApiError(400, 32200, f"Invalid line item id: {line_id}")
    if order.cancel_state == CANCELED or order.kind == "FULFILLED_BY_EBAY":
        raise _bad_input()
    if order.hub_reference and len(telling.items) > 1:
        raise ApiError(
            400,
            34300,
            "Mark As Shipped for multiple Global Shipping Program line items is not "
            "supported",
        )
    if telling.shipped > now or telling.shipped < order.created:
        raise ApiError(400, 32500, "Invalid shipped date")
    if telling.tracking:
        _check_number(telling, order, orders, reuse_error)
    for line_id, quantity in telling.items.items():
        line = order.line(line_id)
        if line is not None and line.fulfilled + quantity > line.quantity:
            raise _bad_input()
    if len(order.fulfillments) >= most_parcels:
        raise ApiError(400, 34100, "Maximum tracking number for order is exceeded")


def apply_telling(telling: Telling, order: Order) -> Fulfillment:
    """Write the parcel to the order."""
    parcel = Fulfillment(
        fulfillment_id=telling.tracking or NO_NUMBER_ID,
        carrier=telling.carrier,
        tracking=telling.tracking,
        shipped=telling.shipped,
        items=dict(telling.items),
    )
    order.fulfillments.append(parcel)
    for line_id, quantity in telling.items.items():
        line = order.line(line_id)
        if line is not None:
            line.fulfilled += quantity
    return parcel


def _check_number(
    telling: Telling, order: Order, orders: Iterable[Order], reuse_error: str
) -> None:
    if not (telling.tracking.isascii() and telling.tracking.isalnum()):
        raise _bad_tracking()
    if telling.carrier not in CARRIERS:
        raise _bad_tracking()
    if not tracking_matches(telling.carrier, telling.tracking):
        raise _bad_tracking()
    if any(parcel.tracking == telling.tracking for parcel in order.fulfillments):
        raise ApiError(
            409, 34500, "Please use PUT operation for updating shipping fulfillment"
        )
    for other in orders:
        if (other.seller_id, other.username) == (order.seller_id, order.username):
            continue
        if any(parcel.tracking == telling.tracking for parcel in other.fulfillments):
            status, number, message = REUSE_ERRORS[reuse_error]
            raise ApiError(status, number, message)


def _shipped(value: object, now: int) -> int:
    if value is None:
        return now
    try:
        found = datetime.fromisoformat(str(value))
        return (found - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, TypeError):
        raise ApiError(400, 32500, "Invalid shipped date") from None


def _bad_input() -> ApiError:
    return ApiError(400, 32600, "Invalid input data")


def _bad_tracking() -> ApiError:
    return ApiError(400, 32300, "Invalid shipment tracking number or carrier")
