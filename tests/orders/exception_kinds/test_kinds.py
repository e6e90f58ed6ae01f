from __future__ import annotations

import re
from pathlib import Path

import pytest

from orders.exception_kinds import KINDS, ExceptionKind, Team, kind_choices
from orders.models import Verb

OWNERS = {"marketplace", "shipstation", "carrier", "us", "you"}
# Cases of stores and accounts have no order, hence no Decision that a verb would record.
STORE_KINDS = {"store_unauthorised", "store_silent", "unknown_store", "order_malformed"}
ORDERS = Path(__file__).resolve().parents[3] / "orders"


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.code)
def test_kind_keeps_its_contract(kind: ExceptionKind) -> None:
    assert re.fullmatch(r"[a-z_]{1,40}", kind.code)
    assert kind.team in set(Team)
    assert kind.owner_system in OWNERS
    assert kind.label.strip()
    assert kind.trigger.strip().endswith(".")
    assert kind.effect.strip().endswith(".")
    assert kind.checks
    assert kind.steps
    assert all(text.strip() for text in (*kind.checks, *kind.steps))


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.code)
def test_every_way_out_says_what_it_does(kind: ExceptionKind) -> None:
    codes = [resolution.code for resolution in kind.resolutions]

    assert codes
    assert len(codes) == len(set(codes))
    for resolution in kind.resolutions:
        assert len(resolution.code) <= 40
        assert resolution.label.strip()
        assert resolution.effect.strip().endswith(".")
        assert resolution.verb in {"", *Verb.values}
        assert re.fullmatch(r"(orders|stores)\.[a-z_]+", resolution.permission)
        if kind.code not in STORE_KINDS:
            assert resolution.verb, "an order's case is only answered by a decision"


def test_every_kind_that_decide_names_is_registered() -> None:
    named: set[str] = set()
    for path in ORDERS.glob("decid*.py"):
        text = path.read_text()
        named |= set(re.findall(r"\.(?:case|refused)\(\s*\"([a-z_]+)\"", text))
        named |= set(re.findall(r"kind\w*(?:, \w+)* = \(?\"([a-z_]+)\"", text))

    assert named
    assert {kind for kind in named if kind not in KINDS} == set()


def test_the_choices_are_all_kinds_with_their_labels() -> None:
    assert dict(kind_choices())["carrier_unmapped"] == "Carrier not mapped"
    assert len(kind_choices()) == len(KINDS)


def test_a_cancellation_is_decided_by_those_who_may() -> None:
    for code in ("cancel_requested", "cancelled_after_label"):
        for resolution in KINDS.get(code).resolutions:
            assert resolution.permission == "orders.decide_cancellation"
