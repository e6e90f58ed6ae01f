"""One simulated ShipStation account: its orders, labels and the indexes over them.

Reads over 20,000 orders must not parse dates or walk everything, so times are kept as
Unix seconds beside the wire resource, and modifyDate and orderNumber have sorted
lists.
"""

from __future__ import annotations

import heapq
import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation import pacific
from stores.sandbox.shipstation.limits import Meter

OPEN_STATUSES = ("awaiting_payment", "awaiting_shipment", "on_hold")


@dataclass(slots=True, kw_only=True)
class Order:
    """A wire resource and its times in Unix seconds."""

    order_id: int
    resource: Json
    create_ts: float
    modify_ts: float
    indexed_ts: float | None = None
    order_ts: float | None = None
    payment_ts: float | None = None
    # What was combined into it, as it was then: for taking it apart again.
    absorbed: list[Json] = field(default_factory=list)
    text: str | None = None

    @property
    def key(self) -> str:
        """The orderKey; parts of a split share it."""
        return str(self.resource["orderKey"])

    @property
    def number(self) -> str:
        """The orderNumber; not unique."""
        return str(self.resource["orderNumber"])

    @property
    def status(self) -> str:
        """The orderStatus."""
        return str(self.resource["orderStatus"])

    @property
    def store_id(self) -> int:
        """The store, fixed at creation."""
        return int(self.resource["advancedOptions"]["storeId"])

    def json(self) -> str:
        """The resource as JSON, remembered until the next change."""
        if self.text is None:
            self.text = json.dumps(self.resource)
        return self.text


@dataclass(slots=True, kw_only=True)
class Shipment:
    """A label (or a fulfilment) and its times; ``row`` is the wire row."""

    row: Json
    store_id: int
    create_ts: float
    ship_ts: float
    void_ts: float | None = None
    notify_ts: float | None = None  # when the channel hears of it; None = never
    notify_error: str | None = None
    test: bool = False
    told: bool = False  # the channel's connection has had its turn


