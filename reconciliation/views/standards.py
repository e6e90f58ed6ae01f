"""Seller standards: every store's rates, one of them with what it is made of."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from orders.exception_kinds import KINDS, Team
from reconciliation.standards import at_risk, limits, listed, readings, tasks
from reconciliation.standards.arithmetic import State
from reconciliation.standards.course import draw
from reconciliation.standards.forms import LimitForm
from reconciliation.standards.standing import judged, standing_of
from reconciliation.views.exports import export_url
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.permissions import needs
from stores.connectors import CONNECTORS
from stores.models import Store
from stores.remote_standards import Counts, Standard

LOOK = "reconciliation.view_standardreading"
SET = "reconciliation.set_standards"
COUNT = "reconciliation.start_run"
PAGE, FIRST = 50, 10
HEADER = (
    *("Order", "Ordered", "Ship by", "Status", "Told"),
    *("Carrier sent", "Tracking sent"),
)


@require_safe
@needs(LOOK)
def overview(request: HttpRequest) -> HttpResponse:
    """Every store's rates as they were counted last."""
    stores = listed.lines_of(list(judged()), clock.now())
    every = [line for _store, lines in stores for line in lines]
    taken = [line.reading.taken_at for line in every if line.reading]
    return render(
        request,
        "reconciliation/standards/list.html",
        {
            "stores": stores,
            "breached": sum(line.state is State.BREACHED for line in every),
            "near": sum(line.state is State.NEAR for line in every),
            "total": len(every),
            "taken_at": min(taken, default=None),
            "unseen": _unseen([store for store, _lines in stores]),
            "export_url": export_url("standards"),
            "spark": (listed.SPARK_WIDTH, listed.SPARK_HEIGHT),
        },
    )


@require_POST
@needs(COUNT)
def count(request: HttpRequest) -> HttpResponse:
    """Count every store now instead of within the hour."""
    total = tasks.take()
    messages.success(request, f"Counted: {total} rate{'' if total == 1 else 's'}.")
    return redirect("reconciliation:standards")


@require_safe
@needs(LOOK)
def detail(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One rate of a store, counted now, with its course."""
    store, standard = _asked(slug, code)
    return render(
        request,
        "reconciliation/standards/detail.html",
        _context(store, standard, LimitForm()),
    )


@require_POST
@needs(SET)
def limit(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Set the store's own limit, or go back to the marketplace's (``own=no``)."""
    store, standard = _asked(slug, code)
    user = cast("User", request.user)
    if request.POST.get("own") == "no":
        limits.change(store, standard, None, "", user)
        messages.success(request, "The marketplace's own limit counts again.")
        return redirect("reconciliation:standard", slug, code)
    form = LimitForm(request.POST)
    if not form.is_valid():
        context = _context(store, standard, form)
        return render(
            request, "reconciliation/standards/detail.html", context, status=422
        )
    limits.change(store, standard, form.share, form.cleaned_data["note"], user)
    messages.success(request, f"From now on: {limits.percent(form.share)}.")
    return redirect("reconciliation:standard", slug, code)


@require_safe
@needs(LOOK)
def orders(request: HttpRequest, slug: str, code: str, which: str) -> HttpResponse:
    """The orders behind one of its figures."""
    store, standard = _asked(slug, code)
    rows, standing = _behind(store, standard, which)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reconciliation/standards/orders.html",
        {
            "store": store,
            "standard": standard,
            "standing": standing,
            "which": which,
            "heading": listed.WHICH[which],
            "page_obj": page,
            "rows": listed.behind(standard, page.object_list),
            "parcels": standard.counts is Counts.TRACKED,
        },
    )


