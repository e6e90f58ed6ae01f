"""Save many rows in one go: what ``bulk_update`` does, at a tenth of its processor time.

``bulk_update`` builds one CASE expression per field with a branch per row, which cost
more than half of a push. Here PostgreSQL gets one UPDATE from a list of values, and
SQLite one prepared statement that runs once per row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connections, models, router, transaction

# Rows a statement: far below PostgreSQL's limits, and enough to amortise a round trip.
CHUNK = 500


def save(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of stored rows of one model, in primary-key order.

    As with ``bulk_update`` no signal is sent and ``auto_now`` is not set; values must be
    plain, not expressions. Raises ValueError for a row that was never stored.
    """
    if not rows or not fields:
        return
    model = type(rows[0])
    if any(row.pk is None for row in rows):
        raise ValueError(f"{model.__name__}: every row must have been stored before")
    meta: Any = model._meta
    columns = [meta.get_field(name) for name in fields]
    connection = connections[router.db_for_write(model)]
    values = [
        [
            *(f.get_db_prep_save(getattr(row, f.attname), connection) for f in columns),
            meta.pk.get_db_prep_save(row.pk, connection),
        ]
        for row in sorted(rows, key=lambda row: row.pk)
    ]
    with transaction.atomic(using=connection.alias, savepoint=False):
        if connection.vendor == "postgresql":
            _update_from_values(connection, meta, columns, values)
        else:
            _update_each(connection, meta, columns, values)


def _update_each(
    connection: Any, meta: Any, columns: Sequence[Any], values: list[list[Any]]
) -> None:
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(field.column)} = %s" for field in columns)
    # Only names of our own models go into the text; every value is a parameter.
    statement = (
        f"UPDATE {quote(meta.db_table)} SET {assignments} "  # noqa: S608
        f"WHERE {quote(meta.pk.column)} = %s"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _update_from_values(
    connection: Any, meta: Any, columns: Sequence[Any], values: list[list[Any]]
) -> None:
    quote = connection.ops.quote_name
    table = quote(meta.db_table)
    # A list of values has no types of its own: NULLs and texts are cast to the column's.
    assignments = ", ".join(
        f"{quote(field.column)} = given.column{number}::{_cast(field, connection)}"
        for number, field in enumerate(columns, start=1)
    )
    key = f"given.column{len(columns) + 1}::{_cast(meta.pk, connection)}"
    row = f"({', '.join(['%s'] * (len(columns) + 1))})"
    with connection.cursor() as cursor:
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            cursor.execute(
                f"UPDATE {table} SET {assignments} "  # noqa: S608
                f"FROM (VALUES {', '.join([row] * len(part))}) AS given "
                f"WHERE {table}.{quote(meta.pk.column)} = {key}",
                [value for values_of_row in part for value in values_of_row],
            )


def _cast(field: Any, connection: Any) -> str:
    """The column's type; without a length, for a cast to varchar(5) cuts silently."""
    # A key's own type is a kind of 'serial', which can't be cast to.
    name = str(field.rel_db_type(connection))
    return "text" if name.startswith("varchar") else name
