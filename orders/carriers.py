"""Which code a marketplace wants for a ShipStation carrier: looked up, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orders.facts import CarrierChoice
from stores.models import CarrierMapping


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
