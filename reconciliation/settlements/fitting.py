"""Whether money fits our tables as it is: nothing is rounded, nothing is cut."""

from __future__ import annotations

from decimal import Decimal

from stores.remote_money import MoneyLine

_MOST = Decimal(10) ** 12
_REFS = (
    "order_ref",
    "item_ref",
    "remote_line",
    "adjustment_ref",
    "sku",
    "raw_type",
    "raw_kind",
    "marketplace",
)
_WIDTH = {"marketplace": 60}


class NotStorableError(ValueError):
    """A line or head that our tables can't hold as it is; nothing is rounded or cut."""

    def __init__(self, field: str, value: object, message: str) -> None:
        super().__init__(f"{field} {value!r}: {message}")
        self.field = field
        self.value = str(value)
        self.message = message


def cents(field: str, amount: Decimal) -> Decimal:
    """An amount in whole hundredths. Raises NotStorableError rather than round it."""
    if not amount.is_finite() or abs(amount) >= _MOST:
        raise NotStorableError(field, amount, "not an amount of money")
    whole = amount.quantize(Decimal("0.01"))
    if whole != amount:
        raise NotStorableError(field, amount, "smaller than a penny")
    # No minus before a zero.
    return whole or Decimal("0.00")


def short(field: str, text: str, width: int) -> None:
    """Raises NotStorableError for a text that its column does not take."""
    if not text and field == "settlement":
        raise NotStorableError(field, text, "empty")
    if len(text) > width:
        raise NotStorableError(field, text[:width], f"longer than {width} characters")
    if "\0" in text:
        raise NotStorableError(field, text[:width], "holds a NUL character")


def check(line: MoneyLine) -> None:
    """Raises NotStorableError for a line that can't be stored as it is."""
    cents("amount", line.amount)
    for field in _REFS:
        short(field, getattr(line, field), _WIDTH.get(field, 100))
    short("raw_description", line.raw_description, 200)
    if line.quantity is not None and abs(line.quantity) > 2_000_000_000:
        raise NotStorableError("quantity", line.quantity, "not a quantity")
