"""Requests to cancel, as getOrder shows them (contract v1.20.7); pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from stores.connectors.ebay import fields
from stores.connectors.ebay.fields import Json

# Silence for so long approves a buyer's request.
ANSWER_WITHIN = timedelta(days=3)
OPEN = "REQUESTED"


def open_request(cancel: Json) -> str:
    """The id of the request that waits for the seller; '' where none does."""
    found = ""
    for index, row in enumerate(fields.rows(cancel, "cancelRequests", "cancelStatus.")):
        path = f"cancelStatus.cancelRequests[{index}]."
        if fields.text(row, "cancelRequestState", path) == OPEN:
            found = fields.required_text(row, "cancelRequestId", path)
    return found


def answer_by(cancel: Json) -> datetime | None:
    """When eBay approves the open request by itself; None where none is known."""
    found = None
    for index, row in enumerate(fields.rows(cancel, "cancelRequests", "cancelStatus.")):
        path = f"cancelStatus.cancelRequests[{index}]."
        if fields.text(row, "cancelRequestState", path) == OPEN:
            found = fields.moment(row, "cancelRequestedDate", path) or found
    return found + ANSWER_WITHIN if found else None
