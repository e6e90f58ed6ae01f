"""One admitted request, and what the operations share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from stores.sandbox.mirakl.answers import ApiError, invalid, unknown_order
from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import OPERATORS_CENTRE, Order
from stores.sandbox.mirakl.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who asks what of whom, when."""

    request: HttpRequest
    world: World
    operator: Operator
    shop_id: int
    now: int

    @property
    def params(self) -> Mapping[str, str]:
        """The query; of a repeated parameter the last."""
        return {key: str(value) for key, value in self.request.GET.dict().items()}

    def texts(self, name: str) -> list[str]:
        """A parameter that may come several times."""
        return [str(each) for each in self.request.GET.getlist(name)]

    def body(self) -> Json:
        """The JSON object; raises ApiError 400."""
        try:
            found = json.loads(self.request.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise invalid("The request body is not a JSON object")
        return found

    def rows(self, name: str, *, most: int = 1000) -> list[Json]:
        """A list of objects in the body; raises ApiError 400."""
        found = self.body().get(name)
        if not isinstance(found, list) or not found:
            raise invalid(f"{name}: must not be empty", name)
        if len(found) > most:
            raise invalid(f"{name}: the limit of {most} is exceeded", name)
        return found

    def order(self, order_id: str) -> Order:
        """The shop's order; raises ApiError 404."""
        order = self.world.book.get(order_id)
        if (
            order is None
            or order.operator != self.operator.code
            or order.shop_id != self.shop_id
        ):
            raise unknown_order(order_id)
        return order

    def own_order(self, order_id: str) -> Order:
        """The shop's order that the shop itself fulfils; raises ApiError."""
        order = self.order(order_id)
        if order.centre == OPERATORS_CENTRE:
            raise ApiError(
                400,
                f"Order '{order_id}' is fulfilled by the operator",
                code="ORDER_FULFILLED_UNAUTHORIZED",
            )
        return order
