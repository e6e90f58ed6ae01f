"""Cancellations, at every moment: nothing that was cancelled is packed unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from orders.models import Peer, ShipStationOrder, SyncJob
from orders.sync import outbox
from orders.sync.engine import run_next
from orders.sync.operations import mirror
from shipsync_site.lib import clock
from stores import budgets
from stores.models import Budget, Direction, Lane
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World

DAY = 86_400


def statuses(world: World, remote_id: str) -> list[str]:
    return [row["orderStatus"] for row in world.records(remote_id)]


def test_a_late_request_holds_and_stays_held_for_days(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.later()

    assert statuses(world, remote_id) == ["on_hold"]
    assert world.cases(remote_id) == {"cancel_requested"}
    assert world.shipstation.stop_tag_id in world.record(remote_id)["tagIds"]
    for _day in range(6):
        world.later(DAY)
        assert statuses(world, remote_id) == ["on_hold"]
    # Its ship-by has passed: that is said, and it is still held.
    assert world.cases(remote_id) == {"cancel_requested", "overdue"}
    assert not world.ledger("shipstation", "label")


@pytest.mark.parametrize("count", [1, 12])
def test_a_hold_is_seen_in_force_long_before_the_list_shows_it_to_everybody(
    world: World, count: int
) -> None:
    ids = world.live(count)
    # Some changes are shown at once, most of them minutes later.
    world.sandbox.config(shipstation={"index_lag": [0, 60] if count > 1 else 200})
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    asked = clock.now()
    for _look in range(7):
        world.later(10, Direction.MIRROR)

    records = ShipStationOrder.objects.filter(order__remote_id__in=ids)
    assert set(records.values_list("status", flat=True)) == {"on_hold"}
    assert not records.filter(modify_date="").exists()
    assert clock.now() - asked < timedelta(seconds=settings.SHIPSYNC_MIRROR_LAG / 2)


def test_ship_anyway_restores_and_answers_that_request_only(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.decide("cancel_requested", remote_id, "ship_anyway")
    world.later()

    assert statuses(world, remote_id) == ["awaiting_shipment"]
    assert world.record(remote_id)["tagIds"] in (None, [])
    assert world.cases(remote_id) == set()
    world.sandbox.cancel("amazon", remote_id, "withdrawn")
    world.later()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    assert statuses(world, remote_id) == ["on_hold"]
    assert world.cases(remote_id) == {"cancel_requested"}


def test_a_withdrawn_request_restores(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    assert statuses(world, remote_id) == ["on_hold"]
    world.sandbox.cancel("amazon", remote_id, "withdrawn")
    world.later()
    world.later()

    assert statuses(world, remote_id) == ["awaiting_shipment"]
    assert world.cases(remote_id) == set()


def test_cancelled_by_amazon_is_held_then_cancelled_and_read_again(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "cancelled", by="AMAZON")
    world.later()
    world.later()

    assert statuses(world, remote_id) == ["cancelled"]
    order = world.order(remote_id)
    assert order.stage == "cancelled"
    assert order.closed_at is not None
    record = ShipStationOrder.objects.get(order=order)
    assert record.status == "cancelled"
    assert record.modify_date != ""
    assert world.cases(remote_id) == set()


def test_a_person_cancels_and_the_marketplace_is_still_to_be_answered(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.decide("cancel_requested", remote_id, "cancel")
    world.later()

    assert statuses(world, remote_id) == ["cancelled"]
    assert world.cases(remote_id) == {"answer_cancellation"}
    world.sandbox.cancel("amazon", remote_id, "cancelled", by="MERCHANT")
    world.later()
    assert world.cases(remote_id) == set()
    assert world.order(remote_id).stage == "cancelled"


def test_the_policy_cancel_needs_nobody(make_world: MakeWorld) -> None:
    world = make_world(cancel_request="cancel")
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.later()
    assert statuses(world, remote_id) == ["cancelled"]


def test_cancelled_before_the_push_is_never_pushed(world: World) -> None:
    cancelled, asked = world.place(2)
    world.step("pull")
    world.sandbox.cancel("amazon", cancelled, "cancelled")
    world.sandbox.cancel("amazon", asked, "request")
    world.later(400)
    world.later()

    assert world.ledger("shipstation", "create") == []
    assert world.order(cancelled).stage == "cancelled"
    assert world.cases(asked) == {"cancel_requested"}
    world.decide("cancel_requested", asked, "ship_anyway")
    world.later()
    assert statuses(world, asked) == ["awaiting_shipment"]


def test_the_rest_cancelled_after_a_part_was_confirmed_is_not_packed(
    world: World,
) -> None:
    (remote_id,) = world.live(quantity=4, lines=1)
    world.sandbox.ship(quantity=1)
    world.later()
    assert len(world.confirms(remote_id)) == 1
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.later(1000)
    world.later()
    world.later()

    assert len(world.confirms(remote_id)) == 1
    assert "awaiting_shipment" not in statuses(world, remote_id)


def test_cancelled_between_label_and_confirmation_opens_a_case(
    make_world: MakeWorld,
) -> None:
    world = make_world(confirm_timing="hours_after", confirm_hours=6)
    cancelled, asked = world.live(2)
    world.sandbox.ship()
    world.later()
    world.sandbox.cancel("amazon", cancelled, "cancelled")
    world.sandbox.cancel("amazon", asked, "request")
    world.later()

    assert world.cases(cancelled) == {"cancelled_after_label"}
    assert world.cases(asked) == {"cancelled_after_label"}
    world.later(8 * 3600)
    assert world.confirms(cancelled) == []
    world.decide("cancelled_after_label", asked, "ship_anyway")
    world.later()
    assert len(world.confirms(asked)) == 1


def test_an_undecided_request_after_the_label_is_confirmed_before_its_ship_by(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.sandbox.ship()
    world.later(90, "pull")
    world.later()
    assert world.cases(remote_id) == {"cancelled_after_label"}
    assert world.confirms(remote_id) == []

    ship_by = world.order(remote_id).ship_by
    assert ship_by is not None
    world.later(47 * 3600 - 700)
    world.later()
    (confirm,) = world.confirms(remote_id)
    assert confirm["time"] < ship_by.isoformat()


def test_a_hold_by_hand_is_never_released_by_us(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.manual(remote_id, action="hold")
    world.later()
    assert world.order(remote_id).stage == "held"
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.sandbox.cancel("amazon", remote_id, "withdrawn")
    for _ in range(3):
        world.later()

    assert statuses(world, remote_id) == ["on_hold"]
    assert world.ledger("shipstation", "restore") == []
    updates = world.ledger("shipstation", "update")
    assert [row for row in updates if row["status"] == "awaiting_shipment"] == []


def test_a_hold_by_hand_with_a_date_is_kept_from_releasing_a_cancelled_order(
    world: World,
) -> None:
    (remote_id,) = world.live(ship_by_hours=240)
    soon = world.today(1)
    world.sandbox.manual(remote_id, action="hold", until=soon)
    world.later()
    world.sandbox.cancel("amazon", remote_id, "request")
    for _ in range(5):
        world.later(DAY)
        world.later()
        assert statuses(world, remote_id) == ["on_hold"]


def test_a_cancelled_line_before_and_after_the_push(world: World) -> None:
    lines = {x: len(world.market(x)["lines"]) for x in world.place(8)}
    before, after = [x for x, count in lines.items() if count > 1][:2]
    world.step("pull", "mirror")
    world.sandbox.cancel("amazon", before, "line")
    world.forward(90)
    world.step("pull")
    world.step()
    world.later()
    assert world.line_count(before) == lines[before] - 1
    assert world.line_count(after) == lines[after]

    world.sandbox.cancel("amazon", after, "line")
    world.later()
    world.later()
    assert world.line_count(after) == lines[after] - 1
    assert statuses(world, after) == ["awaiting_shipment"]


def test_a_storm_of_100_cancellations_takes_few_calls(world: World) -> None:
    ids = world.place(100)
    world.step()
    world.later()
    last = world.last_call()
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.later()
    for _ in range(2):
        world.later(60, "push", "mirror")

    assert {row["orderStatus"] for row in world.sandbox.orders_view("shipstation")} == {
        "cancelled"
    }
    held = world.by_key("shipstation", "hold")
    assert len(held) == 100
    assert world.calls("createorders", "holduntil", after=last) <= 5
    assert world.calls("order", after=last) <= 5


def test_a_storm_right_behind_a_backlog_of_pushes_takes_few_calls(
    world: World,
) -> None:
    """The mirror's own lane did not get its turn since the orders were pushed."""
    world.step("mirror")
    ids = world.place(40)
    world.step("pull", "push")
    world.forward(settings.SHIPSYNC_MIRROR_LAG + 60)
    last = world.last_call()
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")
    world.later(0, "pull", "push")

    assert len(world.by_key("shipstation", "hold")) == 40
    assert world.calls("order", after=last) == 0
    assert world.calls("orders", after=last) <= 4


