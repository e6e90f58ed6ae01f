"""A worker that dies at the worst moments: the next one picks up, nothing is doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orders.models import SyncAttempt, SyncJob
from orders.sync.operations import confirm, dispatches, mirror, push
from shipsync_site.lib import clock
from stores import http
from stores.models import Lane
from tests.orders.loop.proof import prove
from tests.orders.loop.world import World


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it and tidy up."""


def die(*args: Any, **kwargs: Any) -> Any:
    raise Killed


def kill(world: World, monkeypatch: pytest.MonkeyPatch, *directions: str) -> None:
    """Run into the trap, then let every lease of the dead run out."""
    with pytest.raises(Killed):
        world.step(*directions)
    monkeypatch.undo()
    past = clock.real_now() - timedelta(seconds=1)
    SyncJob.objects.exclude(lease_until=None).update(lease_until=past)
    Lane.objects.exclude(lease_until=None).update(lease_until=past)


def after_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "reconsider", die)
    monkeypatch.setattr(confirm, "reconsider", die)


def after_rows_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.Gateway, "_exchange", die)


def after_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = http.Gateway._exchange

    def answer_then_die(self: Any, call: Any, row: Any) -> Any:
        answer = real(self, call, row)
        if call.write and call.operation != "token":
            raise Killed
        return answer

    monkeypatch.setattr(http.Gateway, "_exchange", answer_then_die)
    # A process that is killed does not finish its row either.
    monkeypatch.setattr(http.Gateway, "_finish", lambda *args: None)


MOMENTS = [after_lease, after_rows_written, after_answer]


@pytest.mark.parametrize("trap", MOMENTS)
def test_killed_while_pushing(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    trap: Callable[[pytest.MonkeyPatch], None],
) -> None:
    ids = world.place(5)
    world.step("pull", "mirror")
    trap(monkeypatch)
    kill(world, monkeypatch, "push")
    created = len(world.ledger("shipstation", "create"))
    assert created == (5 if trap is after_answer else 0)

    for _ in range(3):
        world.later(200)
    world.sandbox.ship()
    world.later()
    prove(world, ids)
    assert len(world.ledger("shipstation", "create")) == 5
    assert not SyncAttempt.objects.filter(outcome="open", settled_at=None).exists()


@pytest.mark.parametrize("trap", MOMENTS)
def test_killed_while_stopping(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    trap: Callable[[pytest.MonkeyPatch], None],
) -> None:
    ids = world.live(3)
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "request")
    world.later(90, "pull")
    trap(monkeypatch)
    kill(world, monkeypatch, "push")
    for _ in range(3):
        world.later(200)

    statuses = {row["orderStatus"] for row in world.sandbox.orders_view("shipstation")}
    assert statuses == {"on_hold"}
    # The hold is known to be ours: a withdrawn request releases it.
    for remote_id in ids:
        world.sandbox.cancel("amazon", remote_id, "withdrawn")
    for _ in range(2):
        world.later(200)
    statuses = {row["orderStatus"] for row in world.sandbox.orders_view("shipstation")}
    assert statuses == {"awaiting_shipment"}


@pytest.mark.parametrize("trap", MOMENTS)
def test_killed_while_confirming(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    trap: Callable[[pytest.MonkeyPatch], None],
) -> None:
    ids = world.live(3)
    world.sandbox.ship(carrier="dpd")
    world.later(90, "dispatches")
    trap(monkeypatch)
    kill(world, monkeypatch, "confirm")
    for _ in range(4):
        world.later(400)

    prove(world, ids)
    for remote_id in ids:
        assert len(world.confirms(remote_id)) == 1
        assert world.order(remote_id).stage == "done"


def test_a_job_that_kills_its_worker_again_and_again_is_left_to_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (poison,) = world.place()
    world.step("pull", "mirror")
    for _ in range(5):
        with monkeypatch.context() as patch:
            patch.setattr(push, "reconsider", die)
            kill(world, patch, "push")
    healthy = world.place(2, seed=9)
    world.later()
    world.later()

    assert world.cases(poison) == {"sync_stuck"}
    assert world.records(poison) == []
    assert all(world.record(remote_id) for remote_id in healthy)
    world.decide("sync_stuck", poison, "retry")
    world.later()
    assert world.record(poison)["orderStatus"] == "awaiting_shipment"


@pytest.mark.parametrize(
    ("module", "direction", "stage"),
    [(dispatches, "dispatches", "dispatched"), (mirror, "mirror", "cancelled")],
)
def test_killed_between_what_was_read_and_its_decision(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    direction: str,
    stage: str,
) -> None:
    (remote_id,) = world.live()
    if stage == "dispatched":
        world.sandbox.ship()
    else:
        world.sandbox.post(
            "manual",
            {"action": "cancel", "order_id": world.record(remote_id)["orderId"]},
        )
    before = world.order(remote_id).stage
    world.forward(400)
    monkeypatch.setattr(module, "reconsider", die)
    kill(world, monkeypatch, direction)
    assert world.order(remote_id).stage == before

    # Nobody reads it again: it is due by itself.
    world.forward(61)

    order = world.order(remote_id)
    assert order.stage != before or world.cases(remote_id)
