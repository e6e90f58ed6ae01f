"""Two ShipStation accounts, keys shared with other tools, and what changes there."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from orders.models import CaseState, OrderException
from stores import budgets, lanes
from stores.connect import test_connection
from stores.models import CarrierMapping, Lane, ShipStationAccount, fingerprint
from stores.shipstation.client import GROUP
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World

# The same on every database: those tables are locked elsewhere.

POLL = 301


class TwoAccounts(World):
    """The German store ships from a second ShipStation account."""

    def __init__(self, sandbox: Any, **rules: Any) -> None:
        super().__init__(sandbox, **rules)
        self.second = ShipStationAccount.objects.create(
            name="ShipStation two",
            environment="sandbox",
            key_fingerprint=fingerprint("second-key"),
            secrets={"api_key": "second-key", "api_secret": "second-secret"},
        )
        self.de.shipstation_account = self.second
        self.de.shipstation_store_id = 30001
        self.de.save()
        lanes.ensure_lanes()
        report = test_connection(self.second)
        if self._past_window_end():
            report = test_connection(self.second)
        assert report.ok, report.sentence
        self.step()
        # The first looks: what is there is no news.
        self.look()
        self.look()

    def _past_window_end(self) -> bool:
        """Step over the end of either account's minute."""
        if super()._past_window_end():
            return True
        second: ShipStationAccount | None = getattr(self, "second", None)
        wait = 0.0 if second is None else budgets.wait(second.key, GROUP, urgent=True)
        if not 0 < wait <= 3:
            return False
        self.forward(wait + 0.1)
        return True

    def change(self, key: str = "demo-key", **settings: Any) -> None:
        """Somebody changes one of the accounts in ShipStation's own screens."""
        others = {"demo-key", "second-key"} - {key}
        self.sandbox.config(
            shipstation={
                "accounts": [{"key": key, **settings}, *({"key": x} for x in others)]
            }
        )

    def look(self) -> None:
        """The next poll of ShipStation's side, of both accounts."""
        self.later(POLL, "mirror")

    def drifted(self) -> set[tuple[str, str]]:
        """(scope, kind) of the open cases of drift."""
        rows = OrderException.objects.filter(
            kind__startswith="drift_", state=CaseState.OPEN
        )
        return set(rows.values_list("scope", "kind"))


@pytest.fixture
def two(make_world: MakeWorld, sandbox: Any) -> TwoAccounts:
    return TwoAccounts(sandbox)


def test_orders_go_to_the_account_of_their_store(two: TwoAccounts) -> None:
    (british,) = two.place(marketplace="UK")
    (german,) = two.place(marketplace="DE", seed=4)
    two.later(POLL)

    owners = {
        row["orderNumber"]: row["account"]
        for row in two.sandbox.orders_view("shipstation")
    }
    assert owners == {british: "demo-key", german: "second-key"}
    assert two.drifted() == set()


def test_an_inactive_store_is_a_case_until_it_is_active_again(two: TwoAccounts) -> None:
    two.change(stores=[{"storeId": 20001, "active": False}])
    two.look()
    assert two.drifted() == {(f"store:{two.uk.pk}", "drift_store_inactive")}

    two.change(stores=[{"storeId": 20001, "active": True}])
    two.look()
    assert two.drifted() == set()


def test_a_case_that_was_accepted_returns_when_it_happens_again(
    two: TwoAccounts,
) -> None:
    two.change(stores=[{"storeId": 20001, "active": False}])
    two.look()
    case = two.case("drift_store_inactive")
    OrderException.objects.filter(pk=case.pk).update(
        state=CaseState.RESOLVED, resolution="meant"
    )
    two.look()
    assert two.drifted() == set()

    two.change(stores=[{"storeId": 20001, "active": True}])
    two.look()
    two.change(stores=[{"storeId": 20001, "active": False}])
    two.look()
    assert two.drifted() == {(f"store:{two.uk.pk}", "drift_store_inactive")}


def test_a_store_connected_again_under_a_new_id_is_named(two: TwoAccounts) -> None:
    two.change(
        "second-key",
        gone_stores=[30001],
        stores=[{"storeId": 30009, "storeName": "shipsync", "marketplaceId": 0}],
    )
    two.look()

    assert two.drifted() == {(f"store:{two.de.pk}", "drift_store_moved")}
    assert two.case("drift_store_moved").context["new_id"] == [30009]
    two.de.shipstation_store_id = 30009
    two.de.save()
    two.look()
    assert two.drifted() == set()


