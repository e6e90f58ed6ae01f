"""Settlements: the list, one of them line by line, its signature."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from reconciliation.exports.registry import Query
from reconciliation.exports.reports import settlements as reports
from reconciliation.models import Finding, FindingState, Settlement, SettlementLine
from reconciliation.rules import rule_label
from reconciliation.settlement_filters import LineFilter, SettlementFilter
from reconciliation.settlements import shown, signing
from reconciliation.settlements.signing import SignError
from reconciliation.settlements.totals import cents
from reconciliation.settlements.usual import usual_of
from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs
from stores import lanes
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import RemoteAccount

LOOK = "reconciliation.view_settlement"
UPLOAD = "reconciliation.upload_settlement"
MATCH = "reconciliation.match_settlement"
PAGE, LINES = 50, 100


@require_safe
@needs(LOOK)
def list_settlements(request: HttpRequest) -> HttpResponse:
    """What each account was paid, the latest first; the URL holds the filters."""
    form = SettlementFilter(request.GET)
    rows = form.narrow(shown.standing())
    page = Paginator(
        shown.with_findings(rows)
        .select_related("account", "signed_by")
        .defer("account__secrets", "account__settings")
        .order_by("account__name", "-deposited_at", "-ends_at", "-pk"),
        PAGE,
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "reconciliation/settlements/list.html",
        {
            "form": form,
            "page_obj": page,
            "groups": _by_account(list(page)),
            "total": page.paginator.count,
            "sums": sums(rows),
            "counts": rows.aggregate(
                unsigned=Count("pk", filter=Q(signed_at=None)),
                remainders=Count("pk", filter=~Q(remainder=0)),
                unmatched=Count("pk", filter=Q(unmatched_count__gt=0)),
            ),
            "findings": Finding.objects.filter(
                state=FindingState.OPEN, settlement__in=rows.values("pk")
            ).count(),
            "any": page.paginator.count > 0 or shown.standing().exists(),
        },
    )


def _by_account(rows: list[Settlement]) -> list[dict[str, Any]]:
    """The page's settlements under their accounts, with what is usual there."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        account = row.account
        group = found.setdefault(
            account.pk,
            {
                "account": account,
                "usual": usual_of(account.marketplace),
                "fetches": fetches(account),
                "rows": [],
            },
        )
        group["rows"].append(row)
    return list(found.values())


def fetches(account: RemoteAccount) -> bool:
    """Whether the account's marketplace gives its settlements by itself."""
    known = account.marketplace in CONNECTORS
    return (
        known
        and Capability.SETTLEMENTS in CONNECTORS.get(account.marketplace).capabilities
    )


def sums(rows: QuerySet[Settlement]) -> list[dict[str, Any]]:
    """Deposits and remainders by currency."""
    found = (
        rows.order_by("currency")
        .values_list("currency")
        .annotate(whole=Sum("total"), rest=Sum("remainder"))
    )
    return [
        {"currency": currency, "total": cents(whole), "rest": cents(rest)}
        for currency, whole, rest in found
    ]


@require_safe
@needs(LOOK)
def list_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The list with its filters as a file."""
    report = reports.SETTLEMENTS
    query = Query(data=request.GET, user=request.user)
    return downloads.answer(
        request,
        report.code,
        report.columns,
        report.rows(query),
        form=SettlementFilter(request.GET),
    )


def settlement_of(pk: int) -> Settlement:
    """One that is in whole, or 404."""
    rows = shown.standing().select_related("account", "signed_by", "file")
    return get_object_or_404(
        rows.defer("account__secrets", "account__settings", "file__body"), pk=pk
    )


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One settlement: the deposit, what it is made of, and every line."""
    return page(request, settlement_of(pk))


def page(
    request: HttpRequest, settlement: Settlement, note: str = "", status: int = 200
) -> HttpResponse:
    """The settlement's page; ``note`` as it was typed where it can't be signed."""
    form = LineFilter(request.GET)
    every = SettlementLine.objects.filter(settlement=settlement)
    lines = form.narrow(every)
    found = Paginator(
        lines.select_related("order__store", "order_line", "matched_by").order_by(
            "number"
        ),
        LINES,
    ).get_page(request.GET.get("page"))
    shown_sum = lines.aggregate(net=Sum("amount"))["net"] or Decimal("0.00")
    return render(
        request,
        "reconciliation/settlements/detail.html",
        {
            "settlement": settlement,
            "form": form,
            "page_obj": found,
            "lines": list(found),
            "total": found.paginator.count,
            "shown_sum": shown_sum,
            "kinds": shown.by_kind(every),
            "rungs": shown.by_rung(every),
            "findings": _findings(settlement),
            "against": signing.against(settlement),
            "note": note,
        },
        status=status,
    )


def _findings(settlement: Settlement) -> list[tuple[str, str, int, Decimal | None]]:
    """(rule, label, how many, amount) of the open findings of a settlement."""
    rows = (
        Finding.objects.filter(settlement=settlement, state=FindingState.OPEN)
        .order_by()
        .values("rule")
        .annotate(n=Count("pk"), net=Sum("amount"))
    )
    found = [(x["rule"], rule_label(x["rule"]), x["n"], x["net"]) for x in rows]
    return sorted(found, key=lambda row: (-row[2], row[1]))


@require_safe
@needs(LOOK)
def lines_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The lines of a settlement, with the filters of its page, as a file."""
    settlement = settlement_of(pk)
    form = LineFilter(request.GET)
    lines = form.narrow(SettlementLine.objects.filter(settlement=settlement))
    return downloads.answer(
        request,
        reports.LINES.code,
        reports.LINES.columns,
        reports.line_rows(lines),
        shows=reports.LINE_SHOWS,
        name=f"settlement-{settlement.remote_id}",
        form=form,
    )


@require_POST
@needs(MATCH)
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one's name under it."""
    settlement, note = settlement_of(pk), request.POST.get("note", "")
    try:
        signing.sign(settlement, cast("User", request.user), note)
    except SignError as error:
        messages.error(request, str(error))
        return page(request, settlement, note, status=422)
    messages.success(request, f"Signed: {settlement.remote_id}.")
    return redirect("reconciliation:settlement", pk)


@require_POST
@needs(MATCH)
def unsign(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the signature back."""
    try:
        signing.take_back(settlement_of(pk))
    except SignError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Open again: it is to be signed.")
    return redirect("reconciliation:settlement", pk)


@require_POST
@needs(MATCH)
def compare_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the account compared with the dispatches now."""
    settlement = settlement_of(pk)
    Settlement.objects.filter(pk=settlement.pk).update(compared_at=None)
    lanes.enqueue_pump()
    messages.success(
        request,
        "Compared again with the dispatches as they are now. Load the page in a moment.",
    )
    return redirect("reconciliation:settlement", pk)
