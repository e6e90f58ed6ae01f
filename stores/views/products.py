"""Products: the list, the form, all of them as a file."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib import downloads
from shipsync_site.lib.permissions import needs, require
from stores import products
from stores.forms.products import ProductForm
from stores.imports.plan import IMPORTERS
from stores.models import Product

MANAGE = "stores.manage_products"
LOOK = "stores.view_store"
PAGE = 50


@require_safe
@needs(LOOK)
def list_products(request: HttpRequest) -> HttpResponse:
    """Products by SKU; ``q`` searches, ``customs=missing`` narrows."""
    rows = Product.objects.order_by("sku")
    query = request.GET.get("q", "").strip()[:100]
    missing_only = request.GET.get("customs") == "missing"
    total = rows.count()
    incomplete = rows.filter(products.missing_customs()).count()
    if query:
        rows = _search(rows, query)
    if missing_only:
        rows = rows.filter(products.missing_customs())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "stores/product_list.html",
        {
            "rows": [(row, products.lacking(row)) for row in page],
            "page_obj": page,
            "query": query,
            "missing_only": missing_only,
            "total": total,
            "incomplete": incomplete,
            "section": "products",
        },
    )


def _search(rows: QuerySet[Product], query: str) -> QuerySet[Product]:
    return rows.filter(
        Q(sku__icontains=query)
        | Q(title__icontains=query)
        | Q(gtin__endswith=query.lstrip("0") or query)
        | Q(asin__iexact=query)
    )


@needs(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """A new product; ``?sku=``, ``?title=``, ``?gtin=`` and ``?asin=`` fill it in."""
    initial = {
        name: request.GET.get(name, "")[:300]
        for name in ("sku", "title", "gtin", "asin")
    }
    return _form(request, Product(), initial)


@needs(LOOK)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at a product, or change it."""
    if request.method == "POST":
        require(request, MANAGE)
    return _form(request, get_object_or_404(Product, pk=pk), {})


def _form(
    request: HttpRequest, product: Product, initial: dict[str, Any]
) -> HttpResponse:
    may_change = request.user.has_perm(MANAGE)
    seen = request.POST.get("seen", products.stamp(product))
    form = ProductForm(
        request.POST or None, instance=product, initial=initial, may_change=may_change
    )
    if request.method == "POST" and form.is_valid():
        try:
            orders = products.save_product(
                form.instance, seen, cast("User", request.user)
            )
        except products.NotSavedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Saved: {form.instance.sku}.{made_anew(orders)}")
            return redirect(back(request, reverse("stores:products")))
    return render(
        request,
        "stores/product_form.html",
        {
            "form": form,
            "product": product,
            "seen": seen,
            "next": request.POST.get("next", request.GET.get("next", "")),
            "may_change": may_change,
            "uses": products.uses_of([product.sku]).get(product.sku, "")
            if product.pk
            else "",
            "history": products.history(product) if product.pk else (),
            "section": "products",
        },
    )


@require_POST
@needs(MANAGE)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a product that nothing needs."""
    product = get_object_or_404(Product, pk=pk)
    try:
        orders = products.delete(product, cast("User", request.user))
    except products.NotSavedError as error:
        messages.error(request, str(error))
        return redirect("stores:product", pk=pk)
    messages.success(request, f"Deleted: {product.sku}.{made_anew(orders)}")
    return redirect("stores:products")


@require_safe
@needs(LOOK)
def export(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """All products, kits or aliases with the columns that an import reads."""
    if kind not in IMPORTERS:
        raise Http404(f"nothing is called {kind}")
    importer = IMPORTERS[kind]
    header = [column.label for column in importer.columns]
    return downloads.answer(request, kind, header, importer.rows())


def made_anew(orders: int) -> str:
    """' 3 open orders are made anew.', '' for none."""
    if not orders:
        return ""
    return f" {orders} open order{' is' if orders == 1 else 's are'} made anew."


def back(request: HttpRequest, default: str) -> str:
    """Where the person came from, if that is a page of ours."""
    target = request.POST.get("next", "")
    if target and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return default
