"""The simulated eBay sends to our real address over HTTP: challenge, notices, forgeries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from shipsync_site.lib import clock
from stores import connect, lanes
from stores.connectors.ebay.connector import EbayConnector
from stores.models import RemoteAccount, RemoteCall, WebhookReceipt
from stores.webhooks import endpoints
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = pytest.mark.cluster
TOKEN = "a-verification-token-of-forty-characters"
DELETION = "MARKETPLACE_ACCOUNT_DELETION"


@pytest.fixture
def account(
    sandbox: SandboxServer, transactional_db: None, live_server: Any, settings: Any
) -> Iterator[RemoteAccount]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    settings.SHIPSYNC_PUBLIC_URL = live_server.url
    settings.DEVELOPMENT = True
    sandbox.set_clock(clock.current())
    account = RemoteAccount.objects.create(
        name="Demo",
        environment="sandbox",
        marketplace="ebay",
        seller_id="demo_trading",
        settings={
            "client_id": "Demo-shipsync-PRD-demo",
            "ru_name": "Demo_Trading-Demoship-shipsy-demo",
        },
        secrets={
            "client_secret": "PRD-demo-secret",
            "refresh_token": "v^1.1#i^1#r^1#demo",
            "verification_token": TOKEN,
        },
    )
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    lanes.ensure_lanes()
    yield account
    sandbox.clear_faults()


def address(account: RemoteAccount) -> str:
    return endpoints.address_of(endpoints.endpoint_of(account))


def notices(sandbox: SandboxServer, count: int) -> list[dict[str, Any]]:
    """The attempts of the peer, once there are so many."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        rows = [row for row in sandbox.ledger("ebay") if row["operation"] == "notice"]
        if len(rows) >= count:
            return rows
        time.sleep(0.05)
    raise AssertionError(f"{count} notices were expected, {len(rows)} were sent")


def test_our_address_passes_ebays_challenge(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    connector = connect.connector_for(account)
    assert isinstance(connector, EbayConnector)
    token = connector.client.new_app_token().token
    root = f"{sandbox.url}/ebay/commerce/notification/v1"
    headers = {"Authorization": f"Bearer {token}"}
    requests.put(
        f"{root}/config", json={"alertEmail": "a@b.c"}, headers=headers, timeout=10
    )

    made = requests.post(
        f"{root}/destination",
        json={
            "name": "shipsync",
            "status": "ENABLED",
            "deliveryConfig": {
                "endpoint": address(account),
                "verificationToken": TOKEN,
            },
        },
        headers=headers,
        timeout=10,
    )

    assert made.status_code == 201, made.text


def test_a_notice_is_kept_once_however_often_it_comes(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    spec = {"peer": "ebay", "topic": "ORDER_CONFIRMATION", "url": address(account)}

    sandbox.post("notify", {**spec, "times": 3})

    rows = notices(sandbox, 3)
    assert [row["status"] for row in rows] == [200] * 3
    receipt = WebhookReceipt.objects.get()
    assert receipt.topic == "ORDER_CONFIRMATION"
    assert RemoteCall.objects.filter(operation="getPublicKey").count() == 1


def test_a_forged_notice_leaves_nothing(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    spec = {"peer": "ebay", "topic": DELETION, "url": address(account)}

    sandbox.post("notify", {**spec, "forged": True})

    assert [row["status"] for row in notices(sandbox, 1)] == [412]
    assert not WebhookReceipt.objects.exists()


def test_a_deleted_account_is_heard_of(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    sandbox.post(
        "subscribe",
        {
            "peer": "ebay",
            "url": address(account),
            "token": TOKEN,
            "topics": [DELETION],
        },
    )

    sandbox.post("forget", {"peer": "ebay", "username": "buyer_one"})

    assert [row["status"] for row in notices(sandbox, 1)] == [200]
    assert WebhookReceipt.objects.get().topic == DELETION


def test_the_consent_page_sends_the_browser_back_with_the_state(
    sandbox: SandboxServer, account: RemoteAccount
) -> None:
    back = "http://127.0.0.1:8000/accounts/consent/"
    app = {"client_id": "Demo-shipsync-PRD-demo", "accept_url": back}
    sandbox.config(ebay={"apps": [app]})
    connector = connect.connector_for(account)
    url = connector.consent_url(state="st te", redirect_uri="")

    answer = requests.get(url, allow_redirects=False, timeout=10)

    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["st te"]
    grant = connector.redeem_consent({"code": query["code"][0]}, redirect_uri="")
    assert set(grant.secrets) == {"refresh_token"}
