"""ShipStation's own store connections: import orders, tell the channel of parcels.

Nobody outside sees their contracts; what shows is what merchants see (sheet sections
1.9, 3.1, 3.2, 5.4): orders come with the store's refresh, under keys of ShipStation's
own; a cancellation may or may not come with it; tax ids are lost unless a rule writes
them somewhere; and a hidden setting says whether and when the channel is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stores.sandbox.channels import Channel, ShopOrder, ShopParcel, find_channel
from stores.sandbox.core import Json
from stores.sandbox.shipstation import pacific
from stores.sandbox.shipstation.account import OPEN_STATUSES, Account, Order, Shipment
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.labels import Labeller


def catch_up(labeller: Labeller) -> None:
    """Do what the connections of this account should have done by now."""
    for store in labeller.account.stores.values():
        connection = store.get("connection")
        if connection and store["active"]:
            every = float(connection["refresh"])
            if every and connection["due"] <= labeller.now:
                refresh(labeller, store)
    tell_due(labeller)


def refresh(labeller: Labeller, store: Json) -> int:
    """One refresh of a store; how many orders came."""
    connection = store["connection"]
    channel = find_channel(connection["peer"])
    came = 0
    for shown in channel.orders(connection["seller_id"], connection["marketplace"]):
        since = connection["since"]
        if since is not None and shown.ordered < since:
            continue
        known = connection["seen"].get(shown.order_id)
        if known is None:
            came += _import(labeller, store, shown)
        else:
            _update(labeller, connection, shown, known)
    connection["due"] = labeller.now + float(connection["refresh"])
    store["lastRefreshAttempt"] = pacific.to_text(labeller.now, 3)
    store["refreshDate"] = pacific.to_utc_text(labeller.now)
    return came


def _import(labeller: Labeller, store: Json, shown: ShopOrder) -> int:
    """Bring a new order in; those that are over, or not paid, stay out."""
    connection = store["connection"]
    if shown.status != "open":
        return 0
    if connection["skip"] > 0:
        connection["skip"] -= 1
        connection["seen"][shown.order_id] = []
        return 0
    times = 2 if connection["twice"] > 0 else 1
    connection["twice"] = max(0, connection["twice"] - 1)
    came: list[int] = []
    for turn in range(times):
        body = _body(labeller, store, shown, turn)
        try:
            came.append(labeller.upsert(body, "connection").order_id)
        except ApiError:
            break  # an address without a name or a country: it never comes
    connection["seen"][shown.order_id] = came
    return len(came)


def _body(labeller: Labeller, store: Json, shown: ShopOrder, turn: int) -> Json:
    connection = store["connection"]
    number = shown.order_id
    if connection["numbers"] == "own":
        number = str(labeller.world.next_id("record"))
    advanced: Json = {"storeId": store["storeId"], "source": store["marketplaceName"]}
    if connection["tax"] == "field" and shown.tax_number:
        advanced["customField1"] = shown.tax_number
    key = shown.order_id if turn == 0 else f"{shown.order_id}-{turn + 1}"
    return {
        "orderNumber": number,
        "orderKey": f"{store['storeId']}-{key}",
        "orderDate": pacific.to_text(shown.ordered),
        "paymentDate": pacific.to_text(shown.ordered),
        "shipByDate": pacific.to_text(shown.ship_by),
        "orderStatus": "awaiting_shipment",
        "customerUsername": shown.username or None,
        "customerEmail": shown.email or None,
        "billTo": {"name": shown.address.get("name")},
        "shipTo": dict(shown.address),
        "items": [
            {
                "lineItemKey": line.line_id if connection["line_ids"] else None,
                "sku": line.sku,
                "name": line.title,
                "quantity": line.quantity,
                "unitPrice": line.price,
            }
            for line in shown.lines
            if line.quantity
        ],
        "advancedOptions": advanced,
    }


def _update(
    labeller: Labeller, connection: Json, shown: ShopOrder, known: list[int]
) -> None:
    """What a refresh changes of an order that is here already; open ones only."""
    for order in _open(labeller.account, known):
        if shown.status == "cancelled" and connection["cancels"]:
            labeller.set_status(order, "cancelled")
            labeller.record("cancel", order, via="connection")
        elif connection["addresses"] and _moved(order, shown):
            full = order.resource
            full["shipTo"] = {**full["shipTo"], **dict(shown.address)}
            labeller.touch(order)
            labeller.record("edit", order, via="connection", changed=["shipTo"])


def _open(account: Account, order_ids: list[int]) -> Iterator[Order]:
    for order_id in order_ids:
        order = account.orders.get(order_id)
        if order is not None and order.status in OPEN_STATUSES:
            yield order


def _moved(order: Order, shown: ShopOrder) -> bool:
    ship_to: dict[str, Any] = order.resource["shipTo"]
    return any(ship_to.get(name) != value for name, value in shown.address.items())


def tell_due(labeller: Labeller) -> None:
    """Tell the channels of the parcels whose moment has come, each once."""
    account = labeller.account
    if not any(store.get("connection") for store in account.stores.values()):
        return
    for shipment in (*account.shipments, *account.fulfillments):
        due = shipment.notify_ts
        if shipment.told or due is None or due > labeller.now or shipment.test:
            continue
        voided = shipment.void_ts is not None and shipment.void_ts < due
        connection = account.stores[shipment.store_id].get("connection")
        shipment.told = True
        if connection and not voided and shipment.notify_error is None:
            _tell(labeller, connection, shipment)


def _tell(labeller: Labeller, connection: Json, shipment: Shipment) -> None:
    channel = find_channel(connection["peer"])
    order = labeller.account.orders.get(shipment.row["orderId"])
    merged = order.resource["advancedOptions"]["mergedIds"] if order else []
    parts = {shipment.row["orderId"], *merged}
    if order is not None and (parent := order.resource["advancedOptions"]["parentId"]):
        parts.add(parent)
    for order_id, ours in connection["seen"].items():
        if parts & set(ours):
            problem = _tell_one(channel, order_id, shipment, connection["line_ids"])
            shipment.notify_error = shipment.notify_error or problem or None


def _tell_one(
    channel: Channel, order_id: str, shipment: Shipment, line_ids: bool
) -> str:
    items = shipment.row.get("shipmentItems") or []
    units = {x["lineItemKey"]: x["quantity"] for x in items if x["lineItemKey"]}
    return channel.tell(
        order_id,
        ShopParcel(
            carrier=str(shipment.row["carrierCode"]),
            tracking=str(shipment.row["trackingNumber"] or ""),
            shipped=shipment.create_ts,
            units=units if line_ids else {},
        ),
    )
