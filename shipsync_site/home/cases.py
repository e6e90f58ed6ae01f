"""Open cases: how old they are, and what most of them wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from orders.ages import BANDS, opened_within
from orders.case_groups import awake_cases
from orders.exception_kinds import KINDS, Team
from orders.models import CaseGroup
from shipsync_site.charts.bars import Bar, bars
from shipsync_site.home.rows import cases_url
from shipsync_site.lib import clock

SHOWN = 6
_TONES = ("fine", "fine", "info", "soon", "breach", "breach")


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """A row of the queue with its cases."""

    label: str
    store: str
    team: str
    count: int
    url: str


def ageing(team: str) -> tuple[Bar, ...]:
    """Open cases by age, of one team or all; one query over an index of ages."""
    now = clock.now()
    # Teams are named, so that the index (team, opened at) is used.
    teams = [team] if team else [each.value for each in Team]
    counted = (
        awake_cases()
        .filter(team__in=teams)
        .aggregate(
            **{
                band.code: Count("pk", filter=opened_within(band.code, now))
                for band in BANDS
            }
        )
    )
    own = {"team": team} if team else {}
    return tuple(
        Bar(
            label=band.label,
            value=counted[band.code],
            url=cases_url(**own, age=band.code),
            tone=tone,
        )
        for band, tone in zip(BANDS, _TONES, strict=True)
    )


def ageing_chart(rows: Sequence[Bar]) -> str:
    """The histogram."""
    return bars("ageing", "How long open cases have waited", rows, unit="open cases")


def causes(team: str) -> tuple[CauseRow, ...]:
    """What the most cases wait for: stored counts, one query."""
    groups = CaseGroup.objects.filter(awake__gt=0)
    if team:
        groups = groups.filter(team=team)
    rows = groups.select_related("store").order_by("-awake", "pk")
    return tuple(
        CauseRow(
            label=KINDS.get(row.kind).label if row.kind in KINDS else row.kind,
            store=row.store.name if row.store else "",
            team=row.team,
            count=row.awake,
            url=f"{reverse('orders:cases')}?group={row.pk}",
        )
        for row in rows[:SHOWN]
    )


def causes_chart(rows: Sequence[CauseRow]) -> str:
    """The same as bars."""
    return bars(
        "causes",
        "Open cases by cause",
        [
            Bar(label=row.label, value=row.count, url=row.url, tone="info")
            for row in rows
        ],
        unit="open cases",
        left=168,
    )
