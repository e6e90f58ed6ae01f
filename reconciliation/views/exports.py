"""Exports: every report that a person may take, and who took which."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from reconciliation.exports.log import OTHERS, label_of
from reconciliation.exports.registry import REPORTS, Query, Report, allowed
from reconciliation.models import ExportLog
from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs, require

LOOK, SEE, REVEAL = (
    "reconciliation.view_run",
    "reconciliation.see_exports",
    "orders.reveal_buyer",
)
PAGE = 50


@require_safe
@needs(LOOK)
def list_reports(request: HttpRequest) -> HttpResponse:
    """What can be taken along, each with its list and its columns."""
    reports = allowed(request.user)
    mine = ExportLog.objects.filter(by=request.user.pk)[:5]
    return render(
        request,
        "reconciliation/export_list.html",
        {
            "rows": [(report, _page(report)) for report in reports],
            "mine": [(row, label_of(row.report)) for row in mine],
        },
    )


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """A report's columns, its filters as the address has them, and the ways to take it."""
    report = _report(request, code)
    query = Query(data=request.GET, user=request.user)
    form = report.form(query) if report.form else None
    return render(
        request,
        "reconciliation/export.html",
        {
            "report": report,
            "page": _page(report),
            "form": form,
            "filters": downloads.filters_of(request, form),
            "query": request.GET.urlencode(),
            "plain": _with(request, bom="no"),
        },
    )


@require_safe
def take(request: HttpRequest, code: str) -> StreamingHttpResponse:
    """The report as a file, with the list's own filters; ``?bom=no`` for programs."""
    return _answer(request, _report(request, code))


@require_POST
@needs(REVEAL)
def take_unmasked(
    request: HttpRequest, code: str
) -> StreamingHttpResponse | HttpResponseRedirect:
    """The same with buyers in full, this once; each order keeps who took it."""
    report = _report(request, code)
    if not report.buyers:
        raise BadRequest(f"{report.label} has no buyers' data")
    return _answer(request, report, unmasked=True)


@require_safe
@needs(SEE)
def list_log(request: HttpRequest) -> HttpResponse:
    """Every file that left the house, the latest first; ``report`` and ``by`` narrow."""
    rows = ExportLog.objects.select_related("by", "schedule")
    report, by = request.GET.get("report", "")[:60], request.GET.get("by", "")[:150]
    if report:
        rows = rows.filter(report=report)
    if by:
        rows = rows.filter(by__username=by)
    if request.GET.get("buyers") == "yes":
        rows = rows.filter(unmasked=True)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    codes = sorted({*OTHERS, *(x.code for x in REPORTS)}, key=label_of)
    return render(
        request,
        "reconciliation/export_log.html",
        {
            "page_obj": page,
            "rows": [(row, label_of(row.report)) for row in page],
            "report": report,
            "by": by,
            "buyers": request.GET.get("buyers", ""),
            "reports": [(code, label_of(code)) for code in codes],
            "unmasked": ExportLog.objects.filter(unmasked=True).count(),
            "any": page.paginator.count > 0 or ExportLog.objects.exists(),
        },
    )


def export_url(code: str, query: str = "") -> str:
    """The address of a report's file with these filters."""
    path = reverse("reconciliation:export_csv", args=[code])
    return f"{path}?{query}" if query else path


def _report(request: HttpRequest, code: str) -> Report:
    if code not in REPORTS:
        raise Http404(f"no report is called {code}")
    report = REPORTS.get(code)
    require(request, report.permission)
    return report


def _answer(
    request: HttpRequest, report: Report, *, unmasked: bool = False
) -> StreamingHttpResponse:
    query = Query(data=request.GET, user=request.user, unmasked=unmasked)
    return downloads.answer(
        request,
        report.code,
        report.columns,
        report.rows(query),
        form=report.form(query) if report.form else None,
        unmasked=unmasked,
        shows=report.shows,
    )


def _page(report: Report) -> str:
    """The address of the list with the same filters, '' where there is none yet."""
    try:
        return reverse(report.page) if report.page else ""
    except NoReverseMatch:
        return ""


def _with(request: HttpRequest, **changes: Any) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return query.urlencode()
