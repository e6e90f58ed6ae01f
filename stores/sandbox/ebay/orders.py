"""The orders of the peer: rows, and what time brings about.

Times are whole Unix milliseconds of business time, money whole pence.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]

DAY_MS = 86_400_000
NONE_REQUESTED, IN_PROGRESS, CANCELED = "NONE_REQUESTED", "IN_PROGRESS", "CANCELED"
NOT_STARTED, FULFILLED = "NOT_STARTED", "FULFILLED"


@dataclass(slots=True, kw_only=True)
class Line:
    """One line item; ``tax_name`` and ``tax_number`` are eBay's own for customs."""

    line_id: str
    item_id: str
    sku: str
    title: str
    quantity: int
    unit_price: int
    shipping: int = 0
    discount: int = 0
    collected_tax: int = 0
    tax_type: str = "VAT"
    tax_name: str = ""
    tax_number: str = ""
    size: str = ""
    fulfilled: int = 0

    @property
    def status(self) -> str:
        """The line's fulfilment status."""
        if not self.fulfilled:
            return NOT_STARTED
        return FULFILLED if self.fulfilled >= self.quantity else IN_PROGRESS

    @property
    def cost(self) -> int:
        """What all units cost, before discounts."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> int:
        """What the buyer pays for the line, eBay's tax left out."""
        return self.cost - self.discount + self.shipping


@dataclass(slots=True, kw_only=True)
class Fulfillment:
    """One parcel that eBay was told of; ``items`` maps line item id to quantity."""

    fulfillment_id: str
    carrier: str
    tracking: str
    shipped: int
    items: dict[str, int]


@dataclass(slots=True, kw_only=True)
class CancelRequest:
    """One request to cancel."""

    request_id: str
    state: str
    initiator: str
    reason: str
    requested: int
    completed: int = 0


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with everything that any answer may show of it."""

    order_id: str
    seller_id: str
    marketplace_id: str
    purchase_marketplace_id: str
    currency: str
    created: int
    updated: int
    username: str
    name: str
    email: str
    phone: str
    address: dict[str, str]
    lines: list[Line]
    ship_by: int
    deliver_from: int
    deliver_by: int
    service: str
    kind: str = "SHIP_TO"
    paid: bool = True
    refunded: bool = False
    note: str = ""
    address_code: str = ""
    hub_reference: str = ""
    final_address: dict[str, str] = field(default_factory=dict)
    tax_identifier: dict[str, str] = field(default_factory=dict)
    cancel_state: str = NONE_REQUESTED
    cancelled: int = 0
    requests: list[CancelRequest] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    variant: str | None = None

    @property
    def status(self) -> str:
        """The order's fulfilment status; there is none for 'cancelled'."""
        states = {line.status for line in self.lines}
        if states <= {NOT_STARTED}:
            return NOT_STARTED
        return FULFILLED if states == {FULFILLED} else IN_PROGRESS

    @property
    def payment(self) -> str:
        """The order's payment status."""
        if self.refunded:
            return "FULLY_REFUNDED"
        return "PAID" if self.paid else "PENDING"

    @property
    def open_request(self) -> CancelRequest | None:
        """The request that still waits for an answer."""
        found = [row for row in self.requests if row.state == "REQUESTED"]
        return found[-1] if found else None

    def line(self, line_id: str) -> Line | None:
        """The line of this id."""
        return next((line for line in self.lines if line.line_id == line_id), None)


@dataclass(order=True, frozen=True, slots=True)
class Event:
    """Something that time brings about for one order."""

    due: int
    serial: int
    kind: str
    order_id: str
    reason: str = ""


class OrderBook:
    """Every order, by id, in the order of their coming."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all orders and events."""
        self._orders: dict[str, Order] = {}
        self._events: list[Event] = []
        self._serial = 0

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._orders

    def get(self, order_id: str) -> Order | None:
        """The order of this id."""
        return self._orders.get(order_id)

    def add(self, orders: list[Order]) -> None:
        """Take new orders in."""
        self._orders.update({order.order_id: order for order in orders})

    def touch(self, order: Order, now: int) -> None:
        """Move ``lastModifiedDate`` on; it never moves back."""
        order.updated = max(now, order.updated + 1)

    def schedule(self, due: int, kind: str, order_id: str, reason: str = "") -> None:
        """Let an event happen once business time reaches ``due``."""
        self._serial += 1
        heapq.heappush(self._events, Event(due, self._serial, kind, order_id, reason))

    def due_events(self, now: int) -> Iterator[Event]:
        """Take out the events that are due, oldest first."""
        while self._events and self._events[0].due <= now:
            yield heapq.heappop(self._events)

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "orders": [asdict(order) for order in self._orders.values()],
            "events": [asdict(event) for event in self._events],
            "serial": self._serial,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for row in state["orders"]:
            values = dict(row)
            values["lines"] = [Line(**line) for line in row["lines"]]
            values["requests"] = [CancelRequest(**each) for each in row["requests"]]
            values["fulfillments"] = [
                Fulfillment(**each) for each in row["fulfillments"]
            ]
            self._orders[row["order_id"]] = Order(**values)
        self._events = [Event(**row) for row in state["events"]]
        heapq.heapify(self._events)
        self._serial = state["serial"]
