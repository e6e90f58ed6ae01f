"""Drives asyncshipstation (its v1 part) against a sandbox; prints JSON.

Run by tests/clients/test_shipstation.py in the clients' own virtualenv:
``drive_shipstation.py journey|refused '{"url", "secret"}'``. Only ``v1_endpoint`` is
changed. The library has no call for markasshipped and holds; those go through its own
connection.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from AsyncShipStation import OrderPortal, StorePortal
from AsyncShipStation.common.base import ConnectionConfig, ShipStationConnection
from AsyncShipStation.v1warehouses import V1WarehousePortal

Json = dict[str, Any]
ADDRESS = {
    "name": "Ada Brown",
    "street1": "1 High Street",
    "city": "Leeds",
    "postalCode": "LS1 4AP",
    "country": "GB",
}


def order(number: str) -> Json:
    """What createorder needs, and one line."""
    return {
        "orderNumber": number,
        "orderKey": f"client-{number}",
        "orderStatus": "awaiting_shipment",
        "orderDate": "2026-11-20T09:00:00.0000000",
        "billTo": ADDRESS,
        "shipTo": ADDRESS,
        "items": [{"sku": "MUG-BLUE", "name": "Mug", "quantity": 2, "unitPrice": 9.5}],
    }


async def journey(connection: Any) -> Json:
    """Create, list, label, mark as shipped and read back."""
    seen: Json = {}
    _, stores = await StorePortal.all(connection)
    seen["stores"] = [row["storeName"] for row in stores]
    _, warehouses = await V1WarehousePortal.where(connection)
    seen["warehouses"] = len(warehouses)

    status, created = await OrderPortal.create_order(connection, **order("C-1"))
    seen["created"] = [status, created["orderStatus"], created["orderKey"]]
    _, again = await OrderPortal.create_order(
        connection, **order("C-1") | {"customerNotes": "Please ring"}
    )
    seen["same_order"] = again["orderId"] == created["orderId"]
    seen["note"] = again["customerNotes"]
    _, batch = await OrderPortal.create_or_update_orders(
        connection, [order("C-2"), order("C-3") | {"shipTo": None}]
    )
    seen["batch"] = [
        [row["orderNumber"], row["success"]]
        for row in sorted(batch["results"], key=lambda row: row["orderNumber"])
    ]
    _, listed = await OrderPortal.where(
        connection, orderStatus="awaiting_shipment", sortBy="OrderDate", pageSize=100
    )
    seen["waiting"] = sorted(row["orderNumber"] for row in listed["orders"])

    _, label = await OrderPortal.create_label(
        connection,
        orderId=created["orderId"],
        carrierCode="royal_mail",
        serviceCode="royal_mail_tracked_24",
        confirmation="none",
        shipDate="2026-11-21",
    )
    seen["label"] = sorted(label)
    seen["tracking"] = label.get("trackingNumber")
    second = next(r for r in batch["results"] if r["orderNumber"] == "C-2")
    marked = await connection.request(
        "POST",
        f"{connection.v1_endpoint}/orders/markasshipped",
        "v1",
        json={
            "orderId": second["orderId"],
            "carrierCode": "royal_mail",
            "shipDate": "2026-11-21",
            "trackingNumber": "AB123456785GB",
            "notifyCustomer": False,
            "notifySalesChannel": False,
        },
    )
    seen["marked"] = [marked.status_code, marked.json()["orderNumber"]]
    _, shipped = await OrderPortal.where(connection, orderStatus="shipped")
    seen["shipped"] = sorted(row["orderNumber"] for row in shipped["orders"])
    return seen


async def refused(connection: Any) -> Json:
    """The same call by the library's portal and on its connection."""
    status, answer = await OrderPortal.where(connection)
    raw = await connection.request("GET", f"{connection.v1_endpoint}/orders", "v1")
    return {
        "status": status,
        "error_source": answer["errors"][0]["error_source"],
        "message": answer["errors"][0]["message"],
        "wire": raw.status_code,
        "reset": raw.headers.get("X-Rate-Limit-Reset"),
    }


async def main() -> Json:
    """Open the connection for one play."""
    job = json.loads(sys.argv[2])
    connection = ShipStationConnection(
        v1_key="demo-key",
        v1_secret=job["secret"],
        config=ConnectionConfig(version="v1", v1_endpoint=job["url"]),
    )
    await connection.start("v1")
    try:
        return await {"journey": journey, "refused": refused}[sys.argv[1]](connection)
    finally:
        await connection.close("v1")


if __name__ == "__main__":
    json.dump(asyncio.run(main()), sys.stdout)
