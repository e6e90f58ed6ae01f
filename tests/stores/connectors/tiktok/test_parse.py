"""TikTok's orders in our words: unknown stays unknown, units become lines."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from stores.connectors.tiktok.connector import TikTokConnector
from stores.connectors.tiktok.fields import FieldError
from stores.connectors.tiktok.parse import parse_all, parse_order
from stores.remote_types import (
    Block,
    MalformedOrder,
    NotOurs,
    RemoteAddress,
    RemoteOrder,
    RemoteStatus,
)
from tests.stores.connectors.tiktok.payloads import (
    GIFT,
    ORDER_ID,
    SERUM,
    SET,
    cancellation,
    order,
    read,
    shipped,
)

AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)


def parse(raw: dict[str, Any], *requests: dict[str, Any], **more: Any) -> RemoteOrder:
    return parse_order(read(raw, *requests, **more), as_of=AS_OF)


def test_a_full_order_is_read() -> None:
    found = parse(order())

    assert (found.remote_id, found.number) == (ORDER_ID, ORDER_ID)
    assert (found.marketplace_id, found.status) == ("GB", RemoteStatus.OPEN)
    assert found.raw_status == "AWAITING_SHIPMENT"
    assert found.ordered_at == datetime.fromtimestamp(1793000000, UTC)
    assert found.updated_at == datetime.fromtimestamp(1793003700, UTC)
    assert found.ship_by == datetime.fromtimestamp(1793172800, UTC)
    assert found.deliver_by == datetime.fromtimestamp(1793432000, UTC)
    assert found.service_level == "Standard Shipping"
    assert found.delivery_option == "7129104820129498905"
    assert (found.total, found.currency) == (Decimal("84.24"), "GBP")
    assert found.shipping_price == Decimal("1.99")
    assert found.buyer_id == "7494000000000000001"
    assert found.buyer_email == "0a1b2c3d@scs.tiktokw.eu"
    assert found.programs == ("GIFT", "BUNDLE")
    assert found.not_ours == ""
    assert found.unknown_values == ()
    assert found.packages == ()
    assert found.blocks == frozenset(Block)
    assert found.recipient == RemoteAddress(
        name="Amelia O'Connor",
        line1="Flat 3",
        line2="12 Mill Lane",
        city="Leeds",
        state="West Yorkshire",
        postcode="LS1 4DE",
        country="GB",
        phone="(+44)7700900123",
    )


def test_units_of_one_sku_and_price_are_one_line() -> None:
    lines = {line.remote_id: line for line in parse(order()).lines}

    assert set(lines) == {SERUM, SET, GIFT}
    serum = lines[SERUM]
    assert (serum.sku, serum.quantity, serum.quantity_cancelled) == (
        "CULT-SERUM-30",
        3,
        1,
    )
    assert (serum.unit_price, serum.tax) == (Decimal("18.25"), Decimal(0))
    assert serum.quantity_fulfilled == 0
    assert serum.options == (("Variation", "30 ml"),)
    assert lines[SET].options == (("Contains", "1 × WASH-50, 2 × WIPE-10"),)
    assert lines[GIFT].unit_price == 0
    assert ("Gift", "free with this order") in lines[GIFT].options


def test_a_bundle_that_names_its_units_one_by_one_is_shown_alike() -> None:
    raw = order()
    bundle = next(row for row in raw["line_items"] if row["id"] == SET)
    del bundle["combined_listing_skus"]
    units = [{"seller_sku": x, "id": x} for x in ("WASH-50", "WIPE-10", "WIPE-10")]
    bundle["sub_item_info"] = units

    found = parse(raw)

    line = next(x for x in found.lines if x.remote_id == SET)
    assert line.options == (("Contains", "1 × WASH-50, 2 × WIPE-10"),)
    assert "BUNDLE" in found.programs


def test_a_lines_name_and_quantity_stay_whatever_is_cancelled_or_reordered() -> None:
    raw = order()
    before = {line.remote_id: line.quantity for line in parse(raw).lines}
    raw["line_items"].reverse()
    for row in raw["line_items"]:
        row["display_status"] = "CANCELLED"

    after = parse(raw)

    assert {line.remote_id: line.quantity for line in after.lines} == before
    assert all(line.quantity_cancelled == line.quantity for line in after.lines)


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("UNPAID", RemoteStatus.PENDING),
        ("ON_HOLD", RemoteStatus.PENDING),
        ("AWAITING_SHIPMENT", RemoteStatus.OPEN),
        ("PARTIALLY_SHIPPING", RemoteStatus.PARTLY_SHIPPED),
        ("AWAITING_COLLECTION", RemoteStatus.SHIPPED),
        ("IN_TRANSIT", RemoteStatus.SHIPPED),
        ("DELIVERED", RemoteStatus.SHIPPED),
        ("COMPLETED", RemoteStatus.SHIPPED),
        ("CANCELLED", RemoteStatus.CANCELLED),
    ],
)
def test_each_status_has_its_meaning(status: str, ours: RemoteStatus) -> None:
    assert parse(order(status=status)).status is ours


def test_a_cancelled_order_has_all_its_units_cancelled() -> None:
    found = parse(order(status="CANCELLED"))

    assert all(line.quantity_cancelled == line.quantity for line in found.lines)


def test_while_the_buyer_may_cancel_alone_the_address_is_unknown_not_empty() -> None:
    blank: dict[str, Any] = dict.fromkeys(order()["recipient_address"], "")
    blank["district_info"] = []
    held = order(status="ON_HOLD", recipient_address=blank, user_id="", buyer_email="")

    found = parse(held)

    assert found.status is RemoteStatus.PENDING
    assert found.recipient is None
    assert not {Block.RECIPIENT, Block.BUYER} & found.blocks


def test_a_masked_address_is_unknown() -> None:
    address = order()["recipient_address"]
    masked = address | {"name": "A***** O*******", "address_line1": "F*** 3"}

    assert parse(order(recipient_address=masked)).recipient is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("1 A", "2 B", "3 C", "4 D"), ("1 A", "2 B", "3 C, 4 D")),
        (("", "2 B", "", ""), ("2 B", "", "")),
        (("", "", "", ""), ("Flat 3, 12 Mill Lane", "", "")),
    ],
)
def test_four_address_lines_become_three(
    lines: tuple[str, ...], expected: tuple[str, str, str]
) -> None:
    address = order()["recipient_address"] | {
        f"address_line{number}": text for number, text in enumerate(lines, 1)
    }

    to = parse(order(recipient_address=address)).recipient

    assert to is not None
    assert (to.line1, to.line2, to.line3) == expected


def test_a_town_is_found_by_the_name_of_its_level() -> None:
    address = order()["recipient_address"]
    del address["post_town"]

    to = parse(order(recipient_address=address)).recipient

    assert to is not None
    assert to.city == "Leeds"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"shipping_type": "TIKTOK"}, NotOurs.MARKETPLACE_LABEL),
        (
            {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"},
            NotOurs.FULFILLED_BY_MARKETPLACE,
        ),
        (
            {"fulfillment_type": "FULFILLMENT_BY_SOMEBODY"},
            NotOurs.FULFILLED_BY_MARKETPLACE,
        ),
        ({"is_sample_order": True}, ""),
        ({"is_replacement_order": True}, ""),
    ],
)
def test_only_what_tiktok_ships_is_not_ours(changes: dict[str, Any], why: str) -> None:
    assert parse(order(**changes)).not_ours == why


def test_an_order_abroad_waits_for_a_persons_word() -> None:
    address = order()["recipient_address"] | {"region_code": "FR"}
    abroad = order(recipient_address=address)

    waiting = parse(abroad)
    assert waiting.status is RemoteStatus.UNKNOWN
    ((field, text),) = waiting.unknown_values
    assert field == "recipient_address.region_code"
    assert text.startswith("FR, and the shop sells in GB")
    assert parse(abroad, ships_to=("GB", "FR")).status is RemoteStatus.OPEN
    theirs = order(recipient_address=address, shipping_type="TIKTOK")
    assert parse(theirs).status is RemoteStatus.OPEN
    gone = order(recipient_address=address, status="AWAITING_COLLECTION")
    assert parse(gone).status is RemoteStatus.SHIPPED


def test_a_request_asks_for_every_line_with_reason_and_deadline() -> None:
    found = parse(order(is_buyer_request_cancel=True), cancellation())

    assert all(line.cancel_requested for line in found.lines)
    assert {line.cancel_reason for line in found.lines} == {"No longer needed"}
    assert found.cancel_answer_by == datetime.fromtimestamp(1793182800, UTC)
    assert found.raw_status == "AWAITING_SHIPMENT, cancellation requested"


def test_a_request_without_its_cancellation_is_one_all_the_same() -> None:
    found = parse(order(is_buyer_request_cancel=True))

    assert all(line.cancel_requested for line in found.lines)
    assert {line.cancel_reason for line in found.lines} == {""}
    assert found.cancel_answer_by is None


def test_a_request_for_some_units_asks_for_their_lines() -> None:
    rows = [{"order_line_item_id": SET}]
    found = parse(
        order(is_buyer_request_cancel=True), cancellation(cancel_line_items=rows)
    )

    assert [x.remote_id for x in found.lines if x.cancel_requested] == [SET]


@pytest.mark.parametrize(
    "changes",
    [
        {"cancel_status": "CANCELLATION_REQUEST_CANCEL"},
        {"cancel_status": "CANCELLATION_REQUEST_CANCELLED"},
        {"cancel_status": "CANCELLATION_REQUEST_COMPLETE"},
        {"role": "SELLER", "cancel_type": "CANCEL"},
        {"order_id": "another"},
    ],
)
def test_no_other_cancellation_is_taken_for_the_request(
    changes: dict[str, Any],
) -> None:
    found = parse(order(is_buyer_request_cancel=False), cancellation(**changes))

    assert not any(line.cancel_requested for line in found.lines)
    assert found.cancel_answer_by is None


def test_what_was_not_said_of_cancellations_is_unknown() -> None:
    found = parse(order(is_buyer_request_cancel=None))

    assert Block.CANCELLATION not in found.blocks
    assert {line.cancel_requested for line in found.lines} == {None}


def test_a_reasons_key_reads_like_words() -> None:
    raw = cancellation(cancel_reason_text=None)

    found = parse(order(is_buyer_request_cancel=True), raw)

    assert found.lines[0].cancel_reason == "no longer needed"


def test_parcels_are_read_from_the_units_by_line_and_quantity() -> None:
    raw = shipped(
        order(status="PARTIALLY_SHIPPING"),
        ("57650000000000000102", "AB123456785GB"),
        ("57650000000000000103", "AB123456785GB"),
        (SET, "AB123456794GB"),
    )

    found = parse(raw)

    assert {p.tracking_number: p.lines for p in found.packages or ()} == {
        "AB123456785GB": ((SERUM, 2),),
        "AB123456794GB": ((SET, 1),),
    }
    first = (found.packages or ())[0]
    assert (first.carrier, first.status) == ("Royal Mail", "PROCESSING")
    assert first.shipped_at == datetime.fromtimestamp(1793080000, UTC)
    assert {x.remote_id: x.quantity_fulfilled for x in found.lines} == {
        SERUM: 2,
        SET: 1,
        GIFT: 0,
    }


def test_a_package_that_is_planned_proves_nothing() -> None:
    raw = order(packages=[{"id": "1153"}])
    for row in raw["line_items"]:
        row |= {"package_id": "1153", "package_status": "TO_FULFILL"}

    assert parse(raw).packages == ()


def test_a_number_of_the_order_alone_is_a_parcel_of_unknown_content() -> None:
    raw = order(tracking_number="AB123456785GB", shipping_provider="Royal Mail")

    (package,) = parse(raw).packages or ()

    assert (package.tracking_number, package.lines) == ("AB123456785GB", ())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "AWAITING_TELEPORTATION"}, "status"),
        ({"delivery_type": "DRONE"}, "delivery_type"),
        ({"shipping_type": "PIGEON"}, "shipping_type"),
        ({"fulfillment_type": "FULFILLMENT_BY_NOBODY"}, "fulfillment_type"),
        ({"order_type": "SURPRISE"}, "order_type"),
    ],
)
def test_unknown_values_are_kept_and_never_guessed(
    changes: dict[str, Any], field: str
) -> None:
    found = parse(order(**changes))

    assert found.unknown_values == ((field, next(iter(changes.values()))),)
    if field == "status":
        assert found.status is RemoteStatus.UNKNOWN


def test_units_of_an_unknown_status_are_neither_shipped_nor_cancelled_for_us() -> None:
    raw = order()
    raw["line_items"][0]["display_status"] = "LOST_IN_SPACE"

    line = next(x for x in parse(raw).lines if x.remote_id == SERUM)

    assert (line.quantity_cancelled, line.quantity_fulfilled) == (None, None)


def test_times_are_seconds_whatever_the_clocks_of_people_do() -> None:
    # 25 October 2026, 01:59:59 and 01:00:00 in London, one second apart.
    before = 1792889999
    first = parse(order(create_time=before)).ordered_at
    second = parse(order(create_time=before + 1)).ordered_at

    assert second - first == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": None}, "id"),
        ({"create_time": None}, "create_time"),
        ({"create_time": 0}, "create_time"),
        ({"update_time": "soon"}, "update_time"),
        ({"create_time": 10**30}, "create_time"),
        ({"line_items": {"broken": True}}, "line_items"),
        ({"line_items": [{"id": "1"}]}, "line_items[0].sku_id"),
        ({"line_items": [{"id": "1", "sku_id": "2"}] * 2}, "line_items[1].id"),
        ({"is_buyer_request_cancel": "no"}, "is_buyer_request_cancel"),
        ({"payment": {"total_amount": "much"}}, "payment.total_amount"),
        ({"payment": {"total_amount": "1e999999"}}, "payment.total_amount"),
        ({"recipient_address": []}, "recipient_address"),
    ],
)
def test_a_broken_field_is_named_and_parks_the_order(
    changes: dict[str, Any], path: str
) -> None:
    with pytest.raises(FieldError) as caught:
        parse(order(**changes))
    orders, malformed = parse_all([read(order(**changes)), read(order())], as_of=AS_OF)

    assert caught.value.path == path
    assert [found.remote_id for found in orders] == [ORDER_ID]
    assert [(row.field, row.marketplace_id) for row in malformed] == [(path, "GB")]


def test_ids_that_come_as_numbers_stay_whole() -> None:
    assert parse(order(id=576500000000000001)).remote_id == ORDER_ID


def test_what_was_stored_is_read_again_as_it_was() -> None:
    found = parse(order(is_buyer_request_cancel=True), cancellation())

    again = TikTokConnector.reparse(found.raw, block="order", as_of=AS_OF)

    assert again == found


@pytest.mark.parametrize("raw", [None, [], {}, {"order": {}}, {"order": order()}])
def test_what_was_stored_in_another_shape_is_malformed(raw: Any) -> None:
    found = TikTokConnector.reparse(raw, block="order", as_of=AS_OF)

    assert isinstance(found, MalformedOrder)


ODD: tuple[Any, ...] = (
    *(None, "", "x", "²", "١", 0, -1, 1.5, True, 10**40, [], [None], ["x"]),
    *({}, {"x": 1}, [{}], "\x00", "NaN", "1e999999", "--5", "9" * 5000),
)


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    if path:
        yield path
    if isinstance(value, dict | list):
        rows = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in rows:
            yield from paths_in(inner, (*path, name))


def check_sizes(found: RemoteOrder) -> None:
    """What columns of a fixed size can hold, and no database refuses."""
    short = (found.remote_id, found.raw_status, found.service_level)
    assert max(map(len, (*short, *(x.remote_id for x in found.lines)))) <= 60
    assert len(found.currency) <= 3
    assert found.recipient is None or len(found.recipient.country) <= 2
    plain = replace(found, raw={})
    assert "\\x00" not in repr(plain)


def test_whatever_stands_in_a_field_the_order_is_read_or_parked() -> None:
    raw = shipped(order(is_buyer_request_cancel=True), (SET, "AB123456785GB"))
    body: dict[str, Any] = {"order": raw, "request": cancellation()}
    tried = 0
    for path in paths_in(body):
        for odd in ODD:
            spoilt = copy.deepcopy(body)
            place = spoilt
            for name in path[:-1]:
                place = place[name]
            place[path[-1]] = odd
            if not isinstance(spoilt["order"], dict):
                continue
            if not isinstance(spoilt["request"], dict):
                continue
            orders, malformed = parse_all(
                [read(spoilt["order"], spoilt["request"])], as_of=AS_OF
            )
            assert len(orders) + len(malformed) == 1, (path, odd)
            for found in orders:
                check_sizes(found)
            tried += 1
    assert tried > 2000
