"""A store goes from draft to live and back, from the peers' ledgers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders import shadow
from orders.facts import Snapshot
from orders.models import ShadowComparison, SyncJob
from shipsync_site.lib import clock
from stores import transitions
from stores.models import (
    OperatingModel,
    RemoteCall,
    Store,
    StoreMode,
    StoreState,
)
from stores.rules_changed import announce
from stores.setup import NotReadyError
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.test_direct import IMPORTED, DirectWorld
from tests.orders.loop.world import World, staff

WRITES = {
    "create",
    "update",
    "hold",
    "restore",
    "cancel",
    "confirm",
    "accept",
    "answer",
}


class CutWorld(World):
    """The merchant whose British store goes from one state to the other."""

    def __init__(self, sandbox: Any, **rules: Any) -> None:
        super().__init__(sandbox, **rules)
        self.mia = staff()
        Store.objects.filter(pk=self.uk.pk).update(state=StoreState.DRAFT)
        self.uk.refresh_from_db()

    def go(self, **options: Any) -> None:
        transitions.go_live(self.uk, user=self.mia, **options)

    def typed(self, remote_id: str, **fields: Any) -> int:
        """The present route has this order in ShipStation; its id there."""
        order = self.order(remote_id)
        items = [
            {"sku": line.sku, "name": line.title, "quantity": line.quantity}
            for line in order.lines.all()
        ]
        made = self.sandbox.post(
            "manual", {"order_number": remote_id, "items": items, **fields}
        )
        return int(made["order_id"] if "order_id" in made else made["orderId"])

    def ours(self) -> list[dict[str, Any]]:
        """Every effect that shipsync had on any peer."""
        return [
            row
            for row in (*self.ledger("shipstation"), *self.ledger("amazon"))
            if row.get("via")
            in ("createorder", "createorders", "holduntil", "restorefromhold")
            or row["operation"] == "confirm"
        ]


@pytest.fixture
def cut(make_world: MakeWorld, sandbox: Any) -> CutWorld:
    return CutWorld(sandbox)


def test_a_day_in_shadow_has_no_effect(cut: CutWorld) -> None:
    ids = cut.place(4)
    cut.step()
    transitions.to_shadow(cut.uk, cut.mia)
    for remote_id in ids[:3]:
        cut.typed(remote_id)
    cut.later()
    cut.sandbox.cancel("amazon", ids[0], "request")
    cut.sandbox.cancel("amazon", ids[3], "cancelled")
    records = [cut.record(remote_id)["orderId"] for remote_id in ids[1:3]]
    cut.sandbox.post("manual", {"action": "combine", "order_ids": records})
    cut.later(301)
    cut.sandbox.post("ship", {"order_ids": records[:1], "carrier": "dpd"})
    for _hour in range(24):
        cut.later(3600)

    assert cut.ours() == []
    assert cut.cases() == set()
    assert cut.order(ids[0]).why == "Would be held: the store is in shadow"


def test_shadow_compares_what_both_say(cut: CutWorld) -> None:
    same, other, absent = cut.place(3)
    cut.step()
    cut.typed(same)
    cut.later()
    transitions.to_shadow(cut.uk, cut.mia)
    cut.typed(other, notes="fragile")
    cut.later(301)
    cut.later(60)

    rows = {row.order.remote_id: row for row in ShadowComparison.objects.all()}
    assert rows[absent].outcome == "not_there"
    assert rows[same].outcome == rows[other].outcome == "differs"
    assert rows[same].ss_order_id == cut.record(same)["orderId"]
    assert "orderNumber" not in rows[same].fields
    found = shadow.summary(cut.uk)
    assert (found.compared, found.differs, found.unexplained) == (2, 2, 2)
    for row in found.fields:
        shadow.explain(cut.uk, row.field, "typed in by hand", cut.mia)
    assert shadow.summary(cut.uk).unexplained == 0
    cut.later(7200)
    assert shadow.summary(cut.uk).not_there == 1


def test_what_is_there_at_the_start_is_taken_over_and_confirmed_once(
    cut: CutWorld,
) -> None:
    old, gone = cut.place(2)
    cut.step()
    transitions.to_shadow(cut.uk, cut.mia)
    cut.typed(old)
    cut.later()
    cut.go()
    (new,) = cut.place()
    cut.later(300)
    cut.later(301)

    assert len(cut.records(old)) == 1
    assert cut.records(gone) == []
    assert len(cut.records(new)) == (1 if _age(cut, new) >= 0 else 0)
    cut.sandbox.post(
        "ship", {"order_ids": [cut.record(old)["orderId"]], "carrier": "dpd"}
    )
    cut.later(301)
    cut.later(301)
    assert len(cut.confirms(old)) == 1
    cut.later(7200)
    cut.later(301)
    assert "left_behind" in cut.cases(gone)
    cut.decide("left_behind", gone, "push_left")
    cut.later()
    assert len(cut.records(gone)) == 1


def _age(cut: CutWorld, remote_id: str) -> float:
    cut.uk.refresh_from_db()
    start = cut.uk.live_from
    assert start is not None
    return (cut.order(remote_id).ordered_at - start).total_seconds()


def test_the_start_decides_who_creates(cut: CutWorld) -> None:
    transitions.to_shadow(cut.uk, cut.mia)
    cut.go(live_from=clock.now() + timedelta(hours=1))
    (before,) = cut.place(order_age=0)
    cut.later(3700)
    (after,) = cut.place(order_age=0)
    cut.later(301)
    cut.later(301)

    assert cut.records(before) == []
    assert len(cut.records(after)) == 1


def test_a_roll_back_keeps_what_we_created_and_leaves_the_rest(cut: CutWorld) -> None:
    cut.go()
    (ours,) = cut.place()
    cut.later()
    transitions.roll_back(cut.uk, None, cut.mia)
    cut.later(60)
    (theirs,) = cut.place(order_age=0)
    cut.later(301)
    cut.later(301)

    assert len(cut.records(ours)) == 1
    assert cut.records(theirs) == []
    assert cut.order(theirs).stage == "not_ours"
    cut.sandbox.post(
        "ship", {"order_ids": [cut.record(ours)["orderId"]], "carrier": "dpd"}
    )
    cut.later(301)
    cut.later(301)
    assert len(cut.confirms(ours)) == 1
    with pytest.raises(NotReadyError, match="given back"):
        transitions.roll_back(cut.uk, None, cut.mia)


def test_where_both_have_it_after_a_roll_back_ours_ends(cut: CutWorld) -> None:
    cut.go()
    (number,) = cut.place()
    cut.later()
    transitions.roll_back(cut.uk, None, cut.mia)
    theirs = cut.typed(number)
    cut.later(60)
    assert {row["orderStatus"] for row in cut.records(number)} == {
        "on_hold",
        "awaiting_shipment",
    }
    for _look in range(4):
        cut.later(301)

    states = {row["orderId"]: row["orderStatus"] for row in cut.records(number)}
    assert states.pop(theirs) == "awaiting_shipment"
    assert set(states.values()) == {"cancelled"}
    assert cut.order(number).stage == "not_ours"
    assert cut.cases(number) == set()


def test_forward_again_takes_over_what_came_between(cut: CutWorld) -> None:
    cut.go()
    transitions.roll_back(cut.uk, None, cut.mia)
    cut.forward(60)
    (between,) = cut.place(order_age=0)
    cut.later(301)
    cut.typed(between)
    cut.later(60)
    cut.go()
    cut.forward(60)
    (after,) = cut.place(order_age=0)
    cut.later(301)
    cut.later(301)

    assert len(cut.records(between)) == len(cut.records(after)) == 1
    assert cut.order(between).records.get().adopted
    assert not cut.order(after).records.get().adopted


def test_going_silent_waits_for_what_is_ours(cut: CutWorld) -> None:
    cut.go()
    cut.place()
    cut.later()

    with pytest.raises(NotReadyError, match="1 order is still shipsync's"):
        transitions.to_shadow(cut.uk, cut.mia)
    with pytest.raises(NotReadyError, match="1 order is still shipsync's"):
        transitions.back_to_draft(cut.uk, cut.mia)


def test_a_write_of_a_store_that_went_silent_is_stopped_at_the_last_moment(
    cut: CutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut.place()
    cut.step("pull", "mirror")
    transitions.to_shadow(cut.uk, cut.mia)
    monkeypatch.setattr(Snapshot, "silent", property(lambda _: False))
    cut.later()
    cut.later()

    assert SyncJob.objects.filter(failures__gt=0).exists()
    assert RemoteCall.objects.filter(operation="createorders").count() == 0
    assert cut.ours() == []


def test_from_direct_to_orchestrated_and_each_ends_as_it_began(
    make_world: MakeWorld, sandbox: Any
) -> None:
    world = DirectWorld(sandbox)
    mia = staff()
    old = world.imported()
    transitions.switch_mode(
        world.uk, StoreMode.ORCHESTRATED, shipstation_store_id=20001, user=mia
    )
    world.connect(refresh=0)
    world.forward(60)
    (new,) = world.place(order_age=0)
    world.later(301)
    world.later(301)
    assert len(world.records(old)) == len(world.records(new)) == 1
    for remote_id in (old, new):
        world.ship(remote_id, carrier="dpd")
    world.later(301)
    world.later(301)

    assert len(world.told(old)) == 1
    assert world.confirms(old) == []
    assert len(world.confirms(new)) == 1
    assert world.told(new) == []


def test_from_orchestrated_to_direct_and_each_ends_as_it_began(
    make_world: MakeWorld, sandbox: Any
) -> None:
    world = CutWorld(sandbox)
    world.go()
    (old,) = world.place()
    world.later()
    transitions.switch_mode(
        world.uk, StoreMode.DIRECT, shipstation_store_id=IMPORTED, user=world.mia
    )
    world.forward(60)
    (new,) = world.place(order_age=0)
    world.later(301)
    world.later(301)
    assert len(world.records(old)) == 1
    assert world.records(new) == []
    world.sandbox.post(
        "ship", {"order_ids": [world.record(old)["orderId"]], "carrier": "dpd"}
    )
    world.later(301)
    world.later(301)

    assert len(world.confirms(old)) == 1


def test_how_long_the_route_before_has_is_the_stores_rule(cut: CutWorld) -> None:
    (number,) = cut.place()
    cut.step()
    transitions.to_shadow(cut.uk, cut.mia)
    cut.go()
    OperatingModel.objects.create(store=cut.uk, version=2, arrives_within_minutes=600)
    cut.later(7500)
    assert "left_behind" not in cut.cases(number)
    OperatingModel.objects.create(store=cut.uk, version=3, arrives_within_minutes=10)
    announce([cut.uk.pk])
    cut.later(301)

    assert "left_behind" in cut.cases(number)
