from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnexpectedAnswerError,
)
from stores.models import Budget, CallOutcome, RemoteCall
from stores.shipstation.client import ShipStationClient
from stores.shipstation.types import SsStatus
from tests.stores.shipstation import bodies
from tests.stores.shipstation.conftest import ACCOUNT, BASE

Peer = responses.RequestsMock


def sent(peer: Peer, index: int = 0) -> Any:
    body = peer.calls[index].request.body
    assert isinstance(body, bytes)
    return json.loads(body)


def test_batch_goes_out_as_an_array_and_comes_back_by_key(
    peer: Peer, client: ShipStationClient
) -> None:
    rows = [
        {"orderId": 7, "orderNumber": "2", "orderKey": "b", "success": True},
        {
            "orderId": None,
            "orderNumber": "1",
            "orderKey": "a",
            "success": False,
            "errorMessage": "no name",
        },
    ]
    peer.post(
        f"{BASE}/orders/createorders",
        json={"hasErrors": True, "results": rows},
        headers=bodies.HEADERS,
        match=[matchers.header_matcher({"Authorization": "Basic dGhlLWtleTp0aGUtc2VjcmV0"})],
    )  # fmt: skip
    orders = [{"orderNumber": n, "orderKey": k} for n, k in (("1", "a"), ("2", "b"))]

    results, as_of = client.create_orders(orders)

    assert {row.order_key: row.success for row in results} == {"a": False, "b": True}
    assert sent(peer) == orders
    call = RemoteCall.objects.get()
    assert (call.operation, call.subjects, call.outcome) == (
        "createorders",
        2,
        CallOutcome.OK,
    )
    assert as_of >= call.started_at


@pytest.mark.parametrize("count", [0, 101])
def test_batch_size_is_checked_before_anything_is_sent(
    client: ShipStationClient, count: int
) -> None:
    with pytest.raises(ValueError, match="1 to 100"):
        client.create_orders([{}] * count)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "json": {"message": "An internal error occurred"}},
        {"status": 502, "body": "<html>"},
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectionError("reset")},
        {"status": 200, "body": "{cut"},
        {"status": 200, "json": {"orders": []}},
    ],
)
def test_write_without_a_readable_answer_is_unknown(
    peer: Peer, client: ShipStationClient, answer: dict[str, Any]
) -> None:
    peer.post(f"{BASE}/orders/createorders", **answer)

    with pytest.raises(OutcomeUnknownError):
        client.create_orders([{"orderKey": "a"}])


def test_create_order_returns_what_shipstation_now_has(
    peer: Peer, client: ShipStationClient
) -> None:
    peer.post(f"{BASE}/orders/createorder", json=bodies.order())

    order = client.create_order({"orderKey": "k1"})

    assert (order.order_id, order.status) == (9001, SsStatus.AWAITING_SHIPMENT)


def test_refused_update_says_read_again_and_a_named_field_says_rejected(
    peer: Peer, client: ShipStationClient
) -> None:
    url = f"{BASE}/orders/createorder"
    peer.post(url, status=400, json={"message": "Order 9001 is shipped"})
    peer.post(
        url,
        status=400,
        json={"Message": "invalid", "ModelState": {"apiOrder.orderNumber": ["too long"]}},
    )  # fmt: skip

    with pytest.raises(LockedError):
        client.create_order({"orderKey": "k1", "orderId": 9001})
    with pytest.raises(RejectedError) as refusal:
        client.create_order({"orderKey": "k1", "orderId": 9001})

    assert refusal.value.field == "apiOrder.orderNumber"
    assert list(RemoteCall.objects.order_by("pk").values_list("outcome", flat=True)) == [
        CallOutcome.LOCKED,
        CallOutcome.REJECTED,
    ]  # fmt: skip


def test_order_that_is_gone_is_none_and_no_error(
    peer: Peer, client: ShipStationClient
) -> None:
    peer.get(f"{BASE}/orders/9001", status=404, json={"message": "not found"})

    assert client.get_order(9001) is None
    assert RemoteCall.objects.get().outcome == CallOutcome.OK


