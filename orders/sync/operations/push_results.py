"""What createorders answered, row by row, as facts of the mirror."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from orders import skus
from orders.customs_check import lines_of
from orders.facts import Operation
from orders.models import ShipStationOrder
from orders.payload_types import Payload
from orders.sync.attempts import Attempted, finish
from orders.sync.operations.records import reread
from shipsync_site.lib import bulk, clock
from stores.errors import LockedError, OutcomeUnknownError, RejectedError, RemoteError
from stores.models import ShipStationAccount
from stores.shipstation.errors import refused
from stores.shipstation.types import RowResult

# What a row says of the key of a deleted order, as against a shipped one.
_GONE = re.compile(r"not found|does not exist|deleted", re.IGNORECASE)
WRITTEN = (
    "order", "order_key", "order_number", "status", "raw_status", "store_id", "as_of",
    "modify_date", "held_by_us", "held_for", "hold_until", "gone_at", "written_digest",
    "written_status", "written_at", "written_customs", "address_verified",
    "written_service",
)  # fmt: skip


def apply_rows(
    account: ShipStationAccount,
    items: Sequence[Attempted],
    payloads: dict[int, Payload],
    results: Sequence[RowResult],
    as_of: datetime,
    counts: Counter[str],
    failed: dict[int, str],
) -> None:
    """Record every row's own outcome; a missing row's outcome is unknown."""
    by_key = {result.order_key: result for result in results}
    pairs: list[tuple[Attempted, RemoteError | None]] = []
    written: list[tuple[Attempted, RowResult]] = []
    locked: list[int] = []
    for item in items:
        body = payloads[item.job.order_id].body
        result = by_key.get(str(body.get("orderKey", "")))
        error: RemoteError | None = None
        if result is None:
            error = OutcomeUnknownError("The answer held no row for this order")
            failed[item.job.order_id] = error.message
        elif not result.success:
            error = _refusal(item, result)
            if isinstance(error, LockedError) and item.work.target != "new":
                locked.append(int(item.work.target))
        else:
            written.append((item, result))
        pairs.append((item, error))
        name = "refused" if error else str(item.work.operation)
        counts[name] += 1
    with transaction.atomic():
        finish(pairs)
        _mirror(account, written, payloads, as_of)
        skus.unfix([x.job.order_id for x, error in pairs if _not_taken(error)])
    for ss_order_id in locked:
        reread(account, ss_order_id, urgent=True)


def _not_taken(error: RemoteError | None) -> bool:
    """Whether ShipStation certainly did not make the order."""
    return error is not None and not isinstance(error, OutcomeUnknownError)


def _refusal(item: Attempted, result: RowResult) -> RemoteError:
    error = refused(str(item.work.operation), result.error)
    if isinstance(error, LockedError) and item.work.target == "new":
        if _GONE.search(error.message):
            return LockedError(error.message, status=200, code="key_reserved")
        # An earlier push arrived after all and its order went on: look for it. A new
        # key here would ship the order twice.
        return OutcomeUnknownError(error.message)
    if isinstance(error, RejectedError | LockedError):
        return error
    return RejectedError(error.message, status=200, code="refused")


def _mirror(
    account: ShipStationAccount,
    written: list[tuple[Attempted, RowResult]],
    payloads: dict[int, Payload],
    as_of: datetime,
) -> None:
    """An accepted row is a fact: the record exists and is as we wrote it.

    ``modify_date`` is emptied: nothing is written over it before it is read again.
    """
    ids = {result.order_id for _item, result in written if result.order_id}
    known = {
        record.ss_order_id: record
        for record in ShipStationOrder.objects.select_for_update(of=("self",))
        .filter(account=account, ss_order_id__in=ids)
        .order_by("pk")
    }
    new, changed = [], []
    now = clock.now()
    for item, result in written:
        if not result.order_id:
            continue
        body = payloads[item.job.order_id].body
        record = known.get(result.order_id)
        if record is None:
            record = ShipStationOrder(account=account, ss_order_id=result.order_id)
            new.append(record)
        else:
            changed.append(record)
        # A read that began after this call already told more than its answer does.
        digest = payloads[item.job.order_id].digest
        rewritten = record.written_digest != digest
        record.written_digest = digest
        if payloads[item.job.order_id].service:
            record.written_service = payloads[item.job.order_id].service
        record.written_status = str(body["orderStatus"])
        record.written_at = now
        # The digest is empty where nothing in the body is what we say.
        record.written_customs = lines_of(body) if digest else []
        if record.pk is not None and record.as_of > as_of:
            continue
        record.order_id = item.job.order_id
        record.order_key = str(body["orderKey"])
        record.order_number = str(body["orderNumber"])
        record.status = record.raw_status = str(body["orderStatus"])
        record.store_id = (body.get("advancedOptions") or {}).get("storeId")
        record.as_of, record.modify_date, record.gone_at = as_of, "", None
        if rewritten:
            # What ShipStation thinks of this address is known once it is read again.
            record.address_verified = ""
        holds = item.work.operation is Operation.HOLD or item.work.held
        record.held_by_us = holds
        record.held_for_id = item.job.order_id if holds else None
        record.hold_until = None
    if new:
        ShipStationOrder.objects.bulk_create(new)
    if changed:
        bulk.save(changed, WRITTEN)
