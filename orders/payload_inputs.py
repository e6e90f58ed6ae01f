"""What a payload is made from besides the order: its store's rules, the order as read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orders.models import Order, OrderBuyer, OrderLine, RawBlock
from orders.payload_facts import PAYLOAD_FIELDS, refresh_payload
from shipsync_site.lib import bulk
from stores.models import Store
from stores.rulebook import NO_RULES, Rulebook, rulebooks

Raw = Mapping[str, Any]
# The answer that holds a whole order; others are of its parcels alone.
WHOLE = "order"


def rules_for(
    orders: Iterable[tuple[Store, Iterable[OrderLine]]],
) -> dict[int, Rulebook]:
    """The rulebook of each store by its id, knowing the SKUs of these lines.

    ``remote_account`` of each store must be loaded. A constant number of queries.
    """
    stores: dict[int, Store] = {}
    skus: set[str] = set()
    for store, lines in orders:
        stores[store.pk] = store
        for line in lines:
            skus |= {line.sku, line.sku_override}
    return rulebooks(stores.values(), skus)


def raw_orders(
    orders: Iterable[Order], books: Mapping[int, Rulebook]
) -> dict[int, Raw]:
    """The marketplace's order by our order's id, where a rule of its store reads it.

    What was purged is {}: a rule finds nothing there. At most one query.
    """
    wanted = [
        order.pk
        for order in orders
        if order.pk and books.get(order.store_id, NO_RULES).reads_raw
    ]
    if not wanted:
        return {}
    rows = RawBlock.objects.filter(order__in=wanted, block=WHOLE)
    return {row.order_id: raw_of(row.body) for row in rows}


def raw_of(body: object) -> Raw:
    """An answer as rules look into it; what is no object holds nothing."""
    return body if isinstance(body, Mapping) else {}


def make_anew(orders: Sequence[Order]) -> None:
    """Make the payloads of these orders with the rules as of now, and save them.

    The rows must be locked, ``store`` and its accounts loaded. Where the buyer was
    forgotten there is nothing to say any more: the payload stays as it was made. A
    constant number of queries.
    """
    if not orders:
        return
    ids = [order.pk for order in orders]
    lines: dict[int, list[OrderLine]] = {pk: [] for pk in ids}
    rows = OrderLine.objects.filter(order__in=ids).prefetch_related("components")
    for line in rows:
        lines[line.order_id].append(line)
    buyers = {row.order_id: row for row in OrderBuyer.objects.filter(order__in=ids)}
    books = rules_for((order.store, lines[order.pk]) for order in orders)
    raws = raw_orders(orders, books)
    for order in orders:
        buyer = buyers.get(order.pk)
        if buyer is not None and buyer.purged_at is not None:
            order.payload_stale = False
        else:
            refresh_payload(
                order,
                lines[order.pk],
                buyer,
                books[order.store_id],
                raws.get(order.pk),
            )
    bulk.save(orders, PAYLOAD_FIELDS)
