"""A carrier in trouble: which orders wait for it, and another service for them."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from orders import carrier_trouble, service_change
from orders.case_locks import TriageError
from orders.models import CaseState, OrderException
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs, require
from stores.calendars import calendars
from stores.models import ShipStationAccount


@needs("orders.view_orderexception")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The waiting orders; a first POST shows what would be written, a second does it."""
    case = get_object_or_404(OrderException, pk=pk, kind=carrier_trouble.KIND)
    account = _account(case)
    waiting = carrier_trouble.waiting_by_carrier(account, calendars(), clock.now()).get(
        case.cause, []
    )
    services = service_change.services_of(account, case.cause)
    choice = request.POST.get("service", "")
    picked = [int(x) for x in request.POST.getlist("order") if x.isdecimal()]
    looked: list[service_change.Change] = []
    error = ""
    if request.method == "POST":
        require(request, service_change.PERMISSION)
        if not picked:
            error = "Choose at least one order."
        elif choice not in dict(services):
            error = "Choose the service that they are to have."
        elif request.POST.get("confirm"):
            try:
                changed = service_change.change(
                    case,
                    account,
                    picked,
                    choice,
                    request.POST.get("reason", ""),
                    cast("User", request.user),
                )
            except TriageError as refused:
                error = str(refused)
            else:
                left = len(set(picked)) - changed
                stay = f" Left as they are: {left}." if left else ""
                messages.success(
                    request,
                    f"{changed} order{'s'[: changed != 1]} will be written to "
                    f"ShipStation within minutes.{stay} Each one's result stands below.",
                )
                return redirect("orders:carrier_trouble", pk)
        if not error or request.POST.get("confirm"):
            looked = service_change.preview(account, picked, choice)
    return render(
        request,
        "orders/carrier_trouble.html",
        {
            "case": case,
            "open": case.state == CaseState.OPEN,
            "account": account,
            "waiting": waiting,
            "money": carrier_trouble.worth(waiting),
            "services": services,
            "choice": choice,
            "chosen": dict(services).get(choice, ""),
            "picked": set(picked),
            # Chosen a moment ago: to be written, so not offered again.
            "pending": {
                record.order_id
                for record in waiting
                if record.order is not None
                and record.order.service_choice not in ("", record.written_service)
            },
            "looked": looked,
            "good": [x for x in looked if not x.problem],
            "error": error,
            "reason": request.POST.get("reason", ""),
            "results": service_change.results(case),
        },
        status=422 if error else 200,
    )


def _account(case: OrderException) -> ShipStationAccount:
    key = case.scope.rpartition("-")[2]
    if not key.isdecimal():
        raise Http404("no such account")
    return get_object_or_404(ShipStationAccount, pk=int(key))
