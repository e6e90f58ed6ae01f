"""Orders v0 reads: the same store as v2026-01-01, spelled in v0's way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.amazon.driver import DE, UK, Driver, message, read

AFTER = "2026-01-01T00:00:00Z"
ORDERS = "eu/orders/v0/orders"


def listed(amazon: Driver, **params: Any) -> list[str]:
    """The ids on the first page."""
    query = {"MarketplaceIds": UK, "CreatedAfter": AFTER, **params}
    payload = read(amazon.get(ORDERS, **query))["payload"]
    return [row["AmazonOrderId"] for row in payload["Orders"]]


def test_a_cancel_wish_is_a_text_on_the_item(amazon: Driver) -> None:
    order_id = amazon.place_one()
    before = read(amazon.get(f"{ORDERS}/{order_id}/orderItems"))["payload"]

    amazon.peer.cancel({"order_id": order_id, "how": "request", "reason": "Too late"})

    after = read(amazon.get(f"{ORDERS}/{order_id}/orderItems"))["payload"]
    assert before["OrderItems"][0]["BuyerRequestedCancel"] == {
        "IsBuyerRequestedCancel": "false"
    }
    assert after["OrderItems"][0]["BuyerRequestedCancel"] == {
        "IsBuyerRequestedCancel": "true",
        "BuyerCancelReason": "Too late",
    }
    order = read(amazon.get(f"{ORDERS}/{order_id}"))["payload"]
    assert order["OrderStatus"] == "Unshipped"


def test_a_plain_token_sees_no_buyer(amazon: Driver) -> None:
    order_id = amazon.place_one()

    order = read(amazon.get(f"{ORDERS}/{order_id}"))["payload"]

    assert "BuyerInfo" not in order
    assert set(order["ShippingAddress"]) <= {
        *("City", "StateOrRegion", "PostalCode", "CountryCode")
    }


def test_a_pending_order_shows_neither_money_nor_address(amazon: Driver) -> None:
    order_id = amazon.place_one(pending=999)

    order = read(amazon.get(f"{ORDERS}/{order_id}"))["payload"]
    item = read(amazon.get(f"{ORDERS}/{order_id}/orderItems"))["payload"]["OrderItems"]

    assert order["OrderStatus"] == "Pending"
    assert not {"OrderTotal", "ShippingAddress"} & set(order)
    assert "ItemPrice" not in item[0]


def test_an_unknown_order_is_an_empty_payload(amazon: Driver) -> None:
    unknown = f"{ORDERS}/111-1111111-1111111"

    answers = [amazon.get(unknown), amazon.get(f"{unknown}/orderItems")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [read(answer) for answer in answers] == [{"payload": {}}] * 2


def test_filters_speak_v0(amazon: Driver) -> None:
    open_one = amazon.place_one(seed=1)
    cancelled = amazon.place_one(seed=2)
    amazons = amazon.place_one(seed=3, fulfilled_by="AMAZON")
    german = amazon.place_one(seed=4, marketplace="DE")
    amazon.peer.cancel({"order_id": cancelled, "how": "cancelled"})
    amazon.time.move(seconds=1)

    assert listed(amazon, OrderStatuses="Canceled") == [cancelled]
    assert listed(amazon, FulfillmentChannels="AFN") == [amazons]
    assert listed(amazon, MarketplaceIds=DE) == [german]
    assert listed(amazon, OrderStatuses="Unshipped", FulfillmentChannels="MFN") == [
        open_one
    ]


def test_pages_are_walked_with_the_next_token(amazon: Driver) -> None:
    ids = amazon.place(count=5)
    query = {"MarketplaceIds": UK, "CreatedAfter": AFTER, "MaxResultsPerPage": 2}
    found: list[str] = []
    token = None

    while True:
        extra: dict[str, str] = {} if token is None else {"NextToken": token}
        payload = read(amazon.get(ORDERS, **query, **extra))["payload"]
        found += [row["AmazonOrderId"] for row in payload["Orders"]]
        token = payload.get("NextToken")
        if token is None:
            break

    assert sorted(found) == sorted(ids)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"CreatedAfter": ""}, "CreatedAfter"),
        ({"LastUpdatedAfter": AFTER}, "Exactly one of CreatedAfter"),
        ({"OrderStatuses": "UNSHIPPED"}, "OrderStatuses"),
        ({"NextToken": "abc"}, "NextToken"),
        ({"MaxResultsPerPage": 101}, "MaxResultsPerPage"),
        ({"BuyerEmail": "a@example.com"}, "BuyerEmail"),
        ({"MarketplaceIds": ""}, "MarketplaceIds is required"),
    ],
)
def test_what_is_wrong_is_named(
    amazon: Driver, changes: dict[str, Any], text: str
) -> None:
    query = {"MarketplaceIds": UK, "CreatedAfter": AFTER, **changes}

    response = amazon.get(ORDERS, **query)

    assert response.status_code == 400
    assert text in message(response)


def test_parameters_that_no_model_lists_are_ignored(amazon: Driver) -> None:
    order_id = amazon.place_one()

    assert listed(amazon, marketplace_ids=UK, MarketplaceId=UK) == [order_id]
