"""What a lesson sees and plays: one person's orders, the peers, the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from orders.models import CaseState, Order, OrderException, ShipStationOrder, Stage
from shipsync_site.models import LessonRun
from shipsync_site.training import Json
from shipsync_site.training.room import WAREHOUSE, Room, agree
from stores.sandbox.driver import SandboxError

# Old enough for the marketplace's list, which leaves out what is two minutes young.
ORDER_AGE = 600.0
TOLD = {"amazon": "confirm", "ebay": "fulfil"}


class Scene:
    """A run of a lesson in its room. Acts change ``things``; the caller keeps them."""

    def __init__(self, run: LessonRun, room: Room, answer: str = "") -> None:
        self.run = run
        self.room = room
        self.sandbox = room.sandbox
        self.things: Json = run.things
        self.answer = answer.strip()

    @property
    def numbers(self) -> list[str]:
        """The marketplace's ids of this run's orders, as they were placed."""
        return list(self.things.get("orders", []))

    @cached_property
    def orders(self) -> list[Order]:
        """Our rows of them, as far as we know them, in the same order."""
        rows = Order.objects.filter(
            store=self.room.store, remote_id__in=self.numbers
        ).select_related("store")
        return sorted(rows, key=lambda row: self.numbers.index(row.remote_id))

    @property
    def carrier(self) -> str:
        """A carrier that nobody has ever heard of, this run's own."""
        return f"moorland_{self.run.pk}_{self.run.since}"

    # --- what is -----------------------------------------------------------------------

    def case(self, kind: str, number: int = 0) -> OrderException | None:
        """The open case of a kind of one of the orders."""
        return OrderException.objects.filter(
            order__remote_id=self._number(number),
            order__store=self.room.store,
            kind=kind,
            state=CaseState.OPEN,
        ).first()

    def waits_with(self, kind: str) -> bool:
        """Whether every order has an open case of this kind."""
        return bool(self.numbers) and all(
            self.case(kind, number) for number in range(len(self.numbers))
        )

    def known(self) -> bool:
        """Whether we have read every order from the marketplace."""
        return len(self.orders) == len(self.numbers)

    def in_shipstation(self) -> bool:
        """Whether every order waits in ShipStation, and was read back from there."""
        records = ShipStationOrder.objects.filter(order__in=self.orders)
        return (
            self.known()
            and all(row.stage == Stage.IN_SHIPSTATION for row in self.orders)
            and set(records.exclude(modify_date="").values_list("order_id", flat=True))
            == {row.pk for row in self.orders}
        )

    def told(self) -> bool:
        """Whether the marketplace took a parcel of every order."""
        return all(row.stage in (Stage.CONFIRMED, Stage.DONE) for row in self.orders)

    @cached_property
    def ledger(self) -> list[Json]:
        """What the peers accepted since the lesson began."""
        return self.sandbox.ledger(after=self.run.since)

    def rows(
        self, peer: str, *operations: str, number: int | None = None
    ) -> tuple[Json, ...]:
        """The ledger's rows about one of the orders (default: about all)."""
        about = set(self.numbers if number is None else [self._number(number)])
        return tuple(
            row
            for row in self.ledger
            if row["peer"] == peer
            and row["operation"] in operations
            and (row["key"] in about or row.get("orderNumber") in about)
        )

    def confirmations(self, number: int | None = None) -> tuple[Json, ...]:
        """The parcels that the marketplace took."""
        return self.rows(self.room.channel, TOLD[self.room.channel], number=number)

    def labels(self, number: int | None = None) -> tuple[Json, ...]:
        """The labels that were bought, the void ones too."""
        return self.rows("shipstation", "label", number=number)

    def records(self, number: int = 0) -> list[Json]:
        """ShipStation's own view of one of the orders."""
        return [
            row
            for row in self.sandbox.orders_view("shipstation")
            if row["orderNumber"] == self._number(number)
        ]

    # --- what is played ----------------------------------------------------------------

    def place(self, count: int = 1, **options: Any) -> None:
        """Buyers order in this room."""
        spec = {
            "seed": self.run.since + 31 * self.run.pk,
            "order_age": ORDER_AGE,
            "ship_by_hours": 48,
            **self.room.placing,
            **options,
        }
        ids = self.sandbox.orders(self.room.channel, count, **spec)
        self.things["orders"] = [*self.numbers, *ids]

    def cancel(self, how: str, number: int = 0, **options: Any) -> None:
        """The buyer asks to cancel, or the marketplace cancels."""
        self.sandbox.cancel(self.room.channel, self._number(number), how, **options)

    def ship(self, *numbers: int, **options: Any) -> list[str]:
        """The warehouse buys labels (default: for every order); tracking numbers."""
        chosen = [self._number(x) for x in numbers] or self.numbers
        rows = self.sandbox.ship(
            [], order_numbers=chosen, account=WAREHOUSE.key, **options
        )
        tracking = [str(row["trackingNumber"]) for row in rows]
        self.things["tracking"] = [*self.things.get("tracking", []), *tracking]
        return tracking

    def in_screen(self, action: str, number: int = 0, **options: Any) -> None:
        """Somebody does something by hand in ShipStation."""
        self.sandbox.manual(
            self._number(number),
            action=action,
            account=WAREHOUSE.key,
            store_id=self.room.store.shipstation_store_id,
            **options,
        )

    def let_in(self) -> None:
        """The seller lets shipsync in again."""
        agree(self.sandbox, self.room.channel, self.room.seller_id)

    def tidy(self) -> None:
        """What is left of this run ends as it does in life: its buyers cancel.

        Its settlements were invented for it and go.
        """
        self.room.store.remote_account.settlements.filter(
            remote_id__in=self.things.get("settlements", [])
        ).delete()
        for tracking in self.things.get("tracking", []):
            self._try(lambda tracking=tracking: self.sandbox.void(tracking))
        for number in range(len(self.numbers)):
            self._try(lambda number=number: self.cancel("cancelled", number))

    @staticmethod
    def _try(act: Any) -> None:
        """What is over at the peer can't be ended once more."""
        try:
            act()
        except SandboxError:
            return

    def _number(self, number: int) -> str:
        return self.numbers[number]


def in_words(rows: Iterable[Json]) -> str:
    """'row 41 (shipstation: create)', for people who look it up in the ledger."""
    return ", ".join(
        f"row {row['sequence']} ({row['peer']}: {row['operation']})" for row in rows
    )