@require_safe
@needs(LOOK)
def orders_csv(
    request: HttpRequest, slug: str, code: str, which: str
) -> StreamingHttpResponse:
    """The same orders as a file."""
    store, standard = _asked(slug, code)
    rows, _standing = _behind(store, standard, which)

    def lines() -> Any:
        pages = Paginator(rows, 1000)
        for number in pages.page_range:
            for row in listed.behind(standard, pages.page(number).object_list):
                yield (
                    row.number,
                    row.ordered_at,
                    row.ship_by,
                    row.raw_status,
                    row.told_at,
                    row.carrier,
                    row.tracking,
                )

    return downloads.answer(
        request,
        "standard-orders",
        HEADER,
        lines(),
        name=f"{store.slug}-{standard.code}-{which}",
    )


@require_safe
@needs(LOOK)
def cases(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The open cases whose orders turn bad if nothing is done, the next one first."""
    store, standard = _asked(slug, code)
    rows = at_risk.cases(standard, store, clock.now()).select_related("order")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reconciliation/standards/cases.html",
        {
            "store": store,
            "standard": standard,
            "page_obj": page,
            "rows": _cases(page.object_list),
        },
    )


def _asked(slug: str, code: str) -> tuple[Store, Standard]:
    stores = Store.objects.select_related("remote_account")
    store = get_object_or_404(stores, slug=slug)
    standard = limits.standard_of(store, code)
    if standard is None:
        raise Http404(f"{store} is not judged by {code}")
    return store, standard


def _behind(store: Store, standard: Standard, which: str) -> tuple[Any, Any]:
    if which not in listed.WHICH:
        raise Http404(f"no such part of a rate: {which}")
    kept = limits.limits_of([store])[store.pk, standard.code]
    standing, counted = standing_of(store, standard, kept, clock.now())
    rows = listed.rows_of(standard, counted, which)
    if rows is None:
        raise Http404(f"{standard.code} has nothing that is not clear")
    return rows, standing


def _context(store: Store, standard: Standard, form: LimitForm) -> dict[str, Any]:
    now = clock.now()
    kept = limits.limits_of([store])[store.pk, standard.code]
    standing, _counted = standing_of(store, standard, kept, now)
    course = readings.course(store, standard.code, now)
    worse = at_risk.cases(standard, store, now).select_related("order")
    tone, words, icon = listed.TONES[standing.state]
    return {
        "store": store,
        "standard": standard,
        "standing": standing,
        "rate": None if standing.share is None else limits.percent(standing.share, 2),
        "limit": limits.shown(kept.limit),
        "usual": limits.percent(standard.limit) if standard.limit is not None else "",
        "kept": kept,
        "badge": (words, tone.value, icon),
        "course": draw(
            [(row.day, row.bad, row.whole) for row in course],
            kept.limit,
            at_least=standard.at_least,
            days=readings.SHOWN,
            today=readings.today(store, now),
        ),
        "cases": _cases(worse[:FIRST]),
        "case_count": worse.count(),
        "form": form,
        "log": _log(store, standard),
        "parcels": standard.counts is Counts.TRACKED,
    }


def _cases(rows: Any) -> list[tuple[Any, str, str]]:
    """(case, label of its kind, label of its team)."""
    teams = {team.value: team.label for team in Team}
    return [
        (
            row,
            KINDS.get(row.kind).label if row.kind in KINDS else row.kind,
            teams.get(row.team, row.team),
        )
        for row in rows
    ]


def _log(store: Store, standard: Standard) -> list[LogEntry]:
    """Who changed the limit, newest first."""
    return list(
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Store),
            object_id=str(store.pk),
            change_message__startswith=f"{standard.label}: limit ",
        ).select_related("user")[:10]
    )


def _unseen(stores: list[Store]) -> list[tuple[str, Any]]:
    """(marketplace, rates that it counts and we can't) of these stores' marketplaces."""
    codes = dict.fromkeys(store.remote_account.marketplace for store in stores)
    return [
        (CONNECTORS.get(code).label, CONNECTORS.get(code).standards_unseen)
        for code in codes
        if code in CONNECTORS and CONNECTORS.get(code).standards_unseen
    ]
