"""Says that the rules of some stores changed, so that their orders are looked at again.

This app knows no orders; whoever does connects to the signal. Sent inside the
transaction that saved the rules, with ``store_ids`` (a list of Store keys), ``payload``
(whether what is sent to ShipStation may change) and ``skus`` (only orders of these, None
for all). A receiver returns how many orders it marked, or None.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.dispatch import Signal

from stores.models import CarrierMapping, Store

rules_changed = Signal()


def announce(
    stores: Iterable[int],
    *,
    payload: bool = True,
    skus: Collection[str] | None = None,
) -> int:
    """Send the signal for these stores; returns how many orders were marked.

    ``skus``: what changed are products, kits or aliases of these names: an order counts
    where a line is called so, or stands for it by an alias or as part of a kit.
    """
    store_ids = sorted(set(stores))
    if not store_ids:
        return 0
    answers = rules_changed.send(
        sender=Store,
        store_ids=store_ids,
        payload=payload,
        skus=None if skus is None else frozenset(skus),
    )
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
