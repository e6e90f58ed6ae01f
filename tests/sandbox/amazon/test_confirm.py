from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.amazon.carriers import (
    CARRIER_CODES,
    EU_LANE_CARRIERS,
    tracking_matches,
)
from stores.sandbox.core import ControlError
from tests.sandbox.amazon.driver import Driver, message, read


def test_whole_order_confirmed_is_shipped_and_reads_back(amazon: Driver) -> None:
    order_id = amazon.place_one(quantity=2)
    before = amazon.order(order_id)
    amazon.time.move(minutes=1)

    response = amazon.confirm(order_id, shippingMethod="Tracked 24")

    assert response.status_code == 204
    assert response.content == b""
    order = amazon.order(order_id)
    item_id = order["orderItems"][0]["orderItemId"]
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert order["lastUpdatedTime"] > before["lastUpdatedTime"]
    assert order["packages"] == [
        {
            "packageReferenceId": "1",
            "createdTime": "2026-11-22T10:01:00.000Z",
            "packageStatus": {"status": "SHIPPED"},
            "carrier": "Royal Mail",
            "shipTime": "2026-11-22T10:01:00.000Z",
            "shippingService": "Tracked 24",
            "trackingNumber": "AB123456785GB",
            "packageItems": [{"orderItemId": item_id, "quantity": 2}],
        }
    ]
    (row,) = amazon.ledger("confirm")
    assert row["accepted"] is True
    assert row["key"] == order_id
    assert row["edit"] is False
    assert row["carrierCode"] == "Royal Mail"
    assert row["trackingNumber"] == "AB123456785GB"
    assert row["packageReferenceId"] == "1"
    assert row["items"] == {item_id: 2}


def test_parts_make_a_partly_shipped_order(amazon: Driver) -> None:
    order_id = amazon.place_one(quantity=3)
    item_id = amazon.order(order_id)["orderItems"][0]["orderItemId"]

    def part(reference: str, quantity: int) -> int:
        return amazon.confirm(
            order_id,
            packageReferenceId=reference,
            orderItems=[{"orderItemId": item_id, "quantity": quantity}],
        ).status_code

    assert part("1", 2) == 204
    block = amazon.order(order_id)["orderItems"][0]["fulfillment"]
    assert (block["quantityFulfilled"], block["quantityUnfulfilled"]) == (2, 1)
    status = amazon.order(order_id)["fulfillment"]["fulfillmentStatus"]
    assert status == "PARTIALLY_SHIPPED"
    assert part("2", 2) == 400
    assert part("2", 1) == 204
    order = amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert [package["packageReferenceId"] for package in order["packages"]] == [
        "1",
        "2",
    ]


