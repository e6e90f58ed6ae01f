from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.ebay.driver import ORDERS, Driver, number, read

HOUR, DAY = 3600, 86_400


def state(ebay: Driver, order_id: str) -> str:
    found: str = ebay.order(order_id)["cancelStatus"]["cancelState"]
    return found


def test_a_parcels_id_is_its_number_and_it_is_read_back(ebay: Driver) -> None:
    order_id = ebay.place_one(quantity=2)

    answer = ebay.tell(order_id)

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer["Location"].endswith(
        f"/{order_id}/shipping_fulfillment/AB123456785GB"
    )
    order = ebay.order(order_id)
    assert order["orderFulfillmentStatus"] == "FULFILLED"
    assert order["fulfillmentHrefs"] == [answer["Location"]]
    body = read(ebay.get(f"{ORDERS}/{order_id}/shipping_fulfillment"))
    (row,) = body["fulfillments"]
    assert row["shipmentTrackingNumber"] == row["fulfillmentId"] == "AB123456785GB"
    assert row["shippingCarrierCode"] == "RoyalMail"
    (ledger,) = ebay.ledger("fulfil")
    assert (ledger["key"], ledger["accepted"]) == (order_id, True)


def test_without_a_number_the_id_is_999(ebay: Driver) -> None:
    bare: Any = {"trackingNumber": None, "shippingCarrierCode": None}

    answer = ebay.tell(ebay.place_one(), **bare)

    assert answer["Location"].endswith("/999")


def test_an_order_in_two_parcels_is_in_progress_between(ebay: Driver) -> None:
    order_id = ebay.place_one(sku="MUG-BLUE", quantity=3)
    (line,) = ebay.order(order_id)["lineItems"]
    part = [{"lineItemId": line["lineItemId"], "quantity": 1}]
    rest = [{"lineItemId": line["lineItemId"], "quantity": 2}]

    ebay.tell(order_id, lineItems=part)
    assert ebay.order(order_id)["orderFulfillmentStatus"] == "IN_PROGRESS"
    too_many = ebay.tell(order_id, lineItems=line_of(line, 3), trackingNumber="AB12346785GB")  # fmt: skip
    assert number(too_many) in (32300, 32600)
    ebay.tell(order_id, lineItems=rest, trackingNumber="AB999999995GB")

    assert ebay.order(order_id)["orderFulfillmentStatus"] == "FULFILLED"


def line_of(line: dict[str, Any], quantity: int) -> list[dict[str, Any]]:
    return [{"lineItemId": line["lineItemId"], "quantity": quantity}]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"trackingNumber": "AB 123456785 GB"}, 32300),
        ({"trackingNumber": "AB-123456785-GB"}, 32300),
        ({"trackingNumber": "12"}, 32300),
        ({"trackingNumber": None}, 32300),
        ({"shippingCarrierCode": None}, 32300),
        ({"shippingCarrierCode": "Evri"}, 32300),
        ({"shippingCarrierCode": "royalmail"}, 32300),
        ({"shippedDate": "yesterday"}, 32500),
        ({"shippedDate": "2026-11-23T00:00:00Z"}, 32500),
        ({"shippedDate": "2020-01-01T00:00:00Z"}, 32500),
        ({"lineItems": []}, 32600),
        ({"lineItems": "all"}, 32600),
        ({"lineItems": [{"lineItemId": 7}]}, 32600),
        ({"lineItems": [{"lineItemId": "7"}]}, 32200),
        ({"lineItems": [{"lineItemId": "7"}] * 2}, 32210),
    ],
)
def test_what_is_refused_has_its_number_and_no_effect(
    ebay: Driver, changes: dict[str, Any], error: int
) -> None:
    order_id = ebay.place_one()

    answer = ebay.tell(order_id, **changes)

    assert (answer.status_code, number(answer)) == (400, error)
    assert ebay.order(order_id)["orderFulfillmentStatus"] == "NOT_STARTED"
    (row,) = ebay.ledger("fulfil_refused")
    assert (row["code"], row["accepted"]) == (error, False)


