"""How long a list of a million rows takes as CSV, against doing the least.

The list is that of settlement lines, with the order that each was matched to. The floor
is the same statement through a bare cursor (on PostgreSQL a server-side one) into
``csv.writer``: nothing is made safe, no time gets its zone. The other side is
django-import-export with the same columns, where it is installed: it is no part of
shipsync (``pip install --target DIR django-import-export``, then PYTHONPATH=DIR).

On SQLite the floor is only told: there a bare cursor gives times as they are stored and
amounts as floats, which no list may show.

Each is the best of several turns, taken in turns, for other programs use the machine too.
Each turn is a process of its own, so that the memory of one is not that of another; the
list is taken whole and to its first tenth: what it needs may not grow with its rows.
"""

from __future__ import annotations

import csv
import importlib.util
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.http import QueryDict

from orders.models import Order
from reconciliation.exports.registry import REPORTS, Query
from reconciliation.models import Settlement, SettlementLine
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.queue_rows import make_orders, make_stores
from shipsync_site.lib import clock
from shipsync_site.lib.cells import csv_lines
from shipsync_site.lib.streaming import CHUNK
from stores.sandbox.driver import Json

BARE_GOAL, OTHER_GOAL, MEMORY_GOAL = 1.5, 5.0, 1.15
REPORT = "settlement-lines"
TURNS = 3
FILES, ORDERS, SEED_LINES = 10, 5_000, 1_000
# More than so many rows of django-import-export take minutes and gigabytes.
OTHER_ROWS = 50_000
OTHER = "import_export"


def run(plan: Plan) -> Json:
    """Fill, export by each way, compare; the result as JSON."""
    call_command("migrate", verbosity=0)
    boss = get_user_model().objects.create_superuser("boss")
    began = time.monotonic()
    _fill(plan.orders, plan.seed)
    filled = time.monotonic() - began
    whole, tenth = plan.orders, max(1_000, plan.orders // 10)
    ways: dict[str, Callable[[], Json]] = {
        "ours": lambda: _ours(plan.folder, boss, whole),
        "bare": lambda: _bare(plan.folder, boss),
    }
    best: dict[str, Json] = {}
    for _turn in range(TURNS):
        for name, way in ways.items():
            best[name] = _quicker(best.get(name), apart(way))
    part = apart(lambda: _ours(plan.folder, boss, tenth))
    orders = apart(lambda: _orders(plan.folder, boss))
    other = None
    if importlib.util.find_spec(OTHER):
        other = apart(lambda: _other(plan.folder, min(whole, OTHER_ROWS)))
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "rows": whole,
        "fill_seconds": filled,
        "ours": best["ours"],
        "bare": best["bare"],
        "tenth": part,
        "orders": orders,
        "other": other,
        "against_bare": best["ours"]["seconds"] / best["bare"]["seconds"],
        "against_other": _rate(best["ours"]) / _rate(other) if other else None,
        "memory": best["ours"]["megabytes"] / part["megabytes"],
    }
    result["problems"] = problems(result)
    return result


def _rate(turn: Json) -> float:
    return float(turn["rows"] / turn["seconds"])


def _quicker(before: Json | None, now: Json) -> Json:
    """The faster of two turns."""
    return now if before is None or now["seconds"] < before["seconds"] else before


