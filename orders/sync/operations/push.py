"""All writes to ShipStation: stops first, up to 100 orders a call, looked at before.

A unit leases jobs, decides them anew, reads the records it is about to replace, decides
once more, and sends. createorders replaces whole records, so nothing is written over a
record that was not read since our last write.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from orders import skus
from orders.decide_doubts import NEW
from orders.facts import Operation, Priority, Verdict, Work
from orders.models import (
    AttemptOutcome,
    Order,
    Peer,
    ShipStationOrder,
    SyncAttempt,
)
from orders.payload import build, imported
from orders.payload_facts import PAYLOAD_FIELDS, payload_facts, refresh_payload
from orders.payload_inputs import raw_orders, rules_for
from orders.payload_types import Payload, Want
from orders.reconsider import reconsider
from orders.snapshot import stores_once
from orders.sync import outbox
from orders.sync.attempts import Attempted, finish, opener
from orders.sync.operations.mirror import catch_up
from orders.sync.operations.pacing import push_wait
from orders.sync.operations.push_results import apply_rows
from orders.sync.operations.records import (
    hold_or_restore,
    look,
    read_before_write,
)
from orders.sync.operations.tax import write_tax
from orders.sync.operations.void import void_label
from orders.sync.outbox import Lease
from orders.sync.units import HandOver, UnitResult, in_business
from shipsync_site.lib import bulk, clock
from stores import budgets
from stores.connect import shipstation_for
from stores.errors import (
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.lanes import nudge
from stores.models import Direction, ShipStationAccount
from stores.shipstation.client import GROUP
from stores.shipstation.errors import rejected_row

logger = logging.getLogger(__name__)

BATCH = 100
WANTS: dict[Operation, Want] = {
    Operation.PUSH: "awaiting_shipment",
    Operation.UPDATE: "awaiting_shipment",
    Operation.RESTORE: "awaiting_shipment",
    Operation.HOLD: "on_hold",
    Operation.CANCEL: "cancelled",
}
REPLACES = (Operation.UPDATE, Operation.HOLD, Operation.RESTORE, Operation.CANCEL)


def unit(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
    """Lease due jobs of this account and do them; see the module docstring."""
    stops = outbox.stops_due(account.key, Peer.SHIPSTATION)
    wait = budgets.wait(account.key, GROUP, urgent=stops)
    if wait > 0:
        # Nothing is leased and decided anew only to find the quota empty.
        return UnitResult(due_at=in_business(wait))
    if not stops and (wait := push_wait(account)) > 0:
        return UnitResult(due_at=in_business(wait))
    leased = outbox.lease(account.key, Peer.SHIPSTATION, limit=BATCH)
    if leased is None:
        return UnitResult(due_at=outbox.next_due(account.key, Peer.SHIPSTATION))
    hand_over(outbox.next_due(account.key, Peer.SHIPSTATION))
    counts: Counter[str] = Counter()
    failed: dict[int, str] = {}
    try:
        _work(account, leased, counts, failed)
    except ThrottledError as error:
        # Released as they were, dirty: to decide them now would make the lane due.
        outbox.release(leased, counted=False)
        return UnitResult(due_at=in_business(error.retry_after), counts=counts)
    except UnauthorisedError:
        outbox.release(leased, counted=False)
        raise
    except Exception:
        outbox.release(
            leased,
            failed=dict.fromkeys(leased.order_ids, "internal error, see the log"),
        )
        raise
    reconsider(leased.order_ids, lease_id="")
    outbox.release(leased, failed=failed)
    return UnitResult(
        due_at=outbox.next_due(account.key, Peer.SHIPSTATION), counts=counts
    )


def _work(
    account: ShipStationAccount,
    leased: Lease,
    counts: Counter[str],
    failed: dict[int, str],
) -> None:
    items = _wanted(leased, reconsider(leased.order_ids, lease_id=leased.id))
    if _repeats(items):
        # Combined meanwhile, it would be emptied of what it took in.
        catch_up(account, unread=lambda: False)
        items = _wanted(leased, reconsider(leased.order_ids, lease_id=leased.id))
    replaced = replaced_whole(account, items)
    if replaced:
        targets = [int(x.work.target) for x in items if x.job.order_id in replaced]
        read_before_write(account, targets)
        items = _wanted(leased, reconsider(leased.order_ids, lease_id=leased.id))
        replaced = replaced_whole(account, items)
    batch: list[Attempted] = []
    for item in items:
        if item.work.operation is Operation.LOOK:
            look(account, item, urgent=item.work.priority <= Priority.URGENT)
            counts["look"] += 1
        elif item.work.operation is Operation.PUSH or item.job.order_id in replaced:
            batch.append(item)
        elif item.work.operation is Operation.TAX:
            write_tax(account, item, failed)
            counts["tax"] += 1
        elif item.work.operation is Operation.VOID:
            void_label(account, item, failed)
            counts["void"] += 1
        else:
            hold_or_restore(account, item, failed)
            counts[str(item.work.operation)] += 1
    if batch:
        _send(account, batch, counts, failed)


def _wanted(leased: Lease, verdicts: dict[int, Verdict]) -> list[Attempted]:
    """For each job the most urgent thing that is due now; one write per order."""
    now, items = clock.now(), []
    for job in leased.jobs:
        verdict = verdicts.get(job.order_id)
        work: list[Work] = [
            w
            for w in (verdict.work if verdict else ())
            if w.peer == Peer.SHIPSTATION and w.due_at <= now
        ]
        if work:
            items.append(Attempted(job=job, work=min(work, key=lambda w: w.priority)))
    return items


def _repeats(items: Sequence[Attempted]) -> bool:
    """Whether a creation among these may have happened already."""
    return SyncAttempt.objects.filter(
        order__in=[x.job.order_id for x in items if x.work.target == NEW],
        operation=Operation.PUSH,
        outcome__in=(AttemptOutcome.OPEN, AttemptOutcome.UNKNOWN),
        settled_at=None,
    ).exists()


def replaced_whole(account: ShipStationAccount, items: Sequence[Attempted]) -> set[int]:
    """Orders of these whose write replaces a record of ours.

    Other records are held by date, one by one.
    """
    wishes = {
        int(item.work.target): item.job.order_id
        for item in items
        if item.work.operation in REPLACES
    }
    # Part of a split: only status may be written, so it is held and released by date.
    by_date = {
        int(item.work.target)
        for item in items
        if item.work.operation in (Operation.HOLD, Operation.RESTORE)
    }
    mirror = ShipStationOrder.objects.filter(account=account)
    split: set[int | None] = {
        *mirror.filter(parent_id__in=by_date).values_list("parent_id", flat=True),
        *mirror.filter(
            Q(merged_or_split=True) | Q(parent_id__isnull=False),
            ss_order_id__in=by_date,
        ).values_list("ss_order_id", flat=True),
    }
    # What ShipStation imported itself is only written to be cancelled, as it was read.
    cancelled = {
        int(item.work.target)
        for item in items
        if item.work.operation is Operation.CANCEL
    }
    records = (
        mirror.filter(
            Q(adopted=False) | Q(ss_order_id__in=cancelled), ss_order_id__in=wishes
        )
        .exclude(ss_order_id__in=[x for x in split if x is not None])
        .only("ss_order_id", "order_id", "merged_ids")
    )
    return {
        record.order_id
        for record in records
        if record.order_id == wishes[record.ss_order_id] and not record.merged_ids
    }


def _send(
    account: ShipStationAccount,
    batch: list[Attempted],
    counts: Counter[str],
    failed: dict[int, str],
) -> None:
    payloads = _payloads(account, batch, failed)
    ready = [item for item in batch if item.job.order_id in payloads]
    if not ready:
        return
    urgent = any(item.work.priority <= Priority.URGENT for item in ready)
    client = shipstation_for(account, on_open=opener(ready))
    bodies = [payloads[item.job.order_id].body for item in ready]
    try:
        results, as_of = client.create_orders(bodies, urgent=urgent)
    except RejectedError as error:
        _isolate(account, ready, payloads, error, failed)
        return
    except RemoteError as error:
        finish([(item, error) for item in ready])
        if not isinstance(error, OutcomeUnknownError):
            skus.unfix([x.job.order_id for x in ready])
        if isinstance(error, ThrottledError | UnauthorisedError):
            raise
        if isinstance(error, OutcomeUnknownError):
            nudge(account.key, Direction.MIRROR)
        failed.update((item.job.order_id, error.message) for item in ready)
        if not isinstance(error, OutcomeUnknownError | TransientError):
            logger.warning("account=%s createorders: %s", account.key, error)
        return
    apply_rows(account, ready, payloads, results, as_of, counts, failed)
    due = clock.real_now() + timedelta(seconds=1)
    nudge(account.key, Direction.MIRROR, due_at=due)


def _isolate(
    account: ShipStationAccount,
    ready: list[Attempted],
    payloads: dict[int, Payload],
    error: RejectedError,
    failed: dict[int, str],
) -> None:
    """A call refused as a whole: one row is to blame, the others must go on.

    Where the answer names the row, that row is refused. Otherwise halves are sent, so
    that the row is found in a few calls. Nothing of a refused call has happened.
    """
    named = rejected_row(error.field)
    guilty = ready[named] if named is not None and named < len(ready) else None
    if len(ready) == 1:
        guilty = ready[0]
    nothing_sent = TransientError("Not sent: another order of the call was refused")
    finish([(x, error if x is guilty else nothing_sent) for x in ready])
    if guilty:
        skus.unfix([guilty.job.order_id])
    rest = [Attempted(job=x.job, work=x.work) for x in ready if x is not guilty]
    parts = [rest] if guilty else [rest[: len(rest) // 2], rest[len(rest) // 2 :]]
    for part in parts:
        if part:
            _send(account, part, Counter(), failed)


def _payloads(
    account: ShipStationAccount, batch: Sequence[Attempted], failed: dict[int, str]
) -> dict[int, Payload]:
    """Bodies by order id, from the facts as of now; what can't be sent stays out."""
    orders = {
        order.pk: order
        for order in Order.objects.select_related("buyer")
        .prefetch_related("lines__components", stores_once())
        .filter(pk__in=[item.job.order_id for item in batch])
    }
    targets = [int(x.work.target) for x in batch if x.work.target != "new"]
    records = {
        record.ss_order_id: record
        for record in ShipStationOrder.objects.filter(
            account=account, ss_order_id__in=targets
        )
    }
    books = rules_for((order.store, order.lines.all()) for order in orders.values())
    raws = raw_orders(orders.values(), books)
    payloads: dict[int, Payload] = {}
    stale: list[Order] = []
    ours: list[Order] = []
    for item in batch:
        order, work = orders[item.job.order_id], item.work
        lines, buyer = list(order.lines.all()), getattr(order, "buyer", None)
        current = None
        if work.target != "new":
            record = records[int(work.target)]
            if not record.body or not record.modify_date:
                failed[order.pk] = "Not read since our last write: to be read first"
                continue
            current = record.body
        stop = work.operation in (Operation.HOLD, Operation.CANCEL)
        if current is not None and records[int(work.target)].adopted:
            payloads[order.pk] = imported(
                current, want=WANTS[work.operation], stop_tag_id=account.stop_tag_id
            )
            continue
        book, raw = books[order.store_id], raws.get(order.pk)
        payload = build(
            payload_facts(order, lines, buyer, book, raw),
            current=current,
            want="on_hold" if work.held else WANTS[work.operation],
            stop_tag_id=account.stop_tag_id,
            stop=stop and not work.held,
            delivered=records[int(work.target)].written_service if current else "",
        )
        if not stop and not _decided_upon(order, payload):
            # The rules or the builder changed since: decide() sees it the next time.
            refresh_payload(order, lines, buyer, book, raw)
            stale.append(order)
        elif payload.sendable or stop:
            payloads[order.pk] = payload
            ours.append(order)
        else:
            hard = next(x for x in payload.problems if x.hard and not x.releasable)
            failed[order.pk] = f"Can't be sent: {hard.field}: {hard.message}"
    if stale:
        with transaction.atomic():
            bulk.save(stale, PAYLOAD_FIELDS)
    skus.fix((x, x.lines.all(), books[x.store_id]) for x in ours if x.pk in payloads)
    return payloads


def _decided_upon(order: Order, payload: Payload) -> bool:
    """Whether decide() knew this payload, and all that a person must release in it."""
    known = {
        (x.get("code", ""), x["field"], x["message"])
        for x in order.payload_problems
        if x["hard"]
    }
    held = {x.name for x in payload.problems if x.hard and x.releasable}
    return payload.digest == order.payload_digest and held <= known
