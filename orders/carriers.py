"""Which code a marketplace wants for a ShipStation carrier: looked up, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from orders.facts_parcels import CarrierChoice
from orders.models import Dispatch, Rung
from shipsync_site.lib import clock
from stores.models import CarrierMapping, ShippedOwner, Store, StoreMode
from stores.setup import current_rules

# Parcels older than this are no reason to ask for a mapping any more.
SEEN_WITHIN = timedelta(days=90)


def carrier_table(marketplaces: Iterable[str]) -> dict[tuple[Any, ...], CarrierChoice]:
    """(marketplace, store or None, carrier, service or '') → what the remote wants."""
    return {
        (
            row.marketplace,
            row.store_id,
            row.shipstation_carrier.casefold(),
            row.shipstation_service.casefold(),
        ): CarrierChoice(
            code=row.carrier_code, name=row.carrier_name, service=row.service
        )
        for row in CarrierMapping.objects.filter(marketplace__in=set(marketplaces))
    }


def mapped(
    table: dict[tuple[Any, ...], CarrierChoice],
    *,
    marketplace: str,
    store_id: int,
    carrier: str,
    service: str,
) -> CarrierChoice | None:
    """The most specific mapping of a ShipStation carrier and service, never a guess."""
    carrier, service = carrier.casefold(), service.casefold()
    for store in (store_id, None):
        for wanted in (service, ""):
            choice = table.get((marketplace, store, carrier, wanted))
            if choice is not None:
                return choice
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A carrier and service of a store's parcels that no mapping speaks of.

    ``waiting`` of ``parcels`` wait for it; ``order`` and ``number`` are its newest.
    """

    store: Store
    carrier: str
    service: str
    parcels: int
    waiting: int
    last_seen: datetime
    order: int
    number: str


def unmapped(store: Store | None = None) -> list[Unmapped]:
    """Carriers of parcels that are ours to tell and have no code; newest first.

    Of one store, or of all. Three queries, and two for each pair that is found.
    """
    rows = list(
        _told_by_us(store)
        .values("order__store", "shipment__carrier_code", "shipment__service_code")
        .annotate(
            parcels=Count("pk"),
            waiting=Count("pk", filter=Q(rung__in=(Rung.DUE, Rung.REFUSED))),
            last=Max("shipment__created_at"),
        )
    )
    stores = Store.objects.select_related("remote_account").in_bulk(
        {row["order__store"] for row in rows}
    )
    table = carrier_table({x.remote_account.marketplace for x in stores.values()})
    found = []
    for row in sorted(rows, key=lambda row: row["last"], reverse=True):
        shop = stores[row["order__store"]]
        carrier, service = row["shipment__carrier_code"], row["shipment__service_code"]
        known = mapped(
            table,
            marketplace=shop.remote_account.marketplace,
            store_id=shop.pk,
            carrier=carrier,
            service=service,
        )
        if known is None:
            newest = _newest(shop, carrier, service)
            found.append(
                Unmapped(
                    store=shop,
                    carrier=carrier,
                    service=service,
                    parcels=row["parcels"],
                    waiting=row["waiting"],
                    last_seen=row["last"],
                    order=newest.order_id,
                    number=newest.order.number,
                )
            )
    return found


def _told_by_us(store: Store | None) -> QuerySet[Dispatch]:
    """Dispatches that we tell the marketplace of: not those that ShipStation tells."""
    theirs = [
        each.pk
        for each in Store.objects.filter(mode=StoreMode.DIRECT)
        if current_rules(each).shipped_owner != ShippedOwner.SHIPSYNC
    ]
    found = Dispatch.objects.exclude(rung=Rung.WITHDRAWN).filter(
        shipment__voided=False,
        shipment__is_return=False,
        shipment__is_test=False,
        shipment__created_at__gte=clock.now() - SEEN_WITHIN,
    )
    if store is not None:
        found = found.filter(order__store=store)
    return found.exclude(order__store__in=theirs)


def _newest(store: Store, carrier: str, service: str) -> Dispatch:
    return (
        _told_by_us(store)
        .filter(shipment__carrier_code=carrier, shipment__service_code=service)
        .select_related("order")
        .order_by("-shipment__created_at", "-pk")[0]
    )


def mapping_of(store: Store, carrier: str, service: str) -> CarrierMapping | None:
    """The most specific mapping in force, as confirmations choose it."""
    rows = CarrierMapping.objects.filter(
        marketplace=store.remote_account.marketplace,
        shipstation_carrier__iexact=carrier,
    )
    table = {
        (row.store_id, row.shipstation_service.casefold()): row
        for row in rows
        if row.store_id in (None, store.pk)
    }
    for place in (store.pk, None):
        for wanted in (service.casefold(), ""):
            if (place, wanted) in table:
                return table[place, wanted]
    return None
