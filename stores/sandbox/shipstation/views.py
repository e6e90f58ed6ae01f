"""Orders and parcels as the control API shows them, and shares of an order's lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stores.sandbox.core import ControlError, Json
from stores.sandbox.shipstation.account import Account, Order, Shipment


def order_view(account: Account, order: Order) -> Json:
    """An order as people see it: the orders view of this peer."""
    advanced = order.resource["advancedOptions"]
    labels = account.labels.get(order.order_id, [])
    return {
        "account": account.key,
        "orderId": order.order_id,
        "orderKey": order.key,
        "orderNumber": order.number,
        "orderStatus": order.status,
        "storeId": order.store_id,
        "holdUntilDate": order.resource["holdUntilDate"],
        "tagIds": order.resource["tagIds"],
        "mergedIds": advanced["mergedIds"],
        "parentId": advanced["parentId"],
        "shipByDate": order.resource["shipByDate"],
        "labels": [
            {
                "tracking": label.row["trackingNumber"],
                "carrier": label.row["carrierCode"],
                "voided": label.void_ts is not None,
                "isReturnLabel": bool(label.row.get("isReturnLabel")),
                "test": label.test,
            }
            for label in labels
        ],
    }


def shipped_view(order: Order, shipment: Shipment) -> Json:
    row = shipment.row
    return {
        "orderKey": order.key,
        "orderId": order.order_id,
        "orderNumber": order.number,
        "trackingNumber": row["trackingNumber"],
        "carrierCode": row["carrierCode"],
        "serviceCode": row.get("serviceCode"),
        "shipmentId": row.get("shipmentId"),
        "fulfillmentId": row.get("fulfillmentId"),
    }


def moment_of(text: Any) -> float:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ControlError(400, f"{text!r} is not an ISO time") from None
    if moment.tzinfo is None:
        raise ControlError(400, f"{text!r} has no offset")
    return moment.timestamp()


def beyond(order: Order, quantity: int) -> dict[int, int]:
    """What is left (orderItemId → quantity) after the first ``quantity`` units."""
    rest = {}
    for item in order.resource["items"]:
        taken = min(quantity, item["quantity"])
        quantity -= taken
        if taken < item["quantity"]:
            rest[item["orderItemId"]] = item["quantity"] - taken
    return rest


def share(order: Order, split: Any) -> dict[int, int]:
    """The child's share: given by line key, else the last line, else half of one."""
    items = order.resource["items"]
    if isinstance(split, dict):
        return {
            item["orderItemId"]: int(split[item["lineItemKey"]])
            for item in items
            if item["lineItemKey"] in split
        }
    last = items[-1] if items else None
    if last is None:
        return {}
    whole = last["quantity"] if len(items) > 1 else last["quantity"] // 2
    return {last["orderItemId"]: whole}
