"""The story of one order, for whoever looks for the reason of a broken rule."""

from __future__ import annotations

from typing import Any

from orders.models import (
    Order,
    OrderEvent,
    OrderException,
    ShipStationOrder,
    SyncAttempt,
)

Json = dict[str, Any]
DULL = ("sequence", "time", "peer", "operation", "key", "body_digest", "account")


def tell(number: str, ledger: list[Json]) -> str:
    """Our events, our calls and the peers' ledger about this order, in time."""
    order = Order.objects.filter(remote_id=number).first()
    lines: list[tuple[str, str]] = []
    ids: set[Any] = set()
    head = f"{number}: not in our tables"
    if order is not None:
        head = f"{number}: {order.stage}, {order.why}"
        ids = set(order.records.values_list("ss_order_id", flat=True))
        lines += _events(order) + _attempts(order)
    ids |= {row["orderId"] for row in ledger if row.get("orderNumber") == number}
    lines += [
        (str(row["time"]), _row(row)) for row in ledger if _about(row, number, ids)
    ]
    told = [f"  {at[:23]}  {text}" for at, text in sorted(lines)]
    return "\n".join([head, *(_cases(order) if order else []), *told])


def _about(row: Json, number: str, ids: set[Any]) -> bool:
    return (
        row["key"] == number
        or row.get("orderNumber") == number
        or row.get("orderId") in ids
        or bool(ids & set(row.get("mergedIds") or ()))
    )


def _row(row: Json) -> str:
    parts = {k: v for k, v in row.items() if k not in DULL and v not in (None, [], {})}
    return f"ledger {row['sequence']} {row['peer']} {row['operation']} {parts}"


def _events(order: Order) -> list[tuple[str, str]]:
    rows = OrderEvent.objects.filter(order=order).order_by("pk")
    return [
        (row.at.isoformat(), f"event {row.system} {row.verb}: {row.text}")
        for row in rows
    ]


def _attempts(order: Order) -> list[tuple[str, str]]:
    rows = SyncAttempt.objects.filter(order=order).select_related("call")
    return [(row.started_at.isoformat(), _attempt(row)) for row in rows.order_by("pk")]


def _attempt(row: SyncAttempt) -> str:
    settled = row.settled_at.strftime("%H:%M:%S") if row.settled_at else "no"
    call = f"call {row.call_id} {row.call.outcome}" if row.call else "no call"
    return (
        f"attempt {row.operation} {row.target} {row.outcome}, settled {settled}, "
        f"{call} {row.error_text}"
    )


def _cases(order: Order) -> list[str]:
    found = [
        f"  record {record.ss_order_id} {record.status}"
        f"{' gone' if record.gone_at else ''}{' adopted' if record.adopted else ''}"
        for record in ShipStationOrder.objects.filter(order=order).order_by("pk")
    ]
    found += [
        f"  case {case.kind} {case.state} {case.resolution}: {case.summary}"
        for case in OrderException.objects.filter(order=order).order_by("pk")
    ]
    return found
