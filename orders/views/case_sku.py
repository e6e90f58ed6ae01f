"""A case of an unknown SKU: which of ours it is, for this order or for all."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from orders import case_help, sku_ways
from orders.case_locks import ConflictError, TriageError
from orders.models import OrderException
from orders.views.case import case_of, page_of
from shipsync_site.lib.permissions import needs
from stores.models import SkuAlias


@require_POST
@needs(sku_ways.PERMISSION)
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """``sku`` (or what was typed) counts, by ``act``: order, all, or agree."""
    case = case_of(pk)
    sku = (request.POST.get("typed") or request.POST.get("sku", "")).strip()[:100]
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    user = cast("User", request.user)
    try:
        text = _act(case, request.POST.get("act", ""), sku, user, version, request)
    except ConflictError as error:
        return _page(request, pk, {"conflict": error, "sku_typed": sku}, 409)
    except TriageError as error:
        return _page(request, pk, {"error": str(error), "sku_typed": sku}, 422)
    messages.success(request, text)
    return redirect("orders:case", pk=pk)


def _act(
    case: OrderException,
    act: str,
    sku: str,
    user: User,
    version: int,
    request: HttpRequest,
) -> str:
    if act == "agree":
        number = request.POST.get("alias", "")
        known = int(number) if number.isdecimal() and len(number) < 10 else 0
        return _in_force(sku_ways.agree(case, known, sku, user))
    if act == "all":
        return _in_force(sku_ways.use_for_all(case, sku, user, version))
    sku_ways.use_for_order(case, sku, user, version)
    sending = case_help.pending(case.order) if case.order else ""
    return f"This order uses {sku}." + (f" Sending: {sending}." if sending else "")


def _in_force(alias: SkuAlias) -> str:
    if alias.approved_at is None:
        return (
            f"{alias.alias} is {alias.sku} for all orders once somebody else agrees. "
            "Until then this order waits, unless it is chosen for this order."
        )
    return f"{alias.alias} is {alias.sku} for all orders of this store now."


def _page(
    request: HttpRequest, pk: int, more: dict[str, object], status: int
) -> HttpResponse:
    page = page_of(request, case_of(pk)) | more
    return render(request, "orders/case_detail.html", page, status=status)
