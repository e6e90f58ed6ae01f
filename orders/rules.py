"""Listen for changed rules and for the question what a change would touch."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.dispatch import receiver

from orders.case_help import waiting_parcels
from orders.models import AttemptOutcome, Order, OrderLine, Rung, Stage
from shipsync_site.lib import clock
from stores.models import KitComponent, SkuAlias
from stores.rules_changed import rules_changed
from stores.setup import Impact, impact_asked


@receiver(rules_changed, dispatch_uid="orders.mark_open_orders")
def mark_open_orders(
    sender: Any,
    store_ids: list[int],
    payload: bool = True,
    skus: Collection[str] | None = None,
    **kwargs: Any,
) -> int:
    """Make the open orders of these stores due now; returns how many.

    Where the rules make payloads, these are stale: made anew before they are decided.
    """
    orders = Order.objects.filter(store__in=store_ids, closed_at__isnull=True)
    if skus is not None:
        names = _names_of(skus)
        lines = OrderLine.objects.filter(
            Q(sku__in=names) | Q(sku_override__in=names), order=OuterRef("pk")
        )
        orders = orders.filter(Exists(lines))
    due = {"next_look_at": clock.now()}
    return orders.update(**due, payload_stale=True) if payload else orders.update(**due)


def _names_of(skus: Collection[str]) -> set[str]:
    """These SKUs, the kits that hold one of them, and every alias of either."""
    names = set(skus)
    kits = KitComponent.objects.filter(sku__in=names)
    names |= set(kits.values_list("kit__sku", flat=True))
    aliases = SkuAlias.objects.filter(sku__in=names)
    return names | set(aliases.values_list("alias", flat=True))


@receiver(impact_asked, dispatch_uid="orders.count_impact")
def count_impact(
    sender: Any, store_ids: list[int], carrier: str, service: str, **kwargs: Any
) -> Impact:
    """Open orders of these stores; with a carrier, its parcels not yet told."""
    if carrier:
        return Impact(parcels=waiting_parcels(store_ids, carrier, service))
    orders = Order.objects.filter(store__in=store_ids, closed_at__isnull=True)
    there = orders.filter(stage__in=(Stage.RELEASE, Stage.IN_SHIPSTATION, Stage.HELD))
    return Impact(
        open_orders=orders.count(),
        in_shipstation=there.count(),
        ours=orders.filter(_ours()).distinct().count(),
    )


def _ours() -> Q:
    """Of Order: what shipsync created, may have created, holds, or has to tell of."""
    doubt = Q(
        attempts__settled_at=None,
        attempts__outcome__in=(AttemptOutcome.OPEN, AttemptOutcome.UNKNOWN),
    )
    told = Q(dispatches__rung__in=(Rung.DUE, Rung.REFUSED, Rung.SENT))
    return Q(records__adopted=False) | Q(records__held_by_us=True) | doubt | told
