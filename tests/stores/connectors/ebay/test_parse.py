from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stores.connectors.ebay.fields import FieldError
from stores.connectors.ebay.parcels import packages_of_links, packages_of_list
from stores.connectors.ebay.parse import parse_order, parse_orders
from stores.remote_types import Block, NotOurs, RemoteOrder, RemoteStatus

PAYLOADS = Path(__file__).parents[3] / "payloads" / "ebay"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"order__{name}.json").read_text())
    return found


def parsed(**changes: Any) -> RemoteOrder:
    return parse_order(payload("full") | changes, as_of=NOW)


def instruction(**changes: Any) -> list[dict[str, Any]]:
    (row,) = payload("full")["fulfillmentStartInstructions"]
    return [row | changes]


def to(**address: Any) -> list[dict[str, Any]]:
    """The start instruction with another address; 'reference' makes it a hub's."""
    (row,) = instruction()
    reference = address.pop("reference", None)
    step = row["shippingStep"]
    step["shipTo"]["contactAddress"] |= address
    if reference is not None:
        step["shipToReferenceId"] = reference
    return [row]


def test_a_whole_order_is_read() -> None:
    order = parsed()

    assert order.remote_id == order.number == "12-34567-89012"
    assert order.marketplace_id == "EBAY_GB"
    assert order.status is RemoteStatus.PARTLY_SHIPPED
    assert order.raw_status == "IN_PROGRESS, cancellation IN_PROGRESS"
    assert order.ordered_at == datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
    assert order.updated_at.microsecond == 500_000
    # The earliest line decides.
    assert order.ship_by == datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)
    assert order.deliver_by == datetime(2026, 11, 26, 20, tzinfo=UTC)
    assert order.service_level == "UK_RoyalMailTracked24"
    assert (order.total, order.currency) == (Decimal("68.75"), "GBP")
    assert order.shipping_price == Decimal("3.99")
    assert (order.buyer_id, order.buyer_name) == ("buyer_one", "Inès Registered")
    assert order.buyer_email == "0a1b2c3d4e@members.ebay.com"
    assert order.unknown_values == ()
    assert order.not_ours == ""
    assert order.blocks == frozenset(Block)
    assert order.raw["buyer"]["taxIdentifier"]["taxpayerId"] == "12345678Z"


def test_lines_have_unit_prices_tax_numbers_and_options() -> None:
    first, second = parsed().lines

    # eBay's cost is that of all units; what the buyer pays after discounts counts.
    assert (first.quantity, first.unit_price) == (2, Decimal("17.00"))
    assert second.unit_price == Decimal("19.97")
    assert (first.tax, second.tax) == (Decimal("6.80"), Decimal("3.99"))
    assert (first.tax_scheme, first.ioss_number) == ("IOSS", "IM2760000999")
    assert first.options == (("Size", "M"),)
    assert (first.quantity_fulfilled, second.quantity_fulfilled) == (2, 0)


def test_a_third_of_a_price_is_rounded_to_the_penny() -> None:
    order = parse_order(payload("surprises"), as_of=NOW)

    assert order.lines[0].unit_price == Decimal("3.33")


def test_the_address_loses_ebays_code_and_nothing_else() -> None:
    recipient = parsed().recipient

    assert recipient is not None
    assert (recipient.line1, recipient.line2) == ("12 rue de l'Église", "Bâtiment B")
    assert (recipient.company, recipient.country) == ("Lefèvre & Fils", "FR")
    assert recipient.phone == "+33 6 39 98 00 01"
    for second, left in (
        ("ebayk3f9x2m", ""),
        ("Flat 2 ebayK3F9X2M ", "Flat 2"),
        ("ebay house", "ebay house"),
        ("ebayk3f9x2m Flat 2", "ebayk3f9x2m Flat 2"),
        ("", ""),
    ):
        found = parsed(fulfillmentStartInstructions=to(addressLine2=second)).recipient
        assert found is not None
        assert found.line2 == left, second


def test_a_hub_has_its_reference_above_the_street_and_no_tax_number() -> None:
    order = parsed(fulfillmentStartInstructions=to(reference="1234567890123456"))

    assert order.recipient is not None
    assert order.recipient.line1 == "Reference #1234567890123456"
    assert order.recipient.line2 == "12 rue de l'Église"
    assert order.recipient.line3 == "Bâtiment B"
    assert {(x.tax_scheme, x.ioss_number) for x in order.lines} == {("", "")}
    assert order.programs == ("GLOBAL_SHIPPING",)
    assert order.buyer_name == "Inès Registered"


def test_an_address_that_ebay_no_longer_shows_is_unknown() -> None:
    old = to(addressLine1=None, addressLine2=None)

    order = parsed(fulfillmentStartInstructions=old)

    assert order.recipient is None
    assert Block.RECIPIENT not in order.blocks


