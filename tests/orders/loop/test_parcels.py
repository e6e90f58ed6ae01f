"""Parcels of every shape: each is told to Amazon once, by line, with its own number."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from orders.models import Dispatch, Rung, Shipment
from shipsync_site.lib import clock
from stores.models import CarrierMapping
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World


def units(confirm: dict[str, dict[str, int]]) -> int:
    return sum(confirm["items"].values())


def wanted(world: World, remote_id: str) -> dict[str, int]:
    lines = world.order(remote_id).lines.all()
    return {line.remote_id: line.quantity for line in lines}


def keys(world: World, *remote_ids: str) -> list[str]:
    return [world.order(remote_id).order_key for remote_id in remote_ids]


# --- combined, split, partial ---------------------------------------------------------


def test_each_order_of_a_combined_parcel_is_confirmed_by_its_own_lines(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    first, second = world.live(2, same_buyer=True)
    (parcel,) = world.sandbox.ship(keys(world, first, second), combine=True)
    for _ in range(3):
        world.later()

    for remote_id in (first, second):
        (confirm,) = world.confirms(remote_id)
        assert confirm["trackingNumber"] == parcel["trackingNumber"]
        assert confirm["items"] == wanted(world, remote_id)
        assert world.cases(remote_id) == set()


def test_goods_that_left_a_combine_by_a_split_are_told_with_their_own_parcel(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    first, second = world.live(2, same_buyer=True, lines=1)
    chosen = keys(world, first, second)
    world.sandbox.manual(order_keys=chosen, action="combine")
    world.later(60)
    # The last line goes into a part of its own: the second order's only one.
    shipped = world.sandbox.ship(chosen[:1], split=True, carrier="dpd")
    for _ in range(3):
        world.later()

    told = {
        remote_id: [row["trackingNumber"] for row in world.confirms(remote_id)]
        for remote_id in (first, second)
    }
    numbers = [row["trackingNumber"] for row in shipped]
    assert told == {first: numbers[:1], second: numbers[1:]}


def test_a_part_with_another_orders_goods_alone_is_not_told_for_the_first(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    first, second = world.live(2, same_buyer=True, lines=1)
    chosen = keys(world, first, second)
    world.sandbox.manual(order_keys=chosen, action="combine")
    shipped = world.sandbox.ship(chosen[:1], split=True, carrier="dpd")
    world.sandbox.void(shipped[0]["trackingNumber"])
    for _ in range(3):
        world.later()

    assert world.confirms(first) == []
    (confirm,) = world.confirms(second)
    assert confirm["trackingNumber"] == shipped[1]["trackingNumber"]


def test_by_default_a_combined_parcel_waits_for_a_person(world: World) -> None:
    first, second = world.live(2, same_buyer=True)
    world.sandbox.ship(keys(world, first, second), combine=True)
    for _ in range(2):
        world.later()
    for remote_id in (first, second):
        assert world.cases(remote_id) == {"combined_parcel"}
        assert world.confirms(remote_id) == []

    world.decide("combined_parcel", second, "confirm")
    world.later()
    assert world.confirms(first) == []
    (confirm,) = world.confirms(second)
    assert confirm["items"] == wanted(world, second)


def test_a_cancelled_order_in_a_combine_stops_the_whole_parcel(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    first, second = world.live(2, same_buyer=True)
    world.sandbox.manual(order_keys=keys(world, first, second), action="combine")
    world.later()
    world.later()
    world.sandbox.cancel("amazon", second, "cancelled")
    for _ in range(2):
        world.later()

    open_records = [
        row
        for row in world.sandbox.orders_view("shipstation")
        if row["orderStatus"] == "awaiting_shipment"
    ]
    assert open_records == []
    assert "cancelled_in_combined" in world.cases(second)


def test_a_split_order_is_confirmed_part_by_part(world: World) -> None:
    (remote_id,) = world.live(quantity=4, lines=1)
    parcels = world.sandbox.ship(split=True)
    for _ in range(2):
        world.later()

    confirms = world.confirms(remote_id)
    assert [row["packageReferenceId"] for row in confirms] == ["1", "2"]
    assert {row["trackingNumber"] for row in confirms} == {
        parcel["trackingNumber"] for parcel in parcels
    }
    assert [units(row) for row in confirms] == [2, 2]
    assert world.market(remote_id)["status"] == "SHIPPED"


def test_a_part_is_confirmed_now_and_the_rest_when_it_leaves(world: World) -> None:
    (remote_id,) = world.live(quantity=5, lines=1)
    world.sandbox.ship(quantity=2)
    world.later()
    world.later()
    assert [units(row) for row in world.confirms(remote_id)] == [2]
    assert world.market(remote_id)["status"] == "PARTIALLY_SHIPPED"
    assert world.order(remote_id).closed_at is None

    world.sandbox.ship()
    world.later()
    world.later(1000)
    assert [units(row) for row in world.confirms(remote_id)] == [2, 3]
    assert world.order(remote_id).stage == "done"


# --- voids and new labels -------------------------------------------------------------


def test_a_label_that_was_voided_before_it_was_told_is_never_told(
    make_world: MakeWorld,
) -> None:
    world = make_world(confirm_timing="hours_after", confirm_hours=6)
    (remote_id,) = world.live()
    (parcel,) = world.sandbox.ship()
    world.later()
    world.sandbox.void(parcel["trackingNumber"])
    world.later(300)
    world.later(8 * 3600)
    assert world.confirms(remote_id) == []
    assert Dispatch.objects.get().rung == Rung.WITHDRAWN

    (again,) = world.sandbox.ship()
    world.later(300)
    world.later(8 * 3600)
    (confirm,) = world.confirms(remote_id)
    assert confirm["trackingNumber"] == again["trackingNumber"]


def test_a_label_voided_after_it_was_told_is_a_case_until_a_new_one_corrects_it(
    world: World,
) -> None:
    (remote_id,) = world.live()
    (parcel,) = world.sandbox.ship()
    world.later()
    assert len(world.confirms(remote_id)) == 1
    world.sandbox.void(parcel["trackingNumber"])
    world.later(300)
    assert world.cases(remote_id) == {"voided_after_confirm"}

    (again,) = world.sandbox.ship()
    world.later(300)
    first, second = world.confirms(remote_id)
    assert second["trackingNumber"] == again["trackingNumber"]
    assert (second["packageReferenceId"], second["edit"]) == ("1", True)
    assert world.cases(remote_id) == set()
    assert first["items"] == second["items"]


def test_a_relabelled_parcel_corrects_the_same_package(world: World) -> None:
    (remote_id,) = world.live()
    (parcel,) = world.sandbox.ship()
    world.later()
    again = world.sandbox.relabel(parcel["trackingNumber"], carrier="dpd")
    world.later(300)
    world.later(1000)

    confirms = world.confirms(remote_id)
    assert [row["packageReferenceId"] for row in confirms] == ["1", "1"]
    assert confirms[1]["trackingNumber"] == again["trackingNumber"]
    assert confirms[1]["carrierCode"] == "DPD"
    (package,) = world.market(remote_id)["packages"]
    assert package["tracking"] == again["trackingNumber"]
    assert world.order(remote_id).stage == "done"


# --- what kind of parcel --------------------------------------------------------------


def test_marked_as_shipped_by_hand_is_imported_and_confirmed(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(fulfillment=True, carrier="dpd", tracking="15501234567890")
    for _ in range(2):
        world.later()

    (confirm,) = world.confirms(remote_id)
    assert confirm["trackingNumber"] == "15501234567890"
    assert confirm["carrierCode"] == "DPD"
    assert Shipment.objects.get().source == "fulfillment"


def test_marked_as_shipped_without_a_number_is_a_case(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(fulfillment=True, carrier="dpd")
    for _ in range(2):
        world.later()
    assert world.cases(remote_id) == {"tracking_missing"}
    assert world.confirms(remote_id) == []


def test_return_and_test_labels_are_kept_and_never_confirmed(world: World) -> None:
    returned, tested = world.live(2)
    world.sandbox.ship(keys(world, returned), return_label=True)
    world.sandbox.ship(keys(world, tested), test_label=True)
    for _ in range(2):
        world.later()

    assert world.ledger("amazon", "confirm") == []
    assert Shipment.objects.filter(is_return=True).count() == 1
    assert Dispatch.objects.count() == 0


# --- carriers -------------------------------------------------------------------------


def test_an_unmapped_carrier_is_a_case_and_a_mapping_ends_it_by_itself(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="evri", tracking="H01HYA0012345678")
    world.later()
    assert world.cases(remote_id) == {"carrier_unmapped"}
    assert world.confirms(remote_id) == []

    CarrierMapping.objects.create(
        marketplace="amazon",
        shipstation_carrier="evri",
        carrier_code="Hermes UK",
        carrier_name="Hermes UK",
    )
    world.later(6 * 3600 + 100)
    world.later()
    (confirm,) = world.confirms(remote_id)
    assert confirm["carrierCode"] == "Hermes UK"
    assert world.cases(remote_id) == set()


def test_a_carrier_that_amazon_refuses_is_a_case_with_its_words_and_not_repeated(
    world: World,
) -> None:
    CarrierMapping.objects.filter(shipstation_carrier="dpd").update(
        carrier_code="DPD UK"
    )
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="dpd")
    world.later()
    for _ in range(3):
        world.later(3600)
    assert world.cases(remote_id) == {"confirm_refused"}
    assert "DPD UK" in world.case("confirm_refused", remote_id).summary
    assert len(world.ledger("amazon", "confirm_refused")) == 1

    CarrierMapping.objects.filter(shipstation_carrier="dpd").update(carrier_code="DPD")
    world.later(6 * 3600 + 100)
    world.later()
    assert len(world.confirms(remote_id)) == 1
    assert world.cases(remote_id) == set()


def test_a_carrier_not_approved_for_parcels_into_the_eu_is_a_case(
    world: World,
) -> None:
    (remote_id,) = world.live(marketplace="DE", sku="MUG-BLUE", quantity=1, lines=1)
    CarrierMapping.objects.create(
        marketplace="amazon", shipstation_carrier="evri", carrier_code="Hermes UK"
    )
    world.sandbox.ship(carrier="evri", tracking="H01HYA0012345678")
    world.later()
    world.later()
    assert world.cases(remote_id) >= {"carrier_not_eligible"}
    assert world.calls("confirmShipment") == 0
    world.decide("carrier_not_eligible", remote_id, "confirm")
    world.later()
    case = world.case("confirm_refused", remote_id)
    assert case.context["field"] == "carrierCode"
    assert "not approved" in case.summary


# --- when -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "wait", "ship"),
    [
        ({"confirm_timing": "at_label"}, 0, {}),
        ({"confirm_timing": "hours_after", "confirm_hours": 5}, 5 * 3600, {}),
    ],
    ids=["at label", "5 hours after"],
)
def test_a_parcel_is_told_when_the_store_wants_it(
    make_world: MakeWorld, rules: dict[str, object], wait: int, ship: dict[str, object]
) -> None:
    world = make_world(**rules)
    (remote_id,) = world.live()
    world.sandbox.ship(**ship)
    labelled = clock.now()
    world.later()
    if wait:
        world.later(wait - 600)
        assert world.confirms(remote_id) == []
        world.later(700)
    (confirm,) = world.confirms(remote_id)
    told = datetime.fromisoformat(confirm["time"])
    assert told - labelled >= timedelta(seconds=wait)


def test_told_on_the_ship_date_of_the_label(make_world: MakeWorld) -> None:
    world = make_world(confirm_timing="ship_date")
    (remote_id,) = world.live(ship_by_hours=96)
    world.sandbox.ship(ship_date=world.today(2))
    world.later()
    assert world.confirms(remote_id) == []
    world.later(48 * 3600)
    world.later()
    (confirm,) = world.confirms(remote_id)
    assert confirm["time"][:10] >= world.order(remote_id).ordered_at.isoformat()[:10]


@pytest.mark.parametrize(
    "rules",
    [
        {"confirm_timing": "hours_after", "confirm_hours": 160},
        {"confirm_timing": "ship_date"},
    ],
    ids=["hours", "ship date"],
)
def test_never_told_later_than_its_ship_by(
    make_world: MakeWorld, rules: dict[str, object]
) -> None:
    world = make_world(**rules)
    (remote_id,) = world.live(ship_by_hours=48)
    world.sandbox.ship(ship_date=world.today(5))
    world.later()
    assert world.confirms(remote_id) == []
    ship_by = world.order(remote_id).ship_by
    assert ship_by is not None
    world.forward((ship_by - clock.now()).total_seconds() - 3500)
    world.step()

    (confirm,) = world.confirms(remote_id)
    assert datetime.fromisoformat(confirm["time"]) < ship_by


# --- evidence -------------------------------------------------------------------------


def test_read_back_by_the_list_of_shipped_orders(world: World) -> None:
    ids = world.live(3)
    world.sandbox.ship()
    world.later()
    last = world.last_call()
    world.later(1000, "read_back")

    assert world.calls("getOrder", after=last) == 0
    assert {world.order(remote_id).stage for remote_id in ids} == {"done"}


def test_a_straggler_that_the_list_misses_is_read_by_itself(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship()
    world.later(90, "dispatches", "confirm")
    assert world.order(remote_id).stage == "confirmed"
    last = world.last_call()
    world.forward(1900)
    world.step("confirm")
    assert world.calls("getOrder", after=last) == 1
    assert world.order(remote_id).stage == "done"


def test_accepted_but_dropped_is_a_case(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.config(amazon={"confirm_mode": "dropped"})
    world.sandbox.ship()
    world.later()
    assert Dispatch.objects.get().rung == Rung.ACCEPTED
    for _ in range(3):
        world.later(3000)

    assert world.confirms(remote_id) == []
    assert world.cases(remote_id) == {"confirm_not_honoured"}
