"""A dispatch as confirmShipment of Orders v0 wants it (model of August 2026); pure."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from stores.errors import RejectedError
from stores.remote_types import Confirmation

OTHER = "Other"


def confirmation_body(confirmation: Confirmation) -> dict[str, Any]:
    """The request body; raises RejectedError naming the field that can't be sent."""
    _check(confirmation)
    detail: dict[str, Any] = {
        # A string that holds a positive number; a JSON number is refused.
        "packageReferenceId": confirmation.package_ref,
        "carrierCode": confirmation.carrier_code,
        "trackingNumber": confirmation.tracking_number.strip(),
        "shipDate": confirmation.shipped_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "orderItems": [
            {"orderItemId": line_id, "quantity": quantity}
            for line_id, quantity in confirmation.lines
        ],
    }
    if confirmation.carrier_name:
        detail["carrierName"] = confirmation.carrier_name
    if confirmation.service:
        detail["shippingMethod"] = confirmation.service
    return {"marketplaceId": confirmation.marketplace_id, "packageDetail": detail}


def _check(confirmation: Confirmation) -> None:
    reference = confirmation.package_ref
    if not (reference.isascii() and reference.isdigit() and int(reference) > 0):
        raise _refusal(
            "packageReferenceId",
            f"The package reference {reference!r} must be a positive number",
        )
    if not confirmation.carrier_code:
        raise _refusal(
            "carrierCode", "No carrier code is given; map the carrier for Amazon"
        )
    if confirmation.carrier_code == OTHER and not confirmation.carrier_name.strip():
        raise _refusal(
            "carrierName",
            "The carrier code Other needs a carrier name; add it to the carrier mapping",
        )
    if not confirmation.tracking_number.strip():
        raise _refusal(
            "trackingNumber",
            "Amazon wants a tracking number and the shipment has none; enter it in "
            "ShipStation or confirm in Seller Central",
        )
    if confirmation.shipped_at.tzinfo is None:
        raise _refusal("shipDate", "The ship date has no time zone")
    if not confirmation.lines:
        raise _refusal("orderItems", "The dispatch holds no order lines")
    for line_id, quantity in confirmation.lines:
        if quantity < 1:
            raise _refusal(
                "orderItems", f"Line {line_id}: the quantity {quantity} must be above 0"
            )


def _refusal(field: str, text: str) -> RejectedError:
    return RejectedError(text, code="not_sent", field=field)
