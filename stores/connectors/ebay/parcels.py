"""The parcels that eBay was told of, from either read of them; pure.

An order lists the addresses of its fulfilments, and a fulfilment's id is its tracking
number (contract, trackingNumber): the list of orders reads parcels back without a call
for each. Without a number the id is 'an arbitrary number such as 999'.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from stores.connectors.ebay import fields
from stores.connectors.ebay.fields import FieldError, Json
from stores.remote_types import RemotePackage

UNTRACKED = "999"
_FOLDER = "/shipping_fulfillment/"


def packages_of_links(raw: Json) -> tuple[RemotePackage, ...] | None:
    """The parcels that an order's links name; None when a link names none."""
    links = fields.texts(raw, "fulfillmentHrefs", "")
    if links is None:
        return None
    ids = [urlsplit(link).path.partition(_FOLDER)[2] for link in links]
    if not all(ids):
        return None
    return tuple(_package(unquote(found)) for found in ids)


def _package(fulfillment_id: str) -> RemotePackage:
    return RemotePackage(
        reference=_reference(fulfillment_id),
        carrier="",
        tracking_number="" if fulfillment_id == UNTRACKED else fulfillment_id,
        status="",
        shipped_at=None,
        lines=(),
    )


def _reference(fulfillment_id: str) -> str:
    # Our own references are small numbers, which a bare 999 could be taken for.
    return "untracked" if fulfillment_id == UNTRACKED else fulfillment_id


def packages_of_list(body: Any) -> tuple[RemotePackage, ...]:
    """The parcels of getShippingFulfillments; FieldError for another shape."""
    if not isinstance(body, dict) or not isinstance(body.get("fulfillments"), list):
        raise FieldError("fulfillments", "is missing")
    found = []
    for index, row in enumerate(fields.rows(body, "fulfillments", "")):
        path = f"fulfillments[{index}]."
        fulfillment_id = fields.required_text(row, "fulfillmentId", path)
        found.append(
            RemotePackage(
                reference=_reference(fulfillment_id),
                carrier=fields.text(row, "shippingCarrierCode", path),
                tracking_number=fields.text(row, "shipmentTrackingNumber", path),
                status="",
                shipped_at=fields.moment(row, "shippedDate", path),
                lines=tuple(
                    (
                        fields.required_text(line, "lineItemId", f"{path}lineItems."),
                        fields.quantity(line, "quantity", f"{path}lineItems."),
                    )
                    for line in fields.rows(row, "lineItems", path)
                ),
            )
        )
    return tuple(found)
