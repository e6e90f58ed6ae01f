"""``searchOrders`` of v2026-01-01: parameters, window, paging.

Source: orders_2026-01-01 model (2026-08): exactly one of createdAfter and
lastUpdatedAfter, the ``…Before`` at least two minutes old, pages of at most 100,
a token that lives 24 h and asks for unchanged parameters.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict

from stores.sandbox.amazon.answers import invalid
from stores.sandbox.amazon.orders import (
    DAY_MS,
    Entry,
    Order,
    OrderBook,
    to_milliseconds,
)
from stores.sandbox.amazon.render import BLOCKS

STATUSES = [
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
]
MAX_PAGE = 100
_FREE = ("paginationToken", "maxResultsPerPage", "includedData")
_PARAMETERS = {
    *("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore"),
    *("fulfillmentStatuses", "marketplaceIds", "fulfilledBy"),
    *_FREE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A checked request; ``by`` is 'created' or 'updated', times in milliseconds."""

    by: str
    start: Entry
    before: int
    statuses: frozenset[str] | None
    marketplaces: frozenset[str] | None
    fulfilled_by: frozenset[str] | None
    size: int
    include: frozenset[str]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The orders of one page and the token of the next, None on the last."""

    orders: list[Order]
    next_token: str | None
    before: int
    by: str


def read_included(params: QueryDict) -> frozenset[str]:
    """``includedData`` as a set; 400 names an unknown dataset."""
    return _list(params, "includedData", BLOCKS) or frozenset()


def read_query(
    params: QueryDict, *, seller_id: str, now_ms: int, two_minutes_ms: int
) -> Query:
    """Check the parameters; raises the 400 ApiError."""
    for name in params:
        if name not in _PARAMETERS:
            raise invalid(f"Invalid query parameter: {name}")
    by, after, before = _window(params, now_ms, two_minutes_ms)
    marketplaces = _list(params, "marketplaceIds", None)
    if marketplaces is not None and len(marketplaces) > 50:
        raise invalid("marketplaceIds: at most 50 values are allowed")
    digest = _digest(params, seller_id)
    start: Entry = (after, "")
    if token := params.get("paginationToken"):
        start, before = _read_token(token, digest, now_ms)
    return Query(
        by=by,
        start=start,
        before=before,
        statuses=_list(params, "fulfillmentStatuses", STATUSES),
        marketplaces=marketplaces,
        fulfilled_by=_list(params, "fulfilledBy", ("MERCHANT", "AMAZON")),
        size=_size(params),
        include=read_included(params),
        digest=digest,
    )


def run_query(
    query: Query, book: OrderBook, seller_id: str, *, now_ms: int, lag_ms: int
) -> Page:
    """One page, oldest first; orders that changed within the lag are not listed yet."""
    found: list[Order] = []
    next_token = None
    statuses, marketplaces = query.statuses, query.marketplaces
    fulfilled_by = query.fulfilled_by
    for entry in book.between(
        seller_id, by=query.by, first=query.start, last_ms=query.before
    ):
        order = book[entry[1]]
        if (
            (statuses is not None and order.status not in statuses)
            or (marketplaces is not None and order.marketplace_id not in marketplaces)
            or (fulfilled_by is not None and order.fulfilled_by not in fulfilled_by)
            or order.updated + lag_ms > now_ms
            or order.unlisted_until is None
            or order.unlisted_until > now_ms
        ):
            continue
        if len(found) == query.size:
            next_token = _make_token(query, entry, now_ms)
            break
        found.append(order)
    return Page(orders=found, next_token=next_token, before=query.before, by=query.by)


def _window(
    params: QueryDict, now_ms: int, two_minutes_ms: int
) -> tuple[str, int, int]:
    created = "createdAfter" in params
    updated = "lastUpdatedAfter" in params
    if created == updated:
        raise invalid("Exactly one of createdAfter and lastUpdatedAfter is required.")
    by, name, other = (
        ("created", "created", "lastUpdated")
        if created
        else ("updated", "lastUpdated", "created")
    )
    if f"{other}Before" in params:
        raise invalid(f"{other}Before must not be used with {name}After.")
    after = _time(params, f"{name}After")
    latest = now_ms - two_minutes_ms
    if f"{name}Before" not in params:
        return by, after, latest
    before = _time(params, f"{name}Before")
    if before < after:
        raise invalid(f"{name}Before must be equal to or after {name}After.")
    if before > latest:
        raise invalid(
            f"{name}Before must be at least two minutes before the time of the request."
        )
    return by, after, before


def _single(params: QueryDict, name: str) -> str:
    values = params.getlist(name)
    if len(values) > 1:
        raise invalid(f"{name} must be given once; separate its values by commas.")
    return values[0]


def _time(params: QueryDict, name: str) -> int:
    text = _single(params, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{name} is not a valid ISO 8601 date-time: {text}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return to_milliseconds(moment)


def _list(params: QueryDict, name: str, known: Any) -> frozenset[str] | None:
    if name not in params:
        return None
    values = [value for value in _single(params, name).split(",") if value]
    for value in values:
        if known is not None and value not in known:
            raise invalid(f"Value '{value}' of {name} is not supported.")
    return frozenset(values) or None


def _size(params: QueryDict) -> int:
    if "maxResultsPerPage" not in params:
        return MAX_PAGE
    text = _single(params, "maxResultsPerPage")
    if not text.isdigit() or not 1 <= int(text) <= MAX_PAGE:
        raise invalid(f"maxResultsPerPage must be between 1 and {MAX_PAGE}: {text}")
    return int(text)


def _digest(params: QueryDict, seller_id: str) -> str:
    kept: Mapping[str, list[str]] = {
        name: sorted(params.getlist(name))
        for name in sorted(params)
        if name not in _FREE
    }
    text = json.dumps([seller_id, kept])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _make_token(query: Query, entry: Entry, now_ms: int) -> str:
    text = json.dumps([query.digest, *entry, query.before, now_ms + DAY_MS])
    # Padded so that it holds '+' and '=': a client that encodes twice is found out.
    text += " " * ((1 - len(text)) % 3)
    return "+" + base64.b64encode(text.encode()).decode()


def _read_token(token: str, digest: str, now_ms: int) -> tuple[Entry, int]:
    try:
        if not token.startswith("+"):
            raise ValueError
        stored, time, order_id, before, expires = json.loads(
            base64.b64decode(token[1:], validate=True)
        )
    except (ValueError, binascii.Error):
        raise invalid("The paginationToken could not be decoded.") from None
    if now_ms >= expires:
        raise invalid("The paginationToken has expired.")
    if stored != digest:
        raise invalid(
            "The request parameters do not match those of the paginationToken; only "
            "maxResultsPerPage and includedData may differ."
        )
    return (time, order_id), before
