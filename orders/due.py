"""Orders that time alone makes due, or that waited for a first look."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from orders.ingest_merge import GRACE
from orders.models import AttemptOutcome, Order, Peer, Stage, SyncAttempt
from orders.reconsider import CHUNK, reconsider
from shipsync_site.lib import clock
from stores.models import ShipStationAccount


def look_soon(order_ids: Sequence[int]) -> None:
    """Note, before facts are stored or with them, that these must be decided.

    The process that stored them may be killed before it decides, and reading the same
    facts again is no reason to decide. A closed order opens until it was looked at.
    """
    soon = clock.now() + GRACE
    Order.objects.filter(
        Q(next_look_at=None) | Q(next_look_at__gt=soon), pk__in=order_ids
    ).update(next_look_at=soon, closed_at=None)


def decide_due(
    *,
    shipstation_account: ShipStationAccount | None = None,
    waiting_for_mirror: bool = False,
    limit: int = 1000,
) -> int:
    """Decide orders whose ``next_look_at`` has come; returns how many.

    ``waiting_for_mirror``: instead those that wait for ShipStation's orders to be read
    (never pushed, or a write in doubt).
    """
    orders = Order.objects.filter(closed_at__isnull=True)
    if waiting_for_mirror:
        doubtful = SyncAttempt.objects.filter(
            settled_at__isnull=True,
            outcome__in=(AttemptOutcome.OPEN, AttemptOutcome.UNKNOWN),
        ).values("order")
        orders = orders.filter(
            Q(pk__in=doubtful)
            | Q(stage=Stage.TO_PUSH) & ~Q(jobs__peer=Peer.SHIPSTATION),
            store__shipstation_account=shipstation_account,
        )
    else:
        orders = orders.filter(next_look_at__lte=clock.now()).order_by("next_look_at")
    ids = list(orders.values_list("pk", flat=True)[:limit])
    for start in range(0, len(ids), CHUNK):
        reconsider(ids[start : start + CHUNK])
    return len(ids)
