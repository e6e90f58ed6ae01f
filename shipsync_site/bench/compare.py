"""How long the comparison of all rules takes, against the same comparisons as bare SQL.

The rules write what they find; the bare statements, written by hand for one store, only
count it, and must count the same. A tenth of the orders comes first, then all. Peak
memory is this process's own: on PostgreSQL the rows never come here, on SQLite the
database works inside of it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from orders.models import Order
from reconciliation.models import CensusRow, Hit, RunStore
from reconciliation.rules import order_rules
from reconciliation.runs import buckets, compare, lifecycle
from reconciliation.runs.scopes import scope_of
from shipsync_site.bench.compare_bare import BARE
from shipsync_site.bench.compare_rows import analyse, make_orders, make_store
from shipsync_site.bench.plan import Plan
from shipsync_site.lib import clock
from stores.models import Store
from stores.sandbox.driver import Json

# Against bare SQL; ten times the orders; what memory may grow by meanwhile, MB.
BARE_GOAL, GROWTH_GOAL, MEMORY_GOAL = 3.0, 11.0, 32.0
DAYS = 30
MEMORY = Path("/proc/self/status")


def run(plan: Plan) -> Json:
    """Fill, compare, fill up, compare again; the result as JSON."""
    call_command("migrate", verbosity=0)
    now = clock.now()
    store = make_store(now)
    measured = []
    for orders in (max(2_000, plan.orders // 10), plan.orders):
        began = time.monotonic()
        make_orders(store, orders, plan.seed, now)
        part = _counted(store)
        analyse()
        filled = time.monotonic() - began
        measured.append(_measure(part) | {"fill_seconds": filled})
    small, large = measured
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "small": small,
        "large": large,
        "against_bare": large["seconds"] / large["bare_seconds"],
        "growth": large["seconds"] / small["seconds"],
        "times": large["orders"] / small["orders"],
    }
    result["problems"] = problems(result)
    return result


def _counted(store: Store) -> RunStore:
    """A run in which the marketplace has named each order, but for a few that it lost."""
    last = clock.now().date()
    for part in RunStore.objects.all():
        lifecycle.cancel(part.run)
    run = lifecycle.start([store], last - timedelta(days=DAYS), last)
    part = run.stores.select_related(
        "store__remote_account", "store__shipstation_account"
    ).get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reconciliation_censusrow (run_store_id, remote_id, status, "
            "units, ordered_at) SELECT %s, remote_id, status, 1, ordered_at "
            "FROM orders_order WHERE id %% 1000 <> 7",
            [part.pk],
        )
    part.counted = CensusRow.objects.filter(run_store=part).count()
    part.counted_by = "order report"
    part.save()
    return part


def _measure(part: RunStore) -> Json:
    scope = scope_of(part, clock.now())
    before = _memory(reset=True)
    rules: dict[str, float] = {}
    found: dict[str, int] = {}
    for rule in order_rules():
        began = time.perf_counter()
        found[rule.code] = compare.compare(scope, rule)
        rules[rule.code] = time.perf_counter() - began
    began = time.perf_counter()
    sums = buckets.fill(scope)
    in_buckets = time.perf_counter() - began
    peak = _memory()
    bare: dict[str, float] = {}
    counted: dict[str, int] = {}
    for code, statement in BARE.items():
        began = time.perf_counter()
        counted[code] = _ask(statement, part)
        bare[code] = time.perf_counter() - began
    return {
        "orders": Order.objects.count(),
        "hits": Hit.objects.filter(run_store=part).count(),
        "rules": rules,
        "bare": bare,
        "seconds": sum(rules.values()),
        "bare_seconds": sum(bare.values()),
        "buckets_seconds": in_buckets,
        "adds_up": sum(sums.values()) == part.counted,
        "differ": {
            code: [found[code], number]
            for code, number in counted.items()
            if found[code] != number
        },
        "memory": peak - before,
    }


def _ask(statement: dict[str, str] | str, part: RunStore) -> int:
    sql = statement if isinstance(statement, str) else statement[connection.vendor]
    now = clock.now()
    given: dict[str, Any] = {
        "store": part.store_id,
        "account": part.store.shipstation_account_id,
        "part": part.pk,
        "since": part.since,
        "until": part.until,
        "now": now,
        "hour": now - timedelta(hours=1),
        "half": now - timedelta(minutes=30),
        "two": now - timedelta(hours=2),
        "three": now - timedelta(hours=3),
        "day": now - timedelta(days=1),
    }
    adapt = connection.ops.adapt_datetimefield_value
    for name, value in given.items():
        if not isinstance(value, int):
            given[name] = adapt(value)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS q", given)  # noqa: S608
        return int(cursor.fetchone()[0])


def _memory(*, reset: bool = False) -> float:
    """The process's peak in MB since it was reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    for line in MEMORY.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def problems(result: Json) -> list[str]:
    """Goals that were not reached."""
    found = []
    if result["against_bare"] > BARE_GOAL:
        found.append(
            f"all rules took {result['against_bare']:.1f} times the bare statements; "
            f"the goal is {BARE_GOAL:g}"
        )
    if result["growth"] > GROWTH_GOAL * result["times"] / 10:
        found.append(
            f"{result['times']:.0f} times the orders took {result['growth']:.1f} times "
            f"as long; the goal is {GROWTH_GOAL * result['times'] / 10:.0f}"
        )
    for size in ("small", "large"):
        part = result[size]
        if part["differ"]:
            found.append(f"{size}: rules and bare SQL differ: {part['differ']}")
        if not part["adds_up"]:
            found.append(f"{size}: the buckets do not add up")
    if result["large"]["memory"] - result["small"]["memory"] > MEMORY_GOAL:
        found.append(
            f"memory grew by {result['large']['memory']:.0f} MB, with a tenth of the "
            f"orders by {result['small']['memory']:.0f} MB"
        )
    return found


def lines(result: Json) -> list[str]:
    """The result for people."""
    told = [f"compare on {result['database']}"]
    for size in ("small", "large"):
        part = result[size]
        told.append(
            f"  {part['orders']:>9,} orders: all rules {part['seconds']:.1f} s, bare SQL "
            f"{part['bare_seconds']:.1f} s, buckets {part['buckets_seconds']:.1f} s, "
            f"{part['hits']:,} found, memory +{part['memory']:.0f} MB "
            f"(filled in {part['fill_seconds']:.0f} s)"
        )
    large = result["large"]
    for code, seconds in sorted(large["rules"].items(), key=lambda x: -x[1]):
        told.append(
            f"    {seconds:8.2f} s  bare {large['bare'].get(code, 0.0):8.2f} s  {code}"
        )
    told.append(
        f"  {result['against_bare']:.2f} times bare SQL (goal {BARE_GOAL:g}); "
        f"{result['times']:.0f} times the orders: {result['growth']:.1f} times as long"
    )
    told += [f"  GOAL MISSED: {problem}" for problem in result["problems"]]
    return told
