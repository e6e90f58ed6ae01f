"""A read proves nothing of a confirmation that was still on its way when it began."""

from __future__ import annotations

from datetime import datetime

import pytest

from orders.decide import decide
from orders.facts import Policy, Verdict
from tests.orders.decide.build import (
    MINUTE,
    NOW,
    TRACKING,
    attempt,
    but,
    dispatch,
    label,
    package,
    record,
    snapshot,
)

SHIPPED = snapshot(
    records=(record(status="shipped"),),
    shipments=(label(),),
    dispatches=(dispatch(1, "sent"),),
)


def decided(read_at: datetime, **facts: object) -> Verdict:
    """The verdict on a confirmation in doubt after a read without its parcel."""
    doubt = attempt("confirm", "1", "unknown", **facts)
    return decide(
        but(SHIPPED, attempts=(doubt,), packages=(), packages_as_of=read_at),
        Policy(),
        NOW,
    )


def moves(verdict: Verdict) -> list[tuple[str, datetime]]:
    return [(str(w.operation), w.due_at) for w in verdict.work]


@pytest.mark.parametrize("seconds", [1, 30, 59])
def test_a_read_that_began_with_the_call_under_way_is_no_answer(seconds: int) -> None:
    sent = NOW - MINUTE * 1.5

    verdict = decided(sent + MINUTE * seconds / 60, started_at=sent)

    assert moves(verdict) == [("read_back", NOW)]
    assert verdict.settled == ()


def test_the_read_waits_until_the_call_is_surely_over() -> None:
    sent = NOW - MINUTE / 2

    verdict = decided(sent + MINUTE / 4, started_at=sent)

    assert moves(verdict) == [("read_back", sent + MINUTE)]


def test_a_call_that_took_long_is_over_when_it_ended() -> None:
    sent, ended = NOW - 5 * MINUTE, NOW - 2 * MINUTE

    early = decided(NOW - 3 * MINUTE, started_at=sent, finished_at=ended)
    late = decided(NOW - MINUTE, started_at=sent, finished_at=ended)

    assert [name for name, _ in moves(early)] == ["read_back"]
    assert [name for name, _ in moves(late)] == ["confirm"]
    assert late.settled == (1,)


@pytest.mark.parametrize(("minutes", "settled"), [(1, (1,)), (6, ())])
def test_a_doubt_about_a_parcel_that_was_replaced_ends_with_the_next_read(
    minutes: int, settled: tuple[int, ...]
) -> None:
    doubt = attempt("confirm", "1", "unknown")
    replaced = dispatch(2, "accepted", shipment_id=72, package_ref=1)

    verdict = decide(
        but(
            SHIPPED,
            shipments=(label(voided=True), label(72)),
            dispatches=(dispatch(1, "withdrawn"), replaced),
            attempts=(doubt,),
            packages=(),
            packages_as_of=NOW - minutes * MINUTE,
        ),
        Policy(),
        NOW,
    )

    assert verdict.settled == settled


@pytest.mark.parametrize(
    ("read_minutes_ago", "tracking", "work", "rungs", "cases"),
    [
        (6, "", ["read_back"], [], []),
        (1, "", [], ["withdrawn"], []),
        (1, TRACKING, [], [], ["voided_after_confirm"]),
    ],
    ids=["not read since", "it is not there", "it is there"],
)
def test_a_parcel_voided_while_its_confirmation_was_in_doubt(
    read_minutes_ago: int,
    tracking: str,
    work: list[str],
    rungs: list[str],
    cases: list[str],
) -> None:
    verdict = decide(
        but(
            SHIPPED,
            records=(record(),),
            shipments=(label(voided=True),),
            attempts=(attempt("confirm", "1", "unknown"),),
            packages=(package(tracking),) if tracking else (),
            packages_as_of=NOW - read_minutes_ago * MINUTE,
        ),
        Policy(),
        NOW,
    )

    assert [name for name, _ in moves(verdict)] == work
    assert [change.rung for change in verdict.rungs] == rungs
    assert [case.kind for case in verdict.cases] == cases
