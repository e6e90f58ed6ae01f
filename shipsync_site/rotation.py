"""Seal every stored value again with the newest key, beside running clusters.

Each transaction holds at most 100 rows, and on SQLite others write in between. A value
that is under the newest key already is only read, so a run that was interrupted is
simply started again. Values are moved as they lie: nothing is opened into a model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from shipsync_site.lib.sealed import SealBrokenError, SealedTextField, resealed

BATCH = 100
# On SQLite others write between two batches.
PAUSE = 0.005


class RotationError(Exception):
    """A value that no key opens; the text names the table and the row."""


@dataclass(slots=True)
class Progress:
    """How far one table is: rows looked at, values sealed again."""

    model: str
    columns: str
    rows: int = 0
    sealed: int = 0


def sealed_tables() -> Iterator[tuple[type[models.Model], list[SealedTextField]]]:
    """Every table with sealed columns, and these."""
    for model in apps.get_models():
        found = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, SealedTextField)
        ]
        if found and not model._meta.proxy:
            yield model, found


def rotate(tell: Callable[[Progress], None]) -> list[Progress]:
    """Seal everything again; ``tell`` hears of each batch. Raises RotationError."""
    done = []
    for model, fields in sealed_tables():
        progress = Progress(model._meta.label, ", ".join(f.name for f in fields))
        last: Any = 0
        while (last := _batch(model, fields, last, progress)) is not None:
            tell(progress)
            if connection.vendor == "sqlite":
                time.sleep(PAUSE)
        done.append(progress)
    return done


def _batch(
    model: type[models.Model],
    fields: list[SealedTextField],
    last: Any,
    progress: Progress,
) -> Any:
    """Up to 100 rows after ``last``; the last of them, None when there are no more."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    key = quote(str(model._meta.pk.column))
    columns = [quote(str(field.column)) for field in fields]
    # Only names of our own models go into the text; every value is a parameter.
    select = (
        f"SELECT {key}, {', '.join(columns)} FROM {table} "  # noqa: S608
        f"WHERE {key} > %s ORDER BY {key} LIMIT {BATCH}"
    )
    if connection.features.has_select_for_update:
        select += " FOR UPDATE"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(select, [last])
        rows = cursor.fetchall()
        for number, *values in rows:
            changes = {}
            for column, value in zip(columns, values, strict=True):
                try:
                    fresh = None if value is None else resealed(bytes(value))
                except SealBrokenError as error:
                    raise RotationError(
                        f"{progress.model} {number}, {column}: {error}"
                    ) from None
                if fresh is not None:
                    changes[column] = fresh
            if changes:
                assignments = ", ".join(f"{column} = %s" for column in changes)
                cursor.execute(
                    f"UPDATE {table} SET {assignments} WHERE {key} = %s",  # noqa: S608
                    [*changes.values(), number],
                )
                progress.sealed += len(changes)
    progress.rows += len(rows)
    return rows[-1][0] if rows else None
