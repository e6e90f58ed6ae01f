from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stores.connectors.amazon.fields import FieldError
from stores.connectors.amazon.parse import parse_order, parse_orders
from stores.connectors.amazon.window import ALL_DATA, READ_BACK_DATA
from stores.remote_types import Block, NotOurs, RemoteOrder, RemoteStatus

PAYLOADS = Path(__file__).parents[3] / "payloads" / "amazon"
AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)
Json = dict[str, Any]


def payload(name: str) -> Json:
    found: Json = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def full() -> Json:
    return payload("order__full")


def parse(raw: object, asked: tuple[str, ...] = ALL_DATA) -> RemoteOrder:
    return parse_order(raw, asked=asked, as_of=AS_OF)


def changed(raw: Json, path: str, value: object) -> Json:
    """A copy with one field set; '!' removes it."""
    copied: Any = copy.deepcopy(raw)
    target = copied
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in parents:
        target = target[part]
    if value == "!":
        del target[last]
    else:
        target[last] = value
    return copied


def test_a_full_order(full: Json) -> None:
    order = parse(full)

    assert order.remote_id == order.number == "026-1520163-6049104"
    assert order.status is RemoteStatus.PARTLY_SHIPPED
    assert order.ordered_at == datetime(2026, 11, 20, 9, 15, 2, 123000, tzinfo=UTC)
    assert order.ship_by == datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)
    assert order.deliver_by == datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC)
    assert (order.total, order.currency) == (Decimal("43.97"), "GBP")
    assert order.shipping_price == Decimal("3.99")
    assert order.programs == ("PRIME", "AMAZON_BUSINESS")
    assert order.not_ours == ""
    assert order.blocks == frozenset(Block)
    assert order.unknown_values == ()
    assert order.raw == full
    assert order.recipient is not None
    assert order.recipient.name == "Rowan Ashby"
    assert order.recipient.company == "Ashby Frames"
    assert order.recipient.line2 == "Flat 2"
    assert order.recipient.state == "West Yorkshire"
    assert order.recipient.residential is True
    assert order.buyer_email == "k3x9@marketplace.example"
    (package,) = order.packages or ()
    assert package.reference == "1"
    assert package.carrier == "Royal Mail"
    assert package.tracking_number == "QK000000005GB"
    assert package.lines == (("05015851154158", 1),)


@pytest.mark.parametrize(
    ("breakdowns", "paid"),
    [
        ([], "14.99"),
        ([{"type": "DISCOUNT", "subtotal": "-2.00", "ITEM": "-2.00"}], "13.99"),
        ([{"type": "DISCOUNT", "subtotal": "2.00", "ITEM": "2.00"}], "13.99"),
        ([{"type": "DISCOUNT", "subtotal": "-2.00"}], "13.99"),
        ([{"type": "DISCOUNT", "subtotal": "-3.00", "SHIPPING": "-3.00"}], "14.99"),
        ([{"type": "DISCOUNT", "subtotal": "-0.01", "ITEM": "-0.01"}], "14.99"),
        ([{"type": "DISCOUNT", "subtotal": "-99.00", "ITEM": "-99.00"}], "0"),
    ],
)
def test_a_promotion_on_the_goods_is_no_part_of_what_the_buyer_pays(
    full: Json, breakdowns: list[dict[str, str]], paid: str
) -> None:
    def money(text: str) -> dict[str, str]:
        return {"amount": text, "currencyCode": "EUR"}

    full["orderItems"][0]["proceeds"]["breakdowns"] = [
        {
            "type": row["type"],
            "subtotal": money(row["subtotal"]),
            "detailedBreakdowns": [
                {"subtype": part, "value": money(row[part])}
                for part in ("ITEM", "SHIPPING")
                if part in row
            ],
        }
        for row in breakdowns
    ]

    assert parse(full).lines[0].unit_price == Decimal(paid)


