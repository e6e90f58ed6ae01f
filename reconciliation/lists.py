"""The rows behind the figures of a run: by the queries that made the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from reconciliation.models import Hit, RunStore
from reconciliation.rules import AGREES, RULES
from reconciliation.rules.skips import PREFIX
from reconciliation.runs.buckets import without_hit
from reconciliation.runs.scopes import scope_of
from shipsync_site.lib import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An order of a bucket, or a finding of a run.

    ``expected`` and ``found`` are what both sides say, '' where they agree.
    """

    order: int | None
    remote_id: str
    number: str
    placed_at: datetime | None
    expected: str
    found: str
    cause: str


def known(code: str) -> bool:
    """Whether a bucket could be called so."""
    return code == AGREES or code.startswith(PREFIX) or code in RULES


def behind(part: RunStore, code: str, *, every: bool = False) -> QuerySet[Any]:
    """The rows of a bucket as values for :func:`rows_of`, by the order's date.

    ``every``: all that the rule found in the run, also on orders whose bucket is that of
    another rule.
    """
    if code == AGREES:
        scope = scope_of(part, part.compared_at or clock.now())
        orders: QuerySet[Any] = (
            without_hit(scope)
            .order_by("ordered_at", "pk")
            .values_list(
                "pk", "remote_id", "number", "ordered_at", "raw_status", "stage"
            )
        )
        return orders
    hits = Hit.objects.filter(run_store=part, rule=code)
    if not every:
        hits = hits.filter(first=True)
    return hits.order_by("placed_at", "pk").values_list(
        "order_id",
        "remote_id",
        "order__number",
        "placed_at",
        "expected",
        "found",
        "cause",
    )


def rows_of(values: list[tuple[Any, ...]], code: str) -> list[Row]:
    """What a page shows of them."""
    return [
        Row(
            order=value[0],
            remote_id=value[1],
            number=value[2] or value[1],
            placed_at=value[3],
            expected=value[4],
            found=value[5],
            cause="" if code == AGREES else value[6],
        )
        for value in values
    ]
