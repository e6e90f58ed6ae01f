"""The flat file of all orders: one row per order item, tab separated, without buyers.

Columns are those of Amazon's page 'Order Tracking reports attributes'. How it spells the
status of an order that is shipped in part is a stand-in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from stores.sandbox.amazon.marketplaces import MARKETPLACES
from stores.sandbox.amazon.orders import Line, Order, OrderBook

BY_ORDER_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
BY_LAST_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
INDEXES = {BY_ORDER_DATE: "created", BY_LAST_UPDATE: "updated"}
COLUMNS = (
    *("amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date"),
    *("order-status", "fulfillment-channel", "sales-channel", "order-channel"),
    *("ship-service-level", "product-name", "sku", "asin", "item-status", "quantity"),
    *("currency", "item-price", "item-tax", "shipping-price", "shipping-tax"),
    *("gift-wrap-price", "gift-wrap-tax", "item-promotion-discount"),
    *("ship-promotion-discount", "ship-city", "ship-state", "ship-postal-code"),
    *("ship-country", "promotion-ids", "is-business-order", "purchase-order-number"),
    "price-designation",
)
_STATUSES = {
    "PENDING_AVAILABILITY": "Pending",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Shipping",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
}
_CHANNELS = {"MERCHANT": "Merchant", "AMAZON": "Amazon"}


def write(
    kind: str,
    book: OrderBook,
    seller_id: str,
    marketplace_ids: Iterable[str],
    *,
    first: int,
    last: int,
) -> bytes | None:
    """The file of a seller's orders between two moments (milliseconds); None: no rows."""
    wanted = set(marketplace_ids)
    found = (
        book[order_id]
        for _at, order_id in book.between(
            seller_id, by=INDEXES[kind], first=(first, ""), last_ms=last
        )
    )
    rows = [
        "\t".join(_row(order, line))
        for order in found
        if order.marketplace_id in wanted
        for line in order.lines or (None,)
    ]
    if not rows:
        return None
    return ("\r\n".join(["\t".join(COLUMNS), *rows]) + "\r\n").encode()


def _row(order: Order, line: Line | None) -> list[str]:
    site = MARKETPLACES[order.marketplace_id]
    status = _STATUSES.get(order.status, order.status.title())
    values = {
        "amazon-order-id": order.order_id,
        "merchant-order-id": order.seller_order_id or "",
        "purchase-date": _moment(order.created),
        "last-updated-date": _moment(order.updated),
        "order-status": status,
        "fulfillment-channel": _CHANNELS.get(order.fulfilled_by, order.fulfilled_by),
        "sales-channel": site.name,
        "ship-service-level": order.service_level.title(),
        "currency": order.currency,
        "ship-city": order.address.get("city", ""),
        "ship-postal-code": order.address.get("postalCode", ""),
        "ship-country": order.address.get("countryCode", ""),
        "is-business-order": str("AMAZON_BUSINESS" in order.programs).lower(),
    }
    if line is not None:
        gone = line.cancel == "cancelled"
        values |= {
            "product-name": line.title,
            "sku": line.sku,
            "asin": line.asin,
            "item-status": "Cancelled" if gone else status,
            "quantity": "0" if gone else str(line.quantity),
            "item-price": _money(line.unit_price * line.quantity),
            "item-tax": _money(line.tax),
            "shipping-price": _money(line.shipping),
            "gift-wrap-price": _money(line.gift_price),
            "item-promotion-discount": _money(line.discount),
        }
    return [_clean(values.get(column, "")) for column in COLUMNS]


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}" if cents else ""


def _clean(text: str) -> str:
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
