"""TikTok Shop's orders the whole way: its hour, its units, its requests, its one
correction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orders.ingest_merge import order_key
from orders.models import Dispatch, OrderException, Rung, ShipStationOrder
from orders.triage import resolve
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import seed_carrier_defaults, test_connection
from stores.connectors import CONNECTORS
from stores.models import OperatingModel, RemoteAccount, Store
from tests.orders.loop.world import World, staff
from tests.sandbox_server import SandboxServer, almost_stand_still

# The same on every database: those tables are locked elsewhere.

HOUR, DAY = 3600, 86_400
PACKED = "seller_reject_apply_product_has_been_packed"
NO_LONGER = "seller_cancel_reason_out_of_stock_uk"


class TikTokWorld(World):
    """The merchant with a shop on TikTok as well."""

    def __init__(self, sandbox: SandboxServer, **rules: Any) -> None:
        super().__init__(sandbox, **rules)
        self.tiktok = RemoteAccount.objects.create(
            name="TikTok Shop",
            environment="sandbox",
            marketplace="tiktok",
            seller_id="GBLC000001",
            settings={"app_key": "6demoshipsync", "service_id": "7300000000000000042"},
            secrets={
                "app_secret": "demo_secret_0123456789",
                "refresh_token": "TTR_demo_refresh",
            },
        )
        self.shop = Store.objects.create(
            slug="tiktok-uk",
            name="TikTok Shop UK",
            remote_account=self.tiktok,
            remote_marketplace="GB",
            shipstation_account=self.shipstation,
            shipstation_store_id=20001,
            state="live",
        )
        OperatingModel.objects.create(store=self.shop, version=1, **rules)
        seed_carrier_defaults(CONNECTORS.get("tiktok"))
        lanes.ensure_lanes()
        report = test_connection(self.tiktok)
        assert report.ok, report.sentence

    def sell(self, count: int = 1, **options: Any) -> list[str]:
        """Buyers on TikTok place orders; past their hour unless told otherwise."""
        options.setdefault("seed", len(self.sandbox.orders_view("tiktok")))
        options.setdefault("on_hold", False)
        return self.sandbox.orders("tiktok", count, **options)

    def sold(self, **options: Any) -> str:
        """An order that has reached ShipStation and was read back from it."""
        (remote_id,) = self.sell(**options)
        self.step()
        self.later()
        return remote_id

    def shown(self, remote_id: str) -> dict[str, Any]:
        """TikTok's own view of an order."""
        rows = self.sandbox.orders_view("tiktok")
        return next(row for row in rows if row["order_id"] == remote_id)

    def answer(self, kind: str, remote_id: str, way: str, reason: str) -> None:
        """Somebody resolves the case, with a reason of TikTok's list."""
        case = self.case(kind, remote_id)
        resolve(case, way, staff(), "", case.version, choice=reason)

    def told(self, remote_id: str) -> list[dict[str, Any]]:
        """What TikTok was told of parcels, oldest first."""
        words = ("mark_shipped", "shipping_info_updated")
        return self.by_key("tiktok", *words).get(remote_id, [])


@pytest.fixture
def make_tiktok(
    sandbox: SandboxServer, transactional_db: None, settings: Any
) -> Iterator[Any]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    sandbox.config(amazon={"two_minutes": 0})
    yield lambda **rules: TikTokWorld(sandbox, **rules)
    sandbox.clear_faults()


@pytest.fixture
def world(make_tiktok: Any) -> TikTokWorld:
    found: TikTokWorld = make_tiktok()
    return found


def test_an_order_goes_the_whole_way(world: TikTokWorld) -> None:
    remote_id = world.sold(quantity=3, lines=1, gift=True)
    (parcel,) = world.sandbox.ship(carrier="dpd")
    world.later()
    world.later()

    (create,) = world.ledger("shipstation", "create")
    assert create["key"] == order_key(world.shop, remote_id)
    assert sorted(x["quantity"] for x in world.body(remote_id)["items"]) == [1, 3]
    (row,) = world.told(remote_id)
    assert (row["provider"], row["trackingNumber"]) == ("DPD", parcel["trackingNumber"])
    assert len(row["items"]) == 4
    assert world.shown(remote_id)["status"] == "AWAITING_COLLECTION"
    assert Dispatch.objects.get().rung == Rung.READ_BACK
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_a_settled_world_makes_no_more_writes(world: TikTokWorld) -> None:
    world.sold()
    world.sandbox.ship(carrier="dpd")
    world.later()
    world.later()
    before = world.sandbox.ledger()[-1]["sequence"]
    world.later()
    world.later(4000)

    after = [row for row in world.sandbox.ledger() if row["sequence"] > before]
    assert [row for row in after if row["operation"] != "token"] == []


