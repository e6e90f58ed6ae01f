"""Until when work on a case still helps: its deadline in the warehouse's calendar."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from orders.models import Order
from stores.calendars import Calendars, WorkBy, calendars, work_by


class Clocks:
    """The warehouses' calendars, read once and only where somebody asks."""

    @cached_property
    def _calendars(self) -> Calendars:
        return calendars()

    def last(self, deadline: datetime | None, order: Order | None) -> WorkBy | None:
        """The last moment before this deadline, and what ends it; None without one.

        Hours and collections bound what is done with a parcel: only an order's ship-by
        is brought forward, not the time that a marketplace gives for an answer.
        """
        if deadline is None:
            return None
        if order is None or order.ship_by != deadline:
            return WorkBy(at=deadline)
        account = order.store.shipstation_account_id
        return work_by(deadline, self._calendars.of(account))

    def at(self, deadline: datetime | None, order: Order | None) -> datetime | None:
        """The moment alone."""
        found = self.last(deadline, order)
        return found.at if found else None
