"""Answers in eBay's shapes: bodies, error envelopes, addresses of pages.

Error numbers and texts: contracts of Sell Fulfillment v1.20.7 and Commerce Notification
v1.6.2; the platform's own (1001 and so on) as developer.ebay.com lists them.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

Json = dict[str, Any]

ACCESS, FULFILLMENT, NOTIFICATION = "ACCESS", "API_FULFILLMENT", "API_NOTIFICATION"
POST_ORDER = "API_POST_ORDER"


class ApiError(Exception):
    """A refusal that becomes ``{"errors": [{errorId, domain, category, …}]}``."""

    def __init__(
        self,
        status: int,
        number: int,
        message: str,
        *,
        domain: str = FULFILLMENT,
        category: str = "REQUEST",
        detail: str = "",
        parameters: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.number = number
        self.message = message
        self.domain = domain
        self.category = category
        self.detail = detail
        self.parameters = parameters or {}


def invalid_token() -> ApiError:
    """The 401 for a token that is unknown, expired or of a revoked consent."""
    return ApiError(
        401,
        1001,
        "Invalid access token",
        domain="OAuth",
        detail="Invalid access token. Check the value of the Authorization HTTP request "
        "header.",
    )


def missing_token() -> ApiError:
    """The 400 for a call without a token."""
    return ApiError(
        400,
        1002,
        "Missing access token",
        domain="OAuth",
        detail="Access token is missing in the Authorization HTTP request header.",
    )


def access_denied() -> ApiError:
    """The 403 for a token without the scope."""
    return ApiError(
        403,
        1100,
        "Access denied",
        domain=ACCESS,
        detail="Insufficient permissions to fulfill the request.",
    )


def limit_reached() -> ApiError:
    """The 429 of a used-up day; there is no Retry-After."""
    return ApiError(
        429,
        2001,
        "Too many requests.",
        domain=ACCESS,
        detail="The request limit has been reached for the resource.",
    )


def no_resource() -> ApiError:
    """The 404 of an address that eBay does not have."""
    return ApiError(404, 2002, "Resource not found", domain=ACCESS)


def system_error(domain: str = FULFILLMENT) -> ApiError:
    """The 500."""
    number = 195000 if domain == NOTIFICATION else 30500
    return ApiError(500, number, "System error", domain=domain, category="APPLICATION")


def invalid_order(order_id: str) -> ApiError:
    """The 400 for an id that is none of the seller's."""
    return ApiError(400, 32100, f"Invalid order ID: {order_id}")


def json_response(status: int, body: object) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status=status,
        content_type="application/json",
    )


def empty_response(status: int, *, location: str = "") -> HttpResponse:
    """A 201 or 204 without a body; created things have their address."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    if location:
        response["Location"] = location
    return response


def error_to_response(error: ApiError) -> HttpResponse:
    """The HTTP answer for a refusal."""
    row: Json = {
        "errorId": error.number,
        "domain": error.domain,
        "category": error.category,
        "message": error.message,
    }
    if error.detail:
        row["longMessage"] = error.detail
    if error.parameters:
        row["parameters"] = [
            {"name": name, "value": str(value)}
            for name, value in error.parameters.items()
        ]
    # Post-Order, the older API, calls the list 'error'.
    name = "error" if error.domain == POST_ORDER else "errors"
    return json_response(error.status, {name: [row]})
