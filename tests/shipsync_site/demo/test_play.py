from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from shipsync_site.demo import world
from shipsync_site.demo.channels import CHANNELS, EVERY
from shipsync_site.demo.play import Pace, Play
from shipsync_site.lib import clock
from stores.errors import ThrottledError
from stores.models import (
    CarrierMapping,
    Lane,
    OperatingModel,
    RemoteAccount,
    ShipStationAccount,
    Store,
)
from stores.sandbox.driver import SandboxServer


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(clock_text=clock.Clock().encode()) as server:
        yield server


@pytest.mark.cluster
def test_buyers_order_in_waves_until_all_is_placed(sandbox: SandboxServer) -> None:
    sandbox.reset(1)
    now = 0.0
    pace = Pace(wave_every=10, first_wave=30, wave_size=10, most_orders=60)
    play = Play(sandbox, 10.0, pace=pace, now=lambda: now)

    for _ in range(40):
        play.step()
        now += 5.0

    orders = sandbox.orders_view("amazon")
    assert play.over
    assert 60 <= play.placed == len(orders) < 70
    assert {order["variant"] for order in orders} > {None, "malformed", "zero_lines"}
    marketplaces = [order["marketplace_id"] for order in orders]
    assert min(Counter(marketplaces).values()) > 20


@pytest.mark.cluster
def test_buyers_order_at_ebay_too_where_it_takes_part(sandbox: SandboxServer) -> None:
    sandbox.reset(1)
    now = 0.0
    pace = Pace(wave_every=10, first_wave=30, wave_size=30, most_orders=90)
    sandbox.config(ebay=dict(CHANNELS["ebay"].config))
    play = Play(sandbox, 10.0, pace=pace, codes=("amazon", "ebay"), now=lambda: now)

    for _ in range(40):
        play.step()
        now += 5.0

    ebay = sandbox.orders_view("ebay")
    assert play.placed == len(ebay) + len(sandbox.orders_view("amazon"))
    assert len(ebay) >= 30
    assert any(order["hub_reference"] for order in ebay)
    # Nothing is shipped here; the fifth oddity in turn pays all the same.
    play.payouts = 3
    play.pay()
    (paid,) = [row for row in sandbox.ledger("ebay") if row["operation"] == "payout"]
    assert (play.payouts, paid["amount"] > 0) == (5, True)


@pytest.mark.cluster
def test_the_warehouse_packs_what_has_been_open_long_enough(
    sandbox: SandboxServer,
) -> None:
    sandbox.reset(1)
    now = 100.0
    play = Play(sandbox, 1.0, pace=Pace(pack_after=5, most_orders=0), now=lambda: now)
    sandbox.manual("HAND-1")
    sandbox.manual("HAND-2", status="on_hold")

    play.step()
    early = play.shipped
    now += 6
    play.step()

    assert (early, play.shipped) == (0, 1)
    statuses = {
        row["orderNumber"]: row["orderStatus"]
        for row in sandbox.orders_view("shipstation")
    }
    assert statuses == {"HAND-1": "shipped", "HAND-2": "on_hold"}


@pytest.mark.cluster
def test_buyers_think_again_when_their_order_is_in_shipstation(
    sandbox: SandboxServer,
) -> None:
    sandbox.reset(1)
    play = Play(sandbox, 1.0, pace=Pace(open_cancels=1, most_orders=0), now=lambda: 1.0)
    numbers = sandbox.orders("amazon", 2)
    for number in numbers:
        sandbox.manual(number)

    play.step()

    asked = [row["cancel"] for row in sandbox.orders_view("amazon")]
    assert sorted(asked) == ["none", "requested"]


@pytest.mark.cluster
@pytest.mark.django_db
def test_the_demo_world_matches_the_sandbox_and_is_built_once(
    sandbox: SandboxServer,
) -> None:
    sandbox.reset(1)

    first = world.build(sandbox, rate=3.0)
    second = world.build(sandbox, rate=3.0)

    assert first == second
    assert {role for role, _ in first} >= {"ops", "cs", "finance", "lead", "admin"}
    assert Store.objects.count() == OperatingModel.objects.count() == 2
    assert Lane.objects.exclude(direction="listen").count() == 6
    api_stores = {
        store["storeId"]
        for account in sandbox.config()["shipstation"]["accounts"]
        for store in account["stores"]
        if store["marketplaceId"] == 0
    }
    assert set(Store.objects.values_list("shipstation_store_id", flat=True)) <= (
        api_stores
    )


@pytest.mark.cluster
@pytest.mark.django_db
def test_the_demo_world_takes_ebay_in(sandbox: SandboxServer, settings: Any) -> None:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    settings.SHIPSYNC_PUBLIC_URL = "http://127.0.0.1:8000"
    # Slow, from a minute's start: no call falls into the end of ShipStation's minute.
    slow = clock.Clock(time.time(), time.time() // 60 * 60 + 1, 0.01)
    clock.configure(slow)
    sandbox.set_clock(slow)
    sandbox.reset(1)

    try:
        for _ in range(2):
            world.build(sandbox, rate=3.0, codes=("amazon", "ebay"))
    finally:
        sandbox.set_clock(clock.Clock())

    assert Store.objects.count() == OperatingModel.objects.count() == 4
    account = RemoteAccount.objects.get(marketplace="ebay")
    assert account.check_outcome == "works", account.check_sentence
    (app,) = sandbox.config()["ebay"]["apps"]
    assert app["accept_url"] == "http://127.0.0.1:8000/accounts/consent/"
    assert CarrierMapping.objects.filter(marketplace="ebay").exists()


@pytest.mark.cluster
@pytest.mark.django_db
def test_the_demo_sells_everywhere_and_ships_from_two_accounts(
    sandbox: SandboxServer, settings: Any
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    slow = clock.Clock(time.time(), time.time() // 60 * 60 + 1, 0.01)
    clock.configure(slow)
    sandbox.set_clock(slow)
    sandbox.reset(1)

    try:
        world.build(sandbox, rate=3.0, codes=EVERY)
    finally:
        sandbox.set_clock(clock.Clock())

    accounts = [*RemoteAccount.objects.all(), *ShipStationAccount.objects.all()]
    assert [x.check_sentence for x in accounts if x.check_outcome != "works"] == []
    assert len({x.marketplace for x in RemoteAccount.objects.all()}) == 4
    assert ShipStationAccount.objects.count() == 2
    (direct,) = Store.objects.filter(mode="direct")
    assert direct.slug == "ebay-de"
    placed = Play(sandbox, 3.0, codes=EVERY, pace=Pace(first_wave=14))
    placed.step()
    for code in ("amazon", "ebay", "tiktok", "mirakl"):
        assert sandbox.orders_view(code), code


def test_the_demo_waits_for_the_next_window_to_subscribe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    answers: list[Exception | None] = [ThrottledError("used up", retry_after=7.0), None]

    def ensure(account: object, *, urgent: bool) -> None:
        if error := answers.pop(0):
            raise error

    monkeypatch.setattr(world.subscribing, "ensure", ensure)
    monkeypatch.setattr(clock, "sleep", slept.append)

    world._subscribe_at_shipstation(ShipStationAccount())

    assert slept == [7.0]
    assert not answers
