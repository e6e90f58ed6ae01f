from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.mirakl.driver import Driver, read

DPD = {"carrier_code": "31", "tracking_number": "15501234567890"}


@pytest.fixture
def salon(mirakl: Driver) -> Driver:
    return mirakl.at("salon")


def test_tracking_then_shipping_takes_an_order_away(mirakl: Driver) -> None:
    order_id = mirakl.ready()

    assert mirakl.track(order_id).status_code == 204
    assert mirakl.state(order_id) == "SHIPPING"
    assert mirakl.ship(order_id).status_code == 204

    order = mirakl.order(order_id)
    assert order["order_state"] == "SHIPPED"
    assert order["shipping_company"] == "Royal Mail"
    assert order["shipping_carrier_standard_code"] == "ROYAL_MAIL"
    assert order["shipping_tracking_url"].endswith("?id=AB123456785GB")
    (row,) = mirakl.ledger("ship")
    assert (row["accepted"], row["carrier_code"], row["trackingNumber"]) == (True, "ROYALMAIL", "AB123456785GB")  # fmt: skip


def test_an_order_leaves_once(mirakl: Driver) -> None:
    order_id = mirakl.ready()
    mirakl.track(order_id)
    mirakl.ship(order_id)

    again = mirakl.ship(order_id)

    assert again.status_code == 400
    assert "SHIPPED" in read(again)["message"]
    assert [row["accepted"] for row in mirakl.ledger("ship", "ship_refused")] == [True, False]  # fmt: skip


def test_a_number_may_be_corrected_after_the_shipping(mirakl: Driver) -> None:
    order_id = mirakl.ready()
    mirakl.track(order_id)
    mirakl.ship(order_id)

    assert mirakl.track(order_id, carrier_code="EVRI", tracking_number="H1").status_code == 204  # fmt: skip

    assert mirakl.order(order_id)["shipping_tracking"] == "H1"
    assert mirakl.ledger("tracking")[-1]["after_shipping"] is True


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"carrier_code": "royalmail", "tracking_number": "A1"}, "not registered"),
        ({"carrier_code": "ROYALMAIL"}, "required for carrier"),
        ({"tracking_number": "A1"}, "carrier_code or carrier_name"),
        ({"carrier_code": 7}, "a text is required"),
        ({"carrier_name": "Van", "carrier_url": "example.com"}, "not an address"),
    ],
)
def test_tracking_that_does_not_fit_is_refused(
    mirakl: Driver, body: Any, words: str
) -> None:
    answer = mirakl.track(mirakl.ready(), **body)

    assert answer.status_code == 400
    assert words in read(answer)["message"]
    (row,) = mirakl.ledger("tracking_refused")
    assert row["accepted"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"carrier_code": "OWN_VAN"},
        {"carrier_name": "Moped", "tracking_number": "M1"},
        {"carrier_name": "Moped", "carrier_url": "https://example.com/M1"},
    ],
)
def test_carriers_without_a_number_and_unregistered_ones_pass(
    mirakl: Driver, body: Any
) -> None:
    order_id = mirakl.ready()

    assert mirakl.track(order_id, **body).status_code == 204
    assert mirakl.order(order_id)["shipping_tracking_url"] == body.get("carrier_url")


def test_an_operator_may_know_registered_carriers_only(mirakl: Driver) -> None:
    shop = mirakl.at("homeware")

    answer = shop.track(shop.ready(), carrier_name="Moped", tracking_number="M1")

    assert read(answer)["message"] == "Only registered carriers are allowed"


def test_nothing_is_told_of_an_order_that_may_not_leave(mirakl: Driver) -> None:
    shop = mirakl.at("homeware")
    waiting = shop.place_one()
    theirs = mirakl.place_one(fulfilled_by="operator")

    assert shop.ship(waiting).status_code == 400
    tracked = shop.track(waiting, carrier_code="dpd-uk", tracking_number="1")
    assert tracked.status_code == 400
    assert mirakl.order(theirs)["can_shop_ship"] is False
    assert mirakl.ship(theirs).status_code == 400
    assert mirakl.ship("9-A").status_code == 404


def test_tracking_comes_first_where_the_method_wants_it(mirakl: Driver) -> None:
    parcel = mirakl.ready(seed=1)
    letter = mirakl.ready(seed=2, shipping_type="LETTER")

    assert "mandatory" in read(mirakl.ship(parcel))["message"]
    assert mirakl.ship(letter).status_code == 204


