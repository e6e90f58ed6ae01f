"""Leases, releases and back-off of jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.facts import Priority
from orders.models import Order, SyncJob
from orders.sync import outbox
from orders.sync.backoff import (
    LEASES_WITHOUT_RESULT,
    LONGEST,
    NEAR_DEADLINE,
    PARK_AFTER,
    delay,
)
from shipsync_site.lib import clock
from tests.orders.factories import make_order

pytestmark = pytest.mark.django_db

ACCOUNT, PEER = "shipstation-1", "shipstation"


def job(order: Order | None = None, **fields: Any) -> SyncJob:
    defaults: dict[str, Any] = {
        "account": ACCOUNT,
        "peer": PEER,
        "operation": "push",
        "dirty": True,
        "priority": Priority.PUSH,
        "due_at": clock.now() - timedelta(seconds=1),
    }
    return SyncJob.objects.create(order=order or make_order(), **(defaults | fields))


def lease(limit: int = 100) -> outbox.Lease | None:
    return outbox.lease(ACCOUNT, PEER, limit=limit)


def test_where_stops_are_due_only_stops_are_leased() -> None:
    job()
    stop = job(priority=Priority.STOP)
    leased = lease()
    assert leased is not None
    assert [x.pk for x in leased.jobs] == [stop.pk]
    assert outbox.stops_due(ACCOUNT, PEER) is False


def test_a_stop_at_work_is_seen_until_it_is_given_back() -> None:
    job()
    assert not outbox.stops_leased(ACCOUNT, PEER)
    job(priority=Priority.STOP)
    assert not outbox.stops_leased(ACCOUNT, PEER)
    leased = lease()
    assert leased is not None
    assert outbox.stops_leased(ACCOUNT, PEER)
    assert not outbox.stops_leased("shipstation-2", PEER)

    outbox.release(leased)
    assert not outbox.stops_leased(ACCOUNT, PEER)


def test_a_job_is_leased_once_until_its_lease_ends() -> None:
    row = job()
    assert lease() is not None
    assert lease() is None
    SyncJob.objects.filter(pk=row.pk).update(
        lease_until=clock.real_now() - timedelta(seconds=1)
    )
    assert lease() is not None


def test_what_is_not_due_or_parked_or_clean_is_left() -> None:
    job(due_at=clock.now() + timedelta(minutes=1))
    job(parked="a person is asked")
    job(dirty=False)
    assert lease() is None


def test_a_release_of_a_lost_lease_changes_nothing() -> None:
    row = job()
    first = lease()
    assert first is not None
    SyncJob.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
    second = lease()
    assert second is not None
    outbox.release(first, failed={row.order_id: "too late"})
    row.refresh_from_db()
    assert (row.lease_id, row.failures) == (second.id, 0)


def test_throttled_is_neither_a_failure_nor_a_lease() -> None:
    row = job()
    leased = lease()
    assert leased is not None
    outbox.release(leased, counted=False)
    row.refresh_from_db()
    assert (row.dirty, row.failures, row.leases, row.lease_id) == (True, 0, 0, "")


def test_what_was_throttled_lets_the_other_class_go_and_is_not_asked_at_once() -> None:
    """Else an urgent job without quota keeps its lane due for all behind it."""
    push, answer = job(), job(priority=Priority.URGENT)
    beside = job(priority=Priority.URGENT)
    leased = lease(limit=2)
    assert leased is not None
    assert leased.order_ids == [answer.order_id, beside.order_id]
    behind = job(priority=Priority.URGENT)

    outbox.put_off(leased, ACCOUNT, PEER, 60.0)

    rest = lease()
    assert rest is not None
    assert rest.order_ids == [push.order_id]
    assert lease() is None
    waits = {}
    for row in (answer, beside, behind):
        row.refresh_from_db()
        assert (row.dirty, row.leases, row.lease_id) == (True, 0, "")
        waits[row.pk] = (row.due_at - clock.now()).total_seconds()
    assert 58 < waits[answer.pk] <= 60
    assert 0 < waits[beside.pk] <= outbox.OTHERS_WAIT
    assert 0 < waits[behind.pk] <= outbox.OTHERS_WAIT


def test_a_failure_waits_longer_each_time_and_is_parked_at_last() -> None:
    row = job()
    waits = []
    for _ in range(PARK_AFTER):
        SyncJob.objects.update(due_at=clock.now() - timedelta(seconds=1))
        leased = lease()
        assert leased is not None
        outbox.release(leased, failed={row.order_id: "no answer"})
        row.refresh_from_db()
        assert row.retry_at is not None
        waits.append(row.retry_at - clock.now())
    assert waits[0] < waits[3] < waits[6]
    assert row.parked == "no answer"
    assert lease() is None


def test_a_success_forgets_earlier_failures() -> None:
    row = job(failures=3, retry_at=clock.now(), last_error="no answer")
    leased = lease()
    assert leased is not None
    outbox.release(leased)
    row.refresh_from_db()
    assert (row.failures, row.retry_at, row.last_error) == (0, None, "")


def test_a_job_that_never_ends_is_parked() -> None:
    row = job(leases=LEASES_WITHOUT_RESULT)
    assert lease() is None
    row.refresh_from_db()
    assert row.parked


def test_a_parked_job_comes_before_healthy_ones_without_hiding_them() -> None:
    job(leases=LEASES_WITHOUT_RESULT, priority=Priority.STOP)
    job()
    lease()
    assert lease() is not None


def test_next_due_knows_dead_leases() -> None:
    assert outbox.next_due(ACCOUNT, PEER) is None
    row = job()
    due = outbox.next_due(ACCOUNT, PEER)
    assert due is not None
    assert due <= clock.real_now()
    lease()
    row.refresh_from_db()
    assert outbox.next_due(ACCOUNT, PEER) == row.lease_until


def test_back_off_doubles_and_knows_the_deadline() -> None:
    waits = [delay(failures, spread=0.5) for failures in range(1, 14)]
    assert waits[0] == timedelta(seconds=10)
    assert waits[1] == timedelta(seconds=20)
    assert max(waits) == LONGEST
    near = delay(12, to_deadline=timedelta(hours=1), spread=0.5)
    assert near == NEAR_DEADLINE
    assert delay(3, spread=0.0) < delay(3, spread=1.0)
