"""Sending: mail and signed webhooks, retries, what fails for good, nothing of buyers."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import override_settings

from orders.alerts import delivery, planning, webhook
from orders.alerts.outcomes import SENTENCES, DeliveryError, Outcome
from orders.models import (
    AlertMessage,
    AlertRule,
    AlertState,
    AlertTarget,
    AlertTrigger,
    CaseState,
    OrderException,
)
from shipsync_site.lib import clock
from stores.models import StoreState
from tests.orders.factories import (
    RECIPIENT,
    make_case,
    make_order,
    make_store,
    make_user,
)

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-the-channel"


class Receiver(HTTPServer):
    """Somebody's webhook on this machine: keeps what came, answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers = 200, {}  # type: ignore[var-annotated]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on the console."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _set_up() -> Iterator[None]:
    with override_settings(
        EMAIL_IS_SET=True, SHIPSYNC_PUBLIC_URL="https://ops.example.com"
    ):
        yield


def target(**fields: Any) -> AlertTarget:
    AlertRule.objects.all().delete()
    found = AlertTarget.objects.create(name="Ops channel", **fields)
    found.rules.create(trigger="ship_by", minutes=240)
    return found


def waiting(place: AlertTarget) -> AlertMessage:
    make_order(ship_by=clock.now() + timedelta(hours=2), total=Decimal("24.99"))
    assert planning.write_down() == 1
    return place.messages.get()


