"""What eBay's refusals mean: closed tables, by status and error number.

Numbers: the published contracts of Sell Fulfillment v1.20.7 and Commerce Notification
v1.6.2; those of signatures (215000 and above) as developer.ebay.com lists them; 21916964
and 2191111 are Trading's, seen by sellers for the same refusals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stores.errors import (
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.http import Answer, Call, error_for_status

ALREADY_FULFILLED = "already_fulfilled"
NOT_FOUND = "not_found"
SIGNATURE_REFUSED = "signature_refused"
CONFIRM = "createShippingFulfillment"
INVALID_TOKEN, MISSING_TOKEN = "1001", "1002"
ACCESS_DENIED, LIMIT_REACHED, SUSPENDED = "1100", "2001", "32400"
ORDER_UNKNOWN, RESOURCE_UNKNOWN, KEY_UNKNOWN = "32100", "2002", "195001"


@dataclass(frozen=True, slots=True)
class Row:
    """One known refusal of a confirmation: our code and the field at fault."""

    code: str
    field: str = ""


CONFIRM_REFUSALS = {
    ORDER_UNKNOWN: Row("order_unknown", "orderId"),
    "32200": Row("bad_order_item", "lineItems"),
    "32210": Row("bad_order_item", "lineItems"),
    # One number for both: only a person can tell which of them it is.
    "32300": Row("bad_tracking_or_carrier", "trackingNumber"),
    "2191111": Row("bad_tracking_or_carrier", "trackingNumber"),
    "21916964": Row("tracking_used_elsewhere", "trackingNumber"),
    "32500": Row("bad_ship_date", "shippedDate"),
    "32600": Row("bad_input"),
    "34100": Row("too_many_parcels", "trackingNumber"),
    "34200": Row("hub_and_other_lines", "lineItems"),
    "34300": Row("several_hub_lines", "lineItems"),
    # 'Use PUT to update', which is not published: a parcel is told there already.
    "34500": Row(ALREADY_FULFILLED, "trackingNumber"),
}
# A refusal that may only mean that our own earlier call has arrived.
MAY_BE_DONE = frozenset(
    {ALREADY_FULFILLED, "bad_tracking_or_carrier", "tracking_used_elsewhere"}
)
# Numbers of requests that should never have been sent as they were.
BROKEN_REQUESTS = frozenset(
    {
        *("30700", "30800", "30810", "30820", "30830", "30840", "30850", "30900"),
        *("31000", "31100", "32800"),
    }
)

_TOKEN_REASONS = {
    "invalid_grant": (
        "revoked",
        (
            "eBay no longer accepts the seller's consent: it was revoked, has ended, or "
            "the seller changed user name or password. Let the seller consent again"
        ),
    ),
    "invalid_client": (
        "bad_key",
        (
            "eBay refuses the App ID or Cert ID: copy both from the production keyset on "
            "developer.ebay.com"
        ),
    ),
    "unauthorized_client": (
        "bad_key",
        (
            "eBay refuses the application: its keyset is disabled, which happens where "
            "notices of deleted accounts are not taken. See Alerts & Notifications on "
            "developer.ebay.com"
        ),
    ),
    "invalid_scope": (
        "role_missing",
        (
            "eBay refuses the scope sell.fulfillment: the application lacks it, or the "
            "seller consented without it. Let the seller consent again"
        ),
    ),
}


TOKEN_REFUSALS = frozenset(_TOKEN_REASONS)
NO_FINANCE_SCOPE = (
    "eBay refuses the scope sell.finances (invalid_scope): the seller consented without "
    "it. Let the seller consent again on the account's page"
)


def error_number(answer: Answer) -> tuple[str, str]:
    """Number and text of the first error; ('', '') when the body tells none."""
    body = _json(answer)
    # Post-Order calls the list 'error'.
    errors = body.get("errors") or body.get("error") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return "", ""
    text = first.get("longMessage") or first.get("message") or ""
    return str(first.get("errorId") or ""), str(text)


def api_error(
    answer: Answer, call: Call, *, exhausted_for: float | None
) -> RemoteError:
    """The error that an answer of status 300 and above means.

    ``exhausted_for``: for a 429, the business seconds until the daily quota is new;
    None where the quota is not the reason or nobody could say.
    """
    number, text = error_number(answer)
    if answer.status == 429:
        return _throttled(answer, call, exhausted_for)
    error = error_for_status(answer, call, code=number, text=text)
    facts: dict[str, Any] = {
        "code": number or str(answer.status),
        "status": answer.status,
        "request_id": answer.request_id,
    }
    signature = number.startswith("215") and len(number) == 6
    if answer.status < 500 and not signature:
        if number in {INVALID_TOKEN, MISSING_TOKEN} or answer.status == 401:
            return UnauthorisedError(error.message, reason="bad_key", **facts)
        if number == ACCESS_DENIED:
            return UnauthorisedError(error.message, reason="role_missing", **facts)
        if number == SUSPENDED:
            return UnauthorisedError(error.message, reason="store_inactive", **facts)
    if signature and answer.status < 500:
        error = RejectedError(error.message, **facts)
    if isinstance(error, RejectedError):
        return _rejected(error, answer, call, number)
    return error


def _throttled(answer: Answer, call: Call, exhausted_for: float | None) -> RemoteError:
    facts: dict[str, Any] = {"code": LIMIT_REACHED, "status": 429}
    if exhausted_for is None:
        # Refused before anything was done, and the day's quota is not (known to be)
        # used up: to wait until midnight in California would be wrong.
        return TransientError(
            f"{call.operation}: eBay refuses calls for the moment (429)",
            request_id=answer.request_id,
            **facts,
        )
    return ThrottledError(
        f"{call.operation}: eBay's quota of the day is used up",
        retry_after=exhausted_for,
        request_id=answer.request_id,
        **facts,
    )


def _rejected(
    error: RejectedError, answer: Answer, call: Call, number: str
) -> RemoteError:
    if number in BROKEN_REQUESTS:
        return answer.unexpected(error.message)
    if len(number) == 6 and number.startswith("215"):
        error.code = SIGNATURE_REFUSED
        error.message = (
            f"eBay refuses our signature ({number}): check 'The seller is based in the "
            f"UK or the EU' in the account's settings. {error.message}"
        )
        return error
    if call.operation == CONFIRM:
        row = CONFIRM_REFUSALS.get(number)
        if row is not None:
            error.code, error.field = row.code, row.field
        elif answer.status == 409:
            error.code, error.field = ALREADY_FULFILLED, "trackingNumber"
    elif answer.status == 404 or number in {
        ORDER_UNKNOWN,
        RESOURCE_UNKNOWN,
        KEY_UNKNOWN,
    }:
        error.code = NOT_FOUND
    return error


def token_error(answer: Answer, call: Call) -> RemoteError:
    """The error that a refusal of the token endpoint means."""
    body = _json(answer)
    code = str(body.get("error", "")) if isinstance(body, dict) else ""
    if 400 <= answer.status < 500 and code in _TOKEN_REASONS:
        reason, sentence = _TOKEN_REASONS[code]
        return UnauthorisedError(
            sentence,
            reason=reason,
            code=code,
            status=answer.status,
            request_id=answer.request_id,
        )
    if answer.status == 429:
        return _throttled(answer, call, None)
    # The description may repeat what was sent; the code says enough.
    error = error_for_status(answer, call, code=code)
    if isinstance(error, RejectedError):
        # No order is refused here: either side's contract was broken.
        return answer.unexpected(
            f"eBay's token endpoint answered {answer.status} {code or 'without a code'}"
        )
    return error


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except RemoteError:
        # A gateway's HTML page in place of the envelope: the status has to do.
        return None
