"""eBay's orders the whole way, beside Amazon's in one warehouse: the core is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orders.ingest_merge import order_key
from orders.models import Dispatch, Rung, ShipStationOrder
from stores import lanes
from stores.connect import seed_carrier_defaults, test_connection
from stores.connectors import CONNECTORS
from stores.models import OperatingModel, RemoteAccount, Store
from tests.orders.loop.world import World
from tests.sandbox_server import SandboxServer, almost_stand_still

DAY = 86_400
CONSENT_TOKEN = "v^1.1#i^1#r^1#demo"


class EbayWorld(World):
    """The merchant with a store on eBay as well."""

    def __init__(self, sandbox: SandboxServer, **rules: Any) -> None:
        super().__init__(sandbox, **rules)
        self.ebay = RemoteAccount.objects.create(
            name="eBay",
            environment="sandbox",
            marketplace="ebay",
            seller_id="demo_trading",
            settings={
                "client_id": "Demo-shipsync-PRD-demo",
                "ru_name": "Demo_Trading-Demoship-shipsy-demo",
            },
            secrets={
                "client_secret": "PRD-demo-secret",
                "refresh_token": CONSENT_TOKEN,
                "verification_token": "v" * 40,
            },
        )
        self.shop = Store.objects.create(
            slug="ebay-uk",
            name="eBay UK",
            remote_account=self.ebay,
            remote_marketplace="EBAY_GB",
            shipstation_account=self.shipstation,
            shipstation_store_id=20001,
            state="live",
        )
        OperatingModel.objects.create(store=self.shop, version=1, **rules)
        seed_carrier_defaults(CONNECTORS.get("ebay"))
        lanes.ensure_lanes()
        report = test_connection(self.ebay)
        assert report.ok, report.sentence

    def sell(self, count: int = 1, **options: Any) -> list[str]:
        """Buyers on eBay place orders."""
        options.setdefault("seed", len(self.sandbox.orders_view("ebay")))
        return self.sandbox.orders("ebay", count, **options)

    def sold(self, **options: Any) -> str:
        """An order that has reached ShipStation and was read back from it."""
        (remote_id,) = self.sell(**options)
        self.step()
        self.later()
        return remote_id

    def shown(self, remote_id: str) -> dict[str, Any]:
        """eBay's own view of an order."""
        rows = self.sandbox.orders_view("ebay")
        return next(row for row in rows if row["order_id"] == remote_id)

    def told(self, remote_id: str) -> list[dict[str, Any]]:
        """The parcels that eBay was told of, oldest first."""
        return self.by_key("ebay", "fulfil").get(remote_id, [])


@pytest.fixture
def world(
    sandbox: SandboxServer, transactional_db: None, settings: Any
) -> Iterator[EbayWorld]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    sandbox.config(amazon={"two_minutes": 0})
    yield EbayWorld(sandbox)
    sandbox.clear_faults()


def test_an_order_goes_the_whole_way(world: EbayWorld) -> None:
    remote_id = world.sold()
    (parcel,) = world.sandbox.ship(carrier="dpd")
    world.later()
    world.later(1000)

    (create,) = world.ledger("shipstation", "create")
    assert create["key"] == order_key(world.shop, remote_id)
    (fulfil,) = world.told(remote_id)
    assert fulfil["shippingCarrierCode"] == "DPD"
    assert fulfil["trackingNumber"] == parcel["trackingNumber"]
    shown = world.shown(remote_id)
    assert shown["status"] == "FULFILLED"
    assert fulfil["items"] == {x["line_id"]: x["quantity"] for x in shown["lines"]}
    assert Dispatch.objects.get().rung == Rung.READ_BACK
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_both_marketplaces_go_through_one_warehouse(world: EbayWorld) -> None:
    (amazon,) = world.place()
    ebay = world.sold()
    world.sandbox.ship(carrier="dpd")
    world.later()
    world.later(1000)

    assert [world.order(x).stage for x in (amazon, ebay)] == ["done", "done"]
    assert len(world.confirms(amazon)) == len(world.told(ebay)) == 1


