"""The outbox: what was written down is sent, again after a failure, and shown if not.

At least once: a message whose answer was lost (a crash, a time-out) is sent again, for
neither mail servers nor webhooks can be asked whether they took it. Both copies carry one
id, by which the other side may drop the second. Each attempt is counted before it is
made; no call runs in a transaction.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from uuid import uuid4

from django.db.models import F, Q
from django.urls import reverse

from orders.alerts import mail, webhook, words
from orders.alerts.outcomes import SENTENCES, DeliveryError, Outcome
from orders.models import AlertMessage, AlertState, AlertTarget, AlertWay
from orders.triage import close_store_case, open_store_case
from shipsync_site.lib import clock

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
# Waits after the first, second … failure; then it has failed for good.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# Real seconds that one run may spend; the next minute's goes on.
SPAN = 40.0
KEPT = timedelta(days=90)
KIND = "alert_undelivered"


def send_due() -> int:
    """Send what is due, oldest first; how many messages were tried."""
    started, tried = time.monotonic(), 0
    while time.monotonic() - started < SPAN:
        message = _lease()
        if message is None:
            break
        _attempt(message)
        tried += 1
    return tried


def send_test(target: AlertTarget) -> tuple[Outcome, str]:
    """Send a real test message now: how it ended, with its sentence."""
    now = clock.now()
    message = AlertMessage(
        target=target,
        subject="Test of shipsync's alerts",
        body="If you read this, alerts get here. Nothing is to be done.",
        link=words.absolute(reverse("home")),
        created_at=now,
    )
    try:
        _send(message)
    except DeliveryError as error:
        _note(target, error.sentence)
        return error.outcome, error.sentence
    _arrived(target)
    return Outcome.SENT, SENTENCES[Outcome.SENT]


def purge() -> int:
    """Take away messages of more than 90 days ago; how many rows."""
    rows = AlertMessage.objects.filter(created_at__lt=clock.now() - KEPT)
    return rows.exclude(state=AlertState.WAITING).delete()[0]


def _lease() -> AlertMessage | None:
    now = clock.real_now()
    due = AlertMessage.objects.filter(state=AlertState.WAITING, due_at__lte=now)
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    for pk in (
        due.filter(free).order_by("due_at", "pk").values_list("pk", flat=True)[:5]
    ):
        lease = uuid4().hex
        mine = due.filter(free, pk=pk).update(
            lease_id=lease, lease_until=now + LEASE, tries=F("tries") + 1
        )
        if mine:
            return AlertMessage.objects.select_related("target__user", "rule").get(
                pk=pk
            )
    return None


def _attempt(message: AlertMessage) -> None:
    try:
        _send(message)
    except DeliveryError as error:
        _failed(message, error)
    else:
        _settle(message, state=AlertState.SENT, sent_at=clock.real_now(), error="")
        _arrived(message.target)


def _send(message: AlertMessage) -> None:
    if message.target.way == AlertWay.MAIL:
        mail.post(message)
    else:
        webhook.post(message)


def _failed(message: AlertMessage, error: DeliveryError) -> None:
    logger.warning(
        "alert message=%s target=%s try=%s outcome=%s",
        message.pk,
        message.target_id,
        message.tries,
        error.outcome,
    )
    if not error.final and message.tries <= len(BACK_OFF):
        wait = BACK_OFF[message.tries - 1]
        _settle(message, due_at=clock.real_now() + wait, error=error.sentence[:300])
        return
    _settle(message, state=AlertState.FAILED, error=error.sentence[:300])
    _note(message.target, error.sentence)
    open_store_case(
        scope=f"alert:{message.target_id}",
        kind=KIND,
        cause="undelivered",
        summary=f"Alerts to {message.target.name} do not arrive. {error.sentence}",
        context={"target": message.target.name, "outcome": str(error.outcome)},
    )


def _settle(message: AlertMessage, **values: object) -> None:
    """Note how it went, where the lease is still ours."""
    AlertMessage.objects.filter(pk=message.pk, lease_id=message.lease_id).update(
        lease_id="", lease_until=None, **values
    )


def _note(target: AlertTarget, problem: str) -> None:
    AlertTarget.objects.filter(pk=target.pk).update(last_error=problem[:300])


def _arrived(target: AlertTarget) -> None:
    AlertTarget.objects.filter(pk=target.pk).update(
        last_ok_at=clock.real_now(), last_error=""
    )
    close_store_case(f"alert:{target.pk}", KIND)
