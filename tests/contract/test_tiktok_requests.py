"""What we ask of TikTok Shop is what its partner reference declares.

No page is stored of some operations, and of some only of an older version: these are
named below, and the fact sheet stands for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import responses

from stores.connectors.base import Stream
from stores.connectors.tiktok import errors, operations, refusals
from stores.connectors.tiktok.operations import OPERATIONS, Operation
from stores.connectors.tiktok.regions import API_HOST
from stores.remote_types import CancellationAnswer, CursorState
from tests.contract.tiktok_reference import Reference, wrong
from tests.stores.connectors.tiktok.payloads import (
    ORDER_ID,
    SET,
    cancellation,
    order,
    shipped,
)
from tests.stores.connectors.tiktok.peer import (
    CANCELLATIONS_URL,
    DETAIL_URL,
    PROVIDERS_URL,
    REFRESH_URL,
    SEARCH_URL,
    SHIP_URL,
    SHOP,
    SHOPS_URL,
    Tokens,
    connector,
    good,
    query_of,
    sent,
    token_data,
)
from tests.stores.connectors.tiktok.test_connector import CONFIRMATION, NOW, ROYAL_MAIL

pytestmark = pytest.mark.django_db
Peer = responses.RequestsMock

# Operation → its page; the version where the page's is older than ours.
PAGES = {
    operations.SEARCH_ORDERS: "get-order-list",
    operations.ORDERS: "get-order-detail",
    operations.SHIP: "mark-package-as-shipped",
    operations.CORRECT_ORDER: "update-shipping-info",
    operations.CORRECT_PACKAGE: "update-package-shipping-info",
    operations.SEARCH_CANCELLATIONS: "search-cancellations",
    operations.APPROVE: "approve-cancellation",
    operations.REJECT: "reject-cancellation",
    operations.CANCEL: "cancel-order",
    operations.WAREHOUSES: "get-warehouse-list",
    operations.DELIVERY_OPTIONS: "get-warehouse-delivery-options",
    operations.PROVIDERS: "get-shipping-providers",
    operations.WEBHOOKS: "get-shop-webhooks",
    operations.SUBSCRIBE: "update-shop-webhook",
    operations.STATEMENTS: "get-statements",
    operations.STATEMENT_TRANSACTIONS: "get-transactions-by-statement",
    operations.PAYMENTS: "get-payments",
}
OLDER = {
    operations.CORRECT_PACKAGE: ("202610", "202309"),
    operations.SEARCH_CANCELLATIONS: ("202602", "202309"),
    operations.CANCEL: ("202602", "202309"),
}
# The fact sheet stands: no page is stored.
UNSTORED = {operations.SHOPS, operations.REJECT_REASONS, operations.ELIGIBILITY}
# Told to every call, as the guide on signing has it.
COMMON = {"app_key", "sign", "timestamp", "shop_cipher"}
ANSWER = CancellationAnswer(
    order_remote_id=ORDER_ID,
    marketplace_id="GB",
    accept=True,
    lines=((SET, 1),),
    whole=False,
    reason="seller_cancel_reason_out_of_stock_uk",
    reference="r" * 64,
)
APPROVE_URL = f"{API_HOST}{operations.APPROVE.at(cancel_id='4035000000000000001')}"
REJECT_URL = f"{API_HOST}{operations.REJECT.at(cancel_id='4035000000000000001')}"
CANCEL_URL = f"{API_HOST}{operations.CANCEL.path}"
REASONS_URL = f"{API_HOST}{operations.REJECT_REASONS.path}"
ELIGIBLE_URL = f"{API_HOST}{operations.ELIGIBILITY.at(order_id=ORDER_ID)}"
CORRECT_URL = f"{API_HOST}{operations.CORRECT_ORDER.at(order_id=ORDER_ID)}"
WEBHOOKS_URL = f"{API_HOST}{operations.WEBHOOKS.path}"
REJECT_REASON = "seller_reject_apply_product_has_been_packed"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(REFRESH_URL, json=good(token_data(1)))
        mock.get(SHOPS_URL, json=good({"shops": [SHOP]}))
        mock.get(PROVIDERS_URL, json=good({"shipping_providers": [ROYAL_MAIL]}))
        for url in (SEARCH_URL, SHIP_URL, CORRECT_URL, APPROVE_URL, REJECT_URL):
            mock.post(url, json=good())
        mock.post(CANCEL_URL, json=good({"cancel_id": "1"}))
        yield mock


def check(peer: Peer, operation: Operation, url: str, *, body: bool = True) -> Any:
    """Every request to this address is what the page declares; the last one's body."""
    page = Reference.load(PAGES[operation])
    found = sent(peer, url)
    assert found, f"nothing was sent to {url}"
    for request in found:
        assert request.method == page.method
        unknown = set(query_of(request)) - page.query_names() - COMMON
        assert unknown == set(), f"{operation.name}: {unknown}"
        content = json.loads(request.body) if request.body else {}
        if body:
            assert wrong(page.body_schema(), content) == []
    return content


