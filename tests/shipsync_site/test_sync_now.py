"""'Sync now' wakes the lanes; its page follows them and ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from shipsync_site import sync_now
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Heartbeat, Lane, Store
from stores.setup import lanes_of
from tests.orders.factories import make_job, make_order, make_store


@pytest.fixture
def store(db: None) -> Store:
    """A live store with lanes that rest, and a cluster that lives."""
    made = make_store(slug="amazon-uk")
    lanes.ensure_lanes()
    now = clock.real_now()
    Lane.objects.update(due_at=now + timedelta(hours=1))
    Heartbeat.objects.create(cluster="a:1", started_at=now, beat_at=now)
    return made


def finish(**changes: object) -> None:
    """As if a pump had run all lanes just now."""
    now = clock.real_now()
    Lane.objects.update(
        last_run_at=now,
        last_ok_at=now,
        lease_id="",
        lease_until=None,
        due_at=now + timedelta(minutes=3),
        **changes,
    )


@pytest.mark.django_db(transaction=True)
def test_starting_wakes_every_lane_and_one_pump(
    client: Client, users: dict[str, User], store: Store
) -> None:
    client.force_login(users["ops"])
    answer = client.post(reverse("sync_now", args=[store.slug]))
    assert answer["Location"].startswith("/stores/amazon-uk/sync/progress/?since=")
    now = clock.real_now()
    for key, direction in lanes_of(store):
        lane = Lane.objects.get(account=key, direction=direction)
        assert lane.due_at is not None
        assert lane.due_at <= now
    assert OrmQ.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "queued" in page
    assert 'hx-trigger="every 1s"' in page


def test_it_goes_from_queued_over_running_to_done(store: Store) -> None:
    since = clock.real_now()
    Lane.objects.update(due_at=since)
    begun = sync_now.look(store, since)
    assert {step.word for step in begun.steps} == {"queued"}
    assert (begun.percent, begun.ended) == (0, False)
    Lane.objects.filter(direction="pull").update(
        lease_id="a", lease_until=since + timedelta(minutes=1)
    )
    running = sync_now.look(store, since)
    assert running.steps[0].word == "running"
    assert 0 < running.percent < 100
    finish()
    done = sync_now.look(store, since)
    assert (done.percent, done.ended) == (100, True)
    assert done.sentence == "Everything that was due has been done."


def test_orders_that_wait_keep_it_going(store: Store) -> None:
    since = clock.real_now()
    job = make_job(make_order(store=store, buyer=False), dirty=True)
    finish()
    waiting = sync_now.look(store, since)
    push = next(step for step in waiting.steps if step.label == "Write to ShipStation")
    assert not waiting.ended
    assert "1 to go" in push.detail
    job.dirty = False
    job.save()
    assert sync_now.look(store, since).ended


def test_a_failure_ends_it_and_is_quoted(store: Store) -> None:
    since = clock.real_now()
    finish()
    Lane.objects.filter(direction="pull").update(
        failures=1, last_error="Amazon answered 503."
    )
    ended = sync_now.look(store, since)
    assert ended.ended
    assert "Amazon answered 503." in ended.sentence


def test_a_paused_account_ends_it(store: Store) -> None:
    account = store.shipstation_account
    account.state, account.pause_reason = "paused", "New key is coming"
    account.save()
    store.refresh_from_db()
    since = clock.real_now()
    finish()
    ended = sync_now.look(Store.objects.get(), since)
    assert ended.ended
    assert "New key is coming" in ended.sentence


def test_without_a_cluster_it_says_so(store: Store) -> None:
    Heartbeat.objects.all().delete()
    since = clock.real_now()
    Lane.objects.update(due_at=since)
    assert "No cluster shows a sign of life" in sync_now.look(store, since).sentence


def test_it_stops_watching_after_a_while(store: Store) -> None:
    now = clock.real_now()
    Lane.objects.update(due_at=now)
    stopped = sync_now.look(store, now - timedelta(minutes=16))
    assert stopped.ended
    assert "no longer watches" in stopped.sentence


@pytest.mark.parametrize("since", ["", "nan", "inf", "1e400", "-1e18", "soon", "9e15"])
def test_no_start_is_no_crash(
    client: Client, users: dict[str, User], store: Store, since: str
) -> None:
    client.force_login(users["ops"])
    url = reverse("sync_progress", args=[store.slug])
    assert client.get(url, {"since": since}).status_code == 200


def test_htmx_gets_the_moving_part_only(
    client: Client, users: dict[str, User], store: Store
) -> None:
    client.force_login(users["ops"])
    url = reverse("sync_progress", args=[store.slug])
    finish()
    now = str(clock.real_now().timestamp() - 1)
    answer = client.get(url, {"since": now}, headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert b"hx-trigger" not in answer.content
