from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.amazon.driver import Driver, message


def cancellations(amazon: Driver, order_id: str) -> list[dict[str, Any] | None]:
    order = amazon.order(order_id)
    return [item.get("cancellation") for item in order["orderItems"]]


def status(amazon: Driver, order_id: str) -> str:
    text: str = amazon.order(order_id, "FULFILLMENT")["fulfillment"][
        "fulfillmentStatus"
    ]
    return text


def two_line_order(amazon: Driver) -> tuple[str, list[str]]:
    for seed in range(100):
        order_id = amazon.place_one(lines=6, seed=seed)
        items = amazon.order(order_id)["orderItems"]
        if len(items) == 2:
            return order_id, [item["orderItemId"] for item in items]
    raise AssertionError("no basket of two in 100 seeds")


def test_request_marks_items_moves_the_time_and_leaves_the_status(
    amazon: Driver,
) -> None:
    order_id = amazon.place_one()
    amazon.time.move(minutes=40)

    amazon.peer.cancel(
        {"order_id": order_id, "how": "request", "reason": "Too late for me"}
    )

    assert cancellations(amazon, order_id) == [
        {
            "cancellationRequest": {
                "requester": "BUYER",
                "cancelReason": "Too late for me",
            }
        }
    ]
    assert status(amazon, order_id) == "UNSHIPPED"
    assert amazon.order(order_id)["lastUpdatedTime"] == "2026-11-22T10:40:00.000Z"
    hidden = amazon.order(order_id, "FULFILLMENT")
    assert "cancellation" not in hidden["orderItems"][0]
    (row,) = amazon.ledger("cancel_requested")
    assert (row["key"], row["status"]) == (order_id, "UNSHIPPED")
    # Whoever has shipped already must confirm.
    assert amazon.confirm(order_id).status_code == 204


def test_request_for_one_item_of_two(amazon: Driver) -> None:
    order_id, (first, second) = two_line_order(amazon)

    amazon.peer.cancel(
        {"order_id": order_id, "how": "request", "order_item_id": second}
    )

    block = cancellations(amazon, order_id)
    assert block[0] is None
    assert block[1] is not None
    lines = amazon.peer.orders_view()[-1]["lines"]
    assert [line["cancel"] for line in lines] == ["none", "requested"]
    assert [line["order_item_id"] for line in lines] == [first, second]


