"""Who tells the marketplace of a store's parcels, parcel by parcel."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from orders.evidence import LOOK_BACK, gather
from shipsync_site.lib.permissions import needs
from stores import statements
from stores.models import Store


@require_GET
@needs("stores.view_store")
def evidence(request: HttpRequest, slug: str) -> HttpResponse:
    """The verdict, its figures, and the parcels that speak against it."""
    store = get_object_or_404(
        Store.objects.select_related("remote_account", "shipstation_account"), slug=slug
    )
    return render(
        request,
        "orders/evidence.html",
        {
            "store": store,
            "found": gather(store),
            "word": statements.word(store, "notify_setting"),
            "days": LOOK_BACK.days,
        },
    )
