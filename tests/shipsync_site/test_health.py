from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import Client

from shipsync_site import health
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Heartbeat, Lane

pytestmark = pytest.mark.django_db


def make_lane(due_seconds: float) -> None:
    due = clock.real_now() + timedelta(seconds=due_seconds)
    Lane.objects.create(account="remote-1", direction="pull", due_at=due)


def test_healthz_is_open_and_healthy(client: Client) -> None:
    now = clock.real_now()
    Heartbeat.objects.create(cluster="host:1", started_at=now, beat_at=now)
    make_lane(60)

    answer = client.get("/healthz")

    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ok"
    assert body["clusters"] == 1
    assert body["oldest_due_lane_seconds"] == 0
    assert "host" not in answer.content.decode()


def test_healthz_is_red_when_work_is_late(client: Client) -> None:
    make_lane(-500)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["work"] == "late"
    assert 499 < answer.json()["oldest_due_lane_seconds"] < 510


def test_healthz_is_red_when_migrations_are_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "migrations_applied", lambda: False)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")


def test_healthz_is_red_when_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("connection refused at postgres://secret@host")

    monkeypatch.setattr(lanes, "next_due", away)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert "secret" not in answer.content.decode()


def test_metrics_are_for_this_machine_when_no_token_is_set(
    client: Client, settings: LazySettings
) -> None:
    settings.SHIPSYNC_METRICS_TOKEN = ""
    make_lane(-5)

    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 404
    text = client.get("/metrics").content.decode()
    assert 'shipsync_lane_late_seconds{account="remote-1",direction="pull"}' in text


def test_metrics_ask_for_the_token_when_one_is_set(
    client: Client, settings: LazySettings
) -> None:
    settings.SHIPSYNC_METRICS_TOKEN = "a-token"

    assert client.get("/metrics").status_code == 404
    wrong = client.get("/metrics", HTTP_AUTHORIZATION="Bearer b-token")
    right = client.get("/metrics", HTTP_AUTHORIZATION="Bearer a-token")
    assert (wrong.status_code, right.status_code) == (404, 200)
