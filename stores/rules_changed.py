"""Says that the rules of some stores changed, so that their orders are looked at again.

This app knows no orders; whoever does connects to the signal. Sent inside the
transaction that saved the rules, with ``store_ids`` (a list of Store keys). A receiver
returns how many orders it marked, or None.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.dispatch import Signal

from stores.models import CarrierMapping, Store

rules_changed = Signal()


def announce(stores: Iterable[int]) -> int:
    """Send the signal for these stores; returns how many orders were marked."""
    store_ids = sorted(set(stores))
    if not store_ids:
        return 0
    answers = rules_changed.send(sender=Store, store_ids=store_ids)
    return sum(int(answer or 0) for _, answer in answers)


def stores_of(mapping: CarrierMapping) -> list[int]:
    """The stores that a carrier mapping speaks for."""
    if mapping.store_id is not None:
        return [mapping.store_id]
    return list(
        Store.objects.filter(
            remote_account__marketplace=mapping.marketplace
        ).values_list("pk", flat=True)
    )
