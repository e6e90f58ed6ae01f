"""An order as search and detail show it (reference of Get Order List and Detail)."""

from __future__ import annotations

import re
from typing import Any

from stores.sandbox.tiktok.orders import (
    AWAITING_SHIPMENT,
    CANCELLED,
    DAY,
    ON_HOLD,
    PACKAGE_STATUS,
    UNPAID,
    Line,
    Order,
    OrderBook,
)
from stores.sandbox.tiktok.people import COUNTRIES

Json = dict[str, Any]

_ADDRESS_FIELDS = (
    *("full_address", "phone_number", "name", "first_name", "last_name"),
    *("address_detail", "address_line1", "address_line2", "address_line3"),
    *("address_line4", "post_town", "postal_code", "region_code"),
)


def money(pence: int) -> str:
    """Decimal text with two places."""
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def render_order(order: Order, book: OrderBook, *, planned: bool = False) -> Json:
    """The order's JSON; buyer and recipient are blank while it is unpaid or held.

    ``planned``: a package is there before it is shipped. The reference has it both ways
    for the UK: its field says no, its overview yes.
    """
    blank = order.status in (UNPAID, ON_HOLD)
    request = book.open_request(order.order_id)
    parcel = order.parcels[-1] if order.parcels else None
    body: Json = {
        "id": order.order_id,
        "status": order.status,
        "order_type": "NORMAL",
        "create_time": order.created,
        "update_time": order.updated,
        "paid_time": order.paid_at,
        "fulfillment_type": "FULFILLMENT_BY_TIKTOK"
        if order.kind == "FULFILLED_BY_TIKTOK"
        else "FULFILLMENT_BY_SELLER",
        "shipping_type": order.shipping_type,
        "delivery_type": "COLLECTION_POINT"
        if order.kind == "COLLECTION_POINT"
        else "HOME_DELIVERY",
        "delivery_option_id": order.option_id,
        "delivery_option_name": order.option_name,
        "warehouse_id": order.warehouse_id,
        "rts_sla_time": order.ship_by,
        "tts_sla_time": order.ship_by + DAY,
        "shipping_due_time": order.shipping_due,
        "collection_due_time": order.collection_due,
        "delivery_due_time": order.ship_by + 20 * DAY,
        "delivery_sla_time": order.ship_by + 3 * DAY,
        "is_buyer_request_cancel": request is not None,
        "cancellation_initiator": order.cancel_initiator,
        "cancel_reason": order.cancel_reason,
        "is_on_hold_order": order.on_hold,
        "is_sample_order": order.kind == "SAMPLE",
        "is_replacement_order": order.kind == "REPLACEMENT",
        "is_exchange_order": order.kind == "EXCHANGE",
        "is_cod": False,
        "split_or_combine_tag": "SPLIT" if order.split else "",
        "buyer_email": "" if blank else order.buyer_email,
        "buyer_message": order.note,
        "seller_note": "",
        "user_id": "" if blank else order.user_id,
        "has_updated_recipient_address": order.address_changed,
        "payment_method_name": "Card",
        "recipient_address": _address(order, blank=blank),
        "payment": _payment(order),
        "packages": [{"id": row.package_id} for row in order.parcels],
        "tracking_number": parcel.tracking if parcel else "",
        "shipping_provider": parcel.provider_name if parcel else "",
        "shipping_provider_id": parcel.provider_id if parcel else "",
        "line_items": [_line(line, order) for line in order.lines],
    }
    if request is not None:
        body["request_cancel_time"] = request.created
    if planned and order.status == AWAITING_SHIPMENT:
        body["packages"] = [{"id": order.planned_package}]
        for line in body["line_items"]:
            if line["display_status"] == AWAITING_SHIPMENT:
                line["package_id"] = order.planned_package
                line["package_status"] = "TO_FULFILL"
    for name, moment in (
        ("cancel_time", order.cancel_time),
        ("rts_time", order.rts_time),
        ("collection_time", order.collected),
        ("delivery_time", order.delivered),
    ):
        if moment:
            body[name] = moment
    if order.kind == "REPLACEMENT":
        body["replaced_order_id"] = order.replaces
    if order.kind == "EXCHANGE":
        body["exchange_source_order_id"] = order.replaces
    return _spoil(body, order.variant)


