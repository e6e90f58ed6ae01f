"""Days and months of a store: compared, closed by a person, opened again by late rows."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from reconciliation import calendar, periods
from reconciliation.calendar import Span
from reconciliation.models import Period
from reconciliation.periods import DAY, MONTH, PeriodError
from reconciliation.rules import bucket_label
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from shipsync_site.lib.zones import zone
from stores.models import Store

LOOK, CLOSE = "reconciliation.view_run", "reconciliation.close_period"


@require_safe
@needs(LOOK)
def overview(request: HttpRequest) -> HttpResponse:
    """``?store=`` and ``?month=2026-11``; ``?day=`` or ``?of=month`` opens one."""
    stores = list(Store.objects.order_by("name", "pk"))
    asked = request.GET.get("store", "")
    store = next((x for x in stores if x.slug == asked), stores[0] if stores else None)
    if store is None:
        return render(request, "reconciliation/periods.html", {"store": None})
    today = clock.now().astimezone(zone(store.timezone)).date()
    month = _month(request.GET.get("month", ""), today)
    return render(
        request,
        "reconciliation/periods.html",
        {
            "store": store,
            "stores": stores,
            "month": month,
            "before": calendar.month_before(month),
            "after": calendar.month_after(month),
            "weeks": calendar.weeks_of(store, month, today),
            "months": calendar.months_of(store, month.year, today),
            "chosen": _chosen(request, store, month, today),
            "reopened": _reopened(store),
            "today": today,
        },
    )


@require_POST
@needs(CLOSE)
def close(request: HttpRequest) -> HttpResponse:
    """Sign a day or a month off as its latest run found it."""
    store, kind, day = _asked(request)
    try:
        periods.close(periods.period_for(store, kind, day), cast("User", request.user))
    except PeriodError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Closed as its latest run found it.")
    return redirect(_address(store, kind, day))


@require_POST
@needs(CLOSE)
def reopen(request: HttpRequest) -> HttpResponse:
    """Open it again by hand, for a reason."""
    store, kind, day = _asked(request)
    try:
        periods.reopen(
            periods.period_for(store, kind, day),
            cast("User", request.user),
            request.POST.get("why", "")[:200],
        )
    except PeriodError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Open again.")
    return redirect(_address(store, kind, day))


def _asked(request: HttpRequest) -> tuple[Store, str, date]:
    store = get_object_or_404(Store, slug=request.POST.get("store", "")[:100])
    kind = MONTH if request.POST.get("kind") == MONTH else DAY
    day = _day(request.POST.get("day", ""))
    return store, kind, day or clock.now().astimezone(zone(store.timezone)).date()


def _address(store: Store, kind: str, day: date) -> str:
    query = {"store": store.slug, "month": f"{day:%Y-%m}"}
    query |= {"of": MONTH} if kind == MONTH else {"day": day.isoformat()}
    return f"{reverse('reconciliation:periods')}?{urlencode(query)}#chosen"


def _month(text: str, today: date) -> date:
    """The month that the URL names, else this one."""
    return _day(f"{text}-01") or today.replace(day=1)


def _day(text: str) -> date | None:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def _chosen(
    request: HttpRequest, store: Store, month: date, today: date
) -> dict[str, Any] | None:
    if request.GET.get("of") == MONTH:
        span = calendar.span_of(store, MONTH, month, today)
    elif (day := _day(request.GET.get("day", ""))) is not None:
        span = calendar.span_of(store, DAY, day, today)
    else:
        return None
    return {
        "span": span,
        "over": span.last_day < today,
        "buckets": _buckets(span),
        "kept": (span.period.closed_as if span.period else None) or {},
    }


def _buckets(span: Span) -> list[tuple[str, int, int | None]]:
    """(label, orders as it was closed, orders as the latest run has them)."""
    closed = (span.period.closed_as if span.period else None) or {}
    before: dict[str, int] = closed.get("buckets") or {}
    now: dict[str, int] = span.part.buckets if span.part else {}
    return [
        (
            bucket_label(code),
            before.get(code, 0),
            now.get(code, 0) if span.part else None,
        )
        for code in sorted({*before, *now}, key=bucket_label)
    ]


def _reopened(store: Store) -> list[Period]:
    """What was closed and is open again, the latest first."""
    rows = Period.objects.filter(store=store, closed_at=None, reopened_at__isnull=False)
    return list(rows.order_by("-reopened_at", "-pk")[:20])
