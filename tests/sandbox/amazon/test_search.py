from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.amazon.driver import DE, START, UK, Driver, message, read


@pytest.mark.parametrize(
    ("params", "gist"),
    [
        ({"lastUpdatedAfter": ""}, "ISO 8601"),
        ({"lastUpdatedAfter": "yesterday"}, "ISO 8601"),
        (
            {
                "lastUpdatedAfter": "2026-11-01T00:00:00Z",
                "createdAfter": "2026-11-01T00:00:00Z",
            },
            "Exactly one",
        ),
        ({"createdBefore": "2026-11-01T00:00:00Z"}, "must not be used"),
        ({"lastUpdatedBefore": "2025-11-01T00:00:00Z"}, "equal to or after"),
        ({"lastUpdatedBefore": "2026-11-22T10:00:01Z"}, "two minutes"),
        ({"maxResultsPerPage": "0"}, "between 1 and 100"),
        ({"maxResultsPerPage": "101"}, "between 1 and 100"),
        ({"fulfillmentStatuses": "Unshipped"}, "not supported"),
        ({"includedData": "BUYER,EVERYTHING"}, "not supported"),
        ({"includedData": ["BUYER", "TAX"]}, "given once"),
        ({"fulfilledBy": "MFN"}, "not supported"),
        ({"marketplaceIds": ",".join(f"M{n}" for n in range(51))}, "at most 50"),
        ({"paginationToken": "nonsense"}, "decoded"),
        ({"NextToken": "x"}, "Invalid query parameter"),
    ],
)
def test_refused_parameters(
    amazon: Driver, params: dict[str, object], gist: str
) -> None:
    response = amazon.search(**params)

    assert response.status_code == 400
    assert read(response)["errors"][0]["code"] == "InvalidInput"
    assert gist in message(response)


def test_neither_date_is_refused(amazon: Driver) -> None:
    response = amazon.get("eu/orders/2026-01-01/orders")

    assert response.status_code == 400
    assert "Exactly one" in message(response)


def test_two_minute_rule_hides_the_newest_orders(amazon: Driver) -> None:
    amazon.peer.configure({"two_minutes": 120})
    order_id = amazon.place_one()

    body = read(amazon.search())
    assert body["orders"] == []
    assert body["lastUpdatedBefore"] == "2026-11-22T09:58:00.000Z"

    amazon.time.move(seconds=120)
    assert amazon.found() == [order_id]


def test_window_is_inclusive_at_both_ends(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.time.move(minutes=5)
    moment = "2026-11-22T10:00:00Z"

    assert amazon.found(lastUpdatedAfter=moment, lastUpdatedBefore=moment) == [order_id]
    assert amazon.found(lastUpdatedAfter="2026-11-22T10:00:00.001Z") == []


def test_created_window_ignores_later_changes(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.time.move(minutes=50)
    amazon.peer.cancel({"order_id": order_id, "how": "request"})

    body = read(
        amazon.search(
            createdAfter="2026-11-22T09:00:00Z", createdBefore="2026-11-22T10:30:00Z"
        )
    )

    assert [order["orderId"] for order in body["orders"]] == [order_id]
    assert body["createdBefore"] == "2026-11-22T10:30:00.000Z"
    assert "lastUpdatedBefore" not in body


def test_pages_hold_every_order_once(amazon: Driver) -> None:
    placed = amazon.place(count=250)
    amazon.time.move(seconds=1)
    seen: list[str] = []
    params: dict[str, object] = {}

    for expected in (100, 100, 50):
        body = read(amazon.search(**params))
        assert len(body["orders"]) == expected
        seen += [order["orderId"] for order in body["orders"]]
        params["paginationToken"] = body.get("pagination", {}).get("nextToken")

    assert params["paginationToken"] is None
    assert sorted(seen) == sorted(placed)


def test_page_ends_exactly_at_the_last_order_without_a_token(amazon: Driver) -> None:
    amazon.place(count=100)
    amazon.time.move(seconds=1)

    body = read(amazon.search())

    assert len(body["orders"]) == 100
    assert "pagination" not in body


def next_token(amazon: Driver, **params: object) -> str:
    body = read(amazon.search(maxResultsPerPage=2, **params))
    token: str = body["pagination"]["nextToken"]
    return token


def test_token_allows_another_page_size_and_other_blocks(amazon: Driver) -> None:
    amazon.place(count=5)
    amazon.time.move(seconds=1)
    token = next_token(amazon)

    response = amazon.search(
        paginationToken=token, maxResultsPerPage=3, includedData="BUYER"
    )

    assert len(read(response)["orders"]) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"lastUpdatedAfter": "2026-01-02T00:00:00Z"},
        {"marketplaceIds": UK},
        {"lastUpdatedBefore": "2026-11-22T10:00:00Z"},
    ],
)
def test_token_asks_for_unchanged_parameters(
    amazon: Driver, changed: dict[str, str]
) -> None:
    amazon.place(count=5)
    amazon.time.move(seconds=1)
    token = next_token(amazon)

    response = amazon.search(paginationToken=token, **changed)

    assert response.status_code == 400
    assert "do not match" in message(response)


