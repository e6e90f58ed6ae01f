"""One admitted request, and the table of what is played."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from stores.sandbox.tiktok.accounts import Access, Shop
from stores.sandbox.tiktok.answers import ApiError, bad_parameter
from stores.sandbox.tiktok.orders import Order
from stores.sandbox.tiktok.render import render_order
from stores.sandbox.tiktok.world import World

Json = dict[str, Any]

ORDER_UNKNOWN = 21008111


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who asks, for which shop, when, in which world; ``shop`` as the operation needs."""

    request: HttpRequest
    world: World
    access: Access
    shop: Shop | None
    version: str
    now: int

    @property
    def params(self) -> dict[str, str]:
        """The query, one value of each name."""
        return {key: str(value) for key, value in self.request.GET.dict().items()}

    @property
    def shop_id(self) -> str:
        """The shop that the cipher named."""
        if self.shop is None:
            raise LookupError("the operation is not of one shop")
        return self.shop.id

    def body(self) -> Json:
        """The JSON object that was sent ({} for nothing); ApiError 101000."""
        try:
            found = json.loads(self.request.body or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise bad_parameter("the body must be a JSON object")
        return found

    def own_order(self, order_id: str, code: int = ORDER_UNKNOWN) -> Order:
        """The shop's order; ApiError."""
        order = self.world.book.get(order_id)
        if order is None or order.shop_id != self.shop_id:
            raise ApiError(code, "the order does not belong to the current shop")
        return order

    def show(self, order: Order) -> Json:
        """The order's JSON, malformed where bad weather wants it."""
        planned = self.world.settings.planned_packages
        row = render_order(order, self.world.book, planned=planned)
        if order.order_id in self.world.weather.poisoned:
            row["line_items"] = "poison"
        return row


def rows_of(body: Json, name: str) -> list[Json]:
    """A list of objects in a body, empty when it is left out; ApiError 101000."""
    rows = body.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_parameter(f"{name}: a list of objects")
    return rows


Serve = Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What serves a path, and which scope it needs; ``shop``: with a shop_cipher."""

    name: str
    method: str
    path: re.Pattern[str]
    template: str
    serve: Serve
    scope: str
    shop: bool = True


def operation(
    name: str, method: str, path: str, serve: Serve, scope: str, *, shop: bool = True
) -> Operation:
    """An operation; ``{name}`` in a path stands for a part, ``<a|b>`` for a version."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    pattern = re.sub(r"<([\d|]+)>", r"(?P<version>\1)", pattern)
    return Operation(
        name=name,
        method=method,
        path=re.compile(pattern),
        template=path,
        serve=serve,
        scope=scope,
        shop=shop,
    )
