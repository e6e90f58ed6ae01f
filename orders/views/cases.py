"""The cases list: per team, next deadline first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import case_help, selectors
from orders.exception_kinds import KINDS, Team
from orders.filters import TEAM_LABELS, CaseFilter
from orders.models import CaseState, OrderException
from shipsync_site.lib.permissions import needs


@require_safe
@needs("orders.view_orderexception")
def list_cases(request: HttpRequest) -> HttpResponse:
    """Open cases of a team, or of all, 50 a page; the URL holds filters and place."""
    form = CaseFilter(request.GET)
    everybody = form.narrow(OrderException.objects.all(), request.user.pk, team=False)
    cases = form.narrow(OrderException.objects.all(), request.user.pk)
    resolved_only = form.value("state") == CaseState.RESOLVED
    page = selectors.keyset_page(
        selectors.case_rows(cases),
        "resolved_at" if resolved_only else "deadline",
        request.GET.get("after", ""),
        newest=resolved_only,
    )
    team = form.value("team")
    alike = selectors.alike(page.rows)
    covers = case_help.covered(page.rows)
    context = {
        "form": form,
        "page": page,
        "resolved_only": resolved_only,
        "team_kinds": [kind.label for kind in KINDS if kind.team == team],
        "rows": [
            row(case)
            | {
                "alike": alike.get((case.kind, case.cause), 0),
                "covers": covers.get(case.pk, ""),
            }
            for case in page.rows
        ],
        "counts": selectors.case_counts(cases),
        "top": None if form.value("kind") else selectors.top_kind(cases),
        "tabs": _tabs(selectors.team_totals(everybody), team),
        "team_label": TEAM_LABELS[Team(team)] if team else "",
        "reset_url": f"{request.path}?team={team}" if team else request.path,
        "last_look": selectors.last_look(form.value("store")),
        "may_assign": request.user.has_perm("orders.assign_exception"),
    }
    return render(request, "orders/case_list.html", context)


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
