"""Rows of a big table as plain values, a thousand at a time, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

CHUNK = 2000


def streamed(rows: QuerySet[Any], paths: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The values of these paths, from a server-side cursor on PostgreSQL.

    There the cursor lives in a transaction: outside of one the server would first copy
    the whole result. SQLite reads as it goes, and a transaction would keep writers out.
    """
    server = connections[rows.db].vendor == "postgresql"
    with transaction.atomic(using=rows.db) if server else nullcontext():
        yield from rows.values_list(*paths).iterator(chunk_size=CHUNK)
