from __future__ import annotations

from typing import Any

import pytest

from orders.payload import TaxMarker
from tests.orders.test_payload import at_warehouse, made, order

MARKER = TaxMarker(scheme="IOSS", number="IM2760000123")
FIELDS = ("customField1", "customField2", "customField3")


def fields(body: dict[str, Any]) -> dict[str, Any]:
    advanced = body["advancedOptions"]
    return {name: advanced[name] for name in FIELDS if advanced.get(name)}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_number_that_went_to_another_field_leaves_no_marker(number: int) -> None:
    current = at_warehouse()
    for name in FIELDS:
        current["advancedOptions"][name] = ""
    current["advancedOptions"]["customField1"] = MARKER.text
    facts = order(tax_marker=MARKER, tax_route=f"custom_field_{number}")

    body = made(facts, current=current).body

    assert fields(body) == {f"customField{number}": "IOSS=IM2760000123"}


def test_words_of_the_warehouse_that_look_like_a_marker_stay() -> None:
    current = at_warehouse()
    current["advancedOptions"]["customField2"] = "SHELF=B4"

    body = made(order(), current=current).body

    assert body["advancedOptions"]["customField2"] == "SHELF=B4"


def test_the_tag_comes_with_the_number_and_goes_with_it() -> None:
    facts: dict[str, Any] = {"tax_route": "tag", "tax_tag_id": 504}
    current = at_warehouse()
    current["tagIds"] = [7]

    with_it = made(order(tax_marker=MARKER, **facts), current=current).body
    current["tagIds"] = [7, 504]
    without = made(order(**facts), current=current).body

    assert made(order(tax_marker=MARKER, **facts)).body["tagIds"] == [504]
    assert with_it["tagIds"] == [7, 504]
    assert without["tagIds"] == [7]
    assert fields(with_it).get("customField1") is None


@pytest.mark.parametrize("route", ["none", "v2"])
def test_a_way_outside_v1_writes_nothing_there(route: str) -> None:
    body = made(order(tax_marker=MARKER, tax_route=route)).body

    assert fields(body) == {}
    assert not body.get("tagIds")
