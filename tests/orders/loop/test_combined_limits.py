"""'Confirm each' goes as far as the marketplaces allow; the rest is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.test_ebay import EbayWorld
from tests.orders.loop.test_mirakl import MiraklWorld
from tests.orders.loop.test_tiktok import TikTokWorld
from tests.orders.loop.world import World


@pytest.fixture
def ebay(make_world: MakeWorld, sandbox: Any) -> EbayWorld:
    """With 'confirm each' on Amazon and on eBay; ``make_world`` sets up the sandbox."""
    return EbayWorld(sandbox, combined="confirm_each")


def parcel(world: World, *remote_ids: str) -> str:
    """They leave in one parcel; its tracking number."""
    keys = [world.order(remote_id).order_key for remote_id in remote_ids]
    (row,) = world.sandbox.ship(keys, combine=True, carrier="dpd")
    for _ in range(2):
        world.later()
    world.later(1000)
    return str(row["trackingNumber"])


@pytest.mark.parametrize(
    ("same_buyer", "told", "cases"),
    [(True, 1, set()), (False, 0, {"combined_parcel"})],
)
def test_ebay_orders_of_one_buyer_are_told_those_of_two_are_asked_about(
    same_buyer: bool, told: int, cases: set[str], ebay: EbayWorld
) -> None:
    ids = ebay.sell(2, same_buyer=same_buyer)
    ebay.step()
    ebay.later()
    parcel(ebay, *ids)

    for remote_id in ids:
        assert len(ebay.told(remote_id)) == told
        assert ebay.cases(remote_id) == cases


@pytest.mark.parametrize(
    ("same_buyer", "told", "cases"),
    [(True, 1, set()), (False, 0, {"combined_parcel"})],
)
def test_tiktok_orders_to_one_recipient_are_told_those_to_two_are_asked_about(
    same_buyer: bool,
    told: int,
    cases: set[str],
    make_world: MakeWorld,
    sandbox: Any,
) -> None:
    assert make_world is not None  # it set up the sandbox
    world = TikTokWorld(sandbox, combined="confirm_each")
    ids = world.sell(2, same_buyer=same_buyer)
    world.step()
    world.later()
    parcel(world, *ids)

    for remote_id in ids:
        assert len(world.told(remote_id)) == told
        assert world.cases(remote_id) == cases


def test_orders_of_one_mirakl_operator_are_told_whoever_bought(
    make_world: MakeWorld, sandbox: Any
) -> None:
    assert make_world is not None  # it set up the sandbox
    sandbox.config(mirakl={"novelties": 0})
    world = MiraklWorld(sandbox, combined="confirm_each")
    ids = world.sell(2)
    world.wait(4)
    keys = [world.order(remote_id).order_key for remote_id in ids]
    world.sandbox.ship(keys, combine=True, carrier="royal_mail")
    world.wait(3)

    for remote_id in ids:
        assert len(world.told(remote_id)) == 1
        assert world.cases(remote_id) == set()


def test_a_parcel_of_two_marketplaces_is_never_told_by_the_rule_alone(
    ebay: EbayWorld,
) -> None:
    (amazon,) = ebay.place()
    shop = ebay.sold()
    tracking = parcel(ebay, amazon, shop)

    assert ebay.confirms(amazon) + ebay.told(shop) == []
    for remote_id in (amazon, shop):
        case = ebay.case("combined_parcel", remote_id)
        assert "orders of several marketplaces" in case.summary
        ebay.decide("combined_parcel", remote_id, "confirm")
    ebay.later()
    ebay.later(1000)

    told = [*ebay.confirms(amazon), *ebay.told(shop)]
    assert [row["trackingNumber"] for row in told] == [tracking] * 2
