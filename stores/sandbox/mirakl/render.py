"""An order as OR11 and OR12 show it. Seller contract and sheet, section 2.

OR12 is declared narrower than OR11: no cancellations, custom fields, deadline, references,
currency or fulfilment centre. Addresses and organisation are null before SHIPPING.
"""

from __future__ import annotations

from typing import Any

from stores.sandbox.mirakl.novelties import add_novelties
from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import (
    BEFORE_SHIPPING,
    CANCELED,
    OPERATORS_CENTRE,
    REFUSED,
    SHIPPING,
    WAITING_ACCEPTANCE,
    Order,
)
from stores.sandbox.mirakl.parts import (
    fields_of,
    iso,
    money,
    reason_label,
    render_line,
)
from stores.sandbox.mirakl.people import COUNTRIES
from stores.sandbox.mirakl.search import CHANNEL, reference
from stores.sandbox.mirakl.settlement import commission, vat

Json = dict[str, Any]

ZONES = {"GBR": ("UK", "United Kingdom")}
ABROAD = ("EU", "Europe")
_ORDER_ONLY_IN_LIST = (
    *("can_cancel", "can_shop_ship", "channel", "currency_iso_code"),
    *("customer_debited_date", "customer_directly_pays_seller"),
    *("customer_notification_email", "delivery_date", "discount_campaigns"),
    *("fulfillment", "fully_refunded", "invoice_details", "leadtime_to_ship"),
    *("order_additional_fields", "order_refunds", "order_tax_mode", "order_taxes"),
    *("payment_duration", "payment_workflow", "promotions", "quote_id", "references"),
    *("shipping_carrier_code", "shipping_carrier_standard_code", "shipping_deadline"),
    *("shipping_pudo_id", "shipping_type_standard_code", "transaction_date"),
    "transaction_number",
)
_LINE_ONLY_IN_LIST = (
    *("cancelations", "commission_taxes", "fees", "origin_unit_price"),
    *("product_medias", "product_shop_sku", "promotions", "refunds", "shipping_from"),
    *("shipping_taxes", "tax_legal_notice", "taxes"),
)
_CUSTOMER_ONLY_IN_LIST = ("locale", "organization", "accounting_contact", "delivery_contact")  # fmt: skip


def render_order(order: Order, operator: Operator, *, novelty: float = 0.0) -> Json:
    """The order as a list (OR11) shows it; ``novelty`` is the share that has news."""
    goods = sum(line.price for line in order.lines)
    delivery = sum(line.shipping for line in order.lines)
    fee = sum(commission(line.price + line.shipping) for line in order.lines)
    zone = ZONES.get(order.address["country_iso_code"], ABROAD)
    method = next(
        row for row in operator.shipping_types if row.code == order.shipping_type
    )
    arrival = order.deadline + 2 * 86_400_000 if order.deadline else 0
    body: Json = {
        "acceptance_decision_date": iso(order.decided),
        "can_cancel": can_cancel(order, operator),
        "can_shop_ship": can_ship(order),
        "channel": {"code": CHANNEL, "label": "Web shop"},
        "commercial_id": order.commercial_id,
        "created_date": iso(order.created),
        "currency_iso_code": operator.currency,
        "customer": _customer(order, operator),
        "customer_debited_date": iso(order.debited),
        "customer_directly_pays_seller": False,
        "customer_notification_email": order.email,
        "delivery_date": {
            "earliest": iso(arrival - 86_400_000),
            "latest": iso(arrival),
        }
        if arrival
        else None,
        "fulfillment": {"center": {"code": order.centre}},
        "fully_refunded": bool(order.open_lines)
        and not any(line.refundable for line in order.open_lines),
        "has_customer_message": order.has_message,
        "has_incident": order.has_incident,
        "has_invoice": False,
        "invoice_details": None,
        "last_updated_date": iso(order.updated),
        "leadtime_to_ship": order.lead // 86_400_000,
        "order_additional_fields": fields_of(order.fields, operator),
        "order_id": order.order_id,
        "order_lines": [render_line(line, order, operator) for line in order.lines],
        "order_state": order.state,
        "order_state_reason_code": order.reason or None,
        "order_state_reason_label": reason_label(operator, order.reason),
        "order_tax_mode": operator.tax_mode,
        "order_taxes": None,
        "paymentType": "CARD",
        "payment_type": "CARD",
        "payment_workflow": operator.workflow,
        "price": money(goods),
        "promotions": {"applied_promotions": [], "total_deduced_amount": 0},
        "quote_id": None,
        "references": {
            "order_reference_for_customer": reference(order),
            "order_reference_for_seller": None,
        },
        "shipping_carrier_code": order.carrier_code or None,
        "shipping_carrier_standard_code": order.standard or None,
        "shipping_company": order.carrier_name or None,
        "shipping_deadline": iso(order.deadline),
        "shipping_price": money(delivery),
        "shipping_pudo_id": order.pudo or None,
        "shipping_tracking": order.tracking or None,
        "shipping_tracking_url": order.url or None,
        "shipping_type_code": method.code,
        "shipping_type_label": method.label,
        "shipping_type_standard_code": method.standard or None,
        "shipping_zone_code": zone[0],
        "shipping_zone_label": zone[1],
        "total_commission": money(fee + vat(fee)),
        "total_price": money(goods + delivery),
        "transaction_date": iso(order.debited),
        "transaction_number": f"T{order.commercial_id}" if order.debited else None,
    }
    add_novelties(order.order_id, body, novelty)
    _odd(order, body)
    return body


