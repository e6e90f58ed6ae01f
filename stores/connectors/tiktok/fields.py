"""What TikTok writes in a way of its own: amounts as text, times as seconds; pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from stores.connectors.fields import (
    FieldError,
    Json,
    obj,
    rows,
    shown,
    texts,
)
from stores.connectors.fields import text as any_text

_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST_ID = 60
# Digits before the point, less one, that an amount may have.
_LARGEST = 9
_WHOLE = re.compile(r"-?[0-9]{1,20}")

__all__ = [
    "FieldError",
    "Json",
    "currency",
    "flag",
    "identifier",
    "moment",
    "money",
    "obj",
    "required_identifier",
    "required_moment",
    "required_text",
    "rows",
    "text",
    "texts",
    "whole",
]


def text(source: Json, name: str, path: str) -> str:
    """A text, '' when absent or null; without NUL, which no database keeps."""
    return any_text(source, name, path).replace("\x00", "")


def required_text(source: Json, name: str, path: str) -> str:
    """A text that must be there."""
    value = text(source, name, path)
    if not value:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return value


def money(source: Json, name: str, path: str) -> Decimal | None:
    """An amount, which TikTok writes as text; None when absent or empty."""
    value = text(source, name, path)
    if not value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() > _LARGEST:
        raise FieldError(f"{path}{name}", f"is no amount: {shown(value)}")
    return number


def moment(source: Json, name: str, path: str) -> datetime | None:
    """A time of Unix seconds as aware UTC; None when absent or 0."""
    value = whole(source, name, path)
    if not value:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        pass
    raise FieldError(f"{path}{name}", f"is no time in seconds: {shown(value)}")


def required_moment(source: Json, name: str, path: str) -> datetime:
    """A time that must be there."""
    found = moment(source, name, path)
    if found is None:
        raise FieldError(f"{path}{name}", "is missing or 0")
    return found


def whole(source: Json, name: str, path: str) -> int | None:
    """A whole number, also one written as text; None when absent or empty."""
    value = source.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError(
            f"{path}{name}", f"expected a whole number, got {shown(value)}"
        )
    return value


def flag(source: Json, name: str, path: str) -> bool | None:
    """True or false; None when absent: a flag that was not sent is unknown."""
    value = source.get(name)
    if value is None:
        return None
    if not isinstance(value, bool):
        raise FieldError(f"{path}{name}", f"expected true or false, got {shown(value)}")
    return value


def currency(source: Json, name: str, path: str) -> str:
    """An ISO 4217 code, '' when absent or empty."""
    value = text(source, name, path)
    if value and not _CURRENCY.fullmatch(value):
        raise FieldError(f"{path}{name}", f"is no currency: {shown(value)}")
    return value


def identifier(source: Json, name: str, path: str) -> str:
    """An id as text, '' when absent: longer ones than a float holds come as text."""
    value = source.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**_LONGEST_ID else "9" * 2 * _LONGEST_ID
    found = value if isinstance(value, str) else text(source, name, path)
    found = found.replace("\x00", "")
    if len(found) > _LONGEST_ID:
        raise FieldError(f"{path}{name}", f"is too long for an id: {shown(found)}")
    return found


def required_identifier(source: Json, name: str, path: str) -> str:
    """An id that must be there."""
    found = identifier(source, name, path)
    if not found:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return found
