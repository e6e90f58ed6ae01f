from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stores.connectors.mirakl.countries import ALPHA_2
from stores.connectors.mirakl.fields import FieldError
from stores.connectors.mirakl.parse import parse_order, parse_orders
from stores.connectors.mirakl.reading import Reading
from stores.countries import COUNTRIES
from stores.remote_types import Block, NotOurs, RemoteOrder, RemoteStatus

PAYLOADS = Path(__file__).parents[3] / "payloads" / "mirakl"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
READING = Reading(operator="homeware", stores=("homeware",), several=False)
IOSS = "IM2760000999"


def payload(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / "order__full.json").read_text())
    return found | changes


def parsed(reading: Reading = READING, **changes: Any) -> RemoteOrder:
    return parse_order(payload(**changes), as_of=NOW, reading=reading)


def lines(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The order's lines, each with changes of its own."""
    rows: list[dict[str, Any]] = payload()["order_lines"]
    return [
        row | more
        for row, more in zip(rows, (*changes, {}, {})[: len(rows)], strict=True)
    ]


def to(**address: Any) -> dict[str, Any]:
    customer: dict[str, Any] = payload()["customer"]
    return customer | {"shipping_address": customer["shipping_address"] | address}


def test_a_whole_order_is_read() -> None:
    order = parsed()

    assert order.remote_id == order.number == "00012345-A"
    assert order.marketplace_id == "homeware"
    assert (order.status, order.raw_status) == (RemoteStatus.OPEN, "SHIPPING")
    assert order.ordered_at == datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
    assert order.updated_at.microsecond == 500_000
    assert order.ship_by == datetime(2026, 11, 23, 22, 59, 59, 999_000, tzinfo=UTC)
    assert order.deliver_by == datetime(2026, 11, 26, 20, tzinfo=UTC)
    assert order.accept_by is None
    assert order.service_level == "STD"
    assert (order.total, order.currency) == (Decimal("60.22"), "EUR")
    assert order.shipping_price == Decimal("3.95")
    assert (order.buyer_id, order.buyer_name) == ("C-77", "Inès Example")
    assert order.buyer_email == "abc123@notification.example"
    assert order.programs == ("B2B",)
    assert order.unknown_values == ()
    assert order.not_ours == ""
    assert order.packages == ()
    assert order.blocks == frozenset(Block)


def test_an_address_has_two_letters_for_its_country() -> None:
    recipient = parsed().recipient

    assert recipient is not None
    assert (recipient.name, recipient.company) == ("Inès Example", "Example GmbH")
    assert (recipient.line1, recipient.line2) == ("Beispielweg 5", "Hinterhaus")
    assert recipient.line3 == "Bell: Example"
    assert (recipient.postcode, recipient.city) == ("10115", "Berlin")
    assert recipient.country == "DE"
    assert recipient.phone == "+49 30 000000"


def test_every_country_of_three_letters_is_one_of_ours_of_two() -> None:
    assert set(ALPHA_2.values()) - {"XK"} == set(COUNTRIES)
    assert len(set(ALPHA_2.values())) == len(ALPHA_2)
    samples = {"GBR": "GB", "DEU": "DE", "AUT": "AT", "IRL": "IE", "SWE": "SE"}
    assert {three: ALPHA_2[three] for three in samples} == samples


def test_a_country_that_nobody_knows_stays_as_it_is_and_is_reported() -> None:
    order = parsed(customer=to(country_iso_code="QQQ"))

    assert order.recipient is not None
    assert order.recipient.country == "QQQ"
    assert order.unknown_values == (
        ("customer.shipping_address.country_iso_code", "QQQ"),
    )


@pytest.mark.parametrize("address", [None, {}, {"street_1": None, "city": "Berlin"}])
def test_an_order_without_address_has_an_unknown_one(address: Any) -> None:
    customer = {"customer_id": "C-77", "shipping_address": address}

    order = parsed(customer=customer, order_state="WAITING_DEBIT")

    assert order.recipient is None
    assert not {Block.RECIPIENT, Block.BUYER} & order.blocks


def test_a_pick_up_point_is_named_in_the_address() -> None:
    order = parsed(shipping_pudo_id="PP-9")

    assert order.recipient is not None
    assert order.recipient.line3 == "Pick-up point PP-9, Bell: Example"
    assert "PICKUP_POINT" in order.programs


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("STAGING", RemoteStatus.PENDING),
        ("WAITING_ACCEPTANCE", RemoteStatus.WAITING_ACCEPTANCE),
        ("WAITING_DEBIT", RemoteStatus.PENDING),
        ("WAITING_DEBIT_PAYMENT", RemoteStatus.PENDING),
        ("SHIPPING", RemoteStatus.OPEN),
        ("SHIPPED", RemoteStatus.SHIPPED),
        ("TO_COLLECT", RemoteStatus.SHIPPED),
        ("RECEIVED", RemoteStatus.SHIPPED),
        ("CLOSED", RemoteStatus.SHIPPED),
        ("REFUSED", RemoteStatus.CANCELLED),
        ("CANCELED", RemoteStatus.CANCELLED),
    ],
)
def test_only_shipping_may_go_to_the_warehouse(
    state: str, status: RemoteStatus
) -> None:
    order = parsed(order_state=state, order_lines=lines())

    assert order.status is status
    assert order.unknown_values == ()


