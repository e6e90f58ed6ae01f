"""A read that a person wants first: what waits for it, what doesn't, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orders.decide import decide
from orders.decide_fresh import PATIENCE
from orders.facts import Operation, Policy, Verdict
from tests.orders.decide import build

ASKED = build.NOW - timedelta(seconds=10)


def decided(asked: Any = ASKED, **facts: Any) -> Verdict:
    market = {"fresh_asked_at": asked} | facts.pop("market", {})
    snapshot = build.snapshot(market=build.market(**market), **facts)
    return decide(snapshot, Policy(), build.NOW)


def operations(verdict: Verdict) -> set[str]:
    return {work.operation for work in verdict.work}


def test_nothing_asked_nothing_waits() -> None:
    assert operations(decided(asked=None)) == {Operation.PUSH}


def test_a_push_waits_for_the_read() -> None:
    verdict = decided()

    assert operations(verdict) == {Operation.READ_BACK}
    assert verdict.next_look_at is not None


def test_a_read_since_lets_it_go() -> None:
    assert operations(decided(market={"status_as_of": build.NOW})) == {Operation.PUSH}


def test_a_stop_never_waits() -> None:
    held = decided(
        market={"cancel_seq": 1},
        lines=build.lines({"cancel_requested": True}, {"cancel_requested": True}),
        records=(build.record(),),
    )
    assert operations(held) == {Operation.HOLD, Operation.READ_BACK}


def test_what_can_not_be_read_goes_on_in_a_while() -> None:
    late = decided(asked=build.NOW - PATIENCE)
    assert Operation.PUSH in operations(late)


def test_where_no_order_can_be_read_by_itself_the_list_is_waited_for() -> None:
    assert operations(decided(can_read_one=False)) == set()


def test_a_store_that_does_not_run_asks_nothing() -> None:
    assert Operation.READ_BACK not in operations(decided(store_state="paused"))
