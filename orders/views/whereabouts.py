"""'Where is my order?': one box, one answer, and a reply to copy."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from orders import masking, selectors
from orders.models import Order, OrderEvent
from orders.views.order import REVEAL
from orders.views.orders import SEARCH
from orders.whereabouts import whereabouts
from orders.whereabouts_replies import reply_to
from orders.whereabouts_rows import MOST, asked_of, found, of_buyer, steps_of
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import needs
from shipsync_site.lib.sealed import search_hash

logger = logging.getLogger(__name__)

LOOK = "orders.view_order"
_HASH = re.compile(r"[0-9a-f]{32}")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(LOOK)
def ask(request: HttpRequest) -> HttpResponse:
    """The box; its one order at once, several as a list.

    What is typed is posted, for it may be a buyer's name: an id goes on into the URL, a
    buyer only as its keyed hash, where the person may search buyers.
    """
    may_search = request.user.has_perm(SEARCH)
    if request.method == "POST":
        return redirect(_target(request, may_search))
    query, buyer = request.GET.get("q", "").strip()[:100], request.GET.get("buyer", "")
    orders: list[Order] = []
    if query:
        orders = list(found(query)[: MOST + 1])
    elif may_search and _HASH.fullmatch(buyer):
        orders = list(of_buyer(buyer)[: MOST + 1])
    if len(orders) == 1:
        return redirect("orders:whereabouts", orders[0].pk)
    page = {
        "query": query,
        "asked": bool(query or buyer),
        "orders": orders[:MOST],
        "more": len(orders) > MOST,
        "may_search": may_search,
    }
    return render(request, "orders/where.html", page)


@require_safe
@needs(LOOK)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One order's answer; the buyer masked."""
    return render(request, "orders/where.html", _page(request, pk))


@require_POST
@needs(REVEAL)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same with the buyer shown, this once, and named in the reply; it is logged."""
    page = _page(request, pk, reveal=True)
    OrderEvent.objects.create(
        order_id=pk,
        at=clock.now(),
        system="you",
        verb="buyer_revealed",
        text="Looked at the buyer's name and address, asked where the order is",
        actor_id=request.user.pk,
    )
    response = render(request, "orders/where.html", page)
    response["Cache-Control"] = "no-store"
    return response


def _target(request: HttpRequest, may_search: bool) -> str:
    typed = request.POST.get("q", "").strip()[:200]
    url = reverse("orders:where")
    if not typed:
        messages.error(request, "Type an order number, a tracking number or an id.")
        return url
    if found(typed[:100]).exists():
        return f"{url}?{urlencode({'q': typed[:100]})}"
    if may_search:
        hashed = search_hash(typed)
        if of_buyer(hashed).exists():
            logger.info("buyer searched by=%s", request.user.pk)
            return f"{url}?{urlencode({'buyer': hashed})}"
    messages.warning(
        request,
        "Nothing is found: no order, tracking or ShipStation number is exactly that"
        + (", and no buyer's whole name, e-mail or postcode." if may_search else "."),
    )
    return url


def _page(request: HttpRequest, pk: int, *, reveal: bool = False) -> dict[str, Any]:
    order = get_object_or_404(selectors.order_detail(Order.objects.all()), pk=pk)
    buyer = getattr(order, "buyer", None)
    recipient = (buyer.corrected or buyer.recipient) if buyer is not None else {}
    asked = asked_of(order)
    name = str(recipient.get("name") or "") if reveal else ""
    return {
        "order": order,
        "asked": True,
        "facts": asked,
        "answer": whereabouts(asked),
        "steps": steps_of(order, asked),
        "reply": reply_to(asked, name=name, zone=order.store.timezone),
        "address": masking.address_lines(recipient, reveal=reveal),
        "revealed": reveal,
        "may_reveal": request.user.has_perm(REVEAL) and bool(recipient),
        "may_search": request.user.has_perm(SEARCH),
    }
