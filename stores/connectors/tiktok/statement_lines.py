"""A transaction of a TikTok statement as lines of a settlement; pure.

The reference says settlement = revenue - shipping cost - fees and taxes - adjustment,
each of these the sum of its breakdown; shops were seen where costs are negative and are
added. Which of both holds is told by the amounts themselves, row by row. What a sum has
beyond its breakdown is a line of its own, so that the lines always come to the
settlement (and the reserve beside it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from stores.connectors.tiktok import fields
from stores.connectors.tiktok.fields import Json
from stores.remote_money import LineKind, MoneyLine

_NOTHING = Decimal(0)
_REVENUE = {
    "subtotal_before_discount_amount": LineKind.SALE,
    "seller_discount_amount": LineKind.DISCOUNT,
    "refund_subtotal_before_discount_amount": LineKind.REFUND,
    "seller_discount_refund_amount": LineKind.REFUND_DISCOUNT,
    "cod_service_fee_amount": LineKind.SHIPPING,
    "refund_cod_service_fee_amount": LineKind.REFUND_SHIPPING,
}
_SHIPPING = {
    "actual_shipping_fee_amount": LineKind.LABEL,
    "customer_paid_shipping_fee_amount": LineKind.SHIPPING,
    "shipping_fee_discount_amount": LineKind.SHIPPING,
    "return_shipping_fee_paid_buyer_amount": LineKind.REFUND_SHIPPING,
}
_FEES = {
    "affiliate_ads_commission_amount": LineKind.ADVERTISING,
    "tap_shop_ads_commission": LineKind.ADVERTISING,
    "external_affiliate_marketing_fee_amount": LineKind.ADVERTISING,
    "customs_duty_amount": LineKind.FEE_TAX,
}
# Types beside ORDER and REFUND; what is not listed stays OTHER.
_TYPES = {
    "RESERVE": LineKind.RESERVE,
    "CHARGE_BACK": LineKind.DISPUTE,
    "PLATFORM_PENALTY": LineKind.PENALTY,
    "DEDUCTIONS_INCURRED_BY_SELLER": LineKind.PENALTY,
    "GMV_PAYMENT_FOR_ADS": LineKind.ADVERTISING,
    "FBT_WAREHOUSE_SERVICE_FEE": LineKind.FEE,
    "SAMPLE_SHIPPING_FEE": LineKind.LABEL,
    "COFUNDED_CREATOR_REWARDS": LineKind.FEE,
    **dict.fromkeys(
        (
            *("CUSTOMER_SERVICE_COMPENSATION", "PLATFORM_COMMISSION_ADJUSTMENT"),
            *("PLATFORM_COMMISSION_COMPENSATION", "PROMOTION_ADJUSTMENT", "REBATE"),
            *("PLATFORM_COMPENSATION", "PLATFORM_REIMBURSEMENT"),
            *("LOGISTICS_REIMBURSEMENT", "SHIPPING_FEE_ADJUSTMENT"),
            *("SHIPPING_FEE_COMPENSATION", "SHIPPING_FEE_REBATE"),
            *("SELLER_MISSION_REWARD", "OTHER_ADJUSTMENT"),
        ),
        LineKind.ADJUSTMENT,
    ),
}
_VIOLATION = "violation fee"
ORDER, REFUND = "ORDER", "REFUND"


def lines_of(row: Json, path: str, posted: datetime | None) -> list[MoneyLine]:
    """What one transaction is made of; raises FieldError.

    The lines add up to its settlement_amount and its reserve_amount.
    """
    return list(_lines(_Row(row, path, posted)))


class _Row:
    """A transaction with its amounts; ``cost`` is the sign with which costs count."""

    def __init__(self, row: Json, path: str, posted: datetime | None) -> None:
        self.row, self.path, self.posted = row, path, posted
        self.raw = fields.required_text(row, "type", path)
        self.revenue = self.money("revenue_amount")
        self.shipping = self.money("shipping_cost_amount")
        self.fees = self.money("fee_tax_amount")
        self.adjustment = self.money("adjustment_amount")
        settled = fields.money(row, "settlement_amount", path)
        costs = self.shipping + self.fees + self.adjustment
        added = settled == self.revenue + costs and settled != self.revenue - costs
        self.cost = 1 if added else -1
        self.settled = self.revenue + self.cost * costs if settled is None else settled
        order = fields.identifier(row, "order_id", path)
        self.order = (
            order
            or fields.identifier(row, "adjustment_order_id", path)
            or fields.identifier(row, "associated_order_id", path)
        )
        self.own = _TYPES.get(self.raw, LineKind.OTHER)
        if self.raw.casefold().startswith(_VIOLATION):
            self.own = LineKind.PENALTY

    def money(self, name: str) -> Decimal:
        return fields.money(self.row, name, self.path) or _NOTHING

    def line(
        self, kind: LineKind, amount: Decimal, raw_kind: str, note: str = ""
    ) -> MoneyLine:
        row, path = self.row, self.path
        refunds = self.raw == REFUND
        own = fields.identifier(row, "id", path)
        return MoneyLine(
            kind=kind,
            amount=amount,
            raw_type=self.raw[:100],
            raw_kind=raw_kind,
            raw_description=note,
            posted_at=self.posted,
            order_ref=self.order,
            remote_line=own or fields.identifier(row, "reserve_id", path),
            adjustment_ref=fields.identifier(row, "adjustment_id", path)
            or (own if refunds else ""),
        )


def _lines(row: _Row) -> Iterator[MoneyLine]:
    rest = row.settled
    for line in (
        *_group(row, "revenue_amount", row.revenue, 1, _REVENUE_PARTS),
        *_group(row, "shipping_cost_amount", row.shipping, row.cost, _SHIPPING_PARTS),
        *_group(row, "fee_tax_amount", row.fees, row.cost, _FEE_PARTS),
    ):
        rest -= line.amount
        yield line
    if row.adjustment:
        amount = row.cost * row.adjustment
        rest -= amount
        ordinary = row.raw in (ORDER, REFUND)
        kind = LineKind.ADJUSTMENT if ordinary else row.own
        yield row.line(kind, amount, "adjustment_amount")
    if rest:
        note = "what the settlement has beyond its parts"
        yield row.line(row.own, rest, "settlement_amount", note)
    if reserve := row.money("reserve_amount"):
        note = fields.text(row.row, "reserve_status", row.path)
        yield row.line(LineKind.RESERVE, reserve, "reserve_amount", note)


# The breakdown, our words for its parts, and for those that are not listed.
Kinds = tuple[str, Mapping[str, LineKind], LineKind]


def _group(
    row: _Row, name: str, whole: Decimal, sign: int, kinds: Mapping[str, Kinds]
) -> Iterator[MoneyLine]:
    """The parts of one amount, and what they miss of it."""
    rest = whole
    other = LineKind.OTHER
    for place, (inner, known, other) in kinds.items():
        source = fields.obj(row.row, inner, row.path)
        path = f"{row.path}{inner}."
        if place != inner:
            source = fields.obj(source, place, path)
            path = f"{path}{place}."
        for part in sorted(source):
            if isinstance(source[part], dict | list):
                continue
            value = fields.money(source, part, path)
            if not value:
                continue
            rest -= value
            amount = sign * value
            kind = _turned(known.get(part, other), row.raw, amount)
            yield row.line(kind, amount, part)
    if rest:
        amount = sign * rest
        note = "what its breakdown does not name"
        kind = row.own if row.own is not LineKind.OTHER else other
        yield row.line(_turned(kind, row.raw, amount), amount, name, note)


def _turned(kind: LineKind, raw: str, amount: Decimal) -> LineKind:
    """A fee or label that a refund gives back is a credit."""
    if kind is LineKind.FEE and raw == REFUND and amount > 0:
        return LineKind.REFUND_FEE
    if kind is LineKind.LABEL and amount > 0:
        return LineKind.LABEL_CREDIT
    return kind


_REVENUE_PARTS: Mapping[str, Kinds] = {
    "revenue_breakdown": ("revenue_breakdown", _REVENUE, LineKind.OTHER),
}
_SHIPPING_PARTS: Mapping[str, Kinds] = {
    "shipping_cost_breakdown": ("shipping_cost_breakdown", _SHIPPING, LineKind.FEE),
}
_FEE_PARTS: Mapping[str, Kinds] = {
    "tax": ("fee_tax_breakdown", _FEES, LineKind.WITHHELD_TAX),
    "fee": ("fee_tax_breakdown", _FEES, LineKind.FEE),
}
