"""Read what left the warehouse: labels, voids, marks-as-shipped, each its own window.

Shipments carry no modify date: labels and fulfilments are read by creation with an
overlap, voids by void date. A label of the overlap is simply read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min, Q

from orders.mirror import report_unreadable
from orders.models import Shipment, ShipStationOrder, Stage
from orders.parcels import store_shipments
from orders.reconsider import reconsider
from orders.sync.units import HandOver, UnitResult, in_business, soon
from shipsync_site.lib import clock
from stores.connect import shipstation_for
from stores.models import Cursor, ShipStationAccount
from stores.periods import direct_stores
from stores.shipstation.client import ShipStationClient
from stores.shipstation.types import SsShipment
from stores.shipstation.window import (
    Window,
    WindowStep,
    read_fulfillments_window,
    read_shipments_window,
    read_voids_window,
)
from stores.webhooks.receipts import told_since

Reader = Callable[[ShipStationClient, Window], WindowStep[SsShipment]]

# Stream, reader, and how many intervals lie between two looks at it.
STREAMS: tuple[tuple[str, Reader, int], ...] = (
    ("shipments", read_shipments_window, 1),
    ("fulfillments", read_fulfillments_window, 2),
    ("voids", read_voids_window, 2),
)
# Labels of which ShipStation has not told the channel yet, its own stores' alone: no
# filter finds those that it told late, so they are read again from the oldest on.
UNTOLD = "untold"
UNTOLD_EVERY = 30
UNTOLD_BACK = timedelta(days=7)
# What we told is looked at so long for a second telling by ShipStation.
OURS_BACK = timedelta(days=1)
# Of what ShipStation tells us about each; of voids it tells nothing.
TOLD_BY = {
    "shipments": ("SHIP_NOTIFY", "ITEM_SHIP_NOTIFY"),
    "fulfillments": ("FULFILLMENT_SHIPPED", "FULFILLMENT_REJECTED"),
}
FIRST_LOOK_BACK = timedelta(days=14)


def unit(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
    """One call of the first stream that is due; the lane is kept."""
    now = clock.now()
    waits = []
    for stream, reader, every in STREAMS:
        cursor, _new = Cursor.objects.get_or_create(account=account.key, stream=stream)
        wait = _wait(account, cursor, every, now)
        if wait <= 0:
            counts = _step(account, cursor, reader, now)
            return UnitResult(due_at=soon(), counts=counts)
        waits.append(wait)
    oldest = _oldest_untold(account, now)
    cursor, _new = Cursor.objects.get_or_create(account=account.key, stream=UNTOLD)
    if oldest is not None or cursor.params:
        wait = _wait(account, cursor, UNTOLD_EVERY, now)
        if wait <= 0:
            counts = _step(account, cursor, read_shipments_window, now, since=oldest)
            return UnitResult(due_at=soon(), counts=counts)
        waits.append(wait)
    return UnitResult(due_at=in_business(min(waits)))


def _oldest_untold(account: ShipStationAccount, now: datetime) -> datetime | None:
    """When the oldest label was bought that ShipStation may still tell of."""
    imported = ShipStationOrder.objects.filter(
        account=account,
        order__store__in=account.stores.filter(direct_stores()),
        adopted=True,
    )
    waiting = imported.filter(
        order__stage__in=(Stage.DISPATCHED, Stage.CONFIRMED), order__closed_at=None
    )
    ours = imported.filter(order__dispatches__sent_at__gte=now - OURS_BACK)
    untold = Shipment.objects.filter(
        Q(ss_order_id__in=waiting.values("ss_order_id"))
        | Q(ss_order_id__in=ours.values("ss_order_id")),
        account=account,
        source="label",
        voided=False,
        created_at__gte=now - UNTOLD_BACK,
    ).exclude(notified=True)
    oldest: datetime | None = untold.aggregate(at=Min("created_at"))["at"]
    return oldest


def _wait(
    account: ShipStationAccount, cursor: Cursor, every: int, now: datetime
) -> float:
    """Business seconds until a stream is due; 0 at once when we were told of news."""
    if cursor.params or cursor.completed_at is None or cursor.watermark is None:
        return 0.0
    topics = TOLD_BY.get(cursor.stream, ())
    if topics and told_since(account.key, topics, cursor.watermark):
        return 0.0
    interval: float = settings.SHIPSYNC_DISPATCH_INTERVAL * every
    elapsed = (now - cursor.completed_at).total_seconds()
    return 0.0 if elapsed >= interval * 0.9 else interval - elapsed


def _step(
    account: ShipStationAccount,
    cursor: Cursor,
    reader: Reader,
    now: datetime,
    *,
    since: datetime | None = None,
) -> Counter[str]:
    """One call of a stream; ``since``: from where, instead of its own watermark."""
    overlap = timedelta(seconds=settings.SHIPSYNC_MIRROR_LAG)
    if cursor.params:
        window = Window.load(cursor.params)
    else:
        if since is None:
            mark = cursor.watermark
            since = mark - overlap if mark else now - FIRST_LOOK_BACK
        window = Window(since=since)
        cursor.window_end = now
    step = reader(shipstation_for(account), window)
    touched = store_shipments(account, step.rows, now=clock.now())
    report_unreadable(account, step.malformed, "parcel")
    if step.done:
        cursor.watermark, cursor.params = cursor.window_end, {}
        cursor.window_end, cursor.completed_at = None, clock.now()
    else:
        cursor.params = step.next.dump()
    cursor.save()
    reconsider(sorted(touched))
    if step.error is not None:
        raise step.error
    return Counter({cursor.stream: len(step.rows), "calls": 1})
