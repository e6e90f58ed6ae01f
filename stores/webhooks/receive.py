"""From a message to a receipt and a nudge: stored first, answered at once.

Nothing here calls anybody. A message that comes again is counted and does nothing more.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from shipsync_site.lib import clock
from stores import lanes
from stores.connect import connector_for
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import (
    Account,
    Direction,
    Lane,
    ReceiptOutcome,
    RemoteAccount,
    ShipStationAccount,
    WebhookEndpoint,
    WebhookReceipt,
)
from stores.remote_types import Notice, WebhookAnswer, WebhookRequest
from stores.shipstation import messages
from stores.webhooks.signals import buyers_to_forget

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
# A message that names no run can only be told from its repeat by time.
SAME_WITHIN = 300
# Real time: a flood of messages makes one look in this long; one alone looks at once.
LOOK_EVERY = timedelta(seconds=15)
_JSON = ("application/json", "text/json", "text/plain", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the sender gets; ``allow`` names the methods with a 405."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    allow: tuple[str, ...] = ()


def receive(
    account: Account, endpoint: WebhookEndpoint, request: WebhookRequest
) -> Reply:
    """Keep what was sent to an account's endpoint, ask for a look, say what to answer."""
    if isinstance(account, ShipStationAccount):
        return _from_shipstation(account, endpoint, request)
    if isinstance(account, RemoteAccount):
        return _from_marketplace(account, endpoint, request)
    raise TypeError(f"{type(account).__name__} receives nothing")


