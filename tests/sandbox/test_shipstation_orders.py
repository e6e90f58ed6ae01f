from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import LEDGER

Json = dict[str, Any]


def test_known_key_updates_and_unknown_key_creates(api: Any) -> None:
    first = api.create("A-1")
    again = api.create("A-1", customerNotes="please ring")
    other = api.create("A-2")

    assert again["orderId"] == first["orderId"]
    assert other["orderId"] != first["orderId"]
    assert api.operations() == ["create", "update", "create"]
    assert LEDGER.rows()[1]["changed"] == ["customerNotes"]


def test_no_key_makes_a_duplicate_each_time(api: Any, order_body: Any) -> None:
    body = {**order_body("A-1"), "orderKey": None}

    first = api.post("orders/createorder", body)
    second = api.post("orders/createorder", body)

    assert first["orderId"] != second["orderId"]
    assert first["orderKey"] != second["orderKey"]
    assert api.get("orders", orderNumber="A-1")["total"] == 2


def test_equal_upsert_is_told_apart_but_renews_modify_date(
    api: Any, still_clock: Any
) -> None:
    first = api.create("A-1")
    still_clock.advance(5)
    again = api.create("A-1")

    assert api.operations() == ["create", "equal_update"]
    assert again["modifyDate"] > first["modifyDate"]
    assert again["items"][0]["orderItemId"] == first["items"][0]["orderItemId"]


def test_posting_a_read_resource_back_changes_nothing(api: Any) -> None:
    order = api.create(
        "A-1",
        tagIds=[501],
        weight={"value": 300, "units": "grams"},
        internationalOptions={
            "contents": "merchandise",
            "customsItems": [{"description": "Mug", "quantity": 2, "value": 15}],
        },
    )

    api.post("orders/createorder", api.get(f"orders/{order['orderId']}"))

    assert api.operations() == ["create", "equal_update"]


def test_upsert_replaces_the_whole_resource(api: Any) -> None:
    api.create("A-1", internalNotes="fragile", tagIds=[501], shipByDate="2026-03-06")
    order = api.create("A-1")

    assert order["internalNotes"] is None
    assert order["shipByDate"] is None
    assert order["tagIds"] is None


def test_unknown_fields_are_dropped(api: Any) -> None:
    order = api.create("A-1", taxIdentifiers=[{"value": "IM0000000000"}])

    assert "taxIdentifiers" not in order


def test_store_is_fixed_at_creation_and_defaults_to_the_first_manual(
    api: Any, order_body: Any
) -> None:
    order = api.create("A-1")
    moved = api.create("A-1", advancedOptions={"storeId": 20002})

    assert order["advancedOptions"]["storeId"] == 20001
    assert moved["advancedOptions"]["storeId"] == 20001
    body = order_body("A-9", advancedOptions={"storeId": 77})
    status, answer = api.refused("POST", "orders/createorder", body)
    assert (status, answer["message"]) == (400, "Store 77 was not found.")


@pytest.mark.parametrize("status", ["shipped", "cancelled"])
@pytest.mark.parametrize("code", [400, 404, 500])
def test_closed_orders_are_locked(
    api: Any, order_body: Any, status: str, code: int
) -> None:
    api.peer.configure({"locked_status": code})
    order = api.create("A-1", orderStatus=status)

    answer_code, _ = api.refused("POST", "orders/createorder", order_body("A-1"))
    batch = api.post("orders/createorders", [order_body("A-1"), order_body("A-2")])

    assert answer_code == code
    assert [row["success"] for row in batch["results"]] == [False, True]
    assert batch["hasErrors"]
    assert status in batch["results"][0]["errorMessage"]
    assert api.get(f"orders/{order['orderId']}")["orderStatus"] == status


def test_deleted_order_keeps_its_key(api: Any, order_body: Any) -> None:
    order = api.create("A-1")

    deleted = api.call("DELETE", f"orders/{order['orderId']}")

    assert deleted.status_code == 200
    assert api.refused("GET", f"orders/{order['orderId']}")[0] == 404
    assert api.refused("POST", "orders/createorder", order_body("A-1"))[0] == 404
    assert api.get("orders", orderNumber="A-1")["total"] == 0


