"""The orders list, its CSV and the search by buyer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orders import exports, selectors
from orders.filters import BuyerSearch, OrderFilter
from orders.models import OPEN_STAGES, Order, Stage
from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs
from shipsync_site.lib.sealed import search_hash

logger = logging.getLogger(__name__)

SEARCH = "orders.search_buyer"
# Past these its ship-by no longer threatens an order.
_TOLD = frozenset(set(Stage) - set(OPEN_STAGES) | {Stage.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Row:
    """An order of the list; ``told``: its deadline is only history."""

    order: Order
    told: bool


def _filter(request: HttpRequest) -> OrderFilter:
    return OrderFilter(request.GET, may_search_buyer=request.user.has_perm(SEARCH))


@require_safe
@needs("orders.view_order")
def list_orders(request: HttpRequest) -> HttpResponse:
    """Orders by deadline, 50 a page; the URL holds filters and place."""
    form = _filter(request)
    orders = form.narrow(Order.objects.all())
    page = selectors.keyset_page(
        selectors.order_rows(orders), "ship_by", request.GET.get("after", "")
    )
    query = form.value("q")
    mentions = 0
    if query and not page.rows and request.user.has_perm("orders.view_orderexception"):
        mentions = selectors.cases_mentioning(query).count()
    context = {
        "mentions": mentions,
        "form": form,
        "page": page,
        "rows": [Row(order, order.stage in _TOLD) for order in page.rows],
        "counts": selectors.order_counts(orders),
        "last_look": selectors.last_look(form.value("store")),
        "query": query,
        "may_search": request.user.has_perm(SEARCH),
        "buyer_search": BuyerSearch(),
        "any_order": bool(page.rows) or Order.objects.exists(),
    }
    return render(request, "orders/order_list.html", context)


@require_safe
@needs("orders.view_order")
def export_orders(request: HttpRequest) -> StreamingHttpResponse:
    """All rows of the list as CSV, with the same filters; who took it is logged."""
    form = _filter(request)
    orders = selectors.order_rows(form.narrow(Order.objects.all()))
    rows = exports.order_cells(selectors.in_order(orders, "ship_by"))
    return downloads.answer(request, "orders", exports.ORDER_HEADER, rows, form=form)


@require_POST
@needs(SEARCH)
def search_buyer(request: HttpRequest) -> HttpResponse:
    """Turn a buyer's name, e-mail or postcode into its hash: no URL or log holds it."""
    form = BuyerSearch(request.POST)
    if not form.is_valid():
        messages.error(request, "Type a whole name, e-mail address or postcode.")
        return redirect("orders:list")
    hashed = search_hash(form.cleaned_data["text"])
    logger.info("buyer searched by=%s", request.user.pk)
    return redirect(f"{reverse('orders:list')}?{urlencode({'buyer': hashed})}")
