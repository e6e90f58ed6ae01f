"""What an item or an order brings in: Amazon's ``proceeds`` (Orders v2026-01-01)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from stores.connectors.amazon import fields
from stores.connectors.amazon.fields import Json

_CENT = Decimal("0.01")


def unit_price(
    product: Json, proceeds: Json, quantity: int, path: str
) -> Decimal | None:
    """What the buyer pays for a unit, promotions on the goods taken off.

    Customs and the 150 EUR of IOSS go by the price that is paid.
    """
    price = fields.obj(product, "price", f"{path}product.")
    unit = fields.money(price, "unitPrice", f"{path}product.price.")
    goods = subtotal(proceeds, "ITEM", f"{path}proceeds.")
    if unit is None and (goods is None or not quantity):
        return None
    each = unit[0] if unit is not None else (goods or Decimal(0)) / quantity
    off = _goods_discount(proceeds, f"{path}proceeds.")
    if not off or not quantity:
        return each
    return max(Decimal(0), (each - off / quantity).quantize(_CENT, ROUND_HALF_UP))


def _goods_discount(proceeds: Json, path: str) -> Decimal:
    """What promotions take off the goods, not off shipping; never below zero."""
    total = Decimal(0)
    for index, row in enumerate(fields.rows(proceeds, "breakdowns", path)):
        if row.get("type") != "DISCOUNT":
            continue
        here = f"{path}breakdowns[{index}]."
        parts = fields.rows(row, "detailedBreakdowns", here)
        found = [
            fields.money(part, "value", f"{here}detailedBreakdowns.")
            for part in parts
            if part.get("subtype") == "ITEM"
        ]
        if not parts:
            found = [fields.money(row, "subtotal", here)]
        # Sent as a negative amount; one that is not means the same.
        total += sum((abs(each[0]) for each in found if each), Decimal(0))
    return total


def subtotal(proceeds: Json, kind: str, path: str) -> Decimal | None:
    """The sum of a kind of proceeds; None when there are no proceeds at all."""
    if not proceeds:
        return None
    total = Decimal(0)
    for index, row in enumerate(fields.rows(proceeds, "breakdowns", path)):
        amount = fields.money(row, "subtotal", f"{path}breakdowns[{index}].")
        if row.get("type") == kind and amount is not None:
            total += amount[0]
    return total
