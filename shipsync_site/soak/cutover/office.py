"""Who acts in a cutover: buyers, packers, and people at our cases."""

from __future__ import annotations

import random
from collections.abc import Callable

from orders import triage
from orders.models import CaseState, Order, OrderException
from shipsync_site.soak.cutover.route import Route
from shipsync_site.soak.faults.channel import Channel
from shipsync_site.soak.faults.people import somebody
from stores.sandbox.driver import Json, SandboxClient, SandboxError

PLAIN = (
    "marketplace",
    "operator",
    "country",
    "count",
    "seed",
    "ship_by_hours",
    "lines",
)
CARRIERS = ("royal_mail", "dpd")
LIVE = ("awaiting_shipment", "shipped", "on_hold")
# Case → the way out that somebody takes at once.
WAYS = {
    "acceptance_due": "take",
    "cancel_requested": "ship_anyway",
    "cancel_in_doubt": "ship_anyway",
    "change_locked": "accept",
    "payload_warning": "accept",
    "not_ours_pushed": "accept",
    "cancelled_in_shipstation": "accept",
}


class Office:
    """Draws what people do; each act is said in a line."""

    def __init__(
        self,
        seed: int,
        client: SandboxClient,
        channel: Channel,
        route: Route,
        say: Callable[[str], None],
    ) -> None:
        self._random = random.Random(f"office {seed}")  # noqa: S311 - a play
        self._client, self._channel, self._route = client, channel, route
        self._say = say
        self.placed: list[str] = []

    def order(self, *, age: int) -> None:
        """Some buyers order; ``age``: so many seconds ago at most."""
        wish = self._channel.wish(self._random)
        wish = {key: value for key, value in wish.items() if key in PLAIN}
        # The demo's British store is the one that ShipStation may be connected to.
        if "marketplace" in wish:
            wish["marketplace"] = "UK"
        wish |= {"order_age": self._random.choice((0, age)), "ship_by_hours": 96}
        ids = self._client.orders(self._channel.code, **wish)
        self.placed += ids
        self._say(f"ordered {', '.join(ids)} ({wish})")

    def cancel(self) -> None:
        """A buyer wants out, or is let out by the marketplace."""
        if not self.placed:
            return
        number = self._random.choice(self.placed)
        how = self._random.choice(("request", "cancelled"))
        self._act(f"{number}: cancel, {how}", "cancel", number, how)

    def _act(self, told: str, what: str, number: str, how: str) -> None:
        try:
            if what == "cancel":
                self._client.cancel(self._channel.code, number, how)
        except SandboxError as refusal:
            told += f" refused: {refusal}"
        self._say(told)

    def ship(self, *, every: bool = False) -> None:
        """Packers buy labels; never for a number that stands there twice."""
        rows = self._client.orders_view("shipstation")
        live: dict[str, int] = {}
        for row in rows:
            live[row["orderNumber"]] = live.get(row["orderNumber"], 0) + (
                row["orderStatus"] in LIVE
            )
        ready = [
            row["orderId"]
            for row in rows
            if row["orderStatus"] == "awaiting_shipment"
            and live[row["orderNumber"]] == 1
        ]
        if not every:
            ready = [x for x in ready if self._random.random() < 0.4]
        for order_id in ready:
            body = {"order_ids": [order_id], "carrier": self._random.choice(CARRIERS)}
            try:
                self._client.post("ship", body)
            except SandboxError as refusal:
                self._say(f"no label for {order_id}: {refusal}")
        if ready:
            self._say(f"labels for {ready}")

    def decide(self) -> None:
        """Somebody works through the cases."""
        cases = OrderException.objects.filter(state=CaseState.OPEN, order__isnull=False)
        for case in cases.select_related("order").order_by("pk"):
            try:
                told = self._case(case)
            except (
                triage.TriageError,
                triage.NotAllowedError,
                SandboxError,
            ) as refusal:
                told = f"refused: {refusal}"
            if told:
                self._say(f"{case.kind} of {case.order}: {told}")

    def _case(self, case: OrderException) -> str:
        order = case.order
        assert order is not None  # noqa: S101 - filtered
        there = self._there(order.number)
        if case.kind == "left_behind":
            if there or (self._route.brings(order) and not self._given_up(order)):
                return ""
            return self._resolve(case, "push_left")
        if case.kind == "already_in_shipstation" and len(there) == 1:
            return self._resolve(case, "adopt", target=str(there[0]["orderId"]))
        if case.kind == "duplicate_in_shipstation":
            return self._one_of_two(there, self._route.typed | self._late(order, there))
        if case.kind == "direct_arrived_twice":
            # Neither is ours: what the connection imported stays.
            brought = self._route.brought.get(order.number)
            return self._one_of_two(there, {brought} if brought else set())
        if case.kind in ("cancel_by_hand", "answer_cancellation"):
            open_ = [row for row in there if row["orderStatus"] != "shipped"]
            for row in open_:
                self._cancel_there(row)
            if case.kind == "answer_cancellation":
                self._client.cancel(self._channel.code, order.remote_id, "cancelled")
            return f"cancelled by hand: {[row['orderId'] for row in open_]}"
        way = WAYS.get(case.kind, "")
        return self._resolve(case, way) if way else ""

    def _late(self, order: Order, there: list[Json]) -> set[int]:
        """What the route brought although ours was there already, and won't give way."""
        brought = self._route.brought.get(order.number)
        first = min((row["orderId"] for row in there), default=None)
        if brought is None or brought == first or self._route.given_back(order):
            return set()
        return {brought}

    def _one_of_two(self, there: list[Json], unwanted: set[int]) -> str:
        """With a label on one the other goes; without, what is ``unwanted``.

        Else ours gives way by itself.
        """
        shipped = [row for row in there if row["orderStatus"] == "shipped"]
        others = [row for row in there if row not in shipped]
        if not shipped:
            others = [row for row in others if row["orderId"] in unwanted]
        if len(there) < 2 or not others:
            return ""
        for row in others:
            self._cancel_there(row)
        return f"cancelled by hand: {[x['orderId'] for x in others]}"

    def _cancel_there(self, row: Json) -> None:
        body = {"action": "cancel", "order_id": row["orderId"]}
        self._client.post("manual", body)

    def _resolve(self, case: OrderException, way: str, **options: str) -> str:
        ways = {x.code for x in triage.resolutions_for(case)}
        code = way if way in ways else "dismiss" if "dismiss" in ways else ""
        if not code:
            return ""
        triage.resolve(case, code, somebody(), "because", case.version, **options)
        return code

    def _given_up(self, order: Order) -> bool:
        return order.number in self._route.never

    def _there(self, number: str) -> list[Json]:
        return [
            row
            for row in self._client.orders_view("shipstation")
            if row["orderNumber"] == number and row["orderStatus"] in LIVE
        ]
