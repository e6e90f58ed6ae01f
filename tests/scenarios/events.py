"""What happens to an order that stands in its state, and how its cause goes again."""

from __future__ import annotations

from orders.bench_acts import Reporter, report_found, report_short
from tests.scenarios.states import Event, Scene, Stage

HOWS = {
    Event.REQUEST: "request",
    Event.FACT: "cancelled",
    Event.LINE: "line",
    Event.WITHDRAWN: "withdrawn",
}
BENCH = Reporter(name="Bench 1")


def happen(stage: Stage, scene: Scene) -> None:
    """Let the cell's event happen; SandboxError where the peer knows no such thing."""
    seller, sandbox = stage.seller, stage.sandbox
    match scene.event:
        case Event.ADDRESS:
            sandbox.address(seller.code, scene.remote_id, **seller.address)
        case Event.VOID:
            sandbox.void(scene.parcels[-1])
        case Event.RELABEL:
            again = sandbox.relabel(scene.parcels[-1])
            scene.parcels.append(again["trackingNumber"])
        case Event.SHORT:
            order = stage.world.order(scene.remote_id)
            sku = order.lines.first().sku  # type: ignore[union-attr]
            report_short(order.pk, sku, 1, BENCH)
        case _:
            stage.cancel(scene, HOWS[scene.event])


def end(stage: Stage, scene: Scene, way: str) -> None:
    """Let the cause go; 'accept <kind>' is a person's word where nothing else ends it."""
    world, sandbox = stage.world, stage.sandbox
    keys = [world.order(x).order_key for x in reversed(scene.numbers)]
    match way.split():
        case ["withdraw"]:
            stage.cancel(scene, "withdrawn")
        case ["void"]:
            sandbox.void(scene.parcels[-1])
        case ["label"]:
            sandbox.ship(keys[:1], carrier="royal_mail")
        case ["uncombine"]:
            sandbox.manual(order_key=keys[0], action="uncombine")
        case ["found"]:
            report_found(world.order(scene.remote_id).pk, BENCH)
        case ["accept", kind]:
            world.decide(kind, scene.remote_id, "dismiss")
        case []:
            return
        case _:
            raise ValueError(f"nobody knows how to {way!r}")