def test_a_new_state_is_unknown_and_reported() -> None:
    order = parsed(
        order_state="PARKED", order_lines=lines({"order_line_state": "DREAMING"})
    )

    assert order.status is RemoteStatus.UNKNOWN
    assert order.unknown_values == (
        ("order_state", "PARKED"),
        ("order_lines.order_line_state", "DREAMING"),
    )


def test_fields_that_nobody_knows_change_nothing() -> None:
    assert parsed(sparkle={"a": 1}, order_lines=lines({"sparkle": 1})).lines == (
        parsed().lines
    )


def test_the_deadline_to_accept_is_counted_from_the_order() -> None:
    reading = replace(READING, accept_hours=72)

    waiting = parsed(reading, order_state="WAITING_ACCEPTANCE")

    assert waiting.accept_by == waiting.ordered_at + timedelta(hours=72)
    assert parsed(reading).accept_by is None
    assert parsed(order_state="WAITING_ACCEPTANCE").accept_by is None


def test_money_keeps_its_digits() -> None:
    first, second = parsed().lines

    assert (first.unit_price, second.unit_price) == (Decimal("12.1"), Decimal("19.97"))
    assert (first.tax, second.tax) == (Decimal("5.8"), Decimal(0))


def test_prices_without_tax_get_it_added_in_the_total() -> None:
    order = parsed(order_tax_mode="TAX_EXCLUDED")

    assert order.total == Decimal("60.22") + Decimal("5.8") + Decimal("0.63")


def test_cancelled_units_are_told_while_the_order_is_shipping() -> None:
    first, second = parsed().lines

    assert (first.quantity, first.quantity_cancelled) == (3, 1)
    assert (second.quantity, second.quantity_cancelled) == (1, 0)
    assert [first.cancel_requested, second.cancel_requested] == [False, False]


@pytest.mark.parametrize(
    ("rows", "units"),
    [
        ([{"quantity": 1, "amount": 1.0}, {"quantity": 1, "amount": 1.0}], 2),
        ([{"quantity": 9, "amount": 1.0}], 3),
        # The amount decides: the whole price was cancelled, whatever the units say.
        ([{"quantity": 0, "amount": 36.3}], 3),
        ([{"quantity": 1, "amount": 36.3}], 3),
        ([{"amount": 24.2}], 2),
    ],
)
def test_an_amount_decides_where_units_only_inform(
    rows: list[dict[str, Any]], units: int
) -> None:
    order = parsed(order_lines=lines({"cancelations": rows}))

    assert order.lines[0].quantity_cancelled == units
    assert order.unknown_values == ()


