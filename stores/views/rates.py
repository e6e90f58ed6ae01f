"""Exchange rates, and the carriers that a marketplace takes for small parcels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs, require
from stores.connectors import CONNECTORS
from stores.forms.rates import (
    EligibleCarrierForm,
    ExchangeRateForm,
    lane_rules,
    today_counts,
)
from stores.models import CarrierMapping, EligibleCarrier, ExchangeRate, Store
from stores.rules_changed import announce
from stores.setup import log_change
from stores.views.rule_lists import looked

DECIDE = "stores.decide_rules"


@needs("stores.view_store")
def rates(request: HttpRequest) -> HttpResponse:
    """Every rate, newest first, with the one that counts today; POST adds one."""
    form = ExchangeRateForm(
        request.POST or None, initial={"valid_from": clock.now().date()}
    )
    jump: ExchangeRate | None = None
    if request.method == "POST":
        require(request, DECIDE)
        if form.is_valid():
            jump = form.jump()
            agreed = request.POST.get("agreed") == str(form.cleaned_data["per_euro"])
            if jump is None or agreed:
                return _add_rate(request, form)
    rows = list(
        ExchangeRate.objects.select_related("created_by").order_by(
            "currency", "-valid_from"
        )
    )
    for row in rows:
        row.shown = f"{row.per_euro.normalize():f}"  # type: ignore[attr-defined]
    today = clock.now().date()
    counts = today_counts(rows, today)
    return render(
        request,
        "stores/rates.html",
        {
            "form": form,
            "jump": jump,
            "rates": rows,
            "counting": [rate for rate in rows if counts.get(rate.currency) == rate.pk],
            "counts": frozenset(counts.values()),
            "today": today,
        },
    )


def _add_rate(request: HttpRequest, form: ExchangeRateForm) -> HttpResponse:
    with transaction.atomic():
        rate = form.save(commit=False)
        rate.created_by = cast("User", request.user)
        rate.save()
        log_change(rate, f"Added: {rate}", cast("User", request.user))
        orders = announce(Store.objects.values_list("pk", flat=True))
    messages.success(request, f"Added: {rate}.{looked(orders)}")
    return redirect("stores:rates")


@needs("stores.view_store")
def eligible(request: HttpRequest) -> HttpResponse:
    """The lists that people keep; POST adds a line."""
    form = EligibleCarrierForm(request.POST or None, initial={"destination": "EU"})
    if request.method == "POST":
        require(request, DECIDE)
        if form.is_valid():
            user = cast("User", request.user)
            with transaction.atomic():
                row = form.save(commit=False)
                row.created_by = user
                row.save()
                log_change(row, f"Added: {row}", user)
                orders = announce(_stores_of(row))
            messages.success(request, f"Added: {row}.{looked(orders)}")
            return redirect("stores:eligible")
    lanes = lane_rules()
    rows = list(
        EligibleCarrier.objects.select_related("created_by").order_by(
            "marketplace", "destination", "carrier_code", "service"
        )
    )
    return render(
        request,
        "stores/eligible.html",
        {
            "form": form,
            "lists": [
                (
                    CONNECTORS.get(code).label,
                    lane,
                    [row for row in rows if row.marketplace == code],
                )
                for code, lane in lanes.items()
            ],
            "codes": _codes(lanes),
            "log": _log(),
        },
    )


@require_POST
@needs(DECIDE)
def eligible_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line off the list; who did it stays."""
    row = get_object_or_404(EligibleCarrier, pk=pk)
    with transaction.atomic():
        log_change(row, f"Removed: {row}", cast("User", request.user))
        stores = _stores_of(row)
        text = str(row)
        row.delete()
        orders = announce(stores)
    messages.success(request, f"Removed: {text}.{looked(orders)}")
    return redirect("stores:eligible")


def _stores_of(row: EligibleCarrier) -> list[int]:
    return list(
        Store.objects.filter(remote_account__marketplace=row.marketplace).values_list(
            "pk", flat=True
        )
    )


def _codes(marketplaces: Iterable[str]) -> list[str]:
    """Codes that are sent to these marketplaces now."""
    mapped = CarrierMapping.objects.filter(marketplace__in=list(marketplaces))
    return sorted(set(mapped.values_list("carrier_code", flat=True)))


def _log() -> list[LogEntry]:
    kind = ContentType.objects.get_for_model(EligibleCarrier)
    return list(LogEntry.objects.filter(content_type=kind).select_related("user")[:20])
