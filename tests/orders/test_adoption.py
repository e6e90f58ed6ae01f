"""Which ShipStation record may be taken over as an order's own."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import OrderLine
from orders.snapshot_rows import same_lines

OURS = [
    OrderLine(line_key="am-1-1", sku="MUG", quantity=2),
    OrderLine(line_key="am-1-2", sku="PLATE", quantity=3, quantity_cancelled=2),
    OrderLine(line_key="am-1-3", sku="BOWL", quantity=1, quantity_cancelled=1),
]


def line(key: str, sku: str, quantity: int, adjustment: bool = False) -> dict[str, Any]:
    return {
        "line_key": key,
        "sku": sku,
        "quantity": quantity,
        "adjustment": adjustment,
    }


@pytest.mark.parametrize(
    ("record", "same"),
    [
        ([line("am-1-2", "x", 1), line("am-1-1", "y", 2)], True),
        ([line("am-1-2", "x", 1), line("am-1-1", "y", 9)], False),
        ([line("", "PLATE", 1), line("z", "MUG", 2)], True),
        ([line("", "PLATE", 1), line("", "MUG", 1), line("", "MUG", 1)], True),
        ([line("", "PLATE", 1), line("", "MUG", 2), line("", "OFF", 1, True)], True),
        ([line("", "PLATE", 1), line("", "MUG", 2), line("", "", 0)], True),
        ([line("", "PLATE", 1), line("", "MUG", 3)], False),
        ([line("", "PLATE", 1), line("", "MUG", 2), line("", "BOWL", 1)], False),
        ([line("", "PLATE", 1)], False),
        ([line("am-1-1", "MUG", 2)], False),
        ([], False),
    ],
)
def test_adoption_needs_exactly_our_lines(
    record: list[dict[str, Any]], same: bool
) -> None:
    assert same_lines(record, OURS) is same


def test_lines_without_sku_prove_nothing() -> None:
    nameless = [OrderLine(line_key="am-1-1", sku="", quantity=2)]

    assert not same_lines([line("", "", 2)], nameless)
    assert not same_lines([], [])
