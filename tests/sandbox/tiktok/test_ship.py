from __future__ import annotations

from typing import Any

import pytest

from stores.sandbox.core import ControlError
from tests.sandbox.tiktok.driver import NUMBER, PROVIDERS, Driver, code, ok, read

HOURS = 3600
EXPRESS = "7091001001288303362"


def lines_of(tiktok: Driver, order_id: str) -> list[str]:
    return [line["id"] for line in tiktok.order(order_id)["line_items"]]


def test_a_told_package_waits_for_collection_until_it_is_scanned(
    tiktok: Driver,
) -> None:
    order_id = tiktok.open_one(lines=3)
    before = tiktok.order(order_id)

    data = ok(tiktok.tell(order_id))
    told = tiktok.order(order_id)
    tiktok.peer.control("scan", {"order_id": order_id})
    moving = tiktok.order(order_id)
    tiktok.peer.control("scan", {"tracking": NUMBER, "stage": "DELIVERED"})

    assert before["packages"] == []
    assert data["order_line_item_ids"] == [line["id"] for line in told["line_items"]]
    assert told["status"] == "AWAITING_COLLECTION"
    assert told["packages"] == [{"id": data["package_id"]}]
    assert {line["package_status"] for line in told["line_items"]} == {"PROCESSING"}
    assert told["rts_time"] == tiktok.time.seconds
    assert (moving["status"], moving["collection_time"]) == (
        "IN_TRANSIT",
        tiktok.time.seconds,
    )
    assert tiktok.order(order_id)["status"] == "DELIVERED"
    (row,) = tiktok.ledger("mark_shipped")
    assert (row["accepted"], row["trackingNumber"]) == (True, NUMBER)


def test_lines_are_shipped_apart(tiktok: Driver) -> None:
    order_id = tiktok.open_one(sku="MUG-BLUE", quantity=3)
    first, *rest = lines_of(tiktok, order_id)

    ok(tiktok.tell(order_id, [first]))
    part = tiktok.order(order_id)
    data = ok(tiktok.tell(order_id, number="CD123456785GB"))

    assert part["status"] == "PARTIALLY_SHIPPING"
    assert [line["display_status"] for line in part["line_items"]] == [
        "AWAITING_COLLECTION",
        "AWAITING_SHIPMENT",
        "AWAITING_SHIPMENT",
    ]
    assert data["order_line_item_ids"] == rest
    assert tiktok.order(order_id)["status"] == "AWAITING_COLLECTION"


def test_the_newer_version_takes_lists(tiktok: Driver) -> None:
    order_id = tiktok.open_one(sku="MUG-BLUE", quantity=2)
    first, _ = lines_of(tiktok, order_id)
    info = {"tracking_number": NUMBER, "shipping_provider_id": PROVIDERS["Royal Mail"]}
    path = f"fulfillment/202610/orders/{order_id}/packages"
    body = {"order_line_list": [{"order_line_id": first}], "shipping_info_list": [info]}

    two = {**body, "shipping_info_list": [info, info]}
    refused = tiktok.call("POST", path, two)
    data = tiktok.post(path, body)

    assert code(refused) == 21001001
    assert data["order_line_item_ids"] == [first]


def test_a_seller_with_consent_may_tell_several_parcels(tiktok: Driver) -> None:
    tiktok.peer.configure({"several_parcels": True})
    order_id = tiktok.open_one()
    infos = [
        {"tracking_number": number, "shipping_provider_id": PROVIDERS["Royal Mail"]}
        for number in (NUMBER, "CD123456785GB")
    ]

    path = f"fulfillment/202610/orders/{order_id}/packages"
    tiktok.post(path, {"shipping_info_list": infos})

    assert tiktok.order(order_id)["tracking_number"] == NUMBER


def test_a_package_may_be_there_before_it_is_shipped(tiktok: Driver) -> None:
    tiktok.peer.configure({"planned_packages": True})
    order_id = tiktok.open_one()
    before = tiktok.order(order_id)

    data = ok(tiktok.tell(order_id))

    assert before["packages"] == [{"id": data["package_id"]}]
    assert {line["package_status"] for line in before["line_items"]} == {"TO_FULFILL"}
    assert tiktok.order(order_id)["packages"] == before["packages"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"shipping_info_list": []},
        {"shipping_info_list": "H1234"},
        {"shipping_info_list": [{"tracking_number": NUMBER}]},
        {"order_line_list": 3, "shipping_info_list": [{}]},
        {"order_line_list": ["1"], "shipping_info_list": [{}]},
    ],
)
def test_a_body_of_another_shape_is_an_invalid_parameter(
    tiktok: Driver, body: dict[str, Any]
) -> None:
    path = f"fulfillment/202610/orders/{tiktok.open_one()}/packages"

    assert code(tiktok.call("POST", path, body)) == 21001001


def held(tiktok: Driver) -> str:
    return tiktok.place_one()


