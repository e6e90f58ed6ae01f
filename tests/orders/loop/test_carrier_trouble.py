"""A carrier in trouble, the whole way: orders get another service, as the ledger shows."""

from __future__ import annotations

from orders import service_change
from orders.carrier_trouble import KIND, watch
from orders.models import CaseState, OrderException
from stores.models import WarehouseCalendar
from tests.orders.loop.world import World, staff

DPD = "dpd:dpd_next_day"


def test_orders_of_a_carrier_in_trouble_get_another_service(world: World) -> None:
    WarehouseCalendar.objects.create(watch_minutes=30, watch_orders=2)
    stuck = world.live(3, ship_by_hours=20)
    for remote_id in stuck:
        world.sandbox.manual(
            remote_id,
            action="edit",
            carrier="royal_mail",
            service="royal_mail_tracked_24",
            weight=410,
        )
    (other,) = world.live(ship_by_hours=20)
    world.later(2000)
    world.sandbox.ship(
        order_keys=[world.order(other).order_key],
        carrier="dpd",
        service="dpd_next_day",
    )
    world.later()
    assert watch() == 1
    case = OrderException.objects.get(kind=KIND)
    assert case.context["orders"] == 3

    chosen = [world.order(remote_id).pk for remote_id in stuck[:2]]
    assert (
        service_change.change(
            case, world.shipstation, chosen, DPD, "Royal Mail's site is down", staff()
        )
        == 2
    )
    written = len(world.ledger("shipstation", "update"))
    world.step("push")

    assert len(world.ledger("shipstation", "update")) == written + 2
    for remote_id in stuck[:2]:
        body = world.body(remote_id)
        assert (body["carrierCode"], body["serviceCode"]) == ("dpd", "dpd_next_day")
        assert body["weight"]["value"] == 410, "the warehouse's own stays"
    assert world.body(stuck[2])["carrierCode"] == "royal_mail"
    world.later()
    assert [row.text for row in service_change.results(case)] == [
        "written, and read back from ShipStation"
    ] * 2
    watch()
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED, "one order is no trouble"

    # The warehouse's from now on: a change of the buyer's writes the rest alone.
    world.sandbox.manual(stuck[0], action="edit", carrier="royal_mail")
    world.sandbox.address("amazon", stuck[0], postalCode="LS1 4AB")
    world.later(400)
    world.later()
    body = world.body(stuck[0])
    assert body["shipTo"]["postalCode"] == "LS1 4AB"
    assert body["carrierCode"] == "royal_mail"
