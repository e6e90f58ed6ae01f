"""Orders as v2026-01-01 shows them: blocks by ``includedData``, buyer data by role.

Roles (SP-API docs, 'Orders API v2026-01-01 migration', 2026-08): direct-to-consumer
shipping opens address, e-mail and gift text of merchant-fulfilled orders; tax
invoicing or tax remittance opens the buyer's name.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from stores.sandbox.amazon.marketplaces import MARKETPLACES
from stores.sandbox.amazon.orders import Line, Order, Package

Json = dict[str, Any]

BLOCKS = [
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
]
_ADDRESSED = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
_ADDRESS_PII = (
    *("name", "addressLine1", "addressLine2", "addressLine3"),
    *("postalCode", "phone", "extendedFields"),
)


def iso(milliseconds: int) -> str:
    """A moment as v2026-01-01 writes it, with milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=20_000)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def render_order(
    order: Order,
    include: Collection[str],
    roles: Collection[str],
    *,
    poisoned: bool = False,
) -> Json:
    """One element of ``orders``, or the ``order`` of getOrder."""
    site = MARKETPLACES[order.marketplace_id]
    personal = (
        "direct_to_consumer_shipping" in roles
        and order.fulfilled_by == "MERCHANT"
        and order.status in _ADDRESSED
    )
    body: Json = {
        "orderId": order.order_id,
        "createdTime": iso(order.created),
        "lastUpdatedTime": iso(order.updated),
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": site.id,
            "marketplaceName": site.name,
        },
    }
    if order.seller_order_id:
        body["orderAliases"] = [
            {"aliasId": order.seller_order_id, "aliasType": "SELLER_ORDER_ID"}
        ]
    if order.programs:
        body["programs"] = list(order.programs)
    if "BUYER" in include and (buyer := _buyer(order, roles, personal)):
        body["buyer"] = buyer
    if "RECIPIENT" in include and order.status not in ("PENDING", "CANCELLED"):
        body["recipient"] = {"deliveryAddress": _address(order, personal)}
    if "PROCEEDS" in include and order.status != "PENDING":
        body["proceeds"] = _proceeds(order)
    if "FULFILLMENT" in include:
        body["fulfillment"] = _fulfillment(order)
    if "PACKAGES" in include and order.packages:
        body["packages"] = [_package(package) for package in order.packages]
    body["orderItems"] = [
        _item(order, line, include, personal=personal) for line in order.lines
    ]
    return _disturb(order, body, poisoned)


def _buyer(order: Order, roles: Collection[str], personal: bool) -> Json:
    buyer = dict(order.buyer)
    if not personal:
        buyer.pop("buyerEmail", None)
    if not {"tax_invoicing", "tax_remittance"} & set(roles):
        buyer.pop("buyerName", None)
    return buyer


def _address(order: Order, personal: bool) -> Json:
    if personal:
        return dict(order.address)
    return {k: v for k, v in order.address.items() if k not in _ADDRESS_PII}


def _money(cents: int, currency: str) -> Json:
    return {"amount": amount(cents), "currencyCode": currency}


