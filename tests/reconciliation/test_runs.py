"""Runs from start to end: counted, compared, in buckets, found, resumed, cancelled."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from orders.exception_kinds import KINDS
from orders.models import CaseState, Order, OrderException
from reconciliation.management.commands import reconcile
from reconciliation.models import CensusRow, Finding, FindingState, Hit, Run, RunState
from reconciliation.periods import bounds
from reconciliation.rules import RULES, SKIPS, order_rules
from reconciliation.runs import buckets, census, compare, lifecycle, phases, schedule
from reconciliation.runs.progress import progress_of
from shipsync_site.lib import clock
from stores import lanes
from stores.errors import RejectedError, ThrottledError, TransientError
from stores.models import Direction, Lane, Store
from stores.remote_money import CensusEntry
from tests.orders.factories import make_order, make_store, make_user
from tests.reconciliation.census import FakeCensus

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
Count = Callable[..., FakeCensus]


@pytest.fixture(autouse=True)
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried here needs no more than one rule that finds something."""
    few = [RULES.get("missing_here"), RULES.get("cancelled_open")]
    for module in (phases, buckets):
        monkeypatch.setattr(module, "order_rules", lambda: few)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    kept = clock.current()
    set_clock(NOW)
    yield
    clock.configure(kept)


def set_clock(moment: datetime) -> None:
    clock.configure(clock.fast(1.0, start=moment.timestamp()))


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    def use(*entries: CensusEntry, **how: Any) -> FakeCensus:
        fake = FakeCensus(entries, **how)
        monkeypatch.setattr(census, "connector_of", lambda part: fake)
        return fake

    return use


@pytest.fixture
def store() -> Store:
    made = make_store()
    Store.objects.update(created_at=NOW - timedelta(days=400))
    made.refresh_from_db()
    return made


def entry(order: Order | None = None, remote_id: str = "lost") -> CensusEntry:
    return CensusEntry(
        remote_id=order.remote_id if order else remote_id,
        ordered_at=order.ordered_at if order else NOW - timedelta(hours=30),
    )


def begin(stores: Sequence[Store], days: int = 2) -> Run:
    today = clock.now().date()
    return lifecycle.start(stores, today - timedelta(days=days), today, make_user())


def finish(run: Run) -> Run:
    """Take its steps until it ends or waits."""
    for _step in range(200):
        if not lifecycle.work_on(run):
            break
    run.refresh_from_db()
    return run


def test_counted_compared_in_buckets_and_found(store: Store, count: Count) -> None:
    order = make_order(store=store)
    late = make_order(store=store, ordered_at=NOW - timedelta(days=9))
    fba = make_order(store=store, not_ours="fulfilled_by_marketplace")
    young = CensusEntry(remote_id="young", ordered_at=NOW - timedelta(minutes=5))
    theirs = replace(entry(remote_id="theirs"), not_ours="fulfilled_by_marketplace")
    count(entry(order), entry(late), entry(fba), entry(), young, theirs, page=2)

    run = finish(begin([store]))

    assert run.state == RunState.DONE, run.error
    part = run.stores.get()
    assert part.buckets == {
        "agrees": 1,
        "missing_here": 1,
        "skip:fulfilled_by_marketplace": 2,
        "skip:just_placed": 1,
        "skip:other_day": 1,
    }
    assert (part.counted, part.adds_up, part.ours) == (6, True, 2)
    found = Finding.objects.get()
    assert (found.rule, found.remote_id, found.days) == ("missing_here", "lost", 1)
    assert found.case is not None
    assert found.case.kind == "reconciled_missing_here"
    assert progress_of(run, clock.now(), clock.real_now()).percent == 100


def test_seen_day_after_day_then_gone_then_seen_anew(
    store: Store, count: Count
) -> None:
    fake = count(entry())
    for day in range(3):
        set_clock(NOW + timedelta(days=day))
        finish(begin([store], days=5))
        finish(begin([store], days=6))  # a second look on one day adds nothing
    found = Finding.objects.get()
    assert (found.days, found.state) == (3, FindingState.OPEN)
    assert OrderException.objects.get().context["days"] == 3

    fake.entries = []
    finish(begin([store], days=4))
    found.refresh_from_db()
    assert found.state == FindingState.GONE
    assert OrderException.objects.get().state == CaseState.RESOLVED

    fake.entries = [entry()]
    set_clock(NOW + timedelta(days=3))
    finish(begin([store], days=5))
    found.refresh_from_db()
    assert (found.days, found.state) == (1, FindingState.OPEN)
    assert OrderException.objects.get().state == CaseState.OPEN


