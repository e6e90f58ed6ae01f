"""What CS and packers see first: requests to cancel, and what can't be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from orders.case_filters import kinds_about
from orders.case_groups import awake_cases
from orders.exception_kinds import KINDS, Team
from orders.models import Order, OrderException, Stage
from shipsync_site.home.rows import cases_url, orders_url
from shipsync_site.lib import clock

SHOWN = 8
NOT_PICKED = "not_on_shelf"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """An open case with what its marketplace gives us time for."""

    case: OrderException
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Open cases about cancellations, the next deadline first; ``total`` with its list."""

    rows: tuple[CaseRow, ...]
    total: int
    late: int
    url: str
    late_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a packer has to know: what is not to leave, and what can't be picked."""

    to_pack: int
    to_pack_url: str
    stopped: int
    stopped_url: str
    picks: tuple[CaseRow, ...]
    picks_total: int
    picks_url: str


def requests() -> Requests:
    """Two queries over the open cases of CS that are about cancellations."""
    kinds = [x for x in kinds_about("cancels") if KINDS.get(x).team == Team.CS]
    cases = awake_cases().filter(team=Team.CS, kind__in=kinds)
    counted = cases.aggregate(
        total=Count("pk"), late=Count("pk", filter=Q(work_by__lte=clock.now()))
    )
    query = {"team": Team.CS.value, "topic": "cancels"}
    return Requests(
        rows=_rows(cases.order_by("work_by", "pk")[:SHOWN]),
        total=counted["total"],
        late=counted["late"],
        url=cases_url(**query),
        late_url=cases_url(**query, due="late"),
    )


def bench(stores: Sequence[int]) -> Bench:
    """What lies on the packing bench; four queries."""
    in_house = Order.objects.filter(store__in=stores, stage=Stage.IN_SHIPSTATION)
    held = Order.objects.filter(store__in=stores, stage=Stage.HELD)
    picks = awake_cases().filter(kind=NOT_PICKED)
    return Bench(
        to_pack=in_house.count(),
        to_pack_url=orders_url(stage=Stage.IN_SHIPSTATION.value),
        stopped=held.count(),
        stopped_url=orders_url(stage=Stage.HELD.value),
        picks=_rows(picks.order_by("work_by", "pk")[:SHOWN]),
        picks_total=picks.count(),
        picks_url=cases_url(kind=NOT_PICKED),
    )


def _rows(cases: QuerySet[OrderException]) -> tuple[CaseRow, ...]:
    found = cases.select_related("order", "store")
    return tuple(
        CaseRow(
            case=case,
            label=KINDS.get(case.kind).label if case.kind in KINDS else case.kind,
        )
        for case in found
    )