@pytest.mark.parametrize("operation", PAGES, ids=lambda row: str(row.name))
def test_method_and_path_are_the_pages(operation: Operation) -> None:
    page = Reference.load(PAGES[operation])
    ours, theirs = OLDER.get(operation, ("", ""))

    assert operation.method == page.method
    assert operation.path.replace(ours, theirs) == page.path


def test_every_operation_has_a_page_or_is_named_as_one_without() -> None:
    known = set(PAGES) | UNSTORED

    assert set(OPERATIONS) == known
    for operation in (*UNSTORED, *OLDER):
        text = f"{operation.name} {operation.path}"
        print(f"no page of this version is stored: {text}")  # noqa: T201 - the list


def test_orders_are_searched_for_as_the_page_has_it(peer: Peer) -> None:
    connector().fetch_page(Stream.OPEN, CursorState(), now=NOW)

    check(peer, operations.SEARCH_ORDERS, SEARCH_URL)


def test_details_and_cancellations_are_asked_for_as_the_pages_have_it(
    peer: Peer,
) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order(is_buyer_request_cancel=True)]}))
    peer.post(CANCELLATIONS_URL, json=good({"cancellations": [cancellation()]}))

    connector().fetch_order(ORDER_ID)

    check(peer, operations.ORDERS, DETAIL_URL)
    check(peer, operations.SEARCH_CANCELLATIONS, CANCELLATIONS_URL)


def test_a_parcel_is_told_as_the_page_has_it(peer: Peer) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))

    connector().confirm(CONFIRMATION)

    check(peer, operations.SHIP, SHIP_URL)
    check(peer, operations.PROVIDERS, PROVIDERS_URL)


def test_a_number_is_corrected_as_the_pages_have_it(peer: Peer) -> None:
    old = "AB123456794GB"
    one = shipped(order(), (SET, old))
    second = "57650000000000000102"
    two = shipped(order(), (SET, old), (second, "AB123456803GB"))
    package = next(x for x in two["line_items"] if x["id"] == SET)["package_id"]
    url = f"{API_HOST}{operations.CORRECT_PACKAGE.at(package_id=package)}"
    peer.get(DETAIL_URL, json=good({"orders": [one]}))
    peer.get(DETAIL_URL, json=good({"orders": [two]}))
    peer.post(url, json=good())
    corrected = replace(CONFIRMATION, replaces=(old,))

    connector().confirm(corrected)
    connector().confirm(corrected)

    check(peer, operations.CORRECT_ORDER, CORRECT_URL)
    # 202610 takes a list of what 202309's page has.
    listed = check(peer, operations.CORRECT_PACKAGE, url, body=False)
    (pair,) = listed.pop("shipping_info_list")
    assert listed == {}
    page = Reference.load(PAGES[operations.CORRECT_PACKAGE])
    assert wrong(page.body_schema(), pair) == []


def test_cancellations_are_answered_as_the_pages_have_it(peer: Peer) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.post(CANCELLATIONS_URL, json=good({"cancellations": [cancellation()]}))
    reasons = [{"name": REJECT_REASON, "text": "Packed"}]
    peer.get(REASONS_URL, json=good({"reasons": reasons}))

    connector().answer_cancellation(ANSWER)
    refused = replace(ANSWER, accept=False, reason=REJECT_REASON)
    connector().answer_cancellation(refused)

    check(peer, operations.APPROVE, APPROVE_URL)
    assert check(peer, operations.REJECT, REJECT_URL) == {
        "reject_reason": REJECT_REASON
    }
    for url in (APPROVE_URL, REJECT_URL):
        (request,) = sent(peer, url)
        assert query_of(request)["idempotency_key"] == ANSWER.reference