def test_a_look_ends_only_what_it_could_see(store: Store, count: Count) -> None:
    count(entry())
    finish(begin([store], days=5))
    fake = count()
    # Another period, and a marketplace that could not be asked, say nothing of it.
    today = NOW.date()
    finish(
        lifecycle.start([store], today - timedelta(days=5), today - timedelta(days=4))
    )
    fake.errors = [RejectedError("No such report", status=400)]
    run = finish(begin([store], days=3))

    assert run.state == RunState.DONE
    part = run.stores.get()
    assert (part.counted, part.adds_up, part.count_problem) == (
        None,
        None,
        "No such report",
    )
    assert Finding.objects.get().state == FindingState.OPEN


def test_a_sum_that_differs_is_shown(store: Store, count: Count) -> None:
    order = make_order(store=store)
    count(entry(order), total=2)
    part = finish(begin([store])).stores.get()
    assert (part.counted, sum(part.buckets.values()), part.adds_up) == (2, 1, False)


def test_what_cannot_be_counted_says_why(
    store: Store, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = count()
    fake.capabilities = frozenset()
    order = make_order(store=store)
    part = finish(begin([store])).stores.get()
    assert "offers no source" in part.count_problem
    # What we have is compared all the same.
    assert part.buckets == {"agrees": 1}
    assert order.pk

    monkeypatch.setattr(lifecycle, "delay", lambda failures: timedelta(0))
    fake = count(errors=[TransientError("Timed out")] * lifecycle.GIVE_UP_AFTER)
    run = begin([store], days=1)
    for _try in range(lifecycle.GIVE_UP_AFTER + 1):
        Run.objects.filter(pk=run.pk).update(lease_until=None)
        finish(run)
    assert run.stores.get().count_problem == "Timed out"
    assert run.state == RunState.DONE


def test_a_quota_that_is_used_up_is_waited_for(store: Store, count: Count) -> None:
    count(entry(), errors=[ThrottledError("Slow down", retry_after=600)])
    run = finish(begin([store]))
    assert (run.state, run.phase) == (RunState.RUNNING, "census")
    told = progress_of(run, clock.now(), clock.real_now())
    assert told.waits == "about 10 minutes"
    Run.objects.update(lease_until=None)
    assert finish(run).state == RunState.DONE


def test_at_one_call_a_minute_count_and_orders_take_turns(
    store: Store, count: Count
) -> None:
    """Else the orders, which ask whenever the quota is free, leave the count nothing."""
    lanes.ensure_lanes()
    key = store.remote_account.key
    pull = Lane.objects.filter(account=key, direction=Direction.PULL)
    others = Lane.objects.exclude(account=key)
    soon = clock.real_now() + timedelta(seconds=10)
    Lane.objects.update(due_at=soon)
    busy = [ThrottledError("one a minute", retry_after=50) for _ in range(2)]
    count(entry(), errors=busy)

    run = finish(begin([store]))
    assert pull.get().due_at == soon

    Run.objects.update(lease_until=None)
    run = finish(run)
    due = pull.get().due_at
    assert due is not None
    assert 60 < (due - clock.real_now()).total_seconds() <= 70
    assert run.lease_until is not None
    assert run.lease_until < due
    assert set(others.values_list("due_at", flat=True)) == {soon}

    Run.objects.update(lease_until=None)
    assert finish(run).state == RunState.DONE


def test_killed_in_the_middle_it_goes_on_and_nothing_counts_twice(
    store: Store, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    count(entry(), entry(None, "lost too"), page=1)
    run = begin([store])
    whole = compare.write

    def killed(*args: Any) -> None:
        whole(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(compare, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        finish(run)
    monkeypatch.setattr(compare, "write", whole)

    run.refresh_from_db()
    assert (run.phase, Hit.objects.count()) == ("compare", 2)
    assert not lifecycle.run_one(), "its lease is still held"
    Run.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
    assert finish(run).state == RunState.DONE
    assert run.stores.get().buckets == {"agrees": 0, "missing_here": 2}
    assert Finding.objects.count() == 2


def test_cancelled_while_it_writes_it_leaves_nothing(
    store: Store, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    count(entry())
    run = begin([store])
    whole = compare.write

    def cancelled_meanwhile(*args: Any) -> None:
        lifecycle.cancel(run)
        whole(*args)

    monkeypatch.setattr(compare, "write", cancelled_meanwhile)
    finish(run)
    assert run.state == RunState.CANCELLED
    assert not Hit.objects.exists()
    assert not CensusRow.objects.exists()
    assert not lifecycle.cancel(run)


def test_a_fault_of_ours_is_said_and_it_can_go_on(
    store: Store, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    count(entry())
    with monkeypatch.context() as patch:
        patch.setattr(compare, "write", lambda *args: 1 / 0)
        run = finish(begin([store]))
    assert (run.state, run.error) == (RunState.FAILED, "internal error, see the log")
    assert lifecycle.go_on(run)
    assert finish(run).state == RunState.DONE
    assert not lifecycle.go_on(run)


def test_what_can_not_be_started(store: Store) -> None:
    day = NOW.date()
    for stores, first, last, field in (
        ([], day, day, "stores"),
        ([store], day, day - timedelta(days=1), "last_day"),
        ([store], day - timedelta(days=400), day, "last_day"),
        ([store], day + timedelta(days=2), day + timedelta(days=2), "first_day"),
    ):
        with pytest.raises(lifecycle.RunError) as refused:
            lifecycle.start(stores, first, last)
        assert refused.value.field == field
    lifecycle.start([store], day, day)
    with pytest.raises(lifecycle.RunError, match="under way"):
        lifecycle.start([store], day, day)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("America/Los_Angeles", date(2026, 11, 1), 25),
        ("Asia/Tokyo", date(2026, 10, 25), 24),
    ],
)
def test_a_day_is_as_long_as_it_is_there(zone: str, day: date, hours: int) -> None:
    since, until = bounds(zone, day, day)
    assert until - since == timedelta(hours=hours)
    assert since.astimezone(ZoneInfo(zone)).hour == 0


def test_each_store_has_days_of_its_own_zone(store: Store, count: Count) -> None:
    set_clock(datetime(2026, 10, 26, 12, 0, tzinfo=UTC))
    count()
    Store.objects.filter(pk=store.pk).update(timezone="America/New_York")
    store.refresh_from_db()
    at = [
        datetime(2026, 10, 25, 3, 59, tzinfo=UTC),  # still the 24th there
        datetime(2026, 10, 25, 4, 0, tzinfo=UTC),
        datetime(2026, 10, 26, 3, 59, tzinfo=UTC),
    ]
    for moment in at:
        make_order(store=store, ordered_at=moment)
    day = date(2026, 10, 25)
    part = finish(lifecycle.start([store], day, day)).stores.get()
    assert (part.zone, part.ours) == ("America/New_York", 2)


def test_the_clock_wants_yesterday_the_fortnight_and_the_month(
    store: Store,
) -> None:
    assert schedule.planned(datetime(2026, 12, 1, 3, 59, tzinfo=UTC)) == []
    plans = schedule.planned(datetime(2026, 12, 3, 4, 0, tzinfo=UTC))
    assert [(p.schedule, p.first_day, p.last_day) for p in plans] == [
        ("daily", date(2026, 12, 2), date(2026, 12, 2)),
        ("fortnight", date(2026, 11, 18), date(2026, 12, 1)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
    ]
    make_store(state="draft")
    assert len(schedule.start_due()) == 3
    assert schedule.start_due() == []
    assert set(Run.objects.values_list("stores__store", flat=True)) == {store.pk}


def test_the_command_prints_the_buckets(store: Store, count: Count) -> None:
    order = make_order(store=store, ordered_at=NOW - timedelta(days=1))
    count(entry(order), entry(None))
    out = io.StringIO()
    call_command("reconcile", store=store.slug, month="2026-11", stdout=out)
    told = out.getvalue()
    assert "counted by the marketplace: 2 by its order report" in told
    assert "1  Agrees (agrees)" in told
    assert "1  Not imported (missing_here)" in told
    assert "findings open: 1" in told

    count(total=7)
    with pytest.raises(CommandError, match="the marketplace counts 7"):
        call_command("reconcile", store=store.slug, day="2026-11-17", stdout=out)
    for wrong in (
        {"store": "nobody", "day": "2026-11-17"},
        {"store": store.slug, "day": "17.11."},
        {"store": store.slug},
    ):
        with pytest.raises(CommandError):
            call_command("reconcile", stdout=out, **wrong)
    assert reconcile.PAUSE


def test_old_runs_let_go_of_what_they_collected(store: Store, count: Count) -> None:
    count(entry())
    run = finish(begin([store]))
    set_clock(NOW + timedelta(days=20))
    schedule.prune(clock.now())
    assert (CensusRow.objects.count(), Hit.objects.count()) == (0, 1)
    set_clock(NOW + timedelta(days=120))
    schedule.prune(clock.now())
    assert not Hit.objects.exists()
    run.refresh_from_db()
    assert run.stores.get().buckets


def test_every_rule_has_words_and_a_kind_of_case() -> None:
    ranks = [rule.rank for rule in order_rules()]
    assert len(order_rules()) == 18
    assert len(set(ranks)) == len(ranks)
    for rule in order_rules():
        kind = KINDS.get(rule.kind)
        assert (kind.team, kind.severity) == (rule.team, rule.severity), rule.code
        assert kind.owner_system == rule.owner_system, rule.code
        assert [code for code in rule.joins if code not in KINDS] == [], rule.code
        for text in (rule.sentence, rule.explanation):
            assert text.endswith("."), rule.code
    codes = [skip.code for skip in SKIPS]
    assert len(set(codes)) == len(codes)