def test_withdrawn_request_leaves_no_trace(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.peer.cancel({"order_id": order_id, "how": "request"})
    asked = amazon.order(order_id)["lastUpdatedTime"]

    amazon.peer.cancel({"order_id": order_id, "how": "withdrawn"})

    assert cancellations(amazon, order_id) == [None]
    assert amazon.order(order_id)["lastUpdatedTime"] > asked
    assert amazon.ledger("withdrawn")[0]["key"] == order_id
    with pytest.raises(ControlError, match="nobody asked"):
        amazon.peer.cancel({"order_id": order_id, "how": "withdrawn"})


def test_cancelled_order_cannot_be_confirmed(amazon: Driver) -> None:
    order_id = amazon.place_one()
    body = amazon.confirmation(order_id)

    amazon.peer.cancel({"order_id": order_id, "how": "cancelled"})

    (block,) = cancellations(amazon, order_id)
    assert block is not None
    assert block["cancellationExecution"]["cancelledBy"] == "BUYER"
    assert status(amazon, order_id) == "CANCELLED"
    assert "recipient" not in amazon.order(order_id)
    response = amazon.send(order_id, body)
    assert response.status_code == 400
    assert "PackageToUpdateNotFound" in message(response)
    with pytest.raises(ControlError, match="CANCELLED"):
        amazon.peer.cancel({"order_id": order_id, "how": "request"})


def test_cancelled_line_leaves_the_rest_open(amazon: Driver) -> None:
    order_id, (first, second) = two_line_order(amazon)
    whole = amazon.confirmation(order_id)

    amazon.peer.cancel({"order_id": order_id, "how": "line", "order_item_id": first})

    assert status(amazon, order_id) == "UNSHIPPED"
    block = amazon.order(order_id)["orderItems"][0]["fulfillment"]
    assert block["quantityUnfulfilled"] == 0
    assert amazon.send(order_id, whole).status_code == 400
    items = whole["packageDetail"]["orderItems"]
    rest = [row for row in items if row["orderItemId"] == second]
    assert amazon.confirm(order_id, orderItems=rest).status_code == 204
    assert status(amazon, order_id) == "SHIPPED"


def test_cancelling_every_line_cancels_the_order(amazon: Driver) -> None:
    order_id, items = two_line_order(amazon)

    for item_id in items:
        amazon.peer.cancel(
            {"order_id": order_id, "how": "line", "order_item_id": item_id}
        )

    assert status(amazon, order_id) == "CANCELLED"
    assert len(amazon.ledger("cancelled")) == 2


def test_cancelling_the_rest_of_a_partly_shipped_order_leaves_it_shipped(
    amazon: Driver,
) -> None:
    order_id = amazon.place_one(quantity=3)
    item_id = amazon.order(order_id)["orderItems"][0]["orderItemId"]
    amazon.confirm(order_id, orderItems=[{"orderItemId": item_id, "quantity": 1}])

    amazon.peer.cancel({"order_id": order_id, "how": "cancelled", "by": "merchant"})

    assert status(amazon, order_id) == "SHIPPED"


def test_pending_order_can_be_cancelled_but_not_asked_for(amazon: Driver) -> None:
    order_id = amazon.place_one(pending=600)

    with pytest.raises(ControlError, match="PENDING"):
        amazon.peer.cancel({"order_id": order_id, "how": "request"})
    amazon.peer.cancel({"order_id": order_id, "how": "cancelled"})
    amazon.time.move(seconds=601)

    assert status(amazon, order_id) == "CANCELLED"


def test_shipped_line_cannot_be_cancelled(amazon: Driver) -> None:
    order_id, (first, _) = two_line_order(amazon)
    whole = amazon.confirmation(order_id)["packageDetail"]["orderItems"]
    part = [row for row in whole if row["orderItemId"] == first]
    amazon.confirm(order_id, orderItems=part)

    with pytest.raises(ControlError, match="shipped or cancelled"):
        amazon.peer.cancel(
            {"order_id": order_id, "how": "line", "order_item_id": first}
        )


def test_late_cancel_comes_when_its_time_has_come(amazon: Driver) -> None:
    ids = amazon.place(count=100, late_cancel=0.3, late_cancel_after=900)

    amazon.time.move(seconds=899)
    assert all(row["cancel"] == "none" for row in amazon.peer.orders_view())
    amazon.time.move(seconds=1)
    asked = [r for r in amazon.peer.orders_view() if r["cancel"] == "requested"]

    assert 15 <= len(asked) <= 45
    assert {row["key"] for row in amazon.ledger("cancel_requested")} == {
        row["order_id"] for row in asked
    }
    moved = amazon.found(lastUpdatedAfter="2026-11-22T10:15:00Z")
    assert set(moved) == {row["order_id"] for row in asked}
    assert set(moved) < set(ids)


def test_late_cancel_of_a_shipped_order_does_not_come(amazon: Driver) -> None:
    order_id = amazon.place_one(late_cancel=True, late_cancel_after=900)
    amazon.confirm(order_id)

    amazon.time.move(seconds=901)

    assert cancellations(amazon, order_id) == [None]


def test_amazon_cancels_seven_days_after_the_ship_date(amazon: Driver) -> None:
    late = amazon.place_one(ship_by_hours=24, seed=1)
    shipped = amazon.place_one(ship_by_hours=24, seed=2)
    amazon.confirm(shipped)

    amazon.time.move(days=8, seconds=-1)
    amazon.login()
    assert status(amazon, late) == "UNSHIPPED"
    amazon.time.move(seconds=1)

    assert status(amazon, late) == "CANCELLED"
    assert status(amazon, shipped) == "SHIPPED"
    (row,) = amazon.ledger("cancelled")
    assert (row["key"], row["by"]) == (late, "AMAZON")


def test_address_change_moves_the_time(amazon: Driver) -> None:
    order_id = amazon.place_one()
    amazon.time.move(minutes=5)

    amazon.peer.address(
        {"order_id": order_id, "addressLine1": "1 New Road", "companyName": None}
    )

    order = amazon.order(order_id)
    assert order["recipient"]["deliveryAddress"]["addressLine1"] == "1 New Road"
    assert order["lastUpdatedTime"] == "2026-11-22T10:05:00.000Z"
    (row,) = amazon.ledger("address_changed")
    assert row["key"] == order_id
    assert "addressLine1" in row["fields"]


@pytest.mark.parametrize(
    ("call", "spec", "gist"),
    [
        ("cancel", {"order_id": "1", "how": "request"}, "no order"),
        ("cancel", {"how": "burn"}, "how='burn'"),
        ("cancel", {"how": "cancelled", "by": "NOBODY"}, "NOBODY"),
        ("cancel", {"how": "request", "order_item_id": "1"}, "no order item"),
        ("address", {"street": "x"}, "no address field"),
    ],
)
def test_refused_control_calls(
    amazon: Driver, call: str, spec: dict[str, Any], gist: str
) -> None:
    order_id = amazon.place_one()

    with pytest.raises(ControlError, match=gist):
        getattr(amazon.peer, call)({"order_id": order_id, **spec})


@pytest.mark.parametrize(
    ("config", "gist"),
    [
        ({"two_minutes": -1}, "two_minutes"),
        ({"confirm_mode": "slow"}, "confirm_mode"),
        ({"roles": ["king"]}, "king"),
        ({"sellers": [{"id": "A1", "marketplaces": ["US"]}]}, "region"),
        ({"apps": [{"client_secret": "x"}]}, "client_id"),
        ({"colour": 1}, "colour"),
        ({"quotas": "off"}, "amazon"),
        ({"sellers": ["A1"]}, "amazon"),
    ],
)
def test_refused_settings(amazon: Driver, config: dict[str, Any], gist: str) -> None:
    with pytest.raises(ControlError, match=gist):
        amazon.peer.configure(config)


def test_settings_are_shown_without_secrets(amazon: Driver) -> None:
    view = amazon.peer.configure({"list_lag": 5})

    assert view["list_lag"] == 5
    assert view["quotas"]["searchOrders"] == "off"
    assert "secret" not in str(view).replace("secret_expired", "")
