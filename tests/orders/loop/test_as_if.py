"""What a case's page says a decision would send is what it sends: by the ledger."""

from __future__ import annotations

from typing import Any

from orders.as_if import Outlook, outlook
from orders.as_if_calls import confirmation_as_if
from orders.facts_parcels import CarrierChoice
from orders.models import Dispatch, Order, OrderEvent, OrderException, SyncJob
from orders.store_cases import resolutions_for
from orders.triage import resolve
from shipsync_site.lib.digest import json_digest
from stores.models import CarrierMapping
from tests.orders.loop.world import World, staff


def asked(world: World) -> str:
    """An order in ShipStation whose buyer asks to cancel: held there, and decided."""
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.later()
    assert world.record(remote_id)["orderStatus"] == "on_hold"
    return remote_id


def shown(case: OrderException, code: str, choice: str = "") -> Outlook:
    (way,) = [way for way in resolutions_for(case) if way.code == code]
    found = outlook(case, way, choice=choice)
    assert found is not None
    return found


def written(world: World, after: int) -> list[Any]:
    rows = world.sandbox.ledger("shipstation", after)
    return [row["body_digest"] for row in rows if row["body_digest"]]


def last(world: World) -> int:
    return int(world.sandbox.ledger()[-1]["sequence"])


def test_ship_anyway_sends_the_body_that_was_shown(world: World) -> None:
    remote_id = asked(world)
    case, before = world.case("cancel_requested", remote_id), last(world)
    found = shown(case, "ship_anyway")
    assert [call.path for call in found.calls] == ["POST /orders/createorders"]
    assert found.calls[0].body["orderStatus"] == "awaiting_shipment"

    resolve(case, "ship_anyway", staff(), "She phoned", case.version)
    world.later()

    assert written(world, before) == [json_digest(found.calls[0].raw)]


def test_a_cancellation_shows_both_sides_in_their_order(world: World) -> None:
    remote_id = asked(world)
    case, before = world.case("cancel_requested", remote_id), last(world)
    found = shown(case, "cancel_market", "BuyerCanceled")
    here, there, look = found.calls
    assert (here.system, here.body["orderStatus"]) == ("shipstation", "cancelled")
    assert (there.system, there.body["accept"]) == ("amazon", True)
    assert there.body["reason"] == "BuyerCanceled"
    assert there.note
    assert look.text == "Read the order"

    resolve(case, "cancel_market", staff(), "", case.version, choice="BuyerCanceled")
    world.later()

    assert json_digest(here.raw) in written(world, before)
    assert len(world.ledger("amazon", "feed_created")) == 1


def test_a_word_alone_sends_nothing_and_says_what_is_left(world: World) -> None:
    remote_id = asked(world)
    world.decide("cancel_requested", remote_id, "cancel")
    world.later()
    case = world.case("answer_cancellation", remote_id)
    found = shown(case, "done_by_hand")

    assert found.calls == ()
    assert found.cases == ()


def test_a_carriers_code_shows_the_confirmation_that_goes_out(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship(carrier="snail_mail")
    world.later()
    assert world.cases(remote_id) == {"carrier_unmapped"}
    dispatch = Dispatch.objects.get(order__remote_id=remote_id)
    choice = CarrierChoice(code="Other", name="Snail Mail", service="")
    call, problem = confirmation_as_if(dispatch, choice)
    assert problem == ""
    assert call is not None

    CarrierMapping.objects.create(
        marketplace="amazon",
        shipstation_carrier="snail_mail",
        carrier_code="Other",
        carrier_name="Snail Mail",
    )
    Order.objects.update(next_look_at=None)
    world.decide("carrier_unmapped", remote_id, "retry")
    world.later()

    (told,) = world.confirms(remote_id)
    detail = call.raw["packageDetail"]
    assert told["carrierCode"] == detail["carrierCode"]
    assert told["trackingNumber"] == detail["trackingNumber"]


def test_looking_ahead_changes_nothing(world: World) -> None:
    remote_id = asked(world)
    case = world.case("cancel_requested", remote_id)
    rows = [
        list(model.objects.order_by("pk").values())
        for model in (Order, OrderException, OrderEvent, SyncJob)
    ]
    for code in ("cancel", "cancel_market", "ship_anyway"):
        shown(case, code)

    assert rows == [
        list(model.objects.order_by("pk").values())
        for model in (Order, OrderException, OrderEvent, SyncJob)
    ]
