"""Several processes' worth of work at once, on a database that lets them meet."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from orders.models import Order, OrderEvent, SyncJob
from orders.reconsider import reconsider
from orders.sync import outbox
from orders.sync.pump import drain
from shipsync_site.lib import clock
from stores.models import Direction, Lane
from tests.orders.loop.proof import prove
from tests.orders.loop.world import World

pytestmark = pytest.mark.postgres


def together(*works: Callable[[], object]) -> None:
    """Run these at once, each with its own connection; the first error is raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    if errors:
        raise errors[0]


def test_two_deciders_on_the_same_orders_neither_deadlock_nor_double(
    world: World,
) -> None:
    world.live(60)
    world.sandbox.ship(carrier="dpd", limit=30)
    world.later(90, "dispatches")
    ids = list(Order.objects.values_list("pk", flat=True))
    events = OrderEvent.objects.count()
    together(
        lambda: [reconsider(ids) for _ in range(3)],
        lambda: [reconsider(ids[::-1]) for _ in range(3)],
        lambda: [reconsider(ids[::2]) for _ in range(3)],
    )
    assert OrderEvent.objects.count() == events
    assert SyncJob.objects.filter(peer="marketplace").count() == 30
    for order in Order.objects.prefetch_related("dispatches"):
        assert len(order.dispatches.all()) <= 1


def test_two_leases_never_hold_the_same_job(world: World) -> None:
    world.place(120)
    world.step("pull", "mirror")
    leases: list[outbox.Lease | None] = []

    def take() -> None:
        leases.append(
            outbox.lease(world.shipstation.key, "shipstation", limit=50),
        )

    together(take, take, take)
    jobs = [job.pk for lease in leases if lease for job in lease.jobs]
    assert len(jobs) == len(set(jobs)) == 120


def test_a_fact_that_comes_while_a_job_is_leased_is_not_lost(world: World) -> None:
    (remote_id,) = world.place()
    world.step("pull", "mirror")
    leased = outbox.lease(world.shipstation.key, "shipstation", limit=1)
    assert leased is not None
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.later(90, "pull")
    outbox.release(leased)
    world.later()
    assert world.ledger("shipstation", "create") == []
    assert world.order(remote_id).stage == "cancelled"


def test_three_pumps_with_300_orders_double_nothing(world: World) -> None:
    ids = world.place(300)
    world.step("pull", "mirror")

    def pump() -> None:
        drain(list(Direction.values), limit=40)

    def all_due() -> None:
        Lane.objects.update(due_at=clock.real_now())

    all_due()
    together(pump, pump, pump)
    world.forward(90)
    cancelled = ids[:30]
    for remote_id in cancelled:
        world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.sandbox.ship(limit=40, mix=True)
    for _ in range(4):
        world.forward(90)
        all_due()
        together(pump, pump, pump)
    world.later(2000)
    world.later()

    creates = world.by_key("shipstation", "create")
    assert len(creates) == 300
    assert all(len(rows) == 1 for rows in creates.values())
    prove(world, ids, cancelled)
    assert not Order.objects.filter(stage="to_push").exists()
