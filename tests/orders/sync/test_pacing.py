"""A backlog of pushes leaves something of each window to stops, and nothing over."""

from __future__ import annotations

import pytest

from orders.sync.operations.pacing import paced
from stores.budgets import BudgetLeft


def line(left: float, clears_in: float, *, period: float = 60.0) -> BudgetLeft:
    return BudgetLeft(
        account="shipstation-1",
        group="v1",
        left=left,
        capacity=40.0,
        reserve=3.0,
        rate=0.0,
        period=period,
        blocked_for=0.0,
        clears_in=clears_in,
    )


@pytest.mark.parametrize(
    ("left", "clears_in", "waits"),
    [
        (40, 60, False),  # a window begins: a quarter may go at once
        (31, 60, False),
        (30, 60, True),
        (30, 50, False),
        (16, 50, True),  # spent faster than time went by
        (16, 35, False),
        (1, 13, True),
        (1, 11, False),  # near the end all may go
    ],
)
def test_calls_go_out_no_faster_than_the_window_allows(
    left: float, clears_in: float, waits: bool
) -> None:
    assert (paced(line(left, clears_in)) > 0) == waits


def test_a_wait_ends_when_the_call_may_go() -> None:
    seconds = paced(line(20, 58))

    assert seconds > 0
    assert paced(line(20, 58 - seconds)) == pytest.approx(0.0)


def test_a_backlog_uses_the_whole_window() -> None:
    now, left = 0.0, 40.0
    while left >= 1 and now < 59:
        now += paced(line(left, 60 - now)) + 0.3
        left -= 1

    assert left == 0
    assert 45 < now < 55


def test_a_bucket_fills_by_itself_and_is_not_paced() -> None:
    assert paced(line(1, 60, period=0.0)) == 0.0
