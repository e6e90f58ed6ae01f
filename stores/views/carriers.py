"""Carrier mappings: what each marketplace is told for a ShipStation carrier."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from shipsync_site.lib.permissions import needs
from stores import setup
from stores.carriers import shown_of
from stores.connectors import CONNECTORS, connector_choices
from stores.forms.carriers import CarrierMappingForm, offered_codes
from stores.models import CarrierMapping, ShipStationAccount, Store
from stores.rules_changed import announce, stores_of


@require_GET
@needs("stores.view_store")
def list_mappings(request: HttpRequest) -> HttpResponse:
    """All mappings, or those of one marketplace or store."""
    mappings = CarrierMapping.objects.select_related("store").order_by(
        "marketplace", "shipstation_carrier", "shipstation_service", "store__name"
    )
    marketplace = request.GET.get("marketplace", "")
    slug = request.GET.get("store", "")
    store = (
        Store.objects.select_related("remote_account").filter(slug=slug).first()
        if slug
        else None
    )
    if store:
        marketplace = store.remote_account.marketplace
        mappings = mappings.filter(store__in=[store.pk]) | mappings.filter(store=None)
    if marketplace:
        mappings = mappings.filter(marketplace=marketplace)
    rows = list(mappings.select_related("store__remote_account"))
    told = shown_of(rows)
    return render(
        request,
        "stores/carrier_list.html",
        {
            "mappings": [(row, told[row.pk]) for row in rows],
            "store": store,
            "marketplace": marketplace,
            "marketplaces": connector_choices(),
            "looked_up": [x.code for x in CONNECTORS if x.operators],
        },
    )


@needs("stores.map_carriers")
def create(request: HttpRequest) -> HttpResponse:
    """A new mapping; ``?marketplace=``, ``?carrier=`` and ``?store=`` fill it in."""
    initial: dict[str, object] = {
        "marketplace": request.GET.get("marketplace", ""),
        "shipstation_carrier": request.GET.get("carrier", ""),
        "shipstation_service": request.GET.get("service", ""),
        "store": Store.objects.filter(slug=request.GET.get("store", "")).first(),
    }
    return _form(request, CarrierMapping(), initial)


@needs("stores.map_carriers")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a mapping."""
    return _form(request, get_object_or_404(CarrierMapping, pk=pk), {})


def _form(
    request: HttpRequest, mapping: CarrierMapping, initial: dict[str, object]
) -> HttpResponse:
    before = set(stores_of(mapping)) if mapping.pk else set()
    form = CarrierMappingForm(request.POST or None, instance=mapping, initial=initial)
    preview: dict[str, object] | None = None
    if request.method == "POST" and form.is_valid():
        preview = _preview(form)
        # What was agreed to is this code, not another that was typed since.
        if request.POST.get("agreed") == form.cleaned_data["carrier_code"]:
            preview = None
    if request.method == "POST" and form.is_valid() and preview is None:
        with transaction.atomic():
            mapping = form.save(commit=False)
            mapping.is_default = False
            mapping.save()
            orders = announce(before | set(stores_of(mapping)), payload=False)
        messages.success(request, f"Saved: {mapping}.{_looked(orders)}")
        return redirect("stores:carriers")
    codes = _codes(form)
    form.tell_of_list(len(codes), str(form["marketplace"].value() or ""))
    return render(
        request,
        "stores/carrier_form.html",
        {
            "form": form,
            "mapping": mapping,
            "preview": preview,
            "carriers": _known_carriers(),
            "codes": codes,
        },
    )


def _codes(form: CarrierMappingForm) -> list[tuple[str, str]]:
    """The codes for the marketplace and store as they stand in the form."""
    marketplace = str(form["marketplace"].value() or "")
    chosen = form["store"].value()
    pk = str(getattr(chosen, "pk", chosen) or "")
    stores = Store.objects.select_related("remote_account")
    store = stores.filter(pk=int(pk)).first() if pk.isdecimal() else None
    return offered_codes(marketplace, store)


def _preview(form: CarrierMappingForm) -> dict[str, object] | None:
    """What to agree to before saving: parcels that go out with it, an unknown code."""
    values = form.cleaned_data
    store = values.get("store")
    stores = (
        [store.pk]
        if store
        else Store.objects.filter(
            remote_account__marketplace=values["marketplace"]
        ).values_list("pk", flat=True)
    )
    parcels = setup.impact(
        stores,
        carrier=values["shipstation_carrier"],
        service=values.get("shipstation_service") or "",
    ).parcels
    unknown = form.unknown_code()
    if not parcels and not unknown:
        return None
    return {
        "code": values["carrier_code"],
        "parcels": parcels,
        "unknown": unknown,
        "marketplace": CONNECTORS.get(values["marketplace"]).label,
    }


@require_POST
@needs("stores.map_carriers")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a mapping away; orders that need it become cases, never guesses."""
    mapping = get_object_or_404(CarrierMapping, pk=pk)
    with transaction.atomic():
        stores = stores_of(mapping)
        text = str(mapping)
        mapping.delete()
        orders = announce(stores, payload=False)
    messages.success(request, f"Removed: {text}.{_looked(orders)}")
    return redirect("stores:carriers")


def _looked(orders: int) -> str:
    if not orders:
        return ""
    return f" {orders} open order{' is' if orders == 1 else 's are'} looked at again."


def _known_carriers() -> list[tuple[str, str]]:
    """(code, name) of the carriers that connection tests saw."""
    found: dict[str, str] = {}
    for known in ShipStationAccount.objects.values_list("known_carriers", flat=True):
        for carrier in known or []:
            found[str(carrier.get("code", ""))] = str(carrier.get("name", ""))
    return sorted(found.items())