def test_same_reference_edits_the_package(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.confirm(order_id)
    amazon.time.move(minutes=50)

    response = amazon.confirm(
        order_id, carrierCode="UPS", trackingNumber="1Z1234567890123456"
    )

    assert response.status_code == 204
    (package,) = amazon.order(order_id)["packages"]
    assert package["carrier"] == "UPS"
    assert package["trackingNumber"] == "1Z1234567890123456"
    assert package["createdTime"] == "2026-11-22T10:00:00.000Z"
    assert [row["edit"] for row in amazon.ledger("confirm")] == [False, True]


def test_edit_may_give_quantity_back(amazon: Driver) -> None:
    order_id = amazon.place_one(quantity=3)
    amazon.confirm(order_id)
    item_id = amazon.order(order_id)["orderItems"][0]["orderItemId"]

    amazon.confirm(order_id, orderItems=[{"orderItemId": item_id, "quantity": 1}])

    order = amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert order["orderItems"][0]["fulfillment"]["quantityUnfulfilled"] == 2


def test_shipped_order_takes_no_second_package(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.confirm(order_id)

    response = amazon.confirm(order_id, packageReferenceId="2")

    assert response.status_code == 400
    assert "errorMetric=PackageToUpdateNotFound" in message(response)
    assert len(amazon.order(order_id)["packages"]) == 1


BAD_DETAILS: list[tuple[dict[str, Any], str, str]] = [
    ({"packageReferenceId": 1}, "InvalidInput", "packageDetail.packageReferenceId"),
    ({"packageReferenceId": "0"}, "InvalidInput", "positive numeric"),
    ({"packageReferenceId": "-1"}, "InvalidInput", "positive numeric"),
    ({"packageReferenceId": "RM12"}, "InvalidInput", "positive numeric"),
    ({"packageReferenceId": "1.5"}, "InvalidInput", "positive numeric"),
    ({"packageReferenceId": "²"}, "InvalidInput", "positive numeric"),
    ({"packageReferenceId": None}, "InvalidInput", "Missing required field"),
    ({"carrierCode": None}, "InvalidInput", "Missing required field"),
    ({"carrierCode": "royal mail"}, "InvalidInput", "CarrierCode royal mail"),
    ({"carrierCode": "Evri"}, "InvalidInput", "CarrierCode Evri"),
    ({"carrierCode": "Other"}, "InvalidInput", "CarrierName is required"),
    ({"carrierCode": "Other", "carrierName": " "}, "InvalidInput", "CarrierName"),
    ({"trackingNumber": None}, "InvalidInput", "Missing required field"),
    ({"trackingNumber": ""}, "InvalidInput", "must not be empty"),
    ({"trackingNumber": 4711}, "InvalidInput", "packageDetail.trackingNumber"),
    ({"trackingNumber": "1Z123"}, "InvalidInput", "does not match the expected format"),
    ({"shipDate": None}, "InvalidInput", "Missing required field"),
    ({"shipDate": "22/11/2026"}, "Invalid Input", "ISO 8601"),
    ({"shipDate": "2026-11-22T10:00:00"}, "Invalid Input", "ISO 8601"),
    ({"shipDate": "2026-11-22T10:00:01Z"}, "Invalid Input", "future"),
    ({"shipDate": "2026-11-22T09:59:59Z"}, "Invalid Input", "before the purchase"),
    ({"orderItems": None}, "InvalidInput", "OrderItemId"),
    ({"orderItems": []}, "InvalidInput", "OrderItemId"),
    ({"orderItems": {"orderItemId": "1"}}, "InvalidInput", "OrderItemId"),
    (
        {"orderItems": [{"orderItemId": "123", "quantity": 1}]},
        "InvalidInput",
        "OrderItemId 123 is invalid",
    ),
    (
        {"orderItems": [{"orderItemId": 123, "quantity": 1}]},
        "InvalidInput",
        "orderItems[0].orderItemId",
    ),
    (
        {"orderItems": [{"orderItemId": "123", "quantity": "1"}]},
        "InvalidInput",
        "orderItems[0].quantity",
    ),
    (
        {"orderItems": [{"orderItemId": "123", "quantity": 0}]},
        "InvalidInput",
        "Quantity 0",
    ),
    (
        {"orderItems": [{"orderItemId": "123", "quantity": 1}] * 2},
        "InvalidInput",
        "more than once",
    ),
]


@pytest.mark.parametrize(("detail", "code", "gist"), BAD_DETAILS)
def test_refused_details_have_no_effect(
    amazon: Driver, detail: dict[str, Any], code: str, gist: str
) -> None:
    order_id = amazon.place_one()
    before = amazon.order(order_id)

    response = amazon.confirm(order_id, **detail)

    assert response.status_code == 400
    assert read(response)["errors"][0]["code"] == code
    assert gist in message(response)
    assert amazon.order(order_id) == before
    assert amazon.ledger("confirm") == []
    (row,) = amazon.ledger("confirm_refused")
    assert row["accepted"] is False
    assert (row["key"], row["code"]) == (order_id, code)
    assert row["message"] == message(response)


@pytest.mark.parametrize("body", [None, [], "text", {}, {"packageDetail": {}}])
def test_refused_bodies(amazon: Driver, body: object) -> None:
    response = amazon.send(amazon.place_one(), body)

    assert response.status_code == 400
    assert read(response)["errors"][0]["code"] == "InvalidInput"


def test_marketplace_must_be_the_orders(amazon: Driver) -> None:
    order_id = amazon.place_one(marketplace="UK")
    body = amazon.confirmation(order_id)
    body["marketplaceId"] = "A1PA6795UKMFR9"

    response = amazon.send(order_id, body)

    assert response.status_code == 400
    assert "MarketplaceId" in message(response)


def test_unknown_order_is_404(amazon: Driver) -> None:
    body = amazon.confirmation(amazon.place_one())

    assert amazon.send("111-1111111-1111111", body).status_code == 404


def test_other_carrier_with_a_name_is_taken(amazon: Driver) -> None:
    order_id = amazon.place_one()

    response = amazon.confirm(
        order_id, carrierCode="Other", carrierName="Van Man", trackingNumber="VM-00017"
    )

    assert response.status_code == 204
    assert amazon.order(order_id)["packages"][0]["carrier"] == "Van Man"


@pytest.mark.parametrize(
    ("spec", "gist"),
    [
        ({"programs": ["FBM_SHIP_PLUS"]}, "Ship+"),
        ({"fulfilled_by": "AMAZON"}, "fulfilled by Amazon"),
        ({"pending": 600}, "pending"),
    ],
)
def test_orders_that_are_not_ours_to_confirm(
    amazon: Driver, spec: dict[str, Any], gist: str
) -> None:
    response = amazon.confirm(amazon.place_one(**spec))

    assert response.status_code == 400
    assert gist in message(response)


def test_invoice_by_amazon_needs_a_vat_registration(amazon: Driver) -> None:
    order_id = amazon.place_one(programs=["INVOICE_BY_AMAZON"])
    amazon.peer.configure({"sellers": [{"id": "A2DEMOSELLER", "vat_countries": []}]})

    response = amazon.confirm(order_id)

    assert response.status_code == 400
    assert "VAT registration" in message(response)


def test_transparency_codes_one_for_each_unit(amazon: Driver) -> None:
    order_id = amazon.place_one(programs=["TRANSPARENCY"], quantity=2)
    item_id = amazon.order(order_id)["orderItems"][0]["orderItemId"]

    def confirm(codes: list[str]) -> int:
        row = {"orderItemId": item_id, "quantity": 2, "transparencyCodes": codes}
        return amazon.confirm(order_id, orderItems=[row]).status_code

    assert confirm([]) == 400
    assert confirm(["09876543211234567890"]) == 400
    assert confirm(["09876543211234567890", "09876543211234567891"]) == 204
    (item,) = amazon.order(order_id)["packages"][0]["packageItems"]
    assert len(item["transparencyCodes"]) == 2


def lane(amazon: Driver, **spec: Any) -> int:
    """Status of a confirmation by a carrier that the lane does not approve."""
    order_id = amazon.place_one(marketplace="DE", sku="MUG-BLUE", **spec)
    body = amazon.confirmation(
        order_id, carrierCode="Hermes UK", trackingNumber="H00AA1234567890A"
    )
    return amazon.send(order_id, body).status_code


def test_parcels_into_the_eu_need_an_approved_carrier(amazon: Driver) -> None:
    assert lane(amazon, quantity=1) == 400
    assert "not approved" in amazon.ledger("confirm_refused")[0]["message"]
    approved = amazon.place_one(marketplace="DE", sku="MUG-BLUE")
    assert amazon.confirm(approved).status_code == 204


def test_lane_rule_spares_dear_parcels_and_other_lanes(amazon: Driver) -> None:
    assert lane(amazon, quantity=20) == 204
    assert lane(amazon, country="GB") == 204
    amazon.peer.configure(
        {"sellers": [{"id": "A2DEMOSELLER", "ship_from_country": "FR"}]}
    )
    assert lane(amazon) == 204


def test_lane_rule_starts_on_1_july_2026(amazon: Driver) -> None:
    amazon.time.now = amazon.time.now.replace(month=6, day=30)
    amazon.time.apply()
    amazon.login()
    assert lane(amazon) == 204
    amazon.time.now = amazon.time.now.replace(month=7, day=1, hour=0)
    amazon.time.apply()
    amazon.login()
    assert lane(amazon) == 400


def test_lane_list_can_be_configured(amazon: Driver) -> None:
    amazon.peer.configure({"eu_lane_carriers": ["Hermes UK"]})

    assert lane(amazon) == 204
    with pytest.raises(ControlError, match="Evri"):
        amazon.peer.configure({"eu_lane_carriers": ["Evri"]})


def test_dropped_mode_answers_204_without_effect(amazon: Driver) -> None:
    order_id = amazon.place_one()
    before = amazon.order(order_id)
    amazon.peer.configure({"confirm_mode": "dropped"})

    assert amazon.confirm(order_id).status_code == 204

    assert amazon.order(order_id) == before
    assert amazon.ledger("confirm") == []
    (row,) = amazon.ledger("confirm_dropped")
    assert row["accepted"] is False


def test_one_confirmation_dropped_and_the_next_taken(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.peer.fault({"fault": "dropped", "count": 1})

    assert amazon.confirm(order_id, packageReferenceId="").status_code == 400
    assert amazon.confirm(order_id).status_code == 204
    assert "packages" not in amazon.order(order_id)
    assert amazon.confirm(order_id).status_code == 204
    assert len(amazon.order(order_id)["packages"]) == 1
    assert len(amazon.ledger("confirm")) == len(amazon.ledger("confirm_dropped")) == 1


def test_carrier_tables() -> None:
    assert len(CARRIER_CODES) > 150
    assert EU_LANE_CARRIERS <= CARRIER_CODES
    assert {"Royal Mail", "ROYAL_MAIL", "UK MAIL", "UKMail"} <= CARRIER_CODES
    assert "Evri" not in CARRIER_CODES


@pytest.mark.parametrize(
    ("carrier", "good", "bad"),
    [
        ("UPS", "1Z9999999999999999", "9Z9999999999999999"),
        ("Royal Mail", "AB123456785GB", "AB12345678"),
        ("DPD", "15501234567890", "1550"),
        ("Hermes UK", "H00AA12345678901", "H00"),
        ("DHL Express", "1234567890", "12345"),
        ("USPS", "9400123456789012345678", "9400"),
        ("FedEx", "123456789012", "ABC"),
        ("Yodel", "JD0002123456789012", "12"),
        ("Whistl", "TRK1234567890", "?"),
    ],
)
def test_tracking_shapes(carrier: str, good: str, bad: str) -> None:
    assert tracking_matches(carrier, good)
    assert not tracking_matches(carrier, bad)
