"""A row of Mirakl's transaction log (TL02) as a line of a settlement; pure.

Amounts have their sign already, from the seller's side. Types are those of the seller
contract of August 2026; one that is not listed stays OTHER.
"""

from __future__ import annotations

from collections.abc import Mapping

from stores.connectors.mirakl import fields
from stores.connectors.mirakl.fields import FieldError, Json
from stores.remote_money import LineKind, MoneyLine

PAYMENT = "PAYMENT"
_K = LineKind
KINDS: Mapping[str, LineKind] = {
    "ORDER_AMOUNT": _K.SALE,
    "ORDER_AMOUNT_TAX": _K.SALE_TAX,
    "ORDER_SHIPPING_AMOUNT": _K.SHIPPING,
    "ORDER_SHIPPING_AMOUNT_TAX": _K.SHIPPING_TAX,
    "ORDER_FEE_AMOUNT": _K.SALE,
    "COMMISSION_FEE": _K.FEE,
    "COMMISSION_VAT": _K.FEE_TAX,
    "SELLER_FEE_ON_ORDER": _K.FEE,
    "SELLER_FEE_ON_ORDER_TAX": _K.FEE_TAX,
    "REFUND_ORDER_AMOUNT": _K.REFUND,
    "REFUND_ORDER_AMOUNT_TAX": _K.REFUND_TAX,
    "REFUND_ORDER_SHIPPING_AMOUNT": _K.REFUND_SHIPPING,
    "REFUND_ORDER_SHIPPING_AMOUNT_TAX": _K.REFUND_TAX,
    "REFUND_ORDER_FEE_AMOUNT": _K.REFUND,
    "REFUND_COMMISSION_FEE": _K.REFUND_FEE,
    "REFUND_COMMISSION_VAT": _K.REFUND_FEE,
    "OPERATOR_REMITTED_ORDER_AMOUNT_TAX": _K.WITHHELD_TAX,
    "OPERATOR_REMITTED_ORDER_SHIPPING_AMOUNT_TAX": _K.WITHHELD_TAX,
    "OPERATOR_REMITTED_REFUND_ORDER_AMOUNT_TAX": _K.WITHHELD_TAX,
    "OPERATOR_REMITTED_REFUND_ORDER_SHIPPING_AMOUNT_TAX": _K.WITHHELD_TAX,
    "OPERATOR_REMITTED_ORDER_FEE_AMOUNT": _K.WITHHELD_TAX,
    "OPERATOR_REMITTED_REFUND_ORDER_FEE_AMOUNT": _K.WITHHELD_TAX,
    "OPERATOR_PAID_ORDER_SHIPPING_AMOUNT": _K.SHIPPING,
    "OPERATOR_PAID_ORDER_SHIPPING_AMOUNT_TAX": _K.SHIPPING_TAX,
    "OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT": _K.REFUND_SHIPPING,
    "OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT_TAX": _K.REFUND_TAX,
    "SUBSCRIPTION_FEE": _K.SUBSCRIPTION,
    "SUBSCRIPTION_VAT": _K.FEE_TAX,
    "SELLER_PENALTY_FEE": _K.PENALTY,
    "SELLER_PENALTY_FEE_TAX": _K.FEE_TAX,
    "RESERVE_FUNDING": _K.RESERVE,
    "RESERVE_SETTLEMENT": _K.RESERVE,
    "PAYMENT": _K.TRANSFER,
    **dict.fromkeys(
        (
            *("MANUAL_CREDIT", "MANUAL_CREDIT_VAT"),
            *("MANUAL_INVOICE", "MANUAL_INVOICE_VAT"),
            *("INVOICEABLE_ONE_OFF_DEBIT", "INVOICEABLE_ONE_OFF_DEBIT_TAX"),
            *("INVOICEABLE_ONE_OFF_CREDIT", "INVOICEABLE_ONE_OFF_CREDIT_TAX"),
        ),
        _K.ADJUSTMENT,
    ),
    # Dropshipping: the operator buys, and pays less its commission.
    **dict.fromkeys(
        (
            *("PURCHASE_COMMISSION_FEE", "PURCHASE_SHIPPING_COMMISSION_FEE"),
            "PURCHASE_FEE_COMMISSION_FEE",
        ),
        _K.FEE,
    ),
    **dict.fromkeys(
        (
            *("REFUND_PURCHASE_COMMISSION_FEE", "REFUND_PURCHASE_FEE_COMMISSION_FEE"),
            "REFUND_PURCHASE_SHIPPING_COMMISSION_FEE",
        ),
        _K.REFUND_FEE,
    ),
    "PURCHASE_ORDER_AMOUNT_TAX": _K.SALE_TAX,
    "PURCHASE_ORDER_SHIPPING_AMOUNT_TAX": _K.SHIPPING_TAX,
    "REFUND_PURCHASE_ORDER_AMOUNT_TAX": _K.REFUND_TAX,
    "REFUND_PURCHASE_ORDER_SHIPPING_AMOUNT_TAX": _K.REFUND_TAX,
}


def line_of(row: Json, path: str, currency: str) -> MoneyLine:
    """One row; raises FieldError, also for another currency than the cycle's."""
    raw = fields.required_text(row, "type", path)
    amount = fields.amount(row, "amount", path)
    if amount is None:
        raise FieldError(f"{path}amount", "is missing")
    given = fields.text(row, "currency_iso_code", path)
    if given and given != currency:
        raise FieldError(
            f"{path}currency_iso_code", f"is {given}, and the cycle is in {currency}"
        )
    entities = fields.obj(row, "entities", path)
    inner = f"{path}entities."

    def entity(name: str, key: str = "id") -> str:
        return fields.word(fields.obj(entities, name, inner), key, f"{inner}{name}.")

    item = fields.obj(entities, "one_off_item", inner)
    notes = (
        fields.text(item, "description", f"{inner}one_off_item."),
        entity("fee", "code"),
        entity("order_fee", "code"),
        entity("order_tax", "code") or entity("shop_tax", "code"),
    )
    return MoneyLine(
        kind=KINDS.get(raw, LineKind.OTHER),
        amount=amount,
        raw_type=raw[:100],
        raw_description=" · ".join(note for note in notes if note)[:200],
        posted_at=fields.moment(row, "date_created", path),
        order_ref=entity("order"),
        item_ref=entity("order_line"),
        remote_line=fields.text(row, "id", path),
        adjustment_ref=entity("refund"),
        marketplace=entity("channel", "code")[:60],
    )