def _from_shipstation(
    account: ShipStationAccount, endpoint: WebhookEndpoint, request: WebhookRequest
) -> Reply:
    if request.method != "POST":
        return Reply(status=405, allow=("POST",))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _JSON and not kind.endswith("+json"):
        return Reply(status=415)
    now = clock.now()
    digest = hashlib.sha256(request.body).hexdigest()
    try:
        message = messages.read(request.body)
    except messages.MalformedMessageError as error:
        logger.warning("webhook of %s refused: %s", account.key, error)
        _keep(
            endpoint,
            request,
            key=f"malformed:{digest}",
            topic="malformed",
            outcome=ReceiptOutcome.MALFORMED,
            now=now,
        )
        return Reply(status=400)
    span = "" if message.batch else str(int(now.timestamp()) // SAME_WITHIN)
    outcome, direction = _meaning(message)
    receipt = _keep(
        endpoint,
        request,
        key=f"{digest}:{span}",
        topic=message.topic,
        outcome=outcome,
        params=message.params,
        now=now,
    )
    if receipt is not None and direction is not None:
        look(account.key, direction, _of_its_kind(message.topic))
    if outcome == ReceiptOutcome.FOREIGN:
        logger.warning(
            "webhook of %s names another host: somebody else may know the address",
            account.key,
        )
    return Reply(status=200, body=b"{}")


def _of_its_kind(topic: str) -> frozenset[str]:
    """The topics that ask for the same look."""
    kinds = (messages.ORDER_EVENTS, messages.DISPATCH_EVENTS)
    return next((kind for kind in kinds if topic in kind), frozenset({topic}))


def _meaning(message: messages.Message) -> tuple[ReceiptOutcome, Direction | None]:
    if message.foreign:
        return ReceiptOutcome.FOREIGN, None
    if message.topic in messages.ORDER_EVENTS:
        return ReceiptOutcome.NUDGED, Direction.MIRROR
    if message.topic in messages.DISPATCH_EVENTS:
        return ReceiptOutcome.NUDGED, Direction.DISPATCHES
    return ReceiptOutcome.UNKNOWN, None


def _from_marketplace(
    account: RemoteAccount, endpoint: WebhookEndpoint, request: WebhookRequest
) -> Reply:
    """As the account's connector says; without a proof it says that nothing is kept."""
    if Capability.WEBHOOKS not in CONNECTORS.get(account.marketplace).capabilities:
        return Reply(status=404)
    answer = connector_for(account).receive(request)
    if answer.dedupe_key:
        with transaction.atomic():
            receipt = _keep(
                endpoint,
                request,
                key=answer.dedupe_key,
                topic=answer.topic or messages.UNKNOWN_TOPIC,
                outcome=_outcome(answer),
                now=clock.now(),
            )
            if receipt is not None and answer.forget_buyers:
                buyers_to_forget.send(
                    sender=RemoteAccount,
                    account=account,
                    buyers=answer.forget_buyers,
                    receipt=receipt,
                )
        if receipt is not None and answer.look:
            look(account.key, Direction.PULL)
    return Reply(
        status=answer.status, body=answer.body, content_type=answer.content_type
    )


def keep_notices(account: RemoteAccount, notices: Sequence[Notice]) -> list[Notice]:
    """Keep messages that were fetched from a queue; those that are new.

    Every message is stored when this returns, and one look was asked for where a new
    one names no order to read.
    """
    now = clock.now()
    fresh: list[Notice] = []
    for notice in notices:
        happened = notice.happened_at
        receipt = _store(
            account.key,
            key=notice.dedupe_key,
            topic=notice.topic or messages.UNKNOWN_TOPIC,
            outcome=ReceiptOutcome.NUDGED,
            body=b"",
            now=now,
            params={"happened_at": happened.isoformat()} if happened else None,
        )
        if receipt is not None:
            fresh.append(notice)
    if any(not notice.order_remote_id for notice in fresh):
        look(account.key, Direction.PULL)
    return fresh


def _outcome(answer: WebhookAnswer) -> ReceiptOutcome:
    return ReceiptOutcome.NUDGED if answer.look else ReceiptOutcome.NOTED


def look(
    account_key: str, direction: Direction, topics: Collection[str] | None = None
) -> None:
    """Have a lane look: now, or in a flood as soon as its last look is LOOK_EVERY ago.

    A flood is more than one message of these ``topics`` (None: of any) in that time. An
    ordinary look of a moment ago holds nobody up: what a message tells came after it.
    """
    span = LOOK_EVERY * (clock.current().rate or 1.0)
    lately = WebhookReceipt.objects.filter(
        source=account_key,
        outcome=ReceiptOutcome.NUDGED,
        received_at__gt=clock.now() - span,
    )
    if topics is not None:
        lately = lately.filter(topic__in=topics)
    due_at = None
    if len(lately.values_list("pk")[:2]) > 1:
        last = (
            Lane.objects.filter(account=account_key, direction=direction)
            .values_list("last_run_at", flat=True)
            .first()
        )
        soonest = last + LOOK_EVERY if last else None
        due_at = soonest if soonest and soonest > clock.real_now() else None
    lanes.nudge(account_key, direction, due_at=due_at)


def _keep(
    endpoint: WebhookEndpoint,
    request: WebhookRequest,
    *,
    key: str,
    topic: str,
    outcome: ReceiptOutcome,
    now: datetime,
    params: Mapping[str, Any] | None = None,
) -> WebhookReceipt | None:
    """Store the receipt of a message; None when it was there: then it is counted."""
    with transaction.atomic():
        receipt = _store(
            endpoint.account,
            key=key,
            topic=topic,
            outcome=outcome,
            body=request.body,
            now=now,
            params=params,
        )
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_received_at=now)
    return receipt


def _store(
    source: str,
    *,
    key: str,
    topic: str,
    outcome: ReceiptOutcome,
    body: bytes,
    now: datetime,
    params: Mapping[str, Any] | None = None,
) -> WebhookReceipt | None:
    with transaction.atomic():
        receipt, created = WebhookReceipt.objects.get_or_create(
            source=source,
            dedupe_key=_short(key),
            defaults={
                "topic": topic[:60],
                "outcome": outcome,
                "params": dict(params or {}),
                "body_digest": hashlib.sha256(body).hexdigest(),
                "size": len(body),
                "received_at": now,
                "last_at": now,
                "purge_at": now + KEPT,
            },
        )
        if not created:
            WebhookReceipt.objects.filter(pk=receipt.pk).update(
                repeats=F("repeats") + 1, last_at=now
            )
    return receipt if created else None


def _short(key: str) -> str:
    """A key that fits its column; a longer one by its digest."""
    return key if len(key) <= 200 else hashlib.sha256(key.encode()).hexdigest()


def purge() -> int:
    """Delete receipts past their date; how many there were."""
    return WebhookReceipt.objects.filter(purge_at__lte=clock.now()).delete()[0]
