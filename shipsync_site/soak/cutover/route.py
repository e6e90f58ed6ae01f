"""The other route: what brings a store's orders to ShipStation where we don't."""

from __future__ import annotations

import random
from datetime import datetime

from orders.models import Order
from shipsync_site.soak.faults.channel import Channel
from stores.sandbox.driver import Json, SandboxClient

# Of what it should bring so many never come, and so many were typed in with other lines.
NEVER, TYPED = 0.12, 0.12
WANTS = ("open", "partly_shipped")


class Route:
    """Brings orders placed before ``until`` and, once it is on again, from ``since`` on.

    ``also_ours``: when it is switched on it brings some of what is there already.
    """

    def __init__(self, seed: int, client: SandboxClient, channel: Channel) -> None:
        self._random = random.Random(f"route {seed}")  # noqa: S311 - a play
        self._client, self._channel = client, channel
        self.until: datetime | None = None
        self.since: datetime | None = None
        self.backs: list[datetime] = []
        self.also_ours = False
        self.brought: dict[str, int] = {}
        self.never: set[str] = set()
        self.typed: set[int] = set()

    def given_back(self, order: Order) -> bool:
        """Whether this order was there before a roll-back: then ours gives way by itself."""
        return any(order.ordered_at < back for back in self.backs)

    def brings(self, order: Order) -> bool:
        """Whether this order is the route's to bring, were it never to fail."""
        if self.since is not None:
            return order.ordered_at >= self.since or self.also_ours
        return self.until is None or order.ordered_at < self.until

    def work(self, orders: list[Order]) -> list[str]:
        """Bring some of what waits; what was done, in lines."""
        told, rng = [], self._random
        standing = self._standing()
        for order in orders:
            number = order.number
            if number in self.brought or number in self.never:
                continue
            if standing.get(order.remote_id) != "open" or not self.brings(order):
                continue
            ours = self.since is not None and order.ordered_at < self.since
            if rng.random() > (0.3 if ours else 0.7):
                continue
            if not ours and self.since is None and rng.random() < NEVER:
                self.never.add(number)
                told.append(f"the other route will never bring {number}")
                continue
            if row := self._bring(order):
                self.brought[number] = int(row["orderId"])
                told.append(f"the other route brought {number} as {row['orderId']}")
        self.also_ours = False
        return told

    def _bring(self, order: Order) -> Json | None:
        items = [
            {"sku": line.sku, "name": line.title[:90] or line.sku, "quantity": units}
            for line in order.lines.all()
            if (units := line.quantity - line.quantity_cancelled) > 0
        ]
        if not items or order.status not in WANTS or order.not_ours:
            return None
        by_hand = self._random.random() < TYPED and self.since is None
        if by_hand:
            items = [{"sku": "BY-HAND", "name": "As in the e-mail", "quantity": 1}]
        made = self._client.manual(order.number, items=items, name="Somebody Else")
        if by_hand:
            self.typed.add(int(made["orderId"]))
        return dict(made)

    def _standing(self) -> dict[str, str]:
        rows = self._client.orders_view(self._channel.code)
        return {row["order_id"]: self._channel.standing(row) for row in rows}
