"""What may still be bought of each SKU of a shop.

Sheet section 6: quantities are absolute; what is available falls when an order is
placed, unpaid ones too, and rises when it is cancelled, but for lines out of stock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stores.sandbox.tiktok import reasons
from stores.sandbox.tiktok.orders import Cancellation, Line, Order, OrderBook

Json = dict[str, Any]

AT_FIRST = 500
Row = tuple[str, str]


class Stock:
    """Available units by (shop, SKU id), and which SKU and product an id is."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """No shop has sold anything."""
        self._left: dict[Row, int] = {}
        # (shop, SKU id) → (product id, seller's SKU); what was sold once is known.
        self.known: dict[Row, tuple[str, str]] = {}

    def learn(self, shop_id: str, lines: Iterable[Line]) -> None:
        """A shop has these articles."""
        for line in lines:
            key = (shop_id, line.sku_id)
            if key not in self.known:
                self.known[key] = (line.product_id, line.sku)
                self._left[key] = AT_FIRST

    def sold(self, order: Order) -> None:
        """Buyers took these units; never less than none are left."""
        self.learn(order.shop_id, order.lines)
        for line in order.lines:
            key = (order.shop_id, line.sku_id)
            self._left[key] = max(0, self._left[key] - 1)

    def back(self, order: Order, row: Cancellation) -> None:
        """Cancelled units can be bought again, unless there are none."""
        if row.reason == reasons.OUT_OF_STOCK:
            return
        for line in order.lines:
            if line.line_id in row.line_ids:
                self._left[order.shop_id, line.sku_id] += 1

    def set(self, shop_id: str, sku_id: str, quantity: int) -> None:
        """So many can be bought from now on."""
        self._left[shop_id, sku_id] = quantity

    def available(self, shop_id: str, sku_id: str) -> int:
        """How many can be bought."""
        return self._left[shop_id, sku_id]

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "rows": [[*key, *self.known[key], left] for key, left in self._left.items()]
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        for shop_id, sku_id, product_id, sku, left in state["rows"]:
            self.known[shop_id, sku_id] = (product_id, sku)
            self._left[shop_id, sku_id] = left


def committed(book: OrderBook, shop_id: str) -> dict[str, int]:
    """SKU id → units that are ordered and not yet shipped."""
    counts: dict[str, int] = {}
    for order in book:
        if order.shop_id == shop_id:
            for line in order.unshipped:
                counts[line.sku_id] = counts.get(line.sku_id, 0) + 1
    return counts
