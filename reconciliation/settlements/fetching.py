"""What one step of a fetch brought is kept together with where to go on.

A page and its place are stored in one transaction, under the lease of the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from reconciliation.models import (
    Settlement,
    SettlementFetch,
    SettlementFile,
    SettlementFileState,
)
from reconciliation.settlements import store
from reconciliation.settlements.store import News, NotStorableError
from shipsync_site.lib import clock
from stores.connectors.base import Connector
from stores.models import RemoteAccount
from stores.remote_money import MoneyStep

# The first fetch; no marketplace gives more by its interface.
FIRST = timedelta(days=90)
# Of settlements that were left out, so many are named.
NAMED = 20


class LostLeaseError(Exception):
    """Another process has taken the fetch over."""


def mine(row: SettlementFetch) -> QuerySet[SettlementFetch]:
    return SettlementFetch.objects.filter(pk=row.pk, lease_id=row.lease_id)


def save(row: SettlementFetch, **changes: Any) -> None:
    """Write while the lease is ours. Raises LostLeaseError."""
    if not mine(row).update(**changes):
        raise LostLeaseError(str(row.pk))
    for name, value in changes.items():
        setattr(row, name, value)


def begin(row: SettlementFetch, connector: Connector) -> None:
    now = clock.now()
    since = now - FIRST
    if row.reached is not None:
        since = max(since, row.reached - connector.settlements_settle)
        waiting = (
            Settlement.objects.filter(
                account=row.account,
                source=connector.settlement_source,
                stored_at__isnull=False,
                deposited_at=None,
                ends_at__gte=now - FIRST,
            )
            .order_by("ends_at")
            .first()
        )
        if waiting is not None and waiting.ends_at is not None:
            since = min(since, waiting.ends_at - timedelta(minutes=1))
    save(
        row,
        since=since,
        began_at=now,
        cursor={},
        ending=False,
        seen=0,
        news=0,
        left_out=[],
        skipping="",
    )


def take_document(row: SettlementFetch, connector: Connector, step: MoneyStep) -> None:
    content = step.document or b""
    with transaction.atomic():
        save(row, cursor=dict(step.cursor), failures=0, seen=row.seen + 1)
        file = store.receive_file(
            row.account,
            connector.settlement_source,
            f"{connector.label} report {step.document_ref}"[:200],
            content,
            remote_ref=step.document_ref,
        )
        if file.state == SettlementFileState.WAITING:
            save(row, news=row.news + 1)


def take_page(row: SettlementFetch, connector: Connector, step: MoneyStep) -> None:
    """Keep a page with where to go on; what can't be kept is left out, and said."""
    head = step.head
    assert head is not None  # noqa: S101 - the caller asked
    place: dict[str, Any] = {"cursor": dict(step.cursor), "failures": 0}
    if row.skipping == head.remote_id:
        save(row, **place, skipping="" if step.complete else head.remote_id)
        return
    if row.staging is not None and row.staging.remote_id != head.remote_id:
        raise store.StagingLostError("pages of another settlement came between")
    problem = step.problem
    if not problem:
        try:
            with transaction.atomic():
                save(row, **place)
                staging = row.staging or store.begin(
                    row.account, connector.settlement_source, head
                )
                store.add_lines(staging, step.lines)
                save(row, staging=staging, ending=step.complete)
        except NotStorableError as error:
            problem = str(error)
        else:
            return
    lost = SettlementFetch.objects.get(pk=row.pk).staging
    if lost is not None:
        store.discard(lost)
    left_out = [*row.left_out, {"id": head.remote_id, "problem": problem[:300]}]
    save(
        row,
        **place,
        staging=None,
        ending=False,
        left_out=left_out[:NAMED],
        skipping="" if step.complete else head.remote_id,
    )


def finish(row: SettlementFetch) -> None:
    """Show what is staged whole; done before by a process that died is done."""
    staging = row.staging
    news = 0
    if staging is not None and staging.stored_at is None:
        outcome = store.finish(staging)
        news = int(outcome.news is not News.SAME)
    save(row, staging=None, ending=False, seen=row.seen + 1, news=row.news + news)


def forget_staging(row: SettlementFetch) -> None:
    staging = SettlementFetch.objects.get(pk=row.pk).staging
    if staging is not None:
        store.discard(staging)


class Known:
    """The documents of an account that were received, asked one by one."""

    def __init__(self, account: RemoteAccount) -> None:
        self._account = account

    def __contains__(self, ref: object) -> bool:
        return self._rows().filter(remote_ref=str(ref)).exists()

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows().values_list("remote_ref", flat=True))

    def __len__(self) -> int:
        return self._rows().count()

    def _rows(self) -> QuerySet[SettlementFile]:
        return SettlementFile.objects.filter(account=self._account).exclude(
            remote_ref=""
        )
