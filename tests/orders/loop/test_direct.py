"""Direct mode: ShipStation's own connection imports and tells, we watch both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orders.models import Dispatch, Order, OrderException, Shipment
from shipsync_site.lib import clock
from stores.models import OperatingModel, StoreMode
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.test_ebay import EbayWorld
from tests.orders.loop.world import UK, World

HOUR = 3600
IMPORTED = 20002


class DirectWorld(World):
    """The merchant whose British store ShipStation itself is connected to."""

    def __init__(self, sandbox: Any, **rules: Any) -> None:
        super().__init__(sandbox, **rules)
        self.uk.mode = StoreMode.DIRECT
        self.uk.shipstation_store_id = IMPORTED
        self.uk.save()
        self.connect()

    def connect(self, notify: dict[str, Any] | None = None, **settings: Any) -> None:
        """Change the connection of ShipStation's store."""
        connection = {"peer": "amazon", "marketplace": UK, **settings}
        store = {
            "storeId": IMPORTED,
            "storeName": "Amazon UK",
            "marketplaceId": 2,
            "connection": connection,
        }
        if notify is not None:
            store["notify"] = notify
        account = {"key": "demo-key", "stores": [store]}
        self.sandbox.config(shipstation={"accounts": [account]})

    def imported(self, **options: Any) -> str:
        """An order that ShipStation has imported and that we have found there."""
        (remote_id,) = self.place(**options)
        self.step()
        self.later(301)
        return remote_id

    def ship(self, remote_id: str, **options: Any) -> str:
        """A label is bought; its tracking number."""
        row = self.record(remote_id)
        spec = {"order_ids": [row["orderId"]], **options}
        (shipped,) = self.sandbox.post("ship", spec)["shipped"]
        return str(shipped["trackingNumber"])

    def writes(self) -> list[dict[str, Any]]:
        """What we wrote to ShipStation's orders: never what its own people did."""
        return [
            row
            for row in self.ledger("shipstation")
            if row.get("via") in ("createorder", "createorders", "holduntil")
            or row.get("via") == "restorefromhold"
        ]

    def told(self, remote_id: str) -> list[dict[str, Any]]:
        """What ShipStation told Amazon of an order."""
        return self.by_key("amazon", "told_by_shipstation").get(remote_id, [])

    def rule(self, **rules: Any) -> None:
        """A new version of the store's rules."""
        OperatingModel.objects.create(store=self.uk, version=99, **rules)


MakeDirect = Callable[..., DirectWorld]


@pytest.fixture
def direct(make_world: MakeWorld, sandbox: Any) -> DirectWorld:
    return DirectWorld(sandbox)


def test_an_imported_order_is_found_and_nothing_is_written(direct: DirectWorld) -> None:
    remote_id = direct.imported()

    order = direct.order(remote_id)
    (record,) = order.records.all()
    assert order.stage == "in_shipstation"
    assert record.ss_order_id == direct.record(remote_id)["orderId"]
    assert record.store_id == IMPORTED
    assert direct.writes() == []
    assert direct.cases(remote_id) == set()


def test_a_late_request_to_cancel_holds_it_and_a_yes_cancels_it_there(
    direct: DirectWorld,
) -> None:
    remote_id = direct.imported()
    direct.connect(cancels=False)
    before = direct.record(remote_id)

    direct.sandbox.cancel("amazon", remote_id, "request")
    direct.later()

    assert direct.record(remote_id)["orderStatus"] == "on_hold"
    assert direct.cases(remote_id) == {"cancel_requested"}
    assert [row["operation"] for row in direct.writes()] == ["hold"]
    direct.decide("cancel_requested", remote_id, "cancel")
    direct.later()
    after = direct.record(remote_id)
    assert after["orderStatus"] == "cancelled"
    assert (after["orderId"], after["orderKey"]) == (
        before["orderId"],
        before["orderKey"],
    )
    assert direct.cases(remote_id) == {"answer_cancellation"}
    (row,) = direct.ledger("shipstation", "cancel")
    assert row["via"] == "createorders"
    assert set(row["changed"]) <= {"orderStatus", "holdUntilDate", "tagIds"}


def test_ship_anyway_lets_it_go_again(direct: DirectWorld) -> None:
    remote_id = direct.imported()
    direct.sandbox.cancel("amazon", remote_id, "request")
    direct.later()

    direct.decide("cancel_requested", remote_id, "ship_anyway")
    direct.later()

    assert direct.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert direct.cases(remote_id) == set()


