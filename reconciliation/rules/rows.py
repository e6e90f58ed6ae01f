"""The shape of what a rule finds: six columns, the same for every rule."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    F,
    Field,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

# A queryset whose values are those of COLUMNS, in their order.
Rows: TypeAlias = "QuerySet[Any, tuple[Any, ...]]"

COLUMNS = (
    "hit_order",
    "hit_remote_id",
    "hit_cause",
    "hit_expected",
    "hit_found",
    "hit_placed_at",
)
_TYPES: dict[str, Field[Any, Any]] = {
    "hit_order": BigIntegerField(),
    "hit_remote_id": CharField(),
    "hit_cause": CharField(),
    "hit_expected": CharField(),
    "hit_found": CharField(),
    "hit_placed_at": DateTimeField(),
}


def rows(
    source: QuerySet[Any],
    *,
    expected: Any,
    found: Any,
    cause: Any = "",
    order: Any = "pk",
    remote_id: Any = "remote_id",
    placed_at: Any = "ordered_at",
) -> Rows:
    """What a rule finds: ``order``, ``remote_id`` and ``placed_at`` name fields.

    ``cause``, ``expected`` and ``found`` are texts or expressions, without buyer data;
    ``order`` None: we have no such order.
    """
    given = {
        "hit_order": F(order) if isinstance(order, str) else order,
        "hit_remote_id": F(remote_id) if isinstance(remote_id, str) else remote_id,
        "hit_cause": cause,
        "hit_expected": expected,
        "hit_found": found,
        "hit_placed_at": F(placed_at) if isinstance(placed_at, str) else placed_at,
    }
    annotations: dict[str, Any] = {
        name: Cast(
            value if hasattr(value, "resolve_expression") else Value(value), kind
        )
        for (name, value), kind in zip(given.items(), _TYPES.values(), strict=True)
    }
    shaped: Rows = source.order_by().annotate(**annotations).values_list(*COLUMNS)
    return shaped
