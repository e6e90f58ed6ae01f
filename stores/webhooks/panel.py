"""What the account page shows of its webhooks; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Sum

from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import (
    Account,
    ReceiptOutcome,
    RemoteAccount,
    ShipStationAccount,
    WebhookEndpoint,
    WebhookReceipt,
)
from stores.webhooks import endpoints

SHOWN = timedelta(hours=24)
_TONES = {
    ReceiptOutcome.NUDGED: "fine",
    ReceiptOutcome.NOTED: "plain",
    ReceiptOutcome.UNKNOWN: "plain",
    ReceiptOutcome.FOREIGN: "breach",
    ReceiptOutcome.MALFORMED: "soon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The messages of the last day about one thing."""

    topic: str
    outcome: str
    tone: str
    messages: int
    repeats: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """``address`` is '' for those who may not see it; ``subscribes``: we do it there."""

    enabled: bool
    subscribes: bool
    system: str
    address: str = ""
    hindrance: str = ""
    problem: str = ""
    made_at: datetime | None = None
    last_received_at: datetime | None = None
    ensured_at: datetime | None = None
    subscriptions: tuple[dict[str, Any], ...] = ()
    topics: tuple[Topic, ...] = ()
    foreign: bool = False


def receives(account: Account) -> bool:
    """Whether this kind of account can be sent messages at all."""
    if isinstance(account, ShipStationAccount):
        return True
    return (
        isinstance(account, RemoteAccount)
        and account.marketplace in CONNECTORS
        and Capability.WEBHOOKS in CONNECTORS.get(account.marketplace).capabilities
    )


def panel_of(account: Account, *, show_address: bool) -> Panel | None:
    """The panel, or None for an account that is sent nothing."""
    if not receives(account):
        return None
    subscribes = isinstance(account, ShipStationAccount)
    system = "ShipStation" if subscribes else _label(account)
    endpoint = WebhookEndpoint.objects.filter(account=account.key).first()
    hindrance = address = ""
    try:
        endpoints.public_url()
        if endpoint is not None and show_address:
            address = endpoints.address_of(endpoint)
    except endpoints.NoPublicAddressError as error:
        hindrance = str(error)
    if endpoint is None:
        return Panel(
            enabled=False, subscribes=subscribes, system=system, hindrance=hindrance
        )
    topics = _topics(account.key)
    return Panel(
        enabled=endpoint.enabled,
        subscribes=subscribes,
        system=system,
        address=address,
        hindrance=hindrance,
        problem=endpoint.problem,
        made_at=endpoint.token_made_at,
        last_received_at=endpoint.last_received_at,
        ensured_at=endpoint.ensured_at,
        subscriptions=tuple(endpoint.subscriptions or ()),
        topics=topics,
        foreign=any(row.tone == "breach" for row in topics),
    )


def _label(account: Account) -> str:
    code = account.marketplace if isinstance(account, RemoteAccount) else ""
    return str(CONNECTORS.get(code).label)


def _topics(account_key: str) -> tuple[Topic, ...]:
    rows = (
        WebhookReceipt.objects.filter(
            source=account_key, last_at__gte=clock.now() - SHOWN
        )
        .values("topic", "outcome")
        .annotate(messages=Count("pk"), again=Sum("repeats"), last=Max("last_at"))
        .order_by("-last")
    )
    return tuple(
        Topic(
            topic=row["topic"],
            outcome=ReceiptOutcome(row["outcome"]).label,
            tone=_TONES[ReceiptOutcome(row["outcome"])],
            messages=row["messages"],
            repeats=row["again"],
            last_at=row["last"],
        )
        for row in rows
    )
