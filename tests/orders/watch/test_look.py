"""What is no longer heard of: late, down, back; one fact gives one case."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import Schedule

from orders.models import (
    CaseState,
    FlowHour,
    OrderException,
    Watch,
    WatchEvent,
    WatchState,
)
from orders.store_cases import open_store_case
from orders.watch import look, pings
from orders.watch.hours import HOUR, hour_of
from shipsync_site.lib import clock
from stores import lanes
from stores.models import AccountState, Heartbeat, Lane, Store, WebhookEndpoint
from tests.orders.factories import make_store

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store() -> Store:
    """A store whose lanes rest and have worked a minute ago."""
    found = make_store()
    lanes.ensure_lanes()
    now = clock.real_now()
    Lane.objects.update(
        due_at=now + 30 * MINUTE, last_run_at=now - MINUTE, last_ok_at=now - MINUTE
    )
    return found


def state(key: str) -> str:
    return Watch.objects.get(key=key).state


def pull_of(store: Store) -> str:
    return f"lane:{store.remote_account.key}:pull"


def cases() -> list[tuple[str, str]]:
    rows = OrderException.objects.filter(kind=look.KIND, state=CaseState.OPEN)
    return list(rows.values_list("scope", "cause").order_by("scope", "cause"))


def pass_minutes(last: int, start: datetime, first: int = 1) -> None:
    """Look every minute, as the schedule does; the store is read meanwhile."""
    for minute in range(first, last + 1):
        with time_machine.travel(start + minute * MINUTE, tick=False):
            beat()
            Store.objects.update(last_pull_at=clock.now())
            look.run()


def beat() -> None:
    Heartbeat.objects.update_or_create(
        cluster="a:1",
        defaults={"beat_at": clock.real_now()},
        create_defaults={"beat_at": clock.real_now(), "started_at": clock.real_now()},
    )


def test_a_lane_that_is_due_and_not_taken_becomes_late_then_down_then_up(
    store: Store,
) -> None:
    start = clock.real_now()
    beat()
    look.run()
    key = pull_of(store)
    assert state(key) == WatchState.UP
    lane = Lane.objects.filter(account=store.remote_account.key, direction="pull")
    lane.update(due_at=start)

    pass_minutes(6, start)
    assert (state(key), cases()) == (WatchState.LATE, [])
    pass_minutes(16, start, first=7)
    assert state(key) == WatchState.DOWN
    assert cases() == [(f"account:{store.remote_account.key}", key)]

    with time_machine.travel(start + 17 * MINUTE, tick=False):
        lane.update(due_at=None, last_ok_at=clock.real_now())
        look.run()
    assert (state(key), cases()) == (WatchState.UP, [])
    told = WatchEvent.objects.filter(watch__key=key).order_by("pk")
    assert [event.state for event in told] == ["late", "down", "up"]


def test_a_failing_lane_has_one_case_whoever_sees_it_first(store: Store) -> None:
    start, key = clock.real_now(), store.remote_account.key
    beat()
    look.run()
    Lane.objects.filter(account=key, direction="pull").update(
        failures=2, last_error="Amazon answered 503", last_ok_at=start - MINUTE
    )
    pass_minutes(16, start)
    assert cases() == [(f"account:{key}", pull_of(store))]
    (case,) = OrderException.objects.filter(kind=look.KIND)
    assert "Amazon answered 503" in case.summary

    # The lane says it itself now, and more exactly.
    open_store_case(f"account:{key}", "store_silent", "pull", "Read orders has failed")
    with time_machine.travel(start + 17 * MINUTE, tick=False):
        beat()
        look.run()
    assert (state(pull_of(store)), cases()) == (WatchState.DOWN, [])


def test_a_store_that_is_left_out_while_its_account_is_read(store: Store) -> None:
    beat()
    look.run()
    Watch.objects.filter(key="cluster").update(
        changed_at=clock.real_now() - timedelta(hours=2)
    )
    Store.objects.update(last_pull_at=clock.now() - 50 * MINUTE)

    look.run()
    assert cases() == [(f"store:{store.pk}", f"store:{store.pk}:pull")]

    # Where the lane that reads it is late itself, that is what is told.
    Lane.objects.filter(account=store.remote_account.key, direction="pull").update(
        due_at=clock.real_now() - 6 * MINUTE
    )
    look.run()
    assert cases() == []


def test_paused_and_draft_things_are_off(store: Store) -> None:
    account = store.remote_account
    account.state = AccountState.PAUSED
    account.save()
    Lane.objects.update(due_at=clock.real_now() - timedelta(hours=3))
    beat()

    look.run()

    assert state(pull_of(store)) == WatchState.OFF
    assert state(f"store:{store.pk}:pull") == WatchState.OFF


def test_nobody_is_blamed_for_what_was_missed_while_we_were_away(store: Store) -> None:
    start = clock.real_now()
    beat()
    look.run()
    with time_machine.travel(start + timedelta(hours=5, seconds=2), tick=False):
        beat()
        look.run()
        assert cases() == []
        assert state(f"store:{store.pk}:pull") == WatchState.UP
        told = list(
            WatchEvent.objects.filter(watch__key="cluster").values_list(
                "state", "detail"
            )
        )
        assert told == [("up", "back"), ("down", "nobody looked for 5 h")]
    with time_machine.travel(start + timedelta(hours=5, minutes=1), tick=False):
        beat()
        look.run()
        assert cases() == []


def test_a_schedule_that_stops_ending_well_is_down(store: Store) -> None:
    start = clock.real_now()
    Schedule.objects.create(
        name="tick", func="orders.tasks.tick", schedule_type="I", minutes=1
    )
    beat()
    look.run()
    assert state("schedule:tick") == WatchState.NEW
    pings.heard(task={"success": True, "group": "tick"})
    pings.heard(task={"success": True, "group": None})
    look.run()
    assert state("schedule:tick") == WatchState.UP
    with time_machine.travel(start + 10 * MINUTE, tick=False):
        pings.heard(task={"success": False, "group": "tick"})
    pass_minutes(17, start)
    assert state("schedule:tick") == WatchState.DOWN
    assert ("schedule:tick", "schedule:tick") in cases()


def test_one_that_never_ran_is_down_too(store: Store) -> None:
    start = clock.real_now()
    Schedule.objects.create(
        name="tick", func="orders.tasks.tick", schedule_type="I", minutes=1
    )
    beat()
    look.run()
    pass_minutes(18, start)
    assert state("schedule:tick") == WatchState.DOWN


def test_webhooks_are_down_when_much_happened_that_none_told_of(store: Store) -> None:
    now, key = clock.now(), store.shipstation_account.key
    WebhookEndpoint.objects.create(
        account=key,
        enabled=True,
        token="secret",
        token_hash="hash",
        token_made_at=now,
        last_received_at=now - 8 * HOUR,
    )
    beat()
    look.run()
    Watch.objects.filter(key="cluster").update(changed_at=clock.real_now() - 9 * HOUR)
    assert state(f"webhooks:{key}") == WatchState.UP
    for back in (6, 5):
        FlowHour.objects.create(
            store=store, hour=hour_of(now) - back * HOUR, pushed=4, labelled=2
        )

    look.run()
    assert state(f"webhooks:{key}") == WatchState.DOWN

    WebhookEndpoint.objects.update(last_received_at=now)
    look.run()
    assert state(f"webhooks:{key}") == WatchState.UP


def test_what_is_gone_is_no_longer_watched_and_a_quiet_look_writes_once(
    store: Store,
) -> None:
    beat()
    Watch.objects.create(
        key="lane:remote-0:pull",
        period=1,
        grace=1,
        changed_at=clock.real_now(),
        looked_at=clock.real_now(),
    )
    look.run()
    assert not Watch.objects.filter(key="lane:remote-0:pull").exists()

    with CaptureQueriesContext(connection) as asked:
        look.run()
    written = [q for q in asked.captured_queries if q["sql"].startswith("UPDATE")]
    assert len(written) == 1
