"""Take in what ShipStation said: orders, merges, shipments. Never older over newer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from orders import shown
from orders.customs_check import CustomsCheck
from orders.due import look_soon
from orders.events import Timeline
from orders.merges import claim, learn_merges
from orders.models import Order, ShipStationOrder
from orders.triage import open_store_case
from shipsync_site.lib import bulk
from shipsync_site.lib.sealed import search_hash
from stores.models import (
    ShipStationAccount,
    Store,
    StoreMode,
    StorePeriod,
    StoreState,
)
from stores.periods import direct_stores
from stores.shipstation.types import MalformedRecord, SsOrder

# ShipStation bodies hold the address: kept as long as an order may need a rewrite.
BODY_KEPT = timedelta(days=60)

FIELDS = (
    "order", "order_key", "order_number", "status", "raw_status", "store_id",
    "modify_date", "modified_at", "created_at", "hold_until", "held_by_us", "held_for",
    "merged_or_split", "merged_ids", "parent_id", "address_verified",
    "externally_fulfilled", "tag_ids", "lines", "gone_at", "as_of", "body", "purge_at",
    "ordered_at", "postcode_hash", "written_customs", "carrier_code", "service_code",
    "requested_service", "address_hash", "tax_shown", "customs_lost",
)  # fmt: skip


def base_key(order_key: str) -> str:
    """The key of generation 1: later ones carry '~2'."""
    return order_key.split("~")[0]


def store_records(
    account: ShipStationAccount,
    rows: Sequence[SsOrder],
    malformed: Sequence[MalformedRecord] = (),
    *,
    now: datetime,
) -> set[int]:
    """Mirror these records in one transaction; returns the orders to be decided.

    A record is linked to an order by its key (any generation), never by its number.
    Orders with news are due from before it is stored: a process that is killed before
    it decides them leaves no change unseen.
    """
    touched: set[int] = set()
    look_soon(_with_news(account, rows))
    with transaction.atomic():
        known = {
            row.ss_order_id: row
            for row in ShipStationOrder.objects.select_for_update(of=("self",))
            .filter(account=account, ss_order_id__in={row.order_id for row in rows})
            .order_by("pk")
        }
        orders = _orders_by_key(account, rows)
        linked = shown.linked_orders(known.values(), orders.values())
        timeline = Timeline(now)
        new, changed = [], []
        customs = CustomsCheck()
        strangers: set[str] = set()
        postcodes: set[str] = set()
        imports = _importing(account)
        keeps = account.stores.filter(state=StoreState.SHADOW).exists()
        for row in _latest(rows):
            record = known.get(row.order_id)
            if record is not None and record.as_of > row.as_of:
                continue
            order = orders.get(base_key(row.order_key))
            if record is None:
                record = ShipStationOrder(account=account, ss_order_id=row.order_id)
                new.append(record)
                _note_found(timeline, order, row)
            else:
                changed.append(record)
                _note_changes(timeline, record, row)
            other = claim(record, order) if order is not None else None
            if other is not None:
                touched.add(other)
            customs.look(record, row)
            _fill(record, row, now, keeps=keeps)
            shown.look(record, row.body, linked.get(record.order_id or 0))
            if row.store_id in imports:
                record.ordered_at = row.ordered_at
                record.postcode_hash = search_hash(row.postcode)
            if record.order_id is not None:
                touched.add(record.order_id)
            else:
                strangers.add(row.order_number)
                postcodes.add(record.postcode_hash)
        if new:
            ShipStationOrder.objects.bulk_create(new)
        if changed:
            bulk.save(changed, FIELDS)
        touched.update(learn_merges(account, rows, timeline))
        touched.update(_of_numbers(account, strangers))
        touched.update(_of_postcodes(account, postcodes - {""}))
        timeline.save()
    customs.tell(account)
    report_unreadable(account, malformed)
    return touched


def _with_news(account: ShipStationAccount, rows: Sequence[SsOrder]) -> list[int]:
    """The orders of records that are new or that changed since they were read."""
    known = {
        ss_order_id: (order_id, (modify_date, raw_status))
        for ss_order_id, order_id, modify_date, raw_status in (
            ShipStationOrder.objects.filter(
                account=account, ss_order_id__in={row.order_id for row in rows}
            ).values_list("ss_order_id", "order_id", "modify_date", "raw_status")
        )
    }
    found, new = set(), []
    for row in rows:
        order_id, seen = known.get(row.order_id, (None, None))
        if order_id is None:
            new.append(row)
        elif seen != (row.modify_date, row.raw_status[:60]):
            found.add(order_id)
    if new:
        found.update(order.pk for order in _orders_by_key(account, new).values())
    return sorted(found)


def report_unreadable(
    account: ShipStationAccount,
    malformed: Sequence[MalformedRecord],
    what: str = "record",
) -> None:
    """One case for each record that a page skipped; it may be an order or a parcel."""
    for bad in malformed:
        open_store_case(
            scope=f"account:{account.key}",
            kind="contract_broken",
            cause=f"{what}:{bad.remote_id}"[:64],
            summary=f"ShipStation {what} {bad.remote_id} can't be read: {bad.problem}"[
                :300
            ],
            context={"remote_id": bad.remote_id, "field": bad.field},
        )


def mark_gone(account: ShipStationAccount, ss_order_id: int, as_of: datetime) -> None:
    """ShipStation answered 404 for this record: deleted, or absorbed by a combine."""
    ShipStationOrder.objects.filter(
        account=account, ss_order_id=ss_order_id, as_of__lte=as_of
    ).update(gone_at=as_of, as_of=as_of)


def _latest(rows: Iterable[SsOrder]) -> list[SsOrder]:
    latest: dict[int, SsOrder] = {}
    for row in rows:
        if row.order_id not in latest or row.as_of >= latest[row.order_id].as_of:
            latest[row.order_id] = row
    return sorted(latest.values(), key=lambda row: row.order_id)


def _orders_by_key(
    account: ShipStationAccount, rows: Sequence[SsOrder]
) -> dict[str, Order]:
    bases = {base_key(row.order_key) for row in rows if row.order_key}
    keys = bases | {f"{base[:48]}~2" for base in bases}
    found = Order.objects.filter(
        order_key__in=keys, store__shipstation_account=account
    ).only("pk", "order_key", "number", "tax", "ioss_number")
    return {base_key(order.order_key): order for order in found}


def _of_numbers(account: ShipStationAccount, numbers: set[str]) -> list[int]:
    """Orders of these numbers: somebody's record may be theirs, or beside theirs.

    Closed ones too: what is typed in after an order has left is packed a second time.
    """
    if not numbers:
        return []
    return list(
        Order.objects.filter(
            store__shipstation_account=account, number__in=numbers
        ).values_list("pk", flat=True)
    )


def _importing(account: ShipStationAccount) -> set[int]:
    """The ShipStation stores of this account whose own connection imports orders."""
    stores = Store.objects.filter(shipstation_account=account, mode=StoreMode.DIRECT)
    spans = StorePeriod.objects.filter(
        store__shipstation_account=account, mode=StoreMode.DIRECT
    )
    return set(
        stores.values_list("shipstation_store_id", flat=True).union(
            spans.order_by().values_list("shipstation_store_id", flat=True)
        )
    )


def _of_postcodes(account: ShipStationAccount, postcodes: set[str]) -> list[int]:
    """Orders in direct mode that nothing was found for yet, of these postcodes."""
    if not postcodes:
        return []
    return list(
        Order.objects.filter(
            store__shipstation_account=account,
            store__in=Store.objects.filter(direct_stores()),
            buyer__postcode_hash__in=postcodes,
            records__isnull=True,
            closed_at__isnull=True,
        ).values_list("pk", flat=True)
    )


def _fill(
    record: ShipStationOrder, row: SsOrder, now: datetime, *, keeps: bool
) -> None:
    """Take the row over; ``keeps``: its body too where no order was found for it yet."""
    record.order_key = row.order_key[:100]
    record.order_number = row.order_number[:100]
    record.status, record.raw_status = row.status, row.raw_status[:60]
    record.store_id = row.store_id
    record.modify_date, record.modified_at = row.modify_date, row.modified_at
    record.created_at, record.hold_until = row.created_at, row.hold_until
    if row.status != "on_hold":
        record.held_by_us, record.held_for = False, None
    elif record.written_status == "on_hold" and record.order_id is not None:
        # Our hold, whose answer was lost: the read shows that it happened.
        if not record.held_by_us and record.held_for_id is None:
            record.held_by_us, record.held_for_id = True, record.order_id
    record.merged_or_split = row.merged_or_split
    record.merged_ids = list(row.merged_ids)
    record.parent_id = row.parent_id
    record.address_verified = row.address_verified
    record.externally_fulfilled = row.externally_fulfilled
    record.carrier_code = row.carrier_code[:60]
    record.service_code = row.service_code[:100]
    record.requested_service = row.requested_service[:100]
    record.tag_ids = list(row.tag_ids)
    record.lines = [asdict(line) for line in row.lines]
    record.gone_at = None
    record.as_of = row.as_of
    if keeps or record.order_id is not None:
        record.body, record.purge_at = row.body, now + BODY_KEPT


def _note_found(timeline: Timeline, order: Order | None, row: SsOrder) -> None:
    if order is not None:
        timeline.add(
            order,
            "shipstation",
            "record",
            f"ShipStation order {row.order_id} read: {row.raw_status}",
            happened=row.modified_at,
            record=row.order_id,
            status=row.status,
        )


def _note_changes(timeline: Timeline, record: ShipStationOrder, row: SsOrder) -> None:
    if record.order_id is None:
        return
    if row.modify_date == record.modify_date and row.raw_status == record.raw_status:
        return
    text = f"ShipStation order {row.order_id} read: {row.raw_status}"
    asked = record.written_status
    if record.modify_date == "" and asked:
        text += _against(asked, row.status)
    elif row.raw_status != record.raw_status:
        text += f" (was {record.raw_status})"
    else:
        text += ", changed there"
    if row.address_verified in ("warning", "failed"):
        text += f"; address check: {row.address_verified}"
    elif row.address_verified == "ok" and record.address_verified != "ok":
        text += "; address verified"
    timeline.add(
        record.order_id,
        "shipstation",
        "record",
        text,
        happened=row.modified_at,
        record=row.order_id,
        status=row.status,
    )


def _against(asked: str, status: str) -> str:
    """How a read answers what we wrote; a label bought since is no contradiction."""
    if status == asked:
        return ", as asked"
    return "" if status == "shipped" else f", though we asked {asked}"
