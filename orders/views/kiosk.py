"""The stop list: one field, one answer that fills the screen, and what packers report.

The same pages serve a screen of the packing bench, which has a key of its own and no
person, and whoever is logged in and may use the bench. No buyer data is ever on them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from orders import bench_acts, kiosks
from orders.bench import Found, look_up
from orders.bench_acts import BenchError, Reporter
from orders.models import (
    CaseState,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    Order,
    OrderException,
    ShortPick,
)
from orders.stop_list import answer
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs

COOKIE = "shipsync_bench"
COOKIE_DAYS = 400
PATH = "/bench/"
# For people at the console; each screen has its own.
MAX_AGE = timedelta(minutes=15)
TASKS_SHOWN = 20
# More of one SKU than this is typed in the case, not tapped.
MOST_TAPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Who stands at the bench, and where his pages are ('bench' or 'screen')."""

    who: Reporter
    max_age: timedelta
    pages: str

    def url(self, name: str, *args: object) -> str:
        """One of the pages, as this one may reach it."""
        suffix = f"_{name}" if name else ""
        return reverse(f"orders:{self.pages}{suffix}", args=args)


P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Bench, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def for_person(page: Page[P]) -> View[P]:
    """The page for whoever is logged in and may use the bench."""

    @wraps(page)
    def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = cast("User", request.user)
        who = Reporter(name=user.get_username(), user=user)
        bench = Bench(who=who, max_age=MAX_AGE, pages="bench")
        return page(request, bench, *args, **kwargs)

    return never_cache(needs("orders.use_bench")(cast("View[P]", view)))


def for_screen(page: Page[P]) -> View[P]:
    """The page for a paired screen; others are led to where screens are paired."""

    @wraps(page)
    def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        device = kiosks.device_of(request.COOKIES.get(COOKIE, ""))
        if device is None:
            return redirect("orders:pair")
        if request.method == "POST":
            kiosks.seen(device)
        bench = Bench(
            who=Reporter(name=device.name, device=device),
            max_age=timedelta(minutes=device.max_age_minutes),
            pages="screen",
        )
        return page(request, bench, *args, **kwargs)

    return cast("View[P]", never_cache(login_not_required(view)))


def _stop_list(request: HttpRequest, bench: Bench) -> HttpResponse:
    """The field and what is wanted back; posted, the answer for what was scanned."""
    text = request.POST.get("scan", "").strip()[:100]
    if request.method == "POST" and text:
        return _answered(request, bench, text)
    return render(request, "kiosk/ready.html", _frame(bench) | {"tasks": tasks()})


def _answered(
    request: HttpRequest, bench: Bench, text: str, said: str = "", problem: str = ""
) -> HttpResponse:
    now = clock.now()
    found = look_up(text)
    told = answer(found.parcel, now=now, max_age=bench.max_age)
    for order in found.orders:
        if order.number == told.number:
            bench_acts.told_stop(order, told, bench.who)
    return render(
        request,
        "kiosk/answer.html",
        _frame(bench)
        | {
            "scan": text,
            "answer": told,
            "now": now,
            "said": said,
            "problem": problem,
            "orders": _orders(found),
        },
        status=422 if problem else 200,
    )


def _frame(bench: Bench) -> dict[str, Any]:
    return {
        "bench": bench,
        "ready_url": bench.url(""),
        "report_url": bench.url("report"),
        "short_url": bench.url("short"),
        "found_url": bench.url("found"),
    }


def _orders(found: Found) -> list[dict[str, Any]]:
    """The parcel's orders with what may be reported of each."""
    if found.parcel.several:
        return []
    ids = [order.pk for order in found.orders]
    wanted_back = set(
        OrderException.objects.filter(
            order__in=ids, kind=bench_acts.TASK, state=CaseState.OPEN
        ).values_list("order_id", flat=True)
    )
    missing: dict[int, dict[str, int]] = {}
    for order_id, sku, units in ShortPick.objects.filter(
        order__in=ids, cleared_at=None
    ).values_list("order_id", "sku", "units"):
        missing.setdefault(order_id, {})[sku] = units
    return [
        {
            "order": order,
            "wanted_back": order.pk in wanted_back,
            "missing": missing.get(order.pk, {}),
            "lines": _lines(order, missing.get(order.pk, {})),
        }
        for order in found.orders
    ]


def _lines(order: Order, missing: dict[str, int]) -> list[dict[str, Any]]:
    """What is to be packed, with the numbers that can be tapped as missing."""
    if order.closed_at is not None:
        return []
    titles = {line.sku: line.title for line in order.lines.all()}
    return [
        {
            "sku": sku,
            "title": titles.get(sku, ""),
            "units": units,
            "missing": missing.get(sku, 0),
            "taps": range(1, min(units, MOST_TAPS) + 1),
        }
        for sku, units in bench_acts.wanted_units(order).items()
    ]


def tasks() -> list[FollowUp]:
    """The parcels that are to be taken off the line, the most urgent first."""
    rows = FollowUp.objects.filter(
        kind=FollowUpKind.INTERCEPT, state=FollowUpState.OPEN
    )
    rows = rows.select_related("order__store", "shipment")
    return list(rows.order_by(F("due").asc(nulls_last=True), "pk")[:TASKS_SHOWN])


def _report(request: HttpRequest, bench: Bench) -> HttpResponse:
    """What became of a parcel that is wanted back."""
    stopped = request.POST.get("what") == "stopped"
    return _act(
        request,
        bench,
        lambda pk: bench_acts.report_parcel(pk, stopped=stopped, who=bench.who),
    )


def _short(request: HttpRequest, bench: Bench) -> HttpResponse:
    """Units that are not on the shelf."""
    sku, units = request.POST.get("sku", ""), _number(request.POST.get("units", ""))
    return _act(
        request,
        bench,
        lambda pk: bench_acts.report_short(pk, sku, units, bench.who),
    )


def _found(request: HttpRequest, bench: Bench) -> HttpResponse:
    """What was missing is there."""
    return _act(request, bench, lambda pk: bench_acts.report_found(pk, bench.who))


def _act(request: HttpRequest, bench: Bench, act: Callable[[int], str]) -> HttpResponse:
    """Do it and show the answer for the same parcel, as it is now."""
    said = problem = ""
    try:
        said = act(_number(request.POST.get("order", "")))
    except BenchError as error:
        problem = str(error)
    text = request.POST.get("scan", "").strip()[:100]
    return _answered(request, bench, text, said, problem)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


_list_view = require_http_methods(["GET", "HEAD", "POST"])(_stop_list)
_report_view, _short_view, _found_view = map(require_POST, (_report, _short, _found))
bench, screen = for_person(_list_view), for_screen(_list_view)
bench_report, screen_report = for_person(_report_view), for_screen(_report_view)
bench_short, screen_short = for_person(_short_view), for_screen(_short_view)
bench_found, screen_found = for_person(_found_view), for_screen(_found_view)


@never_cache
@login_not_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest) -> HttpResponse:
    """Exchange the code that a lead reads out for this screen's own key."""
    problem, status = "", 200
    if request.method == "POST":
        address = get_client_ip_address(request) or "unknown"
        try:
            _device, key = kiosks.pair(request.POST.get("code", ""), address)
        except kiosks.KioskError as error:
            problem = str(error)
            status = 429 if isinstance(error, kiosks.TooManyCodesError) else 422
        else:
            response = redirect("orders:screen")
            response.set_cookie(
                COOKIE,
                key,
                max_age=timedelta(days=COOKIE_DAYS),
                path=PATH,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
            return response
    return render(request, "kiosk/pair.html", {"problem": problem}, status=status)
