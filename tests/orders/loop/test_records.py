"""ShipStation's records: what we write over, what we leave, what we take over."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import Order, ShipStationOrder
from orders.sync.operations import push, records
from orders.triage import resolve
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World, staff


def lines_of(world: World, remote_id: str) -> list[dict[str, Any]]:
    return [
        {
            "lineItemKey": line.line_key,
            "sku": line.sku,
            "name": line.title,
            "quantity": line.quantity,
        }
        for line in world.order(remote_id).lines.all()
    ]


# --- changes after the push -----------------------------------------------------------


def test_an_address_change_is_written_and_the_warehouse_keeps_its_own(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.manual(
        remote_id,
        action="edit",
        weight=1250,
        carrier="dpd",
        service="dpd_next_day",
        internal_notes="Fragile, two bubbles",
    )
    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later()
    world.later()

    body = world.body(remote_id)
    assert body["shipTo"]["street1"] == "9 New Street"
    assert body["weight"]["value"] == 1250
    assert (body["carrierCode"], body["serviceCode"]) == ("dpd", "dpd_next_day")
    assert "Fragile, two bubbles" in body["internalNotes"]
    assert body["orderStatus"] == "awaiting_shipment"
    assert len(world.ledger("shipstation", "update")) == 1


def test_an_edit_between_our_read_and_our_write_survives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (remote_id,) = world.live()
    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later(90, "pull")
    # The mirror has the record, then the packer edits it; the push reads it first.
    world.sandbox.manual(remote_id, action="edit", weight=777)
    world.step("push")

    body = world.body(remote_id)
    assert (body["shipTo"]["street1"], body["weight"]["value"]) == (
        "9 New Street",
        777,
    )


def test_nothing_is_written_over_a_record_that_was_not_read_since_our_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (remote_id,) = world.place()
    world.step("pull", "mirror")
    world.step("push")
    record = ShipStationOrder.objects.get()
    assert record.modify_date == ""
    world.sandbox.manual(remote_id, action="edit", weight=777)
    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.forward(90)
    world.step("pull")
    monkeypatch.setattr(push, "read_before_write", lambda *args: None)
    world.step("push")
    assert world.ledger("shipstation", "update") == []

    monkeypatch.setattr(push, "read_before_write", records.read_before_write)
    world.later()
    world.later()
    body = world.body(remote_id)
    assert (body["shipTo"]["street1"], body["weight"]["value"]) == (
        "9 New Street",
        777,
    )


def test_100_address_changes_are_read_in_pages_not_one_by_one(world: World) -> None:
    ids = world.live(40)
    for remote_id in ids:
        world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later(90, "pull")
    last = world.last_call()
    world.step("push")

    assert len(world.ledger("shipstation", "update")) == 40
    assert world.calls("createorders", after=last) == 1
    assert world.calls("order", after=last) == 0
    assert world.calls("orders", after=last) <= 2


# --- taking over ----------------------------------------------------------------------


def typed(world: World, remote_id: str, items: list[dict[str, Any]]) -> int:
    row = world.sandbox.manual(remote_id, items=items)
    order_id: int = row["orderId"]
    return order_id


def test_the_very_same_order_is_adopted_not_doubled(world: World) -> None:
    (remote_id,) = world.place()
    world.step("pull")
    ss_order_id = typed(world, remote_id, lines_of(world, remote_id))
    world.step()
    world.later()

    assert world.record(remote_id)["orderId"] == ss_order_id
    record = ShipStationOrder.objects.get(ss_order_id=ss_order_id)
    assert (record.adopted, record.order) == (True, world.order(remote_id))
    world.sandbox.ship(order_ids=[ss_order_id])
    world.later()
    assert len(world.confirms(remote_id)) == 1
    (confirm,) = world.confirms(remote_id)
    assert confirm["items"] == {
        line.remote_id: line.quantity for line in world.order(remote_id).lines.all()
    }


def test_an_adopted_order_is_held_by_date_and_kept_held(world: World) -> None:
    (remote_id,) = world.place(ship_by_hours=400)
    world.step("pull")
    typed(world, remote_id, lines_of(world, remote_id))
    world.step()
    world.sandbox.cancel("amazon", remote_id, "request")
    for _ in range(8):
        world.later(86_400)
        world.later()
        assert world.record(remote_id)["orderStatus"] == "on_hold"
    assert len(world.ledger("shipstation", "hold")) >= 2
    world.sandbox.cancel("amazon", remote_id, "withdrawn")
    world.later()
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"


def test_a_hold_by_date_is_seen_in_force_before_the_list_shows_it(
    world: World,
) -> None:
    (remote_id,) = world.place(ship_by_hours=400)
    world.step("pull")
    typed(world, remote_id, lines_of(world, remote_id))
    world.step()
    world.later()
    world.sandbox.config(shipstation={"index_lag": 280})
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later(90, "pull", "push")
    held = ShipStationOrder.objects.get(order__remote_id=remote_id)
    assert (held.status, held.modify_date) == ("on_hold", "")

    world.later(10, "mirror")

    held.refresh_from_db()
    assert (held.status, held.modify_date != "") == ("on_hold", True)


@pytest.mark.parametrize("verdict", ["adopt", "push_beside"])
def test_a_doubtful_namesake_is_a_case_and_a_person_decides(
    world: World, verdict: str
) -> None:
    (remote_id,) = world.place()
    world.step("pull")
    other = typed(world, remote_id, [{"sku": "OTHER", "name": "x", "quantity": 1}])
    world.step()
    world.later()
    assert world.cases(remote_id) == {"already_in_shipstation"}
    assert world.ledger("shipstation", "create")[1:] == []

    world.decide("already_in_shipstation", remote_id, verdict)
    world.later()
    ids = {row["orderId"] for row in world.records(remote_id)}
    if verdict == "adopt":
        assert ids == {other}
    else:
        assert len(ids) == 2
        ours = ShipStationOrder.objects.get(order=world.order(remote_id))
        assert ours.ss_order_id != other
    assert "already_in_shipstation" not in world.cases(remote_id)


def test_of_two_namesakes_the_one_that_a_person_chose_is_taken_over(
    world: World,
) -> None:
    (remote_id,) = world.place()
    world.step("pull")
    one, two = (typed(world, remote_id, lines_of(world, remote_id)) for _ in range(2))
    world.step()
    world.later()
    case = world.case("already_in_shipstation", remote_id)
    assert sorted(case.context["records"]) == sorted([one, two])

    resolve(case, "adopt", staff(), "", case.version, str(two))
    world.later()

    ours = ShipStationOrder.objects.get(order=world.order(remote_id))
    assert (ours.ss_order_id, ours.adopted) == (two, True)
    # The other may still be packed: somebody has to end it.
    assert world.cases(remote_id) == {"duplicate_in_shipstation"}
    assert {row["orderId"] for row in world.records(remote_id)} == {one, two}


def test_an_order_typed_in_after_our_push_is_a_case(world: World) -> None:
    (remote_id,) = world.live()
    key = world.order(remote_id).order_key
    world.sandbox.manual(remote_id, items=lines_of(world, remote_id))
    world.later()
    assert world.order(remote_id).order_key == key
    assert world.cases(remote_id) == {"duplicate_in_shipstation"}


# --- deleted --------------------------------------------------------------------------


def test_a_deleted_order_is_a_case_and_comes_back_under_a_new_key(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.manual(remote_id, action="delete")
    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later()
    world.later()
    assert world.cases(remote_id) == {"deleted_in_shipstation"}
    assert len(world.ledger("shipstation", "create")) == 1

    world.decide("deleted_in_shipstation", remote_id, "retry")
    for _ in range(4):
        world.later(200)
    first, second = world.ledger("shipstation", "create")
    assert second["key"] == f"{first['key']}~2"
    assert world.record(remote_id)["orderKey"] == second["key"]
    assert world.cases(remote_id) == set()
    world.sandbox.ship()
    world.later()
    assert len(world.confirms(remote_id)) == 1


def test_a_key_that_was_deleted_before_we_knew_it_is_reserved_so_a_new_one_is_used(
    world: World,
) -> None:
    (remote_id,) = world.place()
    world.step("pull", "mirror")
    key = Order.objects.get().order_key
    # Pushed, answer lost, deleted before anybody could read it.
    world.sandbox.faults(
        "shipstation", "lost_answer", count=1, operation="createorders"
    )
    world.step("push")
    world.sandbox.manual(remote_id, action="delete")
    for _ in range(4):
        world.later(200)

    assert world.record(remote_id)["orderKey"] == f"{key}~2"
    assert world.order(remote_id).stage == "in_shipstation"


def lose_the_answer(world: World) -> None:
    """Push; what was created there nobody hears of."""
    world.sandbox.faults(
        "shipstation", "lost_answer", count=1, operation="createorders"
    )
    world.step("push")


def prove_one_parcel(world: World, *ids: str) -> None:
    """Each was created once, and all are told of the one parcel that they left in."""
    assert len(world.ledger("shipstation", "create")) == len(ids)
    key = world.ledger("shipstation", "merge")[0]["key"]
    (parcel,) = world.sandbox.ship([key])
    for _ in range(4):
        world.later(200)
    for remote_id in ids:
        (confirm,) = world.confirms(remote_id)
        assert confirm["trackingNumber"] == parcel["trackingNumber"]
        assert confirm["items"] == {
            line.remote_id: line.quantity for line in world.order(remote_id).lines.all()
        }
        assert world.cases(remote_id) == set()


@pytest.mark.parametrize("lag", [0, 280])
def test_an_order_that_was_combined_before_we_knew_it_is_found_by_its_lines(
    make_world: MakeWorld, lag: int
) -> None:
    world = make_world(combined="confirm_each")
    (first,) = world.live()
    world.sandbox.config(shipstation={"index_lag": lag})
    (second,) = world.place()
    world.forward(90)
    world.step("pull")
    keys = [world.order(remote_id).order_key for remote_id in (first, second)]
    lose_the_answer(world)
    assert not world.order(second).records.exists()
    world.sandbox.manual(order_keys=keys, action="combine")
    # Its key is reserved, and nothing that can be read tells why.
    world.forward(60)
    world.step("push")
    refused = world.order(second)
    for _ in range(3):
        world.later(200)

    assert bool(lag) == ("looking whether it was combined" in refused.why)
    (record,) = world.order(second).records.all()
    assert (record.order_key, world.order(second).order_key) == ("", keys[1])
    assert world.order(second).why == "In ShipStation, waiting for the warehouse"
    prove_one_parcel(world, first, second)


def test_a_push_in_doubt_is_not_repeated_over_what_was_combined_since(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    first, second = world.place(2)
    world.step("pull", "mirror")
    keys = [world.order(remote_id).order_key for remote_id in (first, second)]
    lose_the_answer(world)
    world.sandbox.manual(order_keys=keys, action="combine")
    world.forward(60)
    world.step("push")

    assert world.ledger("shipstation", "update") == []
    prove_one_parcel(world, first, second)


def test_a_cancelled_record_is_a_case_until_somebody_says(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.manual(remote_id, action="cancel")
    world.later()
    assert world.cases(remote_id) == {"cancelled_in_shipstation"}
    world.decide("cancelled_in_shipstation", remote_id, "retry")
    world.later()
    world.later()
    assert sorted(row["orderStatus"] for row in world.records(remote_id)) == [
        "awaiting_shipment",
        "cancelled",
    ]