def test_a_request_is_on_every_line_with_the_reason_that_still_stands() -> None:
    order = parsed()

    assert all(line.cancel_requested for line in order.lines)
    assert {x.cancel_reason for x in order.lines} == {"The wrong delivery address"}
    assert {x.quantity_cancelled for x in order.lines} == {0}


@pytest.mark.parametrize(
    ("state", "asked", "cancelled"),
    [("NONE_REQUESTED", False, 0), ("IN_PROGRESS", True, 0), ("CANCELED", False, 2)],
)
def test_the_list_speaks_by_its_state_alone(
    state: str, asked: bool, cancelled: int
) -> None:
    order = parsed(cancelStatus={"cancelState": state, "cancelRequests": []})

    line = order.lines[0]
    assert (line.cancel_requested, line.quantity_cancelled) == (asked, cancelled)
    assert Block.CANCELLATION in order.blocks
    assert (order.status is RemoteStatus.CANCELLED) == (state == "CANCELED")


@pytest.mark.parametrize("status", [None, {}, {"cancelRequests": []}])
def test_without_a_state_nothing_is_known_of_cancellation(status: Any) -> None:
    order = parsed(cancelStatus=status)

    assert Block.CANCELLATION not in order.blocks
    assert {x.cancel_requested for x in order.lines} == {None}
    assert {x.quantity_cancelled for x in order.lines} == {None}


@pytest.mark.parametrize(
    ("code", "words"),
    [("ORDER_MISTAKE", "Ordered by mistake"), ("SOMETHING_NEW", "Something new")],
)
def test_a_buyers_reason_is_told_in_words(code: str, words: str) -> None:
    request = {"cancelReason": code, "cancelRequestState": "REQUESTED"}
    order = parsed(
        cancelStatus={"cancelState": "IN_PROGRESS", "cancelRequests": [request]}
    )

    assert {line.cancel_reason for line in order.lines} == {words}


def test_a_full_refund_without_a_cancellation_is_asked_about() -> None:
    order = parsed(
        orderPaymentStatus="FULLY_REFUNDED",
        orderFulfillmentStatus="NOT_STARTED",
        cancelStatus={"cancelState": "NONE_REQUESTED"},
    )

    assert order.status is RemoteStatus.OPEN
    assert all(line.cancel_requested for line in order.lines)
    assert "Refunded in full" in order.lines[0].cancel_reason
    assert order.lines[0].cancel_doubt


@pytest.mark.parametrize(
    ("shipped", "paid", "status"),
    [
        ("NOT_STARTED", "PAID", RemoteStatus.OPEN),
        ("NOT_STARTED", "PENDING", RemoteStatus.PENDING),
        ("NOT_STARTED", "FAILED", RemoteStatus.PENDING),
        ("NOT_STARTED", "PARTIALLY_REFUNDED", RemoteStatus.OPEN),
        ("IN_PROGRESS", "PAID", RemoteStatus.PARTLY_SHIPPED),
        ("FULFILLED", "PAID", RemoteStatus.SHIPPED),
        ("NOT_STARTED", "IN_BARTER", RemoteStatus.UNKNOWN),
    ],
)
def test_status_is_made_of_shipping_and_payment(
    shipped: str, paid: str, status: RemoteStatus
) -> None:
    order = parsed(orderFulfillmentStatus=shipped, orderPaymentStatus=paid)

    assert order.status is status


def test_values_that_no_table_knows_are_kept_and_listed() -> None:
    order = parse_order(payload("surprises"), as_of=NOW)

    assert order.status is RemoteStatus.UNKNOWN
    assert dict(order.unknown_values) == {
        "cancelStatus.cancelState": "PONDERING",
        "orderFulfillmentStatus": "AWAITING_DRONE",
        "orderPaymentStatus": "IN_BARTER",
        "ebayReference.name": "MOON",
        "lineItems.lineItemFulfillmentStatus": "BEAMED",
        "fulfillmentStartInstructions.fulfillmentInstructionsType": "TELEPORT",
    }
    (line,) = order.lines
    assert line.cancel_requested is None
    assert line.quantity_fulfilled is None
    assert (line.tax_scheme, line.ioss_number) == ("MOON", "M1")
    assert order.packages is None
    assert not {Block.CANCELLATION, Block.PACKAGES, Block.MONEY} & order.blocks


