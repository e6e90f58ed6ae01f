"""What Mirakl writes in a way of its own: numbers as amounts, whole units; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from stores.connectors.fields import (
    FieldError,
    Json,
    obj,
    required_text,
    rows,
    shown,
    text,
)

__all__ = [
    "FieldError",
    "Json",
    "amount",
    "flag",
    "moment",
    "obj",
    "required_moment",
    "required_text",
    "rows",
    "text",
    "total",
    "units",
    "word",
]


def amount(source: Json, name: str, path: str) -> Decimal | None:
    """A plain JSON number as the decimal that was written; None when absent.

    The shortest text of a parsed number is what stood in the answer, so 27.95 stays
    27.95 and takes no binary error along.
    """
    value = source.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(f"{path}{name}", f"expected a number, got {shown(value)}")
    number = Decimal(str(value))
    if not number.is_finite():
        raise FieldError(f"{path}{name}", f"is no amount: {shown(value)}")
    return number


def total(source: Json, name: str, path: str) -> Decimal:
    """The sum of ``amount`` over a list of rows, 0 when there is none."""
    return sum(
        (
            amount(row, "amount", f"{path}{name}[{index}].") or Decimal(0)
            for index, row in enumerate(rows(source, name, path))
        ),
        Decimal(0),
    )


def units(source: Json, name: str, path: str) -> int | None:
    """A whole number of 0 or more, None when absent."""
    value = source.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FieldError(
            f"{path}{name}", f"expected a whole number of 0 or more, got {shown(value)}"
        )
    return value


def flag(source: Json, name: str, path: str) -> bool | None:
    """Yes or no, None when absent."""
    value = source.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise FieldError(f"{path}{name}", f"expected true or false, got {shown(value)}")


def word(source: Json, name: str, path: str) -> str:
    """A code, which some answers give as a number; '' when absent."""
    value = source.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(source, name, path)


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
