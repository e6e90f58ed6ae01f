"""The orders of the peer: rows, their indexes by time, and what time brings about.

Times are whole Unix milliseconds of business time, money whole cents.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
Entry = tuple[int, str]

DAY_MS = 86_400_000
# Seller Central G201722390: not confirmed 7 days after the expected ship date.
AUTO_CANCEL_MS = 7 * DAY_MS
OPEN_STATUSES = ("PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """An aware moment as whole Unix milliseconds, exactly, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


@dataclass(slots=True, kw_only=True)
class Line:
    """One order item; ``cancel`` is none, requested or cancelled."""

    item_id: str
    sku: str
    asin: str
    title: str
    quantity: int
    unit_price: int
    shipping: int = 0
    tax: int = 0
    discount: int = 0
    fulfilled: int = 0
    cancel: str = "none"
    cancel_reason: str = ""
    cancelled_by: str = ""
    gift_message: str | None = None
    gift_wrap: str | None = None
    gift_price: int = 0
    programs: list[str] = field(default_factory=list)
    customized_url: str | None = None

    @property
    def remaining(self) -> int:
        """Units that may still be confirmed."""
        return 0 if self.cancel == "cancelled" else self.quantity - self.fulfilled

    @property
    def total(self) -> int:
        """What the buyer pays for the line."""
        goods = self.unit_price * self.quantity
        return goods + self.shipping + self.gift_price + self.tax - self.discount


@dataclass(slots=True, kw_only=True)
class Package:
    """One confirmed parcel; ``items`` maps order item id to quantity."""

    reference: str
    carrier_code: str
    carrier_name: str
    tracking: str
    service: str
    ship_time: int
    created: int
    items: dict[str, int]
    transparency: dict[str, list[str]] = field(default_factory=dict)

    @property
    def carrier(self) -> str:
        """The carrier as buyers read it."""
        return self.carrier_name if self.carrier_code == "Other" else self.carrier_code


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with everything that any answer may show of it."""

    order_id: str
    seller_id: str
    marketplace_id: str
    currency: str
    created: int
    updated: int
    status: str
    lines: list[Line]
    buyer: dict[str, str]
    address: dict[str, str]
    ship_from: int
    ship_by: int
    deliver_from: int
    deliver_by: int
    fulfilled_by: str = "MERCHANT"
    service_level: str = "STANDARD"
    programs: list[str] = field(default_factory=list)
    seller_order_id: str | None = None
    ioss_number: str | None = None
    reporting_scheme: str | None = None
    packages: list[Package] = field(default_factory=list)
    variant: str | None = None
    # Lists leave the order out until this moment; None = for ever; 0 = never.
    unlisted_until: int | None = 0

    @property
    def cancel(self) -> str:
        """The order's cancellation in one word: none, requested or cancelled."""
        if self.status == "CANCELLED":
            return "cancelled"
        asked = any(line.cancel == "requested" for line in self.lines)
        return "requested" if asked else "none"

    @property
    def total(self) -> int:
        """What the buyer pays in all."""
        return sum(line.total for line in self.lines if line.cancel != "cancelled")

    def line(self, item_id: str) -> Line | None:
        """The line of this order item id."""
        return next((line for line in self.lines if line.item_id == item_id), None)

    def package(self, reference: str) -> Package | None:
        """The package of this reference."""
        return next((p for p in self.packages if p.reference == reference), None)

    def settle_status(self) -> None:
        """Derive the status from the quantities; open orders only."""
        if self.status not in (*OPEN_STATUSES, "SHIPPED"):
            return
        shipped = sum(line.fulfilled for line in self.lines)
        if not shipped:
            if self.lines and all(line.cancel == "cancelled" for line in self.lines):
                self.status = "CANCELLED"
            elif self.status != "PENDING":
                self.status = "UNSHIPPED"
        elif any(line.remaining for line in self.lines):
            self.status = "PARTIALLY_SHIPPED"
        else:
            self.status = "SHIPPED"


@dataclass(order=True, frozen=True, slots=True)
class Event:
    """Something that time brings about for one order."""

    due: int
    serial: int
    kind: str
    order_id: str
    reason: str = ""


class OrderBook:
    """Every order, findable by id and by the time of creation or last change."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all orders and events."""
        self._orders: dict[str, Order] = {}
        self._by_updated: dict[str, list[Entry]] = {}
        self._by_created: dict[str, list[Entry]] = {}
        self._events: list[Event] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._orders

    def get(self, order_id: str) -> Order | None:
        """The order of this id."""
        return self._orders.get(order_id)

    def __getitem__(self, order_id: str) -> Order:
        return self._orders[order_id]

    def add(self, orders: list[Order]) -> None:
        """Take new orders in; one sort for all of them."""
        sellers = set()
        for order in orders:
            self._orders[order.order_id] = order
            seller = order.seller_id
            sellers.add(seller)
            self._by_updated.setdefault(seller, []).append(
                (order.updated, order.order_id)
            )
            self._by_created.setdefault(seller, []).append(
                (order.created, order.order_id)
            )
        for seller in sellers:
            self._by_updated[seller].sort()
            self._by_created[seller].sort()

    def touch(self, order: Order, now: int) -> None:
        """Move ``lastUpdatedTime`` to ``now``; it never moves back."""
        entries = self._by_updated[order.seller_id]
        del entries[bisect_left(entries, (order.updated, order.order_id))]
        order.updated = max(now, order.updated + 1)
        insort(entries, (order.updated, order.order_id))

    def between(
        self, seller_id: str, *, by: str, first: Entry, last_ms: int
    ) -> list[Entry]:
        """Entries (time, order id) of a seller, oldest first.

        ``by`` is 'updated' or 'created'; from ``first`` on, to ``last_ms`` inclusive.
        """
        index = self._by_updated if by == "updated" else self._by_created
        entries = index.get(seller_id, [])
        stop = bisect_right(entries, (last_ms, "\U0010ffff"))
        return entries[bisect_left(entries, first) : stop]

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
        orders = []
        for row in state["orders"]:
            row = dict(row)
            row["lines"] = [Line(**line) for line in row["lines"]]
            row["packages"] = [Package(**package) for package in row["packages"]]
            orders.append(Order(**row))
        self.add(orders)
        self._events = [Event(**row) for row in state["events"]]
        heapq.heapify(self._events)
        self._serial = state["serial"]
