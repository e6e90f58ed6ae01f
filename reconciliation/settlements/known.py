"""What is known of the orders that a page of settlement lines may be about.

A constant number of queries for a page of up to a thousand lines, whatever it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q, QuerySet

from orders.models import Order, OrderLine
from reconciliation.models import LineKind, SettlementLine
from stores.models import RemoteAccount, Store

if TYPE_CHECKING:
    from reconciliation.settlements.match import Line

# A sale or refund that names no order is of one placed at most so long before.
LOOKS_BACK = timedelta(days=90)
# Mirakl's orders carry the basket's number and a letter each; statements may name either.
PARTS = ("-A", "-B", "-C", "-D", "-E", "-F")
_BLOCK = 100

# A SKU, what one costs, how many, and of which kind.
Price = tuple[str, Decimal, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An order's line that a settlement line may be about."""

    order: int
    line: int
    remote_id: str
    sku: str
    quantity: int
    price: Decimal | None


@dataclass(slots=True, kw_only=True)
class Known:
    """Orders by number, lines by order, lines by their own id, lines by price.

    ``prices`` holds only what fits one order alone, and each is taken once.
    """

    orders: Mapping[str, Sequence[int]] = field(default_factory=dict)
    lines: Mapping[int, Sequence[Candidate]] = field(default_factory=dict)
    items: Mapping[str, Sequence[Candidate]] = field(default_factory=dict)
    prices: dict[Price, Candidate] = field(default_factory=dict)

    def take_by_price(self, line: Line) -> Candidate | None:
        """The order line whose SKU and amount alone fit; for one line only."""
        wanted = price_of(line)
        return self.prices.pop(wanted, None) if wanted else None


def price_of(line: Line) -> Price | None:
    """By what a sale or refund without an order is looked for; None for the rest."""
    if line.order_ref or not line.sku or line.kind not in _PRICED:
        return None
    units = abs(line.quantity or 1)
    return line.sku, abs(line.amount) / units, units, line.kind


_PRICED = (LineKind.SALE, LineKind.REFUND)


def known_for(account: RemoteAccount, lines: Sequence[Line]) -> Known:
    """What the ladder needs to know for these lines of one account."""
    stores = list(Store.objects.filter(remote_account=account).values_list("pk"))
    ids = [pk for (pk,) in stores]
    refs = {line.order_ref for line in lines if line.order_ref}
    orders = _orders(ids, refs)
    loose = [line for line in lines if line.order_ref not in orders]
    items = {line.item_ref for line in loose if line.item_ref and not line.order_ref}
    return Known(
        orders=orders,
        lines=_lines(pk for found in orders.values() for pk in found),
        items=_items(ids, items),
        prices=_prices(ids, loose),
    )


def _orders(stores: Sequence[int], refs: set[str]) -> dict[str, list[int]]:
    """Orders by the marketplace's id, else by the number that people see."""
    found: dict[str, list[int]] = {}
    ours = Order.objects.filter(store__in=stores).order_by("pk")
    for name in ("remote_id", "number"):
        missing = sorted(refs - found.keys())
        for ref, pk in _in_blocks(ours, name, missing):
            found.setdefault(ref, []).append(pk)
    missing = sorted(refs - found.keys())
    parts = {f"{ref}{part}": ref for ref in missing for part in PARTS}
    for part, pk in _in_blocks(ours, "remote_id", sorted(parts)):
        found.setdefault(parts[part], []).append(pk)
    return found


def _in_blocks(
    orders: QuerySet[Order], name: str, wanted: Sequence[str]
) -> Iterator[tuple[str, int]]:
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        yield from orders.filter(**{f"{name}__in": part}).values_list(name, "pk")


def _lines(orders: Iterable[int]) -> dict[int, list[Candidate]]:
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    wanted = sorted(set(orders))
    for start in range(0, len(wanted), 500):
        rows = OrderLine.objects.filter(order__in=wanted[start : start + 500])
        for row in _candidates(rows):
            found[row.order].append(row)
    return found


def _items(stores: Sequence[int], items: set[str]) -> dict[str, list[Candidate]]:
    found: defaultdict[str, list[Candidate]] = defaultdict(list)
    wanted = sorted(items)
    for start in range(0, len(wanted), 500):
        rows = OrderLine.objects.filter(
            order__store__in=stores, remote_id__in=wanted[start : start + 500]
        )
        for row in _candidates(rows):
            found[row.remote_id].append(row)
    return found


def _candidates(rows: QuerySet[OrderLine]) -> Iterator[Candidate]:
    names = ("order_id", "pk", "remote_id", "sku", "quantity", "unit_price")
    for order, line, remote_id, sku, quantity, price in rows.order_by("pk").values_list(
        *names
    ):
        yield Candidate(
            order=order,
            line=line,
            remote_id=remote_id,
            sku=sku,
            quantity=quantity,
            price=price,
        )


def _prices(stores: Sequence[int], lines: Sequence[Line]) -> dict[Price, Candidate]:
    """What fits one order line of the time alone, and no settlement has paid yet."""
    wanted: dict[Price, list[Line]] = {}
    for line in lines:
        if (price := price_of(line)) and line.posted_at:
            wanted.setdefault(price, []).append(line)
    # Two lines that look alike can't be told apart.
    alone = {price: x[0].posted_at for price, x in wanted.items() if len(x) == 1}
    found: dict[Price, Candidate] = {}
    keys = sorted(alone)
    for start in range(0, len(keys), _BLOCK):
        part = keys[start : start + _BLOCK]
        found |= _priced(stores, [(key, alone[key]) for key in part])
    return found


def _priced(
    stores: Sequence[int], wanted: Sequence[tuple[Price, datetime | None]]
) -> dict[Price, Candidate]:
    looks = {
        (sku, price, units): Q(
            sku=sku,
            unit_price=price,
            quantity=units,
            order__ordered_at__range=(at - LOOKS_BACK, at),
        )
        for (sku, price, units, _kind), at in wanted
        if at is not None and price == round(price, 2)
    }
    if not looks:
        return {}
    rows = (
        OrderLine.objects.filter(order__store__in=stores)
        .filter(reduce(or_, looks.values()))
        .order_by()
        .values("sku", "unit_price", "quantity")
        .annotate(times=Count("pk"), order=Min("order_id"), line=Min("pk"))
        .filter(times=1)
    )
    single = {(row["sku"], row["unit_price"], row["quantity"]): row for row in rows}
    paid = set(
        SettlementLine.objects.filter(
            order_line__in=[row["line"] for row in single.values()], kind__in=_PRICED
        ).values_list("order_line_id", "kind")
    )
    return {
        key: Candidate(
            order=row["order"],
            line=row["line"],
            remote_id="",
            sku=key[0],
            quantity=key[2],
            price=key[1],
        )
        for key, _at in wanted
        if (row := single.get(key[:3])) and (row["line"], key[3]) not in paid
    }
