"""Messages of marketplaces: the connector judges them, we keep and nudge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from shipsync_site.lib import clock
from stores import lanes, tasks
from stores.models import Lane, ReceiptOutcome, RemoteAccount, WebhookReceipt
from stores.remote_types import WebhookAnswer, WebhookRequest
from stores.webhooks import buyers_to_forget, endpoints
from tests.orders.factories import make_remote_account, make_shipstation_account

VERIFICATION = "a-verification-token-of-32-letters"


@pytest.fixture
def account(db: None, settings: Any) -> RemoteAccount:
    """An eBay account that takes messages; its lanes are idle."""
    settings.SHIPSYNC_PUBLIC_URL = "https://ops.example.com"
    account = make_remote_account(
        marketplace="ebay", secrets={"verification_token": VERIFICATION}
    )
    endpoints.switch(endpoints.endpoint_of(account), on=True)
    lanes.ensure_lanes()
    Lane.objects.update(due_at=None)
    return account


class Judge:
    """A connector that answers as told and keeps what it was shown."""

    def __init__(self) -> None:
        self.answer = WebhookAnswer()
        self.seen: list[WebhookRequest] = []

    def receive(self, request: WebhookRequest) -> WebhookAnswer:
        self.seen.append(request)
        return self.answer


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    found = Judge()
    monkeypatch.setattr("stores.webhooks.receive.connector_for", lambda _: found)
    return found


@pytest.fixture
def forgotten() -> Iterator[list[tuple[Any, ...]]]:
    """What the purge code would be told."""
    told: list[tuple[Any, ...]] = []

    def listen(*, account: Any, buyers: Any, receipt: Any, **_: Any) -> None:
        told.append((account, buyers, receipt))

    buyers_to_forget.connect(listen)
    yield told
    buyers_to_forget.disconnect(listen)


def path(account: RemoteAccount) -> str:
    return endpoints.path_of(endpoints.endpoint_of(account))


def post(account: RemoteAccount, body: bytes = b"{}", **headers: str) -> HttpResponse:
    answer: Any = Client(enforce_csrf_checks=True).post(
        path(account), body, content_type="application/json", headers=headers
    )
    assert isinstance(answer, HttpResponse)
    return answer


def due(account: RemoteAccount) -> list[str]:
    return list(
        Lane.objects.filter(account=account.key, due_at__isnull=False).values_list(
            "direction", flat=True
        )
    )


def test_the_connector_sees_the_raw_message_and_our_address(
    account: RemoteAccount, judge: Judge
) -> None:
    body = b' {"raw": "\\u00e9"} '
    post(account, body, **{"X-Ebay-Signature": "abc"})

    (seen,) = judge.seen
    assert (seen.method, seen.body) == ("POST", body)
    assert seen.headers["x-ebay-signature"] == "abc"
    assert seen.url == f"https://ops.example.com{path(account)}"


def test_its_answer_goes_out_as_it_is(account: RemoteAccount, judge: Judge) -> None:
    judge.answer = WebhookAnswer(status=412, body=b"no", content_type="text/plain")

    answer = post(account)

    assert (answer.status_code, answer.content) == (412, b"no")
    assert answer["Content-Type"] == "text/plain"


def test_without_a_proof_nothing_is_kept(account: RemoteAccount, judge: Judge) -> None:
    judge.answer = WebhookAnswer(status=412, look=True, forget_buyers=("ada",))

    post(account)

    assert not WebhookReceipt.objects.exists()
    assert due(account) == []


def test_a_look_asks_for_a_pull_once(account: RemoteAccount, judge: Judge) -> None:
    judge.answer = WebhookAnswer(
        dedupe_key="n-1", topic="ORDER_CONFIRMATION", look=True
    )
    for _ in range(3):
        assert post(account).status_code == 200
        assert due(account) in (["pull"], [])
        Lane.objects.update(due_at=None)

    receipt = WebhookReceipt.objects.get()
    assert (receipt.topic, receipt.repeats) == ("ORDER_CONFIRMATION", 2)
    assert receipt.outcome == ReceiptOutcome.NUDGED
    assert due(account) == []


def test_buyers_are_handed_on_once_with_their_receipt(
    account: RemoteAccount, judge: Judge, forgotten: list[tuple[Any, ...]]
) -> None:
    judge.answer = WebhookAnswer(
        dedupe_key="n-2",
        topic="MARKETPLACE_ACCOUNT_DELETION",
        forget_buyers=("ada_1", "u-77"),
    )
    post(account)
    post(account)

    receipt = WebhookReceipt.objects.get()
    assert forgotten == [(account, ("ada_1", "u-77"), receipt)]
    assert receipt.outcome == ReceiptOutcome.NOTED
    # Their names are in no row.
    assert "ada_1" not in repr(WebhookReceipt.objects.values().get())


def test_a_failed_purge_lets_the_marketplace_say_it_again(
    account: RemoteAccount, judge: Judge, forgotten: list[tuple[Any, ...]]
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no room")

    judge.answer = WebhookAnswer(dedupe_key="n-3", topic="X", forget_buyers=("ada",))
    buyers_to_forget.connect(broken)
    client = Client(raise_request_exception=False)
    try:
        answer = client.post(path(account), b"{}", content_type="application/json")
    finally:
        buyers_to_forget.disconnect(broken)
    assert answer.status_code == 500
    assert not WebhookReceipt.objects.exists()

    post(account)
    assert forgotten[-1][1] == ("ada",)


def test_a_long_key_is_kept_by_its_digest(account: RemoteAccount, judge: Judge) -> None:
    judge.answer = WebhookAnswer(dedupe_key="k" * 500, topic="t" * 500)

    assert post(account).status_code == 200
    assert len(WebhookReceipt.objects.get().dedupe_key) == 64


def test_ebays_challenge_is_answered_over_the_address_that_is_shown(
    account: RemoteAccount,
) -> None:
    answer = Client().get(path(account), {"challenge_code": "abc"})

    shown = endpoints.address_of(endpoints.endpoint_of(account))
    proof = hashlib.sha256(f"abc{VERIFICATION}{shown}".encode()).hexdigest()
    assert json.loads(answer.content) == {"challengeResponse": proof}
    assert not WebhookReceipt.objects.exists()


def test_an_unsigned_notice_is_refused(account: RemoteAccount) -> None:
    body = {
        "metadata": {"topic": "MARKETPLACE_ACCOUNT_DELETION"},
        "notification": {"notificationId": "n", "data": {"username": "ada"}},
    }

    assert post(account, json.dumps(body).encode()).status_code == 412
    assert not WebhookReceipt.objects.exists()


def test_the_page_says_where_to_enter_the_address(
    account: RemoteAccount, client: Client, users: dict[str, User]
) -> None:
    client.force_login(users["lead"])
    url = reverse("stores:account", args=["marketplace", account.pk])

    page = client.get(url).content.decode()
    assert endpoints.address_of(endpoints.endpoint_of(account)) in page
    assert "Enter it at eBay." in page
    # eBay has no list of ours to bring in line.
    assert "Subscribe now" not in page

    change = reverse("stores:account_webhooks", args=["marketplace", account.pk])
    page = client.post(change, {"act": "address"}, follow=True).content.decode()
    assert "The old address is dead. Enter the new one there." in page


def test_receipts_go_after_30_days(account: RemoteAccount, judge: Judge) -> None:
    make_shipstation_account()
    judge.answer = WebhookAnswer(dedupe_key="n-4", topic="t")
    post(account)
    start = clock.timestamp()

    clock.configure(clock.fast(1, start + timedelta(days=29).total_seconds()))
    assert tasks.webhooks() == 0
    clock.configure(clock.fast(1, start + timedelta(days=31).total_seconds()))
    assert tasks.webhooks() == 1
    assert not WebhookReceipt.objects.exists()
