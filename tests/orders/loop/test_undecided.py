"""Killed after facts were stored and before they were decided: somebody still does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orders import ingest, triage
from orders.models import Order
from shipsync_site.lib import clock
from stores.models import Lane
from tests.orders.loop.test_crash import Killed, die
from tests.orders.loop.world import World


def killed_before_deciding(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "reconsider", die)
        with pytest.raises(Killed):
            world.step("pull")
    past = clock.real_now() - timedelta(seconds=1)
    Lane.objects.exclude(lease_until=None).update(lease_until=past)


def test_new_orders_are_pushed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = world.place(3)
    killed_before_deciding(world, monkeypatch)
    assert Order.objects.count() == 3

    world.later()
    world.later()

    assert all(world.record(remote_id) for remote_id in ids)


def test_a_late_request_is_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    killed_before_deciding(world, monkeypatch)
    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"

    world.later()
    world.later()

    assert world.record(remote_id)["orderStatus"] == "on_hold"
    assert world.cases(remote_id) == {"cancel_requested"}


def test_a_word_of_a_person_is_carried_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (remote_id,) = world.live()
    world.sandbox.cancel("amazon", remote_id, "request")
    world.later()
    world.later()
    with monkeypatch.context() as patch:
        patch.setattr(triage, "reconsider", die)
        with pytest.raises(Killed):
            world.decide("cancel_requested", remote_id, "ship_anyway")

    world.later()
    world.later()

    assert world.record(remote_id)["orderStatus"] == "awaiting_shipment"
