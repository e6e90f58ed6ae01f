"""The bench's one answer: each state of a parcel, and what GO never stands beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.stop_list import BenchOrder, Light, Parcel, answer, readings

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
AGE = timedelta(minutes=15)
FRESH = NOW - timedelta(minutes=3)
PLAIN = BenchOrder(number="203-1", known_at=FRESH)
OTHER = BenchOrder(number="203-2", known_at=FRESH)


def light(*orders: BenchOrder, **facts: bool) -> tuple[str, str]:
    said = answer(Parcel(orders=orders, **facts), now=NOW, max_age=AGE)
    return said.light, said.why


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("go", "No reason to stop it")),
        ({"status": "partly_shipped"}, ("go", "No reason to stop it")),
        ({"status": "shipped"}, ("go", "No reason to stop it")),
        ({"short": 2, "rest_may_go": True}, ("go", "Without 2 units")),
        ({"cancelled": True}, ("stop", "Cancelled")),
        ({"cancelled": True, "status": "cancelled"}, ("stop", "Cancelled")),
        # Taken out of a combined order: of a parcel of its own it is still cancelled.
        ({"cancelled": True, "apart": True}, ("stop", "Cancelled")),
        ({"asked": True}, ("stop", "The buyer asks to cancel")),
        ({"doubt": True}, ("stop", "It may have to be cancelled")),
        ({"unwanted": True}, ("stop", "Some of it was cancelled")),
        ({"held": True}, ("stop", "On hold")),
        ({"intercept": True}, ("stop", "Wanted back")),
        ({"not_ours": True}, ("stop", "Not ours to ship")),
        ({"short": 1}, ("stop", "1 unit not on the shelf")),
        ({"runs": False}, ("unknown", "The store of 203-1 is paused")),
        ({"status": "pending"}, ("unknown", "203-1 is not known to be paid")),
        ({"status": "unknown"}, ("unknown", "203-1 is not known to be paid")),
        ({"in_shipstation": False}, ("unknown", "203-1 is not in ShipStation")),
        ({"known_at": None}, ("unknown", "It was never read completely")),
        ({"known_at": NOW - AGE}, ("go", "No reason to stop it")),
        (
            {"known_at": NOW - AGE - timedelta(seconds=1)},
            ("unknown", "What is known of it is too old"),
        ),
        # What is known to be cancelled stays so, however old.
        ({"cancelled": True, "known_at": None}, ("stop", "Cancelled")),
        ({"held": True, "runs": False}, ("stop", "On hold")),
        # The plainest reason is named first.
        ({"held": True, "asked": True}, ("stop", "The buyer asks to cancel")),
        ({"asked": True, "intercept": True}, ("stop", "Wanted back")),
    ],
)
def test_one_order(facts: dict[str, object], expected: tuple[str, str]) -> None:
    found, why = light(replace(PLAIN, **facts))  # type: ignore[arg-type]

    assert found == expected[0]
    assert why.startswith(expected[1])


def test_a_parcel_of_several_stops_for_any_of_them() -> None:
    assert light(PLAIN, OTHER) == ("go", "2 orders in this parcel")
    for stop in ("cancelled", "asked", "held", "intercept"):
        facts: Any = {stop: True}
        assert light(PLAIN, replace(OTHER, **facts))[0] == "stop"


def test_what_was_taken_out_of_a_combined_parcel_stops_the_rest_no_more() -> None:
    gone = replace(OTHER, cancelled=True, apart=True, status="cancelled")
    assert light(PLAIN, gone) == ("go", "No reason to stop it")


def test_the_oldest_knowledge_counts() -> None:
    old = replace(OTHER, known_at=NOW - timedelta(hours=1))
    said = answer(Parcel(orders=(PLAIN, old)), now=NOW, max_age=AGE)
    assert said.light is Light.UNKNOWN
    assert said.known_at == old.known_at


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "No order or parcel with this number"),
        ({"several": True}, "More than one parcel may be meant"),
        ({"strangers": True}, "Goods of an order that is not known here"),
    ],
)
def test_what_is_not_one_known_parcel(facts: dict[str, bool], why: str) -> None:
    orders = (PLAIN, OTHER) if facts else ()
    found, said = light(*orders, **facts)
    assert found == "unknown"
    assert said.startswith(why) or (not facts and "No order" in said)


def test_a_voided_label_is_not_to_be_used() -> None:
    assert light(PLAIN, voided=True) == ("stop", "The label was voided")


orders_on_the_bench = st.builds(
    BenchOrder,
    number=st.just("203-1"),
    cancelled=st.booleans(),
    apart=st.booleans(),
    asked=st.booleans(),
    doubt=st.booleans(),
    unwanted=st.booleans(),
    held=st.booleans(),
    intercept=st.booleans(),
    not_ours=st.booleans(),
    short=st.integers(0, 2),
    rest_may_go=st.booleans(),
    runs=st.booleans(),
    status=st.sampled_from(["open", "shipped", "pending", "cancelled", "unknown"]),
    in_shipstation=st.booleans(),
    known_at=st.none() | st.integers(0, 40).map(lambda x: NOW - timedelta(minutes=x)),
)


@given(st.lists(orders_on_the_bench, max_size=3), st.booleans(), st.booleans())
def test_never_go_where_anything_is_known_to_be_cancelled_or_knowledge_is_old(
    orders: list[BenchOrder], voided: bool, strangers: bool
) -> None:
    parcel = Parcel(orders=tuple(orders), voided=voided, strangers=strangers)
    said = answer(parcel, now=NOW, max_age=AGE)

    if said.light is Light.GO:
        assert orders
        assert not any((voided, strangers))
        for order in orders:
            assert order.runs
            assert order.in_shipstation
            assert order.known_at is not None
            assert NOW - order.known_at <= AGE
            assert not any((order.asked, order.doubt, order.unwanted, order.held))
            assert not any((order.intercept, order.not_ours))
            assert not order.cancelled or (order.apart and len(orders) > 1)
    if any(order.cancelled and not order.apart for order in orders):
        assert said.light is Light.STOP


@pytest.mark.parametrize(
    ("scanned", "meant"),
    [
        (" 203-1234567-1234567 ", "203-1234567-1234567"),
        ("jd 0001 2", "JD00012"),
        ("JD-0001-2", "JD00012"),
        # USPS: 420, ZIP code, then the number (IMpb).
        ("420902109400111899223197428490", "9400111899223197428490"),
        ("4209021012349400111899223197428490", "9400111899223197428490"),
        # FedEx: 34 digits, the number last.
        ("9622001900000000000000776543217890", "776543217890"),
        # DPD: %, postcode, 14 of the number, service, country.
        ("%GL541TQ15501234567890101826", "15501234567890"),
        # ShipStation's slip: its order id in hexadecimal.
        ("^#^499602D2^", "1234567890"),
    ],
)
def test_what_scanners_send_is_read(scanned: str, meant: str) -> None:
    assert meant in readings(scanned)


def test_a_slip_names_nothing_but_the_order_id() -> None:
    assert readings("^#^499602D2^") == ("^#^499602D2^", "1234567890")
    assert readings("  ") == ()
