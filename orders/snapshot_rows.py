"""From our rows to decide()'s facts, one row at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime

from orders.facts import (
    AttemptFacts,
    DispatchFacts,
    LineFacts,
    MarketFacts,
    PackageFacts,
    Policy,
    RecordFacts,
)
from orders.models import Dispatch, Order, OrderLine, ShipStationOrder, SyncAttempt
from orders.snapshot_direct import NOTHING, Imported
from stores.models import OperatingModel
from stores.remote_types import Block


def policy_of(model: OperatingModel | None, timezone: str) -> Policy:
    """The operating model in force as decide() reads it; defaults without one."""
    lag = timedelta(seconds=settings.SHIPSYNC_MIRROR_LAG)
    if model is None:
        return Policy(timezone=timezone, lag=lag)
    return Policy(
        confirm_timing=model.confirm_timing,
        confirm_after=timedelta(hours=model.confirm_hours),
        confirm_margin=timedelta(minutes=model.confirm_margin_minutes),
        release_window=timedelta(minutes=model.release_window_minutes),
        cancel_request=model.cancel_request,
        combined=model.combined,
        acceptance=model.acceptance,
        lag=lag,
        timezone=timezone,
        shipped_owner=model.shipped_owner,
        arrives_within=timedelta(minutes=model.arrives_within_minutes),
        told_within=timedelta(hours=model.told_within_hours),
        after_label=model.after_label,
        answered_by=model.answered_by,
        tax_route=model.tax_route,
    )


def same_lines(
    record_lines: Sequence[Mapping[str, Any]],
    wanted: Sequence[OrderLine],
    packed: Iterable[tuple[str, str, int]] = (),
) -> bool:
    """Whether a record that somebody else made has exactly our lines.

    The same line keys or, where it has none, the same SKUs, each with the same units.
    Lines without a SKU prove nothing. ``packed``: the lines as we would write them
    (key, SKU, units), where that differs from the marketplace's.
    """
    theirs = [x for x in record_lines if not x.get("adjustment") and x["quantity"]]
    named = [
        (line.line_key, line.sku, units)
        for line in wanted
        if (units := line.quantity - line.quantity_cancelled) > 0
    ]
    ours = [row for row in packed if row[2] > 0]
    return _same(theirs, named) or _same(theirs, ours)


def _same(
    theirs: Sequence[Mapping[str, Any]], ours: Sequence[tuple[str, str, int]]
) -> bool:
    if not theirs or not ours:
        return False
    keys = Counter({x["line_key"]: x["quantity"] for x in theirs})
    if len(keys) == len(theirs) and keys == {key: units for key, _sku, units in ours}:
        return True
    if not all(x["sku"] for x in theirs) or not all(sku for _key, sku, _n in ours):
        return False
    return _units((x["sku"], x["quantity"]) for x in theirs) == _units(
        (sku, units) for _key, sku, units in ours
    )


def _units(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for sku, units in pairs:
        found[sku] += units
    return found


def block_time(order: Order, block: Block) -> datetime | None:
    """When the request that last covered this block started."""
    text = order.as_of.get(block)
    return parse_datetime(text) if text else None


def market_facts(order: Order) -> MarketFacts:
    packages = order.packages
    return MarketFacts(
        status=order.status,
        raw_status=order.raw_status,
        not_ours=order.not_ours,
        ordered_at=order.ordered_at,
        ship_by=order.ship_by,
        status_as_of=block_time(order, Block.STATUS) or order.imported_at,
        cancel_as_of=block_time(order, Block.CANCELLATION),
        cancel_seq=order.cancel_seq,
        packages=None
        if packages is None
        else tuple(PackageFacts(**package) for package in packages),
        packages_as_of=block_time(order, Block.PACKAGES),
        unknown_values=tuple(f"{f}: {v}" for f, v in order.unknown_values),
        accept_by=order.accept_by,
        cancel_answer_by=order.cancel_answer_by,
        delivery_option=order.delivery_option,
        fresh_asked_at=order.fresh_asked_at,
        tax_number=order.ioss_number,
        rule_number=str(order.tax.get("number", "")),
    )


def line_facts(row: OrderLine) -> LineFacts:
    return LineFacts(
        id=row.pk,
        remote_id=row.remote_id,
        line_key=row.line_key,
        sku=row.sku,
        quantity=row.quantity,
        cancelled=row.quantity_cancelled,
        cancel_requested=row.cancel_requested,
        cancel_doubt=row.cancel_doubt,
        fulfilled=row.quantity_fulfilled,
    )


def record_facts(
    row: ShipStationOrder,
    order: Order,
    *,
    linked: bool,
    shared: bool = False,
    split: bool = False,
    wanted_held: bool = False,
    absorbed_by: int | None = None,
    candidate: bool = False,
    lines_match: bool = False,
    imported: Imported = NOTHING,
) -> RecordFacts:
    shared = shared or bool(row.merged_ids)
    # Held for an order that was taken out of it since: ours to let go all the same.
    alone = linked and not shared and absorbed_by is None
    return RecordFacts(
        id=row.pk,
        ss_order_id=row.ss_order_id,
        ours=linked and not row.adopted,
        linked=linked,
        status=row.status,
        as_of=row.as_of,
        held_by_us=row.held_by_us and (alone or row.held_for_id == order.pk),
        hold_until=row.hold_until,
        shared=shared,
        absorbed_by=absorbed_by,
        parent_id=row.parent_id,
        gone=row.gone_at is not None and absorbed_by is None,
        candidate=candidate,
        lines_match=lines_match,
        address_verified=row.address_verified,
        written_digest=row.written_digest,
        written_status=row.written_status,
        written_at=row.written_at,
        modified_at=row.modified_at,
        unread=not row.modify_date,
        split=split
        or row.parent_id is not None
        or (row.merged_or_split and not row.merged_ids),
        wanted_held=wanted_held,
        likeness=imported.likeness,
        rivals=imported.rivals,
        tax_shown=imported.tax_shown,
        tax_number=row.tax_number,
        tax_as_of=row.tax_as_of,
    )


def of_a_combine(record: ShipStationOrder, own: Mapping[int, ShipStationOrder]) -> bool:
    """Whether others' goods came into it, or into the record that it is a part of."""
    parent = own.get(record.parent_id) if record.parent_id else None
    return bool(record.merged_ids or (parent is not None and parent.merged_ids))


def dispatch_facts(row: Dispatch) -> DispatchFacts:
    return DispatchFacts(
        id=row.pk,
        shipment_id=row.shipment_id,
        package_ref=row.package_ref,
        rung=row.rung,
        rung_at=row.rung_at,
        lines=tuple((x.order_line_id, x.quantity) for x in row.lines.all()),
        accepted_at=row.accepted_at,
        sent_tracking=row.sent_tracking,
        sent_carrier=row.sent_carrier,
    )


def attempt_facts(row: SyncAttempt) -> AttemptFacts:
    return AttemptFacts(
        id=row.pk,
        operation=row.operation,
        target=row.target,
        digest=row.payload_digest,
        outcome=row.outcome,
        started_at=row.started_at,
        finished_at=row.finished_at,
        code=row.error_code,
        field=row.error_field,
        text=row.error_text,
        retried=row.retried_at is not None,
    )
