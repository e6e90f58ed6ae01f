"""Rows of reconciliation for tests and screenshots: plain functions, no magic."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from orders.models import Order, OrderLine
from reconciliation.models import (
    ExportSchedule,
    Finding,
    Hit,
    LineKind,
    MatchRung,
    Run,
    RunState,
    RunStore,
    Settlement,
    SettlementLine,
    SettlementSource,
)
from reconciliation.periods import bounds
from shipsync_site.lib import clock
from stores.models import RemoteAccount, Store
from tests.orders.factories import make_remote_account, make_user, next_number


def paid(
    order: Order,
    amount: str = "",
    *,
    kind: str = LineKind.SALE,
    line: OrderLine | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A settlement line for ``make_settlement``, matched to the order's first line."""
    row = line or order.lines.first()
    defaults: dict[str, Any] = {
        "kind": kind,
        "amount": amount or str((row.unit_price or 0) * row.quantity if row else 0),
        "order": order,
        "order_line": row,
        "order_ref": order.remote_id,
        "item_ref": row.remote_id if row else "",
        "sku": row.sku if row else "",
        "rung": MatchRung.ITEM if row else MatchRung.ORDER,
        "raw_type": "Order",
        "raw_kind": "ItemPrice",
        "raw_description": "Principal",
    }
    if kind == LineKind.SALE and row:
        defaults["quantity"] = row.quantity
    return defaults | fields


def make_settlement(
    account: RemoteAccount | None = None,
    lines: list[dict[str, Any]] | None = None,
    *,
    total: str | None = None,
    ago: float = 2,
    **fields: Any,
) -> Settlement:
    """A stored settlement that ended ``ago`` days ago, over the two weeks before.

    ``total``: what was deposited, where it is not the sum of the lines.
    """
    now = clock.now()
    account = account or make_remote_account()
    rows = lines or []
    whole = sum((Decimal(str(row["amount"])) for row in rows), Decimal(0))
    paid_out = whole if total is None else Decimal(total)
    loose = [row for row in rows if not row.get("rung")]
    defaults: dict[str, Any] = {
        "account": account,
        "source": SettlementSource.AMAZON_V2,
        "remote_id": f"1918{next_number():07d}",
        "starts_at": now - timedelta(days=ago + 14),
        "ends_at": now - timedelta(days=ago),
        "deposited_at": now - timedelta(days=ago) + timedelta(days=1),
        "currency": "GBP",
        "total": paid_out,
        "lines_total": whole,
        "remainder": paid_out - whole,
        "line_count": len(rows),
        "unmatched_count": len(loose),
        "unmatched_total": sum((Decimal(str(x["amount"])) for x in loose), Decimal(0)),
        "matched_at": now,
        "stored_at": now,
    }
    settlement = Settlement.objects.create(**(defaults | fields))
    base: dict[str, Any] = {"posted_at": now - timedelta(days=ago + 1)}
    SettlementLine.objects.bulk_create(
        SettlementLine(settlement=settlement, number=number, **(base | row))
        for number, row in enumerate(rows, start=1)
    )
    return settlement


def make_run(
    stores: list[Store],
    day: date | None = None,
    last_day: date | None = None,
    *,
    buckets: dict[str, int] | None = None,
    counted: int | None = 0,
    **fields: Any,
) -> Run:
    """A run that is done, over one day (yesterday), with the same sums for each store."""
    now = clock.now()
    first = day or (now - timedelta(days=1)).date()
    last = last_day or first
    defaults: dict[str, Any] = {
        "first_day": first,
        "last_day": last,
        "state": RunState.DONE,
        "phase": "findings",
        "done": 100,
        "total": 100,
        "started_at": now - timedelta(minutes=4),
        "finished_at": now - timedelta(minutes=1),
    }
    run = Run.objects.create(**(defaults | fields))
    for store in stores:
        since, until = bounds(store.timezone, first, last)
        RunStore.objects.create(
            run=run,
            store=store,
            since=since,
            until=until,
            zone=store.timezone,
            counted=counted,
            counted_by="order report" if counted is not None else "",
            counted_at=now if counted is not None else None,
            buckets={"agrees": 0} if buckets is None else buckets,
            mirror_as_of=now - timedelta(minutes=6),
            compared_at=now,
        )
    return run


def make_hit(
    part: RunStore, rule: str, order: Order | None = None, **fields: Any
) -> Hit:
    """What a rule found in a run; it is its order's bucket."""
    defaults: dict[str, Any] = {
        "run_store": part,
        "rule": rule,
        "order": order,
        "remote_id": order.remote_id if order else f"206-{next_number():07d}",
        "expected": "1 record in ShipStation",
        "found": "none",
        "first": True,
        "placed_at": order.ordered_at if order else None,
    }
    return Hit.objects.create(**(defaults | fields))


def make_finding(
    store: Store, rule: str = "missing_in_shipstation", *, days: int = 1, **fields: Any
) -> Finding:
    """A finding that was seen last today, ``days`` days running."""
    now = clock.now()
    order = fields.get("order")
    defaults: dict[str, Any] = {
        "store": store,
        "rule": rule,
        "remote_id": order.remote_id if order else f"206-{next_number():07d}",
        "expected": "1 record in ShipStation",
        "found": "none",
        "days": days,
        "first_seen": now.date() - timedelta(days=days - 1),
        "last_seen": now.date(),
        "seen_at": now,
    }
    values = defaults | fields
    values.setdefault("fingerprint", f"{values['remote_id']}:{next_number()}")
    return Finding.objects.create(**values)


def make_schedule(owner: User | None = None, **fields: Any) -> ExportSchedule:
    """A schedule that is due, to a folder."""
    if owner is None:
        number = next_number()
        owner = make_user(f"owner{number}", permissions=("orders.view_order",))
    defaults: dict[str, Any] = {
        "report": "orders",
        "name": "Orders for the warehouse",
        "folder": "warehouse",
        "owner": owner,
        "next_at": clock.now() - timedelta(minutes=1),
    }
    return ExportSchedule.objects.create(**(defaults | fields))