def lines(shop: Driver, order_id: str) -> list[Any]:
    found: list[Any] = shop.order(order_id)["order_lines"]
    return found


def shipment(line_id: str, quantity: int, **fields: Any) -> Any:
    row = {"order_line_id": line_id, "quantity": quantity}
    order_id = line_id.rpartition("-")[0]
    return {"order_id": order_id, "shipment_lines": [row], "tracking": DPD, **fields}


def told(shop: Driver, *rows: Any) -> Any:
    answer = shop.call("POST", "shipments", {"shipments": list(rows)})
    assert answer.status_code == 201, answer.content
    return read(answer)


def test_parcels_leave_one_by_one(salon: Driver) -> None:
    order_id = salon.ready(sku="MUG-BLUE", quantity=3)
    (line,) = lines(salon, order_id)
    line_id = line["order_line_id"]

    told(salon, shipment(line_id, 2, shipped=True))
    first = salon.order(order_id)
    told(salon, shipment(line_id, 1, shipped=True))

    assert first["order_state"] == "SHIPPING"
    assert first["order_lines"][0]["order_line_state"] == "SHIPPING"
    assert salon.state(order_id) == "SHIPPED"
    assert [row["items"] for row in salon.ledger("ship")] == [{line_id: 2}, {line_id: 1}]  # fmt: skip
    (view,) = salon.peer.orders_view()
    assert len(view["packages"]) == 2


def test_errors_stand_inside_a_201(salon: Driver) -> None:
    (line,) = lines(salon, salon.ready(sku="MUG-BLUE", quantity=2))
    line_id = line["order_line_id"]
    waiting = salon.place_one(seed=5)

    body = told(
        salon,
        shipment(line_id, 1, shipped=True),
        shipment(line_id, 2, shipped=True),
        shipment(line_id, 1, tracking={"carrier_code": "DPD", "tracking_number": "1"}),
        shipment("none-A-1", 1),
        shipment(f"{waiting}-1", 1),
        shipment(line_id, 0),
    )

    assert len(body["shipment_success"]) == 1
    said = [row["message"] for row in body["shipment_errors"]]
    for text, words in zip(said, ("1 units are left", "'DPD' is not registered", "not found", "WAITING_ACCEPTANCE", "quantity from 1"), strict=True):  # fmt: skip
        assert words in text
    assert [row["accepted"] for row in salon.ledger("ship", "ship_refused")].count(False) == 5  # fmt: skip


def test_told_twice_a_parcel_is_refused_the_second_time(salon: Driver) -> None:
    (line,) = lines(salon, salon.ready(sku="MUG-BLUE", quantity=1))
    row = shipment(line["order_line_id"], 1, shipped=True)

    assert told(salon, row)["shipment_errors"] == []
    assert told(salon, row)["shipment_success"] == []


def test_a_prepared_shipment_leaves_when_it_is_told(salon: Driver) -> None:
    order_id = salon.ready(sku="MUG-BLUE", quantity=1)
    (line,) = lines(salon, order_id)
    (made,) = told(salon, shipment(line["order_line_id"], 1))["shipment_success"]
    assert (made["status"], salon.state(order_id)) == ("SHIPPING", "SHIPPING")
    assert salon.get("shipments/items_to_ship")["data"] == []

    body = {"shipments": [{"id": made["id"]}]}
    first = read(salon.call("PUT", "shipments/ship", body))
    second = read(salon.call("PUT", "shipments/ship", body))

    assert (len(first["shipment_success"]), len(second["shipment_errors"])) == (1, 1)
    assert salon.state(order_id) == "SHIPPED"


def test_what_is_left_to_ship_is_listed_with_its_address(salon: Driver) -> None:
    order_id = salon.ready(sku="MUG-BLUE", quantity=3)
    (line,) = lines(salon, order_id)
    told(salon, shipment(line["order_line_id"], 1, shipped=True))
    salon.peer.cancel({"order_id": order_id, "how": "line", "quantity": 1})

    (row,) = salon.get("shipments/items_to_ship")["data"]

    assert [each["quantity"] for each in row["shipment_lines"]] == [1]
    assert row["shipping_address"]["country_iso_code"]


