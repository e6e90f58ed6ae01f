from __future__ import annotations

import json
from typing import Any

import pytest

from stores.sandbox.core import ControlError
from stores.sandbox.ebay.peer import EbayPeer
from stores.sandbox.ebay.search import BREAKDOWN
from tests.sandbox.ebay.driver import ORDERS, Driver, number, read

DAY = 86_400


def test_the_list_hides_requests_and_the_buyers_tax_number(ebay: Driver) -> None:
    order_id = ebay.place_one(country="ES", tax_identifier=True)
    ebay.peer.cancel({"order_id": order_id, "how": "request"})
    ebay.later(seconds=1)

    listed, single = ebay.listed(order_id), ebay.order(order_id)

    assert listed["cancelStatus"] == {
        "cancelState": "IN_PROGRESS",
        "cancelRequests": [],
    }
    assert "taxIdentifier" not in listed["buyer"]
    (request,) = single["cancelStatus"]["cancelRequests"]
    assert request["cancelReason"] == "ORDER_MISTAKE"
    assert single["buyer"]["taxIdentifier"]["issuingCountry"] == "ES"


def test_pages_are_cut_by_rows_and_name_the_next(ebay: Driver) -> None:
    placed = ebay.place(130)
    ebay.later(seconds=1)

    first = read(ebay.search(limit=100))
    last = read(ebay.search(limit=100, offset=100))

    assert (len(first["orders"]), first["total"]) == (100, 130)
    assert "offset=100" in first["next"]
    assert "next" not in last
    assert "offset=0" in last["prev"]
    ids = [order["orderId"] for order in first["orders"] + last["orders"]]
    assert sorted(ids) == sorted(placed)
    assert len(ebay.found()) == 50


def test_given_both_dates_only_the_creation_counts(ebay: Driver) -> None:
    old, young = ebay.place_one(order_age=3 * DAY), ebay.place_one(seed=2)
    day = "2026-11-21T10:00:00.000Z"

    both = f"lastmodifieddate:[2026-01-01T00:00:00.000Z..],creationdate:[{day}..]"

    assert ebay.found(filter=both) == [young]
    assert set(ebay.found(filter=f"lastmodifieddate:[{day}..]")) == {old, young}


def test_without_a_filter_ninety_days_are_shown(ebay: Driver) -> None:
    ebay.place_one(order_age=91 * DAY)
    young = ebay.place_one(seed=2, order_age=89 * DAY)

    assert ebay.found() == [young]


def test_the_status_filter_has_two_combinations(ebay: Driver) -> None:
    open_id, shipped_id = ebay.place_one(), ebay.place_one(seed=2)
    assert ebay.tell(shipped_id).status_code == 201
    ebay.time.move(seconds=1)

    assert ebay.found(filter="orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}") == [
        open_id
    ]
    assert ebay.found(filter="orderfulfillmentstatus:{FULFILLED|IN_PROGRESS}") == [
        shipped_id
    ]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"filter": "status:{OPEN}"}, 30700),
        ({"filter": "lastmodifieddate"}, 30700),
        ({"filter": "orderfulfillmentstatus:{FULFILLED}"}, 30800),
        ({"filter": "lastmodifieddate:{2026}"}, 30800),
        ({"filter": "lastmodifieddate:[2026-11-01]"}, 30800),
        ({"filter": "lastmodifieddate:[soon..]"}, 30810),
        ({"filter": "lastmodifieddate:[2026-11-01T00:00:00..]"}, 30810),
        ({"filter": "lastmodifieddate:[..2026-11-01T00:00:00Z]"}, 30820),
        ({"filter": "lastmodifieddate:[2024-01-01T00:00:00Z..]"}, 30830),
        (
            {"filter": "creationdate:[2026-11-02T00:00:00Z..2026-11-01T00:00:00Z]"},
            30840,
        ),
        ({"filter": "lastmodifieddate:[2026-12-01T00:00:00Z..]"}, 30850),
        ({"orderIds": ",".join(["1-2-3"] * 51)}, 30900),
        ({"offset": "-1"}, 31000),
        ({"limit": "201"}, 31100),
        ({"limit": "0"}, 31100),
        ({"fieldGroups": "ALL"}, 32800),
    ],
)
def test_bad_queries_have_their_numbers(
    ebay: Driver, query: dict[str, str], error: int
) -> None:
    answer = ebay.search(**query)

    assert (answer.status_code, number(answer)) == (400, error)


def test_orders_are_found_by_their_ids_whatever_else_is_asked(ebay: Driver) -> None:
    ids = ebay.place(3)

    found = ebay.found(orderIds=",".join([*ids[:2], "1-2-3"]), filter="nonsense")

    assert sorted(found) == sorted(ids[:2])


