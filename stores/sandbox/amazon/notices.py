"""ORDER_CHANGE: who subscribed, and what Amazon writes into the seller's queue.

Shapes of SP-API's 'ORDER_CHANGE notification' (payload version 1.0), in v0's spelling.
Delivery is at least once and unordered; the order itself has to be read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from stores.sandbox.amazon.orders import Line, Order
from stores.sandbox.amazon.render import iso
from stores.sandbox.amazon.sqs import Sqs

Json = dict[str, Any]

ORDER_CHANGE, VERSION = "ORDER_CHANGE", "1.0"
STATUS_CHANGE, BUYER_CHANGE = "OrderStatusChange", "BuyerRequestedChange"
CHANGES = (BUYER_CHANGE, "DeliveryTipChange", STATUS_CHANGE)
APPLICATION = "amzn1.sellerapps.app.demo"
_V0_STATUS = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A seller's wish to have changes written to a destination's queue."""

    id: str
    seller_id: str
    destination_id: str
    version: str = VERSION
    changes: list[str] = field(default_factory=lambda: list(CHANGES))
    marketplace_ids: list[str] = field(default_factory=list)
    directive: Json | None = None


@dataclass(slots=True, kw_only=True)
class Destination:
    """A queue as Amazon knows it."""

    id: str
    name: str
    arn: str


class Notices:
    """Destinations, subscriptions and the faults of delivery."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nobody listens."""
        self._serial = 0
        self.sqs = Sqs()
        self.destinations: dict[str, Destination] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.duplicates = self.lost = 0
        self.late = 0.0

    def new_destination(self, name: str, arn: str) -> Destination:
        """Register a queue; LookupError for one that Amazon can't write to."""
        if arn not in self.sqs.queues:
            raise LookupError(arn)
        made = Destination(id=self._mint("destination"), name=name, arn=arn)
        self.destinations[made.id] = made
        return made

    def subscribe(self, subscription: Subscription) -> Subscription:
        """One subscription of ORDER_CHANGE per seller."""
        subscription.id = self._mint("subscription")
        self.subscriptions[subscription.seller_id] = subscription
        return subscription

    def changed(self, order: Order, change: str, reason: str, now: int) -> str:
        """Tell the seller's queue; the notification's id, '' where nobody listens."""
        subscription = self.subscriptions.get(order.seller_id)
        if (
            subscription is None
            or change not in subscription.changes
            or (
                subscription.marketplace_ids
                and order.marketplace_id not in subscription.marketplace_ids
            )
        ):
            return ""
        notification_id = self._mint("notification")
        if self.lost > 0:
            self.lost -= 1
            return ""
        body = _message(order, change, reason, now, subscription.id, notification_id)
        arn = self.destinations[subscription.destination_id].arn
        copies = 1 + (self.duplicates > 0)
        self.duplicates = max(0, self.duplicates - 1)
        for _ in range(copies):
            self.sqs.put(arn, body, now + int(self.late * 1000))
        return notification_id

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "serial": self._serial,
            "sqs": self.sqs.dump(),
            "destinations": [asdict(row) for row in self.destinations.values()],
            "subscriptions": [asdict(row) for row in self.subscriptions.values()],
            "duplicates": self.duplicates,
            "lost": self.lost,
            "late": self.late,
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        self._serial = state["serial"]
        self.sqs.load(state["sqs"])
        rows = [Destination(**row) for row in state["destinations"]]
        self.destinations = {row.id: row for row in rows}
        subscriptions = [Subscription(**row) for row in state["subscriptions"]]
        self.subscriptions = {row.seller_id: row for row in subscriptions}
        self.duplicates, self.lost = state["duplicates"], state["lost"]
        self.late = state["late"]

    def _mint(self, purpose: str) -> str:
        self._serial += 1
        text = hashlib.sha256(f"{purpose}:{self._serial}".encode()).hexdigest()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


def _message(
    order: Order,
    change: str,
    reason: str,
    now: int,
    subscription_id: str,
    notification_id: str,
) -> Json:
    asked = any(line.cancel == "requested" for line in order.lines)
    summary: Json = {
        "MarketplaceId": order.marketplace_id,
        "OrderStatus": _V0_STATUS.get(order.status, order.status),
        "PurchaseDate": iso(order.created),
        "DestinationPostalCode": order.address.get("postalCode", ""),
        "FulfillmentType": "MFN" if order.fulfilled_by == "MERCHANT" else "AFN",
        "OrderType": "StandardOrder",
        "NumberOfItemsShipped": sum(line.fulfilled for line in order.lines),
        "NumberOfItemsUnshipped": sum(line.remaining for line in order.lines),
        "EarliestDeliveryDate": iso(order.deliver_from),
        "LatestDeliveryDate": iso(order.deliver_by),
        "EarliestShipDate": iso(order.ship_from),
        "LatestShipDate": iso(order.ship_by),
        "CancelNotifyDate": iso(now) if asked else None,
        "OrderPrograms": list(order.programs),
        "ShippingPrograms": [],
        "OrderItems": [_item(order, line) for line in order.lines],
    }
    return {
        "NotificationVersion": "1.0",
        "NotificationType": ORDER_CHANGE,
        "PayloadVersion": VERSION,
        "EventTime": iso(now),
        "Payload": {
            "OrderChangeNotification": {
                "NotificationLevel": "OrderLevel",
                "SellerId": order.seller_id,
                "AmazonOrderId": order.order_id,
                "OrderChangeType": change,
                "OrderChangeTrigger": {
                    "TimeOfOrderChange": iso(now),
                    "ChangeReason": reason,
                },
                "Summary": summary,
            }
        },
        "NotificationMetadata": {
            "ApplicationId": APPLICATION,
            "SubscriptionId": subscription_id,
            "PublishTime": iso(now),
            "NotificationId": notification_id,
        },
    }


def _item(order: Order, line: Line) -> Json:
    status = "Unshipped"
    if line.cancel == "cancelled":
        status = "Canceled"
    elif line.fulfilled >= line.quantity:
        status = "Shipped"
    return {
        "OrderItemId": line.item_id,
        "SellerSKU": line.sku,
        "SupplySourceId": None,
        "OrderItemStatus": status,
        "Quantity": line.quantity,
        "QuantityShipped": line.fulfilled,
        "IsBuyerRequestedCancel": line.cancel == "requested",
        "ItemEarliestDeliveryDate": iso(order.deliver_from),
        "ItemLatestDeliveryDate": iso(order.deliver_by),
    }