def test_order_that_cannot_be_read_names_its_field(
    peer: Peer, client: ShipStationClient
) -> None:
    peer.get(f"{BASE}/orders/9001", json=bodies.order(modifyDate="never"))

    with pytest.raises(UnexpectedAnswerError) as problem:
        client.get_order(9001)

    assert problem.value.field == "modifyDate"


def test_order_list_asks_in_pacific_time_oldest_change_first(
    peer: Peer, client: ShipStationClient
) -> None:
    peer.get(
        f"{BASE}/orders",
        json={"orders": [bodies.order()], "total": 1, "page": 2, "pages": 2},
        match=[
            matchers.query_param_matcher(
                {
                    "modifyDateStart": "2026-07-01 05:00:00",
                    "modifyDateEnd": "2026-07-01 06:00:00",
                    "orderStatus": "on_hold",
                    "storeId": "12",
                    "sortBy": "ModifyDate",
                    "sortDir": "ASC",
                    "page": "2",
                    "pageSize": "500",
                }
            )
        ],
    )

    page = client.list_orders(
        modified_since=datetime(2026, 7, 1, 12, tzinfo=UTC),
        modified_until=datetime(2026, 7, 1, 13, tzinfo=UTC),
        status=SsStatus.ON_HOLD,
        store_id=12,
        page=2,
    )

    assert [order.order_id for order in page.orders] == [9001]
    assert (page.page, page.pages) == (2, 2)


def test_shipment_list_asks_for_lines(peer: Peer, client: ShipStationClient) -> None:
    peer.get(
        f"{BASE}/shipments",
        json={"shipments": [bodies.shipment()], "total": 1, "page": 1, "pages": 0},
        match=[
            matchers.query_param_matcher(
                {
                    "voidDateStart": "2026-07-01 05:00:00",
                    "includeShipmentItems": "true",
                    "sortBy": "CreateDate",
                    "sortDir": "ASC",
                    "page": "1",
                    "pageSize": "500",
                }
            )
        ],
    )

    page = client.list_shipments(voided_since=datetime(2026, 7, 1, 12, tzinfo=UTC))

    assert [label.tracking_number for label in page.shipments] == ["1Z1"]


def test_fulfillment_list(peer: Peer, client: ShipStationClient) -> None:
    peer.get(f"{BASE}/fulfillments", json={"fulfillments": [bodies.fulfillment()]})

    page = client.list_fulfillments(order_id=9001)

    assert [mark.source for mark in page.shipments] == ["fulfillment"]
    assert "orderId=9001" in str(peer.calls[0].request.url)


def test_list_that_fails_may_be_repeated(peer: Peer, client: ShipStationClient) -> None:
    peer.get(f"{BASE}/orders", status=500, json={"message": "SQL timeout"})

    with pytest.raises(TransientError) as trouble:
        client.list_orders()

    assert trouble.value.status == 500


def test_hold_sends_a_day(peer: Peer, client: ShipStationClient) -> None:
    peer.post(f"{BASE}/orders/holduntil", json={"success": True, "message": "held"})

    client.hold_until(9001, date(2026, 7, 3))

    assert sent(peer) == {"orderId": 9001, "holdUntilDate": "2026-07-03"}
    assert RemoteCall.objects.get().urgent


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("restorefromhold", {"orderId": 9001}),
        ("addtag", {"orderId": 9001, "tagId": 3}),
        ("removetag", {"orderId": 9001, "tagId": 3}),
    ],
)
def test_small_changes(
    peer: Peer, client: ShipStationClient, operation: str, expected: dict[str, int]
) -> None:
    peer.post(f"{BASE}/orders/{operation}", json={"success": "true", "message": "ok"})

    if operation == "restorefromhold":
        client.restore_from_hold(9001)
    elif operation == "addtag":
        client.add_tag(9001, 3)
    else:
        client.remove_tag(9001, 3)

    assert sent(peer) == expected


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"success": False, "message": "Order has been shipped"}, LockedError),
        (200, {"success": False, "message": "Date must be later"}, RejectedError),
        (404, {"message": "Order not found"}, LockedError),
        (200, "gone with the wind", OutcomeUnknownError),
    ],
)
def test_refused_hold(
    peer: Peer, client: ShipStationClient, status: int, body: Any, error: type
) -> None:
    content = {"json": body} if isinstance(body, dict) else {"body": body}
    peer.post(f"{BASE}/orders/holduntil", status=status, **content)

    with pytest.raises(error):
        client.hold_until(9001, date(2026, 7, 3))

    assert RemoteCall.objects.get().outcome != CallOutcome.OK


