"""The two repairs of an order: again with what we know, or read it anew first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from orders.case_locks import require
from orders.due import look_soon
from orders.exception_kinds import Resolution
from orders.models import Order, OrderEvent, OrderException, Verb
from orders.reconsider import reconsider
from orders.snapshot_rows import block_time
from orders.store_cases import resolutions_for
from orders.triage import lift_refusals
from shipsync_site.lib import clock
from stores import lanes
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import Direction
from stores.remote_types import Block

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PERMISSION = "orders.retry_sync"
# What we know counts as fresh for so long; then it is better read anew first.
FRESH_FOR = timedelta(minutes=15)
# Asked again within this time, the first asking is still at work.
AT_WORK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old what we know of an order is, on both sides; None: never read.

    ``asked_at``: a read was asked for and has not come yet.
    """

    market_at: datetime | None
    shipstation_at: datetime | None
    asked_at: datetime | None

    @property
    def stale(self) -> bool:
        """Whether it is better read anew before anything is repeated."""
        known = self.market_at
        return known is None or clock.now() - known > FRESH_FOR


def freshness(order: Order) -> Freshness:
    """When each side was last read for this order; its records loaded."""
    read = [record.as_of for record in order.records.all()]
    market = block_time(order, Block.STATUS)
    asked = order.fresh_asked_at
    waits = asked is not None and (market is None or market < asked)
    return Freshness(
        market_at=market,
        shipstation_at=max(read, default=None),
        asked_at=asked if waits else None,
    )


def retry_way(case: OrderException) -> Resolution | None:
    """The kind's own way to send again, None where it has none."""
    for way in resolutions_for(case):
        if way.verb == Verb.RETRY and not way.needs_reason:
            return way
    return None


def fetch_first(order: Order, by: User) -> bool:
    """Have an order read anew at its marketplace, then what was refused sent again.

    False, and nothing is done, where that was asked for a moment ago and is at work.
    Raises NotAllowedError.
    """
    require(by, PERMISSION)
    now = clock.now()
    with transaction.atomic():
        row = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
        waits = freshness(row).asked_at
        if waits is not None and now - waits < AT_WORK:
            return False
        row.fresh_asked_at = now
        row.save(update_fields=["fresh_asked_at"])
        lift_refusals(row.pk)
        look_soon([row.pk])
        OrderEvent.objects.create(
            order=row,
            at=now,
            system="you",
            verb="fresh_asked",
            text=f"Asked to read it anew at {_name(order)} before anything is sent",
            actor=by,
        )
    reconsider([order.pk])
    market, shipstation = order.store.remote_account, order.store.shipstation_account
    direction = Direction.CONFIRM if _reads_one(order) else Direction.PULL
    lanes.nudge(market.key, direction)
    for other in (Direction.MIRROR, Direction.DISPATCHES):
        lanes.nudge(shipstation.key, other)
    return True


def _reads_one(order: Order) -> bool:
    connector = CONNECTORS.get(order.store.remote_account.marketplace)
    return Capability.READ_ONE in connector.capabilities


def _name(order: Order) -> str:
    return order.store.remote_account.get_marketplace_display()
