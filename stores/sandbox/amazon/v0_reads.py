"""The reads of orders v0: parameters, paging, and what differs from v2026-01-01.

Source: ordersV0 model (2026-08) and its issue tracker: an unknown order answers 200
with an empty payload, a next token is sent together with the marketplaces and the
date it began with. Clients send parameters that no model lists
(python-amazon-sp-api spells the marketplace in four ways), so unknown ones are
ignored; a filter of the model that is not played is refused instead of ignored.
"""

from __future__ import annotations

import re
from typing import Any

from django.http import QueryDict

from stores.sandbox.amazon.answers import invalid
from stores.sandbox.amazon.orders import Entry, Order, OrderBook
from stores.sandbox.amazon.search import (
    Query,
    digest_of,
    read_list,
    read_size,
    read_token,
    read_window,
    run_query,
)
from stores.sandbox.amazon.v0_render import (
    CHANNELS,
    STATUSES,
    render_item,
    render_order,
    seconds,
)

Json = dict[str, Any]

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")
MAX_MARKETPLACES = 50
_NOT_PLAYED = (
    *("PaymentMethods", "BuyerEmail", "SellerOrderId", "AmazonOrderIds", "IsISPU"),
    *("EasyShipShipmentStatuses", "ElectronicInvoiceStatuses", "StoreChainStoreId"),
    *("ActualFulfillmentSupplySourceId", "EarliestDeliveryDateBefore"),
    *("EarliestDeliveryDateAfter", "LatestDeliveryDateBefore"),
    "LatestDeliveryDateAfter",
)
_FREE = ("NextToken", "MaxResultsPerPage")


def list_orders(
    params: QueryDict,
    book: OrderBook,
    seller_id: str,
    *,
    now_ms: int,
    two_minutes_ms: int,
    lag_ms: int,
) -> Json:
    """The answer of ``getOrders``; raises the 400 ApiError."""
    query = _read_query(
        params, seller_id=seller_id, now_ms=now_ms, two_minutes_ms=two_minutes_ms
    )
    page = run_query(query, book, seller_id, now_ms=now_ms, lag_ms=lag_ms)
    payload: Json = {"Orders": [render_order(order) for order in page.orders]}
    if page.next_token is not None:
        payload["NextToken"] = page.next_token
    bound = "CreatedBefore" if page.by == "created" else "LastUpdatedBefore"
    payload[bound] = seconds(page.before)
    return {"payload": payload}


def read_order(order_id: str, book: OrderBook, seller_id: str) -> Json:
    """The answer of ``getOrder``; an unknown id is 200 with an empty payload."""
    order = _find(order_id, book, seller_id)
    return {"payload": {} if order is None else render_order(order)}


def list_items(order_id: str, book: OrderBook, seller_id: str) -> Json:
    """The answer of ``getOrderItems``; all items on one page."""
    order = _find(order_id, book, seller_id)
    if order is None:
        return {"payload": {}}
    rows = [render_item(order, line) for line in order.lines]
    return {"payload": {"AmazonOrderId": order.order_id, "OrderItems": rows}}


def _find(order_id: str, book: OrderBook, seller_id: str) -> Order | None:
    if not ORDER_ID.fullmatch(order_id):
        raise invalid(f"Invalid AmazonOrderId: {order_id}")
    order = book.get(order_id)
    return order if order is not None and order.seller_id == seller_id else None


def _read_query(
    params: QueryDict, *, seller_id: str, now_ms: int, two_minutes_ms: int
) -> Query:
    for name in _NOT_PLAYED:
        if name in params:
            raise invalid(f"{name} is not played by this sandbox.")
    marketplaces = read_list(params, "MarketplaceIds", None)
    if not marketplaces:
        raise invalid("MarketplaceIds is required.")
    if len(marketplaces) > MAX_MARKETPLACES:
        raise invalid(f"MarketplaceIds: at most {MAX_MARKETPLACES} values are allowed")
    by, after, before = read_window(params, now_ms, two_minutes_ms, _capital)
    digest = digest_of(params, seller_id, _FREE)
    start: Entry = (after, "")
    if token := params.get("NextToken"):
        start, before = read_token(token, digest, now_ms, "NextToken")
    return Query(
        by=by,
        start=start,
        before=before,
        statuses=_translated(params, "OrderStatuses", STATUSES),
        marketplaces=marketplaces,
        fulfilled_by=_translated(params, "FulfillmentChannels", CHANNELS),
        size=read_size(params, "MaxResultsPerPage"),
        include=frozenset(),
        digest=digest,
    )


def _translated(
    params: QueryDict, name: str, words: dict[str, str]
) -> frozenset[str] | None:
    """Values in v0's words, as the order book's own."""
    wanted = read_list(params, name, words.values())
    if wanted is None:
        return None
    return frozenset(ours for ours, theirs in words.items() if theirs in wanted)


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
