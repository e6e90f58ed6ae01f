"""Where each order of a parcel is confirmed: only what its marketplace takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Policy, Snapshot
from orders.facts_parcels import CombineLimits, PackedFacts, PackedOrder
from tests.orders.decide.build import (
    NOW,
    absorbed,
    kinds,
    label,
    primary,
    says,
    snapshot,
)

EACH = Policy(combined="confirm_each")
EBAY = CombineLimits(alike=("buyer",))
TIKTOK = CombineLimits(alike=("recipient",), most=20)
MIRAKL = CombineLimits(alike=("operator",))
AMAZON = CombineLimits()


def packed(*orders: dict[str, Any], strangers: bool = False) -> PackedFacts:
    """These orders and, first, the one that is decided: alike but for what is said."""
    alike = {
        "marketplace": "ebay",
        "operator": "northgate",
        "buyer": "b1",
        "recipient": "r1",
    }
    rows = ({}, *orders)
    return PackedFacts(
        orders=tuple(
            PackedOrder(order_id=number, **(alike | row))
            for number, row in enumerate(rows, start=1)
        ),
        strangers=strangers,
    )


def parcel(held: PackedFacts, limits: CombineLimits, **facts: Any) -> Snapshot:
    return snapshot(
        records=(absorbed(), primary("shipped")),
        shipments=(label(ss_order_id=601, packed=held),),
        combine_limits=limits,
        **facts,
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str
    limits: CombineLimits
    held: PackedFacts
    reason: str = ""


ROWS = [
    Row(name="ebay: one buyer", limits=EBAY, held=packed({"recipient": "r2"})),
    Row(
        name="ebay: two buyers",
        limits=EBAY,
        held=packed({"buyer": "b2"}),
        reason="orders of several buyers",
    ),
    Row(
        name="ebay: a third one's buyer differs",
        limits=EBAY,
        held=packed({}, {"buyer": "b2"}),
        reason="orders of several buyers",
    ),
    Row(
        name="ebay: nobody knows the buyers",
        limits=EBAY,
        held=PackedFacts(
            orders=(
                PackedOrder(order_id=1, marketplace="ebay"),
                PackedOrder(order_id=2, marketplace="ebay"),
            )
        ),
        reason="orders whose buyer is not known",
    ),
    Row(
        name="tiktok: one recipient, two buyers",
        limits=TIKTOK,
        held=packed({"buyer": "b2"}),
    ),
    Row(
        name="tiktok: two recipients",
        limits=TIKTOK,
        held=packed({"recipient": "r2"}),
        reason="orders to several recipients",
    ),
    Row(name="tiktok: 20 orders", limits=TIKTOK, held=packed(*[{}] * 19)),
    Row(
        name="tiktok: 21 orders",
        limits=TIKTOK,
        held=packed(*[{}] * 20),
        reason="21 orders, and 20 are allowed",
    ),
    Row(
        name="mirakl: one operator, two buyers",
        limits=MIRAKL,
        held=packed({"buyer": "b2", "recipient": "r2"}),
    ),
    Row(
        name="mirakl: two operators",
        limits=MIRAKL,
        held=packed({"operator": "salon"}),
        reason="orders of several operators",
    ),
    Row(
        name="amazon: no rule of this kind",
        limits=AMAZON,
        held=packed({"buyer": "b2", "recipient": "r2", "operator": "na"}),
    ),
    Row(
        name="two marketplaces, whatever the rule",
        limits=AMAZON,
        held=packed({"marketplace": "amazon"}),
        reason="orders of several marketplaces",
    ),
    Row(
        name="goods that belong to no order of ours",
        limits=AMAZON,
        held=packed({}, strangers=True),
        reason="goods of no order that is known here",
    ),
    Row(name="nothing but its own goods", limits=EBAY, held=PackedFacts()),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_confirm_each_keeps_to_what_the_marketplace_takes(row: Row) -> None:
    verdict = decide(parcel(row.held, row.limits), EACH, NOW)

    assert bool(verdict.dispatches) is not bool(row.reason)
    assert kinds(verdict) == ({"combined_parcel"} if row.reason else set())
    if row.reason:
        assert verdict.cases[0].summary == (
            f"Shipped in one parcel with other orders, which holds {row.reason}: "
            "confirm it for this one?"
        )


def test_a_person_may_confirm_it_all_the_same() -> None:
    word = (says("confirm", "combined", 71),)
    facts = parcel(packed({"buyer": "b2"}), EBAY, decisions=word)

    verdict = decide(facts, EACH, NOW)

    assert verdict.dispatches
    assert kinds(verdict) == set()


def test_what_a_lead_let_go_is_not_asked_about_again() -> None:
    word = (says("release", "combined_forbidden", 601),)
    facts = parcel(packed({"buyer": "b2"}), EBAY, decisions=word)

    assert decide(facts, Policy(combined="forbid"), NOW).dispatches
