"""Reading eBay's JSON field by field; pure. A wrong shape names its path."""

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


def texts(source: Json, name: str, path: str) -> tuple[str, ...] | None:
    """A list of texts, None when absent or null."""
    value = source.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
        raise FieldError(
            f"{path}{name}", f"expected a list of texts, got {_show(value)}"
        )
    return tuple(value)


def text(source: Json, name: str, path: str) -> str:
    """A text, '' when absent or null; ids stay text."""
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


def quantity(source: Json, name: str, path: str) -> int:
    """A whole number of units above 0; eBay's default is 1."""
    value = source.get(name, 1)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FieldError(
            f"{path}{name}", f"expected a whole number above 0, got {_show(value)}"
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
        raise FieldError(f"{inner}value", f"expected a text, got {_show(value)}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FieldError(f"{inner}value", f"is no amount: {_show(value)}")
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
    raise FieldError(f"{path}{name}", f"is no ISO 8601 time: {_show(value)}")


def required_moment(source: Json, name: str, path: str) -> datetime:
    """A time that must be there."""
    found = moment(source, name, path)
    if found is None:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return found
