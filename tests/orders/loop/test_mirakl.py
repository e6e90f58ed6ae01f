"""Orders of several operators the whole way: one connector, and no word of it in the core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orders.ingest_merge import order_key
from orders.models import Dispatch, Order, Rung
from orders.triage import resolve
from stores import lanes
from stores.connect import seed_carrier_defaults, test_connection
from stores.connectors import CONNECTORS
from stores.models import OperatingModel, RemoteAccount, Store
from tests.orders.loop.world import World, staff
from tests.sandbox_server import SandboxServer, almost_stand_still

# The same on every database: those tables are locked elsewhere.

SHOPS = {"northgate": "2001", "homeware": "310", "salon": "77"}
# A pull of OR11 may begin once a minute.
PULL = 120


class MiraklWorld(World):
    """The merchant with a shop at one operator as well."""

    def __init__(
        self,
        sandbox: SandboxServer,
        operator: str = "northgate",
        own: dict[str, Any] | None = None,
        **rules: Any,
    ) -> None:
        super().__init__(sandbox)
        self.operator = operator
        self.mirakl = RemoteAccount.objects.create(
            name=operator,
            environment="sandbox",
            marketplace="mirakl",
            seller_id=SHOPS[operator],
            region=operator,
            settings=own or {},
            secrets={"api_key": f"key-{operator}-demo"},
        )
        self.shop = Store.objects.create(
            slug=operator,
            name=operator,
            remote_account=self.mirakl,
            remote_marketplace=operator,
            shipstation_account=self.shipstation,
            shipstation_store_id=20001,
            state="live",
        )
        OperatingModel.objects.create(store=self.shop, version=1, **rules)
        seed_carrier_defaults(CONNECTORS.get("mirakl"))
        lanes.ensure_lanes()
        report = test_connection(self.mirakl)
        assert report.ok, report.sentence

    def sell(self, count: int = 1, **options: Any) -> list[str]:
        """Buyers place orders at the operator."""
        options.setdefault("seed", len(self.sandbox.orders_view("mirakl")))
        options.setdefault("country", "GBR")
        return self.sandbox.orders("mirakl", count, operator=self.operator, **options)

    def sold(self, **options: Any) -> str:
        """An order that has reached ShipStation and was read back from it."""
        (remote_id,) = self.sell(**options)
        self.wait(4)
        return remote_id

    def wait(self, pulls: int = 2) -> None:
        """Let the operator be read so many times, and all that follows happen."""
        for _pull in range(pulls):
            self.later(PULL)

    def shown(self, remote_id: str) -> dict[str, Any]:
        """The operator's own view of an order."""
        rows = self.sandbox.orders_view("mirakl")
        return next(row for row in rows if row["order_id"] == remote_id)

    def told(self, remote_id: str) -> list[dict[str, Any]]:
        """The confirmations with which units left, oldest first."""
        rows = self.by_key("mirakl", "ship").get(remote_id, [])
        return [row for row in rows if row["accepted"]]

    def cancel(self, remote_id: str, how: str, **options: Any) -> None:
        """The customer or the operator cancels, or somebody takes it back."""
        self.sandbox.cancel("mirakl", remote_id, how, **options)


MakeWorld = Callable[..., MiraklWorld]


@pytest.fixture
def make(
    sandbox: SandboxServer, transactional_db: None, settings: Any
) -> Iterator[MakeWorld]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    almost_stand_still(sandbox)
    sandbox.config(mirakl={"novelties": 0})
    yield lambda *args, **rules: MiraklWorld(sandbox, *args, **rules)
    sandbox.clear_faults()


@pytest.fixture
def world(make: MakeWorld) -> MiraklWorld:
    return make()


def test_an_order_goes_the_whole_way(world: MiraklWorld) -> None:
    remote_id = world.sold()
    (parcel,) = world.sandbox.ship(carrier="royal_mail")
    world.wait()

    (create,) = world.ledger("shipstation", "create")
    assert create["key"] == order_key(world.shop, remote_id)
    (told,) = world.told(remote_id)
    assert told["trackingNumber"] == parcel["trackingNumber"]
    assert told["carrier_code"] == "ROYALMAIL"
    assert world.shown(remote_id)["status"] == "SHIPPED"
    assert Dispatch.objects.get().rung == Rung.READ_BACK
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_a_settled_world_makes_no_more_writes(world: MiraklWorld) -> None:
    world.sold()
    world.sandbox.ship(carrier="royal_mail")
    world.wait()
    before = world.sandbox.ledger()[-1]["sequence"]
    world.later(PULL)
    world.later(4000)

    after = [row for row in world.sandbox.ledger() if row["sequence"] > before]
    # The operator bills its shops by the calendar.
    others = ("token", "billing_cycle")
    assert [row for row in after if row["operation"] not in others] == []