def test_an_order_cancelled_before_its_import_is_held_when_it_comes(
    direct: DirectWorld,
) -> None:
    direct.connect(refresh=0)
    (remote_id,) = direct.place()
    direct.step()
    direct.sandbox.post("refresh", {"store_id": IMPORTED})
    direct.sandbox.cancel("amazon", remote_id, "request")

    direct.later()

    assert direct.record(remote_id)["orderStatus"] == "on_hold"


def test_an_order_that_never_arrives_is_a_case_that_closes_when_it_does(
    direct: DirectWorld,
) -> None:
    direct.connect(refresh=0)
    (remote_id,) = direct.place()
    direct.step()
    assert direct.cases(remote_id) == set()

    direct.later(2 * HOUR)
    direct.later(600)
    direct.later()

    assert direct.cases(remote_id) == {"direct_never_arrived"}
    direct.sandbox.post("refresh", {"store_id": IMPORTED})
    direct.later()
    assert direct.cases(remote_id) == set()
    assert direct.order(remote_id).stage == "in_shipstation"


def test_an_order_that_arrives_twice_is_a_case_and_a_cancel_holds_both(
    direct: DirectWorld,
) -> None:
    direct.connect(twice=1)
    remote_id = direct.imported()

    assert direct.cases(remote_id) == {"direct_arrived_twice"}
    direct.sandbox.cancel("amazon", remote_id, "request")
    direct.later()
    direct.later()
    rows = direct.records(remote_id)
    assert [row["orderStatus"] for row in rows] == ["on_hold", "on_hold"]


def test_the_duplicate_that_is_cancelled_there_closes_its_case(
    direct: DirectWorld,
) -> None:
    direct.connect(twice=1)
    remote_id = direct.imported()
    second = direct.records(remote_id)[1]

    direct.sandbox.manual(action="cancel", order_id=second["orderId"])
    direct.later()

    assert direct.cases(remote_id) == set()


def test_numbers_and_line_ids_of_shipstations_own_still_find_the_order(
    direct: DirectWorld,
) -> None:
    direct.connect(numbers="own", line_ids=False)
    (remote_id,) = direct.place()
    direct.step()
    direct.later(301)

    order = direct.order(remote_id)
    (record,) = order.records.all()
    assert record.order_number != remote_id
    assert order.stage == "in_shipstation"


def test_a_number_alone_is_no_match(direct: DirectWorld) -> None:
    direct.connect(refresh=0)
    (remote_id,) = direct.place()
    direct.sandbox.manual(
        remote_id,
        store_id=IMPORTED,
        action="create",
        fields={"orderDate": "2020-01-01 10:00:00"},
    )

    direct.step()
    direct.later()

    assert not direct.order(remote_id).records.exists()
    assert direct.cases(remote_id) == {"direct_ambiguous"}
    case = direct.case("direct_ambiguous", remote_id)
    assert case.context["records"] == [direct.record(remote_id)["orderId"]]


def test_shipstation_tells_and_we_confirm_nothing(direct: DirectWorld) -> None:
    remote_id = direct.imported()

    tracking = direct.ship(remote_id)
    direct.later()
    direct.later(400)

    assert [row["trackingNumber"] for row in direct.told(remote_id)] == [tracking]
    assert direct.confirms(remote_id) == []
    assert not Dispatch.objects.exists()
    order = direct.order(remote_id)
    assert order.stage == "done"
    assert order.closed_at is not None
    assert direct.cases(remote_id) == set()


def test_a_store_that_never_tells_becomes_a_case(direct: DirectWorld) -> None:
    direct.connect(notify={"mode": "never"})
    remote_id = direct.imported()
    tracking = direct.ship(remote_id)
    direct.later()
    assert direct.cases(remote_id) == set()

    direct.later(6 * HOUR)
    direct.later()

    assert direct.cases(remote_id) == {"direct_not_told"}
    assert direct.case("direct_not_told", remote_id).context["tracking"] == tracking
    assert direct.confirms(remote_id) == []


def test_what_is_told_late_closes_the_case_by_itself(direct: DirectWorld) -> None:
    direct.connect(notify={"mode": "hours", "hours": 8})
    remote_id = direct.imported()
    direct.ship(remote_id)
    direct.later(6 * HOUR + 60)
    direct.later()
    assert direct.cases(remote_id) == {"direct_not_told"}

    direct.later(2 * HOUR)
    direct.later(400)

    assert direct.cases(remote_id) == set()
    assert direct.order(remote_id).stage == "done"


