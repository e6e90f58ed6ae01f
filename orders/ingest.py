"""Take in what a marketplace said: idempotent, block by block, never older over newer.

A page is stored in a constant number of queries. A record that can't be read is parked
with its body and becomes a case; the rest of the page goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from orders import shown
from orders.due import look_soon
from orders.events import Timeline
from orders.ingest_merge import Merge
from orders.models import Order, OrderBuyer, OrderLine, RawBlock, Stage
from orders.parking import park, unpark
from orders.payload_facts import PAYLOAD_FIELDS
from orders.payload_inputs import raw_orders, rules_for
from orders.reconsider import reconsider
from orders.triage import close_store_case, open_store_case
from shipsync_site.lib import bulk, clock
from stores.models import RemoteAccount, Store
from stores.remote_types import MalformedOrder, RemoteOrder

# An unchanged answer is news to these: they wait for a look later than some moment.
AWAITS_FRESHNESS = (Stage.RELEASE, Stage.DISPATCHED, Stage.CONFIRMED)


@dataclass(slots=True)
class IngestResult:
    """What a page brought, in orders."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    malformed: int = 0
    stray: int = 0
    order_ids: list[int] = field(default_factory=list)


def ingest(
    account: RemoteAccount,
    orders: Sequence[RemoteOrder],
    malformed: Sequence[MalformedOrder] = (),
) -> IngestResult:
    """Store the orders of one answer and decide those that changed.

    An order of a marketplace for which the account has no store becomes one case per
    marketplace. Runs in its own transaction.
    """
    now = clock.now()
    result = IngestResult(malformed=len(malformed))
    stores = {
        store.remote_marketplace: store
        for store in account.stores.select_related(
            "remote_account", "shipstation_account"
        )
    }
    known: list[RemoteOrder] = []
    strays: dict[str, int] = {}
    for remote in orders:
        if remote.marketplace_id in stores:
            known.append(remote)
        else:
            result.stray += 1
            strays[remote.marketplace_id] = strays.get(remote.marketplace_id, 0) + 1
    with transaction.atomic():
        _store_page(stores, known, now, result)
        park(account, malformed, now)
        unpark(account, [remote.remote_id for remote in known], now)
    for marketplace, count in strays.items():
        open_store_case(
            scope=f"account:{account.key}",
            kind="unknown_store",
            cause=marketplace,
            summary=f"Orders of {marketplace} came in, but no store is set up for it",
            context={"marketplace": marketplace, "orders": count},
        )
    for marketplace in stores:
        if strays and marketplace not in strays:
            close_store_case(
                scope=f"account:{account.key}", kind="unknown_store", cause=marketplace
            )
    reconsider(result.order_ids, now=now)
    return result


def _store_page(
    stores: dict[str, Store],
    remotes: list[RemoteOrder],
    now: datetime,
    result: IngestResult,
) -> None:
    existing = _existing(stores, remotes)
    timeline = Timeline(now)
    merges: list[Merge] = []
    for remote in _latest(remotes):
        store = stores[remote.marketplace_id]
        order = existing.get((store.pk, remote.remote_id))
        merge = Merge(store, remote, order, now)
        merge.run()
        merges.append(merge)
    _digest(merges)
    Order.objects.bulk_create([merge.order for merge in merges if merge.created])
    _save_orders([merge for merge in merges if not merge.created])
    _save_lines(merges)
    _save_buyers(merges)
    _save_raw(merges, now)
    for merge in merges:
        for event in merge.events:
            timeline.add(merge.order, "marketplace", **event)
        if merge.created:
            result.created += 1
        elif merge.changed:
            result.changed += 1
        else:
            result.unchanged += 1
        if merge.created or merge.changed or merge.order.stage in AWAITS_FRESHNESS:
            result.order_ids.append(merge.order.pk)
    look_soon([m.order.pk for m in merges if m.changed and not m.created])
    timeline.save()


def _digest(merges: Sequence[Merge]) -> None:
    """Make payloads anew where a fact of them changed, or what a rule looks into."""
    due = [
        m for m in merges if m.payload_changed or m.order.payload_stale or m.raw_changed
    ]
    books = rules_for((merge.store, merge.lines) for merge in due)
    stored = raw_orders((merge.order for merge in due), books)
    for merge in due:
        book = books[merge.store.pk]
        if merge.payload_changed or merge.order.payload_stale or book.reads_raw:
            merge.digest(book, stored.get(merge.order.pk))


