"""Working through a queue: the next case opens by itself, and nobody else gets it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from orders import claims, working
from orders.models import OrderException
from shipsync_site.lib.permissions import needs

LOOK, ACT = "orders.view_orderexception", "orders.assign_exception"
View = Callable[[HttpRequest, int], HttpResponseBase]


@require_POST
@needs(ACT)
def start(request: HttpRequest) -> HttpResponse:
    """Open the first case of a queue (``query``: its filters)."""
    _end(request)
    found = working.Working(query=request.POST.get("query", "")[:1000])
    return _open_next(request, found)


@require_POST
@needs(ACT)
def move_on(request: HttpRequest) -> HttpResponse:
    """Open the next case; the one that is open is skipped, or was done."""
    found = working.current(request.session)
    if found is None:
        return redirect("orders:work")
    return _open_next(request, found)


@require_POST
@needs(ACT)
def stop(request: HttpRequest) -> HttpResponse:
    """Leave the case that is open and go back to the queue."""
    found = _end(request)
    if found is None:
        return redirect("orders:cases")
    messages.success(
        request, f"Worked through: {found.done} done, {len(found.skipped)} skipped."
    )
    return redirect(found.url)


@require_GET
@needs(LOOK)
def summary(request: HttpRequest) -> HttpResponse:
    """What was done, once nothing is left."""
    found = working.current(request.session)
    if found is None:
        return redirect("orders:cases")
    if found.at:
        return redirect("orders:case", found.at)
    user_id = cast("User", request.user).pk
    left = found.cases(user_id)
    context = {
        "work": found,
        "skipped": left.filter(pk__in=found.skipped).count(),
        "elsewhere": left.exclude(pk__in=found.skipped).count(),
    }
    return render(request, "orders/work_end.html", context)


@require_POST
@needs(ACT)
def on_screen(request: HttpRequest, pk: int) -> JsonResponse:
    """The page that shows the case is open: claim it, or say who has it."""
    until = claims.claim(pk, cast("User", request.user).pk)
    if until is not None:
        return JsonResponse({"until": until.isoformat(), "who": ""})
    case = OrderException.objects.select_related("claimed_by").filter(pk=pk).first()
    other = claims.holder(case, request.user.pk) if case is not None else None
    return JsonResponse({"until": "", "who": other.get_username() if other else ""})


@require_POST
@needs(ACT)
def off_screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The page was left: its claim (``until``) is given up."""
    until = parse_datetime(request.POST.get("until", ""))
    if until is not None:
        claims.release(pk, cast("User", request.user).pk, until)
    return HttpResponse(status=204)


def goes_on(view: View) -> View:
    """An act on a case, after which the next one opens where a queue is worked through.

    Only where the case is the open one and waits no longer in that queue.
    """

    @wraps(view)
    def acted(request: HttpRequest, pk: int) -> HttpResponseBase:
        response = view(request, pk)
        found = working.current(request.session)
        if response.status_code != 302 or found is None or found.at != pk:
            return response
        if found.holds(pk, cast("User", request.user).pk):
            return response
        return _open_next(request, found)

    return acted


def _open_next(request: HttpRequest, found: working.Working) -> HttpResponse:
    case = working.move_on(found, cast("User", request.user).pk)
    working.keep(request.session, found)
    if case is None:
        return redirect("orders:work")
    return redirect("orders:case", case.pk)


def _end(request: HttpRequest) -> working.Working | None:
    """Where the person was; they work through nothing any more."""
    found = working.current(request.session)
    if found is not None:
        working.leave(found, cast("User", request.user).pk)
        working.keep(request.session, None)
    return found
