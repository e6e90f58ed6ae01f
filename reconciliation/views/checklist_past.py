"""The calendar of the past, and lists as CSV."""

from __future__ import annotations

from collections import Counter

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reconciliation.checklists import past
from reconciliation.checklists.due import WEEKDAYS
from reconciliation.checklists.shown import LOOKS, Standing, card
from reconciliation.checklists.teams import LOOK
from reconciliation.models import ChecklistRun
from reconciliation.views.checklists import chosen_teams, find, section, team_tabs
from shipsync_site.lib import clock, downloads, zones
from shipsync_site.lib.permissions import needs

# Under which name the log of exports has these files.
REPORT = "checklist-items"


@require_safe
@needs(LOOK)
def calendar(request: HttpRequest) -> HttpResponse:
    """A month: each list's days, and those that were not signed in time."""
    now = clock.now()
    zone = zones.zone(request.COOKIES.get(zones.COOKIE, zones.DEFAULT))
    month = past.month_of(request.GET.get("month", ""), now.astimezone(zone).date())
    chosen, teams = chosen_teams(request)
    sheets = past.sheets(month, teams, now)
    counts: Counter[Standing] = sum((each.counts for each in sheets), Counter())
    runs = past.runs_of(month, teams).prefetch_related("ticks")
    cards = [card(run, now) for run in runs.order_by("-day", "checklist__name")]
    return render(
        request,
        "reconciliation/checklists/past.html",
        {
            "month": month,
            "sheets": sheets,
            "due": counts.total(),
            "counts": [
                (LOOKS[each], counts[each]) for each in Standing if counts[each]
            ],
            "in_time": counts[Standing.SIGNED],
            "signed_late": counts[Standing.LATE],
            "missed": counts[Standing.MISSED],
            "still": counts[Standing.OPEN] + counts[Standing.HALF],
            "not_in_time": [
                x for x in cards if x.standing in (Standing.LATE, Standing.MISSED)
            ],
            "weekdays": [(name[:2], name) for name in WEEKDAYS],
        }
        | team_tabs(request, chosen)
        | section("past"),
    )


@require_safe
@needs(LOOK)
def month_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The items of every list of a month."""
    month = past.month_of(request.GET.get("month", ""), clock.now().date())
    _chosen, teams = chosen_teams(request)
    return _csv(request, past.runs_of(month, teams), f"checklists-{month.code}")


@require_safe
@needs(LOOK)
def run_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The items of one list."""
    row = find(pk)
    runs = ChecklistRun.objects.filter(pk=row.pk)
    return _csv(request, runs, f"checklist-{row.pk}-{row.day.isoformat()}")


def _csv(
    request: HttpRequest, runs: QuerySet[ChecklistRun], name: str
) -> StreamingHttpResponse:
    rows = past.csv_rows(runs, clock.now())
    return downloads.answer(request, REPORT, past.HEADER, rows, name=name)
