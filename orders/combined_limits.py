"""Which parcels of several orders a marketplace takes one tracking number for.

eBay: of one buyer alone (error 21916964 otherwise); TikTok Shop: of one recipient, 20
orders at most; Mirakl: of one operator. Orders of several marketplaces never share one.
"""

from __future__ import annotations

from orders.facts_parcels import CombineLimits, PackedFacts

OTHERS = {
    "operator": "orders of several operators",
    "buyer": "orders of several buyers",
    "recipient": "orders to several recipients",
}


def broken(packed: PackedFacts, limits: CombineLimits) -> str:
    """What in this parcel its marketplace doesn't take, '' for nothing.

    What is not known of an order is never taken as alike.
    """
    orders = packed.orders
    if packed.strangers:
        return "goods of no order that is known here"
    if len({order.marketplace for order in orders}) > 1:
        return "orders of several marketplaces"
    for name in limits.alike:
        values = {getattr(order, name) for order in orders}
        if len(values) > 1:
            return OTHERS[name]
        if len(orders) > 1 and "" in values:
            return f"orders whose {name} is not known"
    if limits.most is not None and len(orders) > limits.most:
        return f"{len(orders)} orders, and {limits.most} are allowed"
    return ""
