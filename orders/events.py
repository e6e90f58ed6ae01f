"""Collect timeline lines and write them in one query."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orders.models import Order, OrderEvent
from stores.models import RemoteCall


class Timeline:
    """Lines to be written with :meth:`save`; ``now`` is when we heard of them."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._rows: list[OrderEvent] = []

    def add(
        self,
        order: Order | int,
        system: str,
        verb: str,
        text: str,
        *,
        happened: datetime | None = None,
        call: RemoteCall | None = None,
        actor: Any = None,
        **data: Any,
    ) -> None:
        """Note a line; 'marketplace' stands for the order's own system."""
        if system == "marketplace" and isinstance(order, Order):
            system = order.store.remote_account.marketplace
        self._rows.append(
            OrderEvent(
                order_id=order if isinstance(order, int) else order.pk,
                at=self.now,
                happened=happened,
                system=system,
                verb=verb,
                text=text[:500],
                data=data,
                call=call,
                actor=actor,
            )
        )

    def save(self) -> None:
        """Write what was noted."""
        if self._rows:
            OrderEvent.objects.bulk_create(self._rows)
            self._rows = []
