"""What CS, finance and packers see first: requests to cancel, money, what can't be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from orders.case_filters import kinds_about
from orders.case_groups import awake_cases
from orders.exception_kinds import KINDS, Team
from orders.models import Order, OrderException, Stage
from reconciliation.models import Finding, FindingState, Settlement
from shipsync_site.home.rows import cases_url, orders_url, url_if_there
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
class MoneyFinding:
    """Open findings of one rule about money, in one currency."""

    rule: str
    currency: str
    count: int
    amount: Decimal
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Settlements and what is found wrong in them; addresses '' where no page is."""

    settlements: tuple[Settlement, ...]
    odd: int
    waiting: int
    findings: tuple[MoneyFinding, ...]
    url: str
    findings_url: str
    last_at: datetime | None


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


def money() -> Money:
    """The last settlements and the open findings about money; three queries."""
    stored = Settlement.objects.filter(stored_at__isnull=False)
    counted = stored.aggregate(
        odd=Count("pk", filter=~Q(remainder=0)),
        waiting=Count("pk", filter=Q(signed_at__isnull=True)),
    )
    recent = list(
        stored.select_related("account")
        .defer("account__secrets")
        .order_by("-stored_at", "-pk")[:SHOWN]
    )
    findings = (
        Finding.objects.filter(state=FindingState.OPEN, amount__isnull=False)
        .order_by()
        .values_list("rule", "currency")
        .annotate(number=Count("pk"), amount_sum=Sum("amount"))
        .order_by("-number", "rule")
    )
    return Money(
        settlements=tuple(recent),
        odd=counted["odd"],
        waiting=counted["waiting"],
        findings=tuple(
            MoneyFinding(
                rule=rule,
                currency=currency,
                count=number,
                amount=amount,
                url=url_if_there("reconciliation:findings", rule=rule),
            )
            for rule, currency, number, amount in findings
        ),
        url=url_if_there("reconciliation:settlements"),
        findings_url=url_if_there("reconciliation:findings"),
        last_at=recent[0].stored_at if recent else None,
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
