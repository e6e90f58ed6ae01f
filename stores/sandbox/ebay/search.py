"""The query of getOrders, read and run; its refusals are the 30xxx and 31xxx."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stores.sandbox.ebay.answers import ApiError
from stores.sandbox.ebay.orders import DAY_MS, Order

DEFAULT_LIMIT, MOST_LIMIT, MOST_IDS = 50, 200, 50
DEFAULT_SPAN_MS = 90 * DAY_MS
REACH_MS = 2 * 366 * DAY_MS
BREAKDOWN = "TAX_BREAKDOWN"
_STATUSES = ({"NOT_STARTED", "IN_PROGRESS"}, {"FULFILLED", "IN_PROGRESS"})
_PART = re.compile(r"([A-Za-z]+):(\[[^\]]*\]|\{[^}]*\})(?:,|$)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A checked request: times in milliseconds."""

    order_ids: tuple[str, ...] = ()
    created: tuple[int, int] | None = None
    updated: tuple[int, int] | None = None
    statuses: frozenset[str] = frozenset()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    breakdown: bool = False


def read_query(params: Mapping[str, str], now: int) -> Query:
    """Check a request's parameters; raises ApiError."""
    breakdown = read_field_groups(params)
    if "orderIds" in params:
        ids = tuple(x.strip() for x in params["orderIds"].split(",") if x.strip())
        if len(ids) > MOST_IDS:
            raise ApiError(
                400,
                30900,
                f"Exceeded maximum number of order IDs (the current limit is {MOST_IDS})",
            )
        # All other parameters are ignored.
        return Query(order_ids=ids, limit=MOST_IDS)
    created, updated, statuses = _filters(params.get("filter", ""), now)
    # Given both, only the creation date counts.
    if created is not None:
        updated = None
    elif updated is None:
        created = (now - DEFAULT_SPAN_MS, now + DAY_MS)
    return Query(
        created=created,
        updated=updated,
        statuses=statuses,
        limit=_number(params, "limit", DEFAULT_LIMIT, 1, MOST_LIMIT, 31100),
        offset=_number(params, "offset", 0, 0, 10**9, 31000),
        breakdown=breakdown,
    )


def read_field_groups(params: Mapping[str, str]) -> bool:
    """Whether the breakdown is asked for; ApiError 32800 for another group."""
    groups = [x for x in params.get("fieldGroups", "").split(",") if x]
    for group in groups:
        if group != BREAKDOWN:
            raise ApiError(400, 32800, f"Invalid field group: {group}")
    return bool(groups)


def run_query(query: Query, orders: Iterable[Order], seller_id: str) -> list[Order]:
    """All orders that the query finds, oldest first; the page is cut by the caller."""
    own = [order for order in orders if order.seller_id == seller_id]
    if query.order_ids:
        return [order for order in own if order.order_id in query.order_ids]
    found = [
        order
        for order in own
        if _within(order.created, query.created)
        and _within(order.updated, query.updated)
        and (not query.statuses or order.status in query.statuses)
    ]
    return sorted(found, key=lambda order: (order.created, order.order_id))


def _within(moment: int, span: tuple[int, int] | None) -> bool:
    return span is None or span[0] <= moment <= span[1]


def _filters(
    text: str, now: int
) -> tuple[tuple[int, int] | None, tuple[int, int] | None, frozenset[str]]:
    spans: dict[str, tuple[int, int]] = {}
    statuses: frozenset[str] = frozenset()
    rest = text
    while rest:
        found = _PART.match(rest)
        if found is None:
            raise ApiError(400, 30700, f"Invalid filter name: {rest[:40]}")
        name, value = found[1].lower(), found[2]
        rest = rest[found.end() :]
        if name == "orderfulfillmentstatus":
            chosen = set(value.strip("{}").split("|"))
            if chosen not in _STATUSES or value[0] != "{":
                raise _bad_value(name, value)
            statuses = frozenset(chosen)
        elif name in {"creationdate", "lastmodifieddate"}:
            if value[0] != "[":
                raise _bad_value(name, value)
            spans[name] = _span(value.strip("[]"), name, now)
        else:
            raise ApiError(400, 30700, f"Invalid filter name: {found[1]}")
    return spans.get("creationdate"), spans.get("lastmodifieddate"), statuses


def _bad_value(name: str, value: str) -> ApiError:
    return ApiError(400, 30800, f"Invalid filter value {value} for filter {name}")


def _span(text: str, name: str, now: int) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    if not dots:
        raise _bad_value(name, f"[{text}]")
    if not first:
        raise ApiError(400, 30820, "Start date is missing")
    start = _moment(first)
    end = _moment(last) if last else now + DAY_MS
    if start > now or (last and end > now):
        raise ApiError(400, 30850, "Start and end dates can't be in the future")
    if start > end:
        raise ApiError(400, 30840, "Start date should be before end date")
    if now - start > REACH_MS:
        raise ApiError(
            400,
            30830,
            "Time range between start date and end date must be within '2' years.",
        )
    return start, end


def _moment(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, 30810, "Invalid date format") from None
    if found.tzinfo is None:
        raise ApiError(400, 30810, "Invalid date format")
    return (found - _EPOCH) // timedelta(milliseconds=1)


def _number(
    params: Mapping[str, str], name: str, default: int, low: int, high: int, error: int
) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise ApiError(400, error, f"Invalid {name}: {text}")
    return int(text)