def test_a_store_that_is_gone_for_good_is_a_case(two: TwoAccounts) -> None:
    two.change("second-key", gone_stores=[30001])
    two.look()

    assert two.drifted() == {(f"store:{two.de.pk}", "drift_store_gone")}


def test_a_deleted_tag_is_a_case_and_a_new_one_of_its_name_is_used(
    two: TwoAccounts,
) -> None:
    two.change(tags=[])
    two.look()
    assert two.drifted() == {(f"account:{two.shipstation.key}", "drift_tag_gone")}
    two.shipstation.refresh_from_db()
    assert two.shipstation.stop_tag_id is None

    two.change(tags=[{"tagId": 777, "name": "Shipsync: Stop", "color": "#FF0000"}])
    two.look()
    assert two.drifted() == set()
    two.shipstation.refresh_from_db()
    assert two.shipstation.stop_tag_id == 777


def test_without_the_tag_a_late_cancellation_is_held_all_the_same(
    two: TwoAccounts,
) -> None:
    (remote_id,) = two.live(marketplace="UK")
    two.change(tags=[])
    two.look()

    two.sandbox.cancel("amazon", remote_id, "request")
    two.later()

    assert two.record(remote_id)["orderStatus"] == "on_hold"


def test_a_new_carrier_is_told_once_and_closes_when_it_is_mapped(
    two: TwoAccounts,
) -> None:
    two.change(carriers={"yodel": {"name": "Yodel", "services": {"yodel_48": "48"}}})
    two.look()
    assert two.drifted() == {(f"account:{two.shipstation.key}", "drift_carrier")}
    case = two.case("drift_carrier")
    assert "Yodel" in case.summary

    CarrierMapping.objects.create(
        marketplace="amazon", shipstation_carrier="yodel", carrier_code="Yodel"
    )
    two.look()
    assert two.drifted() == set()
    assert OrderException.objects.get(pk=case.pk).times_opened == 1


def test_a_new_carrier_that_was_put_aside_is_not_told_again(two: TwoAccounts) -> None:
    two.change(carriers={"yodel": {"name": "Yodel"}})
    two.look()
    OrderException.objects.filter(kind="drift_carrier").update(
        state=CaseState.RESOLVED, resolution="not_used"
    )

    two.look()
    two.look()

    assert two.drifted() == set()


def test_a_new_service_of_a_carrier_mapped_by_service_is_told(two: TwoAccounts) -> None:
    CarrierMapping.objects.filter(shipstation_carrier="dpd").update(
        shipstation_service="dpd_next_day"
    )
    for _carrier in range(10):
        two.look()
    two.change(carriers={"dpd": {"services": {"dpd_sunday": "Sunday"}}})
    for _carrier in range(10):
        two.look()

    assert two.drifted() == {(f"account:{two.shipstation.key}", "drift_service")}
    assert "dpd_sunday" in two.case("drift_service").summary


def test_the_looks_cost_less_than_one_call_a_minute(two: TwoAccounts) -> None:
    before = two.last_call()
    for _minute in range(15):
        two.later(60, "mirror")

    looks = two.calls("stores", "listtags", "carriers", "services", after=before)
    assert looks <= 2 * 4 * 3  # two accounts, four calls, every five minutes


def test_calls_of_a_foreign_tool_with_our_key_bring_no_refusals(
    two: TwoAccounts,
) -> None:
    """Our budget learns from the headers what the others have used up."""

    def foreign(calls: int) -> None:
        for _call in range(calls):
            requests.get(
                f"{two.sandbox.url}/shipstation/stores",
                auth=("demo-key", "demo-secret"),
                timeout=5,
            )

    two.forward(61)
    for _minute in range(3):
        foreign(12)
        two.place(3, marketplace="UK", seed=two.last_call())
        two.step()
        foreign(12)
        two.later(20)
        two.forward(61)
    windows = two.sandbox.usage("shipstation")["shipstation"]["demo-key"]

    assert sum(window["refused"] for window in windows) == 0
    assert max(window["used"] for window in windows) >= 24


def test_a_look_that_fails_stops_no_reading_and_is_told_after_the_third(
    two: TwoAccounts,
) -> None:
    two.sandbox.faults("shipstation", "500", operation="carriers")
    two.look()
    two.look()
    assert two.cases() == set()
    two.look()

    broken = OrderException.objects.filter(kind="contract_broken", cause="drift")
    assert broken.filter(state=CaseState.OPEN).count() == 2
    lane = Lane.objects.get(account=two.shipstation.key, direction="mirror")
    assert (lane.failures, lane.last_error) == (0, "")
    two.sandbox.clear_faults()
    two.look()
    assert two.cases() == set()
