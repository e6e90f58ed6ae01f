"""An order on three sides: what differs, whose word counts, and nothing of the buyer."""

from __future__ import annotations

from typing import Any

import pytest

from orders import selectors
from orders.models import Order
from orders.three_way import ThreeWay, three_ways
from orders.three_way_goods import Side
from stores.shipstation import pacific
from tests.orders import factories
from tests.orders.factories import RECIPIENT, ship_to

pytestmark = pytest.mark.django_db


def beside(order: Order, *, reveal: bool = False) -> ThreeWay:
    row = selectors.order_detail(Order.objects.all()).get(pk=order.pk)
    return three_ways(row, selectors.shipments_of(row), reveal=reveal)[0]


def sides(order: Order, *, reveal: bool = False) -> dict[str, Side]:
    return {row.label: row for row in beside(order, reveal=reveal).rows}


def make(lines: Any = None, body: Any = None, **fields: Any) -> Order:
    order = factories.make_order(
        lines=lines or [{"sku": "TEA", "quantity": 2}],
        **({"stage": "in_shipstation"} | fields),
    )
    known = {
        "shipTo": ship_to(RECIPIENT),
        "shipByDate": pacific.to_text(order.ship_by) if order.ship_by else None,
    }
    factories.make_record(order, body=known | (body or {}))
    return order


def test_sides_that_agree_differ_in_nothing() -> None:
    assert beside(make()).differing == 0


def test_a_street_that_differs_is_masked_until_revealed() -> None:
    body = {"shipTo": ship_to(RECIPIENT) | {"street1": "14 Elsewhere Road"}}
    order = make(body=body)

    hidden = sides(order)["Street"]
    shown = sides(order, reveal=True)["Street"]

    assert hidden.differs
    assert "Elsewhere" not in f"{hidden.market}{hidden.ours}{hidden.theirs}"
    assert hidden.theirs == "1••• (another)"
    assert shown.theirs == "14 Elsewhere Road"
    assert hidden.wins == "marketplace"


def test_a_persons_correction_counts_over_the_marketplace() -> None:
    order = make()
    buyer = order.buyer
    buyer.corrected = RECIPIENT | {"city": "Leeds"}
    buyer.save()

    row = sides(order, reveal=True)["Town"]

    assert (row.market, row.ours, row.theirs) == ("Winchcombe", "Leeds", "Winchcombe")
    assert (row.differs, row.wins) == (True, "you")


def test_the_same_country_in_two_spellings_is_no_difference() -> None:
    order = make(recipient={"country": "UK"})
    assert not sides(order)["Country"].differs


def test_lines_by_key_with_an_alias_and_with_what_is_there_alone() -> None:
    order = make(lines=[{"sku": "TEA", "quantity": 2, "sku_override": "TEAPOT"}])
    record = order.records.get()
    record.lines[0]["sku"] = "TEAPOT"
    record.lines.append({"line_key": "", "sku": "CUP", "quantity": 1})
    record.save()

    found = sides(order)

    assert (found["Line TEA"].market, found["Line TEA"].theirs) == (
        "2 × TEA",
        "2 × TEAPOT",
    )
    assert not found["Line TEA"].differs
    assert found["Line TEA"].wins == "shipsync"
    assert found["Line CUP"].differs
    assert found["Line CUP"].wins == "shipstation"


def test_units_that_are_missing_there_are_marked() -> None:
    order = make()
    record = order.records.get()
    record.lines[0]["quantity"] = 1
    record.save()

    assert sides(order)["Line TEA"].differs
    assert beside(order).rows[0].label == "Line TEA"


def test_a_number_that_was_told_and_is_not_shown_differs() -> None:
    order = make(stage="confirmed", packages=[{"tracking": "OTHER", "carrier": "DPD"}])
    factories.make_dispatch(order, rung="accepted")

    rows = [row for row in beside(order).rows if row.group == "Parcels"]

    assert [(row.market, row.differs) for row in rows] == [
        ("not shown", True),
        ("OTHER", True),
    ]


def test_the_tax_number_is_the_rules_and_found_in_a_custom_field() -> None:
    order = make(
        ioss_number="IM2760000123",
        tax={"number": "IM2760000123", "scheme": "IOSS"},
        body={"advancedOptions": {"customField1": "IOSS=IM2760000123"}},
    )
    row = sides(order)["Tax number"]

    assert (row.theirs, row.differs, row.wins) == (
        "IOSS=IM2760000123",
        False,
        "shipsync",
    )


def test_what_is_the_warehouses_is_shown_and_never_a_difference() -> None:
    order = make(
        body={"serviceCode": "rm_24", "weight": {"value": 1, "units": "grams"}}
    )
    found = sides(order)

    assert (found["Service"].theirs, found["Service"].differs) == ("rm_24", False)
    assert found["Weight"].wins == "shipstation"


def test_an_order_without_a_record_shows_what_we_know() -> None:
    order = factories.make_order(lines=[{"sku": "TEA", "quantity": 2}])
    found = sides(order)

    assert found["Status"].theirs == "not there"
    assert beside(order).differing == 0


def test_a_purged_address_contradicts_nobody() -> None:
    order = make(body={"shipTo": None})
    assert beside(order).differing == 0
