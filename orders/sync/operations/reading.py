"""Records read now: one by one, or the stops that nobody has seen in force yet."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db.models import Min, QuerySet

from orders.mirror import mark_gone, store_records
from orders.models import ShipStationOrder
from orders.reconsider import reconsider
from orders.sync.operations.pacing import quota, scarce
from shipsync_site.lib import clock
from stores.connect import shipstation_for
from stores.models import ShipStationAccount
from stores.shipstation.window import Window, read_orders_window

# Up to this many records are read one by one, which is exact; more by their changes.
READ_SINGLY = 4
# A change counts from a little before it: the peer's clock is another.
OVERLAP = timedelta(seconds=2)
STOPPED = ("on_hold", "cancelled")


def reread(
    account: ShipStationAccount, ss_order_id: int, *, urgent: bool = False
) -> None:
    """Read one record, store it, or mark it gone; then decide its orders."""
    before = clock.now()
    row = shipstation_for(account).get_order(ss_order_id, urgent=urgent)
    if row is None:
        mark_gone(account, ss_order_id, before)
        touched = set(
            ShipStationOrder.objects.filter(
                account=account, ss_order_id=ss_order_id, order__isnull=False
            ).values_list("order_id", flat=True)
        )
    else:
        touched = store_records(account, [row], now=clock.now())
    reconsider(sorted(touched))


def look_at_stops(account: ShipStationAccount, counts: Counter[str]) -> bool:
    """Read what was asked to stop and was not seen since; True while some is unseen.

    The list shows a change up to five minutes late, and packers don't wait for it. A few
    records are read by themselves, which is exact; many by one page of what has changed
    since the oldest of them was written.
    """
    unseen = _unseen(account)
    ids = list(unseen.values_list("ss_order_id", flat=True)[: READ_SINGLY + 1])
    if not ids:
        return False
    line = quota(account)
    if len(ids) <= READ_SINGLY and not (line is not None and scarce(line)):
        for ss_order_id in ids:
            reread(account, ss_order_id, urgent=True)
        counts["calls"] += len(ids)
        return False
    read_changes(account, unseen, counts)
    return unseen.exists()


def read_changes(
    account: ShipStationAccount,
    unseen: QuerySet[ShipStationOrder],
    counts: Counter[str],
) -> None:
    """One page of what has changed since the oldest of these was written."""
    since = unseen.order_by().aggregate(first=Min("as_of"))["first"]
    if since is None:  # seen by another worker meanwhile
        return
    window = Window(since=since - OVERLAP, until=None)
    step = read_orders_window(shipstation_for(account), window, urgent=True)
    touched = store_records(account, step.rows, step.malformed, now=clock.now())
    counts["records"] += len(step.rows)
    counts["calls"] += 1
    reconsider(sorted(touched))
    if step.error is not None:
        raise step.error


def _unseen(account: ShipStationAccount) -> QuerySet[ShipStationOrder]:
    """Records that we stopped within the lag of the list; later the trail reads them.

    Ours by createorder, others by date: either leaves them without a modify date.
    """
    lag = timedelta(seconds=settings.SHIPSYNC_MIRROR_LAG)
    return ShipStationOrder.objects.filter(
        account=account,
        order__isnull=False,
        status__in=STOPPED,
        as_of__gte=clock.now() - 2 * lag,
        modify_date="",
        gone_at__isnull=True,
    ).order_by("as_of", "pk")
