"""A dispatch as createShippingFulfillment wants it (v1.20.7); pure."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from stores.errors import RejectedError
from stores.remote_types import Confirmation

# Printed on labels for reading; eBay takes letters and digits only.
_SEPARATORS = re.compile(r"[\s\-./]+")


def plain_number(tracking: str) -> str:
    """A tracking number as eBay keeps it: without spaces and hyphens."""
    return _SEPARATORS.sub("", tracking)


def fulfillment_body(confirmation: Confirmation) -> dict[str, Any]:
    """The request body; raises RejectedError naming the field that can't be sent."""
    number = plain_number(confirmation.tracking_number)
    # Number and carrier go together or not at all, and without them nothing is proved.
    if not number:
        raise _refusal(
            "trackingNumber",
            "The shipment has no tracking number; enter it in ShipStation or mark the "
            "order as dispatched in Seller Hub",
        )
    if not (number.isascii() and number.isalnum()):
        raise _refusal(
            "trackingNumber",
            f"eBay takes letters and digits only, the tracking number is {number!r}",
        )
    if not confirmation.carrier_code:
        raise _refusal(
            "shippingCarrierCode", "No carrier code is given; map the carrier for eBay"
        )
    if confirmation.shipped_at.tzinfo is None:
        raise _refusal("shippedDate", "The ship date has no time zone")
    if not confirmation.lines:
        raise _refusal("lineItems", "The dispatch holds no order lines")
    for line_id, quantity in confirmation.lines:
        if quantity < 1:
            raise _refusal(
                "lineItems", f"Line {line_id}: the quantity {quantity} must be above 0"
            )
    return {
        "lineItems": [
            {"lineItemId": line_id, "quantity": quantity}
            for line_id, quantity in confirmation.lines
        ],
        "shippedDate": confirmation.shipped_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "shippingCarrierCode": confirmation.carrier_code,
        "trackingNumber": number,
    }


def _refusal(field: str, text: str) -> RejectedError:
    return RejectedError(text, code="not_sent", field=field)
