"""Taking a combined order apart again: each part is back under its own id and key.

ShipStation's help on combined shipments: 'Uncombine' on the combined order while it has
no label. That a held one can be taken apart and the parts await shipment is inferred.
"""

from __future__ import annotations

from dataclasses import fields

from stores.sandbox.core import Json
from stores.sandbox.shipstation import resource
from stores.sandbox.shipstation.account import Order
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.writes import Writer

_SUMS = ("amountPaid", "taxAmount", "shippingAmount")


def absorbed_row(order: Order) -> Json:
    """An order as it goes into another: all of it, but its text."""
    return {x.name: getattr(order, x.name) for x in fields(order) if x.name != "text"}


def uncombine(writer: Writer, primary: Order) -> list[Order]:
    """Take out what was combined into it; returns the parts that are back."""
    if not primary.absorbed or primary.status in ("shipped", "cancelled"):
        raise ApiError(400, f"Order {primary.order_id} can't be taken apart.")
    full, parts = primary.resource, [Order(**row) for row in primary.absorbed]
    taken = {item["orderItemId"] for part in parts for item in part.resource["items"]}
    full["items"] = [x for x in full["items"] if x["orderItemId"] not in taken]
    for name in _SUMS:
        less = sum(part.resource[name] for part in parts)
        full[name] = round(full[name] - less, 2)
    full["orderTotal"] = resource.total(
        full["items"], full["taxAmount"], full["shippingAmount"]
    )
    full["advancedOptions"].update(mergedOrSplit=False, mergedIds=[])
    primary.absorbed = []
    account = writer.account
    for part in parts:
        account.gone.pop(part.order_id, None)
        account.gone_keys.discard(part.key)
        account.add(part)
        writer.touch(part)
    writer.touch(primary)
    writer.record(
        "unmerge", primary, via="ui", takenOut=[part.order_id for part in parts]
    )
    return parts