def test_a_settled_world_makes_no_more_writes(world: EbayWorld) -> None:
    world.sold()
    world.sandbox.ship(carrier="dpd")
    world.later()
    world.later(1000)
    before = world.sandbox.ledger()[-1]["sequence"]
    world.later()
    world.later(4000)

    after = [row for row in world.sandbox.ledger() if row["sequence"] > before]
    assert [row for row in after if row["operation"] != "token"] == []


def test_a_request_before_the_push_keeps_it_here(world: EbayWorld) -> None:
    (remote_id,) = world.sell()
    world.sandbox.cancel("ebay", remote_id, "request", reason="ORDER_MISTAKE")
    world.step()
    world.later()

    assert world.records(remote_id) == []
    assert world.cases(remote_id) == {"cancel_requested"}
    world.sandbox.cancel("ebay", remote_id, "withdrawn")
    world.later()
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert world.cases(remote_id) == set()


def test_a_request_after_the_push_holds_until_ebay_cancels_by_itself(
    world: EbayWorld,
) -> None:
    remote_id = world.sold()
    world.sandbox.cancel("ebay", remote_id, "request")
    world.later(150)
    world.later()
    assert world.record(remote_id)["orderStatus"] == "on_hold"
    assert world.cases(remote_id) == {"cancel_requested"}

    world.later(3 * DAY + 60)
    world.later()

    assert world.shown(remote_id)["cancel"] == "CANCELED"
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    order = world.order(remote_id)
    assert (order.stage, order.closed_at is not None) == ("cancelled", True)
    assert world.told(remote_id) == []


def test_a_request_after_the_label_is_a_persons_and_shipping_closes_it(
    world: EbayWorld,
) -> None:
    remote_id = world.sold()
    world.sandbox.cancel("ebay", remote_id, "request")
    world.sandbox.ship(carrier="dpd")
    world.later(150, "pull")
    world.later()
    assert "cancelled_after_label" in world.cases(remote_id)
    assert world.told(remote_id) == []

    world.decide("cancelled_after_label", remote_id, "ship_anyway")
    world.later()
    world.later(1000)

    assert len(world.told(remote_id)) == 1
    closed = world.ledger("ebay", "SYSTEM_NOTIFY_SHIPPING_STATUS")
    assert [row["key"] for row in closed] == [remote_id]
    assert world.order(remote_id).stage == "done"


def test_a_request_that_no_poll_has_seen_stops_the_confirmation(
    world: EbayWorld,
) -> None:
    """To tell eBay of the parcel would close the request behind everybody's back."""
    remote_id = world.sold()
    world.sandbox.ship(carrier="dpd")
    world.sandbox.cancel("ebay", remote_id, "request", reason="ORDER_MISTAKE")
    world.later(60, "dispatches", "confirm")

    assert world.told(remote_id) == []
    assert "cancelled_after_label" in world.cases(remote_id)


def test_a_hub_order_carries_its_reference_and_no_tax_number(
    world: EbayWorld,
) -> None:
    remote_id = world.sold(hub=True, country="DE", sku="MUG-BLUE", quantity=1)

    body = world.body(remote_id)
    reference = world.shown(remote_id)["hub_reference"]
    assert body["shipTo"]["street1"] == f"Reference #{reference}"
    assert body["shipTo"]["country"] == "GB"
    assert not body["advancedOptions"]["customField1"]
    assert not (body["internationalOptions"] or {}).get("customsItems")


def test_the_number_for_customs_reaches_the_label(world: EbayWorld) -> None:
    remote_id = world.sold(country="DE", sku="MUG-BLUE", quantity=2)

    body = world.body(remote_id)
    assert "IM2760000999" in body["advancedOptions"]["customField1"]
    (customs,) = body["internationalOptions"]["customsItems"]
    assert (customs["quantity"], customs["value"]) == (2, 25.8)


def test_a_lost_confirmation_is_looked_for_and_not_told_twice(
    world: EbayWorld,
) -> None:
    remote_id = world.sold()
    world.sandbox.ship(carrier="dpd")
    world.sandbox.faults(
        "ebay", "lost_answer", count=1, operation="createShippingFulfillment"
    )
    world.later()
    world.later()
    world.later(1000)

    assert len(world.told(remote_id)) == 1
    assert world.ledger("ebay", "fulfil_refused") == []
    assert world.order(remote_id).stage == "done"


