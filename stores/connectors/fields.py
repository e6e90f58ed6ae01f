"""Reading a marketplace's JSON field by field; pure. A wrong shape names its path."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_SHOWN = 60


class FieldError(ValueError):
    """A field that can't be read: its path and, in words, what is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def shown(value: object) -> str:
    """A value as a message may show it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def obj(source: Json, name: str, path: str) -> Json:
    """An object, {} when absent or null."""
    value = source.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FieldError(f"{path}{name}", f"expected an object, got {shown(value)}")
    return value


def rows(source: Json, name: str, path: str) -> list[Json]:
    """A list of objects, [] when absent or null."""
    value = source.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FieldError(f"{path}{name}", f"expected a list, got {shown(value)}")
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            raise FieldError(
                f"{path}{name}[{index}]", f"expected an object, got {shown(row)}"
            )
    return value


def texts(source: Json, name: str, path: str) -> tuple[str, ...] | None:
    """A list of texts, None when absent or null."""
    value = source.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
        raise FieldError(
            f"{path}{name}", f"expected a list of texts, got {shown(value)}"
        )
    return tuple(value)


def text(source: Json, name: str, path: str) -> str:
    """A text, '' when absent or null; ids stay text, with their leading zeros."""
    value = source.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(f"{path}{name}", f"expected a text, got {shown(value)}")
    return value


def required_text(source: Json, name: str, path: str) -> str:
    """A text that must be there."""
    value = text(source, name, path)
    if not value:
        raise FieldError(f"{path}{name}", "is missing or empty")
    return value
