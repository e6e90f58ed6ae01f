"""The order page: why it is where it is, both sides of it, and its whole story."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from orders import (
    address_views,
    correcting,
    direct_view,
    follow_ups,
    masking,
    panels,
    selectors,
    timeline,
    triage,
)
from orders.comparison import compare
from orders.knew_when_rows import moments_of
from orders.models import (
    OPEN_STAGES,
    CaseState,
    Dispatch,
    Order,
    OrderEvent,
    Rung,
    Stage,
)
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs

REVEAL = "orders.reveal_buyer"
_NOT_OURS = {
    "fulfilled_by_marketplace": "The marketplace ships it from its own warehouse.",
    "marketplace_label": "Its label comes from the marketplace, which confirms it itself.",
    "pick_up": "The buyer picks it up.",
    "digital": "Nothing is shipped: it is digital.",
    "unfulfillable": "The marketplace marks it as unfulfillable.",
}
_RUNGS = (
    ("sent_at", Rung.SENT, "Sent"),
    ("accepted_at", Rung.ACCEPTED, "Accepted"),
    ("shipped_at", Rung.SHIPPED, "Shipped by status"),
    ("read_back_at", Rung.READ_BACK, "Read back"),
)


@require_safe
@needs("orders.view_order")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One order; buyer data masked."""
    order = get_object_or_404(selectors.order_detail(Order.objects.all()), pk=pk)
    return render(request, "orders/order_detail.html", _page(request, order))


@require_POST
@needs(REVEAL)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with the buyer shown, this once; who looked is in the timeline."""
    order = get_object_or_404(selectors.order_detail(Order.objects.all()), pk=pk)
    reason = request.POST.get("reason", "").strip()[:200]
    OrderEvent.objects.create(
        order=order,
        at=clock.now(),
        system="you",
        verb="buyer_revealed",
        text="Looked at the buyer's name and address"
        + (f": {reason}" if reason else ""),
        actor_id=request.user.pk,
    )
    page = _page(request, order, reveal=True)
    response = render(request, "orders/order_detail.html", page)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs("orders.retry_sync")
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide the order again now and wake what reads and writes for it."""
    order = get_object_or_404(
        Order.objects.select_related(
            "store__remote_account", "store__shipstation_account"
        ),
        pk=pk,
    )
    triage.look_again(order, request.user)  # type: ignore[arg-type]
    messages.success(
        request,
        "Looking again: what is due for this order goes out next. "
        "Load the page again in a moment.",
    )
    return redirect("orders:detail", pk=pk)


def _page(
    request: HttpRequest, order: Order, *, reveal: bool = False
) -> dict[str, Any]:
    buyer = getattr(order, "buyer", None)
    recipient = buyer.corrected or buyer.recipient if buyer is not None else {}
    contact = buyer.contact if buyer is not None else {}
    email = str(contact.get("email") or "")
    cases = list(order.cases.all())
    limit = None if request.GET.get("all") else timeline.LIMIT
    return {
        "order": order,
        "told": order.stage not in OPEN_STAGES or order.stage == Stage.CONFIRMED,
        "not_ours": _NOT_OURS.get(order.not_ours, order.not_ours.replace("_", " ")),
        "buyer": buyer,
        "revealed": reveal,
        "address": masking.address_lines(recipient, reveal=reveal),
        "email": email if reveal else masking.masked("email", email),
        "may_reveal": request.user.has_perm(REVEAL),
        "may_correct": request.user.has_perm(correcting.PERMISSION)
        and not correcting.refused_because(order, buyer),
        "corrected": address_views.progress(order, buyer),
        "corrected_by": address_views.corrected_by(order)
        if buyer is not None and buyer.corrected_digest
        else None,
        "sent_country": address_views.sent_country(order),
        "panels": panels.of(order, request.user),
        "comparisons": [
            compare(order, record, recipient) for record in order.records.all()
        ],
        # Parcels with a dispatch are shown by its ladder.
        "shipments": [
            shipment
            for shipment in selectors.shipments_of(order)
            if shipment.pk not in {row.shipment_id for row in order.dispatches.all()}
        ],
        "ladders": [_ladder(row) for row in order.dispatches.all()],
        "connection": direct_view.connection(order),
        "open_cases": [case for case in cases if case.state == CaseState.OPEN],
        "past_cases": [case for case in cases if case.state != CaseState.OPEN],
        "moments": moments_of(order),
        "follow_ups": follow_ups.for_order(order),
        "story": timeline.story(order, limit=limit),
    }


def _ladder(dispatch: Dispatch) -> dict[str, Any]:
    """A dispatch with its rungs: (label, time, whether we have it, whether skipped).

    A rung without a time below one that has it was not needed.
    """
    times = [getattr(dispatch, name) for name, _rung, _label in _RUNGS]
    return {
        "dispatch": dispatch,
        "rungs": [
            (label, times[at], dispatch.rung == rung, any(times[at + 1 :]))
            for at, (_name, rung, label) in enumerate(_RUNGS)
        ],
        "refused_at": dispatch.rung_at if dispatch.rung == Rung.REFUSED else None,
    }
