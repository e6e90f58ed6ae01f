"""An order as getOrders and getOrder show it (contract v1.20.7).

The list hides ``cancelStatus.cancelRequests`` (always empty) and
``buyer.taxIdentifier``; collected tax is inside totals only with TAX_BREAKDOWN. Names
and addresses are shown for 90 days, e-mail addresses for 14.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from stores.sandbox.ebay.orders import CANCELED, DAY_MS, Line, Order

Json = dict[str, Any]

ADDRESS_MS, EMAIL_MS = 90 * DAY_MS, 14 * DAY_MS
_PICKUP = "PREPARE_FOR_PICKUP"
_TYPES = {"IN_STORE_PICKUP": _PICKUP, "CLICK_AND_COLLECT": _PICKUP, "EBAY_LABEL": "SHIP_TO"}  # fmt: skip


def iso(moment: int) -> str:
    """Milliseconds as eBay writes times."""
    found = datetime.fromtimestamp(moment / 1000, UTC)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def render_order(
    order: Order, *, base: str, single: bool, breakdown: bool, now: int
) -> Json:
    """The order's JSON; ``base`` is the address of the API, for links."""

    def money(pence: int) -> Json:
        sign, amount = ("-" if pence < 0 else ""), abs(pence)
        return {
            "value": f"{sign}{amount // 100}.{amount % 100:02d}",
            "currency": order.currency,
        }

    goods = sum(line.cost for line in order.lines)
    shipping = sum(line.shipping for line in order.lines)
    discount = sum(line.discount for line in order.lines)
    tax = sum(line.collected_tax for line in order.lines)
    pricing: Json = {
        "priceSubtotal": money(goods),
        "deliveryCost": money(shipping),
        "total": money(goods + shipping - discount + (tax if breakdown else 0)),
    }
    if discount:
        pricing["priceDiscount"] = money(-discount)
    if tax and breakdown:
        pricing["tax"] = money(tax)
    due = money(goods + shipping - discount)
    links = f"{base}/order/{order.order_id}/shipping_fulfillment"
    body: Json = {
        "orderId": order.order_id,
        "creationDate": iso(order.created),
        "lastModifiedDate": iso(order.updated),
        "orderFulfillmentStatus": order.status,
        "orderPaymentStatus": order.payment,
        "sellerId": order.seller_id,
        "salesRecordReference": order.order_id.replace("-", "")[-4:],
        "buyer": _buyer(order, single=single, now=now),
        "cancelStatus": _cancel_status(order, single=single),
        "pricingSummary": pricing,
        "paymentSummary": _payment(order, due),
        "fulfillmentHrefs": [
            f"{links}/{parcel.fulfillment_id}" for parcel in order.fulfillments
        ],
        "fulfillmentStartInstructions": [_instruction(order, now)],
        "lineItems": [_line(order, line, money, breakdown) for line in order.lines],
        "totalFeeBasisAmount": due,
        "totalMarketplaceFee": money((goods + shipping) // 8),
    }
    if order.note:
        body["buyerCheckoutNotes"] = order.note
    if tax:
        body["ebayCollectAndRemitTax"] = True
    if program := _program(order):
        body["program"] = program
    _odd(order, body)
    return body


def render_fulfillment(order: Order) -> list[Json]:
    """The rows of getShippingFulfillments."""
    rows = []
    for parcel in order.fulfillments:
        row: Json = {
            "fulfillmentId": parcel.fulfillment_id,
            "shippedDate": iso(parcel.shipped),
            "lineItems": [
                {"lineItemId": line_id, "quantity": quantity}
                for line_id, quantity in parcel.items.items()
            ],
        }
        if parcel.tracking:
            row["shipmentTrackingNumber"] = parcel.tracking
            row["shippingCarrierCode"] = parcel.carrier
        rows.append(row)
    return rows


def _buyer(order: Order, *, single: bool, now: int) -> Json:
    home = order.final_address or order.address
    buyer: Json = {
        "username": order.username,
        "taxAddress": {
            name: home[name]
            for name in ("stateOrProvince", "postalCode", "countryCode")
            if name in home
        },
    }
    if now - order.created < ADDRESS_MS:
        buyer["buyerRegistrationAddress"] = {
            "fullName": order.name,
            "contactAddress": dict(home),
        }
    if single and order.tax_identifier:
        buyer["taxIdentifier"] = dict(order.tax_identifier)
    return buyer


def _cancel_status(order: Order, *, single: bool) -> Json:
    status: Json = {"cancelState": order.cancel_state, "cancelRequests": []}
    if order.cancel_state == CANCELED:
        status["cancelledDate"] = iso(order.cancelled)
    for request in order.requests if single else ():
        row: Json = {
            "cancelRequestId": request.request_id,
            "cancelRequestState": request.state,
            "cancelInitiator": request.initiator,
            "cancelReason": request.reason,
            "cancelRequestedDate": iso(request.requested),
        }
        if request.completed:
            row["cancelCompletedDate"] = iso(request.completed)
        status["cancelRequests"].append(row)
    return status


def _payment(order: Order, due: Json) -> Json:
    payment: Json = {
        "paymentMethod": "EBAY",
        "amount": due,
        "paymentStatus": "PAID" if order.paid else "PENDING",
    }
    if order.paid:
        payment["paymentReferenceId"] = order.order_id.replace("-", "")
        payment["paymentDate"] = iso(order.created)
    refunds = []
    if order.refunded:
        refund = {
            "refundId": f"5{order.order_id.replace('-', '')}",
            "refundDate": iso(order.cancelled),
            "amount": due,
            "refundStatus": "REFUNDED",
        }
        refunds.append(refund)
    return {"totalDueSeller": due, "payments": [payment], "refunds": refunds}


def _instruction(order: Order, now: int) -> Json:
    instruction: Json = {
        "fulfillmentInstructionsType": _TYPES.get(order.kind, order.kind),
        "ebaySupportedFulfillment": bool(order.hub_reference),
    }
    if order.kind == "DIGITAL":
        return instruction
    if order.kind == "IN_STORE_PICKUP":
        return instruction | {"pickupStep": {"merchantLocationKey": "shop-1"}}
    instruction["minEstimatedDeliveryDate"] = iso(order.deliver_from)
    instruction["maxEstimatedDeliveryDate"] = iso(order.deliver_by)
    if order.final_address:
        instruction["finalDestinationAddress"] = dict(order.final_address)
    step: Json = {
        "shippingCarrierCode": "RoyalMail",
        "shippingServiceCode": order.service,
    }
    if order.hub_reference:
        step["shipToReferenceId"] = order.hub_reference
    if order.kind != "FULFILLED_BY_EBAY":
        step["shipTo"] = _ship_to(order, now)
    return instruction | {"shippingStep": step}


def _ship_to(order: Order, now: int) -> Json:
    age = now - order.created
    place = dict(order.address)
    if order.address_code:
        second = place.get("addressLine2", "")
        place["addressLine2"] = f"{second} {order.address_code}".strip()
    to: Json = {"contactAddress": place}
    if age < ADDRESS_MS:
        to["fullName"] = "eBay Global Shipping" if order.hub_reference else order.name
        to["primaryPhone"] = {"phoneNumber": order.phone}
    else:
        for name in ("addressLine1", "addressLine2"):
            place.pop(name, None)
    if age < EMAIL_MS:
        to["email"] = order.email
    return to


def _line(order: Order, line: Line, money: Any, breakdown: bool) -> Json:
    tax = line.collected_tax if breakdown else 0
    row: Json = {
        "lineItemId": line.line_id,
        "legacyItemId": line.item_id,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": order.marketplace_id,
        "purchaseMarketplaceId": order.purchase_marketplace_id,
        "lineItemCost": money(line.cost),
        "total": money(line.total + tax),
        "deliveryCost": {"shippingCost": money(line.shipping)},
        "taxes": [],
        "appliedPromotions": [],
        "refunds": [],
        "properties": {"buyerProtection": True},
        "lineItemFulfillmentStatus": line.status,
        "lineItemFulfillmentInstructions": {
            "shipByDate": iso(order.ship_by),
            "minEstimatedDeliveryDate": iso(order.deliver_from),
            "maxEstimatedDeliveryDate": iso(order.deliver_by),
            "guaranteedDelivery": False,
        },
    }
    if line.discount:
        row["discountedLineItemCost"] = money(line.cost - line.discount)
    if line.size:
        row["legacyVariationId"] = f"{line.item_id}1"
        row["variationAspects"] = [{"name": "Size", "value": line.size}]
    if line.collected_tax:
        row["ebayCollectAndRemitTaxes"] = [
            {
                "taxType": line.tax_type,
                "amount": money(line.collected_tax),
                "collectionMethod": "NET",
                "ebayReference": {"name": line.tax_name, "value": line.tax_number},
            }
        ]
    return row


def _program(order: Order) -> Json:
    if order.kind == "FULFILLED_BY_EBAY":
        return {"fulfillmentProgram": {"fulfilledBy": "EBAY"}}
    if order.kind == "EBAY_LABEL":
        return {"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}}
    if order.hub_reference:
        return {"ebayInternationalShipping": {"returnsManagedBy": "EBAY"}}
    return {}


def _odd(order: Order, body: Json) -> None:
    match order.variant:
        case "unknown_status":
            body["orderFulfillmentStatus"] = "AWAITING_DRONE"
        case "unknown_enum":
            for line in body["lineItems"]:
                line["lineItemFulfillmentStatus"] = "BEAMED"
        case "malformed":
            for line in body["lineItems"]:
                line["quantity"] = "two"