def test_nothing_is_pushed_while_the_buyer_may_cancel_alone(world: TikTokWorld) -> None:
    stays, goes = world.sell(2, on_hold=True)
    world.step()
    world.later(600)
    assert ShipStationOrder.objects.count() == 0
    assert world.order(stays).stage == "waiting"
    assert world.order(stays).country == ""
    # Then TikTok itself grants it.
    world.sandbox.cancel("tiktok", goes, "request")

    world.later(HOUR)
    world.later()

    assert world.records(goes) == []
    assert world.order(goes).stage == "cancelled"
    assert world.body(stays)["shipTo"]["country"] == "GB"


def test_a_request_before_the_push_keeps_it_here(world: TikTokWorld) -> None:
    (remote_id,) = world.sell()
    world.sandbox.cancel("tiktok", remote_id, "request")
    world.step()
    world.later()

    assert world.records(remote_id) == []
    assert world.cases(remote_id) == {"cancel_requested"}
    order = world.order(remote_id)
    assert order.cancel_answer_by is not None
    assert order.cancel_answer_by > clock.now()
    world.sandbox.cancel("tiktok", remote_id, "withdrawn")
    world.later()
    world.later()
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert world.cases(remote_id) == set()


def test_a_request_after_the_push_is_granted_by_a_persons_word(
    world: TikTokWorld,
) -> None:
    remote_id = world.sold()
    world.sandbox.cancel("tiktok", remote_id, "request")
    world.later(150)
    world.later()
    assert world.record(remote_id)["orderStatus"] == "on_hold"

    world.answer("cancel_requested", remote_id, "cancel_market", NO_LONGER)
    for _ in range(3):
        world.later()

    assert world.shown(remote_id)["status"] == "CANCELLED"
    (granted,) = world.ledger("tiktok", "cancel_approved")
    assert granted["key"] == remote_id
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert world.order(remote_id).stage == "cancelled"


def test_a_request_after_the_label_is_rejected_before_the_parcel_is_told(
    world: TikTokWorld,
) -> None:
    remote_id = world.sold()
    world.sandbox.ship(carrier="dpd")
    world.sandbox.cancel("tiktok", remote_id, "request")
    world.later(150, "pull")
    world.later()
    assert world.told(remote_id) == []
    assert "cancelled_after_label" in world.cases(remote_id)

    world.answer("cancelled_after_label", remote_id, "reject_request", PACKED)
    for _ in range(4):
        world.later()

    (rejected,) = world.ledger("tiktok", "cancel_rejected")
    (parcel,) = world.told(remote_id)
    assert (rejected["key"], parcel["key"]) == (remote_id, remote_id)
    assert rejected["sequence"] < parcel["sequence"]
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_a_request_that_nobody_answers_is_granted_by_tiktok(world: TikTokWorld) -> None:
    remote_id = world.sold(ship_by_hours=96)
    world.sandbox.cancel("tiktok", remote_id, "request")
    world.later(150)
    world.later(2 * DAY + 60)
    for _ in range(2):
        world.later()

    assert world.shown(remote_id)["status"] == "CANCELLED"
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert world.told(remote_id) == []


def test_a_unit_that_is_out_of_stock_leaves_the_rest_to_be_shipped(
    world: TikTokWorld,
) -> None:
    remote_id = world.sold(quantity=3, lines=1)
    world.sandbox.cancel("tiktok", remote_id, "line")
    world.later()
    world.later()

    assert [x["quantity"] for x in world.body(remote_id)["items"]] == [2]
    world.sandbox.ship(carrier="dpd")
    world.later()
    world.later()
    (row,) = world.told(remote_id)
    assert len(row["items"]) == 2
    assert world.order(remote_id).stage == "done"