def unpaid(tiktok: Driver) -> str:
    return tiktok.place_one(pending=60)


def asked(tiktok: Driver) -> str:
    order_id = tiktok.open_one()
    tiktok.request(order_id)
    return order_id


def cancelled(tiktok: Driver) -> str:
    order_id = tiktok.open_one()
    tiktok.peer.cancel({"order_id": order_id, "how": "cancelled"})
    return order_id


def shipped(tiktok: Driver) -> str:
    order_id = tiktok.open_one()
    ok(tiktok.tell(order_id))
    return order_id


@pytest.mark.parametrize(
    ("make", "number"),
    [
        (held, 21011044),
        (unpaid, 21011003),
        (asked, 21011007),
        (cancelled, 21011003),
        (shipped, 21011006),
        (lambda tiktok: tiktok.open_one(kind="TIKTOK_SHIPPING"), 21011004),
        (lambda tiktok: tiktok.open_one(kind="FULFILLED_BY_TIKTOK"), 21008025),
        (
            lambda tiktok: tiktok.open_one(split=True, sku="MUG-BLUE", quantity=2),
            21011048,
        ),
        (lambda _: "4711", 21011028),
    ],
)
def test_an_order_in_the_wrong_state_has_its_number(
    tiktok: Driver, make: Any, number: int
) -> None:
    order_id = make(tiktok)

    answer = tiktok.tell(order_id, number="CD123456785GB")

    assert (answer.status_code, code(answer)) == (200, number)
    (row,) = tiktok.ledger("mark_shipped_refused")
    assert (row["accepted"], row["code"]) == (False, number)


@pytest.mark.parametrize(
    ("number", "provider", "error"),
    [
        ("AB 123456785 GB", "Royal Mail", 21004012),
        ("AB1", "Royal Mail", 21011022),
        ("A" * 51, "Parcel2Go", 21011022),
        ("NONSENSE", "Royal Mail", 11028006),
        ("H00AB0123456789A", "Royal Mail", 21004015),
        (NUMBER, "4711", 21011022),
        (NUMBER, "7117858858072016686", 21011022),
        ("P2G-1/2.3_4", "Parcel2Go", 0),
        ("H00AB01234567890", "Hermes/EVRI", 0),
        ("15501234567890", "DPD", 0),
    ],
)
def test_a_number_must_be_one_of_its_provider(
    tiktok: Driver, number: str, provider: str, error: int
) -> None:
    answer = tiktok.tell(tiktok.open_one(), number=number, provider=provider)

    assert code(answer) == error


def test_a_number_of_two_providers_is_taken_with_a_warning(tiktok: Driver) -> None:
    plain = ok(tiktok.tell(tiktok.open_one(seed=1), number="H00AB01234567890", provider="Hermes/EVRI"))  # fmt: skip
    doubtful = ok(tiktok.tell(tiktok.open_one(seed=2), number="2" * 14, provider="DPD"))

    assert "warning" not in plain
    assert "more than one provider" in doubtful["warning"]["message"]


def test_a_provider_must_belong_to_the_orders_delivery_option(tiktok: Driver) -> None:
    order_id = tiktok.open_one(delivery="express")
    path = f"logistics/202309/delivery_options/{EXPRESS}/shipping_providers"

    names = [row["name"] for row in tiktok.get(path)["shipping_providers"]]

    assert "Royal Mail" not in names
    assert tiktok.order(order_id)["delivery_option_id"] == EXPRESS
    assert code(tiktok.tell(order_id)) == 21011022
    assert code(tiktok.tell(order_id, number="1" * 10, provider="DPD")) == 0


def test_unchecked_numbers_pass_but_for_their_characters(tiktok: Driver) -> None:
    tiktok.peer.configure({"tracking_check": False})

    assert code(tiktok.tell(tiktok.open_one(seed=1), number="NONSENSE")) == 0
    assert code(tiktok.tell(tiktok.open_one(seed=2), number="NON SENSE")) == 21004012


def test_one_number_serves_twenty_orders_of_one_recipient(tiktok: Driver) -> None:
    ids = tiktok.place(21, same_buyer=True, on_hold=False)

    codes = [code(tiktok.tell(order_id)) for order_id in ids]

    assert codes == [0] * 20 + [21011026]


def test_a_number_is_not_shared_by_two_addresses(tiktok: Driver) -> None:
    one, other = tiktok.place(2, same_buyer=True, on_hold=False)
    tiktok.peer.address({"order_id": other, "address_line1": "Somewhere else"})

    assert code(tiktok.tell(one)) == 0
    assert code(tiktok.tell(other)) == 21034012


def test_a_number_is_not_told_twice_for_one_order(tiktok: Driver) -> None:
    order_id = tiktok.open_one(sku="MUG-BLUE", quantity=2)
    first, second = lines_of(tiktok, order_id)

    ok(tiktok.tell(order_id, [first]))

    assert code(tiktok.tell(order_id, [second])) == 21011025
    assert code(tiktok.tell(order_id, [first], "CD123456785GB")) == 21008099
    assert code(tiktok.tell(order_id, ["4711"], "CD123456785GB")) == 21011029


