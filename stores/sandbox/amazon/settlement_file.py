"""A settlement report as Amazon writes it: flat file V2, tab separated.

The first row is the summary, then one row per component; EU files have decimal commas
and dotted dates. Columns are those of the sheet, section 9.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

COLUMNS = (
    *("settlement-id", "settlement-start-date", "settlement-end-date"),
    *("deposit-date", "total-amount", "currency", "transaction-type", "order-id"),
    *("merchant-order-id", "adjustment-id", "shipment-id", "marketplace-name"),
    *("amount-type", "amount-description", "amount", "fulfillment-id"),
    *("posted-date", "posted-date-time", "order-item-code"),
    *("merchant-order-item-id", "merchant-adjustment-item-id", "sku"),
    "quantity-purchased",
)


@dataclass(slots=True, kw_only=True)
class Row:
    """One component; ``amount`` in cents, ``at`` in Unix milliseconds."""

    transaction: str
    kind: str
    description: str
    amount: int
    at: int
    order_id: str = ""
    adjustment_id: str = ""
    shipment_id: str = ""
    site: str = ""
    fulfilment: str = ""
    item_id: str = ""
    sku: str = ""
    quantity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The settlement itself; moments in Unix milliseconds, ``total`` in cents."""

    id: str
    starts: int
    ends: int
    deposited: int
    total: int
    currency: str
    commas: bool


def write(head: Head, rows: Iterable[Row]) -> bytes:
    """The file."""
    summary = {
        "settlement-id": head.id,
        "settlement-start-date": _moment(head.starts, head.commas),
        "settlement-end-date": _moment(head.ends, head.commas),
        "deposit-date": _moment(head.deposited, head.commas),
        "total-amount": _amount(head.total, head.commas),
        "currency": head.currency,
    }
    lines = ["\t".join(COLUMNS), _line(summary)]
    lines += [_line(_component(head, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _component(head: Head, row: Row) -> dict[str, str]:
    moment = _moment(row.at, head.commas)
    return {
        "settlement-id": head.id,
        "transaction-type": row.transaction,
        "order-id": row.order_id,
        "adjustment-id": row.adjustment_id,
        "shipment-id": row.shipment_id,
        "marketplace-name": row.site,
        "amount-type": row.kind,
        "amount-description": row.description,
        "amount": _amount(row.amount, head.commas),
        "fulfillment-id": row.fulfilment,
        "posted-date": moment.partition(" ")[0],
        "posted-date-time": moment,
        "order-item-code": row.item_id,
        "sku": row.sku,
        "quantity-purchased": str(row.quantity) if row.quantity else "",
    }


def _line(cells: dict[str, str]) -> str:
    return "\t".join(cells.get(name, "") for name in COLUMNS)


def _amount(cents: int, commas: bool) -> str:
    sign, found = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{found // 100}{',' if commas else '.'}{found % 100:02d}"


def _moment(milliseconds: int, commas: bool) -> str:
    found = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return found.strftime(
        "%d.%m.%Y %H:%M:%S UTC" if commas else "%Y-%m-%d %H:%M:%S UTC"
    )
