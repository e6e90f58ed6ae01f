from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from stores.sandbox.core import ControlError
from stores.sandbox.shipstation import pacific
from tests.sandbox.conftest import order_body


def _numbers(answer: Any) -> list[str]:
    return [row["orderNumber"] for row in answer["orders"]]


def test_order_number_matches_by_prefix(api: Any) -> None:
    for number in ("100", "1001", "99", "2100"):
        api.create(number)

    assert _numbers(api.get("orders", orderNumber="100")) == ["100", "1001"]


def test_pages_are_capped_at_500_and_default_to_100(api: Any, order_body: Any) -> None:
    for batch in range(6):
        api.post(
            "orders/createorders", [order_body(f"{batch}-{n}") for n in range(100)]
        )

    first = api.get("orders")
    big = api.get("orders", pageSize=1000)
    last = api.get("orders", pageSize=500, page=2)
    beyond = api.get("orders", pageSize=500, page=3)

    assert (len(first["orders"]), first["total"], first["pages"]) == (100, 600, 6)
    assert (len(big["orders"]), big["pages"]) == (500, 2)
    assert (len(last["orders"]), last["page"]) == (100, 2)
    assert beyond["orders"] == []
    assert len({row["orderId"] for row in big["orders"] + last["orders"]}) == 600


def test_modify_window_follows_each_change(api: Any, still_clock: Any) -> None:
    api.create("A-1")
    still_clock.advance(60)
    api.create("A-2")
    still_clock.advance(60)
    api.create("A-1", customerNotes="changed")

    late = api.get("orders", modifyDateStart="2026-03-04 09:01:00")
    early = api.get("orders", modifyDateEnd="2026-03-04 09:01:30")
    newest = api.get(
        "orders",
        modifyDateStart="2026-03-04 09:00:00",
        sortBy="ModifyDate",
        sortDir="DESC",
    )

    assert _numbers(late) == ["A-1", "A-2"]
    assert _numbers(early) == ["A-2"]
    assert _numbers(newest) == ["A-1", "A-2"]


def test_index_lag_hides_a_change_for_a_while(api: Any, still_clock: Any) -> None:
    api.peer.configure({"index_lag": 300})
    order = api.create("A-1")
    window = {"modifyDateStart": "2026-03-04 08:59:00"}

    still_clock.advance(299)
    assert api.get("orders", **window)["total"] == 0
    assert api.get(f"orders/{order['orderId']}")["orderNumber"] == "A-1"
    assert api.get("orders", orderNumber="A-1")["total"] == 1
    still_clock.advance(1)
    assert api.get("orders", **window)["total"] == 1
    # A poller that starts where the last answer ended never sees it.
    assert api.get("orders", modifyDateStart="2026-03-04 09:04:59")["total"] == 0


def test_random_lag_stays_in_its_bounds(api: Any, still_clock: Any) -> None:
    api.peer.configure({"index_lag": [10, 20]})
    for number in range(30):
        api.create(f"A-{number}")

    counts = []
    for _ in range(3):
        counts.append(api.get("orders", modifyDateStart="2026-03-04")["total"])
        still_clock.advance(10)
    counts.append(api.get("orders", modifyDateStart="2026-03-04")["total"])

    assert counts[0] == 0
    assert counts[1] <= counts[2] == counts[3] == 30


def test_filters_combine(api: Any, still_clock: Any) -> None:
    api.create("A-1", orderDate="2026-03-01", paymentDate="2026-03-02")
    api.create("A-2", orderDate="2026-03-03", advancedOptions={"storeId": 20002})
    still_clock.advance(3600)
    api.create("A-3", orderDate="2026-03-03", orderStatus="on_hold")

    assert _numbers(api.get("orders", orderStatus="on_hold")) == ["A-3"]
    assert _numbers(api.get("orders", storeId=20002)) == ["A-2"]
    assert _numbers(api.get("orders", orderDateStart="2026-03-02")) == ["A-2", "A-3"]
    assert _numbers(api.get("orders", paymentDateEnd="2026-03-05")) == ["A-1"]
    assert _numbers(api.get("orders", createDateStart="2026-03-04 09:30:00")) == ["A-3"]
    assert _numbers(api.get("orders", itemKeyword="mug", storeId=20001)) == [
        "A-1",
        "A-3",
    ]
    assert _numbers(api.get("orders", sortDir="DESC")) == ["A-3", "A-2", "A-1"]


def test_unknown_parameters_are_ignored_and_wrong_dates_refused(api: Any) -> None:
    api.create("A-1")

    assert api.get("orders", orderKey="nothing", modifydatestrat="x")["total"] == 1
    assert api.call("GET", "orders", modifyDateStart="soon").status_code == 400


def test_numeric_offset_is_honoured_but_z_is_pacific(api: Any) -> None:
    api.create("A-1")  # 09:00 Pacific, 17:00 UTC

    def total(start: str) -> int:
        return int(api.get("orders", modifyDateStart=start)["total"])

    assert total("2026-03-04T16:59:00-00:00") == 1
    assert total("2026-03-04T17:01:00-00:00") == 0
    assert total("2026-03-04T16:59:00Z") == 0


def test_many_changes_keep_the_index_small(api: Any, still_clock: Any) -> None:
    for _ in range(1500):
        api.create("A-1")
        still_clock.advance(0.01)

    account = api.peer.world.accounts["demo-key"]
    assert len(account.modified) <= 1003
    assert api.get("orders", modifyDateStart="2026-03-04")["total"] == 1