def test_orders_that_are_not_ours_never_reach_shipstation(world: EbayWorld) -> None:
    for kind in ("IN_STORE_PICKUP", "DIGITAL", "FULFILLED_BY_EBAY"):
        world.sell(kind=kind)
    (unpaid,) = world.sell(pending=600)
    world.step()
    world.later()
    assert ShipStationOrder.objects.count() == 0

    world.later(700)
    world.later()
    assert world.record(unpaid)["orderStatus"] == "awaiting_shipment"


def test_an_order_read_by_poison_is_a_case_and_the_page_goes_on(
    world: EbayWorld,
) -> None:
    world.sandbox.faults("ebay", "poison", count=1)
    ids = world.sell(3)
    world.step()
    world.later()

    reached = [x for x in ids if world.records(x)]
    assert len(reached) == 2
    assert len(world.ledger("shipstation", "create")) == 2


def test_an_order_in_several_parcels_is_told_part_by_part(world: EbayWorld) -> None:
    remote_id = world.sold(sku="MUG-BLUE", quantity=4)
    parcels = world.sandbox.ship(split=True, carrier="dpd")
    for _ in range(2):
        world.later()
    world.later(1000)

    told = world.told(remote_id)
    assert {row["trackingNumber"] for row in told} == {
        parcel["trackingNumber"] for parcel in parcels
    }
    assert sum(sum(row["items"].values()) for row in told) == 4
    assert len(told) > 1
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_one_parcel_for_two_orders_of_a_buyer_is_told_for_each(
    world: EbayWorld,
) -> None:
    ids = world.sell(2, same_buyer=True)
    world.step()
    world.later()
    keys = [world.order(remote_id).order_key for remote_id in ids]
    (parcel,) = world.sandbox.ship(keys, combine=True, carrier="dpd")
    for _ in range(2):
        world.later()
    for remote_id in ids:
        world.decide("combined_parcel", remote_id, "confirm")
    world.later()
    world.later(1000)

    for remote_id in ids:
        (row,) = world.told(remote_id)
        assert row["trackingNumber"] == parcel["trackingNumber"]
        assert world.order(remote_id).stage == "done"


def test_a_parcel_voided_after_it_was_told_is_a_persons(world: EbayWorld) -> None:
    remote_id = world.sold()
    (parcel,) = world.sandbox.ship(carrier="dpd")
    world.later()
    assert len(world.told(remote_id)) == 1
    # eBay has no call that takes a number back or changes it.
    world.sandbox.relabel(parcel["trackingNumber"], carrier="dpd")
    for _ in range(3):
        world.later()

    assert len(world.told(remote_id)) == 1
    assert "voided_after_confirm" in world.cases(remote_id)
    assert world.order(remote_id).closed_at is None


def test_a_revoked_consent_pauses_the_account_and_amazon_goes_on(
    world: EbayWorld,
) -> None:
    world.sandbox.faults("ebay", "revoked")
    (amazon,) = world.place()
    world.sell()
    world.later(150)
    world.later(8000)

    world.ebay.refresh_from_db()
    assert world.ebay.state == "paused"
    assert "consent" in world.ebay.pause_reason
    assert world.records(amazon)


def test_a_used_up_day_waits_for_midnight_in_california(world: EbayWorld) -> None:
    (remote_id,) = world.sell()
    world.sandbox.config(ebay={"quotas": {"sell.fulfillment": 1}})
    calls = world.last_call()
    for _ in range(3):
        world.later(60)
    assert world.records(remote_id) == []
    # One call was refused; from then on nothing is sent in vain.
    assert world.calls("getOrders", after=calls) <= 1
    world.ebay.refresh_from_db()
    assert world.ebay.state == "active"

    world.sandbox.config(ebay={"quotas": {"sell.fulfillment": "default"}})
    world.later(DAY + 60)
    world.later()
    world.later()

    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
