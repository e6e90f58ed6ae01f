"""ShipStation's own store connections, against the peers of this process."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from stores.sandbox.core import LEDGER, PEERS
from tests.sandbox.conftest import Api, StillClock

STORE = 20002


class Shop:
    """An account of ShipStation with one store that is connected to a marketplace."""

    def __init__(self, clock: StillClock, channel: str = "amazon") -> None:
        importlib.import_module(f"stores.sandbox.{channel}")
        self.clock, self.channel = clock, PEERS[channel]
        self.channel.reset(0)
        self.api = Api()
        self.connect()

    def connect(self, notify: dict[str, Any] | None = None, **settings: Any) -> None:
        connection = {"peer": self.channel.code, **settings}
        store = {"storeId": STORE, "marketplaceId": 2, "connection": connection}
        if notify is not None:
            store["notify"] = notify
        self.api.peer.configure(
            {"accounts": [{"key": "demo-key", "limit": 10_000, "stores": [store]}]}
        )

    def sell(self, count: int = 1, **options: Any) -> list[str]:
        options.setdefault("order_age", 600)
        return self.channel.place_orders({"count": count, **options})

    def later(self, seconds: float = 301) -> list[dict[str, Any]]:
        self.clock.advance(seconds)
        return self.orders()

    def orders(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.api.get("orders")["orders"]
        return rows

    def told(self) -> list[dict[str, Any]]:
        rows = LEDGER.rows(peer=self.channel.code)
        return [row for row in rows if row["operation"] == "told_by_shipstation"]


@pytest.fixture
def shop(still_clock: StillClock) -> Iterator[Shop]:
    yield Shop(still_clock)
    LEDGER.clear()


def test_a_refresh_imports_open_orders_once_with_keys_of_its_own(shop: Shop) -> None:
    (order_id,) = shop.sell()

    (row,) = shop.later()

    assert row["orderNumber"] == order_id
    assert row["orderKey"] != order_id
    assert row["advancedOptions"]["storeId"] == STORE
    assert all(item["lineItemKey"] for item in row["items"])
    assert len(shop.later()) == 1


def test_nothing_is_imported_before_the_refresh_is_due(shop: Shop) -> None:
    shop.orders()
    shop.sell()

    assert shop.later(100) == []
    assert len(shop.later(201)) == 1


def test_a_refresh_that_is_asked_for_imports_at_once(shop: Shop) -> None:
    shop.orders()
    shop.sell()

    shop.api.post("stores/refreshstore", {}, storeId=STORE)

    assert len(shop.orders()) == 1


def test_numbers_of_its_own_and_no_line_ids(shop: Shop) -> None:
    shop.connect(numbers="own", line_ids=False)
    (order_id,) = shop.sell()

    (row,) = shop.later()

    assert row["orderNumber"] != order_id
    assert {item["lineItemKey"] for item in row["items"]} == {None}


def test_some_orders_never_come_and_some_come_twice(shop: Shop) -> None:
    shop.connect(skip=1, twice=1)
    _skipped, doubled = shop.sell(2)

    rows = shop.later()

    assert [row["orderNumber"] for row in rows] == [doubled, doubled]
    assert len({row["orderKey"] for row in rows}) == 2


@pytest.mark.parametrize(("setting", "shown"), [("lost", False), ("field", True)])
def test_a_tax_number_is_lost_unless_a_rule_writes_it(
    shop: Shop, setting: str, shown: bool
) -> None:
    shop.connect(tax=setting)
    shop.sell(country="DE", marketplace="DE", ioss=True)

    (row,) = shop.later()

    assert bool(row["advancedOptions"]["customField1"]) is shown


@pytest.mark.parametrize(
    ("cancels", "status"), [(True, "cancelled"), (False, "awaiting_shipment")]
)
def test_a_cancellation_may_come_with_a_refresh(
    shop: Shop, cancels: bool, status: str
) -> None:
    shop.connect(cancels=cancels)
    (order_id,) = shop.sell()
    shop.later()

    shop.channel.cancel({"order_id": order_id, "how": "cancelled"})

    (row,) = shop.later()
    assert row["orderStatus"] == status


def test_the_channel_is_told_with_the_label(shop: Shop) -> None:
    (order_id,) = shop.sell()
    shop.later()

    shop.api.control("ship", order_numbers=[order_id])
    shop.orders()

    (told,) = shop.told()
    assert told["key"] == order_id
    (label,) = shop.api.get("shipments")["shipments"]
    assert label["marketplaceNotified"] is True
    assert told["trackingNumber"] == label["trackingNumber"]


def test_a_store_set_to_never_tells_nobody(shop: Shop) -> None:
    shop.connect(notify={"mode": "never"})
    (order_id,) = shop.sell()
    shop.later()

    shop.api.control("ship", order_numbers=[order_id])
    shop.later(86_400)

    assert shop.told() == []
    (label,) = shop.api.get("shipments")["shipments"]
    assert label["marketplaceNotified"] is False


def test_a_late_notice_is_late_on_both_sides(shop: Shop) -> None:
    shop.connect(notify={"mode": "hours", "hours": 5})
    (order_id,) = shop.sell()
    shop.later()
    shop.api.control("ship", order_numbers=[order_id])

    shop.later(4 * 3600)
    assert shop.told() == []
    shop.later(3601)

    assert [row["key"] for row in shop.told()] == [order_id]


def test_ebay_is_connected_in_the_same_way(still_clock: StillClock) -> None:
    shop = Shop(still_clock, "ebay")
    (order_id,) = shop.sell()
    (row,) = shop.later()
    shop.api.control("ship", order_ids=[row["orderId"]])
    shop.orders()

    assert row["orderNumber"] == order_id
    assert [told["key"] for told in shop.told()] == [order_id]


def test_the_connection_is_in_no_answer_but_in_the_snapshot(shop: Shop) -> None:
    shop.sell()
    shop.later()

    stores = shop.api.get("stores", showInactive="true")
    state = shop.api.peer.dump()
    shop.api.peer.load(state)

    assert all("connection" not in row and "notify" not in row for row in stores)
    assert len(shop.later()) == 1
