"""Kits are split to the penny, whatever they cost and hold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.kits import (
    Parcel,
    component_key,
    explode,
    kits_completed,
    shared_out,
    smallest,
    split,
    whole,
)
from stores.rulebook import ComponentFacts, KitFacts

names = st.text("ABCDEFG", min_size=1, max_size=3)
money = st.decimals(0, 99999, places=2, allow_nan=False, allow_infinity=False)
weights = st.dictionaries(
    names, st.decimals(0, 999, places=4, allow_nan=False), min_size=1, max_size=8
)


def kit(*parts: tuple[str, int, str | None]) -> KitFacts:
    return KitFacts(
        sku="KIT",
        title="A kit",
        components=tuple(
            ComponentFacts(
                sku=sku, quantity=n, share=None if share is None else Decimal(share)
            )
            for sku, n, share in parts
        ),
    )


@st.composite
def kits(draw: Any) -> KitFacts:
    skus = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    shares = st.none() | st.decimals(0, 100, places=2, allow_nan=False).map(str)
    return kit(*((sku, draw(st.integers(1, 9)), draw(shares)) for sku in skus))


@given(money, weights)
def test_parts_add_up_and_none_is_negative(
    total: Decimal, of: dict[str, Decimal]
) -> None:
    parts = split(total, of)
    assert sum(parts.values()) == total
    assert min(parts.values()) >= 0
    assert set(parts) == set(of)


@given(money, weights, st.randoms())
def test_the_order_of_the_parts_changes_nothing(
    total: Decimal, of: dict[str, Decimal], chance: Any
) -> None:
    shuffled = list(of.items())
    chance.shuffle(shuffled)
    assert split(total, dict(shuffled)) == split(total, of)


@given(money, weights)
def test_no_part_is_a_penny_off_its_share(
    total: Decimal, of: dict[str, Decimal]
) -> None:
    everything = sum(of.values()) or Decimal(len(of))
    for name, part in split(total, of).items():
        share = of[name] if any(of.values()) else Decimal(1)
        assert abs(part - total * share / everything) < Decimal("0.0101")


@given(kits(), st.none() | money, st.none() | st.integers(0, 90000))
def test_rows_of_a_kit_add_up_to_it(
    made: KitFacts, price: Decimal | None, grams: int | None
) -> None:
    rows = explode(made, price=price, grams=grams)

    units = {x.sku: sum(r.quantity for r in rows if r.sku == x.sku) for x in rows}
    assert units == {x.sku: x.quantity for x in made.components}
    if price is None:
        assert all(row.unit_price is None for row in rows)
    else:
        assert sum((r.unit_price or 0) * r.quantity for r in rows) == price
        assert all(row.unit_price is not None and row.unit_price >= 0 for row in rows)
    if grams is not None:
        assert sum((r.grams or 0) * r.quantity for r in rows) == grams


@given(kits(), money, st.randoms())
def test_the_order_of_the_components_changes_no_price(
    made: KitFacts, price: Decimal, chance: Any
) -> None:
    parts = list(made.components)
    chance.shuffle(parts)
    other = KitFacts(sku=made.sku, title=made.title, components=tuple(parts))

    def key(row: Any) -> Any:
        return row.sku, row.quantity, row.unit_price

    assert sorted(explode(made, price=price), key=key) == sorted(
        explode(other, price=price), key=key
    )


@given(
    st.none() | money,
    st.dictionaries(names, st.none() | money, min_size=1, max_size=8),
)
def test_tax_is_shared_out_whole(
    tax: Decimal | None, worth: dict[str, Decimal | None]
) -> None:
    shares = shared_out(tax, worth)
    if tax is None:
        assert set(shares.values()) == {None}
    else:
        assert sum(x for x in shares.values() if x is not None) == tax


def test_a_price_that_does_not_part_evenly_makes_two_rows() -> None:
    rows = explode(kit(("CUP", 3, None)), price=Decimal("10.00"))
    assert [(r.quantity, str(r.unit_price)) for r in rows] == [(2, "3.33"), (1, "3.34")]


@pytest.mark.parametrize(
    ("parts", "prices"),
    [
        # by units, where nothing is said
        ((("CUP", 2, None), ("POT", 1, None)), {"CUP": "6.67", "POT": "3.33"}),
        # by percent
        ((("CUP", 2, "20"), ("POT", 1, "80")), {"CUP": "2.00", "POT": "8.00"}),
        # what the percents leave goes by units
        (
            (("POT", 1, "70"), ("CUP", 2, None), ("TIN", 1, None)),
            {"POT": "7.00", "CUP": "2.00", "TIN": "1.00"},
        ),
        # percents that are not a hundred together count as proportions
        ((("CUP", 1, "1"), ("POT", 1, "3")), {"CUP": "2.50", "POT": "7.50"}),
        # nothing is left for those without a percent
        ((("CUP", 1, "100"), ("TIN", 1, None)), {"CUP": "10.00", "TIN": "0.00"}),
    ],
)
def test_a_kits_price_goes_by_its_shares(
    parts: tuple[tuple[str, int, str | None], ...], prices: dict[str, str]
) -> None:
    found: dict[str, Decimal] = {}
    for row in explode(kit(*parts), price=Decimal("10.00")):
        assert row.unit_price is not None
        found[row.sku] = found.get(row.sku, Decimal(0)) + row.unit_price * row.quantity
    assert {sku: str(total) for sku, total in found.items()} == prices


def test_components_that_are_weighed_keep_their_weight() -> None:
    made = kit(("CUP", 2, None), ("POT", 1, None))
    rows = explode(made, price=None, grams=9, each_grams={"CUP": 200, "POT": 900})
    assert [(r.sku, r.grams) for r in rows] == [("CUP", 200), ("POT", 900)]


def test_a_kits_weight_is_split_where_a_components_is_unknown() -> None:
    made = kit(("CUP", 2, None), ("POT", 1, None))
    rows = explode(made, price=None, grams=1000, each_grams={"CUP": 200, "POT": None})
    assert sum((r.grams or 0) * r.quantity for r in rows) == 1000


def test_a_yen_is_not_split() -> None:
    assert smallest("JPY") == 1
    rows = explode(
        kit(("A", 1, None), ("B", 1, None)), price=Decimal(3), currency="JPY"
    )
    assert sorted(str(row.unit_price) for row in rows) == ["1", "2"]


@given(st.text(min_size=1, max_size=50), st.integers(1, 99))
def test_keys_are_short_stable_and_tell_rows_apart(line: str, number: int) -> None:
    key = component_key(line, number)
    assert len(key) <= 50
    assert key == component_key(line, number)
    assert key != component_key(line, number + 1)
    assert key != line


@pytest.mark.parametrize(
    ("units", "made"),
    [({}, 0), ({"CUP": 2}, 0), ({"CUP": 3, "POT": 5}, 1), ({"CUP": 4, "POT": 2}, 2)],
)
def test_whole_kits_are_the_least_of_their_components(
    units: dict[str, int], made: int
) -> None:
    assert whole({"CUP": 2, "POT": 1}, units) == made


def parcel(number: int, voided: bool = False, *, line: int = 7, **units: int) -> Parcel:
    return Parcel(
        id=number, voided=voided, units={(line, sku): n for sku, n in units.items()}
    )


KITS = {7: {"CUP": 2, "POT": 1}}


def test_the_parcel_that_brings_the_rest_completes_the_kit() -> None:
    parcels = [parcel(1, CUP=2), parcel(2, POT=1)]
    assert kits_completed(parcels, KITS) == {1: {}, 2: {7: 1}}


def test_a_voided_parcel_leaves_nothing_for_the_next() -> None:
    parcels = [parcel(1, voided=True, CUP=2, POT=1), parcel(2, CUP=2), parcel(3, POT=1)]
    assert kits_completed(parcels, KITS) == {1: {7: 1}, 2: {}, 3: {7: 1}}


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=6)
)
def test_parcels_together_complete_what_their_goods_make(
    goods: list[tuple[int, int]],
) -> None:
    parcels = [parcel(at, CUP=c, POT=p) for at, (c, p) in enumerate(goods)]
    done = sum(x.get(7, 0) for x in kits_completed(parcels, KITS).values())
    totals = {"CUP": sum(c for c, _p in goods), "POT": sum(p for _c, p in goods)}
    assert done == whole(KITS[7], totals)
