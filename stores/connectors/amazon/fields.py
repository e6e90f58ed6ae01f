"""Reading Amazon's JSON field by field; pure. A wrong shape names its path."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Json = dict[str, Any]
_SHOWN = 60


class FieldError(ValueError):
    """A field that can't be read: its path and, in words, what is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def obj(source: Json, name: str, path: str) -> Json:
    """An object, {} when absent or null."""
    value = source.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FieldError(f"{path}{name}", f"expected an object, got {_show(value)}")
    return value


def rows(source: Json, name: str, path: str) -> list[Json]:
    """A list of objects, [] when absent or null."""
    value = source.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FieldError(f"{path}{name}", f"expected a list, got {_show(value)}")
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            raise FieldError(
                f"{path}{name}[{index}]", f"expected an object, got {_show(row)}"
            )
    return value


def texts(source: Json, name: str, path: str) -> tuple[str, ...]:
    """A list of texts, () when absent or null."""
    value = source.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
        raise FieldError(
            f"{path}{name}", f"expected a list of texts, got {_show(value)}"
        )
    return tuple(value)


def text(source: Json, name: str, path: str) -> str:
    """A text, '' when absent or null; ids stay text, with their leading zeros."""
    value = source.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(f"{path}{name}", f"expected a text, got {_show(value)}")
    return value


def required_text(source: Json, name: str, path: str) -> str:
    """A text that must be there."""
    value = text(source, name, path)
    if not value:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return value


def whole(source: Json, name: str, path: str) -> int | None:
    """A whole number of 0 or more, None when absent or null."""
    value = source.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FieldError(
            f"{path}{name}", f"expected a whole number of 0 or more, got {_show(value)}"
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
        raise FieldError(f"{inner}amount", f"expected a text, got {_show(amount)}")
    try:
        number = Decimal(amount)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FieldError(f"{inner}amount", f"is no amount: {_show(amount)}")
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
    raise FieldError(f"{path}{name}", f"is no ISO 8601 time: {_show(value)}")


def required_moment(source: Json, name: str, path: str) -> datetime:
    """A time that must be there."""
    found = moment(source, name, path)
    if found is None:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return found
