"""'Fetch fresh first': the order is read at its marketplace before anything is sent."""

from __future__ import annotations

from orders import fresh
from orders.models import Order
from tests.orders.loop.world import World, staff


def test_what_is_due_waits_for_the_read_and_for_what_it_brings(world: World) -> None:
    (remote_id,) = world.place()
    world.step("pull", "mirror")
    world.sandbox.cancel("amazon", remote_id, "request")
    order = Order.objects.select_related(
        "store__remote_account", "store__shipstation_account"
    ).get(remote_id=remote_id)
    assert order.stage == "to_push"

    assert fresh.fetch_first(order, staff())
    assert not fresh.fetch_first(order, staff("noa"))  # pressed twice, asked once
    world.step("push")
    assert not world.records(remote_id)

    world.step("confirm", "push")
    # Read first, it shows the buyer's request: it does not go out at all.
    assert world.cases(remote_id) == {"cancel_requested"}
    assert not world.records(remote_id)
    order.refresh_from_db()
    assert fresh.freshness(order).asked_at is None
