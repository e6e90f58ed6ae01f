"""Seek paging: ``limit`` rows and a token for the page after."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from stores.sandbox.mirakl.answers import invalid
from stores.sandbox.mirakl.call import Call

Json = dict[str, Any]

DEFAULT_LIMIT, MOST_LIMIT = 50, 100


def page_of(call: Call, rows: list[Json], *, most: int = MOST_LIMIT) -> Json:
    """``{data, next_page_token?, previous_page_token?}`` of all rows found."""
    text = call.params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise invalid(f"limit: '{text}' is not a number from 1 to {most}", "limit")
    limit, start = int(text), _start(call.params.get("page_token", ""))
    body: Json = {"data": rows[start : start + limit]}
    if start + limit < len(rows):
        body["next_page_token"] = _token(start + limit)
    if start:
        body["previous_page_token"] = _token(max(0, start - limit))
    return body


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
    except (binascii.Error, ValueError):
        word, number = "", ""
    if word != "from" or not number.isdigit():
        raise invalid("page_token: not one of ours", "page_token")
    return int(number)