def _latest(remotes: list[RemoteOrder]) -> list[RemoteOrder]:
    """One row per order: a page may hold an order twice, the later one counts."""
    latest: dict[tuple[str, str], RemoteOrder] = {}
    for remote in remotes:
        key = (remote.marketplace_id, remote.remote_id)
        if key not in latest or remote.updated_at >= latest[key].updated_at:
            latest[key] = remote
    return list(latest.values())


def _existing(
    stores: dict[str, Store], remotes: list[RemoteOrder]
) -> dict[tuple[int, str], Order]:
    rows = (
        Order.objects.select_for_update(of=("self",))
        .filter(
            store__in=list(stores.values()),
            remote_id__in={remote.remote_id for remote in remotes},
        )
        .order_by("pk")
    )
    orders = {(row.store_id, row.remote_id): row for row in rows}
    by_pk = {row.pk: row for row in orders.values()}
    for row in by_pk.values():
        row.loaded_lines = []  # type: ignore[attr-defined]
        row.loaded_buyer = None  # type: ignore[attr-defined]
        row.loaded_raw = {}  # type: ignore[attr-defined]
    lines = OrderLine.objects.filter(order__in=by_pk).prefetch_related("components")
    for line in lines:
        by_pk[line.order_id].loaded_lines.append(line)  # type: ignore[attr-defined]
    for buyer in OrderBuyer.objects.filter(order__in=by_pk):
        by_pk[buyer.order_id].loaded_buyer = buyer  # type: ignore[attr-defined]
    for raw in RawBlock.objects.filter(order__in=by_pk).defer("body"):
        by_pk[raw.order_id].loaded_raw[raw.source, raw.block] = raw  # type: ignore[attr-defined]
    return orders


def _save_orders(merges: list[Merge]) -> None:
    if not merges:
        return
    bulk.save([m.order for m in merges], ["as_of", "seen_at"])
    changed = [merge.order for merge in merges if merge.changed]
    if changed:
        bulk.save(changed, [*Merge.FIELDS, *PAYLOAD_FIELDS])


def _save_lines(merges: list[Merge]) -> None:
    new = [line for merge in merges for line in merge.new_lines]
    changed = [line for merge in merges for line in merge.changed_lines]
    for merge in merges:
        for line in merge.new_lines:
            line.order_id = merge.order.pk
    if new:
        OrderLine.objects.bulk_create(new)
    if changed:
        bulk.save(changed, list(Merge.LINE_FIELDS))


def _save_buyers(merges: list[Merge]) -> None:
    buyers = [merge.buyer for merge in merges if merge.buyer_changed and merge.buyer]
    for buyer in buyers:
        buyer.address_hash = shown.buyer_hash(buyer)
    for merge in merges:
        if merge.buyer is not None:
            merge.buyer.order_id = merge.order.pk
    new = [buyer for buyer in buyers if buyer.pk is None]
    changed = [buyer for buyer in buyers if buyer.pk is not None]
    if new:
        OrderBuyer.objects.bulk_create(new)
    if changed:
        bulk.save(changed, list(Merge.BUYER_FIELDS))


def _save_raw(merges: list[Merge], now: datetime) -> None:
    rows = []
    for merge in merges:
        if merge.forgotten:
            continue
        if not merge.raw_changed:
            continue
        source, block = merge.source
        rows.append(
            RawBlock(
                order=merge.order,
                source=source,
                block=block,
                as_of=merge.remote.as_of,
                digest=merge.raw_digest,
                body=merge.remote.raw,
                purge_at=merge.purge_at,
            )
        )
    if rows:
        RawBlock.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["order", "source", "block"],
            update_fields=["as_of", "digest", "body", "purge_at"],
        )


def ingest_one(account: RemoteAccount, remote: RemoteOrder) -> IngestResult:
    """Store one order that was read by itself; it is always decided anew."""
    result = ingest(account, [remote])
    if not result.order_ids:
        ids = Order.objects.filter(
            store__remote_account=account, remote_id=remote.remote_id
        ).values_list("pk", flat=True)
        reconsider(list(ids))
    return result