@dataclass(slots=True, kw_only=True)
class Account:
    """State of one account; ``key`` and ``secret`` are its API pair."""

    key: str
    secret: str
    name: str = ""
    limit: int = 40
    api_in_plan: bool = True
    revoked: bool = False
    stores: dict[int, Json] = field(default_factory=dict)
    tags: list[Json] = field(default_factory=list)
    # Beside the catalogue's: {code: {name, services: {code: name}}}.
    carriers: Json = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    by_key: dict[str, list[int]] = field(default_factory=dict)
    gone: dict[int, str] = field(default_factory=dict)
    gone_keys: set[str] = field(default_factory=set)
    shipments: list[Shipment] = field(default_factory=list)
    fulfillments: list[Shipment] = field(default_factory=list)
    labels: dict[int, list[Shipment]] = field(default_factory=dict)
    poison: set[int] = field(default_factory=set)
    numbers: list[tuple[str, int]] = field(default_factory=list)
    modified: list[tuple[float, int]] = field(default_factory=list)
    pending: list[tuple[float, int, float]] = field(default_factory=list)
    holds: list[tuple[float, int]] = field(default_factory=list)
    hooks: list[Json] = field(default_factory=list)
    # API v2: its own key, and the tax identifiers of shipments by order id.
    key_v2: str = ""
    tax_ids: dict[int, list[Json]] = field(default_factory=dict)
    meter: Meter = field(init=False)

    def __post_init__(self) -> None:
        self.meter = Meter(self.key)

    def add(self, order: Order) -> None:
        """Take in a new order; the caller touches it afterwards."""
        self.orders[order.order_id] = order
        self.by_key.setdefault(order.key, []).append(order.order_id)
        insort(self.numbers, (order.number, order.order_id))

    def renumber(self, order: Order, old_number: str) -> None:
        """Move an order whose orderNumber changed in the number index."""
        del self.numbers[bisect_left(self.numbers, (old_number, order.order_id))]
        insort(self.numbers, (order.number, order.order_id))

    def remove(self, order: Order, reason: str) -> None:
        """Make an order vanish (deleted, absorbed); its key stays reserved."""
        del self.orders[order.order_id]
        del self.numbers[bisect_left(self.numbers, (order.number, order.order_id))]
        self.gone[order.order_id] = reason
        siblings = self.by_key[order.key]
        siblings.remove(order.order_id)
        if not siblings:
            del self.by_key[order.key]
            self.gone_keys.add(order.key)
        self.poison.discard(order.order_id)

    def touch(self, order: Order, now: float, lag: float) -> None:
        """Set modifyDate and let the index follow ``lag`` seconds later."""
        order.modify_ts = now
        order.resource["modifyDate"] = pacific.to_text(now)
        order.text = None
        if lag > 0:
            heapq.heappush(self.pending, (now + lag, order.order_id, now))
        else:
            self._index(order, now)

    def hold_until(self, order: Order, release_ts: float) -> None:
        """Release this order at a moment, if it is then still held until it."""
        heapq.heappush(self.holds, (release_ts, order.order_id))

    def due_holds(self, now: float) -> Iterator[tuple[float, Order]]:
        """Take the held orders whose date has come, with the moment."""
        while self.holds and self.holds[0][0] <= now:
            moment, order_id = heapq.heappop(self.holds)
            order = self.orders.get(order_id)
            if order is None or order.status != "on_hold":
                continue
            day = order.resource["holdUntilDate"]
            if day and pacific.parse(day[:10]) == moment:
                yield moment, order

    def modified_between(
        self, start: float | None, end: float | None, now: float
    ) -> list[Order]:
        """Orders which the index places in the closed window, oldest first."""
        while self.pending and self.pending[0][0] <= now:
            _, order_id, moment = heapq.heappop(self.pending)
            order = self.orders.get(order_id)
            if order is None:
                continue
            # An overtaken entry is stale, unless it is the order's last change.
            if moment > (order.indexed_ts or 0) or moment == order.modify_ts:
                self._index(order, moment)
        first = 0 if start is None else bisect_left(self.modified, (start, 0))
        last = (
            len(self.modified)
            if end is None
            else bisect_right(self.modified, (end, 1 << 62))
        )
        orders = self.orders
        found = []
        for moment, order_id in self.modified[first:last]:
            order = orders.get(order_id)
            if order is not None and order.indexed_ts == moment:
                found.append(order)
        return found

    def numbered(self, prefix: str) -> list[Order]:
        """Orders whose orderNumber starts with this text, as ShipStation matches."""
        found = []
        for place in range(bisect_left(self.numbers, (prefix, 0)), len(self.numbers)):
            number, order_id = self.numbers[place]
            if not number.startswith(prefix):
                break
            found.append(self.orders[order_id])
        return found

    def add_label(self, shipment: Shipment) -> None:
        """Take in a label, or a fulfilment (which has no shipmentId)."""
        rows = self.shipments if "shipmentId" in shipment.row else self.fulfillments
        insort(rows, shipment, key=lambda row: row.create_ts)
        self.labels.setdefault(shipment.row["orderId"], []).append(shipment)

    def live_labels(self, order_id: int) -> list[Shipment]:
        """Outbound labels and fulfilments of an order: not void, no tests."""
        return [
            label
            for label in self.labels.get(order_id, [])
            if label.void_ts is None
            and not label.test
            and not label.row.get("isReturnLabel")
        ]

    def _index(self, order: Order, moment: float) -> None:
        if order.indexed_ts == moment:
            return
        order.indexed_ts = moment
        entry = (moment, order.order_id)
        if not self.modified or self.modified[-1] <= entry:
            self.modified.append(entry)
        else:
            insort(self.modified, entry)
        # Outdated entries are left behind; sweep them when they are the majority.
        if len(self.modified) > 2 * len(self.orders) + 1000:
            self.modified = sorted(
                (known.indexed_ts, known.order_id)
                for known in self.orders.values()
                if known.indexed_ts is not None
            )


def new_store(spec: Json, now: float) -> Json:
    """A store of an account as it is kept: the wire fields and ``notify``, hidden.

    ``connection``, kept as hidden, is what imports its orders (see ``connections``).
    ``notify`` is ``{mode: label|hours|ship_date|mail_stream|never, hours, time,
    error}``, the setting which no API shows.
    """
    marketplace = int(spec.get("marketplaceId", 0))
    moment = pacific.to_text(now, 3)
    store: dict[str, Any] = {
        "storeId": int(spec["storeId"]),
        "storeName": spec.get("storeName", f"Store {spec['storeId']}"),
        "marketplaceId": marketplace,
        "marketplaceName": spec.get("marketplaceName")
        or MARKETPLACES.get(marketplace, ("Other", False))[0],
        "accountName": spec.get("accountName"),
        "email": spec.get("email"),
        "integrationUrl": spec.get("integrationUrl"),
        "active": bool(spec.get("active", True)),
        "companyName": spec.get("companyName", ""),
        "phone": spec.get("phone", ""),
        "publicEmail": spec.get("publicEmail", ""),
        "website": spec.get("website", ""),
        "refreshDate": pacific.to_utc_text(now),
        "lastRefreshAttempt": moment,
        "createDate": moment,
        "modifyDate": moment,
        "autoRefresh": marketplace != 0,
        "notify": {"mode": "never" if marketplace == 0 else "label"},
    }
    store["notify"].update(spec.get("notify", {}))
    if spec.get("connection"):
        store["connection"] = spec["connection"]
    return store


# marketplaceId: name, and whether it can be told of shipments (sheet section 3).
MARKETPLACES = {
    0: ("ShipStation", False),
    2: ("Amazon", True),
    10: ("eBay", True),
    23: ("3DCart", True),
    32: ("Amazon CA", True),
    36: ("WooCommerce", True),
}
