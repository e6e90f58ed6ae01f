"""What orders know of products: the GTINs and ASINs that marketplaces name, and what a
kit's price is split into."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.dispatch import receiver

from orders.kits import explode
from orders.models import OrderLine, RawBlock
from stores.aliases import Identifiers, asin_id, gtin_id, identifiers_asked
from stores.connectors import CONNECTORS
from stores.models import Kit
from stores.products import SplitRow, split_asked
from stores.rulebook import ComponentFacts, KitFacts

# Stored orders are sealed: opening one costs a millisecond.
_ORDERS_EACH = 3
_SKUS = 50


@receiver(identifiers_asked, dispatch_uid="orders.identifiers")
def identifiers(
    sender: Any, store_ids: list[int], skus: list[str], **kwargs: Any
) -> Identifiers:
    """What the marketplaces of these stores named with these SKUs, in their last orders.

    For a few SKUs at a time: {} for more than fifty.
    """
    if len(skus) > _SKUS:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for sku in skus:
        lines = (
            OrderLine.objects.filter(sku=sku, order__store__in=store_ids)
            .select_related("order__store__remote_account")
            .defer("details")
            .order_by("-order_id")[:_ORDERS_EACH]
        )
        for line in lines:
            found[sku] |= of_line(line)
    return {sku: frozenset(names) for sku, names in found.items() if names}


def of_line(line: OrderLine) -> set[str]:
    """The identifiers of one line; ``order.store.remote_account`` must be loaded."""
    marketplace = line.order.store.remote_account.marketplace
    connector = CONNECTORS.get(marketplace)
    found: set[str] = set()
    for row in RawBlock.objects.filter(order=line.order_id, source=marketplace):
        named = connector.line_identifiers(row.body).get(line.remote_id, {})
        found |= {gtin_id(named.get("gtin", "")), asin_id(named.get("asin", ""))}
    return found - {""}


@receiver(split_asked, dispatch_uid="orders.split")
def split(sender: Any, kit: Kit, price: Decimal, **kwargs: Any) -> list[SplitRow]:
    """One kit at this price, as its order in ShipStation would have it."""
    facts = KitFacts(
        sku=kit.sku,
        title=kit.title,
        components=tuple(
            ComponentFacts(sku=x.sku, quantity=x.quantity, share=x.share)
            for x in kit.components.all()
        ),
    )
    if not facts.components:
        return []
    return [
        SplitRow(sku=row.sku, quantity=row.quantity, unit_price=row.unit_price)
        for row in explode(facts, price=price)
        if row.unit_price is not None
    ]
