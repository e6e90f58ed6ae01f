"""The queue's rows equal their cases, whatever was done to these and in what order."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders import case_recount, snoozing, triage
from orders.case_groups import Moves, hour_of
from orders.case_sync import sync_cases
from orders.events import Timeline
from orders.facts import CaseDraft, Verdict
from orders.models import CaseGroup, CaseState, Order, OrderException, Snooze
from orders.reconsider import locked
from orders.snapshot import load
from orders.store_cases import close_store_case, open_store_case
from shipsync_site.lib import clock
from shipsync_site.roles import apply_roles
from tests.orders import factories

pytestmark = pytest.mark.django_db


def wrong() -> list[str]:
    """Rows of the queue that say something else than their cases."""
    groups = list(CaseGroup.objects.order_by("pk"))
    right = case_recount.fresh([group.pk for group in groups], clock.now())
    return [
        f"{group}: {name} is {getattr(group, name)!r}, not {value!r}"
        for group in groups
        for name, value in right[group.pk].items()
        if getattr(group, name) != value
    ]


def numbers(group: CaseGroup) -> tuple[int, int, int]:
    group.refresh_from_db()
    return group.awake, group.asleep, group.unowned


def alike(count: int, **fields: Any) -> list[OrderException]:
    """Cases of as many orders that one mapping ends."""
    store = factories.make_store()
    return [
        factories.make_case(
            factories.make_order(store=store, buyer=False, total=Decimal("10.50")),
            context={"carrier": "dpd_local", "service": "next_day"},
            **fields,
        )
        for _ in range(count)
    ]


def test_one_cause_is_one_row_with_its_money_and_next_deadline() -> None:
    now = clock.now()
    cases = alike(3)
    later = factories.make_case(
        cases[0].order, context={"carrier": "ups", "service": ""}
    )
    cases[1].refresh_from_db()

    (group,) = {case.group_id for case in cases}
    assert group is not None
    row = CaseGroup.objects.get(pk=group)

    assert numbers(row) == (3, 0, 3)
    assert row.money == {"GBP": "31.50"}
    assert row.work_by == min(case.deadline for case in cases if case.deadline)
    assert row.oldest == min(case.opened_at for case in cases)
    assert row.opened_by_hour == {hour_of(now - timedelta(minutes=40)): 3}
    assert later.group_id != group


def test_acts_move_a_case_between_the_numbers(users: dict[str, User]) -> None:
    first, second = alike(2)
    group = CaseGroup.objects.get()

    first = triage.assign(first, users["ops"], users["ops"], first.version)
    assert (numbers(group), group.owners) == ((2, 0, 1), {str(users["ops"].pk): 1})

    triage.hand_over(first, "cs", users["ops"], first.version)
    assert numbers(group) == (1, 0, 1)
    theirs = CaseGroup.objects.get(team="cs")
    assert (theirs.cause, numbers(theirs)) == (group.cause, (1, 0, 1))

    assert wrong() == []
    assert second.group_id == group.pk


def test_a_cause_that_comes_back_after_it_was_resolved_has_returned() -> None:
    open_store_case("account:remote-1", "store_silent", "pull", "Silent for long")
    group = CaseGroup.objects.get()
    assert group.returned_at is None

    close_store_case("account:remote-1", "store_silent")
    group.refresh_from_db()
    assert (numbers(group), group.emptied_at is not None) == ((0, 0, 0), True)

    open_store_case("account:remote-1", "store_silent", "pull", "Silent again")
    group.refresh_from_db()
    assert (numbers(group), group.emptied_at) == ((1, 0, 1), None)
    assert group.returned_at is not None


def test_a_page_of_orders_costs_the_same_beside_many_cases() -> None:
    def costs() -> int:
        (case,) = alike(1)
        with CaptureQueriesContext(connection) as queries:
            moves = Moves()
            moves.before([case])
            case.amount = Decimal(3)
            moves.after([case])
            case.save()
            moves.save()
        return len(queries)

    few = costs()
    alike(20)
    assert costs() == few <= 6


def test_what_was_written_around_it_is_mended_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second, third = alike(3)
    assert case_recount.mend() == 0
    group = CaseGroup.objects.get()
    CaseGroup.objects.filter(pk=group.pk).update(awake=7, money={"GBP": "1.00"})
    OrderException.objects.filter(pk=second.pk).update(state=CaseState.RESOLVED)
    OrderException.objects.filter(pk=third.pk).update(group=None)

    with caplog.at_level("WARNING", "orders.case_recount"):
        assert case_recount.mend() > 0

    assert "queue mended cases=2 groups=1" in caplog.text
    assert (numbers(group), wrong()) == ((2, 0, 2), [])
    assert group.money == {"GBP": "21.00"}
    assert case_recount.mend() == 0
    assert first.group_id == group.pk


def keyed(groups: Any) -> list[Any]:
    for group in groups:
        group.key = (group.team, group.store_key, group.kind, group.cause)
    return list(groups)


# --- any history ---

KINDS = ("carrier_unmapped", "push_refused", "cancel_requested")
CAUSES = st.sets(st.tuples(st.sampled_from(KINDS), st.sampled_from("ab")), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("decide"), st.integers(0, 2), CAUSES, st.integers(0, 3)),
        st.tuples(
            st.sampled_from(
                ["take", "put_back", "hand_over", "resolve", "reopen", "sleep", "wake"]
            ),
            st.integers(0, 9),
        ),
        st.tuples(st.sampled_from(["silent", "heard"]), st.integers(0, 1)),
    ),
    min_size=3,
    max_size=14,
)


class HistoryTest(TestCase):
    """Random histories leave every row equal to a count of its cases."""

    lead: User
    orders: list[Order]

    @classmethod
    def setUpTestData(cls) -> None:
        apply_roles()
        store = factories.make_store()
        cls.lead = factories.make_user("lead", group="lead")
        cls.orders = [
            factories.make_order(store=store, buyer=False, currency=currency)
            for currency in ("GBP", "EUR", "GBP")
        ]

    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def test_rows_equal_their_cases(self, steps: list[Any]) -> None:
        for name, *arguments in steps:
            if name == "decide":
                self._decide(*arguments)
            elif name in ("silent", "heard"):
                self._store(name, *arguments)
            else:
                self._act(name, *arguments)
            assert wrong() == [], (name, arguments)
        assert case_recount.mend() == 0

    def _decide(self, number: int, causes: set[tuple[str, str]], hours: int) -> None:
        order = Order.objects.get(pk=self.orders[number].pk)
        now = clock.now() - timedelta(hours=hours)
        drafts = tuple(
            CaseDraft(
                kind=kind,
                cause=cause,
                summary=f"{kind} {cause} of {order.number}",
                deadline=now + timedelta(hours=5) if hours else None,
            )
            for kind, cause in sorted(causes)
        )
        (item,) = load(locked([order.pk]))
        timeline = Timeline(now)
        verdict = Verdict(stage="waiting", why="", cases=drafts)
        sync_cases([item], {order.pk: verdict}, now, timeline).save()

    def _store(self, name: str, number: int) -> None:
        scope = f"account:remote-{number}"
        if name == "silent":
            open_store_case(scope, "store_silent", "pull", "No answer")
        else:
            close_store_case(scope, "store_silent")

    def _act(self, name: str, number: int) -> None:
        state = CaseState.RESOLVED if name == "reopen" else CaseState.OPEN
        cases = list(OrderException.objects.filter(state=state).order_by("pk"))
        if not cases:
            return
        case = cases[number % len(cases)]
        by: Any = self.lead
        if name in ("take", "put_back"):
            triage.assign(case, by if name == "take" else None, by, case.version)
        elif name == "hand_over":
            team = "cs" if case.team != "cs" else "lead"
            triage.hand_over(case, team, by, case.version)
        elif name == "resolve":
            self._quietly(triage.resolve, case, "dismiss", by, "Seen", case.version)
        elif name == "sleep" and not case.snooze:
            rule = Snooze.TIME if number % 2 else Snooze.DOUBLED
            until = clock.now() + timedelta(hours=1)
            self._quietly(snoozing.snooze, case, rule, by, case.version, "Wait", until)
        elif name == "wake":
            snoozing.wake_due()
            self._quietly(snoozing.wake, case, by, case.version)
        elif name == "reopen" and triage.reopens(case):
            self._quietly(triage.reopen, case, by, case.version)

    def _quietly(self, act: Any, *arguments: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(triage, "reconsider", lambda ids: None)
            try:
                act(*arguments)
            except triage.TriageError:
                return