def test_a_seller_cancels_as_the_page_has_it(peer: Peer) -> None:
    peer.get(DETAIL_URL, json=good({"orders": [order()]}))
    peer.post(CANCELLATIONS_URL, json=good({"cancellations": []}))
    row = {"request_type": "CANCEL", "available_reason_names": [ANSWER.reason]}
    eligible = [{"sku_id": "1", "line_item_eligibility": [row]}]
    peer.get(ELIGIBLE_URL, json=good({"sku_eligibility": eligible}))

    connector().answer_cancellation(ANSWER)

    body = check(peer, operations.CANCEL, CANCEL_URL)
    assert body["order_line_item_ids"] == [SET]
    (asked,) = sent(peer, ELIGIBLE_URL)
    query = query_of(asked)
    assert (query["initiate_aftersale_user"], query["request_types"]) == (
        "SELLER",
        "CANCEL",
    )


def test_providers_are_listed_by_the_pages(peer: Peer) -> None:
    warehouses = f"{API_HOST}{operations.WAREHOUSES.path}"
    options = f"{API_HOST}{operations.DELIVERY_OPTIONS.at(warehouse_id='7068')}"
    rows = [
        {"id": "7068", "type": "SALES_WAREHOUSE"},
        {"id": "7", "type": "RETURN_WAREHOUSE"},
    ]
    peer.get(warehouses, json=good({"warehouses": rows}))
    peer.get(options, json=good({"delivery_options": [{"id": "7129104820129498905"}]}))

    found = connector().fetch_choices()

    assert {row.label for row in found} >= {"Royal Mail"}
    check(peer, operations.WAREHOUSES, warehouses)
    check(peer, operations.DELIVERY_OPTIONS, options)


def test_our_address_is_told_by_the_pages(peer: Peer) -> None:
    peer.get(WEBHOOKS_URL, json=good({"webhooks": []}))
    peer.put(WEBHOOKS_URL, json=good())

    connector().subscribe("https://shipsync.example.com/stores/hooks/1/x/")

    page = Reference.load(PAGES[operations.SUBSCRIBE])
    told = [x for x in sent(peer, WEBHOOKS_URL) if x.method == "PUT"]
    topics = next(
        row["desc"]
        for row in page.content["request_body_param"]
        if row["name"] == "event_type"
    )
    for request in told:
        body = json.loads(request.body)
        assert wrong(page.body_schema(), body) == []
        assert f"`{body['event_type']}`" in topics
    assert len(told) == 6


def test_tokens_are_in_no_url(peer: Peer) -> None:
    tokens = Tokens(refresh_token="first")
    connector(tokens).fetch_page(Stream.OPEN, CursorState(), now=NOW)

    urls = [
        call.request.url
        for call in peer.calls
        if REFRESH_URL not in str(call.request.url)
    ]
    assert not any("access-1" in str(url) for url in urls)


@pytest.mark.parametrize(
    ("operation", "table"),
    [
        (operations.SHIP, refusals.SHIP),
        (operations.CORRECT_ORDER, refusals.CORRECT),
        (operations.CORRECT_PACKAGE, refusals.CORRECT),
        (operations.APPROVE, refusals.ANSWER),
        (operations.REJECT, refusals.ANSWER),
        (operations.CANCEL, refusals.ANSWER),
        (operations.PROVIDERS, refusals.READ),
        (operations.ORDERS, refusals.READ),
        (operations.SEARCH_ORDERS, refusals.READ),
        (operations.SEARCH_CANCELLATIONS, refusals.READ),
    ],
    ids=lambda value: value.name if isinstance(value, Operation) else "",
)
def test_every_number_of_a_page_has_its_meaning(
    operation: Operation, table: dict[int, refusals.Row]
) -> None:
    listed = Reference.load(PAGES[operation]).errors

    assert {code for code in listed if not errors.is_known(code, table)} == set()
