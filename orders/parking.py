"""Records that can't be read: kept whole, shown as a case, let go once they can."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orders.models import ParkedRecord
from orders.triage import close_store_case, open_store_case
from stores.connectors import CONNECTORS
from stores.models import RemoteAccount
from stores.remote_types import MalformedOrder


def park(
    account: RemoteAccount, malformed: Sequence[MalformedOrder], now: datetime
) -> None:
    """Keep these orders of a page and open a case for each."""
    retention: timedelta = CONNECTORS.get(account.marketplace).retention
    for item in malformed:
        ParkedRecord.objects.update_or_create(
            account=account.key,
            source=account.marketplace,
            remote_id=item.remote_id[:100],
            defaults={
                "field": item.field[:100],
                "problem": item.problem[:500],
                "body": item.raw if isinstance(item.raw, dict) else {"raw": item.raw},
                "last_seen_at": now,
                "resolved_at": None,
                "purge_at": now + retention,
            },
            create_defaults={
                "field": item.field[:100],
                "problem": item.problem[:500],
                "body": item.raw if isinstance(item.raw, dict) else {"raw": item.raw},
                "first_seen_at": now,
                "last_seen_at": now,
                "purge_at": now + retention,
            },
        )
        open_store_case(
            scope=f"account:{account.key}",
            kind="order_malformed",
            cause=item.remote_id[:64],
            summary=f"Order {item.remote_id} can't be read: {item.field}: {item.problem}",
            context={
                "remote_id": item.remote_id,
                "marketplace": item.marketplace_id,
                "field": item.field,
                "problem": item.problem[:500],
            },
        )


def unpark(account: RemoteAccount, remote_ids: Sequence[str], now: datetime) -> None:
    """Close what stood for orders that have now been read well."""
    rows = ParkedRecord.objects.filter(
        account=account.key, resolved_at__isnull=True, remote_id__in=remote_ids
    )
    for row in rows:
        row.resolved_at = now
        row.save(update_fields=["resolved_at"])
        close_store_case(
            scope=f"account:{account.key}",
            kind="order_malformed",
            cause=row.remote_id[:64],
        )
