"""Answers in Amazon's shapes: bodies, error envelopes and headers.

Error envelope and header rules: SP-API docs 'Usage plans and rate limits' and the
2026-08 models: ``x-amzn-RateLimit-Limit`` comes with 20x, 400 and 404 only,
``x-amzn-RequestId`` with every answer.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpResponse

Json = dict[str, Any]

RATE_HEADER = "x-amzn-RateLimit-Limit"
REQUEST_ID_HEADER = "x-amzn-RequestId"

_ERROR_TYPES = {
    400: "ValidationException",
    401: "UnauthorizedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "QuotaExceededException",
    500: "InternalFailureException",
    503: "ServiceUnavailableException",
}


class ApiError(Exception):
    """A refusal that becomes ``{"errors": [{code, message, details}]}``."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def invalid(message: str, *, code: str = "InvalidInput", details: str = "") -> ApiError:
    """The 400 of the orders APIs."""
    return ApiError(400, code, message, details)


def unauthorised(details: str) -> ApiError:
    """The 403 for a token that is missing, expired, unknown or of another region."""
    return ApiError(
        403, "Unauthorized", "Access to requested resource is denied.", details
    )


def throttled() -> ApiError:
    """The 429, word for word as Amazon answers it."""
    return ApiError(
        429, "QuotaExceeded", "You exceeded your quota for the requested resource."
    )


def internal_failure() -> ApiError:
    """The 500 seen in list outages."""
    return ApiError(
        500,
        "InternalFailure",
        "We encountered an internal error. Please try again.",
    )


def unavailable() -> ApiError:
    """The 503 of an overloaded or maintained service."""
    return ApiError(
        503, "ServiceUnavailable", "Service is temporarily unavailable. Please retry."
    )


def json_response(
    status: int, body: object, *, rate: str | None = None
) -> HttpResponse:
    """An SP-API answer; ``rate`` is sent only where Amazon sends it."""
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status=status,
        content_type="application/json",
    )
    return with_headers(response, rate=rate)


def empty_response(status: int, *, rate: str | None = None) -> HttpResponse:
    """A 204, without body and content type."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    return with_headers(response, rate=rate)


def with_headers(response: HttpResponse, *, rate: str | None) -> HttpResponse:
    """Add the request id, and the rate where the status allows it."""
    response[REQUEST_ID_HEADER] = str(uuid.uuid4())
    status = response.status_code
    if rate is not None and (200 <= status < 300 or status in (400, 404)):
        response[RATE_HEADER] = rate
    return response


def error_body(error: ApiError) -> Json:
    """The error envelope."""
    return {
        "errors": [
            {"code": error.code, "message": error.message, "details": error.details}
        ]
    }


def error_to_response(error: ApiError, *, rate: str | None = None) -> HttpResponse:
    """The HTTP answer for a refusal."""
    response = json_response(error.status, error_body(error), rate=rate)
    response["x-amzn-ErrorType"] = _ERROR_TYPES.get(error.status, "InternalFailure")
    return response
