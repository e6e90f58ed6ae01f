"""How fast orders are taken in, against ``bulk_create`` of the very same rows.

The time of an ingest is all of it: asking the simulated marketplace for each page,
reading it, storing it, deciding. The floor is what the same rows cost when they are
there already as model instances, sealing included.
"""

from __future__ import annotations

import pickle
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from orders.models import (
    Order,
    OrderBuyer,
    OrderEvent,
    OrderException,
    OrderLine,
    RawBlock,
    SyncJob,
)
from orders.sync.operations import pull
from shipsync_site.bench import stage as staging
from shipsync_site.bench.stage import BenchError, Stage
from shipsync_site.lib import clock
from stores.errors import ThrottledError
from stores.models import RemoteCall
from stores.sandbox.driver import Json

GOAL = 3.0
MEMORY_GOAL = 1.2
FIRST_ORDERS = 10_000
# Orders of a full page of Amazon's search; the others are not counted by queries.
_PAGE = 100
# Parents first; the order in which rows may be inserted.
MODELS: tuple[type[models.Model], ...] = (
    Order,
    OrderLine,
    OrderBuyer,
    RawBlock,
    SyncJob,
    OrderEvent,
    OrderException,
)
CHUNK = 1_000


def run(stage: Stage) -> Json:
    """Take the plan's orders in, then insert their rows again; the result as JSON."""
    plan = stage.plan
    staging.place(stage, plan.orders, seed=plan.seed)
    taken = _take_in(stage, plan.orders)
    rows = _keep(plan.folder)
    _empty()
    floor = _insert_again(plan.folder)
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "orders": plan.orders,
        "rows": rows,
        **taken,
        "floor_seconds": floor,
        "ratio": taken["seconds"] / floor,
    }
    result["problems"] = problems(result)
    return result


def problems(result: Json) -> list[str]:
    """Why a result is not good enough; empty when it is."""
    found = []
    if result["ratio"] > GOAL:
        found.append(f"{result['ratio']:.2f} times bulk_create is above {GOAL:g}")
    if result["memory_ratio"] > MEMORY_GOAL:
        found.append(
            f"memory grew {result['memory_ratio']:.2f} times, above {MEMORY_GOAL:g}"
        )
    return found


def lines(result: Json) -> Iterator[str]:
    """One run for people."""
    total = sum(result["rows"].values())
    yield (
        f"ingest on {result['database']}: {result['orders']:,} orders in "
        f"{result['pages']:,} pages, {total:,} rows"
    )
    yield (
        f"  taken in           {result['orders'] / result['seconds']:8.0f} orders/s "
        f"({result['seconds']:.0f} s, {result['waiting_seconds']:.0f} s of it for pages)"
    )
    yield (
        f"  bulk_create alone  {result['orders'] / result['floor_seconds']:8.0f} "
        f"orders/s ({result['floor_seconds']:.0f} s)"
    )
    yield f"  ratio              {result['ratio']:8.2f}"
    low, high = result["queries_per_page"]
    yield f"  queries a page     {low} to {high}"
    yield (
        f"  peak memory        {result['memory_first_mib']:8.0f} MiB at "
        f"{result['memory_first_orders']:,} orders, {result['memory_mib']:.0f} MiB at "
        f"the end: {result['memory_ratio']:.2f} times"
    )
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"


class Queries:
    """Counts statements; for ``connection.execute_wrapper``."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


def _take_in(stage: Stage, orders: int) -> Json:
    before = Order.objects.count()
    calls = RemoteCall.objects.count()
    first = min(FIRST_ORDERS, orders // 2)
    counts: Counter[int] = Counter()
    taken, first_memory, first_at = 0, 0.0, 0
    began = time.monotonic()
    while taken < orders:
        queries = Queries()
        try:
            with connection.execute_wrapper(queries):
                done = pull.pull_unit(stage.amazon, lambda due: None).counts
        except ThrottledError as error:
            clock.sleep(error.retry_after)
            continue
        taken += done["created"]
        if done["created"] == _PAGE:
            counts[queries.count] += 1
        if not first_memory and taken >= first:
            first_memory, first_at = _peak_memory(), taken
        if time.monotonic() - began > 3600:
            raise BenchError("the orders did not come in within an hour")
    seconds = time.monotonic() - began
    if Order.objects.count() != before + orders:
        raise BenchError(f"{Order.objects.count() - before} of {orders} orders came in")
    pages = RemoteCall.objects.order_by("pk")[calls:]
    waiting = sum(
        (call.finished_at - call.started_at).total_seconds()
        for call in pages.iterator()
        if call.finished_at is not None
    )
    memory = _peak_memory()
    return {
        "seconds": seconds,
        "waiting_seconds": waiting / stage.rate,
        "pages": RemoteCall.objects.count() - calls,
        "queries_per_page": [min(counts), max(counts)] if counts else [0, 0],
        "memory_first_mib": first_memory,
        "memory_first_orders": first_at,
        "memory_mib": memory,
        "memory_ratio": memory / first_memory,
    }


def _peak_memory() -> float:
    """The most this process ever held, in MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _keep(folder: Path) -> dict[str, int]:
    """Write all rows to files, by chunks of orders; how many there are of each kind."""
    found: Counter[str] = Counter()
    ids = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    with (folder / "rows.pickle").open("wb") as file:
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            for model in MODELS:
                key = "pk" if model is Order else "order_id"
                rows = list(
                    model._default_manager.filter(
                        **{f"{key}__gte": part[0], f"{key}__lte": part[-1]}
                    ).order_by("pk")
                )
                found[model.__name__] += len(rows)
                pickle.dump(rows, file)
    return dict(found)


def _empty() -> None:
    quote = connection.ops.quote_name
    tables = [model._meta.db_table for model in MODELS]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ", ".join(quote(table) for table in tables)
            cursor.execute(f"TRUNCATE {names} CASCADE")
        else:
            for table in reversed(tables):
                cursor.execute(f"DELETE FROM {quote(table)}")  # noqa: S608


def _insert_again(folder: Path) -> float:
    """Seconds that ``bulk_create`` takes for the rows; reading the files not counted."""
    seconds = 0.0
    with (folder / "rows.pickle").open("rb") as file:
        while True:
            try:
                kinds = [pickle.load(file) for _model in MODELS]  # noqa: S301 - ours
            except EOFError:
                return seconds
            for rows in kinds:
                for row in rows:
                    row._state.adding = True
            began = time.perf_counter()
            with transaction.atomic():
                for model, rows in zip(MODELS, kinds, strict=True):
                    model._default_manager.bulk_create(rows, batch_size=500)
            seconds += time.perf_counter() - began
