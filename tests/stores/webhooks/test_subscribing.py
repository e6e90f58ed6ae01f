"""Our subscriptions at ShipStation are made, mended and ended; others' left alone."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from stores import connect, tasks
from stores.errors import RemoteError
from stores.models import RemoteCall, ShipStationAccount, WebhookEndpoint
from stores.shipstation import webhooks
from stores.webhooks import endpoints, subscribing
from tests.orders.factories import make_shipstation_account
from tests.sandbox_server import (
    SandboxServer,
    sandbox,
    sandbox_process,
    step_over_minute_end,
)

__all__ = ["sandbox", "sandbox_process"]

PUBLIC = "http://127.0.0.1:8000"
FOREIGN = {
    "target_url": "https://wms.example.com/hooks/shipstation-1/x",
    "event": "SHIP_NOTIFY",
    "friendly_name": "shipsync",
}


@pytest.fixture
def account(db: None, sandbox: SandboxServer, settings: Any) -> ShipStationAccount:
    """A sandbox key whose webhooks are switched on, nothing subscribed yet."""
    step_over_minute_end(sandbox)
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    settings.SHIPSYNC_PUBLIC_URL = PUBLIC
    account = make_shipstation_account(
        secrets={"api_key": "demo-key", "api_secret": "demo-secret"}
    )
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    return account


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def at_peer(sandbox: SandboxServer) -> list[dict[str, Any]]:
    """What ShipStation lists, as anybody with the key sees it."""
    answer = requests.get(
        f"{sandbox.url}/shipstation/webhooks",
        auth=("demo-key", "demo-secret"),
        timeout=10,
    )
    rows: list[dict[str, Any]] = answer.json()["webhooks"]
    return rows


def subscribe_by_hand(sandbox: SandboxServer, **body: Any) -> int:
    answer = requests.post(
        f"{sandbox.url}/shipstation/webhooks/subscribe",
        json=body,
        auth=("demo-key", "demo-secret"),
        timeout=10,
    )
    return int(answer.json()["id"])


def end_by_hand(sandbox: SandboxServer, number: int) -> None:
    requests.delete(
        f"{sandbox.url}/shipstation/webhooks/{number}",
        auth=("demo-key", "demo-secret"),
        timeout=10,
    )


def ensure(account: ShipStationAccount) -> int:
    """As a person at the console: not held up while the peer's window turns over."""
    changed = subscribing.ensure(account, urgent=True)
    assert changed is not None, "somebody else is at it"
    return changed


def scheduled() -> int:
    """What the schedule changed, once the peer's window has turned over."""
    changed = tasks.webhooks()
    while "quota" in endpoint().problem:
        time.sleep(0.3)
        changed += tasks.webhooks()
    return changed


def endpoint() -> WebhookEndpoint:
    return WebhookEndpoint.objects.get()


@pytest.mark.parametrize("shape", ["short", "long"])
def test_every_event_is_subscribed_once(
    account: ShipStationAccount, sandbox: SandboxServer, shape: str
) -> None:
    sandbox.config(shipstation={"webhook_answer": shape})

    assert ensure(account) == 4
    assert ensure(account) == 0

    rows = at_peer(sandbox)
    assert sorted(row["HookType"] for row in rows) == sorted(subscribing.EVENTS)
    assert {row["Url"] for row in rows} == {endpoints.address_of(endpoint())}
    assert sorted(row["id"] for row in endpoint().subscriptions) == sorted(
        row["WebHookID"] for row in rows
    )


