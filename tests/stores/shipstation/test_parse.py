from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from stores.errors import UnexpectedAnswerError
from stores.shipstation import parse
from stores.shipstation.fields import RowError
from stores.shipstation.types import RowResult, SsStatus
from tests.stores.shipstation import bodies

AS_OF = datetime(2026, 3, 5, tzinfo=UTC)


def test_order_is_read_whole() -> None:
    row = bodies.order(
        orderStatus="on_hold",
        holdUntilDate="2026-03-09T00:00:00.0000000",
        advancedOptions={
            "storeId": 12,
            "mergedOrSplit": True,
            "mergedIds": [8001, 8002],
            "parentId": 77,
        },
    )

    order = parse.order(row, as_of=AS_OF)

    assert order.order_id == 9001
    assert order.status is SsStatus.ON_HOLD
    assert order.store_id == 12
    assert order.modify_date == "2026-03-04T09:15:03.0000000"
    assert order.modified_at == datetime(2026, 3, 4, 17, 15, 3, tzinfo=UTC)
    assert order.hold_until == date(2026, 3, 9)
    assert (order.merged_or_split, order.merged_ids, order.parent_id) == (
        True,
        (8001, 8002),
        77,
    )
    assert order.address_verified == "warning"
    assert order.tag_ids == (3,)
    assert [(line.line_key, line.sku, line.quantity) for line in order.lines] == [
        ("k1-1", "MUG", 2)
    ]
    assert order.body == row


def test_unknown_status_is_kept_as_its_text() -> None:
    order = parse.order(bodies.order(orderStatus="teleported"), as_of=AS_OF)

    assert order.status is SsStatus.UNKNOWN
    assert order.raw_status == "teleported"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"orderId": None}, "orderId"),
        ({"orderId": "many"}, "orderId"),
        ({"modifyDate": None}, "modifyDate"),
        ({"createDate": "soon"}, "createDate"),
        ({"items": {"sku": "A"}}, "items"),
        ({"items": ["A"]}, "items[0]"),
        ({"items": [{"quantity": 1.5}]}, "items[0].quantity"),
        ({"tagIds": 3}, "tagIds"),
        ({"shipTo": "Leeds"}, "shipTo"),
        ({"orderNumber": ["A-1"]}, "orderNumber"),
        ({"orderId": True}, "orderId"),
    ],
)
def test_bad_row_is_named_and_the_page_goes_on(
    change: dict[str, Any], field: str
) -> None:
    payload = {
        "orders": [bodies.order(**change), bodies.order(orderId=9002)],
        "total": 2,
        "page": 1,
        "pages": 0,
    }

    page = parse.orders(payload, as_of=AS_OF)

    assert [order.order_id for order in page.orders] == [9002]
    assert [bad.field for bad in page.malformed] == [field]
    assert page.pages == 1


def test_bad_row_says_no_buyer_data() -> None:
    payload = {"orders": [bodies.order(items={"name": "Ada Example"})]}

    (bad,) = parse.orders(payload, as_of=AS_OF).malformed

    assert bad.remote_id == "9001"
    assert bad.problem == "expected a list, got object with name"


@pytest.mark.parametrize("payload", [None, [], "busy", {"orders": None}, {"rows": []}])
def test_other_envelopes_are_unexpected(payload: Any) -> None:
    with pytest.raises(UnexpectedAnswerError):
        parse.orders(payload, as_of=AS_OF)


def test_label_with_lines() -> None:
    label = parse.shipment(
        bodies.shipment(voided=True, voidDate="2026-03-05T09:00:00.0000000"),
        as_of=AS_OF,
    )

    assert (label.source, label.remote_id) == ("label", "501")
    assert label.voided_at == datetime(2026, 3, 5, 17, tzinfo=UTC)
    assert label.ship_date == date(2026, 3, 5)
    assert label.lines is not None
    assert label.lines[0].line_key == "k1-1"
    assert label.notified is False
    assert not label.is_test


@pytest.mark.parametrize(
    "change", [{"shipmentId": -1}, {"trackingNumber": "9999999999999"}]
)
def test_test_labels_are_recognised(change: dict[str, Any]) -> None:
    assert parse.shipment(bodies.shipment(**change), as_of=AS_OF).is_test


def test_lines_that_were_not_asked_for_are_unknown() -> None:
    row = bodies.shipment(shipmentItems=None, isReturnLabel=True)

    label = parse.shipment(row, as_of=AS_OF)

    assert label.lines is None
    assert label.is_return


def test_label_without_an_order_is_no_malformed_row() -> None:
    assert parse.shipment(bodies.shipment(orderId=None), as_of=AS_OF).order_id == 0


def test_fulfillment_has_no_key_and_no_lines() -> None:
    mark = parse.fulfillment(bodies.fulfillment(), as_of=AS_OF)

    assert (mark.source, mark.order_key, mark.lines) == ("fulfillment", "", None)
    assert (mark.tracking_number, mark.carrier_code) == ("RM1", "Royal Mail")
    assert mark.ship_date == date(2026, 3, 5)
    assert mark.notified is True


def test_results_are_matched_by_key_not_by_place() -> None:
    sent = [{"orderNumber": n, "orderKey": k} for n, k in (("1", "a"), ("2", "b"))]
    payload = {
        "hasErrors": True,
        "results": [
            {
                "orderId": None,
                "orderNumber": "2",
                "orderKey": "b",
                "success": False,
                "errorMessage": "no name",
            },
            {"orderId": 7, "orderNumber": "1", "orderKey": "a", "success": True},
        ],
    }

    assert parse.row_results(payload, sent) == (
        RowResult(order_key="b", order_id=None, success=False, error="no name"),
        RowResult(order_key="a", order_id=7, success=True, error=""),
    )


def test_result_without_key_goes_by_a_number_that_only_one_body_has() -> None:
    sent = [
        {"orderNumber": "1", "orderKey": "a"},
        {"orderNumber": "2", "orderKey": "b"},
        {"orderNumber": "2", "orderKey": "c"},
    ]
    row = {"orderId": 7, "orderKey": None, "success": "true"}
    payload = {"results": [{**row, "orderNumber": "1"}, {**row, "orderNumber": "2"}]}

    assert [result.order_key for result in parse.row_results(payload, sent)] == ["a"]


def test_row_errors_read_as_a_sentence() -> None:
    with pytest.raises(RowError, match="createDate: expected a date and time"):
        parse.order(bodies.order(createDate="soon"), as_of=AS_OF)


def test_what_an_imported_order_is_matched_by_is_read() -> None:
    order = parse.order(bodies.order(), as_of=AS_OF)

    assert order.ordered_at == datetime(2026, 3, 4, 17, tzinfo=UTC)
    assert order.postcode == "LS1 1AA"
    assert "LS1" not in repr(order)
    odd = parse.order(bodies.order(orderDate="soon", shipTo=None), as_of=AS_OF)
    assert (odd.ordered_at, odd.postcode) == (None, "")


def test_the_last_refresh_of_a_store_is_utc() -> None:
    row = {"storeId": 7, "storeName": "Shop", "refreshDate": "2026-03-04T17:47:05.000"}

    (store,) = parse.stores([row])
    (silent,) = parse.stores([{"storeId": 8, "refreshDate": None}])

    assert store.refreshed_at == datetime(2026, 3, 4, 17, 47, 5, tzinfo=UTC)
    assert silent.refreshed_at is None
