"""Take in shipments (labels and fulfilments) and find whose lines they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from orders.due import look_soon
from orders.events import Timeline
from orders.models import (
    LineComponent,
    MergeLink,
    OrderLine,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
from shipsync_site.lib import bulk
from stores.models import ShipStationAccount
from stores.shipstation.types import SsLine, SsShipment

FIELDS = (
    "ss_order_id", "order_key", "order_number", "tracking_number", "carrier_code",
    "service_code", "ship_date", "created_at", "voided", "voided_at", "is_return",
    "is_test", "notified", "notify_error", "as_of",
)  # fmt: skip


def store_shipments(
    account: ShipStationAccount, rows: Sequence[SsShipment], *, now: datetime
) -> set[int]:
    """Keep these shipments in one transaction; returns the orders to be decided.

    Lines are matched by line key, then, in a record of one order alone, by SKU; not
    where a stranger's goods may have come in by a combine, a part of it included. The
    rows of a kit are matched like the line that they are packed for. Orders with news
    are due from before it is stored, as in ``mirror.store_records``.
    """
    look_soon(_with_news(account, rows))
    with transaction.atomic():
        known = {
            (row.source, row.remote_id): row
            for row in Shipment.objects.select_for_update(of=("self",))
            .filter(account=account, remote_id__in={row.remote_id for row in rows})
            .order_by("pk")
        }
        owners = _owners(account, {row.order_id for row in rows})
        timeline = Timeline(now)
        new, changed, fresh = [], [], []
        voided: list[Shipment] = []
        for row in rows:
            shipment = known.get((row.source, row.remote_id))
            if shipment is None:
                shipment = Shipment(
                    account=account, source=row.source, remote_id=row.remote_id
                )
                known[row.source, row.remote_id] = shipment
                new.append(shipment)
                _note(timeline, owners[row.order_id], row, "label")
            elif shipment.as_of > row.as_of:
                continue
            else:
                if row.voided and not shipment.voided:
                    _note(timeline, owners[row.order_id], row, "void")
                    voided.append(shipment)
                if shipment not in new:
                    changed.append(shipment)
            _fill(shipment, row)
            fresh.append((shipment, row))
        if new:
            Shipment.objects.bulk_create(new)
        if changed:
            bulk.save(changed, FIELDS)
        mixed = _mixed(account, {row.order_id for row in rows})
        touched = _store_lines(fresh, new, owners, mixed)
        if voided:
            # A part of a combined order holds goods of more than its own record's.
            lines = ShipmentLine.objects.filter(
                shipment__in=voided, order_line__isnull=False
            )
            touched.update(lines.values_list("order_line__order_id", flat=True))
        timeline.save()
    for row in rows:
        touched.update(owners[row.order_id])
    return touched


def _with_news(account: ShipStationAccount, rows: Sequence[SsShipment]) -> list[int]:
    """The orders of parcels that are new, or that were voided since they were read."""
    voided = {
        (source, remote_id): voided
        for source, remote_id, voided in Shipment.objects.filter(
            account=account, remote_id__in={row.remote_id for row in rows}
        ).values_list("source", "remote_id", "voided")
    }
    news = {
        row.order_id
        for row in rows
        if voided.get((row.source, row.remote_id)) != row.voided
    }
    if not news:
        return []
    owners = _owners(account, news)
    return sorted({order_id for ids in owners.values() for order_id in ids})


def void_absorbed(
    account: ShipStationAccount, absorbed: Sequence[int], timeline: Timeline
) -> None:
    """Take the labels of combined orders as voided; nobody tells of it any more.

    Only orders that await shipment can be combined, so their labels were voided before;
    ShipStation lists nothing under an absorbed order, its voids included.
    """
    left = Shipment.objects.select_for_update(of=("self",)).filter(
        account=account,
        ss_order_id__in=absorbed,
        voided=False,
        is_return=False,
        is_test=False,
    )
    shipments = list(left.order_by("pk"))
    if not shipments:
        return
    owners = _owners(account, {shipment.ss_order_id for shipment in shipments})
    for shipment in shipments:
        shipment.voided, shipment.voided_at = True, timeline.now
        for order_id in owners[shipment.ss_order_id]:
            timeline.add(
                order_id,
                "shipstation",
                "void",
                f"Label {shipment.tracking_number or 'without tracking'} "
                f"({shipment.carrier_code}) voided: its order was combined since",
                tracking=shipment.tracking_number,
            )
    bulk.save(shipments, ["voided", "voided_at"])


def _owners(account: ShipStationAccount, ss_ids: set[int]) -> dict[int, set[int]]:
    """ShipStation order id → the orders whose goods it may hold."""
    owners: dict[int, set[int]] = defaultdict(set)
    absorbed = dict(
        MergeLink.objects.filter(account=account, primary_id__in=ss_ids).values_list(
            "absorbed_id", "primary_id"
        )
    )
    for ss_id, order_id in ShipStationOrder.objects.filter(
        account=account, ss_order_id__in=ss_ids | set(absorbed), order__isnull=False
    ).values_list("ss_order_id", "order_id"):
        owners[absorbed.get(ss_id, ss_id)].add(order_id)
    return owners


def _mixed(account: ShipStationAccount, ss_ids: set[int]) -> set[int]:
    """Those that were combined with something, or are parts of such a record."""
    parents = dict(
        ShipStationOrder.objects.filter(
            account=account, ss_order_id__in=ss_ids, parent_id__isnull=False
        ).values_list("ss_order_id", "parent_id")
    )
    primaries = set(
        MergeLink.objects.filter(
            account=account, primary_id__in=[*ss_ids, *filter(None, parents.values())]
        ).values_list("primary_id", flat=True)
    )
    return {x for x in ss_ids if {x, parents.get(x)} & primaries}


def _fill(shipment: Shipment, row: SsShipment) -> None:
    shipment.ss_order_id = row.order_id
    shipment.order_key = row.order_key[:100]
    shipment.order_number = row.order_number[:100]
    shipment.tracking_number = row.tracking_number[:100]
    shipment.carrier_code = row.carrier_code[:60]
    shipment.service_code = row.service_code[:100]
    shipment.ship_date, shipment.created_at = row.ship_date, row.created_at
    shipment.voided, shipment.voided_at = row.voided, row.voided_at
    shipment.is_return, shipment.is_test = row.is_return, row.is_test
    shipment.notified = row.notified
    shipment.notify_error = row.notify_error[:300]
    shipment.as_of = row.as_of


def _store_lines(
    fresh: list[tuple[Shipment, SsShipment]],
    new: list[Shipment],
    owners: dict[int, set[int]],
    mixed: set[int],
) -> set[int]:
    """Write the lines of shipments that came with lines; returns orders they touch."""
    with_lines = [(s, row) for s, row in fresh if row.lines is not None]
    have = set(
        ShipmentLine.objects.filter(
            shipment__in=[s for s, _row in with_lines if s not in new]
        ).values_list("shipment_id", flat=True)
    )
    with_lines = [(s, row) for s, row in with_lines if s.pk not in have]
    keys = {x.line_key for _s, row in with_lines for x in row.lines or () if x.line_key}
    by_key = {x.line_key: x for x in OrderLine.objects.filter(line_key__in=keys)}
    parts = LineComponent.objects.select_related("line").defer("line__details")
    by_key |= {x.key: x.line for x in parts.filter(key__in=keys)}
    alone = {
        next(iter(owners[row.order_id]))
        for _s, row in with_lines
        if len(owners[row.order_id]) == 1
    }
    by_sku: dict[tuple[int, str], list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=alone):
        by_sku[line.order_id, line.sku].append(line)
    for part in parts.filter(line__order__in=alone):
        same = by_sku[part.line.order_id, part.sku]
        if part.line not in same:
            same.append(part.line)

    def resolve(row: SsShipment, item: SsLine) -> OrderLine | None:
        line = by_key.get(item.line_key)
        if line is None and len(owners[row.order_id]) == 1:
            same = by_sku[next(iter(owners[row.order_id])), item.sku]
            # What ShipStation imported itself carries the channel's own line ids.
            named = [x for x in same if x.remote_id == item.line_key]
            certain = len(same) == 1 and row.order_id not in mixed
            line = same[0] if certain else next(iter(named), None)
        return line

    rows = [
        ShipmentLine(
            shipment=shipment,
            order_line=resolve(row, item),
            line_key=item.line_key[:100],
            sku=item.sku[:100],
            quantity=item.quantity,
        )
        for shipment, row in with_lines
        for item in row.lines or ()
        if not item.adjustment and item.quantity > 0
    ]
    ShipmentLine.objects.bulk_create(rows)
    return {row.order_line.order_id for row in rows if row.order_line is not None}


def _note(timeline: Timeline, orders: set[int], row: SsShipment, verb: str) -> None:
    kind = "Label" if row.source == "label" else "Marked as shipped"
    if row.is_return:
        kind = "Return label"
    elif row.is_test:
        kind = "Test label"
    text = f"{kind} {row.tracking_number or 'without tracking'} ({row.carrier_code})"
    for order_id in orders:
        timeline.add(
            order_id,
            "shipstation",
            verb,
            text if verb == "label" else f"{text} voided",
            happened=row.voided_at if verb == "void" else row.created_at,
            tracking=row.tracking_number,
        )
