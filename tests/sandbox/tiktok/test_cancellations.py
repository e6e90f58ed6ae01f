from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.tiktok.driver import CANCELS, Driver, code, ok

OLD = "return_refund/202309"
PACKED = "seller_reject_apply_product_has_been_packed"
DELIVERED = "order_manage_list_action_respond_popup_reject_reason_delivered_uk"
NO_STOCK = "seller_cancel_reason_out_of_stock_uk"
WRONG_PRICE = "seller_cancel_reason_wrong_price_uk"
NO_ADDRESS = "seller_cancel_paid_reason_address_not_deliver_uk"
BUYERS = "ecom_order_to_ship_canceled_reason_better_price_uk"


def answer(tiktok: Driver, cancel_id: str, word: str, body: Any = None, **query: Any) -> int:  # fmt: skip
    path = f"{OLD}/cancellations/{cancel_id}/{word}"
    return code(tiktok.call("POST", path, body or {}, **query))


def reject(tiktok: Driver, cancel_id: str, reason: str = PACKED, **query: Any) -> int:
    return answer(tiktok, cancel_id, "reject", {"reject_reason": reason}, **query)


def cancel(tiktok: Driver, order_id: str, reason: str = NO_STOCK, **parts: Any) -> int:
    body = {"order_id": order_id, "cancel_reason": reason, **parts}
    return code(tiktok.call("POST", CANCELS, body))


def status(tiktok: Driver, order_id: str) -> str:
    return str(tiktok.cancellations(order_id)[-1]["cancel_status"])


def test_a_held_order_is_cancelled_by_the_buyer_alone(tiktok: Driver) -> None:
    order_id = tiktok.place_one()

    tiktok.request(order_id)
    order = tiktok.order(order_id)
    at_first = status(tiktok, order_id)
    tiktok.later(seconds=60)

    assert (order["status"], order["cancellation_initiator"]) == ("CANCELLED", "BUYER")
    assert at_first == "CANCELLATION_REQUEST_SUCCESS"
    assert status(tiktok, order_id) == "CANCELLATION_REQUEST_COMPLETE"


def test_a_wish_before_shipping_waits_for_the_seller(tiktok: Driver) -> None:
    order_id = tiktok.open_one()

    tiktok.request(order_id)

    order = tiktok.order(order_id)
    (row,) = tiktok.cancellations(order_id)
    assert (order["status"], order["is_buyer_request_cancel"]) == (
        "AWAITING_SHIPMENT",
        True,
    )
    assert order["request_cancel_time"] == tiktok.time.seconds
    assert (row["role"], row["cancel_type"]) == ("BUYER", "BUYER_CANCEL")
    assert row["seller_next_action_response"] == [
        {
            "action": "SELLER_RESPOND_BUYER_CANCEL",
            "deadline": tiktok.time.seconds + 48 * 3600,
        }
    ]
    assert len(row["cancel_line_items"]) == len(order["line_items"])


