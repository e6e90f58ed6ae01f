"""Correcting where a parcel goes: seen on demand, shown before and after, kept sealed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from orders import address_views, correcting
from orders.address_forms import AddressForm
from orders.case_locks import ConflictError, TriageError
from orders.correcting import Correction
from orders.masking import ADDRESS_FIELDS
from orders.models import (
    CaseState,
    Order,
    OrderBuyer,
    OrderEvent,
    OrderException,
    ShipStationOrder,
)
from orders.payload_facts import address_json, address_of
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(correcting.PERMISSION)
def address(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: masked. POST ``show``: in full, logged; ``preview``; ``save``."""
    order = get_object_or_404(_orders(), pk=pk)
    buyer = getattr(order, "buyer", None)
    act = request.POST.get("act", "")
    if act == "preview":
        return _preview(request, order, buyer)
    if act == "save":
        return _save(request, order, buyer)
    case = _case(order, request.POST.get("case") or request.GET.get("case", ""))
    if act == "show" and not correcting.refused_because(order, buyer):
        OrderEvent.objects.create(
            order=order,
            at=clock.now(),
            system="you",
            verb="buyer_revealed",
            text="Looked at the buyer's address, to correct it",
            actor_id=request.user.pk,
        )
        known = asdict(address_of(buyer))
        form = AddressForm(initial=known | _hidden(buyer, case))
        return _answer(request, order, buyer, form=form, case=case)
    return _answer(request, order, buyer, case=case)


def _orders() -> Any:
    records = ShipStationOrder.objects.order_by("pk")
    return Order.objects.select_related(
        "store__remote_account", "store__shipstation_account", "buyer"
    ).prefetch_related("lines", Prefetch("records", records))


def _case(order: Order, text: str) -> OrderException | None:
    """The open case of this order that the person came from."""
    if not text.isdecimal() or len(text) > 18:
        return None
    return OrderException.objects.filter(
        order=order, pk=int(text), state=CaseState.OPEN
    ).first()


def _hidden(buyer: OrderBuyer | None, case: OrderException | None) -> dict[str, Any]:
    return {
        "base": correcting.base_of(buyer),
        "case": case.pk if case else None,
        "version": case.version if case else None,
    }


def _preview(
    request: HttpRequest, order: Order, buyer: OrderBuyer | None
) -> HttpResponse:
    form = AddressForm(request.POST)
    case = _case(order, request.POST.get("case", ""))
    if not form.is_valid():
        return _answer(request, order, buyer, form=form, case=case, status=422)
    changes = _changes(buyer, form)
    said = {"error": "Nothing is changed: this address counts already."}
    return _answer(
        request,
        order,
        buyer,
        form=form,
        case=case,
        status=200 if changes else 422,
        changes=changes,
        **({} if changes else said),
    )


def _save(request: HttpRequest, order: Order, buyer: OrderBuyer | None) -> HttpResponse:
    form = AddressForm(request.POST)
    case = _case(order, request.POST.get("case", ""))
    if not form.is_valid():
        return _answer(request, order, buyer, form=form, case=case, status=422)
    values = form.cleaned_data
    residential = address_of(buyer).residential
    wanted = Correction(
        address=form.address(residential=residential),
        reason=values["reason"],
        base=values["base"],
    )
    try:
        if values["case"] and case is None:
            gone = OrderException.objects.filter(order=order, pk=values["case"]).first()
            if gone is not None:
                correcting.told_closed(gone)
        correcting.correct(
            order,
            wanted,
            request.user,  # type: ignore[arg-type]
            case=case,
            version=values["version"] or 0,
        )
    except (ConflictError, correcting.StaleAddressError) as error:
        return _again(request, order.pk, str(error))
    except TriageError as error:
        return _answer(
            request, order, buyer, form=form, case=case, error=str(error), status=422
        )
    note = f" {form.country_note}" if form.country_note else ""
    fresh = get_object_or_404(_orders(), pk=order.pk)
    state = address_views.progress(fresh, getattr(fresh, "buyer", None))
    said = state.text if state else "The marketplace's address counts again."
    messages.success(request, f"Address corrected.{note} {said}")
    if case is not None:
        return redirect("orders:case", pk=case.pk)
    return redirect("orders:detail", pk=order.pk)


def _again(request: HttpRequest, pk: int, error: str) -> HttpResponse:
    """Everything as it is now; what was typed stays in the form."""
    order = get_object_or_404(_orders(), pk=pk)
    buyer = getattr(order, "buyer", None)
    case = _case(order, request.POST.get("case", ""))
    data = request.POST.copy()
    for name, value in _hidden(buyer, case).items():
        data[name] = "" if value is None else str(value)
    form = AddressForm(data)
    changes = _changes(buyer, form) if form.is_valid() else []
    return _answer(
        request,
        order,
        buyer,
        form=form,
        case=case,
        conflict=error,
        changes=changes,
        status=409,
    )


def _changes(buyer: OrderBuyer | None, form: AddressForm) -> list[dict[str, str]]:
    """Each field that would change: label, before, after."""
    before = address_json(address_of(buyer))
    after = address_json(form.address())
    return [
        {
            "label": label,
            "before": str(before.get(name) or ""),
            "after": str(after.get(name) or ""),
        }
        for name, label in ADDRESS_FIELDS
        if (before.get(name) or "") != (after.get(name) or "")
    ]


def _answer(
    request: HttpRequest,
    order: Order,
    buyer: OrderBuyer | None,
    *,
    form: AddressForm | None = None,
    case: OrderException | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    found = address_views.sources(order, buyer)
    page = {
        "order": order,
        "case": case,
        "form": form,
        "sources": found,
        "rows": address_views.rows(found, reveal=form is not None),
        "progress": address_views.progress(order, buyer),
        "refused": correcting.refused_because(order, buyer),
        "sent_country": address_views.sent_country(order),
    }
    response = render(request, "orders/address.html", page | more, status=status)
    if form is not None:
        response["Cache-Control"] = "no-store"
    return response