def test_a_person_may_let_shipsync_tell_one_parcel(direct: DirectWorld) -> None:
    direct.connect(notify={"mode": "never"})
    remote_id = direct.imported()
    tracking = direct.ship(remote_id)
    direct.later(6 * HOUR + 60)
    direct.later()

    direct.decide("direct_not_told", remote_id, "confirm")
    direct.later()
    direct.later(400)

    assert [row["trackingNumber"] for row in direct.confirms(remote_id)] == [tracking]
    assert direct.order(remote_id).stage in ("confirmed", "done")
    assert direct.cases(remote_id) == set()


def test_where_shipsync_owns_telling_it_confirms(direct: DirectWorld) -> None:
    direct.rule(shipped_owner="shipsync")
    direct.connect(notify={"mode": "never"})
    remote_id = direct.imported()
    tracking = direct.ship(remote_id)

    direct.later()
    direct.later(400)

    assert [row["trackingNumber"] for row in direct.confirms(remote_id)] == [tracking]
    assert direct.told(remote_id) == []


def test_switching_the_owner_never_tells_a_parcel_twice(direct: DirectWorld) -> None:
    first = direct.imported()
    direct.ship(first)
    direct.later()
    second = direct.imported(seed=5)

    direct.rule(shipped_owner="shipsync")
    Order.objects.update(next_look_at=clock.now())
    direct.later()
    # the setting in ShipStation is still on: it tells of the second as well
    direct.ship(second)
    direct.later()
    direct.later(400)

    for remote_id in (first, second):
        told = [*direct.told(remote_id), *direct.confirms(remote_id)]
        assert len(told) == 1, remote_id
        assert direct.order(remote_id).stage == "done"


def test_giving_it_back_to_shipstation_stops_what_is_not_told_yet(
    direct: DirectWorld,
) -> None:
    direct.rule(shipped_owner="shipsync", confirm_timing="hours_after", confirm_hours=3)
    direct.connect(notify={"mode": "never"})
    remote_id = direct.imported()
    direct.ship(remote_id)
    direct.later()
    assert Dispatch.objects.get().rung == "due"

    OperatingModel.objects.create(
        store=direct.uk, version=100, shipped_owner="shipstation"
    )
    Order.objects.update(next_look_at=clock.now())
    direct.later(4 * HOUR)
    direct.later()

    assert direct.confirms(remote_id) == []


def test_a_lost_tax_number_is_a_case_until_it_is_shown(direct: DirectWorld) -> None:
    (remote_id,) = direct.place(country="DE", ioss=True)
    direct.step()
    direct.later(301)
    direct.later()

    assert direct.cases(remote_id) == {"direct_tax_missing"}
    number = direct.order(remote_id).ioss_number
    assert number in direct.case("direct_tax_missing", remote_id).summary
    direct.sandbox.manual(
        action="edit",
        order_id=direct.record(remote_id)["orderId"],
        internal_notes=f"IOSS={number}",
    )
    direct.later()
    assert direct.cases(remote_id) == set()


def test_a_tax_number_that_a_rule_wrote_is_no_case(direct: DirectWorld) -> None:
    direct.connect(tax="field")
    (remote_id,) = direct.place(country="DE", ioss=True)
    direct.step()
    direct.later(301)
    direct.later()

    assert direct.order(remote_id).ioss_number
    assert direct.cases(remote_id) == set()


def test_the_other_stores_of_the_account_go_on_as_before(direct: DirectWorld) -> None:
    (german,) = direct.sandbox.orders("amazon", 1, marketplace="DE", order_age=600)
    direct.step()
    direct.later()

    assert direct.record(german)["storeId"] == 20001
    assert OrderException.objects.filter(kind__startswith="direct_").count() == 0


def test_labels_that_wait_to_be_told_are_read_again_in_pages_not_one_by_one(
    direct: DirectWorld,
) -> None:
    direct.connect(notify={"mode": "hours", "hours": 2})
    ids = direct.place(5)
    direct.step()
    direct.later(301)
    for remote_id in ids:
        direct.ship(remote_id)
    direct.later()
    before = direct.last_call()

    for _half_hour in range(3):
        direct.later(1801, "dispatches")

    # labels, marks, voids and the untold: one call each at every look
    assert direct.calls("shipments", "fulfillments", after=before) <= 3 * 4
    told = Shipment.objects.filter(ss_order_id__gt=0).values_list("notified", flat=True)
    assert set(told) == {False}
    direct.later(1801, "dispatches")
    assert set(told.all()) == {True}


