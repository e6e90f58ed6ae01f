"""Who gets which page of reconciliation, and what its URLs are made of."""

from __future__ import annotations

from typing import Any

from tests.permissions.row import Row

ROWS: tuple[Row, ...] = ()


def values(orders: dict[str, Any]) -> dict[str, Any]:
    """What the rows' ``args`` name, beside ``orders``: primary keys, slugs, codes."""
    return {}
