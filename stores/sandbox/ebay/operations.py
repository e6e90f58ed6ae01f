"""The calls of Sell Fulfillment and Analytics, and the way to all operations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from stores.sandbox.ebay import answers, quotas
from stores.sandbox.ebay.answers import ApiError
from stores.sandbox.ebay.auth import (
    BASE,
    FULFILLMENT_SCOPE,
    READ_SCOPE,
    SCOPES,
    Access,
)
from stores.sandbox.ebay.fulfil import apply_telling, check_telling, read_telling
from stores.sandbox.ebay.orders import Order
from stores.sandbox.ebay.render import render_fulfillment, render_order
from stores.sandbox.ebay.search import read_field_groups, read_query, run_query
from stores.sandbox.ebay.weather import poisons
from stores.sandbox.ebay.world import World

Json = dict[str, Any]

FULFILLMENT = "sell/fulfillment/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted request: who makes it, when, in which world."""

    request: HttpRequest
    world: World
    access: Access
    now: int

    @property
    def base(self) -> str:
        """The address of the Fulfillment API as the caller knows it."""
        root = self.request.build_absolute_uri("/").rstrip("/")
        return f"{root}/ebay/{FULFILLMENT}"

    def own_order(self, order_id: str) -> Order:
        """The seller's order; raises 32100."""
        order = self.world.book.get(order_id)
        if order is None or order.seller_id != self.access.seller_id:
            raise answers.invalid_order(order_id)
        return order

    def body(self) -> Any:
        """The JSON body; None when it is none."""
        try:
            return json.loads(self.request.body)
        except ValueError:
            return None

    def render(self, order: Order, *, single: bool, breakdown: bool) -> Json:
        """The order's JSON."""
        return render_order(
            order, base=self.base, single=single, breakdown=breakdown, now=self.now
        )


def get_orders(call: Call) -> HttpResponse:
    """``getOrders``."""
    world, params = call.world, call.request.GET.dict()
    query = read_query({k: str(v) for k, v in params.items()}, call.now)
    lag = int(world.settings.list_lag * 1000)
    listed = (order for order in world.book if order.updated <= call.now - lag)
    found = run_query(query, listed, call.access.seller_id or "")
    page = found[query.offset : query.offset + query.limit]
    rows = []
    for order in page:
        row = call.render(order, single=False, breakdown=query.breakdown)
        if poisons(world, order):
            row["lineItems"] = "poison"
        rows.append(row)
    body: Json = {
        "href": _page(call, query.limit, query.offset),
        "total": len(found),
        "limit": query.limit,
        "offset": query.offset,
        "orders": rows,
    }
    if query.offset + query.limit < len(found) and not query.order_ids:
        body["next"] = _page(call, query.limit, query.offset + query.limit)
    if query.offset:
        body["prev"] = _page(call, query.limit, max(0, query.offset - query.limit))
    return answers.json_response(200, body)


def get_order(call: Call, order_id: str) -> HttpResponse:
    """``getOrder``: with cancel requests and the buyer's tax number."""
    breakdown = read_field_groups(
        {k: str(v) for k, v in call.request.GET.dict().items()}
    )
    order = call.own_order(order_id)
    return answers.json_response(
        200, call.render(order, single=True, breakdown=breakdown)
    )


def get_fulfillments(call: Call, order_id: str) -> HttpResponse:
    """``getShippingFulfillments``."""
    rows = render_fulfillment(call.own_order(order_id))
    return answers.json_response(200, {"fulfillments": rows, "total": len(rows)})


def get_fulfillment(call: Call, order_id: str, fulfillment_id: str) -> HttpResponse:
    """``getShippingFulfillment``."""
    for row in render_fulfillment(call.own_order(order_id)):
        if row["fulfillmentId"] == fulfillment_id:
            return answers.json_response(200, row)
    raise ApiError(404, 32110, f"Invalid shipping fulfillment ID: {fulfillment_id}")