def test_lines_keep_leading_zeros_and_say_what_was_asked(full: Json) -> None:
    first, second = parse(full).lines

    assert first.remote_id == "05015851154158"
    assert (first.sku, first.quantity) == ("FRAME-OAK-2030", 2)
    assert (first.unit_price, first.tax) == (Decimal("14.99"), Decimal("5.00"))
    assert (first.quantity_fulfilled, first.quantity_cancelled) == (1, 0)
    assert (first.ioss_number, first.tax_scheme) == ("IM4420001201", "IOSS")
    assert first.gift_message == "For your wall"
    assert dict(first.options).keys() == {"Gift wrap", "Customised", "Transparency"}
    assert "files.example" not in str(first.options)
    assert first.cancel_requested is False
    assert (second.cancel_requested, second.cancel_reason) == (True, "Ordered twice")
    assert second.unit_price == Decimal("10.00")
    assert second.tax == 0


def test_what_was_not_asked_for_is_unknown(full: Json) -> None:
    for name in ("buyer", "recipient", "proceeds"):
        full = changed(full, name, "!")
    order = parse(full, READ_BACK_DATA)

    assert order.blocks == {
        Block.LINES,
        Block.STATUS,
        Block.PACKAGES,
        Block.CANCELLATION,
    }
    assert order.recipient is None
    assert order.lines[0].tax_scheme is None
    # A price without what promotions took off is not the price.
    assert order.lines[0].unit_price is None

    bare = parse(full, ())
    assert bare.packages is None
    assert bare.lines[0].cancel_requested is None
    assert bare.lines[0].ioss_number is None
    assert bare.lines[0].quantity_cancelled is None


def test_a_block_that_amazon_keeps_back_is_unknown(full: Json) -> None:
    without = changed(full, "recipient.deliveryAddress", {"city": "Leeds"})
    order = parse(changed(changed(without, "buyer", "!"), "proceeds", "!"))

    assert order.recipient is None
    assert not order.blocks & {Block.RECIPIENT, Block.BUYER, Block.MONEY}
    assert order.total is None
    assert order.shipping_price is None


def test_unknown_values_are_kept_and_listed_never_guessed() -> None:
    order = parse(payload("order__surprises"))

    assert order.status is RemoteStatus.UNKNOWN
    assert order.raw_status == "AWAITING_REVIEW"
    assert order.ordered_at.year == 2019
    assert order.updated_at == datetime(2026, 11, 21, 10, 0, 0, 500000, tzinfo=UTC)
    assert set(order.unknown_values) == {
        ("programs", "AMAZON_TWILIGHT"),
        ("fulfillment.fulfillmentStatus", "AWAITING_REVIEW"),
        ("fulfillment.fulfilledBy", "ROBOTS"),
        ("fulfillment.fulfillmentServiceLevel", "BY_DRONE"),
        ("packages.packageStatus.status", "BEAMED"),
        ("tax.reportingScheme", "MARS_VAT"),
    }
    assert order.lines[0].tax_scheme == "MARS_VAT"
    assert order.lines[0].ioss_number == ""
    assert order.lines[0].title.endswith("🚀")


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("fulfillment.fulfilledBy", "AMAZON", NotOurs.FULFILLED_BY_MARKETPLACE),
        ("fulfillment.fulfillmentStatus", "UNFULFILLABLE", NotOurs.UNFULFILLABLE),
        ("programs", ["FBM_SHIP_PLUS"], NotOurs.MARKETPLACE_LABEL),
        ("programs", ["AMAZON_EASY_SHIP"], NotOurs.MARKETPLACE_LABEL),
        ("programs", ["PRIME", "DELIVERY_BY_AMAZON"], NotOurs.MARKETPLACE_LABEL),
        ("programs", ["IN_STORE_PICK_UP"], NotOurs.PICK_UP),
        ("programs", ["PRIME"], ""),
    ],
)
def test_what_is_not_ours_to_ship(
    full: Json, path: str, value: object, reason: str
) -> None:
    assert parse(changed(full, path, value)).not_ours == reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PENDING_AVAILABILITY", RemoteStatus.PENDING),
        ("PENDING", RemoteStatus.PENDING),
        ("UNSHIPPED", RemoteStatus.OPEN),
        ("SHIPPED", RemoteStatus.SHIPPED),
        ("CANCELLED", RemoteStatus.CANCELLED),
        ("Canceled", RemoteStatus.UNKNOWN),
    ],
)
def test_statuses(full: Json, status: str, expected: RemoteStatus) -> None:
    assert parse(changed(full, "fulfillment.fulfillmentStatus", status)).status is (
        expected
    )