def test_token_lives_24_hours(amazon: Driver) -> None:
    amazon.place(count=5)
    amazon.time.move(seconds=1)
    token = next_token(amazon)

    amazon.time.move(hours=23)
    amazon.login()
    assert amazon.search(paginationToken=token).status_code == 200
    amazon.time.move(hours=1)
    amazon.login()
    response = amazon.search(paginationToken=token)

    assert response.status_code == 400
    assert "expired" in message(response)


def test_token_holds_characters_that_must_be_encoded_once(amazon: Driver) -> None:
    amazon.place(count=5)
    amazon.time.move(seconds=1)

    token = next_token(amazon)

    assert token.startswith("+")
    assert token.endswith("=")


def test_order_that_changes_between_pages_comes_in_the_next_window(
    amazon: Driver,
) -> None:
    placed = amazon.place(count=5)
    amazon.time.move(seconds=60)
    first = read(amazon.search(maxResultsPerPage=2))
    late = next(
        order_id
        for order_id in placed
        if order_id not in [order["orderId"] for order in first["orders"]]
    )
    amazon.time.move(seconds=1)
    amazon.peer.cancel({"order_id": late, "how": "request"})

    rest = amazon.found(paginationToken=first["pagination"]["nextToken"])
    following = amazon.found(lastUpdatedAfter=first["lastUpdatedBefore"])

    assert late not in rest
    assert following == [late]


def test_filters_by_status_marketplace_and_fulfilment(amazon: Driver) -> None:
    uk = amazon.place_one(marketplace="UK", seed=1)
    de = amazon.place_one(marketplace="DE", seed=2)
    pending = amazon.place_one(pending=600, seed=3)
    fba = amazon.place_one(fulfilled_by="AMAZON", seed=4)
    gone = amazon.place_one(seed=5)
    amazon.peer.cancel({"order_id": gone, "how": "cancelled"})
    amazon.time.move(seconds=1)

    assert set(amazon.found()) == {uk, de, pending, fba, gone}
    assert set(amazon.found(fulfillmentStatuses="PENDING,CANCELLED")) == {pending, gone}
    assert set(amazon.found(marketplaceIds=f"{DE},A13V1IB3VIYZZH")) == {de}
    assert set(amazon.found(fulfilledBy="AMAZON")) == {fba}


def test_bare_answer_without_included_data(amazon: Driver) -> None:
    amazon.place_one(gift=True)
    amazon.time.move(seconds=1)

    (order,) = read(amazon.search(includedData=""))["orders"]

    assert set(order) == {
        "orderId",
        "createdTime",
        "lastUpdatedTime",
        "salesChannel",
        "orderItems",
    }
    assert set(order["orderItems"][0]) == {"orderItemId", "quantityOrdered", "product"}


def test_list_lag_hides_changes_that_get_order_shows(amazon: Driver) -> None:
    amazon.peer.configure({"list_lag": 30})
    order_id = amazon.place_one()

    assert amazon.found() == []
    assert amazon.order(order_id)["orderId"] == order_id
    amazon.time.move(seconds=30)
    assert amazon.found() == [order_id]


def test_missed_order_is_only_visible_by_get_order(amazon: Driver) -> None:
    hidden = amazon.place_one(missed_in_list=True, seed=1)
    late = amazon.place_one(missed_in_list=True, missed_seconds=3600, seed=2)
    amazon.time.move(minutes=59)

    assert amazon.found() == []
    assert amazon.order(hidden)["orderId"] == hidden
    amazon.time.move(minutes=1)
    amazon.login()
    assert amazon.found() == [late]


def test_order_age_backdates_creation_not_the_update(amazon: Driver) -> None:
    amazon.peer.configure({"order_age": 7200})

    order = amazon.order(amazon.place_one(ship_by_hours=24))

    assert order["createdTime"] == "2026-11-22T08:00:00.000Z"
    assert order["lastUpdatedTime"] == "2026-11-22T10:00:00.000Z"
    latest = order["fulfillment"]["shipByWindow"]["latestDateTime"]
    assert latest == (START + timedelta(hours=22)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_unknown_and_malformed_order_ids(amazon: Driver) -> None:
    base = "eu/orders/2026-01-01/orders"

    assert amazon.get(f"{base}/111-1111111-1111111").status_code == 404
    assert amazon.get(f"{base}/shoes").status_code == 400
    assert amazon.get("eu/orders/2026-01-01/nothing").status_code == 404


def test_proxy_page_instead_of_an_answer(amazon: Driver) -> None:
    amazon.peer.fault({"fault": "gateway", "count": 2})

    first, second, third = (amazon.search() for _ in range(3))

    assert first.status_code == second.status_code == 503
    assert first["Content-Type"] == "text/html"
    assert third.status_code == 200


def test_error_without_a_message(amazon: Driver) -> None:
    amazon.peer.fault({"fault": "null_message"})

    response = amazon.search()

    assert response.status_code == 500
    assert read(response)["errors"] == [{"code": "InternalFailure", "message": None}]
    assert amazon.search().status_code == 200
