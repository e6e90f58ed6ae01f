"""The numbers of a queue: its tabs, its sentence, its commonest kind; one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from orders.exception_kinds import KINDS, ExceptionKind
from orders.models import OrderException
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
    unowned: int
    mine: int
    first: datetime | None
    by_team: dict[str, int]
    top: tuple[ExceptionKind, int] | None


def case_counts(
    everybody: QuerySet[OrderException], team: str, user_id: int | None
) -> CaseCounts:
    """Counts over a list that every filter but the team has narrowed."""
    now = clock.now()
    groups: list[Any] = list(
        everybody.order_by()
        .values("team", "kind")
        .annotate(
            total=Count("pk"),
            late=Count("pk", filter=Q(deadline__lte=now)),
            soon=Count("pk", filter=Q(deadline__lte=now + SOON)),
            unowned=Count("pk", filter=Q(assignee=None)),
            mine=Count("pk", filter=Q(assignee=user_id or 0)),
            first=Min("deadline", filter=Q(deadline__gt=now)),
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
        unowned=sum(group["unowned"] for group in shown),
        mine=sum(group["mine"] for group in shown),
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
