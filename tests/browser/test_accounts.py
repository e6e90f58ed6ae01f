"""An account's page: a seller agrees in a real browser; webhooks in every look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from shipsync_site.lib import clock
from stores import lanes
from stores.models import (
    ReceiptOutcome,
    RemoteAccount,
    ShipStationAccount,
    WebhookReceipt,
)
from stores.webhooks import endpoints
from tests.browser.conftest import Visitor
from tests.browser.looks import look
from tests.orders.factories import make_store
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def remote(live_server: Any, sandbox: SandboxServer, settings: Any) -> RemoteAccount:
    """A practice account that its seller has not let in yet; its secret grows old."""
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    settings.SHIPSYNC_PUBLIC_URL = live_server.url
    store = make_store(slug="amazon-uk", remote_marketplace="A1F83G8C2ARO7P")
    account = store.remote_account
    account.seller_id, account.app_id = "A2DEMOSELLER", "amzn1.sp.solution.demo"
    account.settings = {"client_id": "amzn1.application-oa2-client.demo"}
    account.secrets = {}
    account.keep_secrets(
        {"lwa_client_secret": "demo-secret"}, clock.now() - timedelta(days=160)
    )
    account.save()
    lanes.ensure_lanes()
    return account


@pytest.fixture
def warehouse(remote: RemoteAccount) -> ShipStationAccount:
    """A ShipStation account that was told this and that in the last day."""
    account = ShipStationAccount.objects.get()
    account.secrets = {"api_key": "demo-key", "api_secret": "demo-secret"}
    account.save()
    endpoint = endpoints.endpoint_of(account)
    endpoints.switch(endpoint, on=True)
    now = clock.now()
    endpoint.subscriptions = [
        {"id": number, "event": event}
        for number, event in enumerate(
            ("ORDER_NOTIFY", "SHIP_NOTIFY", "FULFILLMENT_SHIPPED")
        )
    ]
    endpoint.ensured_at = now - timedelta(hours=2)
    endpoint.last_received_at = now - timedelta(minutes=3)
    endpoint.save()
    for number, (topic, outcome) in enumerate(
        (
            ("SHIP_NOTIFY", ReceiptOutcome.NUDGED),
            ("ORDER_NOTIFY", ReceiptOutcome.NUDGED),
            ("SHIP_NOTIFY", ReceiptOutcome.FOREIGN),
            ("malformed", ReceiptOutcome.MALFORMED),
            ("BRAND_NEW_EVENT", ReceiptOutcome.UNKNOWN),
        )
    ):
        WebhookReceipt.objects.create(
            source=account.key,
            dedupe_key=str(number),
            topic=topic,
            outcome=outcome,
            body_digest="0" * 64,
            size=140,
            repeats=number,
            received_at=now - timedelta(minutes=3 + number),
            last_at=now - timedelta(minutes=3 + number),
            purge_at=now + timedelta(days=30),
        )
    return account


def test_a_lead_connects_an_account_through_the_sellers_page(
    visit: Visitor, remote: RemoteAccount
) -> None:
    visitor = visit()
    page = visitor.log_in("lead")
    visitor.open(f"/accounts/marketplace/{remote.pk}/")
    expect(page.locator("#access")).to_contain_text("missing")

    # The console's own policy must let the button lead to the marketplace.
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("heading", name="Authorise an application").wait_for()
    page.get_by_role("button", name="Confirm").click()

    page.wait_for_url(f"{visitor.base}/accounts/marketplace/{remote.pk}/")
    expect(page.get_by_text("is connected. Works")).to_be_visible()
    expect(page.get_by_role("button", name="Renew consent")).to_be_visible()
    remote.refresh_from_db()
    assert remote.secrets["refresh_token"].startswith("Atzr|")


def test_a_lead_switches_webhooks_on_and_off(
    visit: Visitor, warehouse: ShipStationAccount
) -> None:
    endpoints.switch(endpoints.endpoint_of(warehouse), on=False)
    visitor = visit()
    page = visitor.log_in("lead")
    visitor.open(f"/accounts/shipstation/{warehouse.pk}/")

    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("takes messages now")).to_be_visible()
    old = endpoints.address_of(endpoints.endpoint_of(warehouse))
    expect(page.locator("#webhooks")).to_contain_text(old)

    page.get_by_role("button", name="Make a new address").click()
    expect(page.get_by_text("The old address is dead")).to_be_visible()
    expect(page.locator("#webhooks")).not_to_contain_text(old)

    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("takes no messages any more")).to_be_visible()


def test_axe_finds_nothing_on_a_full_page(
    visit: Visitor,
    remote: RemoteAccount,
    warehouse: ShipStationAccount,
) -> None:
    visitor = visit(bypass_csp=True)
    visitor.log_in("lead")
    axe = Axe()
    found: list[str] = []
    for path in (
        f"/accounts/marketplace/{remote.pk}/",
        f"/accounts/shipstation/{warehouse.pk}/",
        "/stores/",
    ):
        visitor.open(path)
        found += look(visitor, axe, path)
    assert not found, "\n".join(found)