def test_collected_tax_is_inside_the_total_only_with_the_breakdown(
    ebay: Driver,
) -> None:
    order_id = ebay.place_one(country="DE", sku="MUG-BLUE", quantity=2)

    plain, broken = ebay.order(order_id), ebay.order(order_id, fieldGroups=BREAKDOWN)

    (tax,) = plain["lineItems"][0]["ebayCollectAndRemitTaxes"]
    assert tax["ebayReference"]["name"] == "IOSS"
    assert tax["amount"] == {"value": "5.16", "currency": "GBP"}
    assert plain["lineItems"][0]["lineItemCost"]["value"] == "25.80"
    before = float(plain["pricingSummary"]["total"]["value"])
    after = float(broken["pricingSummary"]["total"]["value"])
    assert after - before == pytest.approx(5.16)
    assert "tax" not in plain["pricingSummary"]


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({"country": "GB"}, None),
        ({"country": "DE"}, "IOSS"),
        ({"country": "NO"}, "VOEC"),
        ({"country": "AU"}, "ABN"),
        ({"country": "US"}, None),
        ({"country": "DE", "quantity": 20}, None),
        ({"country": "DE", "hub": True}, None),
        ({"country": "DE", "ioss": False}, None),
    ],
)
def test_ebays_tax_number_is_that_of_the_lane(
    ebay: Driver, spec: dict[str, Any], name: str | None
) -> None:
    order = ebay.order(ebay.place_one(sku="MUG-BLUE", **spec))

    taxes = order["lineItems"][0].get("ebayCollectAndRemitTaxes", [])
    assert [tax["ebayReference"]["name"] for tax in taxes] == ([name] if name else [])


def test_names_go_after_ninety_days_and_mail_addresses_after_fourteen(
    ebay: Driver,
) -> None:
    ages = (1, 20, 100)
    ids = [ebay.place_one(seed=age, order_age=age * DAY, country="DE") for age in ages]

    shown = []
    for order_id in ids:
        (start,) = ebay.order(order_id)["fulfillmentStartInstructions"]
        to = start["shippingStep"]["shipTo"]
        shown.append(
            ("email" in to, "fullName" in to, "addressLine1" in to["contactAddress"])
        )

    assert shown == [(True, True, True), (False, True, True), (False, False, False)]


def test_british_addresses_carry_ebays_code(ebay: Driver) -> None:
    order_id = ebay.place_one()

    (start,) = ebay.order(order_id)["fulfillmentStartInstructions"]
    second = start["shippingStep"]["shipTo"]["contactAddress"]["addressLine2"]

    (view,) = ebay.peer.orders_view()
    assert second.endswith(view["address_code"])
    assert len(view["address_code"]) == 11


def test_a_hub_shows_its_address_reference_and_the_final_one(ebay: Driver) -> None:
    (start,) = ebay.order(ebay.place_one(hub=True, country="US"))[
        "fulfillmentStartInstructions"
    ]

    assert start["ebaySupportedFulfillment"] is True
    assert len(start["shippingStep"]["shipToReferenceId"]) == 16
    address = start["shippingStep"]["shipTo"]["contactAddress"]
    assert address["countryCode"] == "GB"
    assert start["finalDestinationAddress"]["countryCode"] == "US"


def test_the_same_seed_gives_the_same_orders(ebay: Driver) -> None:
    first = ebay.peer
    other = EbayPeer()
    other.reset(7)

    ids = first.place_orders({"count": 5, "seed": 3})

    assert other.place_orders({"count": 5, "seed": 3}) == ids
    assert other.place_orders({"count": 5, "seed": 3}) != ids
    assert [row["lines"] for row in first.orders_view()] == [
        row["lines"] for row in other.orders_view()[:5]
    ]


@pytest.mark.parametrize(
    "spec",
    [
        {"colour": "red"},
        {"count": -1},
        {"marketplace": "EBAY_MOON"},
        {"kind": "DRONE"},
        {"variant": "odd"},
        {"late_cancel": 2},
        {"country": "XX"},
        {"seller_id": "nobody"},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    ebay: Driver, spec: dict[str, Any]
) -> None:
    with pytest.raises(ControlError):
        ebay.peer.place_orders(spec)


def test_the_whole_state_survives_a_snapshot(ebay: Driver) -> None:
    order_id = ebay.place_one(late_cancel=1, late_cancel_after=60)
    ebay.tell(ebay.place_one(seed=2))
    ebay.peer.cancel({"order_id": ebay.place_one(seed=3), "how": "request"})
    ebay.peer.world.notices.key.private()
    before = json.loads(json.dumps(ebay.peer.dump()))

    other = EbayPeer()
    other.load(before)

    assert json.loads(json.dumps(other.dump())) == before
    ebay.peer = other
    ebay.time.move(seconds=61)
    assert ebay.listed(order_id)["cancelStatus"]["cancelState"] == "IN_PROGRESS"
    assert ebay.get(f"{ORDERS}/nope").status_code == 400


def test_an_address_is_changed_and_the_order_listed_anew(ebay: Driver) -> None:
    order_id = ebay.place_one()
    ebay.time.move(seconds=10)

    ebay.peer.address({"order_id": order_id, "addressLine1": "1 New Road"})

    order = ebay.order(order_id)
    (start,) = order["fulfillmentStartInstructions"]
    address = start["shippingStep"]["shipTo"]["contactAddress"]
    assert address["addressLine1"] == "1 New Road"
    assert order["lastModifiedDate"] == "2026-11-22T10:00:10.000Z"
    with pytest.raises(ControlError):
        ebay.peer.address({"order_id": order_id})


def test_payment_clears_when_its_time_has_come(ebay: Driver) -> None:
    order_id = ebay.place_one(pending=60)
    assert ebay.order(order_id)["orderPaymentStatus"] == "PENDING"

    ebay.time.move(seconds=61)

    assert ebay.order(order_id)["orderPaymentStatus"] == "PAID"