def create_fulfillment(call: Call, order_id: str) -> HttpResponse:
    """``createShippingFulfillment``; each call leaves a ledger row."""
    world, body = call.world, call.body()
    try:
        order = call.own_order(order_id)
        seller = world.auth.sellers[order.seller_id]
        if seller.suspended:
            raise ApiError(400, 32400, "Requested user is suspended")
        telling = read_telling(body, call.now)
        check_telling(
            telling,
            order,
            world.book,
            most_parcels=world.settings.most_parcels,
            reuse_error=world.settings.reuse_error,
            now=call.now,
        )
    except ApiError as error:
        world.record(
            "fulfil_refused",
            order_id,
            body,
            accepted=False,
            code=error.number,
            message=error.message,
        )
        raise
    parcel = apply_telling(telling, order)
    world.book.touch(order, call.now)
    world.record(
        "fulfil",
        order_id,
        body,
        accepted=True,
        shippingCarrierCode=telling.carrier,
        trackingNumber=telling.tracking,
        items=dict(telling.items),
    )
    world.marked_shipped(order, call.now)
    place = f"{call.base}/order/{order_id}/shipping_fulfillment/{parcel.fulfillment_id}"
    return answers.empty_response(201, location=place)


def get_rate_limits(call: Call) -> HttpResponse:
    """``getRateLimits`` of Analytics."""
    body = call.world.quotas.rate_limits(call.access.client_id, call.now / 1000)
    return answers.json_response(200, body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What serves a path, who may call it, and which quota it counts in."""

    name: str
    method: str
    path: re.Pattern[str]
    serve: Callable[..., HttpResponse]
    scopes: frozenset[str]
    resource: str = ""
    seller: bool = False
    # How the token is announced, and whether some sellers must sign the message.
    scheme: str = "bearer"
    signed: bool = False


def operation(
    name: str,
    method: str,
    path: str,
    serve: Callable[..., HttpResponse],
    *scopes: str,
    resource: str = "",
    seller: bool = False,
    scheme: str = "bearer",
    signed: bool = False,
) -> Operation:
    """An operation; ``{name}`` in a path stands for one part of it."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Operation(
        name=name,
        method=method,
        path=re.compile(f"{pattern}/?"),
        serve=serve,
        scopes=frozenset(scopes),
        resource=resource,
        seller=seller,
        scheme=scheme,
        signed=signed,
    )


def _fulfillment(
    name: str, method: str, path: str, serve: Callable[..., HttpResponse]
) -> Operation:
    scopes = (FULFILLMENT_SCOPE,) if method == "POST" else (FULFILLMENT_SCOPE, READ_SCOPE)  # fmt: skip
    return operation(
        name,
        method,
        f"{FULFILLMENT}/{path}",
        serve,
        *scopes,
        resource=quotas.FULFILLMENT,
        seller=True,
    )


_PARCELS = "order/{order_id}/shipping_fulfillment"
OPERATIONS = (
    _fulfillment("getOrders", "GET", "order", get_orders),
    _fulfillment("getOrder", "GET", "order/{order_id}", get_order),
    _fulfillment("getShippingFulfillments", "GET", _PARCELS, get_fulfillments),
    _fulfillment("createShippingFulfillment", "POST", _PARCELS, create_fulfillment),
    _fulfillment(
        "getShippingFulfillment",
        "GET",
        f"{_PARCELS}/{{fulfillment_id}}",
        get_fulfillment,
    ),
    operation(
        "getRateLimits",
        "GET",
        "developer/analytics/v1_beta/rate_limit",
        get_rate_limits,
        BASE,
    ),
    operation(
        "getUserRateLimits",
        "GET",
        "developer/analytics/v1_beta/user_rate_limit",
        get_rate_limits,
        *SCOPES,
        seller=True,
    ),
)


def find_operation(
    table: tuple[Operation, ...], method: str, path: str
) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request and its path's parts; None when nothing is played."""
    for row in table:
        if row.method == method and (found := row.path.fullmatch(path)):
            return row, found.groupdict()
    return None


def _page(call: Call, limit: int, offset: int) -> str:
    params = {k: str(v) for k, v in call.request.GET.dict().items()}
    query = {**params, "limit": str(limit), "offset": str(offset)}
    return f"{call.base}/order?{urlencode(query)}"
