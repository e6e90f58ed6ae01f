"""A process that outlives its lease: another took over, so it must not send any more."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import SyncAttempt, SyncJob
from orders.sync.operations import confirm, push
from shipsync_site.lib import clock
from tests.orders.loop.world import World


def take_over_before(
    monkeypatch: pytest.MonkeyPatch, module: Any, client_of: str
) -> None:
    """Once it is decided what to send, another process leases the same jobs."""
    real = getattr(module, client_of)

    def late(*args: Any, **kwargs: Any) -> Any:
        SyncJob.objects.exclude(lease_id="").update(lease_id="another process")
        return real(*args, **kwargs)

    monkeypatch.setattr(module, client_of, late)


def test_nothing_is_confirmed_under_a_lost_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (remote_id,) = world.live(1)
    world.sandbox.ship(carrier="dpd")
    world.later(90, "dispatches")
    take_over_before(monkeypatch, confirm, "connector_for")

    world.step("confirm")

    assert world.confirms(remote_id) == []
    assert not SyncAttempt.objects.filter(operation="confirm").exists()
    job = SyncJob.objects.get(peer="marketplace")
    assert (job.lease_id, job.failures) == ("another process", 0)


def test_nothing_is_pushed_under_a_lost_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = world.place(2)
    world.step("pull", "mirror")
    take_over_before(monkeypatch, push, "shipstation_for")

    world.step("push")

    assert [world.records(remote_id) for remote_id in ids] == [[], []]
    assert not SyncAttempt.objects.filter(operation="push").exists()


def test_a_call_prolongs_the_lease_of_its_jobs(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    world.place()
    world.step("pull", "mirror")
    settings.SHIPSYNC_LEASE = 1000.0
    seen: list[float] = []
    real = push.apply_rows

    def look(*args: Any, **kwargs: Any) -> Any:
        until = SyncJob.objects.get(peer="shipstation").lease_until
        assert until is not None
        seen.append((until - clock.real_now()).total_seconds())
        return real(*args, **kwargs)

    monkeypatch.setattr(push, "apply_rows", look)
    monkeypatch.setattr(
        push, "shipstation_for", _with_short_lease(push.shipstation_for)
    )

    world.step("push")

    assert seen
    assert seen[0] > 900


def _with_short_lease(real: Any) -> Any:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        SyncJob.objects.exclude(lease_id="").update(lease_until=clock.real_now())
        return real(*args, **kwargs)

    return wrapped
