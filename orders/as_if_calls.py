"""The requests behind a piece of work, as the sync would build them now; none is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orders import preview
from orders.facts import Operation, Work, fingerprint
from orders.facts_parcels import CarrierChoice
from orders.models import Dispatch, Order, Peer, SyncJob
from orders.sync.attempts import Attempted
from orders.sync.operations.answer import acceptance_of, answer_of
from orders.sync.operations.confirm import confirmation_of
from orders.sync.operations.push import WANTS, replaced_whole
from orders.sync.operations.records import HOLD_DAYS
from orders.sync.operations.void import label_of
from orders.timeline import operation_name
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.errors import RejectedError
from stores.remote_types import Confirmation
from stores.shipstation import pacific

READS_FIRST = "The order is read right before, and the call worded by what it shows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that would go out. ``body`` is what it carries, a buyer's words masked.

    ``path`` is '' where the marketplace's connector reads the order first and words the
    call by what it finds: ``body`` is then what it would tell. ``digest`` is of the
    whole body, unmasked.
    """

    system: str
    text: str
    path: str
    body: Any
    raw: Any
    note: str = ""
    due_at: datetime | None = None


def calls_of(order: Order, work: Work) -> Iterator[Call]:
    """The requests behind a piece of work, in their order."""
    if work.reads:
        yield _read(order, work)
    elif work.peer == Peer.MARKETPLACE:
        yield from _to_marketplace(order, work)
    elif work.operation in WANTS and _whole(order, work):
        yield _createorders(order, work)
    elif work.operation in (Operation.HOLD, Operation.RESTORE):
        yield from _by_date(order, work)
    elif work.operation is Operation.VOID:
        yield _void(work)
    else:
        yield Call(
            system="shipstation",
            text=operation_name(work.operation),
            path="",
            body=None,
            raw=None,
            note="Written by ShipStation's newer interface, and read back.",
            due_at=work.due_at,
        )


def confirmation_as_if(
    dispatch: Dispatch, choice: CarrierChoice
) -> tuple[Call | None, str]:
    """The confirmation of a parcel if its carrier were mapped so; else why not."""
    order = dispatch.order
    connector = CONNECTORS.get(order.store.remote_account.marketplace)
    try:
        told = confirmation_of(order, dispatch, choice)
        raw = connector.confirmation_shown(told)
    except RejectedError as error:
        return None, error.message
    return _confirm(order, told, raw), ""


def _read(order: Order, work: Work) -> Call:
    to_market = work.peer == Peer.MARKETPLACE
    system = order.store.remote_account.marketplace if to_market else "shipstation"
    return Call(
        system=system,
        text="Read the order",
        path="" if to_market else f"GET /orders/{work.target}",
        body=None,
        raw=None,
        note="What follows depends on what it shows.",
        due_at=work.due_at,
    )


def _whole(order: Order, work: Work) -> bool:
    """Whether the write replaces the whole record, as the push decides it."""
    if work.operation is Operation.PUSH:
        return True
    item = Attempted(job=SyncJob(order=order), work=work)
    return order.pk in replaced_whole(order.store.shipstation_account, [item])


def _createorders(order: Order, work: Work) -> Call:
    record = preview.record_of(order, work)
    note = ""
    if work.target != "new" and record is None:
        note = "The record is read first: it was written since we last saw it."
    payload = preview.body_of(order, record, work)
    return Call(
        system="shipstation",
        text=operation_name(work.operation),
        path="POST /orders/createorders",
        body=preview.hidden(payload.body, payload.sources),
        raw=payload.body,
        note=note,
        due_at=work.due_at,
    )


def _by_date(order: Order, work: Work) -> Iterator[Call]:
    """A record that we may not replace: held by date or let go, with its tag."""
    holds = work.operation is Operation.HOLD
    body: dict[str, Any] = {"orderId": int(work.target)}
    if holds:
        until = pacific.today(clock.now()) + timedelta(days=HOLD_DAYS)
        body["holdUntilDate"] = until.isoformat()
    path = "POST /orders/holduntil" if holds else "POST /orders/restorefromhold"
    yield Call(
        system="shipstation",
        text=operation_name(work.operation),
        path=path,
        body=body,
        raw=body,
        due_at=work.due_at,
    )
    tag = order.store.shipstation_account.stop_tag_id
    if tag is None:
        return
    tagged = {"orderId": int(work.target), "tagId": tag}
    yield Call(
        system="shipstation",
        text="Put the stop tag on" if holds else "Take the stop tag off",
        path="POST /orders/addtag" if holds else "POST /orders/removetag",
        body=tagged,
        raw=tagged,
        due_at=work.due_at,
    )


def _void(work: Work) -> Call:
    body = {"shipmentId": int(label_of(work).remote_id)}
    return Call(
        system="shipstation",
        text=operation_name(work.operation),
        path="POST /shipments/voidlabel",
        body=body,
        raw=body,
        note="The label is read right before, and again after it.",
        due_at=work.due_at,
    )


def _to_marketplace(order: Order, work: Work) -> Iterator[Call]:
    if work.operation is Operation.CONFIRM:
        dispatch = order.dispatches.select_related("shipment").get(pk=int(work.target))
        told = confirmation_of(order, dispatch)
        connector = CONNECTORS.get(order.store.remote_account.marketplace)
        call = _confirm(order, told, connector.confirmation_shown(told))
        yield replace(call, due_at=work.due_at)
        return
    if work.operation is Operation.ACCEPT:
        body: Any = asdict(acceptance_of(order, work.yes))
        text = "Accept the order" if work.yes else "Refuse the order"
    else:
        reference = fingerprint(order.remote_id, work.target, work.digest)
        body = asdict(
            answer_of(order, yes=work.yes, reason=work.choice, reference=reference)
        )
        text = "Grant the cancellation" if work.yes else "Reject the request to cancel"
    yield Call(
        system=order.store.remote_account.marketplace,
        text=text,
        path="",
        body=body,
        raw=body,
        note=READS_FIRST,
        due_at=work.due_at,
    )


def _confirm(order: Order, told: Confirmation, raw: Any) -> Call:
    return Call(
        system=order.store.remote_account.marketplace,
        text=operation_name(Operation.CONFIRM),
        path="",
        body=raw if raw is not None else asdict(told),
        raw=raw,
        note="" if raw is not None else READS_FIRST,
    )
