"""Accounts that stop working, stores at rest, windows and their cursors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.ingest import ingest
from orders.models import Order, SyncJob
from orders.sync.operations import pull
from shipsync_site.lib import clock
from stores.connect import pause, resume
from stores.models import AccountState, Cursor, Store
from stores.sandbox.driver import SandboxServer
from tests.orders.loop.conftest import MakeWorld
from tests.orders.loop.world import World


def test_a_revoked_seller_pauses_the_account_and_work_waits_for_it(
    world: World,
) -> None:
    (remote_id,) = world.live()
    world.sandbox.ship()
    world.sandbox.faults("amazon", "revoked")
    world.later(4000)
    world.later()
    world.amazon.refresh_from_db()
    assert world.amazon.state == AccountState.PAUSED
    assert world.cases() == {"store_unauthorised"}
    assert world.confirms(remote_id) == []
    last = world.last_call()
    world.later(200)
    assert world.calls("token", "searchOrders", "confirmShipment", after=last) == 0

    world.sandbox.config(
        amazon={
            "sellers": [
                {
                    "id": "A2DEMOSELLER",
                    "region": "eu",
                    "marketplaces": ["UK", "DE", "FR"],
                    "refresh_token": "Atzr|new",
                    "client_id": "amzn1.application-oa2-client.demo",
                }
            ]
        }
    )
    world.amazon.secrets = {**world.amazon.secrets, "refresh_token": "Atzr|new"}
    world.amazon.secrets_set_at = clock.real_now()
    world.amazon.save()
    resume(world.amazon)
    world.later()
    assert len(world.confirms(remote_id)) == 1


@pytest.mark.parametrize("change", [{"revoked": True}, {"api_in_plan": False}])
def test_a_refused_shipstation_key_pauses_it_and_resuming_goes_on(
    world: World, change: dict[str, bool]
) -> None:
    world.live()
    account = {"key": "demo-key", "secret": "demo-secret"}
    world.sandbox.config(shipstation={"accounts": [{**account, **change}]})
    ids = world.place(3, seed=9)
    world.later()
    world.shipstation.refresh_from_db()
    assert world.shipstation.state == AccountState.PAUSED
    assert world.cases() == {"store_unauthorised"}
    waiting = SyncJob.objects.filter(account=world.shipstation.key, dirty=True)
    assert waiting.count() == 3
    assert not waiting.exclude(failures=0).exists()

    mended = {name: not value for name, value in change.items()}
    world.sandbox.config(shipstation={"accounts": [{**account, **mended}]})
    resume(world.shipstation)
    world.later()
    assert all(world.record(remote_id) for remote_id in ids)


def test_a_paused_store_moves_nothing_but_still_stops_what_is_cancelled(
    world: World,
) -> None:
    (there,) = world.live(marketplace="UK")
    (german,) = world.live(marketplace="DE", seed=4)
    pause(world.uk, "holiday")
    (new,) = world.place(marketplace="UK", seed=9)
    world.sandbox.cancel("amazon", there, "cancelled")
    world.sandbox.address("amazon", german, addressLine1="Neue Str. 9")
    world.later()
    world.later()
    assert world.records(new) == []
    assert "paused" in world.order(new).why
    assert world.record(there)["orderStatus"] in ("on_hold", "cancelled")
    assert world.body(german)["shipTo"]["street1"] == "Neue Str. 9"

    resume(world.uk)
    world.later()
    assert len(world.records(new)) == 1


def test_orders_of_a_marketplace_without_a_store_are_one_case(world: World) -> None:
    Store.objects.filter(pk=world.de.pk).delete()
    # Amazon is asked for the marketplaces of our stores: play a wider answer.
    world.sandbox.orders("amazon", 2, marketplace="DE", order_age=600)
    (british,) = world.place()
    account = world.amazon
    page = pull.connector_for(account)
    page.account = type(page.account)(
        **{
            **{f: getattr(page.account, f) for f in page.account.__dataclass_fields__},
            "marketplace_ids": (),
        }
    )
    found = page.fetch_page(
        pull.Stream.OPEN, pull.CursorState(watermark=None), now=clock.now()
    )
    result = ingest(account, found.orders, found.malformed)
    assert (result.created, result.stray) == (1, 2)
    assert Order.objects.get().remote_id == british
    assert world.cases() == {"unknown_store"}
    assert world.case("unknown_store").context["orders"] == 2


def test_the_cursor_stays_where_it_was_when_storing_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = world.place()
    world.step("pull")
    before = Cursor.objects.get(account=world.amazon.key, stream="open").watermark
    (second,) = world.place(seed=9)

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(pull, "ingest", fail)
        world.later(300, "pull")
    assert Cursor.objects.get(account=world.amazon.key, stream="open").watermark == (
        before
    )
    world.later(300, "pull")
    assert {o.remote_id for o in Order.objects.all()} == {first, second}


def test_a_page_token_older_than_a_day_starts_its_window_again(world: World) -> None:
    ids = world.place(150)
    page = pull.pull_unit(world.amazon, lambda due: None)
    assert page.counts["created"] == 100
    cursor = Cursor.objects.get(account=world.amazon.key, stream="open")
    assert cursor.page_token
    world.forward(timedelta(hours=25).total_seconds())
    world.step("pull")
    assert set(Order.objects.values_list("remote_id", flat=True)) == set(ids)


def test_an_older_answer_never_overwrites_a_newer_one(
    make_world: MakeWorld, sandbox: SandboxServer
) -> None:
    world = make_world()
    (remote_id,) = world.place()
    connector = pull.connector_for(world.amazon)
    old = connector.fetch_order(remote_id)
    assert old is not None
    world.sandbox.cancel("amazon", remote_id, "cancelled")
    new = connector.fetch_order(remote_id)
    assert new is not None
    ingest(world.amazon, [new])
    ingest(world.amazon, [old])
    assert world.order(remote_id).status == "cancelled"
