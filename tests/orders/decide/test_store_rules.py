"""One situation, one rule of the store, each of its values: what decide() says then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from orders.decide import decide
from orders.facts import Policy, Snapshot
from tests.orders.decide.build import (
    HOUR,
    MINUTE,
    NOW,
    SHIP_BY,
    absorbed,
    asked,
    attempt,
    but,
    dispatch,
    fingerprint,
    kinds,
    label,
    lines,
    market,
    primary,
    record,
    says,
    snapshot,
    works,
)

WHOLE = {"cancel_requested": True}
CAUSE = asked("item1", "item2")
PARCEL = {"records": (record(status="shipped"),), "shipments": (label(),)}
ASKED = snapshot(lines=lines(WHOLE, WHOLE), market=market(cancel_seq=1))
LABELLED = but(ASKED, **PARCEL, dispatches=(dispatch(),))
BOTH = frozenset({"accept_cancellation", "reject_cancellation"})
PACKED = snapshot(records=(absorbed(), primary()))
PACKED_HELD = snapshot(records=(absorbed(), primary("on_hold", held_by_us=True)))
MIXED = snapshot(records=(record(shared=True),))
LEFT = snapshot(
    records=(absorbed(), primary("shipped")), shipments=(label(ss_order_id=601),)
)
STOPPED = fingerprint("combined_forbidden", 601)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A situation, the rule that changes, and per value 'stage | work | cases'."""

    name: str
    facts: Snapshot
    rule: str
    says: dict[Any, str]


CASES = [
    Case(
        name="a request after the label",
        facts=LABELLED,
        rule="after_label",
        says={
            "ask": "dispatched | | cancelled_after_label",
            "ship": "dispatched | confirm 1 | cancelled_after_label",
        },
    ),
    Case(
        name="a request after the label, no ship-by known",
        facts=but(LABELLED, ship_by=None),
        rule="after_label",
        says={
            "ask": "dispatched | | cancelled_after_label",
            "ship": "dispatched | confirm 1 | cancelled_after_label",
        },
    ),
    Case(
        name="cancelled by the marketplace after the label",
        facts=but(
            snapshot(**PARCEL, dispatches=(dispatch(),)),
            status="cancelled",
        ),
        rule="after_label",
        says={
            "ask": "dispatched | | cancelled_after_label",
            "ship": "dispatched | | cancelled_after_label",
        },
    ),
    Case(
        name="turned down after the label: the answer goes first",
        facts=but(
            LABELLED,
            capabilities=BOTH,
            decisions=(says("reject_request", "asked", 1, "item1", "item2"),),
        ),
        rule="after_label",
        says={
            "ask": f"dispatched | answer {CAUSE} | ",
            "ship": f"dispatched | answer {CAUSE} | ",
        },
    ),
    Case(
        name="a person said yes to the request",
        facts=but(
            ASKED,
            capabilities=BOTH,
            decisions=(says("cancel_market", "asked", 1, "item1", "item2"),),
        ),
        rule="answered_by",
        says={
            "console": f"cancelled | answer {CAUSE} | ",
            "seller_centre": "held | | cancel_requested",
        },
    ),
    Case(
        name="a person said no to the request",
        facts=but(
            ASKED,
            capabilities=BOTH,
            decisions=(says("reject_request", "asked", 1, "item1", "item2"),),
        ),
        rule="answered_by",
        says={
            "console": f"held | answer {CAUSE} | ",
            "seller_centre": "held | | cancel_requested",
        },
    ),
    Case(
        name="nobody asked, a person cancels as the seller",
        facts=snapshot(
            records=(record(status="cancelled"),),
            capabilities=BOTH,
            decisions=(says("cancel_market", "cancelled_in_shipstation", 501),),
        ),
        rule="answered_by",
        says={
            "console": "cancelled | answer "
            + fingerprint("cancelled_in_shipstation", 501)
            + " | ",
            "seller_centre": "in_shipstation | | cancelled_in_shipstation",
        },
    ),
    Case(
        name="told already when the rule changed: followed to its end",
        facts=but(
            ASKED,
            capabilities=BOTH,
            decisions=(says("cancel_market", "asked", 1, "item1", "item2"),),
            attempts=(
                attempt(
                    "answer",
                    CAUSE,
                    "unknown",
                    digest=fingerprint(
                        "answer", True, "", [("item1", 1), ("item2", 2)]
                    ),
                ),
            ),
            cancel_as_of=NOW - 10 * MINUTE,
        ),
        rule="answered_by",
        says={
            "console": "cancelled | read_back order | ",
            "seller_centre": "cancelled | read_back order | ",
        },
    ),
    Case(
        name="combined into another order, to be packed",
        facts=PACKED,
        rule="combined",
        says={
            "ask": "in_shipstation | | ",
            "confirm_each": "in_shipstation | | ",
            "forbid": "held | hold 601 | combined_forbidden",
        },
    ),
    Case(
        name="others combined into it",
        facts=MIXED,
        rule="combined",
        says={
            "ask": "in_shipstation | | ",
            "forbid": "held | hold 501 | combined_forbidden",
        },
    ),
    Case(
        name="combined, held by us already",
        facts=PACKED_HELD,
        rule="combined",
        says={
            "ask": "held | restore 601 | ",
            "forbid": "held | | combined_forbidden",
        },
    ),
    Case(
        name="combined, in a store that is paused",
        facts=but(PACKED, store_state="paused"),
        rule="combined",
        says={
            "ask": "in_shipstation | | ",
            "forbid": "held | | combined_forbidden",
        },
    ),
    Case(
        name="combined in direct mode",
        facts=but(
            PACKED,
            store_mode="direct",
            records=(absorbed(ours=False), primary()),
        ),
        rule="combined",
        says={
            "ask": "in_shipstation | | ",
            "forbid": "held | hold 601 | combined_forbidden",
        },
    ),
    Case(
        name="combined and labelled",
        facts=LEFT,
        rule="combined",
        says={
            "ask": "dispatched | | combined_parcel",
            "confirm_each": "dispatched | plan | ",
            "forbid": "dispatched | | combined_forbidden",
        },
    ),
    Case(
        name="combined, and a lead let it go before its label",
        facts=but(LEFT, decisions=(says("release", "combined_forbidden", 601),)),
        rule="combined",
        says={"forbid": "dispatched | plan | "},
    ),
    Case(
        name="combined, and a lead let it go after its label",
        facts=but(LEFT, decisions=(says("release", "combined_forbidden", 601, 71),)),
        rule="combined",
        says={"forbid": "dispatched | plan | "},
    ),
    Case(
        name="combined and let go: our hold is lifted",
        facts=but(PACKED_HELD, decisions=(says("release", "combined_forbidden", 601),)),
        rule="combined",
        says={"forbid": "held | restore 601 | "},
    ),
    Case(
        name="combined and told by hand: silent",
        facts=but(LEFT, decisions=(says("accept", "combined_forbidden", 601, 71),)),
        rule="combined",
        says={"forbid": "dispatched | | "},
    ),
    Case(
        name="changed after the combine: both are said",
        facts=but(PACKED, payload_digest="d2"),
        rule="combined",
        says={
            "ask": "in_shipstation | | change_locked",
            "forbid": "held | hold 601 | change_locked, combined_forbidden",
        },
    ),
    Case(
        name="a request before the label",
        facts=but(ASKED, records=(record(status="on_hold", held_by_us=True),)),
        rule="cancel_request",
        says={
            "ask": "held | | cancel_requested",
            "cancel": "held | cancel 501 | ",
        },
    ),
]


