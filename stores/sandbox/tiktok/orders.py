"""The orders of the peer: rows, and what time brings about.

Times are whole Unix seconds of business time, money whole pence. A line is one unit.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]

HOUR, DAY = 3600, 86_400
UNPAID, ON_HOLD, AWAITING_SHIPMENT = "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT"
PARTIALLY_SHIPPING, AWAITING_COLLECTION = "PARTIALLY_SHIPPING", "AWAITING_COLLECTION"
IN_TRANSIT, DELIVERED, COMPLETED = "IN_TRANSIT", "DELIVERED", "COMPLETED"
CANCELLED = "CANCELLED"
STATUSES = (
    *(UNPAID, ON_HOLD, AWAITING_SHIPMENT, PARTIALLY_SHIPPING, AWAITING_COLLECTION),
    *(IN_TRANSIT, DELIVERED, COMPLETED, CANCELLED),
)
# A parcel's way.
STAGES = (AWAITING_COLLECTION, IN_TRANSIT, DELIVERED, COMPLETED)
# A request's states; the last one is withdrawn or rejected.
PENDING, SUCCESS, COMPLETE, ENDED = "PENDING", "SUCCESS", "COMPLETE", "CANCEL"
# What a parcel is called at each stage of its way.
PACKAGE_STATUS = {
    AWAITING_COLLECTION: "PROCESSING",
    IN_TRANSIT: "FULFILLING",
    DELIVERED: "COMPLETED",
    COMPLETED: "COMPLETED",
}


@dataclass(slots=True, kw_only=True)
class Line:
    """One unit of one SKU; ``parts`` are the real SKUs of a virtual bundle.

    ``group`` is the parcel that Seller Center planned it for, where the order was
    split there before shipping.
    """

    line_id: str
    product_id: str
    sku_id: str
    sku: str
    title: str
    variation: str
    price: int
    seller_discount: int = 0
    platform_discount: int = 0
    gift: bool = False
    parts: list[Json] = field(default_factory=list)
    group: int = 0
    package_id: str = ""
    cancelled: bool = False
    cancel_reason: str = ""
    cancel_user: str = ""

    @property
    def paid(self) -> int:
        """What the buyer pays for it."""
        return self.price - self.seller_discount - self.platform_discount


@dataclass(slots=True, kw_only=True)
class Parcel:
    """One package: made when it is marked as shipped."""

    package_id: str
    provider_id: str
    provider_name: str
    tracking: str
    line_ids: list[str]
    shipped: int
    updated: int
    stage: str = AWAITING_COLLECTION
    corrections: int = 0
    scanned: int = 0
    delivered: int = 0
    more: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Cancellation:
    """One request of a buyer, or one cancellation by seller or system."""

    cancel_id: str
    order_id: str
    role: str
    reason: str
    state: str
    line_ids: list[str]
    created: int
    updated: int
    deadline: int = 0
    refund: int = 0
    refund_shipping: int = 0
    answers: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The cancellation type."""
        return "BUYER_CANCEL" if self.role == "BUYER" else "CANCEL"


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with everything that any answer may show of it."""

    order_id: str
    shop_id: str
    region: str
    currency: str
    created: int
    updated: int
    status: str
    user_id: str
    buyer_email: str
    recipient: dict[str, str]
    lines: list[Line]
    warehouse_id: str
    option_id: str
    option_name: str
    ship_by: int
    paid_at: int = 0
    on_hold: bool = False
    held_until: int = 0
    shipping_fee: int = 0
    shipping_seller_discount: int = 0
    shipping_platform_discount: int = 0
    kind: str = "NORMAL"
    shipping_type: str = "SELLER"
    note: str = ""
    address_changed: bool = False
    split: bool = False
    replaces: str = ""
    rts_time: int = 0
    collected: int = 0
    delivered: int = 0
    cancel_time: int = 0
    cancel_reason: str = ""
    cancel_initiator: str = ""
    request_time: int = 0
    parcels: list[Parcel] = field(default_factory=list)
    variant: str | None = None

    @property
    def live_lines(self) -> list[Line]:
        """The lines that are not cancelled."""
        return [line for line in self.lines if not line.cancelled]

    @property
    def unshipped(self) -> list[Line]:
        """The lines that are neither cancelled nor in a parcel."""
        return [line for line in self.live_lines if not line.package_id]

    @property
    def planned_package(self) -> str:
        """The id of the package that holds the whole order."""
        return f"1152{self.order_id[3:]}"

    @property
    def stage(self) -> str:
        """Where the parcel is that has come least far; '' without parcels."""
        places = [STAGES.index(parcel.stage) for parcel in self.parcels]
        return STAGES[min(places)] if places else ""

    @property
    def shipping_due(self) -> int:
        """When it is cancelled unless it is AWAITING_COLLECTION."""
        return self.ship_by + 5 * DAY

    @property
    def collection_due(self) -> int:
        """When it is cancelled unless it is IN_TRANSIT."""
        return self.ship_by + 7 * DAY

    @property
    def total(self) -> int:
        """What the buyer pays for everything."""
        return sum(line.paid for line in self.lines) + self.shipping_paid

    @property
    def shipping_paid(self) -> int:
        """What the buyer pays for the delivery."""
        discounts = self.shipping_seller_discount + self.shipping_platform_discount
        return self.shipping_fee - discounts

    def line(self, line_id: str) -> Line | None:
        """The line of this id."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    def parcel(self, package_id: str) -> Parcel | None:
        """The parcel of this id."""
        return next((row for row in self.parcels if row.package_id == package_id), None)