def test_batch_answers_each_row(api: Any, order_body: Any) -> None:
    rows = [
        order_body("A-1"),
        order_body("A-2", shipTo={"name": "", "country": "GB"}),
        order_body("A-3", shipTo={"name": "Bo", "country": "England"}),
        order_body("A-4", items=[{"sku": "X", "name": None, "quantity": 1}]),
    ]

    answer = api.post("orders/createorders", rows)

    assert [row["success"] for row in answer["results"]] == [True, False, False, False]
    texts = [row["errorMessage"] for row in answer["results"]]
    assert texts[0] is None
    assert "shipTo name" in texts[1]
    assert "2 character country" in texts[2]
    assert "item name" in texts[3]
    assert [row["orderKey"] for row in answer["results"]][1] == "k-A-2"
    assert api.operations() == ["create"]


def test_batch_above_100_is_refused_whole(api: Any, order_body: Any) -> None:
    rows = [order_body(f"A-{n}") for n in range(101)]

    assert api.refused("POST", "orders/createorders", rows)[0] == 400
    assert api.operations() == []


def test_long_order_number_is_a_model_error(api: Any, order_body: Any) -> None:
    body = order_body("N" * 51)

    status, answer = api.refused("POST", "orders/createorder", body)

    assert status == 400
    assert list(answer["ModelState"]) == ["apiOrder.orderNumber"]
    row = api.post("orders/createorders", [{**body, "orderKey": "k"}])["results"][0]
    assert not row["success"]
    api.peer.configure({"batch_model_errors": "call"})
    rows = [order_body("A-1"), body]
    status, answer = api.refused("POST", "orders/createorders", rows)
    assert (status, list(answer["ModelState"])) == (400, ["apiOrders[1].orderNumber"])
    assert api.operations() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amountPaid", "twelve"),
        ("orderDate", "yesterday"),
        ("orderDate", None),
        ("orderStatus", "pending_fulfillment"),
        ("customerNotes", "n" * 1001),
    ],
)
def test_unreadable_values_are_model_errors(
    api: Any, order_body: Any, field: str, value: object
) -> None:
    body = {**order_body("A-1"), field: value}

    status, answer = api.refused("POST", "orders/createorder", body)

    assert (status, list(answer["ModelState"])) == (400, [f"apiOrder.{field}"])


def test_dates_are_pacific_text_with_seven_digits(api: Any) -> None:
    order = api.create("A-1", paymentDate="2026-07-01T10:00:00.5")

    assert order["createDate"] == "2026-03-04T09:00:00.0000000"
    assert order["orderDate"] == "2026-03-04T08:00:00.0000000"
    assert order["paymentDate"] == "2026-07-01T10:00:00.5000000"


@pytest.mark.parametrize(
    ("postcode", "text"),
    [
        ("YO1 1AA", "Address validated successfully"),
        ("zz9 9zz", "Address validation failed"),
        ("ZZ8 8ZZ", "Address validation warning"),
        ("ZZ7 7ZZ", "Address not yet validated"),
    ],
)
def test_postcode_decides_the_address_check(api: Any, postcode: str, text: str) -> None:
    address = {"name": "Ada", "country": "GB", "postalCode": postcode}

    assert api.create("A-1", shipTo=address)["shipTo"]["addressVerified"] == text


def test_customs_may_be_overwritten_by_the_account(api: Any) -> None:
    fields = {
        "shipTo": {"name": "Ada", "country": "FR"},
        "internationalOptions": {"customsItems": [{"description": "Ours"}]},
    }
    kept = api.create("A-1", **fields)
    api.peer.configure({"customs_overwrite": True})
    lost = api.create("A-2", **fields)

    assert kept["internationalOptions"]["customsItems"][0]["description"] == "Ours"
    assert lost["internationalOptions"]["customsItems"][0]["description"] == "Mug"
    assert lost["internationalOptions"]["customsItems"][0]["value"] == 15.0


