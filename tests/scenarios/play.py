"""Plays a marketplace's whole column at once, and reads what became of each order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from orders.models import CaseState, Order, OrderException
from tests.sandbox_server import SandboxServer
from tests.scenarios.cells import Row
from tests.scenarios.events import end, happen
from tests.scenarios.sellers import Seller
from tests.scenarios.states import Event, Scene, Stage, State

Cell = tuple[State, Event]


def play(
    sandbox: SandboxServer, seller: Seller, rows: dict[Cell, Row]
) -> tuple[dict[Cell, str], dict[Cell, str]]:
    """What is to be seen of each cell's order after its event, and once its cause went."""
    stage = Stage(seller.make(sandbox), seller)
    scenes = stage.bring(rows)
    for scene in scenes:
        happen(stage, scene)
    stage.look()
    stage.rounds(4)
    after = _read(stage, scenes)
    for scene in scenes:
        end(stage, scene, rows[scene.state, scene.event].end)
    stage.look()
    stage.rounds(3)
    return after, _read(stage, scenes)


def _read(stage: Stage, scenes: Iterable[Scene]) -> dict[Cell, str]:
    """'stage | ShipStation's statuses | cases' of each scene, from peer and rows."""
    records: dict[str, list[str]] = defaultdict(list)
    for row in stage.sandbox.orders_view("shipstation"):
        records[row["orderNumber"]].append(row["orderStatus"])
    orders = {order.remote_id: order for order in Order.objects.all()}
    cases: dict[int, list[str]] = defaultdict(list)
    found = OrderException.objects.filter(state=CaseState.OPEN, order__isnull=False)
    for case in found.select_related("order"):
        assert case.order is not None
        cases[case.order.pk].append(_words(case, case.order))
    seen = {}
    for scene in scenes:
        order = orders[scene.remote_id]
        there = sorted(status for x in scene.numbers for status in records[x])
        parts = [
            order.stage + " closed" * bool(order.closed_at),
            " ".join(there) or "-",
            ", ".join(sorted(cases[order.pk])),
        ]
        seen[scene.state, scene.event] = " | ".join(parts).strip()
    return seen


def _words(case: OrderException, order: Order) -> str:
    """'kind (team, deadline)', the deadline as the moment of the order that it is."""
    moments = {"answer-by": order.cancel_answer_by, "ship-by": order.ship_by}
    same = [name for name, at in moments.items() if at and at == case.deadline]
    return f"{case.kind} ({case.team}, {same[0] if same else case.deadline})"