def _fill(wanted: int, seed: int) -> None:
    """Settlements with so many lines in all, each matched to one of the orders."""
    stores = make_stores()
    make_orders(stores, min(ORDERS, wanted), seed)
    orders = list(Order.objects.order_by("pk").values_list("pk", "remote_id"))
    now, first = clock.now(), max(1, wanted // FILES)
    for number in range(FILES):
        settlement = Settlement.objects.create(
            account=stores[0].remote_account,
            source="amazon_v2",
            remote_id=f"19{number:08d}",
            deposited_at=now - timedelta(days=number),
            currency="GBP",
            total=0,
            lines_total=0,
            remainder=0,
            line_count=first,
            stored_at=now,
        )
        few = min(first, SEED_LINES)
        SettlementLine.objects.bulk_create(
            _line(settlement, place, *orders[place % len(orders)])
            for place in range(few)
        )
        _copy(settlement.pk, few, first)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _line(settlement: Settlement, place: int, order: int, ref: str) -> SettlementLine:
    fee = place % 3 == 2
    return SettlementLine(
        settlement=settlement,
        number=place + 1,
        kind="fee" if fee else "sale",
        raw_type="Order",
        raw_kind="ItemFees" if fee else "ItemPrice",
        # One in a thousand would be a formula in a spreadsheet.
        raw_description="-Commission" if place % 1000 == 7 else "Principal",
        amount=Decimal(-place % 900 - 100) / 100
        if fee
        else Decimal(place % 9000) / 100,
        posted_at=settlement.deposited_at,
        order_ref=f"203-{ref}-{ref}",
        item_ref=f"{place:014d}",
        marketplace="amazon.co.uk",
        sku=f"CAST-TEE-{place % 400}",
        quantity=None if fee else 1 + place % 3,
        order_id=order,
        rung="order",
    )


def _copy(settlement: int, have: int, wanted: int) -> None:
    """Bring a settlement to so many lines by doubling what it has."""
    named = [
        str(field.column)
        for field in SettlementLine._meta.concrete_fields
        if not field.primary_key and field.name != "number"
    ]
    columns = ", ".join(connection.ops.quote_name(name) for name in named)
    while have < wanted:
        count = min(have, wanted - have)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO reconciliation_settlementline (number, {columns}) "  # noqa: S608
                f"SELECT number + %s, {columns} FROM reconciliation_settlementline "
                "WHERE settlement_id = %s AND number <= %s",
                [have, settlement, count],
            )
        have += count


def _query(boss: User) -> Query:
    return Query(data=QueryDict(""), user=boss)


def _timed(folder: Path, name: str, write: Callable[[Any], int]) -> Json:
    """Seconds and memory of a way to write a file."""
    path = folder / f"{name}.csv"
    began = time.perf_counter()
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = write(file)
    seconds = time.perf_counter() - began
    size = path.stat().st_size
    path.unlink()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "rows": rows, "bytes": size, "megabytes": peak}


def _ours(folder: Path, boss: User, rows: int) -> Json:
    """The report as it is streamed to a browser."""
    report = REPORTS.get(REPORT)
    told: list[int] = []

    def write(file: Any) -> int:
        found = islice(report.rows(_query(boss)), rows)
        for piece in csv_lines(
            report.columns, found, shows=report.shows, told=told.append
        ):
            file.write(piece)
        return told[0]

    return _timed(folder, "ours", write)


def _bare(folder: Path, boss: User) -> Json:
    """The same statement through a cursor into csv.writer, as it comes."""
    statement, parameters = _statement(boss)

    def write(file: Any) -> int:
        writer, count = csv.writer(file), 0
        with transaction.atomic(), _cursor() as cursor:
            cursor.execute(statement, parameters)
            while chunk := cursor.fetchmany(CHUNK):
                writer.writerows(chunk)
                count += len(chunk)
        return count

    return _timed(folder, "bare", write)


def _statement(boss: User) -> tuple[str, Any]:
    """The SQL that the report sends, as the database hears it."""
    caught: list[tuple[str, Any]] = []

    def catch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "reconciliation_settlementline" in sql:
            caught.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(catch):
        next(iter(REPORTS.get(REPORT).rows(_query(boss))))
    return caught[0]


def _cursor() -> Any:
    """A server-side cursor on PostgreSQL, on SQLite the only one there is."""
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        return connection.connection.cursor(name="bench")
    return connection.cursor()


