"""The numbers of a queue: its tabs, its sentence, what most of it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum

from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, ExceptionKind
from orders.models import CaseGroup, OrderException
from shipsync_site.lib import clock

SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """What the cases list's first sentence says; ``soon`` includes the late ones.

    ``by_team`` counts each team's cases under the same filters, whatever team the list
    shows: a tab's number is the length of its list. ``top`` is the commonest kind of the
    list with its count, if it is more than one case.
    """

    total: int
    late: int
    soon: int
    first: datetime | None
    by_team: dict[str, int]
    top: tuple[ExceptionKind, int] | None


def case_counts(everybody: QuerySet[OrderException], team: str) -> CaseCounts:
    """Counts over a list that every filter but the team has narrowed."""
    now = clock.now()
    groups: list[Any] = list(
        everybody.order_by()
        .values("team", "kind")
        .annotate(
            total=Count("pk"),
            late=Count("pk", filter=Q(work_by__lte=now)),
            soon=Count("pk", filter=Q(work_by__lte=now + SOON)),
            first=Min("work_by", filter=Q(work_by__gt=now)),
        )
    )
    by_team: dict[str, int] = {}
    for group in groups:
        by_team[group["team"]] = by_team.get(group["team"], 0) + group["total"]
    shown = [group for group in groups if not team or group["team"] == team]
    return CaseCounts(
        total=sum(group["total"] for group in shown),
        late=sum(group["late"] for group in shown),
        soon=sum(group["soon"] for group in shown),
        first=min((g["first"] for g in shown if g["first"]), default=None),
        by_team=by_team,
        top=_top(shown),
    )


def _top(groups: list[Any]) -> tuple[ExceptionKind, int] | None:
    kinds: dict[str, int] = {}
    for group in groups:
        kinds[group["kind"]] = kinds.get(group["kind"], 0) + group["total"]
    if not kinds:
        return None
    total, kind = max((total, kind) for kind, total in kinds.items())
    return (KINDS.get(kind), total) if total > 1 and kind in KINDS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCounts:
    """The same where the list's rows are causes; ``cases`` are those behind them.

    ``top`` is the cause with the most cases, if it has more than one and the rows' own
    numbers hold.
    """

    total: int
    cases: int
    late: int
    soon: int
    first: datetime | None
    by_team: dict[str, int]
    top: CaseGroup | None


def cause_counts(form: CaseFilter, user_id: int | None) -> CauseCounts:
    """Counts of the rows that the filters let through; two queries."""
    team = form.value("team")
    everybody = form.narrow(OrderException.objects.all(), user_id, team=False)
    teams = (
        _stored(form.narrow_groups(CaseGroup.objects.all(), team=False))
        if form.counted
        else _live(everybody)
    )
    shown = [row for row in teams if not team or row["team"] == team]
    return CauseCounts(
        total=sum(row["total"] for row in shown),
        cases=sum(row["number"] for row in shown),
        late=sum(row["late"] for row in shown),
        soon=sum(row["soon"] for row in shown),
        first=min((row["first"] for row in shown if row["first"]), default=None),
        by_team={row["team"]: row["total"] for row in teams},
        top=_biggest(form.narrow_groups(CaseGroup.objects.all()))
        if form.counted
        else None,
    )


def _stored(groups: QuerySet[CaseGroup]) -> list[Any]:
    now = clock.now()
    return list(
        groups.order_by()
        .values("team")
        .annotate(
            total=Count("pk"),
            number=Sum("awake"),
            late=Count("pk", filter=Q(work_by__lte=now)),
            soon=Count("pk", filter=Q(work_by__lte=now + SOON)),
            first=Min("work_by", filter=Q(work_by__gt=now)),
        )
    )


def _live(cases: QuerySet[OrderException]) -> list[Any]:
    now = clock.now()

    def causes(which: Q | None = None) -> Count:
        return Count("group", distinct=True, filter=which)

    return list(
        cases.order_by()
        .values("team")
        .annotate(
            total=causes(),
            number=Count("pk"),
            late=causes(Q(work_by__lte=now)),
            soon=causes(Q(work_by__lte=now + SOON)),
            first=Min("work_by", filter=Q(work_by__gt=now)),
        )
    )


def _biggest(groups: QuerySet[CaseGroup]) -> CaseGroup | None:
    found = groups.order_by("-awake", "pk").first()
    return found if found is not None and found.awake > 1 else None
