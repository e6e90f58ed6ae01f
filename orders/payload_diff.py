"""Which fields a createorder body would change, for people to read; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_MISSING: tuple[Any, ...] = (None, "", [], {})


def changed_fields(
    current: Mapping[str, Any], body: Mapping[str, Any]
) -> tuple[str, ...]:
    """Paths in ``body`` that differ from the record, e.g. ``items[K-1].quantity``.

    Null, empty and absent are the same; lines go by lineItemKey. What the body leaves
    out is ShipStation's own and no change, but for a hold date and lines that go.
    """
    return tuple(sorted(set(_differences("", current, body))))


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if _same(old, new):
        return
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        for key in new:
            yield from _differences(
                f"{path}.{key}" if path else key, before.get(key), new[key]
            )
        if not path and before.get("holdUntilDate") and "holdUntilDate" not in new:
            yield "holdUntilDate"
    elif path == "items" and isinstance(new, list):
        yield from _lines(old if isinstance(old, list) else [], new)
    else:
        yield path


def _lines(old: list[Any], new: list[Any]) -> Iterator[str]:
    before, after = _by_key(old), _by_key(new)
    for key, line in after.items():
        if key in before:
            yield from _differences(f"items[{key}]", before[key], line)
        else:
            yield f"items[{key}]"
    yield from (f"items[{key}]" for key in before if key not in after)


def _by_key(lines: list[Any]) -> dict[str, Any]:
    """Lines by key; keyless ones by SKU and their place among such."""
    result: dict[str, Any] = {}
    for line in lines:
        name = str(line.get("lineItemKey") or line.get("sku") or "line")
        key, count = name, 1
        while key in result:
            count += 1
            key = f"{name} #{count}"
        result[key] = line
    return result


def _same(old: Any, new: Any) -> bool:
    if old in _MISSING and new in _MISSING:
        return True
    return bool(old == new)
