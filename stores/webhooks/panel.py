"""What the account page shows of its webhooks; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Sum

from shipsync_site.lib import clock
from stores.connect import idle_connector
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
from stores.webhooks import endpoints
from stores.webhooks.subscribing import subscribes

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
    """``address`` is '' for those who may not see it.

    ``subscribes``: we tell the peer ourselves; ``lists``: and it shows us what it has.
    """

    enabled: bool
    subscribes: bool
    system: str
    lists: bool = False
    address: str = ""
    hindrance: str = ""
    problem: str = ""
    made_at: datetime | None = None
    last_received_at: datetime | None = None
    ensured_at: datetime | None = None
    subscriptions: tuple[dict[str, Any], ...] = ()
    topics: tuple[Topic, ...] = ()
    foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The queue that an account's messages are fetched from; ``on``: it has one."""

    on: bool
    system: str
    heard_at: datetime | None = None
    problem: str = ""
    topics: tuple[Topic, ...] = ()


def queue_of(account: Account) -> Queue | None:
    """What the account page shows of its queue; None where there can't be one."""
    if not isinstance(account, RemoteAccount) or account.marketplace not in CONNECTORS:
        return None
    if Capability.LISTEN not in CONNECTORS.get(account.marketplace).capabilities:
        return None
    lane = Lane.objects.filter(account=account.key, direction=Direction.LISTEN).first()
    topics = _topics(account.key)
    return Queue(
        on=idle_connector(account).listens,
        system=_label(account),
        heard_at=topics[0].last_at if topics else None,
        problem=lane.last_error if lane is not None else "",
        topics=topics,
    )


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
    tells = subscribes(account)
    lists = isinstance(account, ShipStationAccount)
    system = "ShipStation" if lists else _label(account)
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
            enabled=False,
            subscribes=tells,
            lists=lists,
            system=system,
            hindrance=hindrance,
        )
    topics = _topics(account.key)
    return Panel(
        enabled=endpoint.enabled,
        subscribes=tells,
        lists=lists,
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
