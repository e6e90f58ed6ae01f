"""How long a settlement file of a hundred thousand lines takes from upload to shown.

A flat file as Amazon makes it, of orders that are in our tables: read whole, staged in
steps, each line matched, then shown; the same again in other bytes (nothing may change),
and once more with one line changed (replaced). Told are seconds, the longest step (other
work waits so long) and memory, for the whole file and a tenth of it, each in a process of
its own: beside the file's own bytes nothing may grow with its lines.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.core.management import call_command
from django.db.models import Sum

from orders.models import Order, OrderLine
from reconciliation.models import (
    MatchRung,
    Settlement,
    SettlementFile,
    SettlementLine,
    SettlementSource,
)
from reconciliation.settlements import reading, store
from reconciliation.settlements.receiving import receive_file
from shipsync_site.bench.csv_rows import apart
from shipsync_site.bench.plan import Plan
from shipsync_site.bench.queue_rows import make_stores
from shipsync_site.soak.settlements.paper import Paper, Sold, Writing, a_sale
from stores.models import RemoteAccount, Store
from stores.sandbox.driver import Json

# Other work of the pump waits for a step.
STEP_GOAL = 10.0
# Memory beside the file: how much of it may grow with ten times the lines.
MEMORY_GOAL = 20.0
ENDS = datetime(2026, 11, 20, tzinfo=UTC)
CHUNK = 1_000
# Rows that Amazon writes of one order line.
EACH = 6


def run(plan: Plan) -> Json:
    """Fill, take in a tenth, then the whole; the result as JSON."""
    call_command("migrate", verbosity=0)
    shop = make_stores()[0]
    _fill(shop, plan.orders // EACH)
    account = shop.remote_account
    orders = plan.orders // EACH
    tenth = _apart(plan.folder, account, orders // 10, "1")
    whole = _apart(plan.folder, account, orders, "2")
    result: Json = {
        "scenario": plan.scenario,
        "database": plan.database,
        "lines": whole["lines"],
        "whole": whole,
        "tenth": tenth,
        "grown": whole["megabytes"] - tenth["megabytes"],
    }
    result["problems"] = problems(result)
    return result


def _sold(number: int) -> Sold:
    return Sold(
        order=f"114-{number:07d}-0000000",
        item=f"{number:014d}",
        sku=f"MUG-{number % 400}",
        price=Decimal(number % 9000 + 100) / 100,
        units=1,
    )


def _fill(shop: Store, wanted: int) -> None:
    numbers = iter(range(wanted))
    while part := [_sold(number) for number in islice(numbers, CHUNK)]:
        orders = Order.objects.bulk_create(_order(shop, x) for x in part)
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                remote_id=x.item,
                line_key=x.item,
                sku=x.sku,
                title="Mug",
                quantity=1,
                unit_price=x.price,
            )
            for order, x in zip(orders, part, strict=True)
        )


def _order(shop: Store, line: Sold) -> Order:
    placed = ENDS - timedelta(days=10)
    return Order(
        store=shop,
        remote_id=line.order,
        number=line.order,
        order_key=line.order,
        status="shipped",
        raw_status="SHIPPED",
        ordered_at=placed,
        remote_updated_at=placed,
        imported_at=placed,
        seen_at=placed,
    )


def _paper(count: int, settlement: str) -> Paper:
    parts = (part for n in range(count) for part in a_sale(_sold(n), ENDS))
    return Paper(
        settlement=settlement,
        currency="EUR",
        ends=ENDS,
        components=tuple(parts),
        writing=Writing(point=",", dates="dotted", encoding="cp1252"),
    )


def _apart(folder: Path, account: RemoteAccount, count: int, name: str) -> Json:
    """The turns of one size; files are made in one process, taken in by another."""

    def make() -> Json:
        for turn, content in enumerate(_files(count, name)):
            (folder / f"{name}-{turn}.txt").write_bytes(content)
        return {}

    apart(make)
    return apart(lambda: _turns(folder, account, name))


def _turns(folder: Path, account: RemoteAccount, settlement: str) -> Json:
    """Take the file in, again, and changed; what is stored at the end."""
    before = _megabytes()
    files = [folder / f"{settlement}-{turn}.txt" for turn in range(3)]
    turns = [_turn(account, path) for path in files]
    megabytes = _megabytes() - before
    row = Settlement.objects.get(remote_id=settlement, stored_at__isnull=False)
    lines = SettlementLine.objects.filter(settlement=row)
    return {
        "lines": row.line_count,
        "stored_lines": lines.count(),
        "file_megabytes": files[0].stat().st_size / 1e6,
        "first": turns[0],
        "again": turns[1],
        "changed": turns[2],
        "megabytes": megabytes,
        "unmatched": lines.exclude(rung=MatchRung.ITEM).count(),
        "off_by": str(row.total - row.lines_total),
        "sum_off_by": str(
            round((lines.aggregate(sum=Sum("amount"))["sum"] or 0) - row.total, 2)
        ),
    }


def _files(count: int, settlement: str) -> Iterator[bytes]:
    paper = _paper(count, settlement)
    yield paper.content()
    yield paper.content().replace(b"\n", b"\r\n")
    first, *rest = paper.components
    penny = replace(first, amount=first.amount + Decimal("0.01"))
    yield replace(paper, components=(penny, *rest)).content()


def _turn(account: RemoteAccount, path: Path) -> Json:
    began = time.monotonic()
    source = SettlementSource.AMAZON_V2
    file = receive_file(account, source, path.name, path.read_bytes())
    steps: list[float] = []
    while True:
        step = time.monotonic()
        if not (reading.run_one() or store.clear_leftovers()):
            break
        steps.append(time.monotonic() - step)
    state = SettlementFile.objects.values_list("state", flat=True).get(pk=file.pk)
    return {
        "seconds": time.monotonic() - began,
        "steps": len(steps),
        "longest": max(steps, default=0.0),
        "state": state,
    }


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def problems(result: Json) -> list[str]:
    """Why a result is not good enough; empty when it is."""
    found = []
    for name in ("tenth", "whole"):
        part = result[name]
        states = [part[turn]["state"] for turn in ("first", "again", "changed")]
        if states != ["stored", "seen", "stored"]:
            found.append(f"{name}: {', '.join(states)}")
        if part["off_by"] != "0.00" or float(part["sum_off_by"]):
            found.append(f"{name}: off by {part['off_by']}, {part['sum_off_by']}")
        if part["lines"] != part["stored_lines"] or part["unmatched"]:
            found.append(f"{name}: {part['unmatched']} lines are not matched")
        longest = max(part[turn]["longest"] for turn in ("first", "again", "changed"))
        if longest > STEP_GOAL:
            found.append(f"{name}: a step of {longest:.1f} s is above {STEP_GOAL:g}")
    spare = result["grown"] / result["whole"]["file_megabytes"]
    if spare > MEMORY_GOAL:
        found.append(f"memory grows by {spare:.1f} times the file")
    return found


def lines(result: Json) -> Iterator[str]:
    """The result for people."""
    whole, tenth = result["whole"], result["tenth"]
    yield (
        f"settlement file, {result['database']}: {whole['lines']:,} lines, "
        f"{whole['file_megabytes']:.0f} MB"
    )
    for name in ("first", "again", "changed"):
        turn = whole[name]
        yield (
            f"  {name:8s} {turn['seconds']:6.1f} s in {turn['steps']} steps, the "
            f"longest {turn['longest']:.1f} s ({turn['state']}); a tenth of it "
            f"{tenth[name]['seconds']:.1f} s"
        )
    yield (
        f"  memory: {whole['megabytes']:.0f} MB beside what there was, "
        f"{tenth['megabytes']:.0f} MB for a tenth"
    )
    for text in result["problems"]:
        yield f"  NOT REACHED: {text}"
