"""Somebody else's record of our number, where nothing of ours would stop it."""

from __future__ import annotations

from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Policy, Verdict
from tests.orders.decide.build import NOW, lines, market, record, snapshot

STRANGER: dict[str, Any] = {"ours": False, "linked": False, "candidate": True}
CANCELLED = {"market": market(status="cancelled"), "lines": lines()}


def decided(**facts: Any) -> Verdict:
    return decide(snapshot(**facts), Policy(), NOW)


@pytest.mark.parametrize("status", ["awaiting_shipment", "on_hold", "shipped"])
def test_a_cancelled_order_that_somebody_typed_in_is_before_a_person(
    status: str,
) -> None:
    verdict = decided(records=(record(601, **STRANGER, status=status),), **CANCELLED)

    (case,) = verdict.cases
    assert (case.kind, case.context["records"]) == ("cancel_by_hand", [601])
    assert not verdict.work
    assert not verdict.closed


def test_our_own_cancelled_record_does_not_hide_the_one_beside_it() -> None:
    verdict = decided(
        records=(record(status="cancelled"), record(601, **STRANGER)), **CANCELLED
    )

    assert [case.kind for case in verdict.cases] == ["cancel_by_hand"]


def test_a_cancelled_stranger_is_no_ones_affair() -> None:
    verdict = decided(
        records=(record(601, **STRANGER, status="cancelled"),), **CANCELLED
    )

    assert verdict.cases == ()
    assert verdict.closed


def test_what_the_marketplace_ships_itself_is_not_packed_by_hand_in_silence() -> None:
    verdict = decided(
        market=market(not_ours="pick_up"), records=(record(601, **STRANGER),)
    )

    assert [case.kind for case in verdict.cases] == ["not_ours_pushed"]
    assert not verdict.work
    assert not verdict.closed
