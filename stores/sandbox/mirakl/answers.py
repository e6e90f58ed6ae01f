"""Answers in Mirakl's shapes: JSON bodies, empty 204s, refusals.

The seller contract declares successes only. Bodies of refusals are the sheet's (section
7): operations whose contract names error codes answer ``{status, message, errors}``, all
others ``{message, status}``.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

Json = dict[str, Any]


class ApiError(Exception):
    """A refusal; ``code`` and ``field`` make it one with a list of errors."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        field: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.field = field
        self.retry_after = retry_after

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return self.code or str(self.status)


def unauthorised() -> ApiError:
    """The 401 of a missing, unknown or replaced key, or one behind a scheme's name."""
    return ApiError(401, "Unauthorized")


def forbidden(why: str) -> ApiError:
    """The 403 of a shop or a feature that may not do this."""
    return ApiError(403, why)


def unknown_order(order_id: str) -> ApiError:
    """The 404 of an order that is none of the shop's."""
    return ApiError(
        404, f"Order with identifier '{order_id}' not found", code="ORDER_NOT_FOUND"
    )


def invalid(message: str, field: str = "") -> ApiError:
    """The 400 of a request that breaks a rule."""
    return ApiError(400, message, code="VALIDATION_ERROR", field=field)


def wrong_state(order_id: str, state: str) -> ApiError:
    """The 400 of a call that the order's state does not allow."""
    return ApiError(
        400,
        f"Order '{order_id}' is in state {state}, which does not allow this",
        code="ORDER_INVALID_STATE",
    )


def too_many(seconds: int) -> ApiError:
    """The 429, with the seconds to wait."""
    return ApiError(429, "Too Many Requests", retry_after=seconds)


def json_response(status: int, body: object) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status=status,
        content_type="application/json",
    )


def empty_response(status: int = 204) -> HttpResponse:
    """An answer without a body."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    return response


def error_to_response(error: ApiError, *, coded: bool = False) -> HttpResponse:
    """The HTTP answer for a refusal; ``coded``: the operation names its errors."""
    body: Json = {"message": error.message, "status": error.status}
    if coded and error.code:
        row = {"code": error.code, "message": error.message}
        if error.field:
            row["field"] = error.field
        body = {"status": error.status, "message": error.message, "errors": [row]}
    response = json_response(error.status, body)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response
