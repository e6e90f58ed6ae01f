"""Buyer data goes: on its date, or because the buyer asked; the audit stays.

Blanked with an order: its buyer (address, a corrected one, contact, all keyed hashes),
the lines' gift messages and options, the addresses that decisions hold, the raw blocks
the bodies and postcode hashes of its ShipStation records and what its shadow showed. Amounts, statuses, countries, events and
decisions stay. An order that still has to be shipped keeps its buyer until it has
finished, whatever the date says.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from orders.models import (
    OPEN_STAGES,
    Decision,
    Order,
    OrderBuyer,
    OrderLine,
    ParkedRecord,
    PurgeRun,
    RawBlock,
    ShadowComparison,
    ShipStationOrder,
)
from shipsync_site.lib import clock

BATCH = 100
# On SQLite others write between two batches.
PAUSE = 0.01
# As long as the bodies of records are kept that an order was found for.
UNMATCHED_KEPT = timedelta(days=60)
RUNS_KEPT = timedelta(days=365)
# What each count of a run is called on screen.
KINDS = {
    "buyers": "Buyers",
    "lines": "Gift messages and options",
    "decisions": "Corrected addresses in decisions",
    "raw": "Marketplace answers",
    "records": "ShipStation answers",
    "shadow": "Shadow comparisons",
    "parked": "Unreadable records",
}
BLANK_BUYER = {
    "recipient": {},
    "contact": {},
    "corrected": {},
    "recipient_digest": "",
    "corrected_digest": "",
    "corrected_from": "",
    "name_hash": "",
    "email_hash": "",
    "postcode_hash": "",
    "remote_hash": "",
    "address_hash": "",
}
NO_HASHES = {"postcode_hash": "", "address_hash": ""}
OPEN = Q(order__stage__in=OPEN_STAGES)


def due_buyers(now: datetime) -> QuerySet[OrderBuyer]:
    """Buyers past their date whose orders have finished."""
    return _past(now).exclude(OPEN)


def waiting_buyers(now: datetime) -> QuerySet[OrderBuyer]:
    """Buyers past their date whose orders are still open."""
    return _past(now).filter(OPEN)


def _past(now: datetime) -> QuerySet[OrderBuyer]:
    return OrderBuyer.objects.filter(purge_at__lte=now, purged_at__isnull=True)


def run(*, dry_run: bool = False) -> PurgeRun:
    """Blank everything that is due; the run is kept, unless it is a dry one.

    Own transactions of at most 100 orders; may be stopped and run again at any time.
    """
    now = clock.now()
    counts: Counter[str] = Counter()
    if dry_run:
        counts = _due_counts(now)
    else:
        while ids := list(due_buyers(now).values_list("order_id", flat=True)[:BATCH]):
            counts += blank(ids, now)
            _breathe()
        for name, rows in _leftovers(now).items():
            counts[name] += _blank_bodies(rows)
        ids = list(_hashed(now).values_list("pk", flat=True))
        ShipStationOrder.objects.filter(pk__in=ids).update(**NO_HASHES)
    done = PurgeRun(
        at=now,
        counts=dict(+counts),
        total=sum(counts.values()),
        waiting=waiting_buyers(now).count(),
    )
    if not dry_run:
        PurgeRun.objects.filter(Q(total=0) | Q(at__lt=now - RUNS_KEPT)).delete()
        done.save()
    return done


def blank(order_ids: Sequence[int], now: datetime) -> Counter[str]:
    """Blank the buyers of these orders, whatever their date; rows by kind.

    At most 100 orders; one transaction.
    """
    ids = sorted(set(order_ids))
    counts: Counter[str] = Counter()
    with transaction.atomic():
        # The orders first, as ingest does: nothing is taken in meanwhile.
        list(Order.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        known = set(
            OrderBuyer.objects.filter(order__in=ids).values_list("order_id", flat=True)
        )
        # An order without a buyer gets a blank one: nothing is taken in later.
        OrderBuyer.objects.bulk_create(
            OrderBuyer(order_id=pk) for pk in ids if pk not in known
        )
        for name, model, field in (
            ("lines", OrderLine, "details"),
            ("decisions", Decision, "details"),
            ("raw", RawBlock, "body"),
            ("records", ShipStationOrder, "body"),
            ("shadow", ShadowComparison, "details"),
        ):
            rows = model._default_manager.filter(
                **{"order__in": ids, f"{field}__isnull": False}
            )
            counts[name] += rows.update(**{field: {}})
        ShipStationOrder.objects.filter(order__in=ids).update(**NO_HASHES)
        counts["buyers"] += OrderBuyer.objects.filter(
            order__in=ids, purged_at__isnull=True
        ).update(**BLANK_BUYER, purged_at=now)
    return +counts


def _leftovers(now: datetime) -> dict[str, QuerySet[Any]]:
    """Bodies past their own date, and those read again after their buyer was blanked."""
    past = Q(purge_at__lte=now)
    forgotten = Q(order__buyer__purged_at__isnull=False)
    full = Q(body__isnull=False)
    return {
        "raw": RawBlock.objects.filter(full, past & ~OPEN | forgotten),
        "records": ShipStationOrder.objects.filter(
            full, past & (Q(order__isnull=True) | ~OPEN) | forgotten
        ),
        "parked": ParkedRecord.objects.filter(full, past),
    }


def _hashed(now: datetime) -> QuerySet[ShipStationOrder]:
    """Records whose postcode's hash has served its time.

    Those that no order was found for, and those read again after their buyer was blanked.
    """
    unmatched = Q(order__isnull=True, as_of__lte=now - UNMATCHED_KEPT)
    forgotten = Q(order__buyer__purged_at__isnull=False)
    return ShipStationOrder.objects.filter(unmatched | forgotten).exclude(**NO_HASHES)


def _blank_bodies(rows: QuerySet[Any]) -> int:
    count = 0
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        count += rows.model._default_manager.filter(pk__in=ids).update(body={})
        _breathe()
    return count


def _due_counts(now: datetime) -> Counter[str]:
    """What a run would blank; nothing is written."""
    due = due_buyers(now)
    orders = due.values("order")
    bodies = Q(order__in=orders, body__isnull=False)
    counts = Counter(
        buyers=due.count(),
        lines=OrderLine.objects.filter(order__in=orders, details__isnull=False).count(),
        decisions=Decision.objects.filter(
            order__in=orders, details__isnull=False
        ).count(),
    )
    left = _leftovers(now)
    counts["raw"] = (RawBlock.objects.filter(bodies) | left["raw"]).distinct().count()
    counts["records"] = (
        (ShipStationOrder.objects.filter(bodies) | left["records"]).distinct().count()
    )
    counts["parked"] = left["parked"].count()
    return +counts


def _breathe() -> None:
    if connection.vendor == "sqlite":
        time.sleep(PAUSE)