def test_a_carrier_that_the_operator_names_otherwise_is_told_by_its_own_code(
    make: MakeWorld,
) -> None:
    world = make("salon", acceptance="auto")
    remote_id = world.sold()
    world.sandbox.ship(carrier="royal_mail")
    world.wait()

    (told,) = world.told(remote_id)
    assert told["carrier_code"] == "RM24"
    assert world.order(remote_id).stage == "done"


def test_a_person_takes_an_order_that_waits_and_it_goes_once_it_is_paid(
    make: MakeWorld,
) -> None:
    world = make("homeware", {"accept_hours": 48})
    (remote_id,) = world.sell()
    world.later(PULL)

    order = world.order(remote_id)
    assert order.accept_by is not None
    assert world.cases(remote_id) == {"acceptance_due"}
    assert world.records(remote_id) == []
    world.decide("acceptance_due", remote_id, "take")
    world.wait()
    assert world.shown(remote_id)["status"].startswith("WAITING_DEBIT")
    assert world.records(remote_id) == []
    world.later(1200)
    world.later(PULL)
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert world.cases(remote_id) == set()


def test_an_order_that_a_person_refuses_never_leaves(make: MakeWorld) -> None:
    world = make("homeware")
    (remote_id,) = world.sell()
    world.later(PULL)
    world.decide("acceptance_due", remote_id, "refuse")
    world.wait()

    assert world.shown(remote_id)["status"] == "REFUSED"
    assert world.order(remote_id).status == "cancelled"
    assert world.records(remote_id) == []


@pytest.mark.parametrize("via", ["message", "incident"])
def test_a_doubt_before_the_push_keeps_the_order_here(
    world: MiraklWorld, via: str
) -> None:
    (remote_id,) = world.sell()
    world.cancel(remote_id, "request", via=via)
    world.wait()

    assert world.records(remote_id) == []
    assert world.cases(remote_id) == {"cancel_in_doubt"}
    world.decide("cancel_in_doubt", remote_id, "ship_anyway")
    world.later(PULL)
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"


def test_an_incident_after_the_push_holds_until_it_is_over(world: MiraklWorld) -> None:
    remote_id = world.sold()
    world.cancel(remote_id, "request", via="incident")
    world.wait()
    held = world.record(remote_id)["orderStatus"]
    world.cancel(remote_id, "withdrawn")
    world.wait()

    assert held == "on_hold"
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert world.cases(remote_id) == set()


def test_a_person_cancels_at_the_operator_and_the_record_follows(
    world: MiraklWorld,
) -> None:
    remote_id = world.sold()
    world.cancel(remote_id, "request", via="incident")
    world.wait()
    case = world.case("cancel_in_doubt", remote_id)
    resolve(case, "cancel_market", staff(), version=case.version, choice="2")
    world.wait()

    assert world.shown(remote_id)["status"] == "CANCELED"
    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert world.order(remote_id).stage == "cancelled"


def test_a_line_cancelled_at_the_operator_leaves_the_record(world: MiraklWorld) -> None:
    remote_id = world.sold(sku="MUG-BLUE", quantity=3)
    world.cancel(remote_id, "line", quantity=1)
    world.wait()

    (item,) = [x for x in world.body(remote_id)["items"] if not x.get("adjustment")]
    assert item["quantity"] == 2
    world.sandbox.ship(carrier="royal_mail")
    world.wait()
    (told,) = world.told(remote_id)
    assert sum(told["items"].values()) == 2
    assert world.order(remote_id).stage == "done"


def test_an_order_cancelled_after_the_push_is_stopped(world: MiraklWorld) -> None:
    remote_id = world.sold()
    world.cancel(remote_id, "cancelled")
    world.wait()

    assert world.record(remote_id)["orderStatus"] == "cancelled"
    assert (world.order(remote_id).stage, world.cases(remote_id)) == (
        "cancelled",
        set(),
    )


def test_a_lost_answer_tells_nothing_twice(world: MiraklWorld) -> None:
    remote_id = world.sold()
    world.sandbox.faults("mirakl", "lost_answer", operation="OR24", count=1)
    world.sandbox.ship(carrier="royal_mail")
    world.wait(4)

    assert len(world.told(remote_id)) == 1
    assert Dispatch.objects.get().rung == Rung.READ_BACK
    assert world.order(remote_id).stage == "done"


