"""What is asked of an open case page: what a way out would send, what has changed since,
the buyer in full, and who knew when as a file."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from orders import triage
from orders.as_if import outlook
from orders.case_locks import last_change
from orders.knew_when_rows import COLUMNS, cells_of, moments_of, text_of
from orders.models import CaseState, Order, OrderEvent, OrderException
from orders.views.case import case_of, page_of
from orders.views.case_parts import shown_calls
from orders.views.order import REVEAL
from shipsync_site.lib import clock, downloads
from shipsync_site.lib.permissions import needs

logger = logging.getLogger(__name__)


@require_safe
@needs("orders.view_orderexception")
def ahead(request: HttpRequest, pk: int) -> HttpResponse:
    """What ``?way=`` would send, with ``target`` and ``choice``; htmx takes the part."""
    case = case_of(pk)
    code = request.GET.get("way", "")
    way = next((x for x in triage.resolutions_for(case) if x.code == code), None)
    found = None
    if way is not None and case.state == CaseState.OPEN:
        found = outlook(
            case,
            way,
            target=request.GET.get("target", "")[:40],
            choice=request.GET.get("choice", "")[:100],
        )
    context = {
        "case": case,
        "way": way,
        "outlook": found,
        "calls": shown_calls(found.calls) if found else [],
    }
    template = "orders/case_ahead.html"
    if request.headers.get("HX-Request") == "true":
        template = "orders/_outlook.html"
    return render(request, template, context)


@require_safe
@needs("orders.view_orderexception")
def changed(request: HttpRequest, pk: int) -> HttpResponse:
    """A line once the case is not ``?version=`` any more; nothing until then."""
    case = get_object_or_404(
        OrderException.objects.select_related("assignee", "resolved_by"), pk=pk
    )
    seen = request.GET.get("version", "")
    if not seen.isdecimal() or int(seen[:9]) == case.version:
        return HttpResponse(status=204)
    who, what = last_change(case)
    context = {"case": case, "who": who, "what": what}
    return render(request, "orders/_case_changed.html", context)


@require_POST
@needs(REVEAL)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with the buyer's address, this once; who looked is in the timeline."""
    case = case_of(pk)
    if case.order_id is not None:
        OrderEvent.objects.create(
            order_id=case.order_id,
            at=clock.now(),
            system="you",
            verb="buyer_revealed",
            text="Looked at the buyer's address on all sides",
            actor_id=request.user.pk,
        )
    page = page_of(request, case, reveal=True)
    response = render(request, "orders/case_detail.html", page)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@needs("orders.view_order")
def knew_when_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Who knew when of an order's cancellation, as CSV; who took it is logged."""
    order = _order(request, pk, "csv")
    response = downloads.answer(
        request, "who-knew-when", COLUMNS, cells_of(order, moments_of(order))
    )
    _name(response, order, "csv")
    return response


@require_safe
@needs("orders.view_order")
def knew_when_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as plain text, to paste."""
    order = _order(request, pk, "txt")
    response = HttpResponse(
        text_of(order, moments_of(order)), content_type="text/plain; charset=utf-8"
    )
    _name(response, order, "txt")
    downloads.tell_whole(request, "who-knew-when-text")
    return response


def _order(request: HttpRequest, pk: int, form: str) -> Order:
    orders = Order.objects.select_related(
        "store__remote_account", "store__shipstation_account"
    ).prefetch_related("lines")
    order = get_object_or_404(orders, pk=pk)
    logger.info("who knew when order=%s as=%s by=%s", pk, form, request.user.pk)
    return order


def _name(response: HttpResponseBase, order: Order, form: str) -> None:
    name = "".join(x if x.isalnum() or x == "-" else "-" for x in order.number)
    downloads.as_file(response, f"who-knew-when-{name}.{form}")
