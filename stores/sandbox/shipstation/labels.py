"""Labels, fulfilments, voids, combines and splits.

Sources: sheet sections 2.1-2.5 and 3.1; official samples for the row shapes.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from stores.sandbox.core import Json
from stores.sandbox.shipstation import pacific, resource
from stores.sandbox.shipstation.account import MARKETPLACES, Order, Shipment
from stores.sandbox.shipstation.catalogue import (
    TEST_TRACKING,
    display_name,
    tracking_number,
)
from stores.sandbox.shipstation.combines import absorbed_row
from stores.sandbox.shipstation.errors import ApiError
from stores.sandbox.shipstation.writes import Writer

DEFAULT_CARRIER = ("royal_mail", "royal_mail_tracked_24")
MAIL_STREAM_SECONDS = 8 * 3600
_ITEM_FIELDS = (
    "orderItemId",
    "lineItemKey",
    "sku",
    "name",
    "imageUrl",
    "weight",
    "quantity",
    "unitPrice",
    "warehouseLocation",
    "options",
    "productId",
    "fulfillmentSku",
)
_ADDRESS_FIELDS = (
    "name",
    "company",
    "street1",
    "street2",
    "street3",
    "city",
    "state",
    "postalCode",
    "country",
    "phone",
    "residential",
)


class Labeller(Writer):
    """Effects of the packing bench on one account, at one moment."""

    def label(
        self,
        order: Order,
        carrier: str,
        service: str,
        *,
        ship_date: str | None = None,
        is_return: bool = False,
        test: bool = False,
        via: str = "ui",
        tracking: str | None = None,
    ) -> Shipment:
        """Buy a label; an outbound one ships the order. ApiError when it is not open.

        A return label needs no open order; a test label has shipmentId -1, costs
        nothing, carries nines and ships nothing.
        """
        if order.status != "awaiting_shipment" and not (is_return or test):
            raise ApiError(
                400, f"Order {order.order_id} is {order.status}; no label can be made."
            )
        day = ship_date or pacific.to_date(self.now)
        if test:
            tracking = TEST_TRACKING
        shipment_id = -1 if test else self.world.next_id("label")
        full = order.resource
        row: Json = {
            "shipmentId": shipment_id,
            "orderId": order.order_id,
            "orderKey": order.key,
            "userId": full["userId"] or "c9f06d74-95de-4263-9b04-e87095cababf",
            "customerEmail": full["customerEmail"],
            "orderNumber": order.number,
            "createDate": pacific.to_text(self.now),
            "shipDate": day,
            "shipmentCost": 0 if test else 3.35,
            "insuranceCost": 0,
            "trackingNumber": tracking or tracking_number(carrier, self.world.rng),
            "isReturnLabel": is_return,
            "batchNumber": str(100_000 + shipment_id % 1000),
            "carrierCode": carrier,
            "serviceCode": service,
            "packageCode": full["packageCode"] or "package",
            "confirmation": full["confirmation"],
            "warehouseId": full["advancedOptions"]["warehouseId"],
            "voided": False,
            "voidDate": None,
            "marketplaceNotified": False,
            "notifyErrorMessage": None,
            "shipTo": {name: full["shipTo"][name] for name in _ADDRESS_FIELDS},
            "weight": full["weight"],
            "dimensions": full["dimensions"],
            "insuranceOptions": full["insuranceOptions"],
            "advancedOptions": None,
            "shipmentItems": [
                {name: item[name] for name in _ITEM_FIELDS} for item in full["items"]
            ],
            "labelData": None,
            "formData": None,
        }
        outbound = not (is_return or test)
        shipment = Shipment(
            row=row,
            store_id=order.store_id,
            create_ts=self.now,
            ship_ts=pacific.parse(day),
            test=test,
        )
        if outbound:
            self._plan_notice(shipment, order, day)
        self.account.add_label(shipment)
        if outbound:
            full.update(shipDate=day, carrierCode=carrier, serviceCode=service)
            self.set_status(order, "shipped")
        operation = "test_label" if test else "return_label" if is_return else "label"
        self.record(
            operation,
            order,
            via=via,
            shipmentId=shipment_id,
            tracking=row["trackingNumber"],
            carrier=carrier,
            service=service,
            lines={i["lineItemKey"]: i["quantity"] for i in full["items"]},
        )
        return shipment

    def mark_shipped(self, order: Order, body: Json, via: str) -> Shipment:
        """Shipped elsewhere: a fulfilment row, no label; a second time is an error."""
        if order.status not in ("awaiting_payment", "awaiting_shipment", "on_hold"):
            raise ApiError(
                400, f"Order {order.order_id} is {order.status}, not markable."
            )
        carrier = body.get("carrierCode")
        if not carrier:
            raise resource.ModelError(
                "carrierCode", "The carrierCode field is required."
            )
        day = str(body.get("shipDate") or pacific.to_date(self.now))[:10]
        number = self.world.next_id("label")
        notify = bool(body.get("notifySalesChannel", False))
        address = {name: order.resource["shipTo"][name] for name in _ADDRESS_FIELDS}
        row: Json = {
            "fulfillmentId": number,
            "orderId": order.order_id,
            "orderNumber": order.number,
            "userId": "c9f06d74-95de-4263-9b04-e87095cababf",
            "customerEmail": order.resource["customerEmail"],
            "trackingNumber": body.get("trackingNumber"),
            "createDate": pacific.to_text(self.now),
            "shipDate": pacific.to_text(pacific.parse(day)),
            "voidDate": None,
            "deliveryDate": None,
            "carrierCode": display_name(str(carrier)),
            "sellerFillProviderId": None,
            "sellerFillProviderName": None,
            "fulfillmentProviderCode": None,
            "fulfillmentServiceCode": None,
            "fulfillmentFee": 0,
            "voidRequested": False,
            "voided": False,
            "marketplaceNotified": False,
            "notifyErrorMessage": None,
            "shipTo": {**address, "addressVerified": None},
        }
        fulfilment = Shipment(
            row=row,
            store_id=order.store_id,
            create_ts=self.now,
            ship_ts=pacific.parse(day),
        )
        if notify:
            self._plan_notice(fulfilment, order, day, at_once=True)
        self.account.add_label(fulfilment)
        order.resource["shipDate"] = day
        self.set_status(order, "shipped")
        self.record(
            "mark_shipped",
            order,
            body,
            via=via,
            fulfillmentId=number,
            tracking=row["trackingNumber"],
            carrier=row["carrierCode"],
        )
        return fulfilment

    def void(self, shipment: Shipment, via: str = "ui") -> bool:
        """Void a label or a fulfilment; the last one reopens the order.

        False when it is void already.
        """
        if shipment.void_ts is not None:
            return False
        shipment.void_ts = self.now
        shipment.row.update(voided=True, voidDate=pacific.to_text(self.now))
        order = self.account.orders.get(shipment.row["orderId"])
        if order is None:
            return True
        outbound = not shipment.row.get("isReturnLabel") and not shipment.test
        if (
            outbound
            and order.status == "shipped"
            and not self.account.live_labels(order.order_id)
        ):
            self.set_status(order, "awaiting_shipment")
        self.record(
            "void",
            order,
            via=via,
            shipmentId=shipment.row.get("shipmentId"),
            tracking=shipment.row["trackingNumber"],
        )
        return True

    def combine(self, orders: list[Order]) -> Order:
        """Merge into the first; the others vanish. All must await shipment."""
        primary, *others = orders
        if not others or any(o.status != "awaiting_shipment" for o in orders):
            raise ApiError(400, "Only two or more orders awaiting shipment combine.")
        full = primary.resource
        advanced = full["advancedOptions"]
        for other in others:
            full["items"].extend(other.resource["items"])
            for name in ("amountPaid", "taxAmount", "shippingAmount"):
                full[name] = round(full[name] + other.resource[name], 2)
            advanced["mergedIds"] = [
                *advanced["mergedIds"],
                other.order_id,
                *other.resource["advancedOptions"]["mergedIds"],
            ]
            primary.absorbed.append(absorbed_row(other))
            self.account.remove(other, "absorbed")
        advanced["mergedOrSplit"] = True
        full["orderTotal"] = resource.total(
            full["items"], full["taxAmount"], full["shippingAmount"]
        )
        self.touch(primary)
        self.record(
            "merge",
            primary,
            mergedIds=[other.order_id for other in others],
            mergedKeys=[other.key for other in others],
        )
        return primary

    def split(self, order: Order, take: dict[int, int]) -> Order:
        """Move quantities (orderItemId → quantity) into a child order.

        The child has its own orderId and parentId, and the parent's number and key.
        """
        if order.status != "awaiting_shipment":
            raise ApiError(400, f"Order {order.order_id} is {order.status}; no split.")
        items = order.resource["items"]
        rest: list[Json] = []
        moved: list[Json] = []
        for item in items:
            quantity = min(take.get(item["orderItemId"], 0), item["quantity"])
            if quantity:
                moved.append({**item, "quantity": quantity})
            if quantity < item["quantity"]:
                rest.append({**item, "quantity": item["quantity"] - quantity})
        if not moved or not rest:
            raise ApiError(400, f"Order {order.order_id} has too little to split.")
        child_full = deepcopy(order.resource)
        child_id = self.world.next_id("order")
        for item in moved:
            item["orderItemId"] = self.world.next_item_id()
        child_full.update(
            orderId=child_id,
            items=moved,
            createDate=pacific.to_text(self.now),
            orderTotal=resource.total(moved, 0, 0),
            taxAmount=0,
            shippingAmount=0,
            amountPaid=0,
        )
        child_full["advancedOptions"].update(
            mergedOrSplit=True, parentId=order.order_id, mergedIds=[]
        )
        child = Order(
            order_id=child_id,
            resource=child_full,
            create_ts=self.now,
            modify_ts=self.now,
            order_ts=order.order_ts,
            payment_ts=order.payment_ts,
        )
        self.account.add(child)
        order.resource["items"] = rest
        order.resource["advancedOptions"]["mergedOrSplit"] = True
        order.resource["orderTotal"] = resource.total(
            rest, order.resource["taxAmount"], order.resource["shippingAmount"]
        )
        self.touch(order)
        self.touch(child)
        self.record(
            "split",
            order,
            childId=child_id,
            lines={item["lineItemKey"]: item["quantity"] for item in moved},
        )
        return child

    def _plan_notice(
        self, shipment: Shipment, order: Order, day: str, *, at_once: bool = False
    ) -> None:
        """Decide when the channel will hear of this parcel, by the hidden setting."""
        store = self.account.stores[order.store_id]
        setting: dict[str, Any] = store["notify"]
        told_before = any(
            known.notify_ts is not None
            and known.notify_ts <= (known.void_ts or self.now)
            for known in self.account.labels.get(order.order_id, [])
        )
        can_tell = MARKETPLACES.get(store["marketplaceId"], ("", True))[1]
        # A replacement label is not told again (help text on void and relabel).
        if not can_tell or told_before:
            return
        shipment.notify_error = setting.get("error")
        mode = "label" if at_once else setting["mode"]
        if mode == "label":
            shipment.notify_ts = self.now
        elif mode == "hours":
            shipment.notify_ts = self.now + 3600 * float(setting.get("hours", 1))
        elif mode == "mail_stream":
            shipment.notify_ts = self.now + MAIL_STREAM_SECONDS
        elif mode == "ship_date":
            clock_text = setting.get("time", "17:00")
            moment = pacific.parse(f"{day} {clock_text}")
            shipment.notify_ts = max(self.now, moment)