def _orders(folder: Path, boss: User) -> Json:
    """The orders' report, with lines and parcels in each row: for its rate alone."""
    told: list[int] = []

    def write(file: Any) -> int:
        asked = Query(data=QueryDict("stage=any"), user=boss)
        for piece in REPORTS.get("orders").lines(asked, told=told.append):
            file.write(piece)
        return told[0]

    return _timed(folder, "orders", write)


def _other(folder: Path, rows: int) -> Json:
    """django-import-export: a resource with the same columns."""
    resources = importlib.import_module("import_export.resources")
    fields = importlib.import_module("import_export.fields")
    paths = [
        "settlement__account__name",
        "settlement__remote_id",
        "number",
        "posted_at",
        "kind",
        "raw_type",
        "raw_kind",
        "raw_description",
        "amount",
        "settlement__currency",
        "order_ref",
        "item_ref",
        "adjustment_ref",
        "sku",
        "quantity",
        "marketplace",
        "order__number",
        "order__store__name",
        "rung",
        "match_note",
    ]
    made = {path: fields.Field(attribute=path, column_name=path) for path in paths}
    resource_class = type("Lines", (resources.Resource,), made)
    found = SettlementLine.objects.select_related(
        "settlement__account", "order__store"
    ).order_by("settlement_id", "number")[:rows]

    def write(file: Any) -> int:
        data = resource_class().export(queryset=found.iterator(chunk_size=CHUNK))
        file.write(data.csv)
        return len(data)

    return _timed(folder, "other", write)


def apart(way: Callable[[], Json]) -> Json:
    """The result of a way taken in a process of its own."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def play() -> None:
        there.send(way())
        there.close()

    process = context.Process(target=play)
    process.start()
    there.close()
    try:
        result: Json = here.recv()
    except EOFError:
        raise RuntimeError("a turn ended early") from None
    finally:
        process.join()
    return result


def problems(result: Json) -> list[str]:
    """Why a result is not good enough; empty when it is."""
    found = []
    if result["database"] != "sqlite" and result["against_bare"] > BARE_GOAL:
        found.append(
            f"{result['against_bare']:.2f} times a bare cursor is above {BARE_GOAL:g}"
        )
    other = result["against_other"]
    if other is not None and other < OTHER_GOAL:
        found.append(f"{other:.1f} times as fast as {OTHER} is below {OTHER_GOAL:g}")
    if result["memory"] > MEMORY_GOAL:
        found.append(
            f"{result['memory']:.2f} times the memory of a tenth is above "
            f"{MEMORY_GOAL:g}"
        )
    if result["ours"]["rows"] != result["rows"]:
        found.append(f"{result['ours']['rows']:,} rows were written")
    return found


def lines(result: Json) -> Iterator[str]:
    """One run for people."""
    ours, bare, other = result["ours"], result["bare"], result["other"]
    yield f"csv on {result['database']}: {result['rows']:,} lines of settlements"
    for name, turn in (
        ("shipsync", ours),
        ("bare cursor", bare),
        ("orders", result["orders"]),
    ):
        yield (
            f"  {name:<14} {turn['seconds']:8.2f} s {_rate(turn):10,.0f} rows/s "
            f"{turn['bytes'] / 1e6:8.1f} MB written, {turn['megabytes']:.0f} MB of memory"
        )
    if other:
        yield (
            f"  {'import-export':<14} {other['seconds']:8.2f} s {_rate(other):10,.0f} rows/s "
            f"for {other['rows']:,} rows, {other['megabytes']:.0f} MB of memory"
        )
        yield f"  {result['against_other']:.1f} times as fast as django-import-export"
    else:
        yield "  django-import-export is not installed here: not compared (see the module)"
    yield (
        f"  {result['against_bare']:.2f} times a bare cursor; memory "
        f"{result['tenth']['megabytes']:.0f} MB for {result['tenth']['rows']:,} rows, "
        f"{ours['megabytes']:.0f} MB for all"
    )
    for problem in result["problems"]:
        yield f"  NOT GOOD ENOUGH: {problem}"
