from __future__ import annotations

import re
from pathlib import Path

import pytest

from orders.exception_kinds import KINDS, Answer, ExceptionKind, Team, kind_choices
from orders.models import Verb

OWNERS = {"marketplace", "shipstation", "carrier", "us", "you"}
# Cases of stores and accounts have no order, hence no Decision that a verb would record.
STORE_KINDS = {
    *("store_unauthorised", "store_silent", "unknown_store", "order_malformed"),
    *("alert_undelivered", "carrier_in_trouble", "not_heard", "store_quiet"),
}
# What follows a cancellation is done by people; nothing shows us that it was.
ONLY_BY_A_PERSON = {"goods_to_stock", "label_credit", "refund_due", "return_expected"}
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
def test_the_runbook_is_whole(kind: ExceptionKind) -> None:
    for text in (kind.buyer_sees, kind.tells, kind.proof):
        assert text.strip().endswith(".")
    assert kind.closes_itself.endswith(".") or kind.code in ONLY_BY_A_PERSON
    codes = {resolution.code for resolution in kind.resolutions}
    assert kind.suggested in codes | {""}
    # There is a way out that usually ends it, or a reason why there is none.
    assert bool(kind.suggested) != bool(kind.no_fix)
    assert not kind.no_fix or kind.no_fix.endswith(".")


def test_no_runbook_knows_one_marketplace_alone() -> None:
    others = ("eBay", "TikTok", "Mirakl")
    alone = [
        (kind.code, text)
        for kind in KINDS
        for text in (kind.trigger, kind.effect, *kind.checks, *kind.steps)
        # 'Amazon: …' is an example of what was said of all before it.
        if "Amazon" in text.replace("Amazon: ", "")
        if not any(name in text for name in others)
    ]

    assert [code for code, text in alone if "since July 2026" not in text] == []


def test_we_could_not_and_they_said_no_are_told_apart() -> None:
    refused = {kind.code for kind in KINDS if kind.answer is Answer.REFUSED}
    unable = {kind.code for kind in KINDS if kind.answer is Answer.UNABLE}

    assert {kind.code for kind in KINDS if kind.code.endswith("_refused")} <= refused
    assert {"sync_stuck", "contract_broken", "store_silent"} <= unable
    assert Answer.REFUSED.label != Answer.UNABLE.label
    assert Answer.NONE.label == ""


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
        if kind.code not in STORE_KINDS and not kind.code.startswith(
            ("reconciled_", "money_")
        ):
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
