"""A kind's usual way out ends its cases, by what the peers show afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from orders.exception_kinds import KINDS
from orders.models import CaseState, OrderException
from orders.triage import resolve
from stores.models import Budget
from tests.orders.loop.world import World, staff
from tests.sandbox_server import (
    SandboxServer,
    almost_stand_still,
    sandbox,
    sandbox_process,
)
from tests.scenarios.plants import ELSEWHERE, PLANTS, Plant
from tests.scenarios.states import HOUR, PLENTY, ROUND

__all__ = ["sandbox", "sandbox_process"]

PLANTED = 4
SHARE = 0.95


def test_every_kind_has_its_fix_applied_or_a_reason() -> None:
    suggested = {kind.code for kind in KINDS if kind.suggested}

    assert set(PLANTS) | set(ELSEWHERE) == suggested
    assert not set(PLANTS) & set(ELSEWHERE)


@pytest.mark.sqlite
def test_the_usual_way_out_ends_what_was_planted(
    sandbox: SandboxServer,
    transactional_db: None,
    settings: Any,
    subtests: pytest.Subtests,
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    sandbox.config(amazon={"two_minutes": 0, "quotas": {"all": "off"}})
    # Labels are told hours later: until then a line can still be cancelled.
    world = World(sandbox, confirm_timing="hours_after", confirm_hours=6)
    Budget.objects.exclude(account=world.shipstation.key).update(
        capacity=PLENTY, tokens=PLENTY
    )
    ids = _plant(world)
    person = staff("eva")

    ended: dict[str, list[str]] = {}
    for kind in PLANTS:
        cases = list(
            OrderException.objects.filter(
                kind=kind, state=CaseState.OPEN, order__remote_id__in=ids[kind]
            )
        )
        assert len(cases) == len(ids[kind]), kind
        for case in cases:
            records = case.context.get("records") or [""]
            _apply(case, person, str(records[0]))
        ended[kind] = ids[kind]
    world.later(7 * HOUR)
    for _round in range(5):
        world.later(ROUND)

    for kind, plant in PLANTS.items():
        with subtests.test(kind=kind):
            left = set(
                OrderException.objects.filter(
                    kind=kind, state=CaseState.OPEN
                ).values_list("order__remote_id", flat=True)
            )
            good = [x for x in ended[kind] if x not in left and plant.proof(world, x)]
            assert len(good) >= SHARE * len(ended[kind]), (kind, left)


def _plant(world: World) -> dict[str, list[str]]:
    """Kind → its orders, in the state in which the case is open."""
    ids: dict[str, list[str]] = {}
    for seed, (kind, plant) in enumerate(PLANTS.items()):
        ids[kind] = _orders(world, plant, 100 * seed)
        if plant.early is not None:
            plant.early(world, ids[kind])
    for _round in range(2):
        world.later(ROUND)
    for step in range(max(len(plant.acts) for plant in PLANTS.values())):
        for kind, plant in PLANTS.items():
            if step < len(plant.acts):
                plant.acts[step](world, ids[kind])
        for _round in range(3):
            world.later(ROUND)
    return ids


def _orders(world: World, plant: Plant, seed: int) -> list[str]:
    """So many orders as are to be planted; twos of one buyer, or of several lines."""
    options = {"lines": 1, "quantity": 2, "ship_by_hours": 240} | plant.options
    count = 2 if plant.pairs else 1
    found: list[str] = []
    while len(found) < PLANTED:
        seed += 1
        ids = world.place(count, seed=seed, same_buyer=plant.pairs, **options)
        if not plant.several or len(world.market(ids[0])["lines"]) > 1:
            found += ids
    return found


def _apply(case: OrderException, person: Any, record: str) -> None:
    """Take the way out that the kind suggests."""
    kind = KINDS.get(case.kind)
    way = next(x for x in kind.resolutions if x.code == kind.suggested)
    target = record if way.chooses_record else ""
    resolve(case, way.code, person, "as usual", case.version, target=target)
