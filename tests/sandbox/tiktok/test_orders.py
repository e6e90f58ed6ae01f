from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from stores.sandbox.core import ControlError
from stores.sandbox.tiktok.peer import TikTokPeer
from tests.sandbox.tiktok.driver import DETAIL, SEARCH, Driver, code, read

DAY = 86_400


def test_an_order_is_held_for_an_hour_without_buyer_and_address(
    tiktok: Driver,
) -> None:
    order_id = tiktok.place_one()
    held = tiktok.order(order_id)

    tiktok.later(seconds=3599)
    still = tiktok.order(order_id)
    tiktok.later(seconds=1)
    open_ = tiktok.order(order_id)

    assert (held["status"], held["is_on_hold_order"]) == ("ON_HOLD", True)
    assert (held["user_id"], held["buyer_email"]) == ("", "")
    assert set(map(str, held["recipient_address"].values())) == {"", "[]"}
    assert still["status"] == "ON_HOLD"
    assert (open_["status"], open_["is_on_hold_order"]) == ("AWAITING_SHIPMENT", True)
    assert open_["recipient_address"]["region_code"] == "GB"
    assert open_["user_id"]
    assert open_["update_time"] == tiktok.time.seconds


def test_an_unpaid_order_is_paid_then_held(tiktok: Driver) -> None:
    order_id = tiktok.place_one(pending=600)
    unpaid = tiktok.order(order_id)

    tiktok.later(seconds=600)
    held = tiktok.order(order_id)
    tiktok.later(seconds=3600)

    assert (unpaid["status"], unpaid["paid_time"]) == ("UNPAID", 0)
    assert unpaid["recipient_address"]["name"] == ""
    assert (held["status"], held["paid_time"]) == (
        "ON_HOLD",
        tiktok.time.seconds - 3600,
    )
    assert tiktok.order(order_id)["status"] == "AWAITING_SHIPMENT"


def test_every_unit_is_a_line_of_its_own(tiktok: Driver) -> None:
    order = tiktok.order(tiktok.open_one(sku="MUG-BLUE", quantity=3))

    lines = order["line_items"]
    assert len({line["id"] for line in lines}) == 3
    assert {line["sku_id"] for line in lines} == {lines[0]["sku_id"]}
    assert "quantity" not in lines[0]


def test_amounts_add_up(tiktok: Driver) -> None:
    for seed in range(6):
        order = tiktok.order(
            tiktok.open_one(
                seed=seed, lines=4, seller_discount=True, platform_discount=True
            )
        )
        money = {
            name: Decimal(value)
            for name, value in order["payment"].items()
            if name != "currency"
        }
        lines = order["line_items"]
        paid = sum(Decimal(line["sale_price"]) for line in lines)
        assert money["sub_total"] == paid
        assert paid == (
            money["original_total_product_price"]
            - money["seller_discount"]
            - money["platform_discount"]
        )
        assert money["total_amount"] == money["sub_total"] + money["shipping_fee"]


def test_bundles_name_what_is_inside(tiktok: Driver) -> None:
    (line,) = tiktok.order(tiktok.open_one(sku="MUG-BLUE", quantity=1, bundle=True))[
        "line_items"
    ]

    parts = {
        row["seller_sku"]: row["sku_count"] for row in line["combined_listing_skus"]
    }
    assert parts == {"MUG-BLUE-A": 1, "MUG-BLUE-B": 2}


def test_samples_gifts_and_replacements_cost_nothing(tiktok: Driver) -> None:
    sample = tiktok.order(tiktok.open_one(seed=1, kind="SAMPLE"))
    replacement = tiktok.order(tiktok.open_one(seed=2, kind="REPLACEMENT"))
    gift = tiktok.order(tiktok.open_one(seed=3, gift=True))["line_items"][-1]

    assert (sample["is_sample_order"], sample["payment"]["total_amount"]) == (True, "0.00")  # fmt: skip
    assert replacement["is_replacement_order"]
    assert replacement["replaced_order_id"]
    assert replacement["payment"]["total_amount"] == "0.00"
    assert (gift["is_gift"], gift["sale_price"], gift["gift_retail_price"]) == (
        True,
        "0.00",
        "2.50",
    )


def test_tiktoks_own_shipping_masks_the_recipient(tiktok: Driver) -> None:
    order = tiktok.order(tiktok.open_one(kind="TIKTOK_SHIPPING"))

    to = order["recipient_address"]
    assert order["shipping_type"] == "TIKTOK"
    for field in ("name", "phone_number", "address_line1", "full_address"):
        assert "*" in to[field]
    assert re.fullmatch(r"\w\*+[ ']?.*", to["name"])
    assert to["region_code"] == "GB"


