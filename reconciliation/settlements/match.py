"""The ladder by which a settlement line finds its order: surest rung first.

A line that names an order is never given to another one: SKU and amount choose among
orders only where it names none. Each match says its rung. What names no order and is of
a kind that needs none (fees, reserves, subscriptions) belongs to none, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from reconciliation.models import LineKind, MatchRung
from reconciliation.settlements.known import Candidate, Known

# Kinds that are about a buyer's order: without a match, somebody has to look.
OF_AN_ORDER = frozenset(
    {
        LineKind.SALE,
        LineKind.SALE_TAX,
        LineKind.SHIPPING,
        LineKind.SHIPPING_TAX,
        LineKind.DISCOUNT,
        LineKind.WITHHELD_TAX,
        LineKind.REFUND,
        LineKind.REFUND_TAX,
        LineKind.REFUND_SHIPPING,
        LineKind.REFUND_DISCOUNT,
        LineKind.DISPUTE,
    }
)
NAMES_NONE = "Names no order"
SHIPPED_FOR_US = "Shipped by the marketplace; its order is not in shipsync"


class Line(Protocol):
    """What the ladder looks at: a MoneyLine, or a line that is stored."""

    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def order_ref(self) -> str: ...
    @property
    def item_ref(self) -> str: ...
    @property
    def sku(self) -> str: ...
    @property
    def quantity(self) -> int | None: ...
    @property
    def posted_at(self) -> datetime | None: ...
    @property
    def fulfilled_by_marketplace(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a line belongs, by which rung; ``order_line`` None for the whole order."""

    rung: MatchRung
    order: int | None = None
    order_line: int | None = None
    note: str = ""


UNMATCHED = Match(rung=MatchRung.NONE)


def climb(line: Line, known: Known) -> Match:
    """The first rung that holds for this line."""
    orders = known.orders.get(line.order_ref, ()) if line.order_ref else ()
    if len(orders) == 1:
        return _within(line, orders[0], known.lines.get(orders[0], ()))
    if orders:
        return _among(line, [row for pk in orders for row in known.lines.get(pk, ())])
    if not line.order_ref:
        if len(found := known.items.get(line.item_ref, ())) == 1:
            return _to(MatchRung.ITEM, found[0])
        if taken := known.take_by_price(line):
            return _to(MatchRung.SKU_AMOUNT, taken)
    names_one = line.order_ref or line.item_ref
    if not names_one and line.kind not in OF_AN_ORDER:
        return Match(rung=MatchRung.NO_ORDER, note=NAMES_NONE)
    if line.fulfilled_by_marketplace:
        return Match(rung=MatchRung.NO_ORDER, note=SHIPPED_FOR_US)
    return UNMATCHED


def _within(line: Line, order: int, rows: Sequence[Candidate]) -> Match:
    """The order is known: which of its lines it is about."""
    for row in rows:
        if line.item_ref and row.remote_id == line.item_ref:
            return _to(MatchRung.ITEM, row)
    if alike := _by_sku(line, rows):
        return _to(MatchRung.SKU_AMOUNT, alike)
    only = rows[0].line if len(rows) == 1 else None
    if not line.item_ref and not line.sku:
        return Match(rung=MatchRung.ORDER, order=order, order_line=only)
    if only is None and line.kind in (LineKind.SALE, LineKind.REFUND):
        fitting = [row for row in rows if _fits(line, row)]
        only = fitting[0].line if len(fitting) == 1 else None
    return Match(rung=MatchRung.ORDER_TYPE, order=order, order_line=only)


def _among(line: Line, rows: Sequence[Candidate]) -> Match:
    """Several orders carry the number (a basket): only a line of theirs tells which."""
    for row in rows:
        if line.item_ref and row.remote_id == line.item_ref:
            return _to(MatchRung.ITEM, row)
    alike = _by_sku(line, rows)
    return _to(MatchRung.SKU_AMOUNT, alike) if alike else UNMATCHED


def _by_sku(line: Line, rows: Sequence[Candidate]) -> Candidate | None:
    """The one row with its SKU, or of several the one whose amount fits."""
    same = [row for row in rows if line.sku and row.sku == line.sku]
    if len(same) > 1:
        same = [row for row in same if _fits(line, row)]
    return same[0] if len(same) == 1 else None


def _fits(line: Line, row: Candidate) -> bool:
    return row.price is not None and row.price * row.quantity == abs(line.amount)


def _to(rung: MatchRung, row: Candidate) -> Match:
    return Match(rung=rung, order=row.order, order_line=row.line)
