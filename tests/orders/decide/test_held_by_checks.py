"""What a check holds back is neither sent nor let go by another way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders.decide import decide
from orders.facts import DecisionFacts, Policy, Problem
from tests.orders.decide.build import MINUTE, NOW, market, record, snapshot

PROBLEM = Problem(
    field="items[0].sku",
    message="The SKU ‘X’ is no product, kit or approved alias here",
    hard=True,
    code="sku_unknown",
    releasable=True,
    context={"sku": "X", "lines": ["L1"]},
)


@pytest.mark.parametrize(
    ("word", "operations"), [("", set()), ("release", {"restore"})]
)
def test_a_held_record_is_not_let_go_while_a_check_holds_it(
    word: str, operations: set[str]
) -> None:
    said = (
        (DecisionFacts(verb=word, cause=PROBLEM.cause, at=NOW - MINUTE),)
        if word
        else ()
    )
    facts = snapshot(
        records=(record(status="on_hold", held_by_us=True),),
        problems=(PROBLEM,),
        decisions=said,
        market=market(status_as_of=NOW),
    )
    verdict = decide(facts, Policy(release_window=timedelta(0)), NOW)

    assert {str(x.operation) for x in verdict.work} == operations
    assert [x.kind for x in verdict.cases] == ["sku_unknown"] * (not word)


def test_a_case_carries_what_its_check_knows() -> None:
    verdict = decide(snapshot(problems=(PROBLEM,)), Policy(), NOW)
    (case,) = verdict.cases
    assert case.context == {"field": "items[0].sku", "sku": "X", "lines": ["L1"]}
