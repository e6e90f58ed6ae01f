"""Lines of many settlements: the rows behind a month's figures."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reconciliation.exports.reports import settlements as reports
from reconciliation.models import SettlementLine
from reconciliation.settlement_filters import MonthLineFilter
from reconciliation.views.settlements import LINES, LOOK
from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs


def _found(form: MonthLineFilter) -> QuerySet[SettlementLine]:
    lines = SettlementLine.objects.filter(settlement__stored_at__isnull=False)
    return form.narrow(lines)


@require_safe
@needs(LOOK)
def list_lines(request: HttpRequest) -> HttpResponse:
    """Lines of whatever settlements, by month, account, store, currency and kind."""
    form = MonthLineFilter(request.GET)
    rows = _found(form)
    page = Paginator(
        rows.select_related("settlement", "order").order_by("settlement", "number"),
        LINES,
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "reconciliation/settlements/lines.html",
        {
            "form": form,
            "page_obj": page,
            "lines": list(page),
            "total": page.paginator.count,
            "sums": _sums(rows),
        },
    )


def _sums(rows: QuerySet[SettlementLine]) -> list[tuple[Any, str]]:
    found = (
        rows.order_by("settlement__currency")
        .values_list("settlement__currency")
        .annotate(net=Sum("amount"))
    )
    return [(net, currency) for currency, net in found]


@require_safe
@needs(LOOK)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same lines as a file."""
    form = MonthLineFilter(request.GET)
    return downloads.answer(
        request,
        reports.LINES.code,
        reports.LINES.columns,
        reports.line_rows(_found(form)),
        name="settlement-lines",
        form=form,
    )
