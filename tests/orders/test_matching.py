"""Which signs prove that a ShipStation order is a marketplace order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orders.matching import Side, Sign, compare

ORDERED = datetime(2026, 11, 20, 10, tzinfo=UTC)
OURS = Side(
    store_id=20002,
    numbers=("203-1",),
    lines=(("item1", "SKU-1", 1), ("item2", "SKU-2", 2)),
    ordered_at=ORDERED,
    postcode="h1",
)
# The same number and store; nothing else is known.
BARE = Side(
    store_id=20002, numbers=("203-1", "x"), lines=(), ordered_at=None, postcode=""
)
OTHER_IDS = (("a", "SKU-1", 1), ("b", "SKU-2", 2))


def but(**values: object) -> Side:
    return replace(BARE, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "proved"),
    [
        (BARE, False),
        (but(lines=OTHER_IDS), True),
        (but(ordered_at=ORDERED - timedelta(hours=8)), True),
        (but(ordered_at=ORDERED - timedelta(days=2)), False),
        (but(postcode="h1"), True),
        (but(postcode="h2"), False),
        (but(lines=(("item1", "", 1),)), True),
        (but(store_id=20009, lines=OTHER_IDS, postcode="h1"), False),
        (but(numbers=("SR-7",), lines=OURS.lines), True),
        (but(numbers=("SR-7",), lines=(("item1", "", 1),)), False),
        (but(numbers=("SR-7",), lines=OTHER_IDS, postcode="h1"), False),
        (but(numbers=("#203-1 ",), postcode="h1"), True),
        (but(numbers=("203-12",), postcode="h1"), False),
    ],
)
def test_a_number_needs_another_sign(record: Side, proved: bool) -> None:
    assert compare(OURS, record).proved is proved


def test_without_number_and_line_ids_the_very_moment_must_agree() -> None:
    record = but(
        numbers=("SR-7",),
        lines=OTHER_IDS,
        postcode="h1",
        ordered_at=ORDERED + timedelta(seconds=30),
    )

    assert compare(OURS, record).likely
    later = replace(record, ordered_at=ORDERED + timedelta(hours=1))
    assert not compare(OURS, later).likely
    assert compare(OURS, later).possible


def test_what_one_side_does_not_know_neither_agrees_nor_differs() -> None:
    likeness = compare(OURS, BARE)

    assert likeness.agrees == {Sign.STORE, Sign.NUMBER}
    assert likeness.differs == frozenset()


def test_line_ids_of_another_kind_are_no_contradiction() -> None:
    likeness = compare(OURS, but(lines=OTHER_IDS))

    assert Sign.LINE_IDS not in likeness.differs
    assert Sign.GOODS in likeness.agrees


def test_other_units_and_another_postcode_differ() -> None:
    lines = (("item1", "SKU-1", 1), ("item2", "SKU-2", 1))

    likeness = compare(OURS, but(lines=lines, postcode="h2"))

    assert {Sign.GOODS, Sign.POSTCODE} <= likeness.differs
