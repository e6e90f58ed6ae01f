"""What the lists alone would lose, or waste."""

from __future__ import annotations

from datetime import timedelta

from orders.models import Order
from stores.models import Cursor
from tests.orders.loop.world import World


def test_the_daily_sweep_finds_an_order_that_the_list_missed(world: World) -> None:
    world.live()
    (missed,) = world.place(missed_in_list=True, missed_seconds=7200)
    for _poll in range(3):
        world.later(3000, "pull")
    assert not Order.objects.filter(remote_id=missed).exists()

    world.later(24 * 3600)

    assert Order.objects.filter(remote_id=missed).exists()
    assert len(world.records(missed)) == 1


def test_read_back_starts_at_the_first_confirmation(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship()
    world.later(4000)

    world.later(1000)

    cursor = Cursor.objects.get(account=world.amazon.key, stream="shipped")
    told = world.order(remote_id).dispatches.get().accepted_at
    assert told is not None
    assert cursor.watermark is not None
    assert cursor.watermark >= told - timedelta(hours=1)
    assert world.order(remote_id).stage == "done"