@lru_cache(maxsize=20_000)
def amount(cents: int) -> str:
    """Cents as a decimal text."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}"


def _amounts(line: Line) -> list[tuple[str, int]]:
    rows = [("ITEM", line.unit_price * line.quantity)]
    for kind, cents in (
        ("SHIPPING", line.shipping),
        ("GIFT_WRAP", line.gift_price),
        ("TAX", line.tax),
        ("DISCOUNT", -line.discount),
    ):
        if cents:
            rows.append((kind, cents))
    return rows


def _proceeds(order: Order) -> Json:
    totals: dict[str, int] = {}
    for line in order.lines:
        if line.cancel != "cancelled":
            for kind, cents in _amounts(line):
                totals[kind] = totals.get(kind, 0) + cents
    return {
        "grandTotal": _money(order.total, order.currency),
        "breakdowns": [
            {"type": kind, "subtotal": _money(cents, order.currency)}
            for kind, cents in totals.items()
        ],
    }


def _fulfillment(order: Order) -> Json:
    block: Json = {
        "fulfillmentStatus": order.status,
        "fulfilledBy": order.fulfilled_by,
        "fulfillmentServiceLevel": order.service_level,
    }
    if order.fulfilled_by == "MERCHANT":
        block["shipByWindow"] = {
            "earliestDateTime": iso(order.ship_from),
            "latestDateTime": iso(order.ship_by),
        }
        if order.status not in ("PENDING", "CANCELLED"):
            block["deliverByWindow"] = {
                "earliestDateTime": iso(order.deliver_from),
                "latestDateTime": iso(order.deliver_by),
            }
    return block


def _package(package: Package) -> Json:
    items: list[Json] = []
    for item_id, quantity in package.items.items():
        row: Json = {"orderItemId": item_id, "quantity": quantity}
        if codes := package.transparency.get(item_id):
            row["transparencyCodes"] = codes
        items.append(row)
    body: Json = {
        "packageReferenceId": package.reference,
        "createdTime": iso(package.created),
        "packageStatus": {"status": "SHIPPED"},
        "carrier": package.carrier,
        "shipTime": iso(package.ship_time),
        "trackingNumber": package.tracking,
        "packageItems": items,
    }
    if package.service:
        body["shippingService"] = package.service
    return body


def _item(
    order: Order, line: Line, include: Collection[str], *, personal: bool
) -> Json:
    product: Json = {
        "asin": line.asin,
        "title": line.title,
        "sellerSku": line.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    if order.status != "PENDING":
        price: Json = {"unitPrice": _money(line.unit_price, order.currency)}
        if "AMAZON_BUSINESS" in order.programs:
            price["priceDesignation"] = "BUSINESS_PRICE"
        product["price"] = price
    if line.customized_url and personal:
        product["customization"] = {"customizedUrl": line.customized_url}
    body: Json = {
        "orderItemId": line.item_id,
        "quantityOrdered": line.quantity,
        "product": product,
    }
    if line.programs:
        body["programs"] = list(line.programs)
    if "PROCEEDS" in include and order.status != "PENDING":
        body["proceeds"] = _item_proceeds(order, line)
    if "PROMOTION" in include and line.discount:
        body["promotion"] = {"breakdowns": [{"promotionId": "DEMO-WELCOME-1"}]}
    if "CANCELLATION" in include and line.cancel != "none":
        body["cancellation"] = _cancellation(line)
    if "FULFILLMENT" in include:
        body["fulfillment"] = _item_fulfillment(order, line, personal=personal)
    if "TAX" in include:
        tax: Json = {
            "taxCollections": [
                {
                    "model": "MARKETPLACE_FACILITATOR",
                    "responsibleParty": "Amazon Services, Inc.",
                }
            ]
        }
        if order.reporting_scheme:
            tax["taxCalculationBreakdowns"] = [
                {"reportingScheme": order.reporting_scheme}
            ]
        body["tax"] = tax
    return body


def _item_proceeds(order: Order, line: Line) -> Json:
    rows: list[Json] = []
    for kind, cents in _amounts(line):
        value = _money(cents, order.currency)
        row: Json = {"type": kind, "subtotal": value}
        if kind in ("TAX", "DISCOUNT"):
            row["detailedBreakdowns"] = [{"subtype": "ITEM", "value": value}]
        rows.append(row)
    return {
        "proceedsTotal": _money(line.total, order.currency),
        "breakdowns": rows,
    }


def _cancellation(line: Line) -> Json:
    block: Json = {}
    if line.cancel == "requested" or line.cancelled_by == "MERCHANT":
        block["cancellationRequest"] = {
            "requester": "BUYER",
            "cancelReason": line.cancel_reason,
        }
    if line.cancel == "cancelled":
        block["cancellationExecution"] = {
            "cancelledBy": line.cancelled_by,
            "cancelReason": line.cancel_reason,
        }
    return block


def _item_fulfillment(order: Order, line: Line, *, personal: bool) -> Json:
    block: Json = {
        "quantityFulfilled": line.fulfilled,
        "quantityUnfulfilled": line.remaining,
    }
    gift: Json = {}
    if line.gift_message and personal:
        gift["giftMessage"] = line.gift_message
    if line.gift_wrap:
        gift["giftWrapLevel"] = line.gift_wrap
    if gift:
        block["packing"] = {"giftOption": gift}
    if order.ioss_number is not None:
        block["shipping"] = {"internationalShipping": {"iossNumber": order.ioss_number}}
    return block


def _disturb(order: Order, body: Json, poisoned: bool) -> Json:
    """Play the answers that a parser must survive."""
    if order.variant == "unknown_status" and "fulfillment" in body:
        body["fulfillment"]["fulfillmentStatus"] = "AWAITING_REVIEW"
    if order.variant == "unknown_enum":
        # Programs, schemes and levels that no model lists have been seen in traffic.
        body["programs"] = [*body.get("programs", []), "AMAZON_TWILIGHT"]
        body["futureField"] = {"nested": [1, 2]}
        if "fulfillment" in body:
            body["fulfillment"]["fulfillmentServiceLevel"] = "BY_DRONE"
        for item in body["orderItems"]:
            if "tax" in item:
                item["tax"]["taxCalculationBreakdowns"] = [
                    {"reportingScheme": "GB_VOEC"}
                ]
    if poisoned or order.variant == "malformed":
        body.pop("lastUpdatedTime")
        body["createdTime"] = "1.569521782042E9"
        body["salesChannel"] = "Amazon"
        body["orderItems"] = [
            {"orderItemId": 4711, "quantityOrdered": "two", "product": None}
        ]
    return body
