"""The repairs of a case: again with what we know, fresh from the marketplace first, and
the carrier's code that is proposed. Pressed twice, each is done once."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from orders import carrier_fix, case_help, fresh, triage
from orders.case_locks import ConflictError, TriageError
from orders.forms import VersionForm
from orders.models import CaseState, OrderException
from orders.views.case import case_of, page_of
from shipsync_site.lib.permissions import needs


@require_POST
@needs(fresh.PERMISSION)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send again what was refused, with what we know now."""
    case = case_of(pk)
    if case.order is None:
        return _nothing(request, case)
    user = cast("User", request.user)
    way = fresh.retry_way(case)
    if case.state != CaseState.OPEN:
        messages.info(request, "It is decided already; nothing was sent twice.")
    elif way is not None and request.user.has_perm(way.permission):
        try:
            triage.resolve(case, way.code, user, version=_version(request))
        except ConflictError as error:
            return _conflict(request, pk, error)
        _say_sending(request, case, "Trying again with what we have.")
    else:
        triage.look_again(case.order, user)
        _say_sending(request, case, "Looked at again with what we have.")
    return redirect("orders:case", pk=pk)


@require_POST
@needs(fresh.PERMISSION)
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the order anew first, then send what is due."""
    case = case_of(pk)
    if case.order is None:
        return _nothing(request, case)
    market = case.order.store.remote_account.get_marketplace_display()
    if fresh.fetch_first(case.order, cast("User", request.user)):
        messages.success(
            request,
            f"Reading the order anew at {market} first; what is still due goes out "
            "after it. This page says when something has changed.",
        )
    else:
        messages.info(request, f"It is being read at {market} already.")
    return redirect("orders:case", pk=pk)


@require_POST
@needs(carrier_fix.PERMISSION)
def map_carrier(request: HttpRequest, pk: int) -> HttpResponse:
    """Map the case's carrier to the code that was proposed and agreed to."""
    case = case_of(pk)
    code = request.POST.get("code", "")
    user = cast("User", request.user)
    try:
        text = carrier_fix.take(case, code, user, _version(request))
    except ConflictError as error:
        return _conflict(request, pk, error)
    except TriageError as error:
        page = page_of(request, case_of(pk)) | {"error": str(error)}
        return render(request, "orders/case_detail.html", page, status=422)
    messages.success(request, text)
    return redirect("orders:case", pk=pk)


def _version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    return int(form.cleaned_data["version"]) if form.is_valid() else 0


def _say_sending(request: HttpRequest, case: OrderException, text: str) -> None:
    sending = case.order and case_help.pending(case.order)
    messages.success(request, text + (f" Sending: {sending}." if sending else ""))


def _nothing(request: HttpRequest, case: OrderException) -> HttpResponse:
    messages.error(request, "This case is of no single order: there is none to read.")
    return redirect("orders:case", pk=case.pk)


def _conflict(request: HttpRequest, pk: int, error: ConflictError) -> HttpResponse:
    page = page_of(request, case_of(pk)) | {"conflict": error}
    return render(request, "orders/case_detail.html", page, status=409)