def test_an_unlisted_carrier_waits_for_a_mapping(make: MakeWorld) -> None:
    world = make("homeware", acceptance="auto")
    remote_id = world.sold(debit=0)
    world.sandbox.ship(carrier="ups")
    world.later(PULL)

    assert world.cases(remote_id) == {"confirm_refused"}
    assert "it lists dhl-express" in world.case("confirm_refused", remote_id).summary
    assert world.told(remote_id) == []


def test_several_parcels_are_several_shipments_where_the_operator_has_them(
    make: MakeWorld,
) -> None:
    world = make("salon", acceptance="auto")
    remote_id = world.sold(lines=1, quantity=2, sku="MUG-BLUE")
    world.sandbox.ship(carrier="royal_mail", quantity=1)
    world.later(PULL)
    world.sandbox.ship(carrier="royal_mail")
    world.wait(3)

    told = world.told(remote_id)
    assert [sum(row["items"].values()) for row in told] == [1, 1]
    assert world.shown(remote_id)["status"] == "SHIPPED"
    assert world.order(remote_id).stage == "done"


def test_a_part_of_an_order_told_as_a_whole_is_a_persons(world: MiraklWorld) -> None:
    remote_id = world.sold(lines=1, quantity=2, sku="MUG-BLUE")
    world.sandbox.ship(carrier="royal_mail", quantity=1)
    world.wait()

    assert world.told(remote_id) == []
    assert "one parcel per order" in world.case("confirm_refused", remote_id).summary


@pytest.mark.parametrize("operator", ["northgate", "salon"])
def test_another_label_corrects_the_number_that_was_told(
    make: MakeWorld, operator: str
) -> None:
    world = make(operator, acceptance="auto")
    remote_id = world.sold()
    (parcel,) = world.sandbox.ship(carrier="royal_mail")
    world.wait()
    again = world.sandbox.relabel(parcel["trackingNumber"], carrier="royal_mail")
    world.wait(3)

    (shown,) = world.shown(remote_id)["packages"]
    assert shown["tracking"] == again["trackingNumber"] != parcel["trackingNumber"]
    assert len(world.told(remote_id)) == 1
    assert (world.order(remote_id).stage, world.cases(remote_id)) == ("done", set())


def test_one_parcel_for_two_orders_of_an_operator_is_told_for_each(
    world: MiraklWorld,
) -> None:
    ids = world.sell(split=2)
    world.wait(4)
    keys = [world.order(remote_id).order_key for remote_id in ids]
    (parcel,) = world.sandbox.ship(keys, combine=True, carrier="royal_mail")
    world.wait()
    for remote_id in ids:
        world.decide("combined_parcel", remote_id, "confirm")
    world.wait()

    for remote_id in ids:
        (told,) = world.told(remote_id)
        assert told["trackingNumber"] == parcel["trackingNumber"]
        assert world.order(remote_id).stage == "done"


def test_a_number_that_nobody_knows_becomes_a_case_of_a_closed_order(
    make: MakeWorld,
) -> None:
    world = make("salon", acceptance="auto")
    remote_id = world.sold()
    world.sandbox.ship(carrier="royal_mail", tracking="NOT-A-NUMBER")
    world.wait()
    assert world.order(remote_id).stage == "done"
    world.later(3 * 3600)
    world.wait()

    assert world.order(remote_id).raw_status == "SHIPPED, tracking INVALID"
    assert world.cases(remote_id) == {"unknown_value"}


def test_a_number_outside_the_api_reaches_customs(make: MakeWorld) -> None:
    world = make("salon", {"ioss_number": "IM4400000222"}, acceptance="auto")
    abroad = world.sold(country="IRL", sku="MUG-BLUE", quantity=1)

    order = Order.objects.get(remote_id=abroad)
    assert (order.tax_scheme, order.ioss_number) == ("IOSS", "IM4400000222")
    assert "IM4400000222" in str(world.body(abroad))


def test_a_replaced_key_pauses_the_account_and_a_new_one_goes_on(
    world: MiraklWorld,
) -> None:
    world.sandbox.faults("mirakl", "revoked", operator="northgate")
    world.later(PULL)

    world.mirakl.refresh_from_db()
    assert world.mirakl.state == "paused"
    assert "API key" in world.mirakl.pause_reason