def test_poisoned_order_breaks_only_pages_that_hold_it(api: Any) -> None:
    for number in range(5):
        api.create(f"A-{number}")
    api.peer.fault({"fault": "poison", "order_key": "k-A-3"})

    def status(**query: Any) -> int:
        return int(api.call("GET", "orders", **query).status_code)

    assert status() == 500
    assert status(pageSize=3, page=1) == 200
    assert [status(pageSize=1, page=n) for n in range(1, 6)] == [
        200,
        200,
        200,
        500,
        200,
    ]
    api.peer.clear_faults()
    assert status() == 200


def test_pages_zero_as_in_the_official_samples(api: Any) -> None:
    api.peer.configure({"pages_zero": True})
    api.create("A-1")
    api.control("ship", all=True)

    assert api.get("shipments")["pages"] == 0
    assert api.get("fulfillments")["pages"] == 0
    assert api.get("orders")["pages"] == 1


def test_shipments_by_creation_window(api: Any, still_clock: Any) -> None:
    for number in ("A-1", "A-2", "A-3"):
        api.create(number)
        api.control("ship", order_keys=[f"k-{number}"])
        still_clock.advance(60)

    rows = api.get(
        "shipments",
        createDateStart="2026-03-04 09:01:00",
        createDateEnd="2026-03-04 09:01:59",
    )["shipments"]

    assert [row["orderNumber"] for row in rows] == ["A-2"]


def test_refresh_date_is_utc_while_the_attempt_is_pacific(api: Any) -> None:
    api.post("stores/refreshstore", {}, storeId=20002)

    store = api.get("stores/20002")
    assert store["refreshDate"] == "2026-03-04T17:00:00.000"
    assert store["lastRefreshAttempt"] == "2026-03-04T09:00:00.000"


def test_inactive_stores_show_only_on_request(api: Any) -> None:
    assert [row["storeId"] for row in api.get("stores")] == [20001, 20002]
    assert len(api.get("stores", showInactive="true")) == 3


def test_catalogue_calls(api: Any) -> None:
    codes = {row["code"] for row in api.get("carriers")}

    assert {"royal_mail", "dpd", "hermes", "dhl_express_uk"} <= codes
    services = api.get("carriers/listservices", carrierCode="dpd")
    assert {row["carrierCode"] for row in services} == {"dpd"}
    assert api.get("carriers/listpackages", carrierCode="dpd")[0]["code"] == "package"
    assert api.get("carriers/getcarrier", carrierCode="dpd")["code"] == "dpd"
    assert api.get("accounts/listtags")[0]["name"] == "shipsync: stop"
    assert api.get("warehouses")[0]["isDefault"] is True
    assert api.get("stores/marketplaces")[0]["canConfirmShipments"] is False


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-07-01 12:00:00", "2026-07-01T19:00:00"),
        ("2026-01-01T12:00", "2026-01-01T20:00:00"),
        ("2026-11-01 01:30:00", "2026-11-01T08:30:00"),  # the repeated hour: first
        ("2026-03-08 02:30:00", "2026-03-08T10:30:00"),  # the hour that is not
        ("2026-03-04", "2026-03-04T08:00:00"),
    ],
)
def test_pacific_text_is_read_through_both_clock_changes(text: str, utc: str) -> None:
    wanted = datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()

    assert pacific.parse(text) == wanted


def test_repeated_hour_is_written_twice() -> None:
    first = datetime(2026, 11, 1, 8, 30, tzinfo=UTC).timestamp()

    assert pacific.to_text(first) == "2026-11-01T01:30:00.0000000"
    assert pacific.to_text(first + 3600) == "2026-11-01T01:30:00.0000000"
    assert pacific.to_text(first + 7200) == "2026-11-01T02:30:00.0000000"


@pytest.mark.parametrize("seed", range(4))
def test_indexes_agree_with_a_full_scan(api: Any, still_clock: Any, seed: int) -> None:
    chance = random.Random(seed)
    api.peer.configure({"index_lag": [0, 40]})
    account = api.peer.world.accounts["demo-key"]
    for step in range(150):
        number = f"N{chance.randrange(30)}"
        try:
            match chance.randrange(6):
                case 0:
                    api.control("ship", order_keys=[f"k-{number}"], split=True)
                case 1:
                    keys = [f"k-N{chance.randrange(30)}" for _ in range(2)]
                    api.control("manual", action="combine", order_keys=keys)
                case 2:
                    api.control("manual", action="delete", order_key=f"k-{number}")
                case _:
                    body = order_body_of(api, number, step)
                    api.call("POST", "orders/createorder", body)
        except ControlError:
            pass  # a closed or vanished order; the next step tries another
        still_clock.advance(chance.random() * 10)
        if step == 100:
            api.peer.load(json.loads(json.dumps(api.peer.dump())))
            account = api.peer.world.accounts["demo-key"]
    still_clock.advance(60)

    orders = account.orders.values()
    middle = chance.choice([order.modify_ts for order in orders])
    text = pacific.to_text(middle)
    later = api.get("orders", modifyDateStart=text, pageSize=500)["orders"]
    until = api.get("orders", modifyDateEnd=text, pageSize=500)["orders"]
    prefixed = api.get("orders", orderNumber="N1", pageSize=500)["orders"]
    assert [row["orderId"] for row in later] == sorted(
        order.order_id for order in orders if order.modify_ts >= middle
    )
    assert {row["orderId"] for row in until} == {
        order.order_id for order in orders if order.modify_ts <= middle
    }
    assert [row["orderId"] for row in prefixed] == sorted(
        order.order_id for order in orders if order.number.startswith("N1")
    )


def order_body_of(api: Any, number: str, step: int) -> dict[str, Any]:
    """A body that changes with each step, for the order's first part."""
    body = order_body(number, internalNotes=f"step {step}")
    known = api.peer.world.accounts["demo-key"].by_key.get(body["orderKey"])
    return {**body, "orderId": known[0]} if known else body
