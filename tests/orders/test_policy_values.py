"""Every value of a store's rules names the test in which it alone changes something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from stores.models import OperatingModel

LOOP = "tests/orders/loop"
POLICIES = f"{LOOP}/test_policies.py"
CHANNELS = f"{LOOP}/test_policies_channels.py"
TAX = f"{LOOP}/test_tax.py"
GATE = "tests/stores/views/test_gate.py"

# Not rules: who wrote which version when, and why.
BOOKKEEPING = {"id", "store", "version", "note", "created_at", "created_by"}

# Field → the test, and the values that it goes through. A field with choices lists each
# of them; another one lists two that differ.
COVERED: dict[str, tuple[str, tuple[object, ...]]] = {
    "confirm_timing": (
        f"{CHANNELS}::test_what_starts_the_time_of_a_confirmation",
        ("at_label", "ship_date", "hours_after"),
    ),
    "confirm_hours": (
        f"{POLICIES}::test_the_time_of_a_confirmation_is_the_rules",
        (0, 6),
    ),
    "confirm_margin_minutes": (
        f"{POLICIES}::test_the_time_of_a_confirmation_is_the_rules",
        (60, 3000),
    ),
    "release_window_minutes": (
        f"{POLICIES}::test_the_release_window_creates_on_hold",
        (0, 60),
    ),
    "cancel_request": (
        f"{POLICIES}::test_a_request_before_the_label_holds_or_cancels",
        ("ask", "cancel"),
    ),
    "combined": (
        (
            f"{POLICIES}::"
            "test_a_combined_parcel_that_left_is_told_asked_about_or_forbidden"
        ),
        ("forbid", "confirm_each", "ask"),
    ),
    "acceptance": (
        f"{CHANNELS}::test_an_order_that_waits_for_a_yes_is_taken_or_asked_about",
        ("ask", "auto"),
    ),
    "shipped_owner": (
        f"{CHANNELS}::test_in_direct_mode_the_owner_of_telling_tells",
        ("shipstation", "shipsync"),
    ),
    "arrives_within_minutes": (
        f"{CHANNELS}::test_in_direct_mode_the_import_has_so_many_minutes",
        (30, 120),
    ),
    "told_within_hours": (
        f"{CHANNELS}::test_in_direct_mode_telling_has_so_many_hours",
        (1, 6),
    ),
    "after_label": (
        (
            f"{POLICIES}::"
            "test_a_request_after_the_label_keeps_the_confirmation_back_or_not"
        ),
        ("ask", "ship"),
    ),
    "answered_by": (
        f"{POLICIES}::test_a_word_on_a_request_is_told_or_never_leaves_the_house",
        ("console", "seller_centre"),
    ),
    "four_eyes_above": (
        f"{POLICIES}::test_above_a_value_a_word_waits_for_a_second_person",
        ("9.99", None),
    ),
    "tax_route": (
        f"{TAX}::test_only_the_way_of_the_number_differs",
        ("none", "custom_field_1", "custom_field_2", "custom_field_3", "tag", "v2"),
    ),
    "tax_tag_id": (
        f"{CHANNELS}::test_the_tag_of_a_tax_number_is_the_one_that_was_chosen",
        ("TAG", "OTHER_TAG"),
    ),
    "unknown_sku": (
        f"{CHANNELS}::test_an_unknown_sku_is_sent_or_asked_about",
        ("push", "hold"),
    ),
    "customs_check": (
        f"{CHANNELS}::test_incomplete_customs_data_is_sent_or_asked_about",
        ("warn", "hold"),
    ),
    "notify_samples": (
        f"{CHANNELS}::test_the_gate_wants_so_many_dispatches_before_it_knows_who_tells",
        (2, 3),
    ),
    "shadow_minimum": (
        f"{CHANNELS}::test_the_gate_wants_so_many_comparisons_with_so_few_differences",
        (2, 3),
    ),
    "shadow_tolerance": (
        f"{CHANNELS}::test_the_gate_wants_so_many_comparisons_with_so_few_differences",
        (1, 2),
    ),
    "decided": (
        f"{GATE}::test_each_decision_that_is_missing_keeps_it_back",
        ("DECISIONS",),
    ),
}


def test_every_rule_of_a_store_is_listed() -> None:
    rules = {field.name for field in OperatingModel._meta.concrete_fields}

    assert set(COVERED) == rules - BOOKKEEPING


@pytest.mark.parametrize("name", COVERED)
def test_every_value_of_a_rule_is_listed(name: str) -> None:
    choices = getattr(OperatingModel._meta.get_field(name), "choices", None)
    _test, values = COVERED[name]

    if choices:
        assert set(values) == {value for value, _label in choices}
    else:
        assert len(set(values)) > 1 or name == "decided"


@pytest.mark.parametrize("name", COVERED)
def test_the_named_test_exists_and_goes_through_the_values(name: str) -> None:
    test, values = COVERED[name]
    path, function = test.split("::")
    found = _tests(path)

    assert function in found, f"{path} has no test {function}: name the one for {name}"
    gone_through = set(_literals(found[function]))
    missing = [value for value in values if value not in gone_through]
    assert not missing, f"{test} never sets {name} to {missing}"


@cache
def _tests(path: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((Path(settings.BASE_DIR) / path).read_text())
    return {x.name: x for x in tree.body if isinstance(x, ast.FunctionDef)}


def _literals(function: ast.FunctionDef) -> Iterator[object]:
    """Constants and names among its parameters: what it is run with."""
    for decorator in function.decorator_list:
        for node in ast.walk(decorator):
            if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
                yield node.value
            elif isinstance(node, ast.Name):
                yield node.id
