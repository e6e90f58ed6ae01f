"""Calls that can wait leave half of a quota to others."""

from __future__ import annotations

from typing import Any

import pytest

from stores import budgets
from stores.budgets import BudgetLeft
from stores.errors import ThrottledError
from stores.http import Call
from stores.remote_types import BudgetSpec
from stores.sweeps import SweepGateway, gives_way


def line(**fields: Any) -> BudgetLeft:
    values: dict[str, Any] = {
        "account": "remote-1",
        "group": "orders",
        "left": 40.0,
        "capacity": 40.0,
        "reserve": 3.0,
        "rate": 0.0,
        "period": 60.0,
        "blocked_for": 0.0,
        "clears_in": 50.0,
    }
    return BudgetLeft(**values | fields)


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ({}, 0.0),
        ({"left": 21.0}, 0.0),
        ({"left": 20.0}, 40.0),
        # In the last sixth of a window it would be left over.
        ({"left": 5.0, "clears_in": 9.0}, 0.0),
        # A bucket: until one more than half has come back.
        ({"left": 8.0, "capacity": 20.0, "period": 0.0, "rate": 0.5}, 6.0),
        # A quota of one call has no half.
        ({"left": 1.0, "capacity": 1.0, "period": 60.0}, 0.0),
        ({"blocked_for": 12.0}, 12.0),
    ],
)
def test_how_long_it_gives_way(fields: dict[str, Any], wait: float) -> None:
    assert gives_way(line(**fields)) == pytest.approx(wait)


@pytest.mark.django_db
def test_nothing_is_sent_below_half_and_other_quotas_do_not_matter() -> None:
    specs = (
        BudgetSpec(group="orders", capacity=10, rate=0.01),
        BudgetSpec(group="feeds", capacity=10, rate=0.01),
    )
    budgets.ensure("remote-1", specs)
    budgets.take("remote-1", ["orders"], 6)

    call = Call(
        operation="list", method="GET", url="http://127.0.0.1:9/", groups=("orders",)
    )
    with pytest.raises(ThrottledError, match="left to others") as caught:
        SweepGateway("remote-1").send(call)
    assert caught.value.ours
    assert caught.value.retry_after == pytest.approx(200, abs=20)
