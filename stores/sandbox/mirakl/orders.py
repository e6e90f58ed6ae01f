"""The orders of the peer: rows, and what time brings about.

Times are whole Unix milliseconds of business time, money whole pence or cents.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]

STAGING, WAITING_ACCEPTANCE = "STAGING", "WAITING_ACCEPTANCE"
WAITING_DEBIT, WAITING_DEBIT_PAYMENT = "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"
SHIPPING, SHIPPED, TO_COLLECT = "SHIPPING", "SHIPPED", "TO_COLLECT"
RECEIVED, CLOSED = "RECEIVED", "CLOSED"
REFUSED, CANCELED = "REFUSED", "CANCELED"
STATES = (
    *(STAGING, WAITING_ACCEPTANCE, WAITING_DEBIT, WAITING_DEBIT_PAYMENT),
    *(SHIPPING, SHIPPED, TO_COLLECT, RECEIVED, CLOSED, REFUSED, CANCELED),
)
BEFORE_SHIPPING = STATES[:4]
LEFT = (SHIPPED, TO_COLLECT, RECEIVED, CLOSED)
DEAD = (REFUSED, CANCELED)
OWN_CENTRE, OPERATORS_CENTRE = "DEFAULT", "OPERATOR-DC"


@dataclass(slots=True, kw_only=True)
class Cancellation:
    """A part of a line that is not to be shipped."""

    id: str
    quantity: int
    amount: int
    shipping: int
    reason: str
    at: int


@dataclass(slots=True, kw_only=True)
class Refund:
    """Money back for a part of a line that had left."""

    id: str
    quantity: int
    amount: int
    shipping: int
    reason: str
    at: int


@dataclass(slots=True, kw_only=True)
class Line:
    """One order line; ``incident`` is the reason of an open one."""

    line_id: str
    index: int
    offer_id: int
    sku: str
    product_sku: str
    title: str
    quantity: int
    unit_price: int
    shipping: int = 0
    state: str = SHIPPING
    reason: str = ""
    incident: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    cancellations: list[Cancellation] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    sent: int = 0

    @property
    def price(self) -> int:
        """What all units cost."""
        return self.unit_price * self.quantity

    @property
    def wanted(self) -> int:
        """Units that are still to be shipped or were."""
        return max(0, self.quantity - sum(row.quantity for row in self.cancellations))

    @property
    def amount_left(self) -> int:
        """What of the price is not cancelled."""
        return self.price - sum(row.amount for row in self.cancellations)

    @property
    def refundable(self) -> int:
        """What of the price is neither cancelled nor given back."""
        return self.amount_left - sum(row.amount for row in self.refunds)

    @property
    def shipping_left(self) -> int:
        """What of the delivery charge is not cancelled."""
        return self.shipping - sum(row.shipping for row in self.cancellations)


@dataclass(slots=True, kw_only=True)
class Shipment:
    """One shipment of an operator with multi-shipment; ``items`` by line id."""

    id: str
    status: str
    items: dict[str, int]
    packages: dict[str, str]
    carrier_code: str
    carrier_name: str
    standard: str
    tracking: str
    url: str
    validity: str
    created: int
    updated: int
    shipped: int = 0
    invoice: str = ""
    warehouse: str = ""


@dataclass(slots=True, kw_only=True)
class Thread:
    """Messages on one order; each is (sender, text, moment)."""

    id: str
    topic: str
    kind: str
    created: int
    updated: int
    messages: list[tuple[str, str, int]]


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with everything that any answer may show of it."""

    order_id: str
    commercial_id: str
    operator: str
    shop_id: int
    state: str
    created: int
    updated: int
    firstname: str
    lastname: str
    company: str
    customer_id: str
    locale: str
    email: str
    phone: str
    address: dict[str, str]
    organization: dict[str, str]
    lines: list[Line]
    lead: int
    debit: int
    shipping_type: str
    debit_fails: bool = False
    centre: str = OWN_CENTRE
    pudo: str = ""
    reason: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    decided: int = 0
    debited: int = 0
    ready: int = 0
    deadline: int = 0
    shipped: int = 0
    received: int = 0
    carrier_code: str = ""
    carrier_name: str = ""
    standard: str = ""
    tracking: str = ""
    url: str = ""
    asked: str = ""
    shipments: list[Shipment] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    variant: str = ""

    @property
    def open_lines(self) -> list[Line]:
        """Lines that are neither refused nor cancelled."""
        return [line for line in self.lines if line.state not in DEAD]

    @property
    def has_incident(self) -> bool:
        """Whether a line has an open one."""
        return any(line.incident for line in self.lines)

    @property
    def has_message(self) -> bool:
        """Whether the customer wrote."""
        return any(
            sender == "CUSTOMER"
            for thread in self.threads
            for sender, _, _ in thread.messages
        )

    def line(self, line_id: str) -> Line | None:
        """The line of this id."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    def enter(self, state: str) -> None:
        """Move the order and its live lines to a state."""
        for line in self.open_lines:
            if state != SHIPPING or line.state != SHIPPED:
                line.state = state
        self.state = state


@dataclass(order=True, frozen=True, slots=True)
class Event:
    """Something that time brings about for one order."""

    due: int
    serial: int
    kind: str
    order_id: str
    detail: str = ""


class OrderBook:
    """Every order, by id; per operator in the order of the last change."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all orders and events."""
        self._orders: dict[str, Order] = {}
        self._changed: dict[str, dict[str, Order]] = {}
        self._latest = 0
        self._events: list[Event] = []
        self._serial = 0

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._orders

    def __len__(self) -> int:
        return len(self._orders)

    def get(self, order_id: str) -> Order | None:
        """The order of this id."""
        return self._orders.get(order_id)

    def changed_since(self, operator: str, moment: int) -> Iterator[Order]:
        """The operator's orders changed at or after a moment, the newest first."""
        for order in reversed(self._changed.get(operator, {}).values()):
            if order.updated < moment:
                return
            yield order

    def add(self, orders: list[Order]) -> None:
        """Take new orders in."""
        for order in orders:
            self._orders[order.order_id] = order
            self.touch(order, order.updated)

    def touch(self, order: Order, now: int) -> None:
        """Move the date of last change on; it never moves back."""
        order.updated = self._latest = max(now, self._latest)
        row = self._changed.setdefault(order.operator, {})
        row.pop(order.order_id, None)
        row[order.order_id] = order

    def schedule(self, due: int, kind: str, order_id: str, detail: str = "") -> None:
        """Let an event happen once business time reaches ``due``."""
        self._serial += 1
        heapq.heappush(self._events, Event(due, self._serial, kind, order_id, detail))

    def next_number(self) -> int:
        """A number that no other row has."""
        self._serial += 1
        return self._serial

    def due_events(self, now: int) -> Iterator[Event]:
        """Take out the events that are due, oldest first."""
        while self._events and self._events[0].due <= now:
            yield heapq.heappop(self._events)

    def dump(self) -> Json:
        """State as JSON."""
        rows = [row for each in self._changed.values() for row in each.values()]
        return {
            "orders": [asdict(order) for order in self._orders.values()],
            "changed": [row.order_id for row in rows],
            "events": [asdict(event) for event in self._events],
            "serial": self._serial,
            "latest": self._latest,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for row in state["orders"]:
            values = dict(row)
            values["lines"] = [_line(each) for each in row["lines"]]
            values["shipments"] = [Shipment(**each) for each in row["shipments"]]
            values["threads"] = [_thread(each) for each in row["threads"]]
            self._orders[row["order_id"]] = Order(**values)
        for order_id in state["changed"]:
            order = self._orders[order_id]
            self._changed.setdefault(order.operator, {})[order_id] = order
        self._events = [Event(**row) for row in state["events"]]
        heapq.heapify(self._events)
        self._serial, self._latest = state["serial"], state["latest"]


def _line(row: Json) -> Line:
    found = [Cancellation(**each) for each in row["cancellations"]]
    back = [Refund(**each) for each in row["refunds"]]
    return Line(**{**row, "cancellations": found, "refunds": back})


def _thread(row: Json) -> Thread:
    return Thread(**{**row, "messages": [tuple(each) for each in row["messages"]]})
