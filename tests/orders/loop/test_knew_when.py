"""Who knew when, as it really came to pass: alone, and inside a combined order."""

from __future__ import annotations

from orders.knew_when import Moment
from orders.knew_when_rows import moments_of, text_of
from orders.models import MergeLink, ShipStationOrder
from orders.triage import resolve
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World, staff


def moments(world: World, remote_id: str) -> dict[str, Moment]:
    return {moment.code: moment for moment in moments_of(world.order(remote_id))}


def test_a_late_request_is_told_from_the_word_to_the_answer(world: World) -> None:
    (remote_id,) = world.live()
    assert moments(world, remote_id) == {}
    world.sandbox.cancel("amazon", remote_id, "request")
    for _look in range(3):
        world.later()
    case = world.case("cancel_requested", remote_id)
    resolve(case, "cancel_market", staff(), "", case.version, choice="BuyerCanceled")
    for _minute in range(6):
        world.later(60)

    found = moments_of(world.order(remote_id))
    assert [moment.code for moment in found if moment.at is not None] == [
        "said",
        "heard",
        "wanted",
        "sent",
        "confirmed",
        "decided",
        "answered",
        "ended",
    ]
    by_code = {moment.code: moment for moment in found}
    assert by_code["label"].text.startswith("None known; all labels up to")
    assert by_code["sent"].text.startswith("To ShipStation order")
    assert by_code["decided"].text == "Cancel it at the marketplace, by mia"
    confirmed, heard = by_code["confirmed"].at, by_code["heard"].at
    assert confirmed is not None
    assert heard is not None
    assert (confirmed - heard).total_seconds() <= 3 * 90
    assert "who knew when" in text_of(world.order(remote_id), found)


def test_in_a_combined_order_the_primary_is_held_and_read(
    make_world: MakeWorld,
) -> None:
    world = make_world(combined="confirm_each")
    first, second = world.live(2, same_buyer=True)
    keys = [world.order(remote_id).order_key for remote_id in (first, second)]
    world.sandbox.manual(order_keys=keys, action="combine")
    world.later(60)
    link = MergeLink.objects.get()
    record = ShipStationOrder.objects.get(ss_order_id=link.absorbed_id)
    assert record.order is not None
    absorbed, primary_id = record.order.remote_id, link.primary_id
    world.sandbox.cancel("amazon", absorbed, "request")
    for _look in range(3):
        world.later()

    found = moments(world, absorbed)
    assert found["sent"].text == (
        f"To ShipStation order {primary_id}, into which it was combined"
    )
    assert f"ShipStation order {primary_id} read: on hold" in found["confirmed"].text
    assert found["confirmed"].at is not None
