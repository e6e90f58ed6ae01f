"""Tell the marketplace what was dispatched or answered, and read orders in doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, time

from django.db import transaction

from orders.carriers import carrier_table, mapped
from orders.decide_dispatch import confirmable
from orders.events import Timeline
from orders.facts import Operation, Priority, Work
from orders.facts_parcels import CarrierChoice
from orders.ingest import ingest_one
from orders.models import Dispatch, Order, Peer, Rung, SyncJob
from orders.reconsider import reconsider
from orders.snapshot_rows import dispatch_facts
from orders.sync import outbox
from orders.sync.attempts import Attempted, finish, opener
from orders.sync.operations.answer import accept, answer
from orders.sync.units import HandOver, UnitResult
from orders.tracking import doubt
from orders.triage import open_store_case
from shipsync_site.lib import clock
from stores.connect import connector_for
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
    UnexpectedAnswerError,
)
from stores.models import RemoteAccount
from stores.remote_types import Confirmation

BATCH = 5
# What people say, whose refusals are theirs to know.
ANSWERS = (Operation.ACCEPT, Operation.ANSWER)


def unit(account: RemoteAccount, hand_over: HandOver) -> UnitResult:
    """Lease a few due jobs; one call each, decided anew right before it."""
    leased = outbox.lease(account.key, Peer.MARKETPLACE, limit=BATCH)
    if leased is None:
        return UnitResult(due_at=outbox.next_due(account.key, Peer.MARKETPLACE))
    hand_over(outbox.next_due(account.key, Peer.MARKETPLACE))
    counts: Counter[str] = Counter()
    failed: dict[int, str] = {}
    done: list[int] = []
    capabilities = CONNECTORS.get(account.marketplace).capabilities
    looks_first = Capability.CONFIRM_ENDS_REQUEST in capabilities
    try:
        for job in leased.jobs:
            work = _due(job, leased)
            if work and work.operation is Operation.CONFIRM and looks_first:
                look = replace(work, operation=Operation.READ_BACK)
                _one(account, Attempted(job=job, work=look), counts, failed)
                work = None if job.order_id in failed else _due(job, leased)
            if work:
                _one(account, Attempted(job=job, work=work), counts, failed)
            done.append(job.order_id)
            outbox.release(_only(leased, job.order_id), failed=failed)
            reconsider([job.order_id])
    except ThrottledError as error:
        waiting = replace(
            leased, jobs=tuple(x for x in leased.jobs if x.order_id not in done)
        )
        outbox.put_off(waiting, account.key, Peer.MARKETPLACE, error.retry_after)
        due_at = outbox.next_due(account.key, Peer.MARKETPLACE)
        return UnitResult(due_at=due_at, counts=counts)
    except UnauthorisedError:
        outbox.release(leased, counted=False)
        raise
    except Exception:
        rest = [x for x in leased.order_ids if x not in done]
        outbox.release(
            leased, failed=dict.fromkeys(rest, "internal error, see the log")
        )
        raise
    return UnitResult(
        due_at=outbox.next_due(account.key, Peer.MARKETPLACE), counts=counts
    )


def _due(job: SyncJob, leased: outbox.Lease) -> Work | None:
    """The most urgent thing that is due for this order, decided from facts as of now."""
    verdict = reconsider([job.order_id], lease_id=leased.id).get(job.order_id)
    now = clock.now()
    work = [
        w
        for w in (verdict.work if verdict else ())
        if w.peer == Peer.MARKETPLACE and w.due_at <= now
    ]
    return min(work, key=lambda w: w.priority, default=None)


def _only(leased: outbox.Lease, order_id: int) -> outbox.Lease:
    """The lease of one job of these: released by itself once it is done."""
    jobs = tuple(job for job in leased.jobs if job.order_id == order_id)
    return outbox.Lease(id=leased.id, jobs=jobs)


def _one(
    account: RemoteAccount,
    item: Attempted,
    counts: Counter[str],
    failed: dict[int, str],
) -> None:
    order = Order.objects.select_related("store__remote_account").get(
        pk=item.job.order_id
    )
    urgent = item.work.priority <= Priority.URGENT
    try:
        if item.work.operation is Operation.READ_BACK:
            _read_back(account, order, urgent=urgent)
        elif item.work.operation is Operation.ACCEPT:
            accept(account, order, item, urgent=urgent)
        elif item.work.operation is Operation.ANSWER:
            answer(account, order, item, urgent=urgent)
        else:
            _confirm(account, order, item, urgent=urgent)
    except RejectedError as error:
        finish([(item, error)])
        _refused(item.work, error)
        counts["refused"] += 1
        return
    except RemoteError as error:
        finish([(item, error)])
        if isinstance(error, LockedError) and item.work.operation in ANSWERS:
            counts["refused"] += 1  # it moved on there: decide() says so in a case
            return
        if isinstance(error, ThrottledError | UnauthorisedError):
            raise
        if isinstance(error, OutcomeUnknownError | UnexpectedAnswerError):
            _rung(item.work, Rung.SENT)
        if not isinstance(error, TransientError | OutcomeUnknownError):
            _report(account, order, error)
        failed[order.pk] = error.message
        return
    counts[str(item.work.operation)] += 1


def _confirm(
    account: RemoteAccount, order: Order, item: Attempted, *, urgent: bool
) -> None:
    dispatch = Dispatch.objects.select_related("shipment").get(pk=int(item.work.target))
    confirmation = confirmation_of(order, dispatch)
    connector_for(account, on_open=opener([item])).confirm(confirmation, urgent=urgent)
    now = clock.now()
    with transaction.atomic():
        finish([(item, None)])
        Dispatch.objects.filter(pk=dispatch.pk).exclude(rung=Rung.READ_BACK).update(
            rung=Rung.ACCEPTED,
            rung_at=now,
            accepted_at=now,
            sent_at=item.attempt.started_at if item.attempt else now,
            sent_carrier=confirmation.carrier_code,
            sent_tracking=confirmation.tracking_number,
        )
        timeline = Timeline(now)
        timeline.add(
            order,
            "marketplace",
            "confirm_accepted",
            f"Parcel {dispatch.package_ref} accepted: {confirmation.carrier_code} "
            f"{confirmation.tracking_number}{_remark(dispatch)}",
            call=item.attempt.call if item.attempt else None,
        )
        timeline.save()


def confirmation_of(
    order: Order, dispatch: Dispatch, choice: CarrierChoice | None = None
) -> Confirmation:
    """What the marketplace is told, from the facts as of now.

    ``choice``: as if this were mapped. The ship time is the label's own, or the start of
    its ship date when that is later; never in the future and never before the order
    (Amazon refuses both).
    """
    shipment, store = dispatch.shipment, order.store
    choice = choice or mapped(
        carrier_table([store.remote_account.marketplace]),
        marketplace=store.remote_account.marketplace,
        store_id=store.pk,
        carrier=shipment.carrier_code,
        service=shipment.service_code,
    )
    if choice is None:
        raise RejectedError(
            f"No carrier code for {shipment.carrier_code}", field="carrierCode"
        )
    shipped = shipment.created_at
    if shipment.ship_date is not None:
        day = datetime.combine(shipment.ship_date, time(), shipped.tzinfo)
        shipped = max(shipped, day)
    shipped = max(min(shipped, clock.now()), order.ordered_at)
    return Confirmation(
        order_remote_id=order.remote_id,
        marketplace_id=store.remote_marketplace,
        package_ref=str(dispatch.package_ref),
        carrier_code=choice.code,
        carrier_name=choice.name,
        service=choice.service or shipment.service_code,
        tracking_number=shipment.tracking_number,
        shipped_at=shipped,
        lines=_lines(order, dispatch),
        delivery_option=order.delivery_option,
        replaces=_replaced(dispatch),
    )


def _remark(dispatch: Dispatch) -> str:
    """What is odd about its number: said, and told all the same."""
    shipment = dispatch.shipment
    odd = doubt(shipment.carrier_code, shipment.tracking_number)
    return f". {odd}" if odd else ""


def _replaced(dispatch: Dispatch) -> tuple[str, ...]:
    """The numbers of the voided labels before this one, newest first."""
    found: list[str] = []
    older = dispatch.supersedes
    while older is not None:
        found += [older.sent_tracking, older.shipment.tracking_number]
        older = older.supersedes
    return tuple(dict.fromkeys(number for number in found if number))


def _lines(order: Order, dispatch: Dispatch) -> tuple[tuple[str, int], ...]:
    """(remote line id, units) of this dispatch, less what was cancelled since."""
    lines = {line.pk: line for line in order.lines.all()}
    standing = (
        order.dispatches.exclude(rung=Rung.WITHDRAWN)
        .exclude(shipment__voided=True)
        .prefetch_related("lines")
    )
    shares = confirmable(
        [dispatch_facts(row) for row in standing],
        {
            pk: max(0, line.quantity - line.quantity_cancelled)
            for pk, line in lines.items()
        },
    )
    return tuple(
        (lines[line_id].remote_id, units)
        for line_id, units in shares.get(dispatch.pk, ())
    )


def _read_back(account: RemoteAccount, order: Order, *, urgent: bool) -> None:
    remote = connector_for(account).fetch_order(order.remote_id, urgent=urgent)
    if remote is None:
        raise UnexpectedAnswerError(
            f"{account.marketplace} no longer knows order {order.number}"
        )
    ingest_one(account, remote)


def _refused(work: Work, error: RejectedError) -> None:
    if work.operation is Operation.CONFIRM:
        _rung(work, Rung.REFUSED)


def _rung(work: Work, rung: Rung) -> None:
    if work.operation is Operation.CONFIRM:
        Dispatch.objects.filter(
            pk=int(work.target), rung__in=(Rung.DUE, Rung.SENT, Rung.REFUSED)
        ).update(rung=rung, rung_at=clock.now())


def _report(account: RemoteAccount, order: Order, error: RemoteError) -> None:
    open_store_case(
        scope=f"account:{account.key}",
        kind="contract_broken",
        cause=f"{order.remote_id}:{error.code}"[:64],
        summary=error.message[:300],
        context={"order": order.number, "code": error.code},
        store=order.store,
    )