def test_an_order_is_done_once_the_rest_is_cancelled(salon: Driver) -> None:
    order_id = salon.ready(sku="MUG-BLUE", quantity=2)
    (line,) = lines(salon, order_id)
    told(salon, shipment(line["order_line_id"], 1, shipped=True))

    salon.peer.cancel({"order_id": order_id, "how": "line"})

    assert salon.state(order_id) == "SHIPPED"


@pytest.mark.parametrize(
    ("tracking", "at_once", "later"),
    [
        (DPD, "UNVERIFIED", "VERIFIED"),
        ({**DPD, "carrier_code": "RM24"}, "UNVERIFIED", "INVALID"),
        ({**DPD, "carrier_code": "99"}, "UNVERIFIED", "UNCOVERED"),
        ({"carrier_name": "Moped", "tracking_number": "M1"}, "UNVERIFIED", "UNCOVERED"),
        (None, "MISSING_TRACKING", "MISSING_TRACKING"),
    ],
)
def test_hours_later_the_carrier_is_asked(
    salon: Driver, tracking: Any, at_once: str, later: str
) -> None:
    (line,) = lines(salon, salon.ready(sku="MUG-BLUE"))
    row = shipment(line["order_line_id"], line["quantity"], shipped=True)
    (made,) = told(salon, {**row, "tracking": tracking})["shipment_success"]

    def validity() -> list[str]:
        found = salon.get("shipments", order_id=line["order_line_id"][:-2])["data"]
        return [each["tracking"]["validity_status"] for each in found]

    assert made["tracking"]["validity_status"] == at_once
    salon.later(hours=1, minutes=59)
    assert validity() == [at_once]
    salon.later(minutes=1)
    assert validity() == [later]


def test_a_corrected_number_is_checked_anew(salon: Driver) -> None:
    (line,) = lines(salon, salon.ready(sku="MUG-BLUE"))
    wrong = shipment(line["order_line_id"], line["quantity"], shipped=True, tracking={**DPD, "carrier_code": "RM24"})  # fmt: skip
    (made,) = told(salon, wrong)["shipment_success"]
    salon.later(hours=3)

    body = {"shipments": [{"id": made["id"], "tracking": DPD}]}
    assert read(salon.call("POST", "shipments/tracking", body))["shipment_errors"] == []
    salon.later(hours=3)

    (row,) = salon.get("shipments")["data"]
    assert row["tracking"]["validity_status"] == "VERIFIED"
    assert [r["validity"] for r in salon.ledger("tracking_checked")] == ["INVALID", "VERIFIED"]  # fmt: skip


def test_shipments_are_paged_by_token_and_filtered(salon: Driver) -> None:
    ids = [salon.ready(seed=seed, sku="MUG-BLUE") for seed in range(5)]
    for order_id in ids:
        (line,) = lines(salon, order_id)
        told(salon, shipment(line["order_line_id"], line["quantity"], shipped=True))

    first = salon.get("shipments", limit=3)
    rest = salon.get("shipments", limit=3, page_token=first["next_page_token"])

    assert [len(page["data"]) for page in (first, rest)] == [3, 2]
    assert "next_page_token" not in rest
    two = salon.get("shipments", order_id=ids[:2])["data"]
    assert {row["order_id"] for row in two} == set(ids[:2])
    assert salon.get("shipments", shipment_state_code="SHIPPING")["data"] == []
    assert salon.call("GET", "shipments", page_token="x").status_code == 400


def test_the_money_comes_with_the_shipment_where_that_is_the_rule(
    salon: Driver,
) -> None:
    order_id = salon.ready(sku="MUG-BLUE")
    assert salon.order(order_id)["customer_debited_date"] is None
    (line,) = lines(salon, order_id)

    told(salon, shipment(line["order_line_id"], line["quantity"], shipped=True))

    assert salon.order(order_id)["customer_debited_date"]


def test_whole_orders_and_shipments_do_not_mix(salon: Driver) -> None:
    order_id = salon.ready(sku="MUG-BLUE", quantity=2)
    (line,) = lines(salon, order_id)
    told(salon, shipment(line["order_line_id"], 1, shipped=True))

    assert salon.track(order_id, **DPD).status_code == 400
    assert salon.ship(order_id).status_code == 400


def test_shipments_need_the_feature(mirakl: Driver) -> None:
    for method, path in (("GET", "shipments"), ("POST", "shipments")):
        assert mirakl.call(method, path, {"shipments": [{}]}).status_code == 403
    features = mirakl.get("platform/configuration")["features"]
    assert features["shipment"]["multi_shipment"] is False
