"""Nudges on Redis: the limit, a queue that is lost, a server that is away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django_q.brokers import get_broker
from django_q.conf import Conf

from shipsync_site import health, supervisor
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Lane, RemoteAccount
from stores.sandbox.driver import free_port
from tests.redis_server import redis_url

__all__ = ["redis_url"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_redis(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> Iterator[None]:
    """django-q as SHIPSYNC_REDIS_URL sets it, with a queue of this process' own."""
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", redis_url)
    monkeypatch.setattr(Conf, "CLUSTER_NAME", f"shipsync-test-{os.getpid()}")
    get_broker().delete_queue()
    yield
    get_broker().delete_queue()


@pytest.fixture
def redis_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with a port at which nobody listens."""
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", f"redis://127.0.0.1:{free_port()}/0")


@pytest.fixture
def lane() -> Lane:
    """A lane that is due in an hour."""
    account = RemoteAccount.objects.create(
        name="A", marketplace="amazon", seller_id="S1", region="eu"
    )
    return Lane.objects.create(
        account=account.key,
        direction="pull",
        due_at=clock.real_now() + timedelta(hours=1),
    )


def test_no_more_pumps_are_queued_than_the_limit(on_redis: None) -> None:
    made = [lanes.enqueue_pump() for _ in range(lanes.QUEUED_PUMPS + 5)]

    assert made == [True] * lanes.QUEUED_PUMPS + [False] * 5
    assert get_broker().queue_size() == lanes.QUEUED_PUMPS


@pytest.mark.django_db(transaction=True)
def test_a_lost_queue_leaves_the_lane_due_and_is_asked_again(
    on_redis: None, lane: Lane
) -> None:
    assert lanes.nudge(lane.account, "pull")
    assert get_broker().queue_size() == 1
    get_broker().delete_queue()

    assert lanes.due_count() == 1
    supervisor.wake()

    assert get_broker().queue_size() == 1


@pytest.mark.django_db(transaction=True)
def test_a_pump_delivered_twice_finds_one_lease(on_redis: None, lane: Lane) -> None:
    lanes.nudge(lane.account, "pull")
    (delivery,) = get_broker().dequeue()
    get_broker().enqueue(delivery[1])
    get_broker().enqueue(delivery[1])

    leases = [lanes.lease_due(60) for _ in range(get_broker().queue_size())]

    assert [bool(lease) for lease in leases] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_away_costs_the_nudge_only(
    redis_away: None, lane: Lane
) -> None:
    lanes.nudge(lane.account, "pull")

    assert not lanes.enqueue_pump()
    assert lanes.due_count() == 1


def test_the_supervisor_outlives_a_redis_that_is_away(redis_away: None) -> None:
    watcher = supervisor.Supervisor(1)

    assert watcher._database(lambda: supervisor.async_task(supervisor.PULSE)) is False


def test_health_says_database(client: Client) -> None:
    assert client.get("/healthz").json()["broker"] == "database"


def test_health_says_redis(client: Client, on_redis: None) -> None:
    assert client.get("/healthz").json()["broker"] == "redis"


def test_health_says_that_redis_is_away(redis_away: None) -> None:
    assert health.broker() == "redis, which does not answer"
