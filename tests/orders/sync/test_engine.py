from __future__ import annotations

from collections import Counter

import pytest

from orders.models import CaseState, OrderException
from orders.sync import engine
from orders.sync.units import HandOver, UnitResult
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import resume
from stores.errors import (
    RemoteError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.models import Direction, Lane, ShipStationAccount
from tests.orders.factories import make_shipstation_account

pytestmark = pytest.mark.django_db


def test_a_lane_that_fails_after_it_was_handed_over_counts_its_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = make_shipstation_account()
    lanes.ensure_lanes()

    def failing(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
        hand_over(None)
        raise TransientError("the peer is away")

    def working(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
        hand_over(None)
        return UnitResult()

    def run() -> Lane:
        rows = Lane.objects.filter(account=account.key, direction=Direction.PUSH)
        rows.update(due_at=clock.real_now())
        engine.run_next([Direction.PUSH])
        return rows.get()

    monkeypatch.setitem(engine.UNITS, Direction.PUSH, failing)
    assert run().failures == 1
    again = run()
    assert (again.failures, again.last_error) == (2, "the peer is away")
    monkeypatch.setitem(engine.UNITS, Direction.PUSH, working)
    assert run().failures == 0


@pytest.mark.parametrize(("unneeded", "still"), [(True, 0), (False, 1)])
def test_a_silence_that_keeps_nothing_waiting_is_over(
    monkeypatch: pytest.MonkeyPatch, unneeded: bool, still: int
) -> None:
    account = make_shipstation_account()
    lanes.ensure_lanes()
    lane = Lane.objects.filter(account=account.key, direction=Direction.MIRROR)

    def failing(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
        raise TransientError("the peer is away")

    def with_nothing_to_ask(
        account: ShipStationAccount, hand_over: HandOver
    ) -> UnitResult:
        return UnitResult(unneeded=unneeded)

    monkeypatch.setitem(engine.UNITS, Direction.MIRROR, failing)
    for _try in range(6):
        lane.update(due_at=clock.real_now())
        engine.run_next([Direction.MIRROR])
    silent = OrderException.objects.filter(kind="store_silent", state=CaseState.OPEN)
    assert silent.count() == 1

    monkeypatch.setitem(engine.UNITS, Direction.MIRROR, with_nothing_to_ask)
    lane.update(due_at=clock.real_now())
    engine.run_next([Direction.MIRROR])

    assert silent.count() == still


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (UnauthorisedError("the key is wrong", reason="bad_key"), "store_unauthorised"),
        (UnexpectedAnswerError("no list of orders"), "contract_broken"),
    ],
)
def test_what_said_that_an_account_does_not_work_ends_with_its_first_answer(
    monkeypatch: pytest.MonkeyPatch, problem: RemoteError, kind: str
) -> None:
    account = make_shipstation_account()
    lanes.ensure_lanes()

    def refused(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
        raise problem

    def working(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
        return UnitResult(counts=Counter(calls=1))

    def run() -> set[str]:
        rows = Lane.objects.filter(account=account.key, direction=Direction.MIRROR)
        rows.update(due_at=clock.real_now())
        engine.run_next([Direction.MIRROR])
        cases = OrderException.objects.filter(state=CaseState.OPEN)
        return set(cases.values_list("kind", flat=True))

    monkeypatch.setitem(engine.UNITS, Direction.MIRROR, refused)
    assert run() == {kind}
    account.refresh_from_db()
    resume(account)
    monkeypatch.setitem(engine.UNITS, Direction.MIRROR, working)
    assert run() == set()
