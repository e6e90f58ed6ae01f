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
from collections.abc import Callable, Collection, Mapping
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
    return read_list(params, "includedData", BLOCKS) or frozenset()


def read_query(
    params: QueryDict, *, seller_id: str, now_ms: int, two_minutes_ms: int
) -> Query:
    """Check the parameters; raises the 400 ApiError."""
    for name in params:
        if name not in _PARAMETERS:
            raise invalid(f"Invalid query parameter: {name}")
    by, after, before = read_window(params, now_ms, two_minutes_ms)
    marketplaces = read_list(params, "marketplaceIds", None)
    if marketplaces is not None and len(marketplaces) > 50:
        raise invalid("marketplaceIds: at most 50 values are allowed")
    digest = digest_of(params, seller_id, _FREE)
    start: Entry = (after, "")
    if token := params.get("paginationToken"):
        start, before = read_token(token, digest, now_ms, "paginationToken")
    return Query(
        by=by,
        start=start,
        before=before,
        statuses=read_list(params, "fulfillmentStatuses", STATUSES),
        marketplaces=marketplaces,
        fulfilled_by=read_list(params, "fulfilledBy", ("MERCHANT", "AMAZON")),
        size=read_size(params, "maxResultsPerPage"),
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


def read_window(
    params: QueryDict,
    now_ms: int,
    two_minutes_ms: int,
    spell: Callable[[str], str] = str,
) -> tuple[str, int, int]:
    """``(by, after, before)`` of the window; ``spell`` writes a name in v0's way.

    Exactly one of createdAfter and lastUpdatedAfter; raises the 400 ApiError.
    """
    created = spell("createdAfter") in params
    updated = spell("lastUpdatedAfter") in params
    if created == updated:
        raise invalid(
            f"Exactly one of {spell('createdAfter')} and {spell('lastUpdatedAfter')} "
            "is required."
        )
    by, name, other = (
        ("created", "created", "lastUpdated")
        if created
        else ("updated", "lastUpdated", "created")
    )
    after_name, before_name = spell(f"{name}After"), spell(f"{name}Before")
    if spell(f"{other}Before") in params:
        raise invalid(f"{spell(f'{other}Before')} must not be used with {after_name}.")
    after = _time(params, after_name)
    latest = now_ms - two_minutes_ms
    if before_name not in params:
        return by, after, latest
    before = _time(params, before_name)
    if before < after:
        raise invalid(f"{before_name} must be equal to or after {after_name}.")
    if before > latest:
        raise invalid(
            f"{before_name} must be at least two minutes before the time of the request."
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


def read_list(params: QueryDict, name: str, known: Any) -> frozenset[str] | None:
    """A comma-separated parameter; None when it is absent or empty."""
    if name not in params:
        return None
    values = [value for value in _single(params, name).split(",") if value]
    for value in values:
        if known is not None and value not in known:
            raise invalid(f"Value '{value}' of {name} is not supported.")
    return frozenset(values) or None


def read_size(params: QueryDict, name: str) -> int:
    """The page size; raises the 400 ApiError out of 1 to 100."""
    if name not in params:
        return MAX_PAGE
    text = _single(params, name)
    if not text.isdigit() or not 1 <= int(text) <= MAX_PAGE:
        raise invalid(f"{name} must be between 1 and {MAX_PAGE}: {text}")
    return int(text)


def digest_of(params: QueryDict, seller_id: str, free: Collection[str]) -> str:
    """What a page token is bound to: every parameter but the ``free`` ones."""
    kept: Mapping[str, list[str]] = {
        name: sorted(params.getlist(name))
        for name in sorted(params)
        if name not in free
    }
    text = json.dumps([seller_id, kept])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _make_token(query: Query, entry: Entry, now_ms: int) -> str:
    text = json.dumps([query.digest, *entry, query.before, now_ms + DAY_MS])
    # Padded so that it holds '+' and '=': a client that encodes twice is found out.
    text += " " * ((1 - len(text)) % 3)
    return "+" + base64.b64encode(text.encode()).decode()


def read_token(token: str, digest: str, now_ms: int, name: str) -> tuple[Entry, int]:
    """Where the page begins and where the list ends; raises the 400 ApiError."""
    try:
        if not token.startswith("+"):
            raise ValueError
        stored, time, order_id, before, expires = json.loads(
            base64.b64decode(token[1:], validate=True)
        )
    except (ValueError, binascii.Error):
        raise invalid(f"The {name} could not be decoded.") from None
    if now_ms >= expires:
        raise invalid(f"The {name} has expired.")
    if stored != digest:
        raise invalid(f"The request parameters do not match those of the {name}.")
    return (time, order_id), before
