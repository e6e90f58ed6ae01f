"""Read stored marketplace answers again, after the connector's parser was mended.

Nothing is called. An answer is taken in as of the moment at which it was read, so that
a newer fact always stands; what was purged is gone. Unreadable records count as read a
little before they were parked, because the moment of their request is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction

from orders.ingest import ingest
from orders.ingest_merge import Merge
from orders.models import Order, OrderBuyer, OrderLine, ParkedRecord, RawBlock
from orders.parking import unpark
from shipsync_site.lib import bulk, clock
from stores.connectors import CONNECTORS
from stores.models import RemoteAccount, Store
from stores.remote_types import Block, MalformedOrder, RemoteOrder

BATCH = 100
# Longer than any request takes: an unreadable record is never dated too late.
PARKED_AFTER = timedelta(minutes=5)
SHOWN = 50


@dataclass(slots=True)
class Report:
    """What a run did, in orders; ``lines`` say what changed, without buyer data."""

    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    unreadable: int = 0
    stray: int = 0
    lines: list[str] = field(default_factory=list)


def run(
    *,
    store: Store | None = None,
    since: datetime | None = None,
    only_malformed: bool = False,
    dry_run: bool = False,
) -> Report:
    """Read unreadable records and, unless told otherwise, all stored answers again.

    ``since`` is the earliest reading. Batches of at most 100, each by itself; a dry run
    takes every batch in and back out again.
    """
    report = Report()
    accounts = RemoteAccount.objects.order_by("pk")
    if store is not None:
        accounts = accounts.filter(pk=store.remote_account_id)
    for account in accounts:
        for batch in _parked(account, since):
            _take(account, batch, store, report, dry_run)
        if not only_malformed:
            for block in ("order", "shipped"):
                for answers in _raw(account, block, store, since):
                    _take(account, answers, store, report, dry_run)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A stored answer; ``parked`` is its row where it could not be read."""

    body: Any
    block: str
    as_of: datetime
    name: str
    parked: ParkedRecord | None = None


def _parked(account: RemoteAccount, since: datetime | None) -> Iterator[list[_Answer]]:
    rows = ParkedRecord.objects.filter(
        account=account.key, resolved_at__isnull=True, body__isnull=False
    )
    if since is not None:
        rows = rows.filter(last_seen_at__gte=since)
    for batch in _batches(rows):
        yield [
            _Answer(
                body=row.body.get("raw") if set(row.body) == {"raw"} else row.body,
                block="",
                as_of=row.last_seen_at - PARKED_AFTER,
                name=row.remote_id or f"record {row.pk}",
                parked=row,
            )
            for row in batch
        ]


def _raw(
    account: RemoteAccount, block: str, store: Store | None, since: datetime | None
) -> Iterator[list[_Answer]]:
    rows = RawBlock.objects.filter(
        order__store__remote_account=account, block=block, body__isnull=False
    ).select_related("order")
    if store is not None:
        rows = rows.filter(order__store=store)
    if since is not None:
        rows = rows.filter(as_of__gte=since)
    for batch in _batches(rows):
        yield [
            _Answer(
                body=row.body,
                block=block,
                as_of=_last_read(row),
                name=row.order.number,
            )
            for row in batch
        ]


def _last_read(row: RawBlock) -> datetime:
    """When this body was last read: the same answer again leaves the row as it is.

    The recipient comes with 'order' answers only, so its time is that of the last one.
    """
    text = row.order.as_of.get(Block.RECIPIENT) if row.block == "order" else None
    return max(row.as_of, datetime.fromisoformat(text)) if text else row.as_of


def _batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _take(
    account: RemoteAccount,
    answers: list[_Answer],
    store: Store | None,
    report: Report,
    dry_run: bool,
) -> None:
    connector = CONNECTORS.get(account.marketplace)
    good: list[tuple[_Answer, RemoteOrder]] = []
    for answer in answers:
        found = connector.reparse(answer.body, block=answer.block, as_of=answer.as_of)
        if isinstance(found, MalformedOrder):
            report.unreadable += 1
            _say(report, f"{answer.name}: {found.field}: {found.problem}")
        elif store is None or found.marketplace_id == store.remote_marketplace:
            good.append((answer, found))
    report.read += len(answers)
    if not good:
        return
    if not dry_run:
        _ingest(account, good, report)
        return
    with transaction.atomic():
        _ingest(account, good, report)
        transaction.set_rollback(True)


def _ingest(
    account: RemoteAccount, good: list[tuple[_Answer, RemoteOrder]], report: Report
) -> None:
    remotes = [remote for _answer, remote in good]
    ids = [remote.remote_id for remote in remotes]
    before = _shown(account, ids)
    seen = dict(_orders(account, ids).values_list("pk", "seen_at"))
    result = ingest(account, remotes)
    # It was not seen again: only our reading of it is new.
    orders = list(_orders(account, ids).filter(pk__in=seen))
    for order in orders:
        order.seen_at = seen[order.pk]
    bulk.save(orders, ["seen_at"])
    parked = [a.parked.remote_id for a, _remote in good if a.parked is not None]
    if parked:
        unpark(account, parked, clock.now())
    report.created += result.created
    report.changed += result.changed
    report.unchanged += result.unchanged
    report.stray += result.stray
    for number, after in _shown(account, ids).items():
        for text in _changes(before.get(number), after):
            _say(report, f"{number}: {text}")


def _orders(account: RemoteAccount, ids: Iterable[str]) -> Any:
    return Order.objects.filter(
        store__remote_account=account, remote_id__in=list(ids)
    ).order_by("pk")


def _shown(account: RemoteAccount, ids: list[str]) -> dict[str, dict[str, str]]:
    """By order number, what ingest may change; of the buyer only that it did."""
    found: dict[str, dict[str, str]] = {}
    numbers: dict[int, str] = {}
    for order in _orders(account, ids):
        numbers[order.pk] = order.number
        found[order.number] = {
            name: str(getattr(order, name)) for name in (*Merge.FIELDS, "stage")
        }
    lines = OrderLine.objects.filter(order__in=numbers).order_by("order", "pk")
    for pk, rows in groupby(lines, key=lambda row: row.order_id):
        for line in rows:
            found[numbers[pk]] |= {
                f"line {line.remote_id} {name}": str(getattr(line, name))
                for name in Merge.LINE_FIELDS
                if name != "details"
            }
    for buyer in OrderBuyer.objects.filter(order__in=numbers):
        mine = found[numbers[buyer.order_id]]
        mine["the recipient"] = buyer.recipient_digest
        mine["the buyer"] = buyer.name_hash + buyer.email_hash
    return found


def _changes(before: dict[str, str] | None, after: dict[str, str]) -> Iterator[str]:
    if before is None:
        yield "read for the first time"
        return
    for name, value in after.items():
        if before.get(name, "") == value:
            continue
        if name.startswith("the "):
            yield f"{name} changes"
        else:
            yield f"{name}: {before.get(name, '') or '(empty)'} → {value or '(empty)'}"


def _say(report: Report, text: str) -> None:
    if len(report.lines) < SHOWN:
        report.lines.append(text[:300])
