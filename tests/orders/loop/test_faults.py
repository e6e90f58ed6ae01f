"""Bad weather on both sides: what was promised holds once it clears."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import SyncAttempt, SyncJob
from tests.orders.loop.proof import prove
from tests.orders.loop.world import World

WEATHER: list[tuple[str, float, int, dict[str, Any]]] = [
    ("lost_answer", 0.3, 1, {}),
    ("lost_request", 0.3, 2, {}),
    ("429", 0.25, 3, {}),
    ("500", 0.3, 4, {}),
    ("late_500", 0.3, 5, {}),
    ("slow", 0.2, 6, {"seconds": 0.05}),
    ("malformed", 0.25, 7, {}),
]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("fault", "rate", "seed", "options"), WEATHER, ids=[row[0] for row in WEATHER]
)
def test_nothing_is_doubled_or_lost_under_a_fault(
    world: World, fault: str, rate: float, seed: int, options: dict[str, Any]
) -> None:
    ids = world.place(24)
    for peer in ("shipstation", "amazon"):
        world.sandbox.faults(peer, fault, rate, seed=seed, **options)
    for _ in range(3):
        world.later(45)
    cancelled = ids[:6]
    for index, remote_id in enumerate(cancelled):
        how = "cancelled" if index % 2 else "request"
        world.sandbox.cancel("amazon", remote_id, how)
    for _ in range(2):
        world.later(45)
    world.sandbox.ship(limit=12, mix=True)
    for _ in range(3):
        world.later(45)

    world.sandbox.clear_faults()
    settle(world)

    prove(world, ids, cancelled)
    assert not SyncJob.objects.exclude(parked="").exists()
    assert not SyncAttempt.objects.filter(
        outcome__in=("open", "unknown"), settled_at=None
    ).exists()


def settle(world: World) -> None:
    """Past the longest back-off, then on until all parcels are told."""
    for _ in range(3):
        world.later(2000)
    for _ in range(6):
        if not SyncJob.objects.filter(dirty=True).exists():
            break
        world.later(60)
