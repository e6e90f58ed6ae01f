"""Carriers that were seen on parcels and have no code yet: mapped where they stand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders.carriers import Unmapped, unmapped
from shipsync_site.lib.permissions import needs
from stores.connectors import CONNECTORS
from stores.forms.carriers import offered_codes
from stores.models import Store


@require_safe
@needs("stores.view_store")
def list_unmapped(request: HttpRequest) -> HttpResponse:
    """What was seen and is not mapped, of all stores or of ``?store=``."""
    slug = request.GET.get("store", "")
    store = get_object_or_404(Store, slug=slug) if slug else None
    rows = unmapped(store)
    return render(
        request,
        "orders/carriers_unmapped.html",
        {
            "rows": [(row, _label(row), offered(row)) for row in rows],
            "store": store,
            "waiting": sum(row.waiting for row in rows),
        },
    )


def offered(row: Unmapped) -> list[tuple[str, str]]:
    """The codes that the store's marketplace is known to take."""
    return offered_codes(row.store.remote_account.marketplace, row.store)


def _label(row: Unmapped) -> str:
    return CONNECTORS.get(row.store.remote_account.marketplace).label
