"""What has to leave in the next 24 hours, and what of it is stuck for which cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, IntegerField, Value, When

from orders.exception_kinds import KINDS
from orders.filters import at_risk
from orders.leaving import NOTHING, Span, others, spans, with_first_kind, within
from orders.models import Order
from shipsync_site.charts.stacks import Part, Stack, stacks, swatch
from shipsync_site.home.rows import orders_url
from shipsync_site.lib import clock

# So many causes have a pattern of their own; the others share one.
NAMED = 4
_STUCK = "other causes"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """A span of hours: orders on their way, and stuck ones by cause."""

    label: str
    total: int
    url: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The chart with its legend and the figures behind it; ``stuck`` of all ``total``."""

    chart: str
    legend: tuple[tuple[str, str], ...]
    rows: tuple[RiskRow, ...]
    total: int
    stuck: int
    until: datetime | None


def load() -> Risk:
    """One query over the orders that leave within a day."""
    now = clock.now()
    shown = spans(now)
    leaving = Order.objects.filter(
        at_risk(), ship_by__gt=now, ship_by__lt=shown[-1].end
    )
    place = Case(
        *(When(within(each, now), then=Value(n)) for n, each in enumerate(shown)),
        output_field=IntegerField(),
    )
    counted = (
        with_first_kind(leaving)
        .annotate(place=place)
        .order_by()
        .values_list("place", "waits")
        .annotate(Count("pk"))
    )
    by_place: dict[int, Counter[str]] = defaultdict(Counter)
    for number, kind, orders in counted:
        if number is not None:
            by_place[number][kind] += orders
    return _drawn(shown, by_place)


def _drawn(shown: list[Span], by_place: dict[int, Counter[str]]) -> Risk:
    every = sum(by_place.values(), Counter())
    kinds = [kind for kind, _count in every.most_common() if kind != NOTHING][:NAMED]
    labels = ["on their way", *(_label(kind) for kind in kinds)]
    rest = set(every) - {NOTHING, *kinds}
    if rest:
        labels.append(_STUCK)
    stacked, rows = [], []
    for number, each in enumerate(shown):
        counts = by_place[number]
        parts = [
            Part(
                series=series,
                value=counts[kind],
                url=orders_url(leaves=each.text, waits=kind),
                label=labels[series],
            )
            for series, kind in enumerate([NOTHING, *kinds])
        ]
        if rest:
            parts.append(
                Part(
                    series=len(labels) - 1,
                    value=sum(counts[kind] for kind in rest),
                    url=orders_url(leaves=each.text, waits=others([NOTHING, *kinds])),
                    label=_STUCK,
                )
            )
        label = f"{each.start:%H}-{each.end:%H}h"
        url = orders_url(leaves=each.text)
        stacked.append(Stack(label=label, parts=tuple(parts), url=url))
        rows.append(
            RiskRow(
                label=label,
                total=sum(part.value for part in parts),
                url=url,
                values=tuple(part.value for part in parts),
            )
        )
    total = sum(every.values())
    return Risk(
        chart=stacks(
            "risk",
            "Orders that leave in the next 24 hours, by cause",
            stacked,
            labels,
            unit="orders",
        ),
        legend=tuple((swatch("risk", n), label) for n, label in enumerate(labels)),
        rows=tuple(rows),
        total=total,
        stuck=total - every[NOTHING],
        until=shown[-1].end if shown else None,
    )


def _label(kind: str) -> str:
    return KINDS.get(kind).label if kind in KINDS else kind