def test_pages_are_followed_by_their_tokens(tiktok: Driver) -> None:
    placed = tiktok.place(5)
    seen: list[str] = []
    token: dict[str, Any] = {}

    for size in (2, 2, 1):
        page = tiktok.search(page_size=2, sort_order="ASC", **token)
        assert (len(page["orders"]), page["total_count"]) == (size, 5)
        seen += [order["id"] for order in page["orders"]]
        token = {"page_token": page["next_page_token"]}

    assert token == {"page_token": ""}
    assert sorted(seen) == sorted(placed)


def test_an_order_that_changes_between_pages_is_not_lost(tiktok: Driver) -> None:
    placed = []
    for seed in range(4):
        placed.append(tiktok.open_one(seed=seed))
        tiktok.time.move(seconds=10)
    by_change: dict[str, Any] = {"sort_field": "update_time", "sort_order": "ASC"}
    first = tiktok.search(page_size=2, **by_change)

    tiktok.request(placed[0])
    rest = tiktok.search(page_size=5, page_token=first["next_page_token"], **by_change)

    assert [order["id"] for order in rest["orders"]] == [*placed[2:], placed[0]]


@pytest.mark.parametrize("name", ["create_time", "update_time"])
def test_a_time_span_has_its_start_and_lacks_its_end(tiktok: Driver, name: str) -> None:
    order_id, moment = tiktok.place_one(), tiktok.time.seconds

    def found(ge: int, lt: int) -> bool:
        return bool(tiktok.found({f"{name}_ge": ge, f"{name}_lt": lt}))

    assert found(moment, moment + 1)
    assert not found(moment - 1, moment)
    assert not found(moment + 1, moment + 2)
    # Without an end it ends now, and now is not inside.
    assert tiktok.found({f"{name}_ge": moment}) == []
    tiktok.time.move(seconds=1)
    assert tiktok.found({f"{name}_ge": moment}) == [order_id]


def test_filters_choose(tiktok: Driver) -> None:
    held, open_ = tiktok.place_one(seed=1), tiktok.open_one(seed=2)
    masked = tiktok.open_one(seed=3, kind="TIKTOK_SHIPPING")
    tiktok.request(open_)
    buyer = tiktok.order(masked)["user_id"]
    warehouse = tiktok.order(held)["warehouse_id"]

    assert tiktok.found({"order_status": "ON_HOLD"}) == [held]
    assert tiktok.found({"shipping_type": "TIKTOK"}) == [masked]
    assert tiktok.found({"is_buyer_request_cancel": True}) == [open_]
    assert set(tiktok.found({"is_buyer_request_cancel": False})) == {held, masked}
    assert tiktok.found({"buyer_user_id": buyer}) == [masked]
    assert len(tiktok.found({"warehouse_ids": [warehouse]})) == 3
    assert tiktok.found({"warehouse_ids": ["4711"]}) == []


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({}, {"page_size": 101}),
        ({}, {"page_size": 0}),
        ({}, {"page_size": "many"}),
        ({}, {"sort_field": "total"}),
        ({}, {"sort_order": "UP"}),
        ({}, {"page_token": "nonsense"}),
        ({"order_status": "SHIPPED"}, {}),
        ({"update_time_ge": "2026-11-22"}, {}),
        ({"warehouse_ids": ["1"] * 101}, {}),
        ({"is_buyer_request_cancel": "yes"}, {}),
        ({"status": "ON_HOLD"}, {}),
    ],
)
def test_a_bad_query_is_101000(
    tiktok: Driver, body: dict[str, Any], query: dict[str, Any]
) -> None:
    assert (
        code(tiktok.call("POST", SEARCH, body, **{"page_size": 10, **query})) == 101000
    )


def test_a_page_token_belongs_to_its_sorting(tiktok: Driver) -> None:
    tiktok.place(3)
    token = tiktok.search(page_size=1, sort_order="ASC")["next_page_token"]

    answer = tiktok.call(
        "POST", SEARCH, {}, page_size=1, sort_order="DESC", page_token=token
    )

    assert code(answer) == 101000


