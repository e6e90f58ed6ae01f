"""What several lessons begin with, and what several checks look for."""

from __future__ import annotations

from orders.exception_kinds import KINDS
from shipsync_site.training import Point, Step
from shipsync_site.training.scene import Scene

PLACED = "buyers to order"
PUSHED = "your order to reach ShipStation"
A_BUYER_ORDERS = "A buyer orders in your training shop."


def case_of_each(kind: str) -> Step:
    """The scene is set once every order has an open case of this kind."""
    return Step(
        waits=f"the case '{KINDS.get(kind).label}' to open",
        when=lambda scene: scene.waits_with(kind),
    )


def told_once(scene: Scene) -> list[Point]:
    """The marketplace was told of a parcel for every order."""
    points = []
    for number, remote_id in enumerate(scene.numbers):
        told = scene.confirmations(number)
        points.append(
            Point(
                done=bool(told),
                rows=told,
                text=f"The marketplace took the parcel of {remote_id}."
                if told
                else f"The marketplace has not taken the parcel of {remote_id} yet.",
            )
        )
    return points
