"""What Amazon writes in a way of its own: amounts, whole numbers, times; pure."""

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
    "required_moment",
    "required_text",
    "rows",
    "text",
    "texts",
    "whole",
]


def whole(source: Json, name: str, path: str) -> int | None:
    """A whole number of 0 or more, None when absent or null."""
    value = source.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FieldError(
            f"{path}{name}", f"expected a whole number of 0 or more, got {shown(value)}"
        )
    return value


def money(source: Json, name: str, path: str) -> tuple[Decimal, str] | None:
    """``{amount, currencyCode}`` with the amount as text; None when absent."""
    value = obj(source, name, path)
    if not value:
        return None
    inner = f"{path}{name}."
    amount = value.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, str | int):
        raise FieldError(f"{inner}amount", f"expected a text, got {shown(amount)}")
    try:
        number = Decimal(amount)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FieldError(f"{inner}amount", f"is no amount: {shown(amount)}")
    return number, required_text(value, "currencyCode", inner)


def moment(source: Json, name: str, path: str) -> datetime | None:
    """A time as aware UTC, None when absent.

    ISO 8601 with or without fractions; Unix seconds too, even as text with an
    exponent, as Amazon's own sandbox writes one.
    """
    value = source.get(name)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and "-" in value.lstrip("-"):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise FieldError(f"{path}{name}", f"is no ISO 8601 time: {shown(value)}")


def required_moment(source: Json, name: str, path: str) -> datetime:
    """A time that must be there."""
    found = moment(source, name, path)
    if found is None:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return found
