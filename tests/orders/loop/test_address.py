"""A corrected address, the whole way: what ShipStation got is the witness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User

from orders import address_views, correcting
from orders.correcting import Correction
from orders.models import Order, OrderBuyer
from orders.payload_facts import address_of
from tests.orders.loop.world import World, staff

DOUBTED = {"addresses": {"LS1 4AB": "failed"}}


def correct(world: World, remote_id: str, kind: str = "", **fields: Any) -> User:
    """Somebody corrects these fields of an order's address, from its case."""
    person = User.objects.filter(is_superuser=True).first() or staff()
    order = world.order(remote_id)
    buyer = OrderBuyer.objects.get(order=order)
    case = world.case(kind, remote_id) if kind else None
    correcting.correct(
        order,
        Correction(
            address=replace(address_of(buyer), **fields),
            reason="the buyer's message",
            base=correcting.base_of(buyer),
        ),
        person,
        case=case,
        version=case.version if case else 0,
    )
    return person


def progress(world: World, remote_id: str) -> str:
    """What the screen says of the correction."""
    order = Order.objects.select_related("buyer", "store").get(remote_id=remote_id)
    found = address_views.progress(order, order.buyer)
    return found.text if found else ""


def test_a_doubted_address_is_corrected_and_verified(world: World) -> None:
    world.sandbox.config(shipstation=DOUBTED)
    (remote_id,) = world.live()
    world.sandbox.address("amazon", remote_id, postalCode="LS1 4AB")
    world.later(200)
    world.later(400)
    assert world.cases(remote_id) == {"address_not_verified"}

    correct(world, remote_id, "address_not_verified", postcode="LS1 4DY")
    assert progress(world, remote_id) == "Waits to be written to ShipStation."
    world.step("push")
    assert world.body(remote_id)["shipTo"]["postalCode"] == "LS1 4DY"
    assert progress(world, remote_id) == "Written to ShipStation; being read back."
    world.later()

    assert world.cases(remote_id) == set()
    assert progress(world, remote_id) == "Read back from ShipStation and verified."


def test_an_incomplete_address_is_corrected_and_pushed(world: World) -> None:
    (remote_id,) = world.place(variant="missing_postcode")
    world.step()
    assert world.cases(remote_id) == {"address_incomplete"}

    correct(world, remote_id, "address_incomplete", postcode="LS1 4DY")
    world.later()

    assert world.cases(remote_id) == set()
    assert world.body(remote_id)["shipTo"]["postalCode"] == "LS1 4DY"


def test_a_pull_never_overwrites_it_and_a_third_address_is_asked_about(
    world: World,
) -> None:
    (remote_id,) = world.live()
    correct(world, remote_id, line1="7 Right Street")
    world.later()

    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later(400)

    assert world.cases(remote_id) == {"address_contradicted"}
    assert world.body(remote_id)["shipTo"]["street1"] == "7 Right Street"
    order = Order.objects.select_related("buyer", "store__remote_account").get(
        remote_id=remote_id
    )
    streets = {
        source.label: source.fields["line1"]
        for source in address_views.sources(order, order.buyer)
    }
    before = streets.pop("Amazon, before")
    assert before not in ("7 Right Street", "9 New Street")
    assert streets == {
        "Amazon, now": "9 New Street",
        "Corrected by mia": "7 Right Street",
        "ShipStation": "7 Right Street",
    }


def test_the_marketplace_address_is_taken_back_on_a_persons_word(world: World) -> None:
    (remote_id,) = world.live()
    correct(world, remote_id, line1="7 Right Street")
    world.later()
    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later(400)

    world.decide("address_contradicted", remote_id, "market_address")
    world.later()

    assert world.cases(remote_id) == set()
    assert world.body(remote_id)["shipTo"]["street1"] == "9 New Street"
    assert progress(world, remote_id) == ""


def test_a_kept_correction_is_not_asked_about_again(world: World) -> None:
    (remote_id,) = world.live()
    correct(world, remote_id, line1="7 Right Street")
    world.sandbox.address("amazon", remote_id, addressLine1="9 New Street")
    world.later(400)

    world.decide("address_contradicted", remote_id, "keep_ours")
    world.later(400)

    assert world.cases(remote_id) == set()
    assert world.body(remote_id)["shipTo"]["street1"] == "7 Right Street"

    world.sandbox.address("amazon", remote_id, addressLine1="11 Other Street")
    world.later(400)
    assert world.cases(remote_id) == {"address_contradicted"}


def test_after_the_label_the_wanted_address_is_kept_and_said(world: World) -> None:
    (remote_id,) = world.live()
    (parcel,) = world.sandbox.ship(carrier="dpd")
    world.step("mirror", "dispatches")

    correct(world, remote_id, line1="7 Right Street")

    assert "change_locked" in world.cases(remote_id)
    case = world.case("change_locked", remote_id)
    assert case.summary == ("The address was corrected here after the label was bought")
    assert progress(world, remote_id).startswith("Not in ShipStation: the order is")
    assert world.body(remote_id)["shipTo"]["street1"] != "7 Right Street"

    world.sandbox.void(parcel["trackingNumber"])
    world.later(200)
    world.later(200)
    assert world.body(remote_id)["shipTo"]["street1"] == "7 Right Street"