def test_a_webhook_is_signed_over_its_body_and_time(receiver: Receiver) -> None:
    place = target(way="webhook", address=receiver.url, secret=SECRET)
    message = waiting(place)

    assert delivery.send_due() == 1

    headers, body = receiver.got[0]
    parts = dict(part.split("=") for part in headers["X-Shipsync-Signature"].split(","))
    signed = f"{parts['t']}.".encode() + body
    assert parts["v1"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert abs(int(parts["t"]) - clock.real_now().timestamp()) < 60
    assert headers["X-Shipsync-Message"] == str(message.pk)
    told = json.loads(body)
    assert told["count"] == 1
    assert told["money"] == {"GBP": "24.99"}
    assert told["link"] == "https://ops.example.com/orders/?due=pack4h"
    message.refresh_from_db()
    assert (message.state, message.tries, message.lease_until) == ("sent", 1, None)
    assert delivery.send_due() == 0


def test_slack_reads_text_with_its_own_characters_escaped() -> None:
    message = AlertMessage(
        target=AlertTarget(way="slack"),
        subject="1 case ‘A & B <C>’ open",
        body="One.\nTwo.",
        link="https://ops.example.com/cases/?kind=a&team=b",
    )
    assert webhook.payload(message) == {
        "text": "*1 case ‘A &amp; B &lt;C&gt;’ open*\nOne.\nTwo.\n"
        "https://ops.example.com/cases/?kind=a&amp;team=b"
    }


def test_teams_reads_one_adaptive_card_with_a_button() -> None:
    message = AlertMessage(
        target=AlertTarget(way="teams"),
        subject="12 orders",
        body="One.\nTwo.",
        link="https://ops.example.com/orders/",
    )
    told = webhook.payload(message)
    assert told["type"] == "message"
    attachment = told["attachments"][0]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["type"] == "AdaptiveCard"
    assert [block["text"] for block in card["body"]] == ["12 orders", "One.", "Two."]
    assert card["actions"][0]["url"] == "https://ops.example.com/orders/"


def test_a_person_gets_a_mail_of_their_own_with_the_way_to_switch_it_off() -> None:
    AlertRule.objects.all().delete()
    AlertRule.objects.create(trigger="ship_by", minutes=240, role="ops")
    for name in ("one", "two"):
        make_user(name, group="ops", email=f"{name}@example.test")
    make_order(ship_by=clock.now() + timedelta(hours=2))
    planning.write_down()

    assert delivery.send_due() == 2

    assert sorted(x.to for x in mail.outbox) == [
        ["one@example.test"],
        ["two@example.test"],
    ]
    text = str(mail.outbox[0].body)
    assert "https://ops.example.com/orders/?due=pack4h" in text
    assert "https://ops.example.com/alerts/mine/" in text
    assert "shipsync-alert-" in mail.outbox[0].extra_headers["Message-ID"]


def test_a_failure_is_tried_again_later_and_at_last_becomes_a_case(
    receiver: Receiver,
) -> None:
    place = target(way="webhook", address=receiver.url)
    message = waiting(place)
    receiver.status = 503
    for tries, minutes in enumerate((1, 5, 15, 60), start=1):
        assert delivery.send_due() == 1
        message.refresh_from_db()
        assert (message.state, message.tries) == ("waiting", tries)
        wait = message.due_at - clock.real_now()
        assert timedelta(minutes=minutes - 1) < wait <= timedelta(minutes=minutes)
        assert delivery.send_due() == 0, "not before it is due"
        AlertMessage.objects.update(due_at=clock.real_now())
    delivery.send_due()

    message.refresh_from_db()
    assert message.state == AlertState.FAILED
    assert message.error == "The other side has a fault of its own. (503)"
    case = OrderException.objects.get(kind="alert_undelivered")
    assert (case.team, case.state) == ("lead", CaseState.OPEN)
    assert "Ops channel" in case.summary
    assert receiver.url not in case.summary

    receiver.status = 200
    assert delivery.send_test(place)[0] is Outcome.SENT
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_refusal_is_not_tried_again(receiver: Receiver, status: int) -> None:
    message = waiting(target(way="slack", address=receiver.url))
    receiver.status = status
    delivery.send_due()
    message.refresh_from_db()
    assert message.state == AlertState.FAILED
    assert len(receiver.got) == 1


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    place = target(way="webhook", address=receiver.url, secret=SECRET)
    receiver.status, receiver.headers = 302, {"Location": receiver.url}
    assert delivery.send_test(place)[0] is Outcome.REDIRECTS
    assert len(receiver.got) == 1


def test_a_crash_before_the_answer_was_noted_sends_it_again_with_one_id(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(target(way="webhook", address=receiver.url))
    settle = delivery._settle
    monkeypatch.setattr(delivery, "_settle", _die)
    with pytest.raises(RuntimeError):
        delivery.send_due()
    monkeypatch.setattr(delivery, "_settle", settle)

    assert delivery.send_due() == 0, "the lease still holds"
    AlertMessage.objects.update(lease_until=clock.real_now())
    assert delivery.send_due() == 1

    ids = [headers["X-Shipsync-Message"] for headers, _ in receiver.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def _die(*_: Any, **__: Any) -> None:
    raise RuntimeError("the process was killed here")


def test_no_message_is_sent_in_a_transaction(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(target(way="webhook", address=receiver.url))
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    post = webhook.post

    def noted(message: AlertMessage) -> None:
        seen.append(len(connection.savepoint_ids))
        post(message)

    monkeypatch.setattr(webhook, "post", noted)
    delivery.send_due()
    assert seen == [depth]


@override_settings(DEVELOPMENT=False)
@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "http://127.0.0.1:9000/x",
        "https://127.0.0.1/x",
        "https://10.0.0.8/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://chat.internal/x",
        "https://user:word@hooks.example.com/x",
        "https://hooks.example.com:8443/x",
        "https://hooks.example.com/x y",
        "ftp://hooks.example.com/x",
    ],
)
def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        webhook.check_url(url)
    place = AlertTarget(way="webhook", address=url)
    with pytest.raises(DeliveryError) as error:
        webhook.post(AlertMessage(target=place, created_at=clock.now()))
    assert error.value.outcome is Outcome.BAD_ADDRESS


@override_settings(DEVELOPMENT=False)
def test_real_addresses_of_slack_and_teams_are_taken() -> None:
    webhook.check_url("https://hooks.slack.com/services/T0/B0/xyz")
    webhook.check_url(
        "https://prod-01.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/"
        "invoke?api-version=2016-06-01&sp=%2Ftriggers&sv=1.0&sig=abc"
    )


@override_settings(DEVELOPMENT=False)
def test_a_public_name_that_leads_inside_gets_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is where the connection went, not what a look-up said before."""
    import socket

    port = receiver.server_address[1]
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    place = AlertTarget(way="webhook", address="https://hooks.example.com/x")
    with pytest.raises(DeliveryError) as error:
        webhook.post(AlertMessage(target=place, created_at=clock.now()))
    assert error.value.outcome is Outcome.INSIDE
    assert receiver.got == []


def test_nobody_answers(receiver: Receiver) -> None:
    receiver.shutdown()
    receiver.server_close()
    outcome, sentence = delivery.send_test(target(way="webhook", address=receiver.url))
    assert outcome is Outcome.UNREACHABLE
    assert sentence == SENTENCES[outcome]


def test_a_mail_server_that_hangs_up_names_no_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hang_up(*_: Any) -> None:
        raise SMTPServerDisconnected("bye ops@example.test")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", hang_up)
    outcome, sentence = delivery.send_test(target(address="ops@example.test"))
    assert outcome is Outcome.MAIL_REFUSED
    assert "ops@example.test" not in sentence


def test_every_outcome_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Outcome)


def test_no_text_of_any_trigger_names_a_buyer() -> None:
    """Orders and cases with a buyer and a case's own words: none of it goes out."""
    AlertRule.objects.all().delete()
    place = AlertTarget.objects.create(
        name="Ops", way="webhook", address="http://127.0.0.1:1/x"
    )
    now = clock.now()
    for trigger in AlertTrigger.values:
        place.rules.create(trigger=trigger, minutes=240, count=1)
    store = make_store(state=StoreState.PAUSED, paused_at=now)
    order = make_order(store=store, ship_by=now + timedelta(hours=2), number="ORDER-77")
    for kind in ("store_silent", "access_expires"):
        make_case(
            order,
            kind=kind,
            summary=f"{RECIPIENT['name']}, {RECIPIENT['postcode']}",
            opened_at=now - timedelta(minutes=5),
        )
    written = planning.write_down()
    assert written >= 6
    for message in AlertMessage.objects.select_related("target", "rule"):
        for way in ("slack", "teams", "webhook"):
            message.target.way = way
            text = json.dumps(webhook.payload(message)) + message.subject + message.body
            for value in ("Ada Byron", "Byron", "SW1Y", "St James", "7946", "ORDER-77"):
                assert value not in text, (message.rule, value)


def test_old_messages_go_and_waiting_ones_stay() -> None:
    place = target(way="webhook", address="http://127.0.0.1:1/x")
    message = waiting(place)
    AlertMessage.objects.update(created_at=clock.now() - timedelta(days=91))
    assert delivery.purge() == 0
    message.state = AlertState.SENT
    message.save(update_fields=["state"])
    assert delivery.purge() == 1
