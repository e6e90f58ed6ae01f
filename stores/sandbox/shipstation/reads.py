"""The list calls: filters, sorting, pages.

Source: v1 specs for the parameters; unknown ones are ignored without error.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation import pacific
from stores.sandbox.shipstation.account import Account, Order, Shipment
from stores.sandbox.shipstation.errors import ApiError

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500

Query = Mapping[str, str]


class PoisonError(Exception):
    """The page holds a record that breaks it."""


def _moment(query: Query, name: str) -> float | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        return pacific.parse(text)
    except ValueError:
        raise ApiError(400, f"{name}: {text!r} is not a valid date.") from None


def _integer(query: Query, name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise ApiError(400, f"{name}: {text!r} is not a valid number.") from None


def page_bounds(query: Query) -> tuple[int, int]:
    """Page (from 1) and page size (capped at 500, 100 when absent)."""
    page = max(1, _integer(query, "page") or 1)
    size = _integer(query, "pageSize") or DEFAULT_PAGE_SIZE
    return page, max(1, min(size, MAX_PAGE_SIZE))


def _descending(query: Query) -> bool:
    return query.get("sortDir", "").upper() == "DESC"


def _within(value: float | None, start: float | None, end: float | None) -> bool:
    if start is None and end is None:
        return True
    if value is None:
        return False
    return (start is None or value >= start) and (end is None or value <= end)


def _window_test(
    moment_of: Callable[[Order], float | None], start: float | None, end: float | None
) -> Callable[[Order], bool]:
    return lambda order: _within(moment_of(order), start, end)


def _order_tests(query: Query) -> list[Callable[[Order], bool]]:
    """The filters of this query as predicates; only those that are set."""
    tests: list[Callable[[Order], bool]] = []
    if status := query.get("orderStatus"):
        tests.append(lambda order: order.resource["orderStatus"] == status)
    store_id = _integer(query, "storeId")
    if store_id is not None:
        tests.append(lambda order: order.store_id == store_id)
    for name, moment_of in (
        ("createDate", lambda order: order.create_ts),
        ("orderDate", lambda order: order.order_ts),
        ("paymentDate", lambda order: order.payment_ts),
    ):
        start, end = _moment(query, f"{name}Start"), _moment(query, f"{name}End")
        if start is not None or end is not None:
            tests.append(_window_test(moment_of, start, end))
    if name := query.get("customerName", "").casefold():
        tests.append(
            lambda order: name in (order.resource["shipTo"]["name"] or "").casefold()
        )
    if country := query.get("customsCountryCode", "").upper():
        tests.append(lambda order: order.resource["shipTo"]["country"] == country)
    if word := query.get("itemKeyword", "").casefold():
        tests.append(lambda order: _mentions(order, word))
    return tests


def _mentions(order: Order, word: str) -> bool:
    for item in order.resource["items"]:
        texts = [item["sku"], item["name"], *(o["value"] for o in item["options"])]
        if any(word in str(text).casefold() for text in texts if text):
            return True
    return False


def select_orders(account: Account, query: Query, now: float) -> list[Order]:
    """The orders that GET /orders finds, sorted."""
    start = _moment(query, "modifyDateStart")
    end = _moment(query, "modifyDateEnd")
    by_modify = start is not None or end is not None
    prefix = query.get("orderNumber", "")
    found: Iterable[Order]
    if by_modify:
        found = account.modified_between(start, end, now)
        if prefix:
            found = [order for order in found if order.number.startswith(prefix)]
    elif prefix:
        found = account.numbered(prefix)
    else:
        found = account.orders.values()
    tests = _order_tests(query)
    chosen = [order for order in found if all(test(order) for test in tests)]
    sort_by = query.get("sortBy", "").lower()
    descending = _descending(query)
    if sort_by == "modifydate":
        chosen.sort(key=lambda o: (o.modify_ts, o.order_id), reverse=descending)
    elif sort_by == "createdate":
        chosen.sort(key=lambda o: (o.create_ts, o.order_id), reverse=descending)
    elif sort_by == "orderdate":
        chosen.sort(key=lambda o: (o.order_ts or 0, o.order_id), reverse=descending)
    elif by_modify or prefix or descending:
        chosen.sort(key=lambda o: o.order_id, reverse=descending)
    return chosen


def orders_by_tag(account: Account, query: Query) -> list[Order]:
    """GET /orders/listbytag; both parameters are required."""
    status, tag_id = query.get("orderStatus"), _integer(query, "tagId")
    if not status or tag_id is None:
        raise ApiError(400, "orderStatus and tagId are required.")
    return [
        order
        for order in account.orders.values()
        if order.status == status and tag_id in (order.resource["tagIds"] or [])
    ]


def orders_page(account: Account, orders: list[Order], query: Query) -> str:
    """The page as JSON text; PoisonError when it holds a poisoned order."""
    page, size = page_bounds(query)
    rows = orders[(page - 1) * size : page * size]
    if account.poison and any(order.order_id in account.poison for order in rows):
        raise PoisonError
    texts = ",".join(order.json() for order in rows)
    pages = max(1, math.ceil(len(orders) / size))
    return f'{{"orders":[{texts}],"total":{len(orders)},"page":{page},"pages":{pages}}}'


def shipment_view(shipment: Shipment, now: float, *, items: bool) -> Json:
    """The wire row as of now: notification, and items only when asked for."""
    row = dict(shipment.row)
    if "shipmentItems" in row and not items:
        row["shipmentItems"] = None
    heard = shipment.notify_ts is not None and shipment.notify_ts <= now
    # A label voided before its notice was due is never told.
    if shipment.void_ts is not None and (shipment.notify_ts or 0) > shipment.void_ts:
        heard = False
    row["marketplaceNotified"] = heard and shipment.notify_error is None
    row["notifyErrorMessage"] = shipment.notify_error if heard else None
    return row


def select_shipments(rows: list[Shipment], account: Account, query: Query) -> Any:
    """The rows that GET /shipments or /fulfillments finds, sorted by creation."""
    create_start, create_end = (
        _moment(query, "createDateStart"),
        _moment(query, "createDateEnd"),
    )
    ship_start, ship_end = (
        _moment(query, "shipDateStart"),
        _moment(query, "shipDateEnd"),
    )
    void_start, void_end = (
        _moment(query, "voidDateStart"),
        _moment(query, "voidDateEnd"),
    )
    equal = {
        name: query[name]
        for name in (
            "orderNumber",
            "orderId",
            "carrierCode",
            "serviceCode",
            "trackingNumber",
            "fulfillmentId",
        )
        if query.get(name)
    }
    recipient = query.get("recipientName", "").casefold()
    country = query.get("recipientCountryCode", "").upper()
    store_id = _integer(query, "storeId")
    first = 0
    if create_start is not None:
        first = bisect_left(rows, create_start, key=lambda row: row.create_ts)
    chosen = []
    for shipment in rows[first:]:
        row = shipment.row
        if create_end is not None and shipment.create_ts > create_end:
            break
        if account.gone.get(row["orderId"]) == "absorbed":
            continue  # nothing is found under an absorbed order any more
        if (
            all(str(row.get(name)) == value for name, value in equal.items())
            and _within(shipment.ship_ts, ship_start, ship_end)
            and _within(shipment.void_ts, void_start, void_end)
            and (store_id is None or shipment.store_id == store_id)
            and (not recipient or recipient in (row["shipTo"]["name"] or "").casefold())
            and (not country or row["shipTo"]["country"] == country)
        ):
            chosen.append(shipment)
    if query.get("sortBy", "").lower() == "shipdate":
        chosen.sort(key=lambda s: s.ship_ts)
    if _descending(query):
        chosen.reverse()
    return chosen


def shipments_page(
    name: str,
    chosen: list[Shipment],
    query: Query,
    now: float,
    *,
    pages_zero: bool,
    items: bool,
) -> str:
    """A page of /shipments or /fulfillments as JSON text."""
    page, size = page_bounds(query)
    rows = chosen[(page - 1) * size : page * size]
    pages = 0 if pages_zero else max(1, math.ceil(len(chosen) / size))
    return json.dumps(
        {
            name: [shipment_view(row, now, items=items) for row in rows],
            "total": len(chosen),
            "page": page,
            "pages": pages,
        }
    )
