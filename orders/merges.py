"""What ShipStation combined: who went into whom, and orders that went unread.

An absorbed order vanishes (empty lists, 404): only mergedIds of its primary, and the
lines that it brought there, still tell of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from orders.events import Timeline
from orders.models import MergeLink, Order, OrderLine, ShipStationOrder
from orders.parcels import void_absorbed
from stores.models import ShipStationAccount
from stores.shipstation.types import SsOrder


def learn_merges(
    account: ShipStationAccount, rows: Sequence[SsOrder], timeline: Timeline
) -> set[int]:
    """Remember who was combined into whom; returns the orders to be decided.

    Called in the transaction that stores these rows.
    """
    links = [
        MergeLink(
            account=account,
            absorbed_id=absorbed,
            primary_id=row.order_id,
            as_of=row.as_of,
        )
        for row in rows
        for absorbed in row.merged_ids
        if absorbed != row.order_id
    ]
    if links:
        MergeLink.objects.bulk_create(
            links,
            update_conflicts=True,
            unique_fields=["account", "absorbed_id"],
            update_fields=["primary_id", "as_of"],
        )
        void_absorbed(account, [link.absorbed_id for link in links], timeline)
    touched = set(
        ShipStationOrder.objects.filter(
            account=account,
            ss_order_id__in=[link.absorbed_id for link in links],
            order__isnull=False,
        ).values_list("order_id", flat=True)
        if links
        else ()
    )
    return touched | _link_unread(account, rows, timeline)


def _link_unread(
    account: ShipStationAccount, rows: Sequence[SsOrder], timeline: Timeline
) -> set[int]:
    """Find orders whose record was combined away before it was ever read.

    The answer to their push was lost, so no id of theirs is known; but the primary, or
    a part that was split from it, shows their line keys. An absorbed id that nobody
    knows becomes their record. Where there are several, ids and lines stand in the
    order of the combine.
    """
    mixed = [row for row in rows if row.lines and (row.merged_ids or row.parent_id)]
    owners = _owners(account, mixed)
    if not owners:
        return set()
    roots = {_root(row) for row in mixed}
    links = list(
        MergeLink.objects.filter(account=account, primary_id__in=roots).order_by("pk")
    )
    ids = roots | {row.order_id for row in mixed} | {link.absorbed_id for link in links}
    known = dict(
        ShipStationOrder.objects.filter(
            account=account, ss_order_id__in=ids
        ).values_list("ss_order_id", "order_id")
    )
    new: list[ShipStationOrder] = []
    for row in mixed:
        root = _root(row)
        absorbed = [link for link in links if link.primary_id == root]
        family = {root, row.order_id, *(link.absorbed_id for link in absorbed)}
        linked = {known[ss_id] for ss_id in family if ss_id in known}
        orders = dict.fromkeys(
            owners[line.line_key] for line in row.lines if line.line_key in owners
        )
        lost = [order for order in orders if order.pk not in linked]
        unread = [link for link in absorbed if link.absorbed_id not in known]
        for order, link in zip(lost, unread, strict=False):
            known[link.absorbed_id] = order.pk
            new.append(_unread(order, link, row, owners))
            timeline.add(
                order,
                "shipstation",
                "record",
                f"ShipStation order {link.absorbed_id} was combined into {root} "
                "before it was ever read",
                happened=row.modified_at,
            )
    ShipStationOrder.objects.bulk_create(new, ignore_conflicts=True)
    return {record.order_id for record in new if record.order_id is not None}


def _root(row: SsOrder) -> int:
    """The primary: the row itself, or the one that it was split from."""
    return row.order_id if row.merged_ids else row.parent_id or row.order_id


def _owners(account: ShipStationAccount, rows: Iterable[SsOrder]) -> dict[str, Order]:
    """Line key → the order of this account that it is a line of."""
    keys = {line.line_key for row in rows for line in row.lines if line.line_key}
    if not keys:
        return {}
    lines = OrderLine.objects.filter(
        line_key__in=keys, order__store__shipstation_account=account
    ).select_related("order")
    return {line.line_key: line.order for line in lines.defer("details")}


def _unread(
    order: Order, link: MergeLink, row: SsOrder, owners: dict[str, Order]
) -> ShipStationOrder:
    """The record as it was absorbed. It has no key: nobody has read it."""
    return ShipStationOrder(
        account_id=link.account_id,
        ss_order_id=link.absorbed_id,
        order=order,
        order_key="",
        order_number=order.number[:100],
        # Only orders that await shipment can be combined.
        status="awaiting_shipment",
        raw_status="awaiting_shipment",
        store_id=row.store_id,
        lines=[
            asdict(line) for line in row.lines if owners.get(line.line_key) == order
        ],
        as_of=link.as_of,
    )


def claim(record: ShipStationOrder, order: Order) -> int | None:
    """Link a record to the order that its key names, at its first reading.

    One that was combined unread and is out again may have been taken for another's
    (see :func:`_link_unread`): the two change places. Returns that other order.
    """
    other = record.order_id
    if other == order.pk or (other is not None and record.order_key):
        return None
    record.order = order
    if other is None:
        return None
    ShipStationOrder.objects.filter(
        account=record.account_id, order=order, order_key="", gone_at=None
    ).exclude(pk=record.pk).update(order=other)
    return other