def test_a_stop_waits_while_another_process_reads_the_changes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PATIENCE", 0.2)
    ids = world.live(6)
    lane = Lane.objects.get(direction=Direction.MIRROR)
    Lane.objects.filter(pk=lane.pk).update(
        lease_id="another", lease_until=clock.real_now() + timedelta(hours=1)
    )
    last = world.last_call()
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")
    world.forward(1)
    world.step("pull")
    run_next(["push"])
    assert world.calls("orders", "order", "createorders", after=last) == 0
    assert {job.failures for job in SyncJob.objects.filter(dirty=True)} == {0}

    Lane.objects.filter(pk=lane.pk).update(lease_id="", lease_until=None)
    world.later(2, "push")
    assert len(world.by_key("shipstation", "hold")) == 6


def test_a_stop_goes_on_where_reading_the_changes_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = world.live(6)
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")
    world.forward(1)
    world.step("pull")
    monkeypatch.setattr(mirror, "MAX_CATCH_UP", 0)
    run_next(["push"])
    assert not world.by_key("shipstation", "hold")

    monkeypatch.undo()
    world.later(2, "push")
    assert len(world.by_key("shipstation", "hold")) == 6


def test_few_stops_are_read_in_pages_where_the_quota_is_scarce(world: World) -> None:
    ids = world.live(2)
    budgets.take(world.shipstation.key, ("v1",), 25, urgent=True)
    last = world.last_call()
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")
    world.forward(1)
    world.step("pull", "push")

    assert len(world.by_key("shipstation", "hold")) == 2
    assert world.calls("order", after=last) == 0


