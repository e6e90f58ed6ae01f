"""The simulated TikTok Shop answers as the partner reference says.

Without a stored page: the token endpoint, Get Authorized Shops, Get Reject Reasons, Get
Aftersale Eligibility, and the versions 202610 and 202602; there the fact sheet stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse

from shipsync_site.lib import clock
from stores.sandbox.tiktok.carriers import STANDARD
from stores.sandbox.tiktok.peer import TABLE
from tests.contract.tiktok_reference import Reference, wrong
from tests.sandbox.tiktok.driver import (
    CANCELS,
    DETAIL,
    NUMBER,
    PROVIDERS,
    SEARCH,
    Driver,
    code,
    make_driver,
    read,
)

Json = dict[str, Any]

HOOKS = "event/202309/webhooks"
# The country's code in district_info: seen in answers, not on the page.
SEEN = {"iso_code": {"type": "string"}}
# What any call may answer (sheet section 7).
COMMON = {36009002, 36009003, 36009004, 101000, 105001, 105002, 105005, 106001, 106013}


@pytest.fixture
def tiktok() -> Iterator[Driver]:
    before = clock.current()
    yield make_driver()
    clock.configure(before)


def check(
    name: str, response: HttpResponse, extra: dict[str, Json] | None = None
) -> Any:
    """The answer succeeded and is what the page declares."""
    body = read(response)
    assert (response.status_code, body["code"]) == (200, 0), body
    assert wrong(Reference.load(name).answer_schema(extra), body) == []
    return body["data"]


def fill(tiktok: Driver) -> dict[str, str]:
    """One order in each state that an answer can show."""
    ids = {
        "held": tiktok.place_one(seed=1),
        "unpaid": tiktok.place_one(seed=2, pending=9999),
        "open": tiktok.open_one(seed=3, lines=6, note="Ring twice", gift=True),
        "bundle": tiktok.open_one(seed=4, bundle=True, quantity=2),
        "sample": tiktok.open_one(seed=5, kind="SAMPLE"),
        "replacement": tiktok.open_one(seed=6, kind="REPLACEMENT"),
        "exchange": tiktok.open_one(seed=7, kind="EXCHANGE"),
        "masked": tiktok.open_one(seed=8, kind="TIKTOK_SHIPPING"),
        "theirs": tiktok.open_one(seed=9, kind="FULFILLED_BY_TIKTOK"),
        "point": tiktok.open_one(seed=10, kind="COLLECTION_POINT"),
        "discount": tiktok.open_one(
            seed=11, seller_discount=True, platform_discount=True
        ),
        "asked": tiktok.open_one(seed=12),
        "cancelled": tiktok.open_one(seed=13),
        "line": tiktok.open_one(seed=14, sku="MUG-BLUE", quantity=3),
        "shipped": tiktok.open_one(seed=15),
        "delivered": tiktok.open_one(seed=16),
        "part": tiktok.open_one(seed=17, sku="MUG-BLUE", quantity=2),
        "no lines": tiktok.open_one(seed=18, variant="zero_lines"),
    }
    tiktok.request(ids["asked"])
    tiktok.peer.cancel({"order_id": ids["cancelled"], "how": "cancelled"})
    tiktok.peer.cancel({"order_id": ids["line"], "how": "line"})
    first = tiktok.order(ids["part"])["line_items"][0]["id"]
    for name, number, lines in (
        ("shipped", NUMBER, None),
        ("delivered", "CD123456785GB", None),
        ("part", "EF123456785GB", [first]),
    ):
        assert code(tiktok.tell(ids[name], lines, number)) == 0
    tiktok.peer.control("scan", {"order_id": ids["delivered"], "stage": "DELIVERED"})
    tiktok.time.move(seconds=1)
    return ids


def test_orders_are_listed_and_shown_by_the_reference(tiktok: Driver) -> None:
    ids = set(fill(tiktok).values())

    answer = tiktok.call("POST", SEARCH, {}, page_size=100)
    listed = check("get-order-list", answer, SEEN)
    pages = check("get-order-list", tiktok.call("POST", SEARCH, {}, page_size=2), SEEN)
    detail = tiktok.call("GET", DETAIL, ids=",".join(sorted(ids)))
    shown = check("get-order-detail", detail, SEEN)

    assert {order["id"] for order in listed["orders"]} == ids
    assert pages["next_page_token"]
    assert {order["id"] for order in shown["orders"]} == ids


def test_prices_are_shown_by_the_reference(tiktok: Driver) -> None:
    for order_id in fill(tiktok).values():
        path = f"order/202407/orders/{order_id}/price_detail"
        check("get-price-detail", tiktok.call("GET", path))


def test_logistics_answers_by_the_reference(tiktok: Driver) -> None:
    base = "logistics/202309"

    warehouses = check("get-warehouse-list", tiktok.call("GET", f"{base}/warehouses"))
    warehouse_id = warehouses["warehouses"][0]["id"]
    path = f"{base}/warehouses/{warehouse_id}/delivery_options"
    options = check("get-warehouse-delivery-options", tiktok.call("GET", path))
    path = f"{base}/delivery_options/{options['delivery_options'][0]['id']}"
    answer = tiktok.call("GET", f"{path}/shipping_providers")
    providers = check("get-shipping-providers", answer)

    assert {row["id"] for row in providers["shipping_providers"]} == {
        row.id for row in STANDARD.providers
    }


def test_packages_are_told_corrected_and_read_by_the_reference(
    tiktok: Driver,
) -> None:
    order_id, other_id = tiktok.open_one(seed=1), tiktok.open_one(seed=2)

    told = check("mark-package-as-shipped", tiktok.tell(order_id))
    other = check(
        "mark-package-as-shipped", tiktok.tell(other_id, number="KL123456785GB")
    )
    info = {"tracking_number": "GH123456785GB", "shipping_provider_id": PROVIDERS["Royal Mail"]}  # fmt: skip
    path = f"fulfillment/202309/orders/{order_id}/shipping_info/update"
    check("update-shipping-info", tiktok.call("POST", path, info))
    path = f"fulfillment/202309/packages/{other['package_id']}"
    info["tracking_number"] = "IJ123456785GB"
    answer = tiktok.call("POST", f"{path}/shipping_info/update", info)
    check("update-package-shipping-info", answer)
    read_back = check("get-package-detail", tiktok.call("GET", path))

    assert told["order_line_item_ids"]
    assert read_back["tracking_number"] == "IJ123456785GB"


def test_cancellations_are_found_and_answered_by_the_reference(
    tiktok: Driver,
) -> None:
    fill(tiktok)
    old = CANCELS.replace("202602", "202309")

    answer = tiktok.call("POST", f"{old}/search", {}, page_size=50)
    found = check("search-cancellations", answer)["cancellations"]
    new = tiktok.call("POST", f"{CANCELS}/search", {}, page_size=50)
    check("search-cancellations", new, {"should_replenish_stock": {"type": "boolean"}})
    (open_,) = [row for row in found if row["cancel_status"].endswith("PENDING")]
    path = f"{old}/{open_['cancel_id']}"
    reason = {"reject_reason": "seller_reject_apply_product_has_been_packed"}
    check("reject-cancellation", tiktok.call("POST", f"{path}/reject", reason))
    again = tiktok.request(open_["order_id"])
    check("approve-cancellation", tiktok.call("POST", f"{old}/{again}/approve", {}))
    body = {
        "order_id": tiktok.open_one(seed=30),
        "cancel_reason": "seller_cancel_reason_out_of_stock_uk",
    }
    check("cancel-order", tiktok.call("POST", old, body))

    assert len(found) == 3


def test_webhooks_are_registered_by_the_reference(tiktok: Driver) -> None:
    event = "ORDER_STATUS_CHANGE"

    body = {"event_type": event, "address": "https://hooks.example.com/tiktok"}
    check("update-shop-webhook", tiktok.call("PUT", HOOKS, body))
    known = check("get-shop-webhooks", tiktok.call("GET", HOOKS))
    answer = tiktok.call("DELETE", HOOKS, {"event_type": event})
    check("delete-shop-webhook", answer)

    assert [row["event_type"] for row in known["webhooks"]] == [event]
    assert tiktok.get(HOOKS)["webhooks"] == []


def test_money_is_told_by_the_reference(tiktok: Driver) -> None:
    order_id = tiktok.open_one(gift=True, seller_discount=True, lines=3)
    assert code(tiktok.tell(order_id)) == 0
    tiktok.peer.control("scan", {"order_id": order_id, "stage": "DELIVERED"})
    tiktok.later(days=8)
    tiktok.peer.control("refund", {"order_id": order_id})
    tiktok.later(days=2)

    base, rows = "finance/202501", "statement_transactions"
    answer = tiktok.call(
        "GET", "finance/202309/statements", sort_field="statement_time"
    )
    found = check("get-statements", answer)["statements"]
    for statement in found:
        path = f"{base}/statements/{statement['id']}/{rows}"
        answer = tiktok.call("GET", path, sort_field="order_create_time")
        check("get-transactions-by-statement", answer)
    answer = tiktok.call("GET", f"{base}/orders/{order_id}/{rows}")
    order = check("get-transactions-by-order", answer)
    answer = tiktok.call("GET", "finance/202309/payments", sort_field="create_time")
    payments = check("get-payments", answer)["payments"]

    assert len(found) == len(payments) == 2
    assert order["settlement_amount"] == "0.00"


def _twice(tiktok: Driver) -> HttpResponse:
    order_id = tiktok.open_one()
    tiktok.tell(order_id)
    return tiktok.tell(order_id)


def _corrected_twice(tiktok: Driver) -> HttpResponse:
    order_id = tiktok.open_one()
    tiktok.tell(order_id)
    path = f"fulfillment/202309/orders/{order_id}/shipping_info/update"
    info = {"tracking_number": "GH123456785GB", "shipping_provider_id": PROVIDERS["Royal Mail"]}  # fmt: skip
    assert code(tiktok.call("POST", path, info)) == 0
    return tiktok.call("POST", path, info)


def _asked(tiktok: Driver, path: str, body: Json) -> HttpResponse:
    order_id = tiktok.open_one()
    cancel_id = tiktok.request(order_id)
    tiktok.peer.cancel({"order_id": order_id, "how": "withdrawn"})
    base = CANCELS.replace("202602", "202309")
    return tiktok.call("POST", f"{base}/{cancel_id}/{path}", body)


REFUSALS: dict[str, tuple[str, Callable[[Driver], HttpResponse]]] = {
    "shipped already": ("mark-package-as-shipped", _twice),
    "special characters": (
        "mark-package-as-shipped",
        lambda tiktok: tiktok.tell(tiktok.open_one(), number="AB 123456785 GB"),
    ),
    "another's number": (
        "mark-package-as-shipped",
        lambda tiktok: tiktok.tell(tiktok.open_one(), number="H00AB0123456789A"),
    ),
    "nobody's number": (
        "mark-package-as-shipped",
        lambda tiktok: tiktok.tell(tiktok.open_one(), number="nonsense"),
    ),
    "no such provider": (
        "mark-package-as-shipped",
        lambda tiktok: tiktok.tell(tiktok.open_one(), provider="4711"),
    ),
    "corrected twice": ("update-shipping-info", _corrected_twice),
    "TikTok's own option": (
        "get-shipping-providers",
        lambda tiktok: tiktok.call(
            "GET",
            "logistics/202309/delivery_options/7091001001288303369/shipping_providers",
        ),
    ),
    "approved after the end": (
        "approve-cancellation",
        lambda tiktok: _asked(tiktok, "approve", {}),
    ),
    "rejected after the end": (
        "reject-cancellation",
        lambda tiktok: _asked(
            tiktok,
            "reject",
            {"reject_reason": "seller_reject_apply_product_has_been_packed"},
        ),
    ),
    "cancelled for a buyer's reason": (
        "cancel-order",
        lambda tiktok: tiktok.call(
            "POST",
            CANCELS.replace("202602", "202309"),
            {
                "order_id": tiktok.open_one(),
                "cancel_reason": "ecom_order_to_ship_canceled_reason_better_price_uk",
            },
        ),
    ),
}


@pytest.mark.parametrize("situation", REFUSALS)
def test_a_refusal_has_a_number_of_its_page(tiktok: Driver, situation: str) -> None:
    name, play = REFUSALS[situation]

    answer = play(tiktok)

    assert answer.status_code == 200
    assert code(answer) in Reference.load(name).errors - COMMON
    body = {**read(answer), "data": {}}
    assert wrong(Reference.load(name).answer_schema(), body) == []


PAGES = (
    *("get-order-list", "get-order-detail", "get-price-detail", "get-warehouse-list"),
    *("get-warehouse-delivery-options", "get-shipping-providers"),
    *("mark-package-as-shipped", "update-shipping-info", "get-package-detail"),
    *("update-package-shipping-info", "search-cancellations", "approve-cancellation"),
    *("reject-cancellation", "cancel-order", "update-shop-webhook"),
    *("get-shop-webhooks", "delete-shop-webhook", "get-statements", "get-payments"),
    *("get-transactions-by-statement", "get-transactions-by-order"),
)


@pytest.mark.parametrize("name", PAGES)
def test_the_address_is_the_pages(name: str) -> None:
    page = Reference.load(name)
    # A part of a path stands for itself: the table's patterns take any text there.
    path = page.path.lstrip("/")

    assert [row.name for row in TABLE if row.method == page.method and row.path.fullmatch(path)]  # fmt: skip


def test_odd_variants_break_the_reference_on_purpose(tiktok: Driver) -> None:
    order_id = tiktok.open_one(variant="malformed")

    body = read(tiktok.call("GET", DETAIL, ids=order_id))

    assert wrong(Reference.load("get-order-detail").answer_schema(SEEN), body)
