"""Help: the list of questions, a page each, and every kind of case."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders.exception_kinds import KINDS, Team
from shipsync_site.guide import GUIDE, every_page, kinds
from shipsync_site.lib.permissions import needs

LOOK = "orders.view_order"


@require_safe
@needs(LOOK)
def overview(request: HttpRequest) -> HttpResponse:
    """Every question."""
    return render(
        request, "guide/list.html", {"pages": every_page(), "kinds": len(KINDS)}
    )


@require_safe
@needs(LOOK)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One question and its answer."""
    if code not in GUIDE:
        raise Http404(f"There is no page {code!r} in the guide.")
    shown = GUIDE.get(code)
    others = [other for other in every_page() if other != shown]
    return render(
        request,
        "guide/page.html",
        {"shown": shown, "parts": shown.parts(), "others": others},
    )


@require_safe
@needs(LOOK)
def list_kinds(request: HttpRequest) -> HttpResponse:
    """Every kind of case, searched by words and narrowed by team."""
    query = request.GET.get("q", "").strip()[:100]
    team = request.GET.get("team", "")
    if team not in set(Team):
        team = ""
    return render(
        request,
        "guide/kinds.html",
        {
            "rows": kinds.found(query, team),
            "query": query,
            "team": team,
            "teams": [(x, len(of)) for x, of in kinds.teams() if of],
            "total": len(KINDS),
        },
    )


@require_safe
@needs(LOOK)
def kind(request: HttpRequest, code: str) -> HttpResponse:
    """The runbook of one kind."""
    if code not in KINDS:
        raise Http404(f"There is no kind of case {code!r}.")
    shown = KINDS.get(code)
    return render(
        request, "guide/kind.html", {"kind": shown, "entries": kinds.runbook(shown)}
    )
