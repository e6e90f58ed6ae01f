"""What the calls of each quota group are for, in plain words."""

from __future__ import annotations

# What the calls of a quota group are for; a group without a word keeps its own.
QUOTA_LABELS = {
    "searchOrders": "Reading new and changed orders",
    "getOrder": "Reading one order",
    "confirmShipment": "Confirming dispatches",
    "sellers": "Testing the connection",
    "fulfillment": "Orders and confirmations",
    "notification": "Reading the keys of its notices",
    "v1": "All reads and writes",
    "notifications": "Setting up the queue",
    "createFeedDocument": "Confirming many at once: upload",
    "createFeed": "Confirming many at once: sending",
    "getFeed": "Confirming many at once: asking",
    "getFeedDocument": "Confirming many at once: the answer",
    "getOrderList": "Reading new and changed orders",
    "getOrderDetail": "Reading orders by number",
    "markPackageAsShipped": "Confirming dispatches",
    "updateShippingInfo": "Correcting tracking of an order",
    "updatePackageShippingInfo": "Correcting tracking of a parcel",
    "searchCancellations": "Reading cancellations",
    "getAftersaleEligibility": "Asking what may be cancelled",
    "approveCancellation": "Accepting a cancellation",
    "rejectCancellation": "Rejecting a cancellation",
    "cancelOrder": "Cancelling orders",
    "getRejectReasons": "List of reasons to reject",
    "getShippingProviders": "List of carriers",
    "getWarehouseDeliveryOptions": "List of delivery options",
    "getWarehouseList": "List of warehouses",
    "getAuthorizedShops": "Testing the connection",
    "getShopWebhooks": "Looking at the webhooks",
    "updateShopWebhook": "Telling our address",
    "OR11": "Reading new and changed orders",
    "OR11 pages": "Further pages of these",
    "A01": "Testing the connection",
    "SH21": "List of carriers, daily",
    "SH12": "List of shipping methods, daily",
    "AF01": "List of custom fields, daily",
    "RE01": "List of reasons, daily",
}
# Lists that are read once or twice a day: what is used up is as it should be.
DAILY_LISTS = frozenset({"SH21", "SH12", "AF01", "RE01"})