def test_different_tax_numbers_are_told_and_the_first_is_used() -> None:
    raw = payload("full")
    reference = raw["lineItems"][1]["ebayCollectAndRemitTaxes"][0]["ebayReference"]
    reference["value"] = "IM2760000998"

    order = parse_order(raw, as_of=NOW)

    ((what, shown),) = order.unknown_values
    assert "differ" in what
    assert shown == "IOSS IM2760000998, IOSS IM2760000999"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"fulfillmentInstructionsType": "DIGITAL"}, NotOurs.DIGITAL),
        (
            {"fulfillmentInstructionsType": "FULFILLED_BY_EBAY"},
            NotOurs.FULFILLED_BY_MARKETPLACE,
        ),
        ({"fulfillmentInstructionsType": "SELLER_DEFINED"}, ""),
        # Click & collect is shipped to the shop that the address names.
        ({"fulfillmentInstructionsType": "PREPARE_FOR_PICKUP"}, ""),
        (
            {
                "fulfillmentInstructionsType": "PREPARE_FOR_PICKUP",
                "pickupStep": {"merchantLocationKey": "shop-1"},
                "shippingStep": None,
            },
            NotOurs.PICK_UP,
        ),
    ],
)
def test_who_ships_is_read_from_the_instruction(
    changes: dict[str, Any], why: str
) -> None:
    order = parsed(fulfillmentStartInstructions=instruction(**changes))

    assert order.not_ours == why


def test_programmes_of_ebays_own_shipping_are_not_ours() -> None:
    by_ebay = {"fulfillmentProgram": {"fulfilledBy": "EBAY"}}
    label = {"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}}
    checked = {"authenticityVerification": {"status": "PENDING"}}

    assert parsed(program=by_ebay).not_ours == NotOurs.FULFILLED_BY_MARKETPLACE
    assert parsed(program=label).not_ours == NotOurs.MARKETPLACE_LABEL
    assert parsed(program=checked).programs == ("AUTHENTICITY_GUARANTEE",)


def test_parcels_are_read_from_the_orders_links() -> None:
    (package,) = parsed().packages or ()

    assert (package.reference, package.tracking_number) == ("AB123456785GB",) * 2
    base = "https://api.ebay.com/x/shipping_fulfillment"
    (bare,) = packages_of_links({"fulfillmentHrefs": [f"{base}/999"]}) or ()
    assert (bare.reference, bare.tracking_number) == ("untracked", "")
    assert packages_of_links({"fulfillmentHrefs": []}) == ()
    # A link to all of them names none: then nothing is known.
    assert packages_of_links({"fulfillmentHrefs": [base]}) is None
    assert packages_of_links({}) is None


def test_parcels_are_read_from_their_list() -> None:
    body = {
        "total": 1,
        "fulfillments": [
            {
                "fulfillmentId": "AB1",
                "shipmentTrackingNumber": "AB1",
                "shippingCarrierCode": "RoyalMail",
                "shippedDate": "2026-11-22T09:00:00.000Z",
                "lineItems": [{"lineItemId": "1"}, {"lineItemId": "2", "quantity": 3}],
            }
        ],
    }

    (package,) = packages_of_list(body)

    assert package.carrier == "RoyalMail"
    assert package.lines == (("1", 1), ("2", 3))
    broken: Any
    for broken in ({}, [], {"fulfillments": [{}]}):
        with pytest.raises(FieldError):
            packages_of_list(broken)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("orderId",), None, "orderId"),
        (("creationDate",), "yesterday", "creationDate"),
        (("lineItems",), "poison", "lineItems"),
        (("lineItems", 0), 7, "lineItems[0]"),
        (("lineItems", 0, "quantity"), "two", "lineItems[0].quantity"),
        (("lineItems", 0, "quantity"), 0, "lineItems[0].quantity"),
        (("lineItems", 1, "lineItemId"), "", "lineItems[1].lineItemId"),
        (
            ("lineItems", 0, "lineItemCost", "value"),
            12.5,
            "lineItems[0].lineItemCost.value",
        ),
        (("pricingSummary", "total", "value"), "NaN", "pricingSummary.total.value"),
        (("cancelStatus",), "gone", "cancelStatus"),
        (("fulfillmentHrefs",), [1], "fulfillmentHrefs"),
    ],
)
def test_a_broken_order_names_its_field_and_the_page_goes_on(
    path: tuple[Any, ...], value: Any, field: str
) -> None:
    raw = payload("full")
    if path[-1] == "value" and "lineItemCost" in path:
        del raw["lineItems"][0]["discountedLineItemCost"]
    target: Any = raw
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value

    orders, malformed = parse_orders([deepcopy(payload("full")), raw], as_of=NOW)

    assert len(orders) == 1
    (row,) = malformed
    assert row.field == field
    assert row.problem


def test_what_is_no_order_at_all_is_malformed() -> None:
    orders, malformed = parse_orders(["x", {}, {"lineItems": [{}]}], as_of=NOW)

    assert orders == ()
    assert [row.remote_id for row in malformed] == ["", "", ""]