def test_an_amount_that_is_no_number_of_units_is_somebodys_to_look_at() -> None:
    order = parsed(order_lines=lines({"cancelations": [{"amount": 5.0}]}))

    assert order.lines[0].quantity_cancelled == 0
    assert order.unknown_values == (
        ("order_lines.cancelations tell an amount without units", "5.0"),
    )


def test_a_cancelled_or_refused_line_is_cancelled_whole() -> None:
    order = parsed(
        order_lines=lines(
            {"order_line_state": "CANCELED", "cancelations": []},
            {"order_line_state": "REFUSED"},
        )
    )

    assert [line.quantity_cancelled for line in order.lines] == [3, 1]


def test_an_incident_on_a_line_stops_that_line() -> None:
    incident = {
        "order_line_state": "INCIDENT_OPEN",
        "order_line_state_reason_label": "Customer wants to cancel",
    }

    first, second = parsed(has_incident=True, order_lines=lines(incident)).lines

    assert first.cancel_requested
    assert first.cancel_reason.endswith(": Customer wants to cancel")
    assert not second.cancel_requested


@pytest.mark.parametrize(
    "marker", ["has_incident", "has_customer_message", "fully_refunded"]
)
def test_doubts_of_the_whole_order_stop_all_of_it_until_it_is_shipped(
    marker: str,
) -> None:
    changes: dict[str, Any] = {marker: True}

    doubted = parsed(**changes)
    shipped = parsed(order_state="SHIPPED", **changes)

    assert all(line.cancel_requested and line.cancel_reason for line in doubted.lines)
    assert all(line.cancel_doubt for line in doubted.lines)
    assert not any(line.cancel_requested for line in shipped.lines)


def test_messages_stop_nothing_where_the_account_says_so() -> None:
    reading = replace(READING, message_stops=False)

    order = parsed(reading, has_customer_message=True)

    assert not any(line.cancel_requested for line in order.lines)
    assert "customer's message" in order.raw_status


def test_the_one_parcel_of_an_order_counts_once_it_is_shipped() -> None:
    told: dict[str, Any] = {
        "shipping_tracking": "AB123",
        "shipping_carrier_code": "RM24",
    }
    shipped = lines(
        *[
            {"order_line_state": "SHIPPED", "shipped_date": "2026-11-22T09:00:00Z"}
            for _ in range(2)
        ]
    )

    assert parsed(**told).packages == ()
    order = parsed(order_state="SHIPPED", order_lines=shipped, **told)

    assert order.packages is not None
    (package,) = order.packages
    assert (package.carrier, package.tracking_number) == ("RM24", "AB123")
    assert package.shipped_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert [line.quantity_fulfilled for line in order.lines] == [2, 1]


def shipment(**changes: Any) -> dict[str, Any]:
    return {
        "id": "s-1",
        "order_id": "00012345-A",
        "status": "SHIPPED",
        "shipped_date": "2026-11-22T09:00:00Z",
        "shipment_lines": [
            {
                "order_line_id": "00012345-A-1",
                "quantity": 1,
                "package_reference": "shipsync-7",
            }
        ],
        "tracking": {"carrier_code": "DPD", "tracking_number": "123"},
    } | changes


def with_shipments(*rows: dict[str, Any], **changes: Any) -> RemoteOrder:
    reading = replace(READING, several=True)
    raw = reading.keep(payload(**changes), list(rows))
    return parse_order(raw, as_of=NOW, reading=reading)


def test_shipments_are_parcels_with_our_own_references() -> None:
    foreign = shipment(
        id="s-2",
        shipment_lines=[
            {"order_line_id": "00012345-A-2", "quantity": 1, "package_reference": "7"}
        ],
    )

    order = with_shipments(shipment(), foreign)

    assert order.packages is not None
    assert [x.reference for x in order.packages] == ["7", "s-2"]
    assert order.packages[0].lines == (("00012345-A-1", 1),)
    assert [line.quantity_fulfilled for line in order.lines] == [1, 1]
    assert order.status is RemoteStatus.PARTLY_SHIPPED


