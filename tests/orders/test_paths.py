"""An order as a tree: each expression that is offered gives back the leaf it is for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import paths
from orders.paths import Leaf
from stores import jmespaths

# Bodies of orders are large beside what is checked of each.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PAYLOADS = Path(__file__).parents[1] / "payloads"
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
KEYS = st.text(max_size=8) | st.sampled_from(["name", "value", "code", "a b", "lines"])
PAIRS = st.fixed_dictionaries(
    {"name": st.sampled_from(["IOSS", "VOEC", "it's"]), "value": SCALARS}
)
BODIES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS | PAIRS,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
        ),
        max_leaves=20,
    ),
    max_size=5,
)


def payload(marketplace: str) -> Any:
    return json.loads((PAYLOADS / marketplace / "order__full.json").read_text())


def leaf_at(body: Any, exact: str) -> Leaf:
    found = [x for x in paths.leaves(paths.tree(body)) if x.exact == exact]
    assert found, exact
    return found[0]


@PATIENT
@given(body=BODIES)
def test_each_expression_gives_back_its_leaf(body: dict[str, Any]) -> None:
    for leaf in paths.leaves(paths.tree(body)):
        wanted = body
        for key in leaf.keys:
            wanted = wanted[key]  # type: ignore[index]
        for path in (leaf.exact, leaf.any_item, leaf.named):
            if path:
                found = jmespaths.search(path, body)
                assert found == wanted, path
                assert type(found) is type(wanted), path


@PATIENT
@given(body=BODIES)
def test_a_condition_holds_where_the_leaf_has_its_value(body: dict[str, Any]) -> None:
    for leaf in paths.leaves(paths.tree(body)):
        test = paths.condition(leaf)
        if len(test) <= jmespaths.MAX_LENGTH:
            assert jmespaths.search(test, body) is True, test


@pytest.mark.parametrize(
    ("marketplace", "exact", "offered"),
    [
        (
            "amazon",
            "orderItems[0].fulfillment.shipping.internationalShipping.iossNumber",
            "orderItems[].fulfillment.shipping.internationalShipping.iossNumber | [0]",
        ),
        (
            "ebay",
            "lineItems[0].ebayCollectAndRemitTaxes[0].ebayReference.value",
            (
                "lineItems[].ebayCollectAndRemitTaxes[] | "
                "[?ebayReference.name=='IOSS'].ebayReference.value | [0]"
            ),
        ),
        (
            "mirakl",
            "order_additional_fields[0].value",
            "order_additional_fields[?code=='ioss-number'].value | [0]",
        ),
        ("tiktok", "recipient_address.region_code", "recipient_address.region_code"),
    ],
)
def test_a_marketplaces_own_shape_gets_the_expression_that_lasts(
    marketplace: str, exact: str, offered: str
) -> None:
    body = payload(marketplace)

    leaf = leaf_at(body, exact)

    assert leaf.path == offered
    assert exact == leaf.path or exact in leaf.others


def test_the_named_one_finds_its_number_behind_another() -> None:
    leaf = leaf_at(payload("mirakl"), "order_additional_fields[0].value")
    other = payload("mirakl")
    other["order_additional_fields"].insert(
        0, {"code": "gift", "type": "BOOLEAN", "value": "true"}
    )

    assert jmespaths.search(leaf.path, other) == "IM2760000999"
    assert jmespaths.search(leaf.exact, other) == "true"


@pytest.mark.parametrize(
    ("exact", "offered"),
    [
        ("programs[0]", "contains(programs[], 'PRIME')"),
        (
            "orderItems[0].programs[0]",
            "contains(orderItems[].programs[], 'TRANSPARENCY')",
        ),
        ("fulfillment.fulfilledBy", "fulfillment.fulfilledBy == 'MERCHANT'"),
        (
            "orderItems[0].quantityOrdered",
            "contains(orderItems[].quantityOrdered, `2`)",
        ),
    ],
)
def test_a_condition_asks_whether_any_item_of_a_list_has_it(
    exact: str, offered: str
) -> None:
    assert paths.condition(leaf_at(payload("amazon"), exact)) == offered


@pytest.mark.parametrize("key", ["a b", "ä", "it's", 'say "x"', "", "back\\slash", "1"])
def test_odd_keys_are_quoted(key: str) -> None:
    body = {"deep": {key: "here"}}

    leaf = next(paths.leaves(paths.tree(body)))

    assert jmespaths.search(leaf.path, body) == "here"


def test_a_long_list_says_how_much_is_left_out() -> None:
    tree = paths.tree({"lines": [{"sku": str(at)} for at in range(50)]})

    (lines,) = tree.children

    assert isinstance(lines, paths.Branch)
    assert (len(lines.children), lines.left_out, lines.leaves) == (20, 30, 20)


def test_a_deep_or_a_wide_order_is_cut_and_never_breaks() -> None:
    deep: Any = "bottom"
    for _ in range(400):
        deep = {"x": deep}
    wide = {f"k{at}": at for at in range(5000)}

    assert paths.tree(deep).leaves == 0
    assert paths.tree(wide).leaves == paths.MAX_LEAVES
    assert paths.tree("text").children == ()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("lineItems[", 11),
        ("lineItems[]]", 12),
        ("a..b", 3),
        ("a $ b", 3),
        ('"never closed', 1),
    ],
)
def test_a_wrong_expression_names_the_place(text: str, position: int) -> None:
    with pytest.raises(jmespaths.PathError) as error:
        jmespaths.compiled(text)

    assert error.value.position == position
    assert f"character {position}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Nothing is typed"),
        ("country(a)", "Unknown function: country()"),
        ("length(a, b)", "Expected 1 argument"),
        ("a" * 301, "At most 300 characters"),
    ],
)
def test_what_else_is_no_expression(text: str, says: str) -> None:
    with pytest.raises(jmespaths.PathError, match=says.replace("(", r"\(")[:20]):
        jmespaths.compiled(text)


def test_a_function_of_what_an_order_lacks_gives_nothing() -> None:
    assert jmespaths.search("length(lines)", {}) is None
    assert jmespaths.search("length(lines)", {"lines": [1]}) == 1


@pytest.mark.parametrize(
    ("found", "text", "holds"),
    [
        (None, "", False),
        ("", "", False),
        ([], "", False),
        ([None, "", " IM1 "], "IM1", True),
        ({"a": 1}, "", True),
        (0, "0", True),
        (False, "false", False),
        (True, "true", True),
    ],
)
def test_what_was_found_as_text_and_as_a_condition(
    found: Any, text: str, holds: bool
) -> None:
    assert jmespaths.first_text(found) == text
    assert jmespaths.holds(found) is holds
