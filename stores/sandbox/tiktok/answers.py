"""Answers in TikTok's envelope: ``{code, message, request_id, data}``.

A refusal is a code other than 0, mostly inside HTTP 200 (sheet section 1). Numbers:
sheet sections 3, 4 and 7, and the error lists of the partner reference. Texts are ours.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

Json = dict[str, Any]

INTERNAL, TOO_MANY = 36009003, 36009002
CREDENTIAL, PATH, METHOD, CONTENT_TYPE = 36009004, 36009009, 36009010, 36009022
TOKEN_INVALID, TOKEN_EXPIRED, SCOPE_MISSING = 105001, 105002, 105005
SIGN, CIPHER, PARAMETER = 106001, 106013, 101000
# What a gateway that answers with HTTP errors gives them (setting error_status).
_GATEWAY = {
    CREDENTIAL: 400,
    PATH: 404,
    METHOD: 405,
    CONTENT_TYPE: 415,
    TOKEN_INVALID: 401,
    TOKEN_EXPIRED: 401,
    SCOPE_MISSING: 403,
    SIGN: 401,
    CIPHER: 400,
    PARAMETER: 400,
}


class ApiError(Exception):
    """A refusal; ``status`` is the HTTP status where it is not 200."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def internal_error(status: int = 200) -> ApiError:
    """36009003: theirs, to be tried again."""
    return ApiError(INTERNAL, "internal error, try again later", status=status)


def too_many(status: int = 429) -> ApiError:
    """36009002; there is no Retry-After."""
    return ApiError(TOO_MANY, "too many requests", status=status)


def bad_parameter(text: str) -> ApiError:
    """101000 with what is wrong."""
    return ApiError(PARAMETER, f"invalid parameter: {text}")


def success(data: object, request_id: str) -> HttpResponse:
    """Code 0."""
    return _answer(200, 0, "Success", request_id, data)


def refusal(
    error: ApiError, request_id: str, *, http_errors: bool = False
) -> HttpResponse:
    """The answer for a refusal; ``http_errors``: the gateway's come as 4xx."""
    status = error.status
    if http_errors and status == 200:
        status = _GATEWAY.get(error.code, 200)
    return _answer(status, error.code, error.message, request_id, {})


def _answer(
    status: int, code: int, message: str, request_id: str, data: object
) -> HttpResponse:
    body: Json = {
        "code": code,
        "message": message,
        "request_id": request_id,
        "data": data,
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        status=status,
        content_type="application/json",
    )
