"""What time would bring about, brought about now: the control call ``move_on``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stores.sandbox.core import ControlError
from stores.sandbox.mirakl.orders import Event, Order

if TYPE_CHECKING:
    from stores.sandbox.mirakl.world import World

Json = dict[str, Any]

MOVES = {
    "silence": "the shop's time to accept is over",
    "paid": "the customers' money arrives",
    "checked": "the carriers are asked for the parcels",
    "received": "the parcels arrive",
}


def move_on(world: World, spec: Mapping[str, Any]) -> Json:
    """Play ``{what, order_id?}`` on one order, or on all whom it concerns; their ids."""
    what, now = str(spec.get("what", "")), world.advance()
    if what not in MOVES:
        raise ControlError(400, f"what={what!r}: one of {', '.join(MOVES)}")
    orders = [world.order(spec)] if spec.get("order_id") else list(world.book)
    moved = []
    for order in orders:
        events = _events(what, order, now)
        for event in events:
            world.life.happen(event, order, world.operators[order.operator])
        if events:
            moved.append(order.order_id)
    return {"order_ids": moved}


def _events(what: str, order: Order, now: int) -> list[Event]:
    def event(kind: str, detail: str = "") -> Event:
        return Event(now, 0, kind, order.order_id, detail)

    match what, order.state:
        case "silence", "WAITING_ACCEPTANCE":
            return [event("acceptance_timeout")]
        case "paid", "WAITING_DEBIT":
            return [event("debit"), event("debited")]
        case "paid", "WAITING_DEBIT_PAYMENT":
            return [event("debited")]
        case "received", ("SHIPPED" | "TO_COLLECT"):
            return [event("received")]
        case "checked", _:
            rows = [row for row in order.shipments if row.validity == "UNVERIFIED"]
            return [event("verify", row.id) for row in rows]
    return []
