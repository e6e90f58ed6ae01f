"""One act on many cases, to the end: what the marketplace was told, by its ledger."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User

from orders.bulk import preparing, runs
from orders.bulk.acts import Act
from orders.models import BulkRun, BulkState, OrderException, SyncAttempt
from shipsync_site.lib import clock
from stores.models import Budget, CarrierMapping
from tests.orders.loop.world import World, staff

FIX = Act(name="fix", label="Apply the suggested fix")


def unmapped(world: World, count: int) -> list[str]:
    """So many parcels of a carrier that is mapped for the other store alone."""
    ids = world.live(count)
    world.sandbox.ship(carrier="snail_mail", tracking="H01HYA0012345678")
    world.later(60)
    CarrierMapping.objects.create(
        marketplace="amazon",
        store=world.de,
        shipstation_carrier="snail_mail",
        carrier_code="Hermes UK",
    )
    return ids


def fix_all(by: User) -> BulkRun:
    """Look at the fix of every open case of the cause, and confirm it."""
    (group,) = OrderException.objects.values_list("group", flat=True).distinct()
    run = preparing.prepare(OrderException.objects.filter(group=group), FIX, by)
    assert runs.begin(run)
    return run


def end_countdown(run: BulkRun) -> None:
    BulkRun.objects.filter(pk=run.pk).update(
        begins_at=clock.real_now() - timedelta(seconds=1)
    )


def test_three_hundred_of_one_cause_end_confirmed(world: World) -> None:
    count = 300
    # Two confirmations a second are Amazon's; the clock of this test stands still.
    world.sandbox.config(amazon={"two_minutes": 0, "quotas": {"all": "off"}})
    Budget.objects.exclude(account=world.shipstation.key).update(
        capacity=1e6, tokens=1e6
    )
    ids = unmapped(world, count)
    assert OrderException.objects.filter(state="open").count() == count

    run = fix_all(staff())

    (way,) = run.foreseen["ways"]
    assert way["cases"] == count
    assert (
        way["label"]
        == f"Map snail_mail to Amazon Hermes UK and confirm {count} parcels"
    )
    (call,) = way["calls"]
    assert "Hermes UK" in call["body"]
    end_countdown(run)
    while runs.run_one():
        pass
    run.refresh_from_db()
    assert (run.state, run.done, run.failed) == (BulkState.DONE, count, 0)
    world.step()
    told = world.by_key("amazon", "confirm")
    assert set(told) == set(ids)
    assert {row["carrierCode"] for rows in told.values() for row in rows} == {
        "Hermes UK"
    }
    assert all(len(rows) == 1 for rows in told.values())
    assert not OrderException.objects.filter(state="open").exists()


def test_nothing_leaves_before_the_countdown_ends_and_stopping_leaves_no_trace(
    world: World,
) -> None:
    unmapped(world, 3)
    before = list(OrderException.objects.order_by("pk").values())
    attempts = SyncAttempt.objects.count()

    run = fix_all(staff())
    assert not runs.run_one()
    world.later(30)
    assert world.ledger("amazon", "confirm") == []
    assert runs.stop(run)
    end_countdown(run)
    assert not runs.run_one()
    world.later(30)

    assert world.ledger("amazon", "confirm") == []
    assert SyncAttempt.objects.count() == attempts
    assert list(OrderException.objects.order_by("pk").values()) == before
    assert CarrierMapping.objects.filter(store=world.uk).count() == 0