def test_a_repeat_is_a_conflict(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.tell(order_id)

    answer = ebay.tell(order_id)

    assert (answer.status_code, number(answer)) == (409, 34500)


def test_a_number_of_another_buyers_order_is_refused(ebay: Driver) -> None:
    first, second = ebay.place(2, same_buyer=True)
    stranger = ebay.place_one(seed=9)
    ebay.tell(first)

    assert ebay.tell(second).status_code == 201
    assert number(ebay.tell(stranger)) == 32300
    ebay.peer.configure({"reuse_error": "21916964"})
    answer = ebay.tell(stranger)
    assert (answer.status_code, number(answer)) == (409, 21916964)


def test_an_order_takes_so_many_numbers(ebay: Driver) -> None:
    ebay.peer.configure({"most_parcels": 1})
    order_id = ebay.place_one(sku="MUG-BLUE", quantity=2)
    (line,) = ebay.order(order_id)["lineItems"]
    ebay.tell(order_id, lineItems=line_of(line, 1))

    answer = ebay.tell(
        order_id, lineItems=line_of(line, 1), trackingNumber="AB999999995GB"
    )

    assert number(answer) == 34100


def test_hub_lines_go_one_by_one(ebay: Driver) -> None:
    for seed in range(20):
        order_id = ebay.place_one(seed=seed, hub=True, country="US", lines=3)
        if len(ebay.order(order_id)["lineItems"]) > 1:
            break

    assert number(ebay.tell(order_id)) == 34300


def test_a_suspended_seller_tells_nothing(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.peer.configure({"sellers": [{"id": "demo_trading", "suspended": True}]})

    assert number(ebay.tell(order_id)) == 32400


def test_a_request_approves_itself_after_three_days(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.peer.cancel({"order_id": order_id, "how": "request"})
    asked_at = ebay.order(order_id)["lastModifiedDate"]

    ebay.later(seconds=3 * DAY - 1)
    assert state(ebay, order_id) == "IN_PROGRESS"
    ebay.later(seconds=2)

    order = ebay.order(order_id)
    assert order["cancelStatus"]["cancelState"] == "CANCELED"
    assert order["orderPaymentStatus"] == "FULLY_REFUNDED"
    # There is no status for it: the order still counts as not shipped.
    assert order["orderFulfillmentStatus"] == "NOT_STARTED"
    assert order["lastModifiedDate"] > asked_at
    (row,) = ebay.ledger("cancelled")
    assert row["close_reason"] == "SELLER_APPROVE_TIMEOUT_PAID"
    assert number(ebay.tell(order_id)) == 32600


def test_shipping_before_the_decision_closes_the_request(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.peer.cancel({"order_id": order_id, "how": "request"})

    assert ebay.tell(order_id).status_code == 201

    assert state(ebay, order_id) == "NONE_REQUESTED"
    assert len(ebay.ledger("SYSTEM_NOTIFY_SHIPPING_STATUS")) == 1
    ebay.later(seconds=4 * DAY)
    assert state(ebay, order_id) == "NONE_REQUESTED"


def test_a_withdrawn_request_does_not_approve_itself(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.peer.cancel({"order_id": order_id, "how": "request"})
    ebay.peer.cancel({"order_id": order_id, "how": "withdrawn"})
    ebay.peer.cancel({"order_id": order_id, "how": "request"})
    ebay.peer.cancel({"order_id": order_id, "how": "withdrawn"})

    ebay.later(seconds=4 * DAY)

    assert state(ebay, order_id) == "NONE_REQUESTED"
    requests = ebay.order(order_id)["cancelStatus"]["cancelRequests"]
    assert [row["cancelRequestState"] for row in requests] == ["REJECTED"] * 2


def test_a_buyer_asks_within_an_hour_a_seller_later_too(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.later(seconds=HOUR + 1)

    with pytest.raises(ControlError):
        ebay.peer.cancel({"order_id": order_id, "how": "request"})
    ebay.peer.cancel({"order_id": order_id, "how": "request", "by": "seller"})

    assert state(ebay, order_id) == "IN_PROGRESS"


@pytest.mark.parametrize("how", ["line", "withdrawn", "politely"])
def test_what_ebay_does_not_know_is_refused(ebay: Driver, how: str) -> None:
    with pytest.raises(ControlError):
        ebay.peer.cancel({"order_id": ebay.place_one(), "how": how})