def test_a_parcel_printed_again_is_corrected_once_and_then_a_persons(
    world: TikTokWorld,
) -> None:
    remote_id = world.sold()
    (first,) = world.sandbox.ship(carrier="dpd")
    world.later()
    second = world.sandbox.relabel(first["trackingNumber"], carrier="dpd")
    for _ in range(3):
        world.later()

    told = world.told(remote_id)
    assert [x["operation"] for x in told] == ["mark_shipped", "shipping_info_updated"]
    assert told[1]["trackingNumber"] == second["trackingNumber"]
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())

    world.sandbox.relabel(second["trackingNumber"], carrier="dpd")
    for _ in range(3):
        world.later()
    assert len(world.told(remote_id)) == 2
    assert world.cases(remote_id) == {"confirm_refused"}
    assert "once" in world.case("confirm_refused", remote_id).summary


def test_one_parcel_for_two_orders_of_a_buyer_is_told_for_each(
    make_tiktok: Any,
) -> None:
    world = make_tiktok(combined="confirm_each")
    ids = world.sell(2, same_buyer=True)
    world.step()
    world.later()
    keys = [world.order(remote_id).order_key for remote_id in ids]
    (parcel,) = world.sandbox.ship(keys, combine=True, carrier="dpd")
    for _ in range(3):
        world.later()

    for remote_id in ids:
        (row,) = world.told(remote_id)
        assert row["trackingNumber"] == parcel["trackingNumber"]
        assert world.order(remote_id).stage == "done"


def test_an_order_in_several_parcels_is_told_part_by_part(world: TikTokWorld) -> None:
    remote_id = world.sold(lines=1, quantity=4)
    parcels = world.sandbox.ship(split=True, carrier="dpd")
    for _ in range(4):
        world.later()

    told = world.told(remote_id)
    assert {row["trackingNumber"] for row in told} == {
        parcel["trackingNumber"] for parcel in parcels
    }
    units = [unit for row in told for unit in row["items"]]
    assert len(units) == len(set(units)) == 4
    assert len(told) > 1
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_a_confirmation_in_doubt_is_looked_for_and_not_told_twice(
    world: TikTokWorld,
) -> None:
    remote_id = world.sold()
    world.sandbox.ship(carrier="dpd")
    world.sandbox.faults(
        "tiktok", "lost_answer", operation="markPackageAsShipped", count=1
    )
    for _ in range(4):
        world.later()

    assert len(world.told(remote_id)) == 1
    assert world.ledger("tiktok", "mark_shipped_refused") == []
    assert world.order(remote_id).stage == "done"


def test_orders_that_are_not_ours_never_reach_shipstation(world: TikTokWorld) -> None:
    for kind in ("TIKTOK_SHIPPING", "FULFILLED_BY_TIKTOK"):
        world.sell(kind=kind)
    world.step()
    world.later()

    assert ShipStationOrder.objects.count() == 0
    assert OrderException.objects.count() == 0


def test_an_order_abroad_waits_until_a_person_lets_its_country_in(
    world: TikTokWorld,
) -> None:
    (remote_id,) = world.sell(country="IE")
    world.step()
    world.later(HOUR)
    assert world.records(remote_id) == []
    assert "'Also ships to'" in world.case("unknown_value", remote_id).summary

    world.tiktok.refresh_from_db()
    world.tiktok.settings["ships_to"] = "IE"
    world.tiktok.save()
    world.decide("unknown_value", remote_id, "retry")
    world.later()

    assert "unknown_value" not in world.cases(remote_id)
    assert world.order(remote_id).status == "open"


def test_a_withdrawn_authorisation_pauses_the_account_and_amazon_goes_on(
    world: TikTokWorld,
) -> None:
    world.sandbox.faults("tiktok", "revoked")
    (amazon,) = world.place()
    world.sell()
    world.later(150)
    world.later()

    world.tiktok.refresh_from_db()
    assert world.tiktok.state == "paused"
    assert "authorisation" in world.tiktok.pause_reason
    assert world.records(amazon)


def test_the_rotating_token_lasts_for_weeks(world: TikTokWorld) -> None:
    world.sandbox.config(tiktok={"rotation": "at_once"})
    first = world.tiktok.secrets["refresh_token"]
    for _ in range(3):
        world.later(8 * DAY)

    world.tiktok.refresh_from_db()
    assert world.tiktok.state == "active"
    assert world.tiktok.secrets["refresh_token"] != first
    assert world.calls("refreshAccessToken") >= 3