def test_every_answer_teaches_the_budget_errors_too(
    peer: Peer, client: ShipStationClient
) -> None:
    headers = {
        "X-Rate-Limit-Limit": "60",
        "X-Rate-Limit-Remaining": "11",
        "X-Rate-Limit-Reset": "30",
    }
    peer.get(f"{BASE}/orders/1", status=404, headers=headers)
    peer.get(f"{BASE}/stores", status=500, headers={**headers, "X-Rate-Limit-Remaining": "10"})  # fmt: skip

    client.get_order(1)
    learned = Budget.objects.get(account=ACCOUNT, group="v1")
    assert (learned.capacity, learned.tokens) == (60, 11)
    with pytest.raises(TransientError):
        client.list_stores()

    learned.refresh_from_db()
    assert learned.tokens == 10


def test_429_blocks_the_account_until_the_window_opens(
    peer: Peer, client: ShipStationClient
) -> None:
    peer.get(
        f"{BASE}/carriers",
        status=429,
        json={"message": "Too Many Requests"},
        headers={**bodies.HEADERS, "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "20"},
    )  # fmt: skip

    with pytest.raises(ThrottledError) as first:
        client.list_carriers()
    with pytest.raises(ThrottledError) as second:
        client.list_carriers()

    assert first.value.retry_after == 21
    assert (second.value.ours, len(peer.calls)) == (True, 1)
    assert 15 < second.value.retry_after <= 21


def test_tags_stores_and_carriers(peer: Peer, client: ShipStationClient) -> None:
    peer.get(f"{BASE}/accounts/listtags", json=[{"tagId": 3, "name": "stop", "color": "#f00"}])  # fmt: skip
    peer.get(
        f"{BASE}/stores",
        json=[{"storeId": 12, "storeName": "API", "marketplaceName": "Manual", "active": False}],
        match=[matchers.query_param_matcher({"showInactive": "true"})],
    )  # fmt: skip
    peer.get(f"{BASE}/carriers", json=[{"name": "Royal Mail", "code": "royal_mail"}])

    assert [tag.tag_id for tag in client.list_tags()] == [3]
    assert [(store.store_id, store.active) for store in client.list_stores()] == [(12, False)]  # fmt: skip
    assert [carrier.code for carrier in client.list_carriers()] == ["royal_mail"]


def test_secrets_do_not_show(client: ShipStationClient) -> None:
    assert repr(client) == f"ShipStationClient({ACCOUNT})"


def test_call_whose_answer_makes_no_sense_is_not_logged_as_answered(
    peer: Peer, client: ShipStationClient
) -> None:
    peer.get(f"{BASE}/orders", json={"rows": []})
    peer.post(f"{BASE}/orders/createorder", json={"orderId": 1})

    with pytest.raises(UnexpectedAnswerError):
        client.list_orders()
    with pytest.raises(OutcomeUnknownError):
        client.create_order({"orderKey": "k1"})

    assert list(RemoteCall.objects.order_by("pk").values_list("outcome", flat=True)) == [
        CallOutcome.UNEXPECTED,
        CallOutcome.UNKNOWN,
    ]  # fmt: skip