def test_stops_go_first_and_on_the_reserve(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    world.place(500, seed=5)
    world.forward(90)
    world.step("pull")
    # In a window that has just begun: its last seconds open the reserve to everybody.
    window = Budget.objects.get(account=world.shipstation.key, group="v1")
    world.forward(max(window.resets_at - clock.timestamp(), 0) + 2)
    while True:  # leave only what pushes may not touch
        left = {x.group: x for x in budgets.left(world.shipstation.key)}["v1"]
        if left.left < left.reserve + 1:
            break
        budgets.take(world.shipstation.key, ("v1",), urgent=False)
    last_row = world.sandbox.ledger()[-1]["sequence"]
    world.step("push")

    rows = [
        row
        for row in world.ledger("shipstation", "create", "update", "hold", "cancel")
        if row["sequence"] > last_row
    ]
    assert [row["operation"] for row in rows] == ["hold"]
    assert statuses(world, remote_id) == ["on_hold"]


@pytest.mark.parametrize("spent", [5, 25])
def test_pushes_leave_a_window_half_spent_to_stops_at_work(
    world: World, spent: int
) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.place(3, seed=5)
    world.forward(90)
    world.step("pull")
    account = world.shipstation.key
    stop = outbox.lease(account, Peer.SHIPSTATION, limit=10)
    assert stop is not None
    budgets.take(account, ("v1",), spent, urgent=True)
    before = len(world.by_key("shipstation", "create"))

    run_next(["push"])

    pushed = len(world.by_key("shipstation", "create")) - before
    assert pushed == (3 if spent == 5 else 0)
    outbox.release(stop, counted=False)
    world.later(2, "push")
    assert len(world.by_key("shipstation", "hold")) == 1
    world.later(60, "push")  # the rest of the window is spread over its time
    assert len(world.by_key("shipstation", "create")) == before + 3
