"""What eBay writes in a way of its own: amounts, quantities, times; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from stores.connectors.fields import (
    FieldError,
    Json,
    obj,
    required_text,
    rows,
    shown,
    text,
    texts,
)

__all__ = [
    "FieldError",
    "Json",
    "moment",
    "money",
    "obj",
    "quantity",
    "required_moment",
    "required_text",
    "rows",
    "text",
    "texts",
]


def quantity(source: Json, name: str, path: str) -> int:
    """A whole number of units above 0; eBay's default is 1."""
    value = source.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FieldError(
            f"{path}{name}", f"expected a whole number above 0, got {shown(value)}"
        )
    return value


def money(source: Json, name: str, path: str) -> tuple[Decimal, str] | None:
    """``{value, currency}`` with the value as text; None when absent."""
    found = obj(source, name, path)
    if not found:
        return None
    inner = f"{path}{name}."
    value = found.get("value")
    if not isinstance(value, str):
        raise FieldError(f"{inner}value", f"expected a text, got {shown(value)}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FieldError(f"{inner}value", f"is no amount: {shown(value)}")
    return number, required_text(found, "currency", inner)


def moment(source: Json, name: str, path: str) -> datetime | None:
    """An ISO 8601 time as aware UTC, None when absent."""
    value = text(source, name, path)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise FieldError(f"{path}{name}", f"is no ISO 8601 time: {shown(value)}")


def required_moment(source: Json, name: str, path: str) -> datetime:
    """A time that must be there."""
    found = moment(source, name, path)
    if found is None:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return found