@pytest.mark.parametrize(
    ("facts", "rule", "value", "expected"),
    [
        pytest.param(case.facts, case.rule, value, text, id=f"{case.name}: {value}")
        for case in CASES
        for value, text in case.says.items()
    ],
)
def test_a_rules_value(facts: Snapshot, rule: str, value: Any, expected: str) -> None:
    verdict = decide(facts, Policy(**{rule: value}), NOW)

    stage, work, cases = (part.strip() for part in expected.split("|"))
    planned = {"plan"} if verdict.dispatches else set()
    assert verdict.stage == stage
    assert works(verdict) | planned == set(filter(None, work.split(", ")))
    assert kinds(verdict) == set(filter(None, cases.split(", ")))


def test_the_last_call_before_ship_by_comes_with_ask_too() -> None:
    facts = but(LABELLED, ship_by=NOW + HOUR, status_as_of=NOW)

    early = decide(facts, Policy(confirm_margin=timedelta(minutes=30)), NOW)
    late = decide(facts, Policy(confirm_margin=timedelta(minutes=60)), NOW)

    assert "confirm 1" not in works(early)
    assert early.next_look_at == NOW + 30 * MINUTE
    assert "confirm 1" in works(late)


def test_the_cases_of_a_forbidden_combine_share_their_cause_and_a_deadline() -> None:
    rules = Policy(combined="forbid")
    (theirs,) = decide(PACKED, rules, NOW).cases
    mine = but(MIXED, records=(record(601, shared=True),))
    (ours,) = decide(mine, rules, NOW).cases

    assert theirs.cause == ours.cause == STOPPED
    assert theirs.deadline == ours.deadline == SHIP_BY


def test_where_it_is_answered_is_said_in_the_case_and_to_its_ways_out() -> None:
    facts = but(ASKED, capabilities=BOTH, seller_pages="Amazon Seller Central")

    (case,) = decide(facts, Policy(answered_by="seller_centre"), NOW).cases
    (here,) = decide(facts, Policy(), NOW).cases

    assert case.summary.endswith(": answer it in Amazon Seller Central")
    assert case.context["answered_in"] == "Amazon Seller Central"
    assert "answered_in" not in here.context