def test_a_cancelled_line_counts_what_is_neither_shipped_nor_open(full: Json) -> None:
    full["orderItems"][1]["cancellation"] = {
        "cancellationExecution": {
            "cancelledBy": "MERCHANT",
            "cancelReason": "None left",
        }
    }
    full["orderItems"][1]["fulfillment"]["quantityUnfulfilled"] = 0

    line = parse(full).lines[1]

    assert (line.quantity_cancelled, line.cancel_requested) == (1, False)
    assert line.cancel_reason == "None left"


def test_an_order_without_lines_is_still_an_order(full: Json) -> None:
    assert parse(changed(full, "orderItems", [])).lines == ()


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("orderId", "!", "orderId"),
        ("orderId", 4711, "orderId"),
        ("createdTime", "yesterday", "createdTime"),
        ("lastUpdatedTime", "!", "lastUpdatedTime"),
        ("salesChannel", "Amazon", "salesChannel"),
        ("salesChannel.marketplaceId", "", "salesChannel.marketplaceId"),
        ("orderItems", {}, "orderItems"),
        ("orderItems.0", "x", "orderItems[0]"),
        ("orderItems.0.orderItemId", 5015851154158, "orderItems[0].orderItemId"),
        ("orderItems.0.quantityOrdered", "two", "orderItems[0].quantityOrdered"),
        ("orderItems.0.quantityOrdered", True, "orderItems[0].quantityOrdered"),
        ("orderItems.0.quantityOrdered", -1, "orderItems[0].quantityOrdered"),
        ("orderItems.0.quantityOrdered", "!", "orderItems[0].quantityOrdered"),
        ("proceeds.grandTotal.amount", "12,50", "proceeds.grandTotal.amount"),
        ("proceeds.grandTotal.amount", "NaN", "proceeds.grandTotal.amount"),
        ("proceeds.grandTotal.amount", 43.97, "proceeds.grandTotal.amount"),
        ("programs", "PRIME", "programs"),
        ("fulfillment.shipByWindow", 5, "fulfillment.shipByWindow"),
        ("packages.0.packageReferenceId", "!", "packages[0].packageReferenceId"),
        ("recipient.deliveryAddress", "Leeds", "recipient.deliveryAddress"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(
    full: Json, path: str, value: object, field: str
) -> None:
    with pytest.raises(FieldError) as caught:
        parse(changed(full, path, value))

    assert caught.value.path == field
    assert caught.value.problem


def test_the_rest_of_a_page_goes_on(full: Json) -> None:
    poison = changed(full, "orderItems.0.quantityOrdered", "two")

    orders, malformed = parse_orders(
        [poison, "x", None, full], asked=ALL_DATA, as_of=AS_OF
    )

    assert [order.remote_id for order in orders] == ["026-1520163-6049104"]
    assert [(row.remote_id, row.field) for row in malformed] == [
        ("026-1520163-6049104", "orderItems[0].quantityOrdered"),
        ("", "order"),
        ("", "order"),
    ]
    assert malformed[0].marketplace_id == "A1F83G8C2ARO7P"
    assert malformed[0].raw == poison


def test_buyer_data_stays_out_of_the_repr(full: Json) -> None:
    shown = repr(parse(full))

    assert "Ashby" not in shown
    assert "Tallow" not in shown
