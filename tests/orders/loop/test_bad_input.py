"""What can't be read or sent: the rest goes on, and a case says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import Order, OrderException, ParkedRecord, RawBlock
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World


def test_one_malformed_order_is_parked_and_the_rest_of_its_page_goes_through(
    world: World,
) -> None:
    good = world.place(3)
    (bad,) = world.place(variant="malformed", seed=9)
    more = world.place(3, seed=11)
    world.step()

    assert set(world.by_key("shipstation", "create")) == {
        f"amazon-uk:{remote_id}" for remote_id in (*good, *more)
    }
    parked = ParkedRecord.objects.get()
    assert (parked.remote_id, parked.resolved_at) == (bad, None)
    assert parked.field
    assert parked.body
    case = world.case("order_malformed")
    assert bad in case.summary
    assert parked.field in case.summary
    assert world.cases() == {"order_malformed"}


@pytest.mark.parametrize("variant", ["unknown_enum", "unknown_status"])
def test_an_unknown_value_is_named_and_nothing_is_guessed(
    world: World, variant: str
) -> None:
    (remote_id,) = world.place(variant=variant)
    (good,) = world.place(seed=9)
    world.step()
    world.later()

    assert len(world.records(good)) == 1
    if Order.objects.filter(remote_id=remote_id).exists():
        assert "unknown_value" in world.cases(remote_id)
    if variant == "unknown_status":
        assert world.records(remote_id) == []


def test_an_order_without_lines_is_a_case(world: World) -> None:
    (remote_id,) = world.place(variant="zero_lines")
    (good,) = world.place(seed=9)
    world.step()
    world.later()

    assert len(world.records(good)) == 1
    assert world.records(remote_id) == []
    assert world.cases(remote_id) == {"order_without_lines"}


def test_an_incomplete_address_is_a_case_that_names_the_field(world: World) -> None:
    (remote_id,) = world.place(variant="missing_postcode")
    world.step()
    world.later()
    assert world.records(remote_id) == []
    assert world.cases(remote_id) == {"address_incomplete"}
    assert "postalCode" in world.case("address_incomplete", remote_id).context["field"]

    world.sandbox.address("amazon", remote_id, postalCode="LS1 4AB")
    world.later()
    assert world.body(remote_id)["shipTo"]["postalCode"] == "LS1 4AB"
    assert world.cases(remote_id) == set()


def test_an_address_too_long_is_a_case_and_not_cut(world: World) -> None:
    (remote_id,) = world.place(variant="long_address")
    (good,) = world.place(seed=9)
    world.step()
    world.later()
    assert len(world.records(good)) == 1
    if world.records(remote_id):
        sent = world.body(remote_id)["shipTo"]
        recipient = world.order(remote_id).buyer.recipient
        assert sent["street1"] == recipient["line1"]
    else:
        assert world.cases(remote_id) & {"address_incomplete", "order_unpushable"}


def test_an_emoji_name_and_a_note_of_a_megabyte_arrive_or_are_said(
    world: World,
) -> None:
    (emoji,) = world.place(variant="emoji_name")
    (note,) = world.place(variant="long_note", seed=9)
    world.step()
    world.later()

    name = world.order(emoji).buyer.recipient["name"]
    assert any(ord(letter) > 0xFFFF for letter in name)
    assert world.body(emoji)["shipTo"]["name"] == name
    assert len(world.records(note)) == 1
    assert "payload_warning" in world.cases(note)
    raw = RawBlock.objects.get(order__remote_id=note)
    assert len(str(raw.body)) > 1_000_000


def test_a_page_that_answers_500_is_asked_for_again_and_nothing_is_skipped(
    world: World,
) -> None:
    ids = world.place(150)
    world.sandbox.faults("amazon", "500", count=2, operation="searchOrders")
    world.step("pull")
    assert Order.objects.count() == 0
    for _ in range(3):
        world.later(60, "pull")
    assert set(Order.objects.values_list("remote_id", flat=True)) == set(ids)


def test_a_poisoned_record_of_shipstation_is_left_out_and_said(world: World) -> None:
    ids = world.place(12)
    world.step()
    world.sandbox.faults("shipstation", "poison", count=1, seed=3)
    for _ in range(4):
        world.later(60, "mirror")

    assert world.cases() == {"contract_broken"}
    summary = world.case("contract_broken").summary
    assert "500" in summary
    read = set(
        Order.objects.exclude(records__modify_date="").values_list(
            "remote_id", flat=True
        )
    )
    assert len(read) == len(ids) - 1
    (late,) = world.place(seed=9)
    world.later(400)
    world.later()
    assert len(world.records(late)) == 1


def test_one_bad_row_of_a_batch_is_a_case_and_the_others_are_created(
    world: World,
) -> None:
    world.sandbox.config(shipstation={"batch_model_errors": "call"})
    ids = world.place(9)
    world.step("pull", "mirror")
    bad = world.order(ids[4])
    Order.objects.filter(pk=bad.pk).update(number="X" * 60)
    world.step("push")
    world.later()

    created = set(world.by_key("shipstation", "create"))
    assert created == {f"amazon-uk:{x}" for x in ids if x != ids[4]}
    kinds = OrderException.objects.filter(order=bad).values_list("kind", flat=True)
    assert set(kinds) & {"push_refused", "order_unpushable"}
    assert world.order(ids[0]).stage == "in_shipstation"


# --- not ours, not yet ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"fulfilled_by": "AMAZON"}, "fulfilled_by_marketplace"),
        ({"programs": ["FBM_SHIP_PLUS"]}, "marketplace_label"),
        ({"programs": ["IN_STORE_PICK_UP"]}, "pick_up"),
    ],
    ids=["fba", "ship plus", "pick-up"],
)
def test_what_is_not_ours_is_imported_with_its_reason_and_never_pushed(
    world: World, options: dict[str, Any], reason: str
) -> None:
    (remote_id,) = world.place(**options)
    world.step()
    world.later()
    order = world.order(remote_id)
    assert order.stage == "not_ours"
    assert order.not_ours == reason
    assert world.ledger("shipstation", "create") == []
    assert world.cases(remote_id) == set()


def test_a_pending_order_is_pushed_once_it_is_paid(world: World) -> None:
    (remote_id,) = world.place(pending=3600, order_age=0)
    world.step()
    world.later(400)
    assert world.ledger("shipstation", "create") == []
    world.later(3600)
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"


def test_an_order_is_seen_two_minutes_after_it_changed(world: World) -> None:
    world.sandbox.config(amazon={"two_minutes": 120})
    (remote_id,) = world.place(order_age=0)
    world.step("pull")
    assert Order.objects.count() == 0
    world.later(150, "pull")
    assert world.order(remote_id).remote_id == remote_id


# --- release window -------------------------------------------------------------------


def test_pushed_on_hold_and_released_after_another_look(
    make_world: MakeWorld,
) -> None:
    world = make_world(release_window_minutes=30)
    (remote_id,) = world.place(order_age=60)
    world.step()
    assert world.record(remote_id)["orderStatus"] == "on_hold"
    world.later(600)
    assert world.record(remote_id)["orderStatus"] == "on_hold"
    assert world.order(remote_id).stage == "release"
    world.later(1300)
    world.later()
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    rows = world.by_key("shipstation", "create", "restore")
    assert [row["operation"] for row in rows[f"amazon-uk:{remote_id}"]] == [
        "create",
        "restore",
    ]


def test_cancelled_in_its_release_window_it_never_reaches_the_warehouse(
    make_world: MakeWorld,
) -> None:
    world = make_world(release_window_minutes=30)
    (remote_id,) = world.place(order_age=60)
    world.step()
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    for _ in range(3):
        world.later(1000)
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert world.ledger("shipstation", "restore") == []


def test_the_window_is_skipped_near_the_ship_by(make_world: MakeWorld) -> None:
    world = make_world(release_window_minutes=30)
    (remote_id,) = world.place(order_age=60, ship_by_hours=4)
    world.step()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