def narrow(body: Json) -> Json:
    """The same order as OR12 is declared."""
    result = {k: v for k, v in body.items() if k not in _ORDER_ONLY_IN_LIST}
    if isinstance(body["order_lines"], list):
        result["order_lines"] = [
            {k: v for k, v in line.items() if k not in _LINE_ONLY_IN_LIST}
            for line in body["order_lines"]
        ]
    result["customer"] = customer = {
        k: v for k, v in body["customer"].items() if k not in _CUSTOMER_ONLY_IN_LIST
    }
    for name in ("billing_address", "shipping_address"):
        if customer[name] is not None:
            customer[name].pop("company_2")
    return result


def can_cancel(order: Order, operator: Operator) -> bool:
    """Whether OR29 would be taken."""
    sent = any(line.sent for line in order.lines)
    return operator.shop_can_cancel and order.state == SHIPPING and not sent


def can_ship(order: Order) -> bool:
    """Whether the shop may ship it now."""
    return order.state == SHIPPING and order.centre != OPERATORS_CENTRE


def shows_address(order: Order, operator: Operator) -> bool:
    """Whether the order has come far enough, by the operator's setting."""
    if operator.details_before_acceptance:
        return order.state != "STAGING"
    if order.state in (CANCELED, REFUSED):
        return bool(order.ready)
    return order.state not in BEFORE_SHIPPING


def address(order: Order) -> Json:
    """The delivery address."""
    row = order.address
    return {
        "additional_info": row.get("additional_info") or None,
        "city": row.get("city", ""),
        "civility": None,
        "company": order.company or None,
        "company_2": None,
        "country": COUNTRIES.get(row["country_iso_code"], row["country_iso_code"]),
        "country_iso_code": row["country_iso_code"],
        "firstname": order.firstname,
        "lastname": order.lastname,
        "phone": order.phone or None,
        "phone_secondary": None,
        "state": row.get("state") or None,
        "street_1": row.get("street_1", ""),
        "street_2": row.get("street_2") or None,
        "zip_code": row.get("zip_code") or None,
    }


def _customer(order: Order, operator: Operator) -> Json:
    shown = shows_address(order, operator)
    place = address(order) if shown else None
    billing = dict(place) if place else None
    if billing is not None:
        billing.pop("additional_info")
    organization: Json | None = None
    if order.organization:
        keys = ("organization_id", "identification_number", "tax_identification_number")
        organization = {
            "address": None,
            "name": order.organization["name"],
            **{key: order.organization[key] if shown else None for key in keys},
        }
    return {
        "billing_address": billing,
        "civility": None,
        "customer_id": order.customer_id,
        "firstname": order.firstname,
        "lastname": order.lastname,
        "locale": order.locale,
        "organization": organization,
        "shipping_address": place,
    }


def _odd(order: Order, body: Json) -> None:
    match order.variant:
        case "unknown_status" if order.state != WAITING_ACCEPTANCE:
            body["order_state"] = "AWAITING_DRONE"
        case "unknown_enum":
            for line in body["order_lines"]:
                line["order_line_state"] = "BEAMED"
        case "malformed":
            for line in body["order_lines"]:
                line["quantity"] = "two"
