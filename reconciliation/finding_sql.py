"""The one statement by which findings are written: new ones, and those seen again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

_COLUMNS = (
    "store_id",
    "rule",
    "fingerprint",
    "order_id",
    "remote_id",
    "expected",
    "found",
    "amount",
    "currency",
    "settlement_id",
    "line_id",
    "placed_at",
    "run_id",
    "first_seen",
    "last_seen",
    "seen_at",
    "look",
    "state",
    "days",
    "accepted_reason",
)
# Seen anew after it had gone, it counts from 1; a second look on one day adds nothing.
_SEEN_AGAIN = """
    order_id = excluded.order_id, expected = excluded.expected, found = excluded.found,
    amount = excluded.amount, currency = excluded.currency,
    settlement_id = excluded.settlement_id, line_id = excluded.line_id,
    placed_at = excluded.placed_at, run_id = excluded.run_id,
    seen_at = excluded.seen_at, look = excluded.look, gone_at = NULL,
    first_seen = CASE WHEN f.state = 'gone' THEN excluded.first_seen
                      ELSE f.first_seen END,
    days = CASE WHEN f.state = 'gone' THEN 1
                WHEN f.last_seen < excluded.last_seen THEN f.days + 1
                ELSE f.days END,
    state = CASE WHEN f.accepted_at IS NOT NULL
                  AND (f.accepted_until IS NULL
                       OR f.accepted_until >= excluded.last_seen)
                 THEN 'accepted' ELSE 'open' END,
    last_seen = excluded.last_seen
"""


def upsert(select: str, parameters: Sequence[Any]) -> None:
    """Write what this SELECT gives: its columns are those of ``_COLUMNS``, in order."""
    table = "reconciliation_finding"
    # Only names of our own tables go into the text; every value is a parameter.
    statement = (
        f"INSERT INTO {table} AS f ({', '.join(_COLUMNS)}) {select} "
        f"ON CONFLICT (store_id, rule, fingerprint) DO UPDATE SET {_SEEN_AGAIN}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def upsert_many(rows: Sequence[Sequence[Any]]) -> None:
    """The same for rows that are at hand, a few hundred at most."""
    if not rows:
        return
    one = "(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"
    values = ", ".join([one] * len(rows))
    upsert(f"VALUES {values}", [plain(value) for row in rows for value in row])


def plain(value: Any) -> Any:
    """A value as the database takes it."""
    ops = connection.ops
    if isinstance(value, datetime):
        return ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return ops.adapt_datefield_value(value)
    if isinstance(value, Decimal):
        return ops.adapt_decimalfield_value(value, 14, 2)
    return value
