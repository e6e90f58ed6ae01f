"""One admitted request, as the operations get it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from stores.sandbox.amazon import answers
from stores.sandbox.amazon.answers import ApiError
from stores.sandbox.amazon.auth import App, Seller
from stores.sandbox.amazon.orders import Order
from stores.sandbox.amazon.v0_reads import ORDER_ID
from stores.sandbox.amazon.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted request: who makes it, when, in which world."""

    name: str
    request: HttpRequest
    world: World
    app: App
    seller: Seller
    now_ms: int

    def answer(self, body: object) -> HttpResponse:
        """A 200 with the rate header of the operation."""
        rate = self.world.buckets.rate_header(self.name)
        return answers.json_response(200, body, rate=rate)

    def own_order(self, order_id: str) -> Order:
        """The seller's order; raises the 400 or 404 ApiError."""
        if not ORDER_ID.fullmatch(order_id):
            raise answers.invalid(f"Invalid AmazonOrderId: {order_id}")
        order = self.world.book.get(order_id)
        if order is None or order.seller_id != self.seller.id:
            raise ApiError(404, "NotFound", f"Order {order_id} was not found.")
        return order
