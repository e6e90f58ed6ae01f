"""The simulated TikTok's page and messages, at our real address over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from shipsync_site.lib import clock
from stores import connect, lanes
from stores.connectors.base import Connector
from stores.errors import RejectedError
from stores.models import AccessToken, Direction, Lane, RemoteAccount, WebhookReceipt
from stores.webhooks import endpoints
from tests.orders.factories import make_store
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = pytest.mark.cluster
BACK = "http://shipsync.example.com/stores/consent/back/"
APP = {"app_key": "6demoshipsync", "redirect_url": BACK}


@pytest.fixture
def account(
    sandbox: SandboxServer, transactional_db: None, live_server: Any, settings: Any
) -> Iterator[RemoteAccount]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    settings.SHIPSYNC_PUBLIC_URL = live_server.url
    settings.DEVELOPMENT = True
    sandbox.set_clock(clock.current())
    account = RemoteAccount.objects.create(
        name="TikTok",
        environment="sandbox",
        marketplace="tiktok",
        seller_id="GBLC000001",
        settings={"app_key": "6demoshipsync", "service_id": "7300000000000000042"},
        secrets={
            "app_secret": "demo_secret_0123456789",
            "refresh_token": "TTR_demo_refresh",
        },
    )
    make_store(remote_account=account, remote_marketplace="GB")
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    lanes.ensure_lanes()
    yield account
    sandbox.clear_faults()


def live(account: RemoteAccount) -> Connector:
    account.refresh_from_db()
    return connect.connector_for(account)


def delivered(sandbox: SandboxServer, count: int) -> None:
    """Wait until so many messages were answered: nobody meets them in our tables."""
    deadline = time.monotonic() + 20
    rows: list[Any] = []
    while time.monotonic() < deadline:
        rows = sandbox.ledger("tiktok")
        if sum(row["operation"] == "webhook_attempt" for row in rows) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"{count} messages were expected: {rows}")


def come_back(account: RemoteAccount) -> dict[str, str]:
    """The seller's browser at the consent page, and what it brings back."""
    url = live(account).consent_url(state="s t&te", redirect_uri=BACK)
    answer = requests.get(url, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == urlsplit(BACK).path
    return {name: row[0] for name, row in parse_qs(back.query).items()}


def test_a_consent_goes_there_and_back_and_its_code_works_once(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    sandbox.config(tiktok={"apps": [APP], "consent": "agree"})
    answer = come_back(account)
    assert answer.pop("state") == "s t&te"

    grant = live(account).redeem_consent(answer, redirect_uri=BACK)
    with pytest.raises(RejectedError) as caught:
        live(account).redeem_consent(answer, redirect_uri=BACK)

    assert caught.value.field == "code"
    account.secrets |= grant.secrets
    account.settings |= grant.settings
    account.save()
    AccessToken.objects.all().delete()
    assert live(account).check_connection().ok
    (expiry,) = live(account).expiries()
    assert expiry.at > clock.now()


def test_a_seller_who_declines_is_told_so(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    sandbox.config(tiktok={"apps": [APP], "consent": "deny"})

    with pytest.raises(RejectedError) as caught:
        live(account).redeem_consent(come_back(account), redirect_uri=BACK)

    assert caught.value.code == "auth_denied"


# In memory, SQLite's tables are no other thread's; the peer keeps its connections open.
@pytest.mark.postgres
def test_an_order_sends_a_message_that_asks_for_a_look(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    live(account).subscribe(endpoints.address_of(endpoints.endpoint_of(account)))
    lane = Lane.objects.filter(account=account.key, direction=Direction.PULL)
    lane.update(due_at=None)

    (order_id,) = sandbox.orders("tiktok", 1, on_hold=False)
    sandbox.cancel("tiktok", order_id, "request")
    sandbox.address("tiktok", order_id, address_line1="1 New Road")

    delivered(sandbox, 3)
    assert set(WebhookReceipt.objects.values_list("topic", flat=True)) == {
        "ORDER_STATUS_CHANGE",
        "CANCELLATION_STATUS_CHANGE",
        "RECIPIENT_ADDRESS_UPDATE",
    }
    assert lane.get().due_at is not None


def test_a_forged_message_is_refused_and_asks_for_nothing(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    url = endpoints.address_of(endpoints.endpoint_of(account))

    answer = requests.post(
        url,
        data='{"type": 1, "tts_notification_id": "7"}',
        headers={"Authorization": "0" * 64, "Content-Type": "application/json"},
        timeout=10,
    )

    assert answer.status_code == 401
    assert not WebhookReceipt.objects.exists()
