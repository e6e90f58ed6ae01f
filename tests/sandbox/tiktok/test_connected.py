"""ShipStation's own connection to a TikTok shop, against the peers of this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stores.sandbox.core import LEDGER
from stores.sandbox.tiktok.accounts import SHOP_ID
from tests.sandbox.conftest import StillClock
from tests.sandbox.test_shipstation_connections import Shop


@pytest.fixture
def shop(still_clock: StillClock) -> Iterator[Shop]:
    yield Shop(still_clock, "tiktok")
    LEDGER.clear()


def test_a_held_order_is_imported_when_its_hour_is_over(shop: Shop) -> None:
    (order_id,) = shop.sell(order_age=0)

    held = shop.later()
    (row,) = shop.later(3600)

    assert held == []
    assert row["orderNumber"] == order_id
    assert row["shipTo"]["country"] == "GB"


def test_the_shop_is_told_with_the_label(shop: Shop) -> None:
    (order_id,) = shop.sell(on_hold=False, quantity=2)
    (row,) = shop.later()

    shop.api.control("ship", order_ids=[row["orderId"]], carrier="royal_mail")
    shop.orders()

    (told,) = shop.told()
    assert (told["key"], told["provider"]) == (order_id, "Royal Mail")
    (view,) = shop.channel.orders_view()
    assert view["status"] == "AWAITING_COLLECTION"
    assert set(told["items"]) == {line["line_id"] for line in view["lines"]}


def test_what_tiktok_refuses_shows_at_shipstation(shop: Shop) -> None:
    (order_id,) = shop.sell(on_hold=False)
    (row,) = shop.later()
    shop.channel.cancel({"order_id": order_id, "how": "request"})

    shop.api.control("ship", order_ids=[row["orderId"]])
    shop.orders()

    assert shop.told() == []
    (label,) = shop.api.get("shipments")["shipments"]
    assert label["marketplaceNotified"] is False


def test_platform_orders_and_other_shops_stay_out(shop: Shop) -> None:
    shop.connect(seller_id=SHOP_ID, marketplace="GB")
    (own,) = shop.sell(on_hold=False)
    shop.sell(on_hold=False, kind="TIKTOK_SHIPPING", seed=2)
    other = {"open_id": "other", "shops": [{"id": "7490000000000000099"}]}
    shop.channel.configure({"sellers": [other]})
    shop.sell(on_hold=False, shop_id="7490000000000000099", seed=3)

    rows = shop.later()

    assert [row["orderNumber"] for row in rows] == [own]
