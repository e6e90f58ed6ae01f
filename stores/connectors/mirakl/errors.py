"""What an operator's refusals mean: closed tables, by status and error code.

Codes: the seller contract's table of OR21; the other operations publish none, so their
refusals are told in the operator's own words. Bodies are ``{status, message, errors:
[{field, code, message}]}`` or, of older operations, ``{status, message}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stores.errors import RejectedError, RemoteError, UnauthorisedError
from stores.http import Answer, Call, error_for_status

NOT_FOUND = "not_found"
WRONG_STATE = "wrong_state"
ALREADY_FULFILLED = "already_fulfilled"
ALL_OR_NOTHING = "all_or_nothing"
ORDER_UNKNOWN = "order_unknown"
MAY_NOT_SHIP = "may_not_ship"
CANCELLED = "order_cancelled"


@dataclass(frozen=True, slots=True)
class Row:
    """One known refusal: our code, the field at fault, and what to do about it."""

    code: str
    field: str
    remedy: str


REFUSALS = {
    "ORDER_INVALID_STATE": Row(
        WRONG_STATE,
        "order_state",
        "The order has moved on since it was read; it is read again",
    ),
    "ORDER_NOT_FOUND": Row(
        ORDER_UNKNOWN,
        "order_id",
        "Check that the account's shop id is that of the shop that sold it",
    ),
    "ORDER_FULFILLED_UNAUTHORIZED": Row(
        "fulfilled_by_operator",
        "fulfillment",
        "The operator ships it: it must not go to the warehouse",
    ),
    "ORDER_PARTIAL_ACCEPTANCE_DISABLED": Row(
        ALL_OR_NOTHING,
        "order_lines",
        "This operator takes or refuses whole orders only: decide for all lines alike",
    ),
    "ORDER_LINE_ACCEPTANCE_DECISION_MISSING": Row(
        "decision_missing", "order_lines", "Every line needs a yes or a no"
    ),
    "ORDER_LINE_NOT_FOUND": Row(
        "line_unknown", "order_lines", "Read the order again: its lines have changed"
    ),
    "ORDER_LINE_DUPLICATE_ID": Row(
        "bad_lines", "order_lines", "A line was named twice; report it"
    ),
    "ORDER_LINE_NULL_ELEMENT": Row(
        "bad_lines", "order_lines", "A line without an id was sent; report it"
    ),
    "VALIDATION_ERROR": Row("bad_input", "", "Correct what it names"),
}
# Statuses of requests that should never have been sent as they were.
_BROKEN = frozenset({405, 406, 410, 415})
BAD_KEY = (
    "The operator refuses the API key: it was replaced or its user removed. Make a new "
    "one in the operator's back office (your name > API key) and enter it"
)
NO_RIGHT = (
    "The operator knows the key but refuses this call: its user lacks the right, does "
    "not belong to this shop, or the shop is suspended. See the back office"
)


def first_error(answer: Answer) -> tuple[str, str, str]:
    """Code, field and text of the first error; '' where the body tells none."""
    body = _json(answer)
    if not isinstance(body, dict):
        return "", "", ""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        first = {}
    text = first.get("message") or body.get("message") or ""
    code = first.get("code") or body.get("code") or ""
    return str(code), str(first.get("field") or ""), str(text)


def api_error(answer: Answer, call: Call) -> RemoteError:
    """The error that an answer of status 300 and above means."""
    code, field, text = first_error(answer)
    status = answer.status
    facts: dict[str, Any] = {
        "code": code or str(status),
        "status": status,
        "request_id": answer.request_id,
    }
    if status == 401:
        return UnauthorisedError(BAD_KEY, reason="bad_key", **facts)
    if status == 403:
        said = f" ({' '.join(text.split())[:200]})" if text else ""
        return UnauthorisedError(f"{NO_RIGHT}{said}", reason="role_missing", **facts)
    error = error_for_status(answer, call, code=code, text=text, field=field)
    if not isinstance(error, RejectedError):
        return error
    if status in _BROKEN:
        return answer.unexpected(error.message)
    if status == 404 and not call.write:
        error.code = NOT_FOUND
        return error
    row = REFUSALS.get("ORDER_NOT_FOUND" if status == 404 else code)
    if row is not None:
        error.code, error.field = row.code, row.field or field
        error.message = f"{error.message}. {row.remedy}"
    return error


def refusal(
    text: str, *, field: str, code: str = "not_sent", remedy: str = ""
) -> RejectedError:
    """A refusal of our own before anything is sent, or of a row inside an answer."""
    message = f"{text.rstrip('.')}. {remedy}" if remedy else text
    return RejectedError(message, code=code, field=field)


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except RemoteError:
        # A gateway's HTML page in place of the envelope: the status has to do.
        return None
