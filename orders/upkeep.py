"""Daily upkeep: buyer data goes on its date, old technical rows go with time."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from orders.models import (
    Decision,
    OrderBuyer,
    OrderLine,
    ParkedRecord,
    RawBlock,
    ShipStationOrder,
)
from shipsync_site.lib import clock
from stores.models import Heartbeat, RemoteCall

BATCH = 500
# Amazon's Data Protection Policy wants logs for a year at least.
CALLS_KEPT = timedelta(days=400)
HEARTS_KEPT = timedelta(days=2)


def purge_due() -> int:
    """Blank what is past its date, in small batches; returns how many rows.

    Amounts, statuses, countries and the whole audit stay.
    """
    now = clock.now()
    done = 0
    while True:
        buyers = list(
            OrderBuyer.objects.filter(
                purge_at__lte=now, purged_at__isnull=True
            ).values_list("pk", "order_id")[:BATCH]
        )
        if not buyers:
            break
        OrderLine.objects.filter(order__in=[order for _pk, order in buyers]).update(
            details={}
        )
        Decision.objects.filter(
            order__in=[order for _pk, order in buyers], details__isnull=False
        ).update(details={})
        done += OrderBuyer.objects.filter(pk__in=[pk for pk, _order in buyers]).update(
            recipient={},
            contact={},
            corrected={},
            corrected_digest="",
            name_hash="",
            email_hash="",
            postcode_hash="",
            purged_at=now,
        )
    for model in (RawBlock, ParkedRecord):
        done += model.objects.filter(purge_at__lte=now, body__isnull=False).update(
            body={}
        )
    done += ShipStationOrder.objects.filter(
        Q(purge_at__lte=now), body__isnull=False
    ).update(body={})
    RemoteCall.objects.filter(
        started_at__lt=now - CALLS_KEPT, attempts__isnull=True
    ).delete()
    Heartbeat.objects.filter(beat_at__lt=clock.real_now() - HEARTS_KEPT).delete()
    return done
