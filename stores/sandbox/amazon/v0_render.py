"""Orders and order items as orders v0 spells them.

Source: ordersV0 model (2026-08). One store stands behind both versions; v0 writes
``Canceled``, seconds without a fraction, flags of items as texts, and shows no buyer
data to a plain access token: of the address only city, state, postcode and country.
"""

from __future__ import annotations

from typing import Any

from stores.sandbox.amazon.marketplaces import MARKETPLACES
from stores.sandbox.amazon.orders import Line, Order
from stores.sandbox.amazon.render import amount, iso

Json = dict[str, Any]

# v2026-01-01's word → v0's.
STATUSES = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}
CHANNELS = {"MERCHANT": "MFN", "AMAZON": "AFN"}
_LEVELS = {
    "EXPEDITED": "Expedited",
    "FREE_ECONOMY": "FreeEconomy",
    "NEXT_DAY": "NextDay",
    "PRIORITY": "Priority",
    "SAME_DAY": "SameDay",
    "SECOND_DAY": "SecondDay",
    "SCHEDULED": "Scheduled",
    "STANDARD": "Standard",
}
_ADDRESSED = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
_OPEN_ADDRESS = {
    "City": "city",
    "StateOrRegion": "stateOrRegion",
    "PostalCode": "postalCode",
    "CountryCode": "countryCode",
}


def seconds(milliseconds: int) -> str:
    """A moment as v0 writes it, in whole seconds."""
    return iso(milliseconds - milliseconds % 1000).replace(".000Z", "Z")


def money(cents: int, currency: str) -> Json:
    """v0's Money; the amount is a text."""
    return {"CurrencyCode": currency, "Amount": amount(cents)}


def render_order(order: Order) -> Json:
    """One element of ``Orders``, or the payload of getOrder."""
    site = MARKETPLACES[order.marketplace_id]
    living = [line for line in order.lines if line.cancel != "cancelled"]
    body: Json = {
        "AmazonOrderId": order.order_id,
        "PurchaseDate": seconds(order.created),
        "LastUpdateDate": seconds(order.updated),
        "OrderStatus": STATUSES[order.status],
        "FulfillmentChannel": CHANNELS[order.fulfilled_by],
        "SalesChannel": site.name,
        "ShipServiceLevel": f"Std {site.country} D2D Dom",
        "ShipmentServiceLevelCategory": _LEVELS[order.service_level],
        "NumberOfItemsShipped": sum(line.fulfilled for line in order.lines),
        "NumberOfItemsUnshipped": sum(line.remaining for line in living),
        "MarketplaceId": site.id,
        "OrderType": "StandardOrder",
        "IsBusinessOrder": "AMAZON_BUSINESS" in order.programs,
        "IsPrime": "PRIME" in order.programs,
        "IsPremiumOrder": "PREMIUM" in order.programs,
        "IsISPU": "IN_STORE_PICK_UP" in order.programs,
        "IsIBA": "INVOICE_BY_AMAZON" in order.programs,
        "IsReplacementOrder": False,
    }
    if order.seller_order_id:
        body["SellerOrderId"] = order.seller_order_id
    if order.status != "PENDING":
        body["OrderTotal"] = money(order.total, order.currency)
    if order.fulfilled_by == "MERCHANT":
        body["EarliestShipDate"] = seconds(order.ship_from)
        body["LatestShipDate"] = seconds(order.ship_by)
        if order.status not in ("PENDING", "CANCELLED"):
            body["EarliestDeliveryDate"] = seconds(order.deliver_from)
            body["LatestDeliveryDate"] = seconds(order.deliver_by)
    if order.status in _ADDRESSED:
        body["ShippingAddress"] = {
            name: order.address[ours]
            for name, ours in _OPEN_ADDRESS.items()
            if ours in order.address
        }
    return body


def render_item(order: Order, line: Line) -> Json:
    """One element of ``OrderItems``; a pending order shows no money."""
    asked = line.cancel == "requested" or line.cancelled_by == "BUYER"
    cancel: Json = {"IsBuyerRequestedCancel": "true" if asked else "false"}
    if asked:
        cancel["BuyerCancelReason"] = line.cancel_reason
    body: Json = {
        "ASIN": line.asin,
        "SellerSKU": line.sku,
        "OrderItemId": line.item_id,
        "Title": line.title,
        "QuantityOrdered": line.quantity,
        "QuantityShipped": line.fulfilled,
        "ProductInfo": {"NumberOfItems": "1"},
        "ConditionId": "New",
        "ConditionSubtypeId": "New",
        "IsTransparency": "TRANSPARENCY" in line.programs,
        "BuyerRequestedCancel": cancel,
        "TaxCollection": {
            "Model": "MarketplaceFacilitator",
            "ResponsibleParty": "Amazon Services, Inc.",
        },
    }
    if order.ioss_number is not None:
        body["IossNumber"] = order.ioss_number
    if order.reporting_scheme:
        body["DeemedResellerCategory"] = order.reporting_scheme
    if order.status == "PENDING":
        return body
    body["IsGift"] = "true" if line.gift_wrap or line.gift_message else "false"
    for name, cents in (
        ("ItemPrice", line.unit_price * line.quantity),
        ("ItemTax", line.tax),
        ("ShippingPrice", line.shipping),
        ("PromotionDiscount", line.discount),
    ):
        if cents or name in ("ItemPrice", "ItemTax"):
            body[name] = money(cents, order.currency)
    if line.discount:
        body["PromotionIds"] = ["DEMO-WELCOME-1"]
    return body
