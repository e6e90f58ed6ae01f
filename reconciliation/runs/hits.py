"""Hits and counted rows of a run: written set by set, dropped again in small pieces."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from reconciliation.models import CensusRow, Hit, Run, RunState
from reconciliation.rules.rows import COLUMNS, Rows

# SQLite has one writer: short transactions, with a pause in which others get at it.
SLICE = 500
PAUSE = 0.002
STAGE = "reconciliation_stage"
# How long what a run collected is kept: counted rows, and hits.
CENSUS_KEPT = timedelta(days=14)
HITS_KEPT = timedelta(days=100)


def compiled(rows: QuerySet[Any, Any]) -> tuple[str, Sequence[Any]]:
    """A queryset as the SQL of this database with its parameters."""
    sql, parameters = rows.query.get_compiler(connection=connection).as_sql()
    return str(sql), list(parameters)


def write(run_store: int, rule: str, rows: Rows, *, first: bool = False) -> None:
    """One set of hits: the database reads and writes them, nothing passes through here.

    ``first``: each is its order's bucket.
    """
    try:
        select, parameters = compiled(rows)
    except EmptyResultSet:  # nothing of the store is of this kind
        return
    order, remote_id, cause, expected, found, placed_at = (f"q.{x}" for x in COLUMNS)
    # Only names of our own tables go into the text; every value is a parameter.
    target = f"""
        INSERT INTO reconciliation_hit (run_store_id, rule, order_id, remote_id,
                                        cause, expected, found, first, placed_at)
        SELECT %s, %s, {order}, substr({remote_id}, 1, 100), substr({cause}, 1, 100),
               substr({expected}, 1, 200), substr({found}, 1, 200), %s, {placed_at}
          FROM {{source}} AS q WHERE {{part}} ON CONFLICT DO NOTHING
    """  # noqa: S608
    fixed: list[Any] = [run_store, rule, first]
    if connection.vendor != "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            # To compile such a statement takes longer than to run it.
            cursor.execute("SET LOCAL jit = off")
            cursor.execute(
                target.format(source=f"({select})", part="true"), [*fixed, *parameters]
            )
        return
    with staged(select, parameters) as slices:
        for after, last in slices:
            part = f"q.rowid > {after} AND q.rowid <= {last}"
            with connection.cursor() as cursor:
                cursor.execute(target.format(source=f"temp.{STAGE}", part=part), fixed)
            time.sleep(PAUSE)


@contextmanager
def staged(
    select: str, parameters: Sequence[Any]
) -> Iterator[Iterator[tuple[int, int]]]:
    """SQLite: what a SELECT gives, in a table of this connection alone, by slices.

    So a long SELECT keeps nobody from writing. Slices are (after, up to) of its rowids.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS temp.{STAGE}")
        cursor.execute(f"CREATE TEMP TABLE {STAGE} AS {select}", parameters)
        cursor.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM temp.{STAGE}")  # noqa: S608
        (last,) = cursor.fetchone()
    try:
        yield ((x, min(x + SLICE, last)) for x in range(0, last, SLICE))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS temp.{STAGE}")


def drop(rows: QuerySet[Any]) -> int:
    """Delete these rows in small transactions; how many there were."""
    model: type[Model] = rows.model
    dropped = 0
    while pks := list(rows.values_list("pk", flat=True)[: 10 * SLICE]):
        for start in range(0, len(pks), SLICE):
            part = pks[start : start + SLICE]
            model._default_manager.filter(pk__in=part).delete()
            if connection.vendor == "sqlite":
                time.sleep(PAUSE)
        dropped += len(pks)
    return dropped


def forget(run: Run) -> None:
    """Drop all that a run collected."""
    drop(Hit.objects.filter(run_store__run=run))
    drop(CensusRow.objects.filter(run_store__run=run))


def prune(now: datetime) -> int:
    """Drop what old runs collected; their buckets and findings stay."""
    ended = Run.objects.exclude(state__in=(RunState.WAITING, RunState.RUNNING))
    old = ended.filter(finished_at__lt=now - CENSUS_KEPT)
    older = ended.filter(finished_at__lt=now - HITS_KEPT)
    return drop(CensusRow.objects.filter(run_store__run__in=old)) + drop(
        Hit.objects.filter(run_store__run__in=older)
    )
