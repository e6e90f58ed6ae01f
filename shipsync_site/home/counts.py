"""How many orders stand where: by an index over open stages, whatever has ended before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count

from orders.filters import ENDED
from orders.models import CaseState, Order, OrderException
from shipsync_site.home.rows import (
    ENDED_SHOWN,
    ENDED_WITHIN,
    OPEN_SHOWN,
    SHOWN_STAGES,
    Cell,
    cell,
)
from shipsync_site.lib import clock
from stores.models import Store

Counts = dict[tuple[int, str], int]


def by_stage(stores: Sequence[Store]) -> Counts:
    """(store, stage) → orders; of ended stages those of the last day. Two queries."""
    # Stores and stages are named, so that the index (store, stage) is used.
    keys = [store.pk for store in stores]
    standing = Order.objects.filter(store__in=keys, stage__in=OPEN_SHOWN)
    lately = Order.objects.filter(closed_at__gt=clock.now() - ENDED[ENDED_WITHIN])
    # Asked apart, or SQLite goes through all that ever ended to have it in groups.
    ended = Order.objects.filter(pk__in=lately.values("pk"), stage__in=ENDED_SHOWN)
    return {
        (row["store"], row["stage"]): row["orders"]
        for rows in (standing, ended)
        for row in rows.order_by().values("store", "stage").annotate(orders=Count("pk"))
    }


def with_case() -> Counter[str]:
    """Stage → orders in it with an open case."""
    rows = (
        OrderException.objects.filter(state=CaseState.OPEN, order__stage__in=OPEN_SHOWN)
        .order_by()
        .values_list("order__stage")
        .annotate(Count("order", distinct=True))
    )
    return Counter({stage: number for stage, number in rows if stage})


def totals(counts: Counts, stores: Sequence[Store]) -> tuple[Cell, ...]:
    """Each stage over all stores."""
    return tuple(
        cell(stage, sum(counts.get((store.pk, stage), 0) for store in stores))
        for stage in SHOWN_STAGES
    )
