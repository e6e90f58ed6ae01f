"""A line of a settlement: suggestions, search, a person's match with a note."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders.models import Order
from reconciliation.models import SettlementLine
from reconciliation.settlements import matching
from reconciliation.settlements.matching import MatchError
from reconciliation.views.settlements import LOOK, MATCH, settlement_of
from shipsync_site.lib.permissions import needs

NONE = "none"


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One line, what it may be about, and what else names the same order."""
    return _page(request, _line(pk, number))


@require_POST
@needs(MATCH)
def match(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Give it to an order, or to none."""
    line, wanted = _line(pk, number), request.POST.get("order", "")
    order = None
    if wanted != NONE:
        order = (
            Order.objects.select_related("store")
            .filter(pk=int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0)
            .first()
        )
        if order is None:
            messages.error(request, "Choose an order, or that it belongs to none.")
            return _page(request, line, status=422)
    try:
        done = matching.match(
            line,
            cast("User", request.user),
            order,
            request.POST.get("note", ""),
            alike=bool(request.POST.get("alike")),
        )
    except MatchError as error:
        messages.error(request, str(error))
        return _page(request, line, status=422)
    where = f"matched to {order.number}" if order else "said to belong to no order"
    messages.success(request, f"{done} line{'s' if done > 1 else ''} {where}.")
    back = reverse("reconciliation:settlement", args=[pk])
    return redirect(f"{back}?rung=none" if line.settlement.unmatched_count else back)


def _line(pk: int, number: int) -> SettlementLine:
    settlement = settlement_of(pk)
    line = get_object_or_404(
        SettlementLine.objects.select_related(
            "order__store", "order_line", "matched_by"
        ),
        settlement=settlement,
        number=number,
    )
    line.settlement = settlement
    return line


def _page(
    request: HttpRequest, line: SettlementLine, status: int = 200
) -> HttpResponse:
    query = (request.GET.get("q") or request.POST.get("q") or "").strip()[:100]
    found = matching.search(line, query) if query else matching.suggestions(line)
    same = SettlementLine.objects.filter(settlement__account=line.settlement.account_id)
    others = (
        same.filter(order_ref=line.order_ref, settlement__stored_at__isnull=False)
        .exclude(pk=line.pk)
        .select_related("settlement")
        .order_by("settlement", "number")
        if line.order_ref
        else same.none()
    )
    return render(
        request,
        "reconciliation/settlements/line.html",
        {
            "line": line,
            "settlement": line.settlement,
            "query": query,
            "found": found,
            "others": others[:50],
            "alike": others.filter(settlement=line.settlement, rung="").count(),
            "note": request.POST.get("note", ""),
            "findings": line.findings.filter(state="open"),
        },
        status=status,
    )
