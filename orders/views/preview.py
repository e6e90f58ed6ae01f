"""What would be sent for an order and what would be confirmed, with who made each value."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST, require_safe

from orders import preview, selectors
from orders.models import Order, OrderEvent
from orders.payload_types import Source
from orders.views.order import REVEAL
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs


@require_safe
@needs("orders.view_order")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Both previews; buyer data masked."""
    return _page(request, _order(pk), reveal=False)


@require_POST
@needs(REVEAL)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with the buyer's data, this once; who looked is in the timeline."""
    order = _order(pk)
    OrderEvent.objects.create(
        order=order,
        at=clock.now(),
        system="you",
        verb="buyer_revealed",
        text="Looked at the buyer's name and address in the preview",
        actor_id=request.user.pk,
    )
    response = _page(request, order, reveal=True)
    response["Cache-Control"] = "no-store"
    return response


def _order(pk: int) -> Order:
    rows = selectors.order_detail(Order.objects.all()).select_related(
        "store__remote_account", "store__shipstation_account", "buyer"
    )
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, order: Order, *, reveal: bool) -> HttpResponse:
    sent = preview.sent(order, reveal=reveal)
    return render(
        request,
        "orders/preview.html",
        {
            "order": order,
            "sent": sent,
            "fields": [(field, _url(field.source)) for field in sent.fields],
            "sent_json": _json(sent.body),
            "confirmed": [
                (row, _json(row.raw) if row.raw is not None else "")
                for row in preview.confirmed(order)
            ],
            "revealed": reveal,
            "may_reveal": request.user.has_perm(REVEAL),
        },
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _url(source: Source | None) -> str:
    """The page of the rule that made a value; '' for none."""
    if source is None or not source.url:
        return ""
    for args in ([source.pk], []) if source.pk else ([],):
        try:
            return reverse(source.url, args=args)
        except NoReverseMatch:
            continue
    return ""
