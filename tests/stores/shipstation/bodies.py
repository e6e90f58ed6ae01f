"""Answers in ShipStation v1's shapes, with invented values."""

from __future__ import annotations

from typing import Any

HEADERS = {
    "X-Rate-Limit-Limit": "40",
    "X-Rate-Limit-Remaining": "39",
    "X-Rate-Limit-Reset": "47",
}


def order(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "orderId": 9001,
        "orderNumber": "A-1",
        "orderKey": "k1",
        "orderDate": "2026-03-04T09:00:00.0000000",
        "createDate": "2026-03-04T09:15:02.3470000",
        "modifyDate": "2026-03-04T09:15:03.0000000",
        "paymentDate": None,
        "shipByDate": None,
        "orderStatus": "awaiting_shipment",
        "customerId": 5,
        "customerUsername": "buyer-5",
        "customerEmail": "buyer@example.com",
        "billTo": {"name": "Ada Example", "addressVerified": None},
        "shipTo": {
            "name": "Ada Example",
            "street1": "1 High Street",
            "city": "Leeds",
            "postalCode": "LS1 1AA",
            "country": "GB",
            "addressVerified": "Address validation warning",
        },
        "items": [
            {
                "orderItemId": 71,
                "lineItemKey": "k1-1",
                "sku": "MUG",
                "name": "Mug",
                "quantity": 2,
                "unitPrice": 4.5,
                "adjustment": False,
            }
        ],
        "orderTotal": 9.0,
        "tagIds": [3],
        "holdUntilDate": None,
        "advancedOptions": {
            "storeId": 12,
            "mergedOrSplit": False,
            "mergedIds": [],
            "parentId": None,
        },
        "externallyFulfilled": False,
    }
    return {**body, **changes}


def shipment(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "shipmentId": 501,
        "orderId": 9001,
        "orderKey": "k1",
        "orderNumber": "A-1",
        "createDate": "2026-03-05T08:00:00.0000000",
        "shipDate": "2026-03-05",
        "trackingNumber": "1Z1",
        "isReturnLabel": False,
        "carrierCode": "ups",
        "serviceCode": "ups_ground",
        "voided": False,
        "voidDate": None,
        "marketplaceNotified": False,
        "notifyErrorMessage": None,
        "shipmentItems": [
            {"orderItemId": 71, "lineItemKey": "k1-1", "sku": "MUG", "quantity": 2}
        ],
    }
    return {**body, **changes}


def fulfillment(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "fulfillmentId": 601,
        "orderId": 9001,
        "orderNumber": "A-1",
        "trackingNumber": " RM1 ",
        "createDate": "2026-03-05T08:00:00.0000000",
        "shipDate": "2026-03-05T00:00:00.0000000",
        "voidDate": None,
        "carrierCode": "Royal Mail",
        "voided": False,
        "marketplaceNotified": True,
        "notifyErrorMessage": None,
    }
    return {**body, **changes}
