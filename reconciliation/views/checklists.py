"""Today's lists, one day's list, and its print: looking only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders.exception_kinds import Team
from reconciliation.checklists import defining, due, freezing, making, shown
from reconciliation.checklists.forms import SignForm
from reconciliation.checklists.shown import Card, Standing
from reconciliation.checklists.teams import DEFINE, LOOK, may_work, teams_of
from reconciliation.models import Checklist, ChecklistRun, ChecklistState
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs

SHOWN = 100
# What was signed stays on today's page for so long; what nobody signed so much longer.
JUST = timedelta(hours=16)
OLD = timedelta(days=4)
ALL = "all"


@require_safe
@needs(LOOK)
def today(request: HttpRequest) -> HttpResponse:
    """What waits for a signature, what was signed today, and what comes next."""
    now = clock.now()
    chosen, teams = chosen_teams(request)
    runs = ChecklistRun.objects.filter(checklist__team__in=teams)
    unsigned = ~Q(state=ChecklistState.SIGNED)
    rows = (
        runs.filter((unsigned & Q(due_at__gt=now - OLD)) | Q(signed_at__gt=now - JUST))
        .prefetch_related("ticks")
        .order_by("due_at", "pk")[:SHOWN]
    )
    cards = [shown.card(run, now) for run in rows]
    waiting = [x for x in cards if x.run.state != ChecklistState.SIGNED]
    lists = list(Checklist.objects.filter(active=True, team__in=teams))
    worked = {team for team in teams if may_work(request.user, team)}
    mine = [row for row in lists if row.team in worked]
    return render(
        request,
        "reconciliation/checklists/today.html",
        {
            "waiting": waiting,
            "signed": [x for x in cards if x.run.state == ChecklistState.SIGNED],
            "older": runs.filter(unsigned, due_at__lte=now - OLD).count(),
            "late": sum(x.run.due_at <= now for x in waiting),
            "next": next((x for x in waiting if x.run.due_at > now), None),
            "unmade": list(making.missing_days(mine, now)),
            "coming": _coming(lists, now),
        }
        | team_tabs(request, chosen)
        | section("today"),
    )


@require_safe
@needs(LOOK)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One day's list: its items, who ticked them on what, and who signed."""
    return render(
        request,
        "reconciliation/checklists/run.html",
        run_context(request, find(pk)) | section("today"),
    )


@require_safe
@needs(LOOK)
def changed(request: HttpRequest, pk: int) -> HttpResponse:
    """A line where somebody changed the list since ``?version=``, else nothing."""
    row = find(pk)
    if request.GET.get("version") == str(row.version):
        return HttpResponse()
    return render(request, "reconciliation/checklists/_changed.html", {"run": row})


@require_safe
@needs(LOOK)
def print_view(request: HttpRequest, pk: int) -> HttpResponse:
    """The list on paper: all that it says, without the console around it."""
    return render(
        request,
        "reconciliation/checklists/print.html",
        run_context(request, find(pk)) | {"now": clock.now()},
    )


def find(pk: int) -> ChecklistRun:
    """A run with whom it names."""
    return get_object_or_404(
        ChecklistRun.objects.select_related("checklist", "signed_by", "second_by"),
        pk=pk,
    )


def run_context(
    request: HttpRequest,
    row: ChecklistRun,
    *,
    error: str = "",
    typed: dict[str, str] | None = None,
) -> dict[str, Any]:
    """All that a run's page shows; ``typed`` keeps what a refused form held."""
    now, definition = clock.now(), row.frozen["definition"]
    items = shown.items(row)
    still = [item for item in items if not item.done]
    signed = row.state in freezing.SIGNED
    typed = typed or {}
    return {
        "run": row,
        "name": definition["name"],
        "definition": definition,
        "team": Team(definition["team"]).label,
        "about": ", ".join(x["name"] for x in definition["stores"] or ()),
        "day": shown.long_day(row.day),
        "card": Card(
            run=row,
            name=definition["name"],
            team=definition["team"],
            standing=shown.standing(row, now),
            done=len(items) - len(still),
            total=len(items),
        ),
        "items": items,
        "still": still,
        "may_work": may_work(request.user, definition["team"]),
        "can_tick": row.state in (ChecklistState.OPEN, ChecklistState.MISSED)
        and may_work(request.user, definition["team"]),
        "half": row.state == ChecklistState.HALF_SIGNED,
        "signed": row.state == ChecklistState.SIGNED,
        "late": shown.standing(row, now) in (Standing.LATE, Standing.MISSED),
        "own": row.signed_by_id == request.user.pk,
        "proof": freezing.verify(row) if signed else None,
        "sign_form": SignForm(
            initial={
                "version": row.version,
                "name": typed.get("name", ""),
                "note": typed.get("note", ""),
            }
        ),
        "error": error,
        "typed": typed,
        "acts": defining.acts_of(row),
    }


def chosen_teams(request: HttpRequest) -> tuple[str, frozenset[str]]:
    """(the tab, its teams): the person's own unless the URL says otherwise."""
    asked = request.GET.get("team", "")
    every = frozenset(team.value for team in Team)
    if asked == ALL:
        return ALL, every
    if asked in every:
        return asked, frozenset({asked})
    return "", teams_of(request.user)


def team_tabs(request: HttpRequest, chosen: str) -> dict[str, Any]:
    """The tabs of teams: mine, each, all."""
    mine = teams_of(request.user)
    every = len(mine) == len(Team)
    first = (
        "All teams"
        if every
        else " and ".join(Team(code).label for code in sorted(mine))
    )
    tabs = [("", first)]
    tabs += [
        (team.value, team.label) for team in Team if every or team.value not in mine
    ]
    if not every:
        tabs.append((ALL, "All teams"))
    return {"tabs": tabs, "chosen": chosen}


def section(name: str) -> dict[str, str]:
    """Which of the area's pages is open, for its tabs."""
    return {"section": name, "define": DEFINE}


def _coming(lists: list[Checklist], now: datetime) -> list[dict[str, Any]]:
    """When each list is due next after today."""
    closed = making.closed_days()
    found = []
    for row in lists:
        plan = due.plan_of(row)
        day = due.next_due(plan, due.today(plan, now), closed)
        found.append(
            {
                "list": row,
                "team": Team(row.team).label,
                "words": due.in_words(plan),
                "at": due.due_at(plan, day) if day else None,
            }
        )
    far = now + timedelta(days=4000)
    return sorted(found, key=lambda each: each["at"] or far)
