"""Read one field of an answer (API v1), or say what is wrong with it; pure.

v1 is loose with types: numbers come as texts, booleans as strings, lists as null.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from stores.shipstation import pacific

Json = Mapping[str, Any]


class RowError(Exception):
    """A row that can't be read: which field, and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def outline(payload: Any) -> str:
    """What a value looks like without its contents: buyers are in these bodies."""
    if isinstance(payload, Mapping):
        return "object with " + ", ".join(sorted(map(str, payload))[:30])
    if isinstance(payload, list):
        return f"list of {len(payload)}"
    return type(payload).__name__


def an_object(value: Any, field: str) -> Json:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise RowError(field, f"expected an object, got {shown(value)}")
    return value


def sub_object(row: Json, name: str) -> Json:
    """The object in a field; null is an empty one."""
    value = row.get(name)
    return {} if value is None else an_object(value, name)


def text(row: Json, name: str) -> str:
    """A text; a number is taken as its text, null as ''."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise RowError(name, f"expected a text, got {shown(value)}")


def loose_text(value: Any) -> str:
    """Any value as text, null as ''."""
    return "" if value is None else str(value)


def whole(row: Json, name: str, field: str) -> int | None:
    """A whole number, also from its text; None for null. ``field``: its full path."""
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise RowError(field, f"expected a whole number, got {shown(value)}")
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise RowError(field, f"expected a whole number, got {shown(value)}") from None
    if number != value and str(number) != str(value).strip():
        raise RowError(field, f"expected a whole number, got {shown(value)}")
    return number


def required_whole(row: Json, name: str) -> int:
    """A whole number that must be there."""
    value = whole(row, name, name)
    if value is None:
        raise RowError(name, "missing")
    return value


def wholes(value: Any, field: str) -> tuple[int, ...]:
    """A list of whole numbers; null is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RowError(field, f"expected a list of numbers, got {shown(value)}")
    numbers = (whole({field: part}, field, field) for part in value)
    return tuple(number for number in numbers if number is not None)


def moment(row: Json, name: str) -> datetime:
    """A Pacific date-time text as UTC."""
    value = text(row, name)
    if not value:
        raise RowError(name, "missing")
    try:
        return pacific.from_text(value)
    except (ValueError, OverflowError):
        raise RowError(name, f"expected a date and time, got {shown(value)}") from None


def day(row: Json, name: str) -> date | None:
    """A calendar day, or None."""
    value = text(row, name)
    if not value:
        return None
    try:
        return pacific.day(value)
    except ValueError:
        raise RowError(name, f"expected a date, got {shown(value)}") from None


def flag(value: Any) -> bool:
    """A boolean, also as the strings that v1 answers in places."""
    return value is True or str(value).casefold() == "true"


def shown(value: Any) -> str:
    """A value for an error text: short, and only the type of anything with parts."""
    if isinstance(value, Mapping | list):
        return outline(value)
    return repr(value)[:60]