def _line(line: Line, order: Order) -> Json:
    parcel = order.parcel(line.package_id)
    if line.cancelled:
        status = CANCELLED
    elif parcel is not None:
        status = parcel.stage
    elif order.status in (UNPAID, ON_HOLD):
        status = UNPAID if order.status == UNPAID else AWAITING_SHIPMENT
    else:
        status = AWAITING_SHIPMENT
    row: Json = {
        "id": line.line_id,
        "product_id": line.product_id,
        "product_name": line.title,
        "sku_id": line.sku_id,
        "sku_name": line.variation,
        "seller_sku": line.sku,
        "sku_type": "NORMAL",
        "currency": order.currency,
        "original_price": money(line.price),
        "sale_price": money(line.paid),
        "seller_discount": money(line.seller_discount),
        "platform_discount": money(line.platform_discount),
        "display_status": status,
        "is_gift": line.gift,
        "gift_retail_price": money(line.price if line.gift else 0),
        "is_dangerous_good": False,
        "item_tax": [],
        "cancel_reason": line.cancel_reason,
        "cancel_user": line.cancel_user,
    }
    if parcel is not None:
        row |= {
            "package_id": parcel.package_id,
            "package_status": PACKAGE_STATUS[parcel.stage],
            "tracking_number": parcel.tracking,
            "shipping_provider_id": parcel.provider_id,
            "shipping_provider_name": parcel.provider_name,
            "rts_time": parcel.shipped,
        }
    if line.parts:
        row["combined_listing_skus"] = line.parts
    return row


def _payment(order: Order) -> Json:
    return {
        "currency": order.currency,
        "sub_total": money(sum(line.paid for line in order.lines)),
        "original_total_product_price": money(sum(x.price for x in order.lines)),
        "seller_discount": money(sum(x.seller_discount for x in order.lines)),
        "platform_discount": money(sum(x.platform_discount for x in order.lines)),
        "original_shipping_fee": money(order.shipping_fee),
        "shipping_fee": money(order.shipping_paid),
        "shipping_fee_seller_discount": money(order.shipping_seller_discount),
        "shipping_fee_platform_discount": money(order.shipping_platform_discount),
        "shipping_fee_cofunded_discount": "0.00",
        "tax": "0.00",
        "product_tax": "0.00",
        "shipping_fee_tax": "0.00",
        "total_amount": money(order.total),
    }


def _address(order: Order, *, blank: bool) -> Json:
    if blank:
        return {**dict.fromkeys(_ADDRESS_FIELDS, ""), "district_info": []}
    to = order.recipient
    parts = [to["address_line1"], to["address_line2"]]
    detail = ", ".join(part for part in parts if part)
    tail = [detail, to["post_town"], to["county"], to["postal_code"]]
    country = COUNTRIES.get(to["region_code"], to["region_code"])
    names = (to["first_name"], to["last_name"])
    first, last = names if to["name"] == " ".join(names) else (to["name"], "")
    row = dict.fromkeys(_ADDRESS_FIELDS, "") | {
        "name": to["name"],
        "first_name": first,
        "last_name": last,
        "phone_number": to["phone_number"],
        "full_address": ", ".join(part for part in [*tail, country] if part),
        "address_detail": detail,
        "address_line1": to["address_line1"],
        "address_line2": to["address_line2"],
        "post_town": to["post_town"],
        "postal_code": to["postal_code"],
        "region_code": to["region_code"],
    }
    if order.shipping_type == "TIKTOK":
        shown = ("postal_code", "post_town", "region_code")
        row = {
            name: text if name in shown else _masked(text) for name, text in row.items()
        }
    levels = (
        ("L0", "Country", country),
        ("L1", "County", to["county"]),
        ("L2", "Post Town", to["post_town"]),
    )
    return {
        **row,
        "district_info": [
            {
                "address_level": level,
                "address_level_name": name,
                "address_name": text,
                **({"iso_code": to["region_code"]} if level == "L0" else {}),
            }
            for level, name, text in levels
        ],
    }


def _masked(text: str) -> str:
    """Asterisks for all but the first character of each word."""
    return re.sub(r"(?<=\w)\w", "*", text)


def _spoil(body: Json, variant: str | None) -> Json:
    """The odd variants, which break the reference on purpose."""
    match variant:
        case "unknown_status":
            body["status"] = "AWAITING_TELEPORTATION"
        case "unknown_enum":
            body["delivery_type"] = "DRONE"
        case "malformed":
            body["line_items"] = {"broken": True}
    return body
