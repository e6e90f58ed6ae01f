"""SKU aliases: the list, what waits for a second person, the form."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from shipsync_site.lib.permissions import needs
from stores import aliases
from stores.forms.products import AliasForm
from stores.models import SkuAlias, Store
from stores.products import NotSavedError, history
from stores.views.products import LOOK, MANAGE, PAGE, back, made_anew


@require_safe
@needs(LOOK)
def list_aliases(request: HttpRequest) -> HttpResponse:
    """Aliases, those that wait first; ``q`` searches, ``state=waiting`` narrows."""
    rows = SkuAlias.objects.select_related("store", "created_by", "approved_by")
    query = request.GET.get("q", "").strip()[:100]
    waiting_only = request.GET.get("state") == "waiting"
    total, waiting = rows.count(), rows.filter(aliases.waiting()).count()
    if query:
        rows = rows.filter(Q(alias__icontains=query) | Q(sku__icontains=query))
    if waiting_only:
        rows = rows.filter(aliases.waiting())
    rows = rows.order_by(F("approved_at").desc(nulls_first=True), "alias", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "stores/alias_list.html",
        {
            "page_obj": page,
            "query": query,
            "waiting_only": waiting_only,
            "total": total,
            "waiting": waiting,
            "section": "aliases",
        },
    )


@needs(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """A new alias; ``?alias=``, ``?sku=`` and ``?store=`` fill it in."""
    initial: dict[str, object] = {
        "alias": request.GET.get("alias", "")[:100],
        "sku": request.GET.get("sku", "")[:100],
        "store": Store.objects.filter(slug=request.GET.get("store", "")).first(),
    }
    return _form(request, SkuAlias(), initial)


@needs(MANAGE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an alias: it is agreed to anew."""
    return _form(request, get_object_or_404(SkuAlias, pk=pk), {})


def _form(
    request: HttpRequest, alias: SkuAlias, initial: dict[str, object]
) -> HttpResponse:
    form = AliasForm(request.POST or None, instance=alias, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            orders = aliases.save(form.instance, cast("User", request.user))
        except NotSavedError as error:
            form.add_error("alias", str(error))
        else:
            messages.success(request, _saved(form.instance) + made_anew(orders))
            return redirect(back(request, reverse("stores:aliases")))
    return render(
        request,
        "stores/alias_form.html",
        {
            "form": form,
            "alias": alias,
            "next": request.POST.get("next", request.GET.get("next", "")),
            "history": history(alias) if alias.pk else (),
            "section": "aliases",
        },
    )


def _saved(alias: SkuAlias) -> str:
    if alias.approved_at is None:
        return (
            f"Saved: {alias}. It counts once somebody else agrees: neither of its GTIN "
            "and ASIN is known to be the same."
        )
    return f"Saved: {alias}. It is in force."


@require_POST
@needs(MANAGE)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree as the second person."""
    alias = get_object_or_404(SkuAlias, pk=pk)
    user = cast("User", request.user)
    try:
        orders = aliases.approve(alias, request.POST.get("sku", ""), user)
    except NotSavedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"In force: {alias}.{made_anew(orders)}")
    return redirect(back(request, reverse("stores:aliases")))


@require_POST
@needs(MANAGE)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an alias; orders that need it are made anew."""
    alias = get_object_or_404(SkuAlias, pk=pk)
    text = str(alias)
    orders = aliases.delete(alias, cast("User", request.user))
    messages.success(request, f"Deleted: {text}.{made_anew(orders)}")
    return redirect("stores:aliases")