def test_silence_approves_at_the_deadline(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    tiktok.request(order_id)

    tiktok.later(hours=47, minutes=59)
    before = tiktok.order(order_id)["status"]
    tiktok.later(minutes=1)

    assert (before, tiktok.order(order_id)["status"]) == (
        "AWAITING_SHIPMENT",
        "CANCELLED",
    )
    assert tiktok.ledger("cancel_approved")[0]["by"] == "SYSTEM"


def test_the_seller_approves(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    cancel_id = tiktok.request(order_id)

    first = answer(tiktok, cancel_id, "approve")
    again = answer(tiktok, cancel_id, "approve")

    assert (first, again) == (0, 25011012)
    assert tiktok.order(order_id)["status"] == "CANCELLED"
    assert reject(tiktok, cancel_id) == 25020010


def test_the_seller_rejects_and_the_order_can_be_shipped(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    cancel_id = tiktok.request(order_id)

    assert reject(tiktok, cancel_id) == 0

    assert status(tiktok, order_id) == "CANCELLATION_REQUEST_CANCEL"
    assert tiktok.order(order_id)["is_buyer_request_cancel"] is False
    assert reject(tiktok, cancel_id) == 25011011
    assert answer(tiktok, cancel_id, "approve") == 25020009
    ok(tiktok.tell(order_id))


@pytest.mark.parametrize(
    ("reason", "number"),
    [
        ("", 25001001),
        ("because", 25001014),
        (NO_STOCK, 25001057),
        (BUYERS, 25001057),
        (DELIVERED, 25001016),
    ],
)
def test_a_rejection_needs_one_of_its_reasons(
    tiktok: Driver, reason: str, number: int
) -> None:
    order_id = tiktok.open_one()
    cancel_id = tiktok.request(order_id)

    legal = tiktok.get(f"{OLD}/reject_reasons", return_or_cancel_id=cancel_id)

    assert reject(tiktok, cancel_id, reason) == number
    assert reason not in [row["name"] for row in legal["reasons"]]
    assert PACKED in [row["name"] for row in legal["reasons"]]
    assert status(tiktok, order_id) == "CANCELLATION_REQUEST_PENDING"


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_an_answer_with_its_key_can_be_repeated(tiktok: Driver, word: str) -> None:
    cancel_id = tiktok.request(tiktok.open_one())
    body = {"reject_reason": PACKED}

    codes = [
        answer(tiktok, cancel_id, word, body, idempotency_key="k-1") for _ in range(2)
    ]

    assert codes == [0, 0]
    assert answer(tiktok, cancel_id, word, body, idempotency_key="k-2") != 0
    assert len(tiktok.ledger("cancel_approved", "cancel_rejected")) == 1


def test_an_answer_to_nothing_has_its_number(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    cancel(tiktok, order_id)
    (row,) = tiktok.cancellations(order_id)

    assert answer(tiktok, "4711", "approve") == 25007006
    assert answer(tiktok, row["cancel_id"], "approve") == 25020004


def test_the_seller_cancels_a_line_that_is_out_of_stock(tiktok: Driver) -> None:
    order_id = tiktok.open_one(sku="MUG-BLUE", quantity=3)
    first, second, third = (x["id"] for x in tiktok.order(order_id)["line_items"])

    assert cancel(tiktok, order_id, order_line_item_ids=[first]) == 0
    sku = tiktok.order(order_id)["line_items"][0]["sku_id"]
    assert cancel(tiktok, order_id, skus=[{"sku_id": sku, "quantity": 1}]) == 0

    order = tiktok.order(order_id)
    assert order["status"] == "AWAITING_SHIPMENT"
    assert [line["display_status"] for line in order["line_items"]] == [
        "CANCELLED",
        "CANCELLED",
        "AWAITING_SHIPMENT",
    ]
    assert order["line_items"][1]["id"] == second
    assert ok(tiktok.tell(order_id))["order_line_item_ids"] == [third]


def test_the_last_open_line_cancelled_leaves_what_is_shipped(tiktok: Driver) -> None:
    order_id = tiktok.open_one(sku="MUG-BLUE", quantity=2)
    first, second = (line["id"] for line in tiktok.order(order_id)["line_items"])
    ok(tiktok.tell(order_id, [first]))

    assert cancel(tiktok, order_id, order_line_list=[{"order_line_item_id": second}]) == 0  # fmt: skip

    assert tiktok.order(order_id)["status"] == "AWAITING_COLLECTION"
    assert cancel(tiktok, order_id) == 25001045


def open_(tiktok: Driver) -> str:
    return tiktok.open_one(sku="MUG-BLUE", quantity=2)


def asked(tiktok: Driver) -> str:
    order_id = open_(tiktok)
    tiktok.request(order_id)
    return order_id


def shipped(tiktok: Driver) -> str:
    order_id = open_(tiktok)
    ok(tiktok.tell(order_id))
    return order_id


def cancelled(tiktok: Driver) -> str:
    order_id = open_(tiktok)
    tiktok.peer.cancel({"order_id": order_id, "how": "cancelled", "by": "SYSTEM"})
    return order_id


def unpaid(tiktok: Driver) -> str:
    return tiktok.place_one(pending=60)


@pytest.mark.parametrize(
    ("make", "reason", "number"),
    [
        (open_, "because", 25001014),
        (open_, BUYERS, 25001015),
        (open_, "", 25001001),
        (asked, NO_STOCK, 25001011),
        (shipped, NO_STOCK, 25001045),
        (cancelled, NO_STOCK, 25001051),
        (unpaid, NO_ADDRESS, 25001021),
        (lambda _: "4711", NO_STOCK, 25020005),
        (open_, NO_ADDRESS, 0),
        (lambda tiktok: tiktok.place_one(), WRONG_PRICE, 0),
    ],
)
def test_the_seller_cancels_where_it_is_allowed(
    tiktok: Driver, make: Any, reason: str, number: int
) -> None:
    assert cancel(tiktok, make(tiktok), reason) == number


@pytest.mark.parametrize(
    ("reason", "parts", "number"),
    [
        (WRONG_PRICE, 1, 25005010),
        (NO_STOCK, "4711", 25005011),
        (NO_STOCK, {"quantity": 3}, 25005011),
        (NO_STOCK, {"quantity": "one"}, 25005011),
    ],
)
def test_single_lines_have_rules_of_their_own(
    tiktok: Driver, reason: str, parts: Any, number: int
) -> None:
    order_id = open_(tiktok)
    line = tiktok.order(order_id)["line_items"][0]
    body: Any = {"order_line_item_ids": [line["id"] if parts == 1 else parts]}
    if isinstance(parts, dict):
        body = {"skus": [{"sku_id": line["sku_id"], **parts}]}

    assert cancel(tiktok, order_id, reason, **body) == number


@pytest.mark.parametrize(
    ("parts", "number"),
    [
        ({"skus": "MUG"}, 101000),
        ({"skus": ["MUG"]}, 101000),
        ({"order_line_list": {"order_line_item_id": "1"}}, 101000),
        ({"order_line_item_ids": "1"}, 25001001),
    ],
)
def test_lists_of_another_shape_are_refused(
    tiktok: Driver, parts: dict[str, Any], number: int
) -> None:
    assert cancel(tiktok, open_(tiktok), **parts) == number


def test_what_may_be_cancelled_can_be_asked(tiktok: Driver) -> None:
    order_id = open_(tiktok)
    path = f"return_refund/202602/orders/{order_id}/aftersale_eligibility"
    query = {"initiate_aftersale_user": "SELLER", "request_types": "CANCEL"}

    (before,) = tiktok.get(path, **query)["sku_eligibility"]
    tiktok.request(order_id)
    (after,) = tiktok.get(path, **query)["sku_eligibility"]

    (row,) = before["line_item_eligibility"]
    assert (row["eligible"], row["available_reason_names"]) == (
        True,
        [NO_STOCK, WRONG_PRICE, NO_ADDRESS],
    )
    assert len(row["order_line_items_ids"]) == 2
    (row,) = after["line_item_eligibility"]
    assert (row["eligible"], row["ineligible_code"]) == (False, 25001011)


def test_cancellations_are_found_by_filter_and_page(tiktok: Driver) -> None:
    first, second, third = (tiktok.open_one(seed=seed) for seed in range(3))
    tiktok.request(first)
    tiktok.time.move(seconds=10)
    cancel(tiktok, second)
    tiktok.request(third)
    tiktok.time.move(seconds=1)

    def found(**body: Any) -> list[str]:
        rows = tiktok.post(f"{CANCELS}/search", body, page_size=50)["cancellations"]
        return [row["order_id"] for row in rows]

    assert found(cancel_types=["BUYER_CANCEL"]) == [first, third]
    assert found(cancel_status=["CANCELLATION_REQUEST_SUCCESS"]) == [second]
    assert found(update_time_ge=tiktok.time.seconds - 1) == [second, third]
    assert found(order_ids=[third]) == [third]
    page = tiktok.post(f"{CANCELS}/search", {}, page_size=2)
    token = page["next_page_token"]
    rest = tiktok.post(f"{CANCELS}/search", {}, page_size=2, page_token=token)
    assert (page["total_count"], len(rest["cancellations"])) == (3, 1)
    assert code(tiktok.call("POST", f"{CANCELS}/search", {}, page_size=51)) == 101000


def test_the_older_version_spells_its_words_apart(tiktok: Driver) -> None:
    order_id = tiktok.open_one()
    tiktok.request(order_id)
    path = f"{OLD}/cancellations/search"

    (asked_,) = tiktok.post(path, {}, page_size=10)["cancellations"]
    tiktok.peer.cancel({"order_id": order_id, "how": "withdrawn"})
    (ended,) = tiktok.post(path, {}, page_size=10)["cancellations"]

    assert asked_["seller_next_action_response"][0]["action"] == "SELLER_RESPOND_CANCEL"
    assert "should_replenish_stock" not in asked_
    assert ended["cancel_status"] == "CANCELLATION_REQUEST_CANCELLED"
    assert status(tiktok, order_id) == "CANCELLATION_REQUEST_CANCEL"


def test_a_change_of_mind_comes_with_time(tiktok: Driver) -> None:
    held = tiktok.place_one(late_cancel=1, late_cancel_after=1800)
    open_id = tiktok.open_one(seed=2, late_cancel=1, late_cancel_after=1800)

    tiktok.later(minutes=30)

    assert tiktok.order(held)["status"] == "CANCELLED"
    assert tiktok.order(open_id)["is_buyer_request_cancel"] is True


def test_control_plays_every_way_to_cancel(tiktok: Driver) -> None:
    def play(order_id: str, how: str, **parts: Any) -> tuple[str, str]:
        told = tiktok.peer.cancel({"order_id": order_id, "how": how, **parts})
        return told["status"], told["cancel"]

    first, second = open_(tiktok), tiktok.open_one(seed=9, sku="MUG-BLUE", quantity=2)
    assert play(first, "request") == ("AWAITING_SHIPMENT", "requested")
    assert play(first, "withdrawn") == ("AWAITING_SHIPMENT", "none")
    assert play(first, "line") == ("AWAITING_SHIPMENT", "none")
    assert play(first, "request") == ("AWAITING_SHIPMENT", "requested")
    assert play(first, "cancelled") == ("CANCELLED", "cancelled")
    assert play(second, "cancelled", by="SELLER") == ("CANCELLED", "cancelled")
    for order_id, how in (
        (first, "request"),
        (second, "withdrawn"),
        (tiktok.open_one(seed=3, sku="MUG-BLUE", quantity=1), "line"),
        (shipped(tiktok), "cancelled"),
    ):
        with pytest.raises(ControlError) as caught:
            play(order_id, how)
        assert caught.value.status == 409
