"""A person's word on a cancellation goes to the marketplace, and comes back as a fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orders.models import OrderException, ShipStationOrder
from orders.triage import InvalidActError, resolve
from tests.orders.loop.test_ebay import EbayWorld
from tests.orders.loop.world import World, staff
from tests.sandbox_server import SandboxServer

MINUTE = 60.0


@pytest.fixture
def shop(
    make_world: Callable[..., World], sandbox: SandboxServer
) -> Callable[..., EbayWorld]:
    """The merchant with a store on eBay as well, on the sandbox that is running."""
    return lambda **rules: EbayWorld(sandbox, **rules)


def cancel_there(world: World, remote_id: str, reason: str) -> None:
    """Somebody has the marketplace cancel it, for a reason of its list."""
    case = world.case("cancel_requested", remote_id)
    resolve(case, "cancel_market", staff(), "", case.version, choice=reason)


def held(world: World, remote_id: str) -> bool:
    return ShipStationOrder.objects.filter(
        order__remote_id=remote_id, status="on_hold"
    ).exists()


def minutes(world: World, count: int) -> None:
    for _minute in range(count):
        world.later(MINUTE)


def test_amazon_is_told_by_one_feed_and_shows_it_as_cancelled(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    assert world.cases(remote_id) == {"cancel_requested"}

    cancel_there(world, remote_id, "BuyerCanceled")
    minutes(world, 6)

    assert world.market(remote_id)["status"] == "CANCELLED"
    (cancelled,) = world.by_key("amazon", "cancelled")[remote_id]
    assert cancelled["by"] == "MERCHANT"
    assert len(world.ledger("amazon", "feed_created")) == 1
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert world.cases(remote_id) == set()


def test_a_feed_that_amazon_refuses_is_a_case_with_its_words(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.sandbox.faults("amazon", "feed_fatal", 1.0, count=1)

    cancel_there(world, remote_id, "BuyerCanceled")
    minutes(world, 6)

    assert world.market(remote_id)["status"] == "UNSHIPPED"
    case = OrderException.objects.get(kind="answer_refused", state="open")
    assert "Manage Orders" in str(case.summary) + str(case.context)


def test_ebay_is_told_yes_with_a_signature(shop: Callable[..., Any]) -> None:
    world = shop()
    remote_id = world.sold()
    world.sandbox.cancel("ebay", remote_id, "request")
    world.later(150)
    assert world.cases(remote_id) == {"cancel_requested"}

    cancel_there(world, remote_id, "BUYER_ASKED_CANCEL")
    minutes(world, 4)

    assert world.shown(remote_id)["cancel"] == "CANCELED"
    assert len(world.ledger("ebay", "signing_key")) == 1
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert world.cases(remote_id) == set()


def test_ebay_is_told_no_and_the_order_goes_on(shop: Callable[..., Any]) -> None:
    world = shop()
    remote_id = world.sold()
    world.sandbox.cancel("ebay", remote_id, "request")
    world.later(150)
    assert held(world, remote_id)

    world.decide("cancel_requested", remote_id, "reject_request")
    minutes(world, 4)

    assert world.shown(remote_id)["cancel"] == "NONE_REQUESTED"
    assert remote_id in world.by_key("ebay", "rejected")
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert world.cases(remote_id) == set()


def test_amazon_can_not_be_told_no(world: World) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()

    with pytest.raises(InvalidActError):
        world.decide("cancel_requested", remote_id, "reject_request")

    minutes(world, 2)
    assert world.cases(remote_id) == {"cancel_requested"}