def test_ebay_runs_in_direct_mode_in_the_same_way(
    make_world: MakeWorld, sandbox: Any
) -> None:
    world = EbayWorld(sandbox)
    world.shop.mode = StoreMode.DIRECT
    world.shop.shipstation_store_id = IMPORTED
    world.shop.save()
    store = {"storeId": IMPORTED, "connection": {"peer": "ebay"}}
    sandbox.config(shipstation={"accounts": [{"key": "demo-key", "stores": [store]}]})
    (remote_id,) = world.sell()
    world.step()
    world.later(301)

    assert world.order(remote_id).stage == "in_shipstation"
    row = world.record(remote_id)
    sandbox.post("ship", {"order_ids": [row["orderId"]]})
    world.later()
    world.later(400)
    assert world.told(remote_id) == []
    assert world.order(remote_id).stage == "done"
    assert world.cases(remote_id) == set()


def test_a_line_cancelled_late_is_held_until_it_is_taken_out(
    direct: DirectWorld,
) -> None:
    remote_id = direct.imported(lines=2)
    direct.connect(cancels=False)
    direct.sandbox.cancel("amazon", remote_id, "line")
    direct.later()

    row = direct.record(remote_id)
    assert row["orderStatus"] == "on_hold"
    assert "direct_line_cancelled" in direct.cases(remote_id)


def test_a_buyer_who_moved_is_a_case_until_shipstation_says_the_same(
    direct: DirectWorld,
) -> None:
    remote_id = direct.imported()
    direct.sandbox.address("amazon", remote_id, postalCode="LS1 4AP")
    direct.later()
    assert direct.cases(remote_id) == {"direct_address_differs"}

    direct.connect(addresses=True)
    direct.later(301)
    direct.later()
    assert direct.cases(remote_id) == set()


def test_a_parcel_of_two_orders_is_told_for_both_by_their_owner(
    direct: DirectWorld,
) -> None:
    first, second = direct.place(2)
    direct.step()
    direct.later(301)
    ids = [direct.record(x)["orderId"] for x in (first, second)]
    direct.sandbox.manual(action="combine", order_ids=ids)
    direct.later()
    direct.sandbox.post("ship", {"order_ids": ids[:1]})
    direct.later()
    direct.later(400)

    for remote_id in (first, second):
        assert len(direct.told(remote_id)) == 1
        assert direct.confirms(remote_id) == []
        assert direct.order(remote_id).stage == "done"


def test_a_notice_of_shipstation_after_ours_becomes_a_case(direct: DirectWorld) -> None:
    direct.rule(shipped_owner="shipsync")
    direct.connect(notify={"mode": "hours", "hours": 3})
    remote_id = direct.imported()
    direct.ship(remote_id)
    direct.later()
    direct.later(400)
    assert len(direct.confirms(remote_id)) == 1
    assert direct.cases(remote_id) == set()

    direct.later(3 * HOUR)
    direct.later(1801)

    assert direct.cases(remote_id) == {"direct_two_owners"}
    assert len(direct.told(remote_id)) + len(direct.confirms(remote_id)) == 1


def test_a_draft_in_direct_mode_writes_nothing(direct: DirectWorld) -> None:
    direct.uk.state = "draft"
    direct.uk.save()
    remote_id = direct.imported()
    direct.connect(cancels=False)

    direct.sandbox.cancel("amazon", remote_id, "request")
    direct.later()

    assert direct.record(remote_id)["orderStatus"] == "awaiting_shipment"
    assert direct.writes() == []


def test_a_cancellation_there_whose_answer_is_lost_is_looked_up(
    direct: DirectWorld,
) -> None:
    remote_id = direct.imported()
    direct.connect(cancels=False)
    direct.sandbox.cancel("amazon", remote_id, "cancelled")
    direct.sandbox.faults(
        "shipstation", "lost_answer", operation="createorders", count=1
    )

    for _look in range(4):
        direct.later(61)

    assert direct.record(remote_id)["orderStatus"] == "cancelled"
    assert len(direct.ledger("shipstation", "cancel")) == 1
    order = direct.order(remote_id)
    assert (order.stage, direct.cases(remote_id)) == ("cancelled", set())
