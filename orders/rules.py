"""Listen for changed rules and for the question what a change would touch."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from orders.case_help import waiting_parcels
from orders.models import Order, Stage
from shipsync_site.lib import clock
from stores.rules_changed import rules_changed
from stores.setup import Impact, impact_asked


@receiver(rules_changed, dispatch_uid="orders.mark_open_orders")
def mark_open_orders(sender: Any, store_ids: list[int], **kwargs: Any) -> int:
    """Make the open orders of these stores due now; returns how many."""
    return Order.objects.filter(store__in=store_ids, closed_at__isnull=True).update(
        next_look_at=clock.now()
    )


@receiver(impact_asked, dispatch_uid="orders.count_impact")
def count_impact(
    sender: Any, store_ids: list[int], carrier: str, service: str, **kwargs: Any
) -> Impact:
    """Open orders of these stores; with a carrier, its parcels not yet told."""
    if carrier:
        return Impact(parcels=waiting_parcels(store_ids, carrier, service))
    orders = Order.objects.filter(store__in=store_ids, closed_at__isnull=True)
    there = orders.filter(stage__in=(Stage.RELEASE, Stage.IN_SHIPSTATION, Stage.HELD))
    return Impact(open_orders=orders.count(), in_shipstation=there.count())