def test_shipping_rejects_an_open_request_where_the_market_is_american(
    tiktok: Driver,
) -> None:
    tiktok.peer.configure({"open_request": "reject"})
    order_id = asked(tiktok)

    ok(tiktok.tell(order_id))

    (row,) = tiktok.cancellations(order_id)
    assert row["cancel_status"] == "CANCELLATION_REQUEST_CANCEL"
    assert tiktok.order(order_id)["is_buyer_request_cancel"] is False
    assert tiktok.ledger("request_rejected_by_shipping")


INFO = {
    "tracking_number": "CD123456785GB",
    "shipping_provider_id": PROVIDERS["Royal Mail"],
}


def correct(tiktok: Driver, order_id: str, *, package: bool = False, **changes: Any) -> int:  # fmt: skip
    path = f"fulfillment/202309/orders/{order_id}/shipping_info/update"
    body: dict[str, Any] = {**INFO, **changes}
    if package:
        (row,) = tiktok.order(order_id)["packages"]
        path = f"fulfillment/202610/packages/{row['id']}/shipping_info/update"
        body = {"shipping_info_list": [body]}
    return code(tiktok.call("POST", path, body))


@pytest.mark.parametrize(("package", "spent"), [(False, 21011049), (True, 21011051)])
def test_a_number_can_be_corrected_once(
    tiktok: Driver, package: bool, spent: int
) -> None:
    order_id = shipped(tiktok)

    first = correct(tiktok, order_id, package=package)
    again = correct(tiktok, order_id, package=package, tracking_number=NUMBER)

    assert (first, again) == (0, spent)
    assert tiktok.order(order_id)["tracking_number"] == "CD123456785GB"
    assert tiktok.ledger("shipping_info_updated")[0]["accepted"] is True


@pytest.mark.parametrize(("package", "late"), [(False, 21011049), (True, 21011050)])
def test_a_number_can_be_corrected_for_three_days(
    tiktok: Driver, package: bool, late: int
) -> None:
    in_time, too_late = tiktok.open_one(seed=1), tiktok.open_one(seed=2)
    ok(tiktok.tell(in_time, number="EF123456785GB"))
    ok(tiktok.tell(too_late, number="GH123456785GB"))

    tiktok.later(hours=72)
    assert correct(tiktok, in_time, package=package) == 0
    tiktok.later(seconds=1)

    assert correct(tiktok, too_late, package=package) == late


def test_a_correction_is_checked_like_a_first_telling(tiktok: Driver) -> None:
    order_id = shipped(tiktok)

    assert correct(tiktok, order_id, tracking_number="NONSENSE") == 11028006
    assert correct(tiktok, order_id, shipping_provider_id="4711") == 21011022
    assert correct(tiktok, order_id) == 0


def test_what_is_delivered_or_never_told_is_not_corrected(tiktok: Driver) -> None:
    delivered, open_ = shipped(tiktok), tiktok.open_one(seed=5)
    tiktok.peer.control("scan", {"order_id": delivered, "stage": "DELIVERED"})

    assert correct(tiktok, delivered) == 21011030
    assert correct(tiktok, open_) == 21011043
    assert correct(tiktok, cancelled(tiktok)) == 21011042
    assert correct(tiktok, "4711") == 21011028


def test_a_package_without_a_trace_is_cancelled_in_the_end(tiktok: Driver) -> None:
    order_id = shipped(tiktok)
    due = tiktok.order(order_id)["collection_due_time"]

    tiktok.later(seconds=due - tiktok.time.seconds)

    order = tiktok.order(order_id)
    assert order["status"] == "CANCELLED"
    assert order["cancel_reason"] == "system_cancel_order_untracked_uk"


def test_scans_may_come_by_themselves(tiktok: Driver) -> None:
    tiktok.peer.configure({"scan_after": 2 * HOURS})
    order_id = shipped(tiktok)

    tiktok.later(hours=2)

    assert tiktok.order(order_id)["status"] == "IN_TRANSIT"


def test_a_scan_needs_a_package(tiktok: Driver) -> None:
    order_id = tiktok.open_one()

    with pytest.raises(ControlError, match="no package"):
        tiktok.peer.control("scan", {"order_id": order_id})

    assert tiktok.peer.control("scan", {}) == {"scanned": [], "order_ids": []}


def test_packages_are_read_back(tiktok: Driver) -> None:
    package_id = ok(tiktok.tell(tiktok.open_one()))["package_id"]

    package = tiktok.get(f"fulfillment/202309/packages/{package_id}")
    unknown = tiktok.call("GET", "fulfillment/202309/packages/4711")

    assert (package["tracking_number"], package["package_status"]) == (
        NUMBER,
        "PROCESSING",
    )
    assert read(unknown)["code"] == 10006402
