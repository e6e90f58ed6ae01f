"""What Amazon's refusals mean: closed tables, by status and code.

Statuses and codes: Orders models of August 2026; the gist of the 400 messages of
confirmShipment: what sellers report. Those all carry the code InvalidInput, so their
messages are matched, loosely, to name the field; what matches nothing stays a plain
refusal with Amazon's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from stores.errors import (
    RejectedError,
    RemoteError,
    TransientError,
    UnauthorisedError,
)
from stores.http import Answer, Call, error_for_status

ALREADY_FULFILLED = "already_fulfilled"


@dataclass(frozen=True, slots=True)
class Row:
    """One known refusal of a confirmation: what its message holds, what it is."""

    pattern: re.Pattern[str]
    code: str
    field: str


def _row(pattern: str, code: str, field: str = "") -> Row:
    return Row(re.compile(pattern, re.IGNORECASE), code, field)


# The first row that matches counts.
CONFIRM_REFUSALS = (
    _row(r"PackageToUpdateNotFound|already (been )?fulfilled", ALREADY_FULFILLED),
    _row(r"ship\+|ship plus|buy shipping", "confirmed_by_marketplace"),
    _row(r"package\s?reference", "bad_reference", "packageReferenceId"),
    _row(r"tracking", "bad_tracking_number", "trackingNumber"),
    _row(r"not approved|approved list", "carrier_not_approved", "carrierCode"),
    _row(r"carrier\s?name", "bad_carrier", "carrierName"),
    _row(r"carrier", "bad_carrier", "carrierCode"),
    _row(r"ship\s?date", "bad_ship_date", "shipDate"),
    _row(r"transparency", "transparency_code_missing", "transparencyCodes"),
    _row(r"VAT registration|ship-?from", "ship_from_refused", "shipFrom"),
    _row(r"quantity", "bad_quantity", "orderItems"),
    _row(r"order\s?item", "bad_order_item", "orderItems"),
    _row(r"marketplace", "wrong_marketplace", "marketplaceId"),
    _row(r"pending", "order_pending"),
)

_LWA_REASONS = {
    "invalid_grant": (
        "revoked",
        (
            "Amazon no longer accepts the refresh token: the seller revoked the "
            "application or never granted it. Authorise it again and enter the new token"
        ),
    ),
    "invalid_client": (
        "bad_key",
        (
            "Amazon refuses the client id or secret: it is wrong or has expired. Copy "
            "both from your application in Seller Central"
        ),
    ),
    "unauthorized_client": (
        "bad_key",
        "The refresh token belongs to another application than the client id",
    ),
    "invalid_scope": ("role_missing", "Amazon refuses the scope of the application"),
}


def api_error(answer: Answer, call: Call, *, retry_after: float) -> RemoteError:
    """The error that an SP-API answer of status 300 and above means."""
    code, text = _first_error(answer)
    error = error_for_status(
        answer, call, code=code, text=text, retry_after=retry_after
    )
    if isinstance(error, RejectedError):
        if answer.status == 404:
            error.code = "not_found"
        elif call.operation == "confirmShipment":
            for row in CONFIRM_REFUSALS:
                if row.pattern.search(text):
                    error.code, error.field = row.code, row.field
                    break
    return error


def document_error(answer: Answer, call: Call) -> RemoteError:
    """The error that a refusal at a presigned address means: it is asked for anew.

    These addresses end after five minutes with 403, which says nothing of our access.
    """
    return TransientError(
        f"{call.operation}: the address of the document was answered {answer.status}; "
        "a new one is asked for",
        code="document_refused",
        status=answer.status,
        request_id=answer.request_id,
    )


def token_error(answer: Answer, call: Call) -> RemoteError:
    """The error that a refusal of Login with Amazon means."""
    body = _json(answer)
    code = str(body.get("error", "")) if isinstance(body, dict) else ""
    if 400 <= answer.status < 500 and code in _LWA_REASONS:
        reason, sentence = _LWA_REASONS[code]
        return UnauthorisedError(
            sentence,
            reason=reason,
            code=code,
            status=answer.status,
            request_id=answer.request_id,
        )
    # The description may repeat what was sent; the code says enough.
    error = error_for_status(answer, call, code=code)
    if isinstance(error, RejectedError):
        # No order is refused here: either side's contract was broken.
        return answer.unexpected(
            f"Login with Amazon answered {answer.status} {code or 'without a code'}"
        )
    return error


def _first_error(answer: Answer) -> tuple[str, str]:
    """Code and message of the first error; the message may be null or missing."""
    body = _json(answer)
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return "", ""
    text = first.get("message") or first.get("details") or ""
    return str(first.get("code") or ""), str(text)


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except RemoteError:
        # A gateway's HTML page in place of the envelope: the status has to do.
        return None