@dataclass(order=True, frozen=True, slots=True)
class Event:
    """Something that time brings about; ``key`` is an order or what ``kind`` says."""

    due: int
    serial: int
    kind: str
    key: str
    extra: str = ""


class OrderBook:
    """Every order and cancellation, by id, in the order of their coming."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all orders, cancellations and events."""
        self._orders: dict[str, Order] = {}
        self.cancellations: dict[str, Cancellation] = {}
        self._by_order: dict[str, list[Cancellation]] = {}
        # Tracking number → the orders that carry it.
        self.numbers: dict[str, list[str]] = {}
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
        """Move ``update_time`` on; it never moves back."""
        order.updated = max(now, order.updated)

    def next_id(self, prefix: str) -> str:
        """A long number that nothing else has: packages, cancellations, messages."""
        self._serial += 1
        return f"{prefix}{self._serial:015d}"

    def of_order(self, order_id: str) -> list[Cancellation]:
        """The cancellations of an order, oldest first."""
        return self._by_order.get(order_id, [])

    def add_cancellation(self, row: Cancellation) -> None:
        """Take a new cancellation in."""
        self.cancellations[row.cancel_id] = row
        self._by_order.setdefault(row.order_id, []).append(row)

    def open_request(self, order_id: str) -> Cancellation | None:
        """The buyer's request that still waits for an answer."""
        found = [row for row in self.of_order(order_id) if row.state == PENDING]
        return found[-1] if found else None

    def schedule(self, due: int, kind: str, key: str, extra: str = "") -> None:
        """Let an event happen once business time reaches ``due``."""
        self._serial += 1
        heapq.heappush(self._events, Event(due, self._serial, kind, key, extra))

    def due_events(self, now: float) -> Iterator[Event]:
        """Take out the events that are due, oldest first."""
        while self._events and self._events[0].due <= now:
            yield heapq.heappop(self._events)

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "orders": [asdict(order) for order in self._orders.values()],
            "cancellations": [asdict(row) for row in self.cancellations.values()],
            "numbers": self.numbers,
            "events": [asdict(event) for event in self._events],
            "serial": self._serial,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for row in state["orders"]:
            values = dict(row)
            values["lines"] = [Line(**line) for line in row["lines"]]
            values["parcels"] = [Parcel(**each) for each in row["parcels"]]
            self._orders[row["order_id"]] = Order(**values)
        for row in state["cancellations"]:
            self.add_cancellation(Cancellation(**row))
        self.numbers = {key: list(ids) for key, ids in state["numbers"].items()}
        self._events = [Event(**row) for row in state["events"]]
        heapq.heapify(self._events)
        self._serial = state["serial"]
