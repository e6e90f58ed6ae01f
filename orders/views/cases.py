"""The queues: per team, next deadline first; acts on many rows; the same as CSV."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from orders import case_bulk, case_help, exports, selectors
from orders.case_counts import case_counts
from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, Team
from orders.filters import TEAM_LABELS
from orders.forms import BulkForm, colleagues
from orders.models import CaseState, OrderException
from shipsync_site.lib.permissions import needs

logger = logging.getLogger(__name__)


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
    acts = request.user.has_perm("orders.assign_exception")
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
        "may_assign": acts,
        "bulk": _bulk(request, form, page.rows) if acts else None,
    }
    return render(request, "orders/case_list.html", context)


@require_POST
@needs("orders.assign_exception")
def bulk(request: HttpRequest) -> HttpResponse:
    """One act on the chosen rows; the answer has a line for each of them."""
    form = BulkForm(request.POST)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("orders:cases")
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        messages.error(request, " ".join(errors))
        return redirect(back)
    versions = form.cleaned_data["row"]
    cases = selectors.case_rows(OrderException.objects.filter(pk__in=versions))
    values = form.cleaned_data
    act = case_bulk.Act(
        name=values["act"],
        to=values["to"],
        team=values["team"],
        resolution=values["resolution"],
        reason=values["reason"],
    )
    results = case_bulk.run(
        list(cases.order_by("pk")),
        versions,
        act,
        request.user,  # type: ignore[arg-type]
    )
    done = sum(result.done for result in results)
    logger.info(
        "cases act=%s by=%s chosen=%s done=%s",
        act.name,
        request.user.pk,
        len(versions),
        done,
    )
    context = {
        "rows": [row(result.case) | {"result": result} for result in results],
        "act": BulkForm.WORDS[act.name],
        "done": done,
        "left": len(results) - done,
        "back": back,
    }
    return render(request, "orders/case_bulk.html", context)


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


def _bulk(
    request: HttpRequest, form: CaseFilter, rows: list[OrderException]
) -> dict[str, Any] | None:
    """What can be done to many rows; the ways out only where all are of one kind."""
    if not any(case.state == CaseState.OPEN for case in rows):
        return None
    team = form.value("team")
    return {
        "people": colleagues(team) if team else (),
        "teams": [(code.value, TEAM_LABELS[code]) for code in Team if code != team],
        "may_retry": request.user.has_perm("orders.retry_sync"),
        "ways": [
            way
            for way in case_bulk.ways(form.value("kind"))
            if request.user.has_perm(way.permission)
        ],
        "here": request.get_full_path(),
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
