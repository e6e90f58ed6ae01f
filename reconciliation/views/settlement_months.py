"""Money over time: a month's sums for the books, and an account's reserve."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reconciliation.exports.registry import Query
from reconciliation.exports.reports import settlements as reports
from reconciliation.settlement_filters import (
    SettlementFilter,
    month_of,
    paying_accounts,
)
from reconciliation.settlements import shown
from reconciliation.settlements.rules.whole import CHAINED, reserves
from reconciliation.settlements.shown import MonthRow
from reconciliation.views.settlements import LOOK, sums
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.permissions import needs
from stores.models import RemoteAccount


@require_safe
@needs(LOOK)
def months(request: HttpRequest) -> HttpResponse:
    """Sums of what was deposited in a month, per store, currency and kind."""
    now = clock.now().date().replace(day=1)
    text, account = request.GET.get("month", ""), request.GET.get("account", "")
    first = month_of(text) if text else now
    known = account in {"", *(key for key, _name in paying_accounts())}
    rows = shown.month_rows(first, account) if first and known else []
    return render(
        request,
        "reconciliation/settlements/months.html",
        {
            "first": first,
            "account": account,
            "accounts": paying_accounts(),
            "tables": _tables(rows, first or now),
            "deposits": _deposits(request) if first and known else [],
            "before": (first - timedelta(days=1)).replace(day=1) if first else now,
            "after": (first + timedelta(days=31)).replace(day=1) if first else now,
            "this": now,
            "unknown": first is None or not known,
        },
    )


def _tables(rows: list[MonthRow], first: date) -> list[dict[str, Any]]:
    """A table per currency: kinds down, with the sum of each store and of all."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        table = found.setdefault(
            row.currency, {"currency": row.currency, "rows": [], "sum": 0, "lines": 0}
        )
        table["rows"].append((row, row.query(first)))
        table["sum"] += row.amount
        table["lines"] += row.count
    return list(found.values())


def _deposits(request: HttpRequest) -> list[Any]:
    data = request.GET.copy()
    data["month"] = data.get("month") or f"{clock.now():%Y-%m}"
    return sums(SettlementFilter(data).narrow(shown.standing()))


@require_safe
@needs(LOOK)
def months_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as a file for the books."""
    report = reports.MONTHS
    query = Query(data=request.GET, user=request.user)
    return downloads.answer(request, report.code, report.columns, report.rows(query))


@require_safe
@needs(LOOK)
def reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """What an account has kept back, settlement after settlement."""
    account = get_object_or_404(
        RemoteAccount.objects.defer("secrets", "settings"), pk=pk
    )
    tables = [
        {
            "currency": currency,
            "rows": list(reversed(rows)),
            "balance": rows[-1].balance,
            "drifts": sum(1 for row in rows if row.drift),
            "chained": rows[-1].settlement.source in CHAINED,
        }
        for currency, rows in reserves(account).items()
    ]
    return render(
        request,
        "reconciliation/settlements/reserve.html",
        {"account": account, "tables": tables},
    )
