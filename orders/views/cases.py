"""The queues: per team, by cause or case, next deadline first; the same as CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import case_help, exports, queue, saved_views, selectors
from orders.bulk.bar import bar
from orders.case_counts import case_counts, cause_counts
from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, Team
from orders.filters import TEAM_LABELS
from orders.models import CaseState, OrderException
from orders.work_by import Clocks
from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs


@require_safe
@needs("orders.view_orderexception")
def list_cases(request: HttpRequest) -> HttpResponse:
    """What waits for a team, or for all, 50 rows a page; the URL holds all of it.

    Rows are causes where the filters allow it (``CaseFilter.by_cause``), with the cases
    of the one that is open; else they are cases. htmx asks for the list alone.
    """
    form = CaseFilter(request.GET)
    team = form.value("team")
    shown = _causes(request, form) if form.by_cause else _cases(request, form)
    total = shown["cases_total"]
    query = request.META.get("QUERY_STRING", "")
    context = shown | {
        "form": form,
        "resolved_only": form.value("state") == CaseState.RESOLVED,
        "team_kinds": [kind.label for kind in KINDS if kind.team == team],
        "views": saved_views.listed(request.user, form),
        "tabs": _tabs(shown["counts"].by_team, team),
        "team_label": TEAM_LABELS[Team(team)] if team else "",
        "keep": _without(request, "open"),
        "start": _without(request, "open", "after", "group"),
        "reset_url": f"{request.path}?team={team}" if team else request.path,
        "last_look": selectors.last_look(form.value("store")),
        "may_assign": request.user.has_perm("orders.assign_exception"),
        "bulk": bar(request.user, form, total, request.path, query)
        if form.value("state") != CaseState.RESOLVED
        else None,
    }
    part = request.htmx.target == "queue"  # type: ignore[attr-defined]
    template = "orders/_queue.html" if part else "orders/case_list.html"
    return render(request, template, context)


def _without(request: HttpRequest, *names: str) -> str:
    """This page's address without these, for one more value to be put behind it."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    kept = f"{query.urlencode()}&" if query else ""
    return f"{request.path}?{kept}"


def _causes(request: HttpRequest, form: CaseFilter) -> dict[str, Any]:
    user_id = request.user.pk
    page, groups = queue.page(form, user_id, request.GET.get("after", ""))
    counts = cause_counts(form, user_id)
    opened, cases = queue.opened(form, user_id, request.GET.get("open", ""))
    return {
        "page": page,
        "groups": groups,
        "counts": counts,
        "cases_total": counts.cases,
        "opened": opened,
        "rows": _rows(cases),
    }


def _cases(request: HttpRequest, form: CaseFilter) -> dict[str, Any]:
    team, user_id = form.value("team"), request.user.pk
    everybody = form.narrow(OrderException.objects.all(), user_id, team=False)
    counts = case_counts(everybody, team)
    field, _of_cause, newest = form.order
    page = selectors.keyset_page(
        selectors.case_rows(
            everybody.filter(team=team) if team else everybody
        ).prefetch_related("tags"),
        field,
        request.GET.get("after", ""),
        newest=newest,
    )
    return {
        "page": page,
        "rows": _rows(page.rows),
        "counts": counts,
        "cases_total": counts.total,
        "top": None if form.value("kind") else counts.top,
    }


def _rows(cases: list[OrderException]) -> list[dict[str, Any]]:
    """The rows of cases, with what else their parcel covers and what ends their time."""
    covers, clocks = case_help.covered(cases), Clocks()
    return [
        row(case)
        | {
            "covers": covers.get(case.pk, ""),
            "ends": clocks.words(case.work_by, case.deadline, case.store),
        }
        for case in cases
    ]


@require_safe
@needs("orders.view_orderexception")
def export_cases(request: HttpRequest) -> StreamingHttpResponse:
    """All cases of the queue as CSV, same filters and order; who took it is logged."""
    form = CaseFilter(request.GET)
    cases = form.narrow(OrderException.objects.all(), request.user.pk)
    field, _of_cause, newest = form.order
    rows = exports.case_cells(selectors.in_order(cases, field, newest=newest))
    return downloads.answer(request, "cases", exports.CASE_HEADER, rows, form=form)


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
