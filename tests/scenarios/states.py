"""The eight states of an order, and how a cell's order is brought into its own.

Many orders at once: each state is one wave through the same sandbox world.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stores.models import Budget
from tests.orders.loop.world import World
from tests.scenarios.sellers import Seller

HOUR = 3600
PLENTY = 100_000
# A pull of Mirakl's list may begin once a minute, and a hold's effect is read after.
ROUND = 150
# So many until an order is accepted, pushed and read back.
REACH = 3


class State(StrEnum):
    """Where an order stands when something happens to it."""

    BEFORE_PUSH = "before push"
    PUSHED = "pushed"
    HELD = "held"
    LABELLED = "labelled"
    COMBINED = "combined"
    SPLIT = "split"
    PARTLY_SHIPPED = "partly shipped"
    CONFIRMED = "confirmed"


class Event(StrEnum):
    """What happens to it."""

    REQUEST = "cancel request"
    FACT = "cancel fact"
    LINE = "line cancel"
    WITHDRAWN = "withdrawn"
    ADDRESS = "address change"
    VOID = "void"
    RELABEL = "relabel"
    SHORT = "short pick"


LABEL_EVENTS = (Event.VOID, Event.RELABEL)
# Told before the waves of the others: six hours pass.
TOLD = (State.PARTLY_SHIPPED, State.CONFIRMED)


@dataclass(kw_only=True)
class Scene:
    """One cell's order; ``beside``: the one that it was combined into."""

    state: State
    event: Event
    remote_id: str
    beside: str = ""
    parcels: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The orders whose ShipStation records hold goods of this one."""
        return tuple(filter(None, (self.remote_id, self.beside)))


class Stage:
    """A world with one order per cell."""

    def __init__(self, world: World, seller: Seller) -> None:
        self.world, self.seller, self.sandbox = world, seller, world.sandbox
        self._seed = 0
        # Quotas are played elsewhere; waiting for one would cost minutes here.
        Budget.objects.exclude(account=world.shipstation.key).update(
            capacity=PLENTY, tokens=PLENTY
        )

    def bring(self, cells: Iterable[tuple[State, Event]]) -> list[Scene]:
        """An order for each cell, in its state; a request to be withdrawn is asked."""
        wanted = list(cells)
        told = self._wave([x for x in wanted if x[0] in TOLD])
        self.world.later(7 * HOUR)
        self.rounds(3)
        open_ = self._wave(
            [x for x in wanted if x[0] not in (*TOLD, State.BEFORE_PUSH)]
        )
        scenes = told + open_
        early = [x for x in wanted if x[0] is State.BEFORE_PUSH]
        asked = [self._place(*x) for x in early if x[1] is Event.WITHDRAWN]
        scenes += asked
        self.look()
        for scene in scenes:
            if scene.event is Event.WITHDRAWN:
                self.cancel(scene, "request")
        self.look()
        self.rounds(3)
        late = [self._place(*x) for x in early if x[1] is not Event.WITHDRAWN]
        self.look()
        return scenes + late

    def look(self) -> None:
        """Read the marketplace, and answer what it asks; nothing goes to ShipStation."""
        for _pull in range(2):
            self.world.later(ROUND, "pull", "confirm")

    def rounds(self, count: int) -> None:
        """Let everything look at everything so many times."""
        for _round in range(count):
            self.world.later(ROUND)

    def cancel(self, scene: Scene, how: str) -> None:
        """The buyer or the marketplace cancels."""
        options = self.seller.asks if how == "request" else {}
        self.sandbox.cancel(self.seller.code, scene.remote_id, how, **options)

    def _wave(self, cells: list[tuple[State, Event]]) -> list[Scene]:
        """Place them, let them reach ShipStation, and do there what makes the state."""
        scenes = [self._place(*cell) for cell in cells]
        self.rounds(REACH)
        for scene in scenes:
            self._make(scene)
        self.rounds(2)
        return scenes

    def _place(self, state: State, event: Event) -> Scene:
        """A buyer's order, of several lines where one is to be cancelled."""
        count = 2 if state is State.COMBINED else 1
        options: dict[str, Any] = {"quantity": 2, "ship_by_hours": 240}
        options |= self.seller.options
        if count == 2:
            options["same_buyer"] = True
        while True:
            self._seed += 1
            ids = self.sandbox.orders(
                self.seller.code, count, seed=self._seed, **options
            )
            if event is not Event.LINE or self._lines(ids[-1]) > 1:
                break
        beside = ids[0] if count == 2 else ""
        return Scene(state=state, event=event, remote_id=ids[-1], beside=beside)

    def _lines(self, remote_id: str) -> int:
        rows = self.sandbox.orders_view(self.seller.code)
        return next(len(x["lines"]) for x in rows if x["order_id"] == remote_id)

    def _make(self, scene: Scene) -> None:
        keys = [self.world.order(x).order_key for x in reversed(scene.numbers)]
        labels = scene.event in LABEL_EVENTS
        match scene.state:
            case State.HELD:
                self.sandbox.manual(order_keys=keys, action="hold")
            case State.LABELLED | State.CONFIRMED:
                self._ship(scene, keys)
            case State.COMBINED:
                self.sandbox.manual(order_keys=keys, action="combine")
                if labels:
                    self._ship(scene, keys[:1])
            case State.SPLIT if labels:
                self._ship(scene, keys, split=True)
            case State.SPLIT:
                self.sandbox.manual(order_keys=keys, action="split")
            case State.PARTLY_SHIPPED:
                self._ship(scene, keys, quantity=1)

    def _ship(self, scene: Scene, keys: list[str], **options: Any) -> None:
        shipped = self.sandbox.ship(keys, carrier="royal_mail", **options)
        scene.parcels = [x["trackingNumber"] for x in shipped]