def test_a_prepared_or_cancelled_shipment_is_no_parcel() -> None:
    order = with_shipments(shipment(status="SHIPPING"), shipment(status="CANCELED"))

    assert order.packages == ()
    assert order.status is RemoteStatus.OPEN


@pytest.mark.parametrize(
    ("validity", "status"),
    [
        ("INVALID", "INVALID"),
        ("UNCOVERED", "UNCOVERED"),
        ("MISSING_TRACKING", "MISSING_TRACKING"),
        ("UNVERIFIED", "SHIPPED"),
        ("VERIFIED", "SHIPPED"),
    ],
)
def test_a_number_that_mirakl_cant_follow_shows_in_the_parcel(
    validity: str, status: str
) -> None:
    tracking = shipment()["tracking"] | {"validity_status": validity}

    order = with_shipments(shipment(tracking=tracking))

    assert order.packages is not None
    assert order.packages[0].status == status
    assert order.raw_status.endswith(status) == (status != "SHIPPED")
    # A carrier that Mirakl does not follow is nobody's fault: no case of it.
    assert bool(order.unknown_values) == (validity == "INVALID")


def test_shipments_that_were_not_read_leave_parcels_unknown() -> None:
    order = parsed(replace(READING, several=True))

    assert order.packages is None
    assert Block.PACKAGES not in order.blocks
    assert [line.quantity_fulfilled for line in order.lines] == [None, None]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"fulfillment": {"center": {"code": "OPERATOR"}}},
            NotOurs.FULFILLED_BY_MARKETPLACE,
        ),
        ({"shipping_type_code": "STORE"}, NotOurs.PICK_UP),
        ({"shipping_type_code": "BIG"}, NotOurs.MARKETPLACE_LABEL),
    ],
)
def test_what_the_operator_ships_is_not_ours(changes: Any, why: str) -> None:
    reading = replace(READING, collected=("STORE",), theirs=("BIG",))

    assert parsed(reading, **changes).not_ours == why


def test_an_order_is_of_its_channels_store_or_of_its_operators() -> None:
    def store_of(*stores: str, **changes: Any) -> str:
        return parsed(replace(READING, stores=stores), **changes).marketplace_id

    assert store_of("homeware", "DE") == "DE"
    assert store_of("homeware") == "homeware"
    assert store_of("homeware", "FR") == "homeware"
    assert store_of("homeware", channel=None) == "homeware"
    # A store for another channel only: the order is nobody's, and a case says so.
    assert store_of("FR") == "homeware"
    assert store_of() == "homeware"


def test_an_answer_is_read_again_as_it_was_read() -> None:
    reading = replace(READING, several=True, ioss_field="ioss-number", accept_hours=9)
    raw = reading.keep(payload(), [shipment()])
    order = parse_order(raw, as_of=NOW, reading=reading)

    again = parse_order(
        json.loads(json.dumps(raw)), as_of=NOW, reading=Reading.kept_in(raw)
    )

    assert Reading.kept_in(json.loads(json.dumps(raw))) == reading
    assert again == order


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"order_id": None}, "order_id"),
        ({"created_date": "yesterday"}, "created_date"),
        ({"last_updated_date": None}, "last_updated_date"),
        ({"total_price": "12.00"}, "total_price"),
        ({"total_price": float("nan")}, "total_price"),
        ({"order_lines": [{}]}, "order_lines[0].order_line_id"),
        ({"order_lines": "none"}, "order_lines"),
        ({"has_incident": "no"}, "has_incident"),
    ],
)
def test_an_order_that_cant_be_read_names_its_field(changes: Any, path: str) -> None:
    with pytest.raises(FieldError) as caught:
        parsed(**changes)

    assert caught.value.path == path


def test_a_bad_order_of_a_page_leaves_the_others_alone() -> None:
    orders, malformed = parse_orders(
        [payload(), {"order_id": "00012346-A"}, "odd"], as_of=NOW, reading=READING
    )

    assert [order.remote_id for order in orders] == ["00012345-A"]
    assert [row.remote_id for row in malformed] == ["00012346-A", ""]
    assert {row.marketplace_id for row in malformed} == {"homeware"}