def test_what_vanished_is_subscribed_again(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    ensure(account)
    lost = at_peer(sandbox)[0]
    end_by_hand(sandbox, lost["WebHookID"])

    assert ensure(account) == 1
    assert len(at_peer(sandbox)) == 4


def test_doubles_of_ours_are_ended(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    ensure(account)
    subscribe_by_hand(
        sandbox,
        target_url=endpoints.address_of(endpoint()),
        event="SHIP_NOTIFY",
        friendly_name="somebody typed it",
    )

    assert ensure(account) == 1
    assert len(at_peer(sandbox)) == 4


def test_foreign_ones_are_never_touched(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    foreign = subscribe_by_hand(sandbox, **FOREIGN)
    ensure(account)
    endpoints.new_address(endpoint())
    ensure(account)
    endpoints.switch(endpoint(), on=False)
    ensure(account)

    (row,) = at_peer(sandbox)
    assert row["WebHookID"] == foreign


def test_an_id_of_ours_that_somebody_else_has_now_is_left_alone(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    foreign = subscribe_by_hand(sandbox, **(FOREIGN | {"friendly_name": "their own"}))
    row = endpoint()
    row.subscriptions = [{"id": foreign, "event": "SHIP_NOTIFY"}]
    row.save()

    ensure(account)

    assert foreign in {each["WebHookID"] for each in at_peer(sandbox)}


def test_a_new_address_takes_the_place_of_the_old(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    ensure(account)
    endpoints.new_address(endpoint())

    assert ensure(account) == 8
    assert {row["Url"] for row in at_peer(sandbox)} == {
        endpoints.address_of(endpoint())
    }


def test_a_console_that_moved_takes_its_subscriptions_along(
    account: ShipStationAccount, sandbox: SandboxServer, settings: Any
) -> None:
    ensure(account)
    settings.SHIPSYNC_PUBLIC_URL = "https://ops.example.com"

    ensure(account)

    urls = {row["Url"] for row in at_peer(sandbox)}
    assert urls == {endpoints.address_of(endpoint())}
    assert len(at_peer(sandbox)) == 4


def test_an_account_without_the_newer_events_does_without(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.config(shipstation={"webhook_old_events": True})

    assert ensure(account) == 2

    assert sorted(row["HookType"] for row in at_peer(sandbox)) == [
        "ORDER_NOTIFY",
        "SHIP_NOTIFY",
    ]
    assert "does not know FULFILLMENT_SHIPPED" in endpoint().problem


def test_the_schedule_looks_every_six_hours_and_at_changes(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    assert scheduled() == 4
    calls = RemoteCall.objects.count()

    assert scheduled() == 0
    assert RemoteCall.objects.count() == calls

    clock.configure(clock.fast(1, clock.timestamp() + 7 * 3600))
    end_by_hand(sandbox, at_peer(sandbox)[0]["WebHookID"])
    assert scheduled() == 1

    endpoints.switch(endpoint(), on=False)
    assert scheduled() == 4
    assert scheduled() == 0
    assert at_peer(sandbox) == []


def test_a_run_that_takes_too_long_leaves_the_rest(
    account: ShipStationAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribing, "SPAN", -1.0)

    assert tasks.webhooks() == 0
    assert not RemoteCall.objects.exists()


def test_a_paused_account_is_not_called(account: ShipStationAccount) -> None:
    connect.pause(account, "Stocktaking")

    assert scheduled() == 0
    assert not RemoteCall.objects.exists()


def test_a_failure_is_kept_and_does_not_stop_the_others(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.faults("shipstation", "500", operation="subscribe", count=1)

    assert scheduled() == 0
    assert "500" in endpoint().problem
    assert endpoint().lease_until is None

    # What was made before it failed is found again, not doubled.
    assert scheduled() == 4
    assert endpoint().problem == ""
    assert len(at_peer(sandbox)) == 4


def test_a_lost_answer_doubles_nothing(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.faults("shipstation", "lost_answer", operation="subscribe", count=1)

    with pytest.raises(RemoteError):
        ensure(account)
    ensure(account)

    assert len(at_peer(sandbox)) == 4


def test_two_processes_do_not_subscribe_twice(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    WebhookEndpoint.objects.update(lease_until=clock.real_now() + timedelta(seconds=60))

    assert subscribing.ensure(account) is None
    assert at_peer(sandbox) == []


def test_a_new_address_meanwhile_is_not_taken_for_done(
    account: ShipStationAccount, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = webhooks.list_all

    def slow(*args: Any, **options: Any) -> Any:
        rows = listed(*args, **options)
        endpoints.new_address(endpoint())
        return rows

    monkeypatch.setattr(webhooks, "list_all", slow)
    ensure(account)
    monkeypatch.undo()

    assert endpoint().ensured_at is None
    assert scheduled() == 8
    assert {row["Url"] for row in at_peer(sandbox)} == {
        endpoints.address_of(endpoint())
    }


def test_the_secret_is_in_no_row(
    account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    sandbox.faults("shipstation", "malformed", operation="webhooks", count=1)
    with pytest.raises(RemoteError) as caught:
        ensure(account)
    ensure(account)

    token = endpoint().token
    assert token not in repr(list(RemoteCall.objects.values()))
    assert token not in repr(vars(caught.value))
    assert token not in repr(endpoint().subscriptions)


@pytest.mark.parametrize(
    ("url", "development", "sentence"),
    [
        ("", True, "SHIPSYNC_PUBLIC_URL is not set"),
        ("http://ops.example.com", False, "must begin with https://"),
        ("https://user:pw@ops.example.com", False, "is no address"),
        ("ops.example.com", False, "is no address"),
    ],
)
def test_a_public_address_is_needed(
    account: ShipStationAccount,
    settings: Any,
    url: str,
    development: bool,
    sentence: str,
) -> None:
    settings.SHIPSYNC_PUBLIC_URL, settings.DEVELOPMENT = url, development

    with pytest.raises(endpoints.NoPublicAddressError, match=sentence):
        ensure(account)
    assert sentence in endpoint().problem


# The page


def act(client: Client, account: ShipStationAccount, name: str) -> str:
    url = reverse("stores:account_webhooks", args=["shipstation", account.pk])
    return client.post(url, {"act": name}, follow=True).content.decode()


def test_a_lead_switches_subscribes_and_replaces(
    lead: Client, account: ShipStationAccount, sandbox: SandboxServer
) -> None:
    endpoints.switch(endpoint(), on=False)

    page = act(lead, account, "on")
    assert "4 subscriptions changed at ShipStation" in page
    old = endpoints.address_of(endpoint())
    assert old in page

    page = act(lead, account, "subscribe")
    assert "list was right already" in page

    page = act(lead, account, "address")
    assert "The old address is dead." in page
    assert old not in page
    assert endpoints.address_of(endpoint()) in page

    page = act(lead, account, "off")
    assert "takes no messages any more" in page
    assert at_peer(sandbox) == []
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "Webhooks switched on.",
        "Subscriptions looked at.",
        "The webhook address was replaced.",
        "Webhooks switched off.",
    ]


def test_others_see_the_panel_without_the_address(
    client: Client, users: dict[str, User], account: ShipStationAccount
) -> None:
    client.force_login(users["ops"])

    page = client.get(
        reverse("stores:account", args=["shipstation", account.pk])
    ).content.decode()

    assert "set; leads can see it" in page
    assert endpoint().token not in page
    assert "Make a new address" not in page


def test_without_a_public_address_it_stays_off_and_says_why(
    lead: Client, account: ShipStationAccount, settings: Any
) -> None:
    settings.SHIPSYNC_PUBLIC_URL = ""
    endpoints.switch(endpoint(), on=False)

    page = act(lead, account, "on")

    assert "Webhooks stay off. SHIPSYNC_PUBLIC_URL is not set" in page
    assert not endpoint().enabled


def test_a_busy_list_is_said(lead: Client, account: ShipStationAccount) -> None:
    WebhookEndpoint.objects.update(lease_until=clock.real_now() + timedelta(minutes=1))

    assert "by somebody else just now" in act(lead, account, "subscribe")


def test_an_unknown_act_changes_nothing(
    lead: Client, account: ShipStationAccount
) -> None:
    before = WebhookEndpoint.objects.values().get()

    assert "press one of the buttons" in act(lead, account, "burn")
    assert WebhookEndpoint.objects.values().get() == before


def test_a_peer_that_is_away_is_said_and_tried_again(
    lead: Client, account: ShipStationAccount, settings: Any
) -> None:
    settings.SHIPSYNC_SANDBOX_URL = "http://127.0.0.1:9"

    page = act(lead, account, "on")

    assert "ShipStation could not be told" in page
    assert endpoint().enabled