def test_details_are_read_for_fifty_at_once(tiktok: Driver) -> None:
    ids = tiktok.place(51)

    fifty = tiktok.get(DETAIL, ids=",".join(ids[:50]))["orders"]

    assert [order["id"] for order in fifty] == ids[:50]
    assert code(tiktok.call("GET", DETAIL, ids=",".join(ids))) == 101000
    assert code(tiktok.call("GET", DETAIL, ids="")) == 101000
    assert tiktok.get(DETAIL, ids=f"{ids[0]},4711")["orders"][0]["id"] == ids[0]


def test_another_shops_order_is_not_shown(tiktok: Driver) -> None:
    other = {"open_id": "other", "shops": [{"id": "7490000000000000099"}]}
    tiktok.peer.configure({"sellers": [other]})
    theirs = tiktok.place_one(shop_id="7490000000000000099", on_hold=False)

    assert tiktok.found() == []
    assert code(tiktok.call("GET", DETAIL, ids=theirs)) == 21008111
    assert code(tiktok.tell(theirs)) == 21011028


def test_a_list_may_lag_behind(tiktok: Driver) -> None:
    tiktok.peer.configure({"list_lag": 30})
    order_id = tiktok.place_one()

    assert tiktok.found() == []
    tiktok.time.move(seconds=30)
    assert tiktok.found() == [order_id]


def test_the_price_detail_says_what_the_order_says(tiktok: Driver) -> None:
    order_id = tiktok.open_one(seed=4, lines=3, platform_discount=True)
    order = tiktok.order(order_id)

    price = tiktok.get(f"order/202407/orders/{order_id}/price_detail")

    assert price["payment"] == order["payment"]["total_amount"]
    assert [row["id"] for row in price["line_items"]] == [
        line["id"] for line in order["line_items"]
    ]


def test_a_changed_address_shows(tiktok: Driver) -> None:
    order_id = tiktok.open_one()

    tiktok.peer.address({"order_id": order_id, "address_line1": "1 New Row", "post_town": "York"})  # fmt: skip

    order = tiktok.order(order_id)
    assert order["has_updated_recipient_address"] is True
    assert order["recipient_address"]["address_line1"] == "1 New Row"
    assert "York" in order["recipient_address"]["full_address"]


def test_an_order_nobody_ships_is_cancelled_when_its_time_is_over(
    tiktok: Driver,
) -> None:
    order_id = tiktok.open_one()
    due = tiktok.order(order_id)["shipping_due_time"]

    tiktok.later(seconds=due - tiktok.time.seconds - 1)
    before = tiktok.order(order_id)["status"]
    tiktok.later(seconds=1)

    order = tiktok.order(order_id)
    assert (before, order["status"]) == ("AWAITING_SHIPMENT", "CANCELLED")
    assert order["cancellation_initiator"] == "SYSTEM"
    assert order["cancel_reason"] == "system_cancel_order_reason_shipping_timeout_uk"


def test_the_same_seed_gives_the_same_orders(tiktok: Driver) -> None:
    tiktok.place(3, seed=5)
    first = [row["order_id"] for row in tiktok.peer.orders_view()]

    tiktok.peer.reset(7)

    assert tiktok.place(3, seed=5) == first


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "GIFT"},
        {"colour": "blue"},
        {"late_cancel": 2},
        {"country": "XX"},
        {"shop_id": "4711"},
        {"variant": "purple"},
    ],
)
def test_impossible_wishes_are_refused_in_words(
    tiktok: Driver, spec: dict[str, Any]
) -> None:
    with pytest.raises(ControlError) as caught:
        tiktok.place(1, **spec)

    assert caught.value.status == 400
    assert str(next(iter(spec.values()))) in caught.value.message or "colour" in str(caught.value)  # fmt: skip


def test_a_snapshot_brings_the_whole_world_back(tiktok: Driver) -> None:
    held, open_ = tiktok.place_one(seed=1), tiktok.open_one(seed=2)
    asked, shipped = tiktok.open_one(seed=3), tiktok.open_one(seed=4)
    tiktok.request(asked)
    tiktok.tell(shipped)
    tiktok.peer.configure({"scan_after": 60, "quotas": {"all": "off"}})

    state = tiktok.peer.dump()
    tiktok.peer = TikTokPeer()
    tiktok.peer.reset(0)
    tiktok.peer.load(state)

    assert tiktok.peer.dump() == state
    tiktok.time.move(hours=48)
    tiktok.login()
    assert tiktok.order(held)["status"] == "AWAITING_SHIPMENT"
    assert tiktok.order(asked)["status"] == "CANCELLED"
    assert code(tiktok.tell(open_, number="CD123456785GB")) == 0
    assert read(tiktok.tell(shipped))["code"] == 21011006
