"""Answers to cancellations against the simulated eBay, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shipsync_site.lib import clock
from stores import connect
from stores.connectors.ebay.connector import EbayConnector
from stores.connectors.ebay.requests import ANSWER_WITHIN
from stores.errors import OutcomeUnknownError, RejectedError
from stores.models import AccessToken, Environment, RemoteAccount, RemoteCall
from stores.remote_types import CancellationAnswer, RemoteOrder, RemoteStatus
from tests.sandbox_server import SandboxServer, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

pytestmark = [pytest.mark.django_db, pytest.mark.cluster]


@pytest.fixture
def account(sandbox: SandboxServer, settings: Any) -> Iterator[RemoteAccount]:
    settings.SHIPSYNC_SANDBOX_URL = sandbox.url
    yield RemoteAccount.objects.create(
        name="Demo",
        environment=Environment.SANDBOX,
        marketplace="ebay",
        seller_id="demo_trading",
        settings={
            "client_id": "Demo-shipsync-PRD-demo",
            "ru_name": "Demo_Trading-Demoship-shipsy-demo",
        },
        secrets={
            "client_secret": "PRD-demo-secret",
            "refresh_token": "v^1.1#i^1#r^1#demo",
            "verification_token": "v" * 40,
        },
        secrets_set_at=clock.now(),
    )
    sandbox.clear_faults()


@pytest.fixture
def live(account: RemoteAccount) -> EbayConnector:
    found = connect.connector_for(account)
    assert isinstance(found, EbayConnector)
    return found


def read(live: EbayConnector, order_id: str) -> RemoteOrder:
    order = live.fetch_order(order_id)
    assert order is not None
    return order


def answer(order_id: str, **changes: Any) -> CancellationAnswer:
    values: dict[str, Any] = {
        "order_remote_id": order_id,
        "marketplace_id": "EBAY_GB",
        "accept": True,
        "lines": (),
        "whole": True,
        "reason": "",
        "reference": f"{order_id}:1",
    }
    return CancellationAnswer(**(values | changes))


def asked(sandbox: SandboxServer) -> str:
    (order_id,) = sandbox.orders("ebay", 1)
    sandbox.cancel("ebay", order_id, "request")
    return order_id


def calls(operation: str) -> int:
    return RemoteCall.objects.filter(operation=operation).count()


def test_a_request_is_approved_with_a_signed_message_once(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    order_id = asked(sandbox)

    live.answer_cancellation(answer(order_id), urgent=True)
    live.answer_cancellation(answer(order_id), urgent=True)

    assert read(live, order_id).status is RemoteStatus.CANCELLED
    assert (calls("createSigningKey"), calls("approveCancellation")) == (1, 1)


def test_a_request_is_declined_and_stays_so(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    order_id = asked(sandbox)

    live.answer_cancellation(answer(order_id, accept=False))
    live.answer_cancellation(answer(order_id, accept=False))

    order = read(live, order_id)
    assert order.status is RemoteStatus.OPEN
    assert not any(line.cancel_requested for line in order.lines)
    assert (calls("rejectCancellation"), calls("createSigningKey")) == (1, 0)


def test_what_is_cancelled_can_not_be_declined(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("ebay", 1)
    sandbox.cancel("ebay", order_id, "cancelled")

    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(answer(order_id, accept=False))

    assert caught.value.code == "already_cancelled"


def test_a_seller_cancels_unasked_with_a_reason_only(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    (order_id,) = sandbox.orders("ebay", 1)

    with pytest.raises(RejectedError) as caught:
        live.answer_cancellation(answer(order_id))
    assert caught.value.field == "reason"
    live.answer_cancellation(answer(order_id, reason="ADDRESS_ISSUES"))

    assert read(live, order_id).status is RemoteStatus.CANCELLED
    (row,) = [r for r in sandbox.ledger("ebay") if r["operation"] == "cancelled"]
    assert (row["by"], row["reason"]) == ("SELLER", "ADDRESS_ISSUES")


def test_orders_across_sites_and_parts_of_orders_are_for_seller_hub(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    (abroad,) = sandbox.orders("ebay", 1, purchase_marketplace="EBAY_FR")
    other = asked(sandbox)

    with pytest.raises(RejectedError) as across:
        live.answer_cancellation(answer(abroad, reason="ADDRESS_ISSUES"))
    with pytest.raises(RejectedError) as part:
        live.answer_cancellation(answer(other, whole=False))

    assert across.value.code == "not_eligible"
    assert "Seller Hub" in across.value.message
    assert part.value.field == "lines"


def test_a_lost_answer_is_settled_by_the_next_try(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    order_id = asked(sandbox)
    sandbox.faults("ebay", "lost_answer", 1.0, count=1, operation="approveCancellation")

    with pytest.raises(OutcomeUnknownError):
        live.answer_cancellation(answer(order_id))
    live.answer_cancellation(answer(order_id))

    assert calls("approveCancellation") == 1
    assert read(live, order_id).status is RemoteStatus.CANCELLED


def test_a_key_that_ebay_no_longer_takes_is_replaced_once(
    live: EbayConnector, sandbox: SandboxServer, account: RemoteAccount
) -> None:
    live.answer_cancellation(answer(asked(sandbox)))
    # eBay forgets: its keys are gone, its consents are not.
    sandbox.reset(0)
    AccessToken.objects.exclude(kind="signing-key").delete()
    fresh = connect.connector_for(account)

    fresh.answer_cancellation(answer(asked(sandbox)))

    assert (calls("createSigningKey"), calls("approveCancellation")) == (2, 3)


def test_without_a_signature_ebay_refuses_and_the_setting_is_named(
    account: RemoteAccount, sandbox: SandboxServer
) -> None:
    account.settings = {**(account.settings or {}), "signs_messages": False}
    unsigned = connect.connector_for(account)

    with pytest.raises(RejectedError) as caught:
        unsigned.answer_cancellation(answer(asked(sandbox)))

    assert caught.value.code == "signature_refused"
    assert "The seller is based in the UK or the EU" in caught.value.message


def test_the_deadline_of_a_request_is_known(
    live: EbayConnector, sandbox: SandboxServer
) -> None:
    order_id = asked(sandbox)

    order = read(live, order_id)

    assert order.cancel_answer_by is not None
    left = order.cancel_answer_by - clock.now()
    assert ANSWER_WITHIN.total_seconds() - 60 < left.total_seconds()
    assert left <= ANSWER_WITHIN
    live.answer_cancellation(answer(order_id, accept=False))
    assert read(live, order_id).cancel_answer_by is None
