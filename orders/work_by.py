"""Until when work on a case still helps: its deadline in the warehouse's calendar."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from orders.models import Order
from stores.calendars import Calendars, WorkBy, calendars, work_by
from stores.models import Store


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
        return self.ends(deadline, order.store)

    def ends(self, ship_by: datetime, store: Store) -> WorkBy:
        """The last moment before a ship-by in this store's warehouse."""
        return work_by(ship_by, self._calendars.of(store.shipstation_account_id))

    def at(self, deadline: datetime | None, order: Order | None) -> datetime | None:
        """The moment alone."""
        found = self.last(deadline, order)
        return found.at if found else None

    def words(
        self, at: datetime | None, deadline: datetime | None, store: Store | None
    ) -> str:
        """What ends it at ``at``, before its deadline; '' where the deadline itself does."""
        if at is None or deadline is None or at == deadline or store is None:
            return ""
        found = self.ends(deadline, store)
        if found.carrier:
            return f"last collection ({found.carrier})"
        return "warehouse closes" if found.closing else "last moment"
