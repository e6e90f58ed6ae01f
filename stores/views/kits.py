"""Kits: the list, and the form with its components and what a price is split into."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib.permissions import needs, require
from stores import products
from stores.forms.products import KitForm, SplitForm, component_forms
from stores.imports.kits import MAX_COMPONENTS
from stores.models import Kit, Product
from stores.products import kit_value
from stores.views.products import LOOK, MANAGE, PAGE, back, made_anew

_MORE = 5


@require_safe
@needs(LOOK)
def list_kits(request: HttpRequest) -> HttpResponse:
    """Kits by SKU with their components; ``q`` searches both."""
    rows = Kit.objects.order_by("sku").prefetch_related("components")
    query = request.GET.get("q", "").strip()[:100]
    total = rows.count()
    if query:
        rows = rows.filter(
            Q(sku__icontains=query)
            | Q(title__icontains=query)
            | Q(components__sku__icontains=query)
        ).distinct()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "stores/kit_list.html",
        {
            "rows": [
                (
                    kit,
                    products.in_words(
                        kit_value(kit, kit.components.all())["components"]
                    ),
                )
                for kit in page
            ],
            "page_obj": page,
            "query": query,
            "total": total,
            "section": "kits",
        },
    )


@needs(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """A new kit; ``?sku=`` and ``?title=`` fill it in."""
    initial = {name: request.GET.get(name, "")[:300] for name in ("sku", "title")}
    return _form(request, Kit(), initial)


@needs(LOOK)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at a kit, or change it; ``?price=`` shows how a price is split."""
    if request.method == "POST":
        require(request, MANAGE)
    return _form(request, get_object_or_404(Kit, pk=pk), {})


def _form(request: HttpRequest, kit: Kit, initial: dict[str, Any]) -> HttpResponse:
    may_change = request.user.has_perm(MANAGE)
    seen = request.POST.get("seen", products.stamp(kit))
    more = "more" in request.POST
    data = _with_more(request.POST) if more else request.POST or None
    form = KitForm(data, instance=kit, initial=initial, may_change=may_change)
    parts = component_forms(kit, data, may_change=may_change)
    if request.method == "POST" and not more:
        valid = form.is_valid()
        parts.kit_sku = form.cleaned_data.get("sku", "")
        if parts.is_valid() and valid:
            try:
                orders = products.save_kit(
                    form.instance, parts.components(), seen, cast("User", request.user)
                )
            except products.NotSavedError as error:
                form.add_error(None, str(error))
            else:
                text = f"Saved: {form.instance.sku}.{made_anew(orders)}"
                messages.success(request, text)
                return redirect(back(request, reverse("stores:kits")))
    split = SplitForm(request.GET if "price" in request.GET else None)
    price = split.cleaned_data["price"] if split.is_valid() else None
    return render(
        request,
        "stores/kit_form.html",
        {
            "form": form,
            "parts": parts,
            "kit": kit,
            "seen": seen,
            "next": request.POST.get("next", request.GET.get("next", "")),
            "may_change": may_change,
            "full": parts.total_form_count() >= MAX_COMPONENTS,
            "split_form": split,
            "split": _split(kit, price),
            "price": price,
            "uses": products.uses_of([kit.sku]).get(kit.sku, "") if kit.pk else "",
            "history": products.history(kit) if kit.pk else (),
            "missing": _incomplete(kit),
            "section": "kits",
        },
    )


def _with_more(data: QueryDict) -> QueryDict:
    """What was typed, and some more empty rows."""
    wider = data.copy()
    count = data.get("parts-TOTAL_FORMS", "0")
    total = int(count) if count.isdecimal() and len(count) < 4 else 0
    wider["parts-TOTAL_FORMS"] = str(min(total + _MORE, MAX_COMPONENTS))
    return wider


def _split(kit: Kit, price: Decimal | None) -> list[dict[str, Any]]:
    if not kit.pk or price is None:
        return []
    return [
        {"row": row, "total": row.unit_price * row.quantity}
        for row in products.split(kit, price)
    ]


def _incomplete(kit: Kit) -> list[Product]:
    """Components of which customs would ask for more."""
    if not kit.pk:
        return []
    skus = kit.components.values("sku")
    return list(Product.objects.filter(products.missing_customs(), sku__in=skus))


@require_POST
@needs(MANAGE)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a kit that nothing needs; its orders go as one line again."""
    kit = get_object_or_404(Kit, pk=pk)
    try:
        orders = products.delete(kit, cast("User", request.user))
    except products.NotSavedError as error:
        messages.error(request, str(error))
        return redirect("stores:kit", pk=pk)
    messages.success(request, f"Deleted: {kit.sku}.{made_anew(orders)}")
    return redirect("stores:kits")
