"""The moments of an order's cancellation from our rows, and as a file for a dispute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from orders.knew_when import BY_MESSAGE, Moment, knew_when
from orders.knew_when_facts import Heard, Known, Label, Said, Tried
from orders.models import (
    Decision,
    MergeLink,
    Order,
    OrderEvent,
    Shipment,
    ShipStationOrder,
    SyncAttempt,
    Verb,
)
from shipsync_site.lib.cells import iso
from stores.connectors import CONNECTORS
from stores.models import Cursor, ReceiptOutcome, WebhookReceipt

# What people say about a cancellation.
_WORDS = (
    Verb.CANCEL,
    Verb.CANCEL_MARKET,
    Verb.SHIP_ANYWAY,
    Verb.REJECT_REQUEST,
    Verb.KEEP,
    Verb.TAKEN_OUT,
    Verb.LEFT_WITH_IT,
    Verb.INTERCEPT,
    Verb.ACCEPT,
    Verb.REOPEN,
)
_CANCELLING = (
    "cancel_requested",
    "cancel_withdrawn",
    "line_cancelled",
    "status",
    "decided",
)
_SYSTEMS = {"shipstation": "ShipStation", "shipsync": "shipsync", "you": "a person"}
COLUMNS = (
    "Order",
    "Moment",
    "System",
    "Time (UTC)",
    "What is known",
    "Minutes since the one before",
    "Minutes since the marketplace said it",
)


def moments_of(order: Order) -> list[Moment]:
    """The moments of its latest cancellation, [] for none; at most nine queries."""
    if not _cancelled(order):
        return []
    return knew_when(known_of(order))


def known_of(order: Order) -> Known:
    """What is known of an order's cancellation, the record it was combined into too."""
    account = order.store.shipstation_account
    own = list(
        ShipStationOrder.objects.filter(order=order).values_list(
            "ss_order_id", flat=True
        )
    )
    links = MergeLink.objects.filter(account=account, absorbed_id__in=own)
    primary = links.order_by("-as_of").values_list("primary_id", flat=True).first()
    records = [*own, primary] if primary is not None else own
    others = ShipStationOrder.objects.filter(
        account=account, ss_order_id__in=records, order__isnull=False
    ).values("order")
    heard = _lines(OrderEvent.objects.filter(order=order, verb__in=_CANCELLING))
    reads = _lines(OrderEvent.objects.filter(order__in=others, verb="record"))
    return Known(
        marketplace=order.store.remote_account.marketplace,
        heard=[*heard, *reads],
        tried=_tried(order),
        said=_said(order),
        labels=_labels(account.pk, records),
        records=records,
        primary=primary,
        parcels_read_at=Cursor.objects.filter(account=account.key, stream="shipments")
        .values_list("watermark", flat=True)
        .first(),
        messages=_messages(order, heard),
    )


def cells_of(order: Order, moments: Sequence[Moment]) -> Iterator[tuple[object, ...]]:
    """The table as rows of a file, columns as in COLUMNS; nothing that was typed."""
    for moment in moments:
        yield (
            order.number,
            moment.label,
            system_name(moment.system),
            iso(moment.at) or "unknown",
            moment.text,
            _number(moment.minutes),
            _number(moment.since_said),
        )


def text_of(order: Order, moments: Sequence[Moment]) -> str:
    """The table as plain lines, to paste into a dispute."""
    lines = [f"Order {order.number}: who knew when (times in UTC)"]
    for moment in moments:
        time = f"{moment.at:%Y-%m-%d %H:%M:%S}" if moment.at else "unknown" + " " * 12
        lines.append(
            f"{time}  {system_name(moment.system)}: {moment.label}. {moment.text}"
        )
    return "\n".join(lines)


def system_name(code: str) -> str:
    """'Amazon', 'ShipStation', 'a person'."""
    if code in CONNECTORS:
        return CONNECTORS.get(code).label
    return _SYSTEMS.get(code, code)


def _cancelled(order: Order) -> bool:
    """Whether anything was ever asked to be cancelled, or was."""
    return (
        bool(order.cancel_seq)
        or order.status == "cancelled"
        or any(line.quantity_cancelled for line in order.lines.all())
    )


def _lines(events: QuerySet[OrderEvent]) -> list[Heard]:
    rows = events.order_by("at", "pk")
    return [
        Heard(
            verb=row.verb,
            at=row.at,
            happened=row.happened,
            text=row.text,
            data=row.data,
        )
        for row in rows
    ]


def _tried(order: Order) -> list[Tried]:
    rows = SyncAttempt.objects.filter(
        order=order, operation__in=("hold", "cancel", "answer")
    )
    return [
        Tried(
            operation=row.operation,
            at=row.started_at,
            target=row.target,
            outcome=row.outcome,
            finished_at=row.finished_at,
            refusal=row.error_text or row.error_code,
        )
        for row in rows.order_by("started_at", "pk")
    ]


def _said(order: Order) -> list[Said]:
    rows = Decision.objects.filter(
        Q(case__kind__contains="cancel") | Q(case__kind="answer_refused"),
        order=order,
        verb__in=_WORDS,
    ).defer("details")
    return [
        Said(at=row.at, by=row.by_name, what=Verb(row.verb).label, reason=row.reason)
        for row in rows.order_by("at", "pk")
    ]


def _labels(account: int, records: Sequence[int]) -> list[Label]:
    rows = Shipment.objects.filter(
        account=account, ss_order_id__in=records, is_return=False, is_test=False
    )
    return [
        Label(
            bought_at=row.created_at,
            tracking=row.tracking_number,
            record=row.ss_order_id,
            voided_at=row.voided_at,
        )
        for row in rows
    ]


def _messages(order: Order, heard: Sequence[Heard]) -> list[datetime]:
    """When the marketplace sent word shortly before we heard of a cancellation."""
    found: list[datetime] = []
    for line in heard:
        if line.verb in ("cancel_requested", "line_cancelled", "status"):
            rows = WebhookReceipt.objects.filter(
                source=order.store.remote_account.key,
                outcome=ReceiptOutcome.NUDGED,
                last_at__range=(line.at - BY_MESSAGE, line.at),
            )
            found += rows.values_list("last_at", flat=True)
    return found


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
