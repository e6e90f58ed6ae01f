from __future__ import annotations

from typing import Any

import pytest

from orders.comparison import Difference, compare
from orders.models import LineComponent, Order
from tests.orders import factories
from tests.orders.factories import RECIPIENT, ship_to

pytestmark = pytest.mark.django_db


def rows(order: Order, **record: object) -> dict[str, Difference]:
    row = factories.make_record(order, **record)
    return {found.label: found for found in compare(order, row, RECIPIENT).rows}


def differing(order: Order, **record: object) -> set[str]:
    return {label for label, row in rows(order, **record).items() if row.differs}


def make_open(**fields: Any) -> Order:
    return factories.make_order(
        stage="in_shipstation",
        ship_by=None,
        lines=[{"sku": "TEA", "quantity": 2}],
        **fields,
    )


def test_equal_sides_have_no_difference() -> None:
    assert differing(make_open()) == set()


def test_spaces_and_case_of_an_address_are_no_difference() -> None:
    body = {"shipTo": ship_to(RECIPIENT) | {"postalCode": "sw1y4jh"}}

    assert differing(make_open(), body=body) == set()


def test_another_street_is_marked_without_showing_it() -> None:
    body = {"shipTo": ship_to(RECIPIENT) | {"street1": "14 Elsewhere Road"}}

    found = rows(make_open(), body=body)["Street"]

    assert found.differs
    assert "Elsewhere" not in str(found.theirs)
    assert "James" not in str(found.ours)


def test_missing_and_extra_units_are_marked() -> None:
    lines = [{"sku": "TEA", "quantity": 1}, {"sku": "CUP", "quantity": 1}]

    assert differing(make_open(), lines=lines) == {"Units of TEA", "Units of CUP"}


def test_hold_that_nobody_wants_is_marked() -> None:
    found = differing(make_open(), status="on_hold", raw_status="on_hold")

    assert found == {"Status", "Hold"}


def test_held_order_without_its_stop_tag_is_marked() -> None:
    order = make_open()
    order.stage = "held"

    found = differing(order, status="on_hold", raw_status="on_hold", held_by_us=True)

    assert found == {"Tags"}


def test_record_whose_body_was_purged_is_compared_by_its_columns() -> None:
    found = rows(make_open(), body={})

    assert set(found) == {"Status", "Units of TEA", "Hold", "Tags"}


def test_a_kit_counts_as_it_was_packed_and_an_alias_is_no_difference() -> None:
    order = make_open()
    line = order.lines.get()
    LineComponent.objects.create(line=line, key="K+1", sku="CUP", quantity=2)
    record = factories.make_record(
        order, lines=[{"line_key": "K+1", "sku": "CUP", "quantity": 2 * line.quantity}]
    )
    found = compare(order, record, {}).rows
    assert [x.differs for x in found if x.label == "Units of CUP"] == [False]

    LineComponent.objects.all().delete()
    record.lines = [
        {"line_key": line.line_key, "sku": "OURS", "quantity": line.quantity}
    ]
    found = compare(Order.objects.get(), record, {}).rows
    assert [x.differs for x in found if x.label == "Units of OURS"] == [False]