def test_hold_releases_itself_on_its_date(api: Any, still_clock: Any) -> None:
    order = api.create("A-1")
    api.post(
        "orders/holduntil",
        {"orderId": order["orderId"], "holdUntilDate": "2026-03-05"},
    )
    held = api.get(f"orders/{order['orderId']}")

    still_clock.advance(15 * 3600)  # midnight in Los Angeles
    free = api.get(f"orders/{order['orderId']}")

    assert held["orderStatus"] == "on_hold"
    assert held["holdUntilDate"].startswith("2026-03-05")
    assert (free["orderStatus"], free["holdUntilDate"]) == ("awaiting_shipment", None)
    assert free["modifyDate"] == "2026-03-05T00:00:00.0000000"
    assert api.operations() == ["create", "hold", "auto_release"]


def test_renewed_hold_does_not_release_on_the_old_date(
    api: Any, still_clock: Any
) -> None:
    order_id = api.create("A-1")["orderId"]
    for day in ("2026-03-05", "2026-03-09"):
        api.post("orders/holduntil", {"orderId": order_id, "holdUntilDate": day})

    still_clock.advance(24 * 3600)

    assert api.get(f"orders/{order_id}")["orderStatus"] == "on_hold"


def test_hold_by_upsert_has_no_date_and_stays(api: Any, still_clock: Any) -> None:
    api.create("A-1")
    order = api.create("A-1", orderStatus="on_hold")
    still_clock.advance(40 * 24 * 3600)

    assert api.get(f"orders/{order['orderId']}")["orderStatus"] == "on_hold"
    api.create("A-1")
    api.create("A-1", orderStatus="cancelled")
    assert api.operations() == ["create", "hold", "restore", "cancel"]


def test_hold_in_the_past_or_of_a_closed_order_is_refused(api: Any) -> None:
    open_id = api.create("A-1")["orderId"]
    shipped_id = api.create("A-2", orderStatus="shipped")["orderId"]

    for order_id, day in ((open_id, "2026-03-04"), (shipped_id, "2026-03-06")):
        body = {"orderId": order_id, "holdUntilDate": day}
        assert api.refused("POST", "orders/holduntil", body)[0] == 400


def test_restore_is_for_held_orders_only(api: Any) -> None:
    order_id = api.create("A-1")["orderId"]
    assert (
        api.refused("POST", "orders/restorefromhold", {"orderId": order_id})[0] == 400
    )
    api.create("A-1", orderStatus="on_hold")

    api.post("orders/restorefromhold", {"orderId": order_id})

    assert api.get(f"orders/{order_id}")["orderStatus"] == "awaiting_shipment"


def test_tags_must_exist_and_survive_shipping(api: Any) -> None:
    order_id = api.create("A-1")["orderId"]
    wrong = {"orderId": order_id, "tagId": 999}
    assert api.refused("POST", "orders/addtag", wrong)[0] == 400

    api.post("orders/addtag", {"orderId": order_id, "tagId": 501})
    api.control("ship", order_keys=["k-A-1"])

    assert api.get(f"orders/{order_id}")["tagIds"] == [501]
    found = api.get("orders/listbytag", orderStatus="shipped", tagId=501)
    assert [row["orderId"] for row in found["orders"]] == [order_id]
    api.post("orders/removetag", {"orderId": order_id, "tagId": 501})
    assert api.get(f"orders/{order_id}")["tagIds"] is None


def test_assigning_users_is_all_or_nothing(api: Any) -> None:
    order_id = api.create("A-1")["orderId"]
    user = api.get("users")[0]["userId"]

    body = {"orderIds": [order_id, 1], "userId": user}
    assert api.refused("POST", "orders/assignuser", body)[0] == 404
    assert api.get(f"orders/{order_id}")["userId"] is None
    api.post("orders/assignuser", {"orderIds": [order_id], "userId": user})
    assert api.get(f"orders/{order_id}")["userId"] == user


def test_accounts_do_not_see_each_other(api: Any) -> None:
    api.peer.configure(
        {
            "accounts": [
                {"key": "demo-key"},
                {"key": "k2", "secret": "s2", "stores": [{"storeId": 31}]},
            ]
        }
    )
    order = api.create("A-1")
    api.pair = ("k2", "s2")

    assert api.refused("GET", f"orders/{order['orderId']}")[0] == 404
    assert api.create("A-1")["orderId"] != order["orderId"]
