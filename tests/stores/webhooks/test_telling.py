"""Marketplaces that take our address by a call are told it, and told again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import RejectedError
from stores.models import RemoteAccount, WebhookEndpoint
from stores.webhooks import endpoints, subscribing
from tests.orders.factories import make_remote_account

pytestmark = pytest.mark.django_db
PUBLIC = "https://console.example"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    """eBay as a marketplace that takes our address: what it was told."""
    settings.SHIPSYNC_PUBLIC_URL = PUBLIC
    addresses: list[str] = []
    ebay = CONNECTORS.get("ebay")
    monkeypatch.setattr(
        ebay, "capabilities", ebay.capabilities | {Capability.SUBSCRIBE}
    )
    monkeypatch.setattr(ebay, "subscribe", lambda _self, url: addresses.append(url))
    return addresses


@pytest.fixture
def account() -> RemoteAccount:
    return make_remote_account(marketplace="ebay", name="eBay UK")


@pytest.fixture
def lead(client: Client, users: dict[str, User]) -> Client:
    client.force_login(users["lead"])
    return client


def page(client: Client, account: RemoteAccount) -> str:
    url = reverse("stores:account", args=["marketplace", account.pk])
    return client.get(url).content.decode()


def press(client: Client, account: RemoteAccount, act: str) -> str:
    url = reverse("stores:account_webhooks", args=["marketplace", account.pk])
    return client.post(url, {"act": act}, follow=True).content.decode()


def test_switching_on_tells_the_marketplace(
    told: list[str], account: RemoteAccount, lead: Client
) -> None:
    said = press(lead, account, "on")

    endpoint = WebhookEndpoint.objects.get()
    assert told == [endpoints.address_of(endpoint)]
    assert told[0].startswith(f"{PUBLIC}/hooks/{account.key}/")
    assert "eBay has our address now." in said
    assert "Tell eBay our address" in said
    assert "Enter it at" not in said
    assert endpoint.ensured_at is not None


def test_a_new_address_is_told_at_once(
    told: list[str], account: RemoteAccount, lead: Client
) -> None:
    press(lead, account, "on")
    press(lead, account, "address")

    assert len(set(told)) == 2


def test_switched_off_nothing_is_told(
    told: list[str], account: RemoteAccount, lead: Client
) -> None:
    press(lead, account, "on")
    press(lead, account, "off")
    press(lead, account, "subscribe")

    assert len(told) == 1


def test_it_is_told_again_every_six_hours(
    told: list[str], account: RemoteAccount
) -> None:
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    assert subscribing.ensure_all() == 1
    assert subscribing.ensure_all() == 0

    WebhookEndpoint.objects.update(ensured_at=clock.now() - timedelta(hours=7))
    assert subscribing.ensure_all() == 1
    assert len(told) == 2


def test_a_refusal_is_shown_and_tried_again(
    told: list[str],
    account: RemoteAccount,
    lead: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_self: Any, _url: str) -> None:
        raise RejectedError("The address must be reachable", code="callback")

    monkeypatch.setattr(CONNECTORS.get("ebay"), "subscribe", refuse)

    said = press(lead, account, "on")

    assert "eBay could not be told: The address must be reachable" in said
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.problem == "The address must be reachable"
    assert endpoint.ensured_at is None
    assert "The address must be reachable" in page(lead, account)


def test_a_marketplace_that_takes_no_call_is_told_by_a_person(
    account: RemoteAccount, lead: Client, settings: Any
) -> None:
    settings.SHIPSYNC_PUBLIC_URL = PUBLIC

    said = press(lead, account, "on")

    assert "Enter it at eBay." in said
    assert "Tell eBay our address" not in said
