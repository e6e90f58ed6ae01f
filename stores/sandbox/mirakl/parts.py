"""The smaller parts of an order: lines, cancellations, refunds, amounts, times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from stores.sandbox.mirakl.operators import Operator
from stores.sandbox.mirakl.orders import LEFT, Cancellation, Line, Order, Refund
from stores.sandbox.mirakl.settlement import COMMISSION_VAT, commission, vat

Json = dict[str, Any]


def iso(moment: int) -> str | None:
    """Milliseconds as Mirakl writes times; None for 0, 'not yet'."""
    if not moment:
        return None
    found = datetime.fromtimestamp(moment / 1000, UTC)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def money(pence: int) -> float:
    """An amount as a plain number."""
    return pence / 100


def reason_label(operator: Operator, code: str) -> str | None:
    """The label of one of the operator's reasons."""
    return next((row.label for row in operator.reasons if row.code == code), None)


def taxes(pence: int, operator: Operator) -> list[Json]:
    """The tax inside an amount, or upon it where prices are without."""
    return [
        {
            "amount": money(tax_of(pence, operator)),
            "code": "VAT",
            "rate": operator.tax_rate,
            "tax_calculation_rule": "PROPORTIONAL_TO_AMOUNT",
        }
    ]


def tax_of(pence: int, operator: Operator) -> int:
    """The tax of an amount, in pence."""
    rate = operator.tax_rate
    base = 100 + rate if operator.tax_mode == "TAX_INCLUDED" else 100
    return round(pence * rate / base)


def render_line(line: Line, order: Order, operator: Operator) -> Json:
    """A line of OR11."""
    fee = commission(line.price + line.shipping)
    state = line.state
    if line.incident:
        state = "INCIDENT_OPEN"
    left = line.state in LEFT
    return {
        "can_refund": left,
        "cancelations": [_cancellation(row, operator) for row in line.cancellations],
        "category_code": "HOME",
        "category_label": "Home",
        "commission_fee": money(fee),
        "commission_rate_vat": COMMISSION_VAT,
        "commission_taxes": [
            {"amount": money(vat(fee)), "code": "VAT", "rate": COMMISSION_VAT}
        ],
        "commission_vat": money(vat(fee)),
        "created_date": iso(order.created),
        "debited_date": iso(order.debited),
        "description": None,
        "fees": [],
        "last_updated_date": iso(order.updated),
        "offer_id": line.offer_id,
        "offer_sku": line.sku,
        "offer_state_code": "11",
        "order_line_additional_fields": fields_of(line.fields, operator),
        "order_line_id": line.line_id,
        "order_line_index": line.index,
        "order_line_state": state,
        "order_line_state_reason_code": line.incident or line.reason or None,
        "order_line_state_reason_label": reason_label(
            operator, line.incident or line.reason
        ),
        "origin_unit_price": money(line.unit_price),
        "price": money(line.price),
        "price_additional_info": None,
        "price_unit": money(line.unit_price),
        "product_medias": [],
        "product_shop_sku": line.sku,
        "product_sku": line.product_sku,
        "product_title": line.title,
        "promotions": [],
        "quantity": line.quantity,
        "received_date": iso(order.received),
        "refunds": [_refund(row, operator) for row in line.refunds],
        "shipped_date": iso(order.shipped) if left else None,
        "shipping_from": {
            "address": {
                "city": "Leeds",
                "country_iso_code": "GBR",
                "state": None,
                "street_1": "Unit 7, Dock Road",
                "street_2": None,
                "zip_code": "LS9 0PJ",
            },
            "warehouse": None,
        },
        "shipping_price": money(line.shipping),
        "shipping_price_additional_unit": 0,
        "shipping_price_unit": money(line.shipping),
        "shipping_taxes": taxes(line.shipping, operator) if line.shipping else [],
        "tax_legal_notice": None,
        "taxes": taxes(line.price, operator),
        "total_commission": money(fee + vat(fee)),
        "total_price": money(line.price + line.shipping),
    }


def _cancellation(row: Cancellation, operator: Operator) -> Json:
    fee = commission(row.amount + row.shipping)

    def part(pence: int) -> list[Json]:
        rate = operator.tax_rate
        return [{"amount": money(tax_of(pence, operator)), "code": "VAT", "rate": rate}]

    return {
        "amount": money(row.amount),
        "commission_amount": money(fee),
        "commission_taxes": [{"amount": money(vat(fee)), "code": "VAT"}],
        "commission_total_amount": money(fee + vat(fee)),
        "created_date": iso(row.at),
        "id": row.id,
        "quantity": row.quantity,
        "reason_code": row.reason,
        "shipping_amount": money(row.shipping),
        "shipping_taxes": part(row.shipping) if row.shipping else [],
        "taxes": part(row.amount),
    }


def _refund(row: Refund, operator: Operator) -> Json:
    fee = commission(row.amount + row.shipping)
    tax = {"amount": money(tax_of(row.amount, operator)), "code": "VAT"}
    return {
        "amount": money(row.amount),
        "commission_amount": money(fee),
        "commission_tax_amount": money(vat(fee)),
        "commission_taxes": [{"amount": money(vat(fee)), "code": "VAT"}],
        "commission_total_amount": money(fee + vat(fee)),
        "created_date": iso(row.at),
        "id": row.id,
        "order_refund_id": f"G{row.id}",
        "quantity": row.quantity,
        "reason_code": row.reason,
        "refund_state": "REFUNDED",
        "shipping_amount": money(row.shipping),
        "shipping_taxes": [],
        "state": "REFUNDED",
        "taxes": [{**tax, "rate": operator.tax_rate}],
    }


def fields_of(values: dict[str, str], operator: Operator) -> list[Json]:
    """Custom fields with their values."""
    kinds = {row.code: row.kind for row in operator.custom_fields}
    return [
        {"code": code, "type": kinds.get(code, "STRING"), "value": value}
        for code, value in values.items()
    ]
