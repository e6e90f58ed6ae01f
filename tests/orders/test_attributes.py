"""Attribute rules: what they make of an order, and what they may not touch."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.attributes import FIELDS, attributes_of
from orders.payload import build
from orders.payload_sources import source_for
from orders.payload_types import Payload
from stores.attribute_check import taken
from stores.models import AttributeTarget, TaxRoute
from stores.rulebook import AttributeRuleFacts, Rulebook
from tests.orders.test_payload import ORDER, as_stored

RAW: dict[str, Any] = {
    "programs": ["PRIME"],
    "lines": [{"gift": {"message": "Happy birthday"}}, {"gift": None}],
    "express": True,
    "shelf": "  B\n7 ",
    "warehouse": "4711",
    "nothing": "",
    "deep": {"er": {"value": 12}},
    "long": "x" * 101,
}


def rule(target: str, path: str = "", *, pk: int = 1, **fields: Any) -> Any:
    return AttributeRuleFacts(
        id=pk, name=f"Rule {pk}", target=target, path=path, **fields
    )


def read(*rules: AttributeRuleFacts, route: str = "none", raw: Any = RAW) -> Any:
    return attributes_of(Rulebook(attributes=rules, tax_route=route), raw)


def made(
    *rules: AttributeRuleFacts,
    current: dict[str, Any] | None = None,
    **fields: Any,
) -> Payload:
    found, problems = read(*rules)
    order = dataclasses.replace(
        ORDER, attributes=found, rule_problems=problems, **fields
    )
    return build(
        order, current=current, want="awaiting_shipment", stop_tag_id=None, stop=False
    )


@pytest.mark.parametrize(
    ("target", "path", "value"),
    [
        ("custom_field_1", "programs[0]", "PRIME"),
        ("custom_field_2", "deep.er.value", "12"),
        ("custom_field_3", "shelf", "B 7"),
        ("custom_field_3", "lines[].gift.message", "Happy birthday"),
        ("gift", "express", True),
        ("gift_message", "lines[0].gift.message", "Happy birthday"),
        ("service", "programs", "PRIME"),
        ("warehouse", "warehouse", 4711),
        ("custom_field_1", "nothing", None),
        ("custom_field_1", "not_there", None),
        ("gift", "nothing", None),
        ("gift", "not_there", None),
    ],
)
def test_a_path_gives_a_targets_value(target: str, path: str, value: Any) -> None:
    found, problems = read(rule(target, path))
    assert found.get(target) == value
    assert problems == ()


@pytest.mark.parametrize("when", ["express", "programs[?@=='PRIME']", "!cancelled"])
def test_a_text_is_written_where_the_condition_holds(when: str) -> None:
    found, _ = read(rule("custom_field_2", text="Prime", when=when))
    assert found.get("custom_field_2") == "Prime"
    found, _ = read(rule("custom_field_2", text="Prime", when=f"!({when})"))
    assert found.get("custom_field_2") is None


def test_the_first_rule_that_gives_a_value_counts_and_notes_take_every_one() -> None:
    found, _ = read(
        rule("service", "nothing", pk=1),
        rule("service", "programs", pk=2),
        rule("service", text="Standard", pk=3),
        rule("notes", text="First", pk=4),
        rule("notes", text="Second", pk=5),
    )
    assert found.values["service"].rule.id == 2
    assert [x.value for x in found.notes] == ["First", "Second"]


@pytest.mark.parametrize(
    ("target", "path", "told"),
    [
        ("custom_field_1", "deep", "gives an object, not a text"),
        ("custom_field_1", "long", "gives 101 characters, ShipStation takes 100"),
        ("warehouse", "programs[0]", "gives no number of a warehouse"),
        ("warehouse", "`-3`", "gives no number of a warehouse"),
        ("service", "programs[", "can't be asked"),
        ("service", "a" * 301, "can't be asked"),
    ],
)
def test_a_value_that_does_not_fit_is_told_and_not_written(
    target: str, path: str, told: str
) -> None:
    found, (problem,) = read(rule(target, path))
    assert found.get(target) is None
    assert told in problem.message
    assert "‘Rule 1’" in problem.message
    assert not problem.hard
    assert problem.field == FIELDS[target]


@pytest.mark.parametrize("route", TaxRoute.values)
@pytest.mark.parametrize("target", AttributeTarget.values)
def test_the_tax_markers_field_is_taken(target: str, route: str) -> None:
    blocked = target == route
    assert bool(taken(target, route)) is blocked
    found, problems = read(rule(target, text="7"), route=route)
    written = bool(found.get(target) or found.notes)
    assert written is not blocked
    assert bool(problems) is blocked


@given(
    st.dictionaries(
        st.sampled_from(["programs", "shelf", "express", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=130),
            lambda x: (
                st.lists(x, max_size=3) | st.dictionaries(st.text(), x, max_size=2)
            ),
            max_leaves=8,
        ),
    ),
    st.sampled_from(["programs", "shelf[0]", "x.y", "keys(x)", "length(@)", "@"]),
)
def test_no_order_breaks_a_rule(raw: dict[str, Any], path: str) -> None:
    rules = [rule(t, path, pk=n) for n, t in enumerate(AttributeTarget.values)]
    found, problems = read(*rules, raw=raw)
    for target, made_ in found.values.items():
        assert made_.value not in ("", None)
        assert len(str(made_.value)) <= (1000 if target == "gift_message" else 100)
    assert not any(x.hard for x in problems)


def test_rules_fill_shipstations_fields() -> None:
    payload = made(
        rule("custom_field_2", "programs", pk=1),
        rule("notes", text="Fragile", pk=2),
        rule("service", text="Next day", pk=3),
        rule("gift_message", "lines[].gift.message", pk=4),
        rule("warehouse", "warehouse", pk=5),
    )
    body = payload.body
    assert body["advancedOptions"]["customField2"] == "PRIME"
    assert body["advancedOptions"]["warehouseId"] == 4711
    assert "Fragile" in body["internalNotes"]
    assert body["requestedShippingService"] == "Next day"
    assert (body["gift"], body["giftMessage"]) == (True, "Happy birthday")


def test_a_warehouse_is_chosen_once_and_fields_are_rewritten() -> None:
    current = as_stored(made().body)
    current["advancedOptions"] |= {"warehouseId": 5, "customField2": "by hand"}
    both = (rule("warehouse", "warehouse"), rule("custom_field_2", "programs", pk=2))
    payload = made(*both, current=current)
    assert payload.body["advancedOptions"]["warehouseId"] == 5
    assert payload.body["advancedOptions"]["customField2"] == "PRIME"
    kept = made(rule("custom_field_2", "nothing"), current=current)
    assert kept.body["advancedOptions"]["customField2"] == "by hand"


def test_every_field_says_who_made_it() -> None:
    payload = made(
        rule("custom_field_2", "programs", pk=41), rule("service", text="Fast", pk=42)
    )
    sources = payload.sources
    assert sources["advancedOptions.customField2"].pk == 41
    assert sources["requestedShippingService"].url == "stores:attribute_rules"
    assert sources["shipTo"].system == "marketplace"
    assert sources["orderKey"].system == "shipsync"
    assert source_for(sources, "shipTo.city") == sources["shipTo"]
    assert source_for(sources, "items[0].options[0].name").system == "marketplace"
    corrected = made(corrected=True).sources
    assert corrected["shipTo"].system == "person"


def leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [
            x
            for key, child in value.items()
            for x in leaves(child, f"{path}.{key}" if path else key)
        ]
    if isinstance(value, list) and value:
        return [
            x for n, child in enumerate(value) for x in leaves(child, f"{path}[{n}]")
        ]
    return [path]


def test_no_field_of_a_new_order_is_without_a_maker() -> None:
    payload = made(rule("custom_field_2", "programs", pk=41))
    systems = {x: source_for(payload.sources, x).system for x in leaves(payload.body)}
    assert [x for x, system in systems.items() if system == "shipstation"] == []


def test_what_the_warehouse_typed_is_shipstations() -> None:
    current = as_stored(made().body, weight={"value": 3, "units": "ounces"})
    sources = made(current=current).sources
    assert source_for(sources, "weight.value").system == "shipstation"
