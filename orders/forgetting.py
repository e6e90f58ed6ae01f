"""Buyers that a marketplace tells us to forget: finished orders at once, open ones after.

The receiver of ``buyers_to_forget`` only notes; the minute's tick does the work. Buyers
of whom we hold nothing are not noted: the receipt says that we were told.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from orders import purge
from orders.events import Timeline
from orders.ingest_merge import buyer_hash
from orders.models import OPEN_STAGES, ForgetRequest, OrderBuyer
from shipsync_site.lib import clock
from stores.models import RemoteAccount, WebhookReceipt
from stores.webhooks.signals import buyers_to_forget

logger = logging.getLogger(__name__)


@receiver(buyers_to_forget, dispatch_uid="orders.forget")
def note(
    sender: Any,
    account: RemoteAccount,
    buyers: tuple[str, ...],
    receipt: WebhookReceipt | None,
    **_: Any,
) -> None:
    """Note which of these buyers are to be forgotten, on every account of theirs."""
    ask(account.marketplace, buyers, receipt=receipt.pk if receipt else None)


def ask(marketplace: str, buyers: Sequence[str], *, receipt: int | None = None) -> int:
    """Ask for these buyers of a marketplace to be forgotten; how many are new to us."""
    asked = 0
    hashes = {buyer_hash(marketplace, buyer) for buyer in buyers} - {""}
    held = set(
        OrderBuyer.objects.filter(remote_hash__in=hashes)
        .values_list("remote_hash", flat=True)
        .distinct()
    )
    now = clock.now()
    timeline = Timeline(now)
    for hashed in sorted(held):
        if ForgetRequest.objects.filter(buyer_hash=hashed).exists():
            continue
        ForgetRequest.objects.create(
            marketplace=marketplace,
            buyer_hash=hashed,
            asked_at=now,
            receipt=receipt,
        )
        asked += 1
        for buyer in _buyers(hashed).filter(order__stage__in=OPEN_STAGES):
            timeline.add(
                buyer.order_id,
                marketplace,
                "forget_asked",
                "The marketplace asks to forget this buyer: it is done as soon as the "
                "order has finished",
            )
    timeline.save()
    return asked


def carry_out() -> int:
    """Blank what can be blanked for every open request; how many orders."""
    done = 0
    for request in ForgetRequest.objects.filter(finished_at__isnull=True).order_by(
        "pk"
    ):
        done += _carry_out(request)
    return done


def _carry_out(request: ForgetRequest) -> int:
    now = clock.now()
    done = 0
    finished = _buyers(request.buyer_hash).exclude(order__stage__in=OPEN_STAGES)
    while ids := list(finished.values_list("order_id", flat=True)[: purge.BATCH]):
        purge.blank(ids, now)
        timeline = Timeline(now)
        for pk in ids:
            timeline.add(
                pk,
                request.marketplace,
                "buyer_forgotten",
                "Buyer data deleted: the marketplace asked to forget this buyer",
            )
        timeline.save()
        done += len(ids)
    request.blanked += done
    if not _buyers(request.buyer_hash).exists():
        request.finished_at, request.buyer_hash = now, ""
        logger.info("buyer forgotten request=%s orders=%s", request.pk, request.blanked)
    if done or request.finished_at:
        request.save(update_fields=["blanked", "finished_at", "buyer_hash"])
    return done


def _buyers(hashed: str) -> QuerySet[OrderBuyer]:
    return OrderBuyer.objects.filter(remote_hash=hashed, purged_at__isnull=True)
