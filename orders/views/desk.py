"""What keeps a queue short: putting cases off, and tags to find them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from orders import snoozing, tags
from orders.case_locks import ConflictError, TriageError
from orders.desk_forms import SnoozeForm
from orders.forms import VersionForm
from orders.models import OrderException, Snooze
from orders.views.case import case_of
from orders.views.cases import row
from shipsync_site.lib import clock, zones
from shipsync_site.lib.permissions import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.assign_exception")
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a case off, with a reason; the form keeps what was typed."""
    case = case_of(pk)
    zone = zones.zone(request.COOKIES.get(zones.COOKIE, zones.DEFAULT))
    back = _back(request, case)
    if request.method != "POST":
        morning = (clock.now().astimezone(zone) + timedelta(days=1)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        form = SnoozeForm(
            zone=zone,
            initial={
                "version": case.version,
                "rule": _first_rule(case.work_by),
                "until": morning.replace(tzinfo=None),
            },
        )
        return _form(request, case, form, back)
    form = SnoozeForm(request.POST, zone=zone)
    if not form.is_valid():
        return _form(request, case, form, back, status=422)
    values = form.cleaned_data
    try:
        snoozing.snooze(
            case,
            values["rule"],
            request.user,  # type: ignore[arg-type]
            values["version"],
            values["reason"],
            values["until"],
        )
    except ConflictError as error:
        messages.error(request, str(error))
        return redirect("orders:case", pk=pk)
    except TriageError as error:
        form.add_error(None, str(error))
        return _form(request, case, form, back, status=422)
    messages.success(request, "Put off: it comes back by itself.")
    return redirect(back)


@require_POST
@needs("orders.assign_exception")
def wake(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a case that was put off back into the queue."""
    case = case_of(pk)
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise TriageError("The form was not complete: load the page again.")
        snoozing.wake(case, request.user, form.cleaned_data["version"])  # type: ignore[arg-type]
    except TriageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is in the queue again.")
    return redirect(_back(request, case))


@require_POST
@needs("orders.note_exception")
def tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a tag (``name``), or take one off (``remove``)."""
    case = case_of(pk)
    try:
        if gone := request.POST.get("remove", ""):
            tags.remove(case, gone, request.user)  # type: ignore[arg-type]
        else:
            tags.add(case, request.POST.get("name", ""), request.user)  # type: ignore[arg-type]
    except TriageError as error:
        messages.error(request, str(error))
    return redirect(_back(request, case))


def _first_rule(work_by: datetime | None) -> str:
    """What usually fits: before the deadline, where that is far enough."""
    soon = work_by is not None and work_by - clock.now() <= snoozing.BEFORE
    return Snooze.TIME if soon or work_by is None else Snooze.SHIP_BY


def _form(
    request: HttpRequest,
    case: OrderException,
    form: SnoozeForm,
    back: str,
    status: int = 200,
) -> HttpResponse:
    context = row(case) | {"form": form, "back": back}
    return render(request, "orders/snooze.html", context, status=status)


def _back(request: HttpRequest, case: OrderException) -> str:
    """Where the person came from, if that is a page of ours."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("orders:case", args=[case.pk])
