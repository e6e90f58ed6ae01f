"""The queues: per team, next deadline first; acts on many rows; the same as CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import case_help, exports, selectors
from orders.bulk.bar import bar
from orders.case_counts import case_counts
from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, Team
from orders.filters import TEAM_LABELS
from orders.models import CaseState, OrderException
from shipsync_site.lib.permissions import needs


@require_safe
@needs("orders.view_orderexception")
def list_cases(request: HttpRequest) -> HttpResponse:
    """Open cases of a team, or of all, 50 a page; the URL holds filters and place."""
    form = CaseFilter(request.GET)
    team = form.value("team")
    everybody = form.narrow(OrderException.objects.all(), request.user.pk, team=False)
    counts = case_counts(everybody, team, request.user.pk)
    field, newest = form.order
    page = selectors.keyset_page(
        selectors.case_rows(everybody.filter(team=team) if team else everybody),
        field,
        request.GET.get("after", ""),
        newest=newest,
    )
    alike = selectors.alike(page.rows)
    covers = case_help.covered(page.rows)
    query = request.META.get("QUERY_STRING", "")
    context = {
        "form": form,
        "page": page,
        "resolved_only": form.value("state") == CaseState.RESOLVED,
        "team_kinds": [kind.label for kind in KINDS if kind.team == team],
        "rows": [
            row(case)
            | {
                "alike": alike.get((case.kind, case.cause), 0),
                "covers": covers.get(case.pk, ""),
            }
            for case in page.rows
        ],
        "counts": counts,
        "top": None if form.value("kind") else counts.top,
        "tabs": _tabs(counts.by_team, team),
        "team_label": TEAM_LABELS[Team(team)] if team else "",
        "reset_url": f"{request.path}?team={team}" if team else request.path,
        "last_look": selectors.last_look(form.value("store")),
        "may_assign": request.user.has_perm("orders.assign_exception"),
        "bulk": bar(request.user, form, counts.total, request.path, query)
        if form.value("state") != CaseState.RESOLVED
        else None,
    }
    return render(request, "orders/case_list.html", context)


@require_safe
@needs("orders.view_orderexception")
def export_cases(request: HttpRequest) -> StreamingHttpResponse:
    """All rows of the queue as CSV, same filters and order; who took it is logged."""
    form = CaseFilter(request.GET)
    cases = form.narrow(OrderException.objects.all(), request.user.pk)
    field, newest = form.order
    rows = exports.case_lines(selectors.in_order(cases, field, newest=newest))
    return exports.answer(request, "cases", rows, form)


def row(case: OrderException) -> dict[str, Any]:
    """A case of the list with the words of its kind."""
    return {
        "case": case,
        "label": selectors.kind_label(case),
        "owner": selectors.owner_system(case),
        "decided": selectors.resolution_label(case),
        "team": TEAM_LABELS[Team(case.team)] if case.team in set(Team) else case.team,
    }


def _tabs(totals: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    tabs = [
        {
            "team": team.value,
            "label": TEAM_LABELS[team],
            "count": totals.get(team.value, 0),
            "current": chosen == team.value,
        }
        for team in Team
    ]
    every = {
        "team": None,
        "label": "All",
        "count": sum(totals.values()),
        "current": not chosen,
    }
    return [every, *tabs]
