"""Read orders from a marketplace account: what is to be shipped, and what was."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from orders.ingest import ingest
from orders.models import Dispatch, Order, Rung, Stage
from orders.sync.operations.lists import read_lists
from orders.sync.units import HandOver, UnitResult, in_business, soon
from shipsync_site.lib import clock
from stores.connect import connector_for
from stores.connectors import CONNECTORS
from stores.connectors.base import Stream
from stores.models import Cursor, RemoteAccount
from stores.periods import direct_stores
from stores.remote_types import CursorState

# A list can miss an order (issue tracker of Amazon's models): once a day the last days
# are read again, whatever the watermark says.
SWEEP = "open_sweep"
SWEEP_EVERY = timedelta(hours=24)
SWEEP_BACK = timedelta(days=3)
# A label is read minutes after it was bought; ShipStation may have told at once.
JUST_NOW = timedelta(minutes=30)


def pull_unit(account: RemoteAccount, hand_over: HandOver) -> UnitResult:
    """One page of the orders to ship and the cancellations, or of the daily sweep."""
    sweep, _new = Cursor.objects.get_or_create(account=account.key, stream=SWEEP)
    current = Cursor.objects.filter(account=account.key, stream=Stream.OPEN).first()
    settled = current is not None and current.watermark and not current.page_token
    if settled:
        read_lists(account)
    if settled and _sweep_due(sweep):
        return _page(account, Stream.OPEN, sweep)
    return _page(account, Stream.OPEN)


def _sweep_due(sweep: Cursor) -> bool:
    """Whether a sweep is under way or its day has come; the first pull is one."""
    now = clock.now()
    if sweep.completed_at is None:
        sweep.completed_at = now
        sweep.save(update_fields=["completed_at"])
    elif sweep.page_token:
        return True
    elif now - sweep.completed_at >= SWEEP_EVERY:
        sweep.watermark = now - SWEEP_BACK
        return True
    return False


def read_back_unit(account: RemoteAccount, hand_over: HandOver) -> UnitResult:
    """One page of the shipped orders, while a confirmation waits for its evidence.

    Or while ShipStation is to tell of a parcel whose label it has (direct mode); or while the rest of an order is open: when that is cancelled, Amazon calls the
    order shipped, and only this list tells.
    """
    if Stream.SHIPPED not in CONNECTORS.get(account.marketplace).streams:
        return UnitResult(due_at=None)  # orders are read back one by one
    waiting = Dispatch.objects.filter(
        Q(rung=Rung.ACCEPTED)
        | Q(rung__in=(Rung.SHIPPED, Rung.READ_BACK), order__closed_at=None),
        order__store__remote_account=account,
    )
    cursor = Cursor.objects.filter(account=account.key, stream=Stream.SHIPPED).first()
    midway = cursor is not None and cursor.page_token
    theirs = Order.objects.filter(
        store__in=account.stores.filter(direct_stores()),
        stage__in=(Stage.DISPATCHED, Stage.CONFIRMED),
        closed_at=None,
    )
    if not midway and not waiting.exists() and not theirs.exists():
        due = in_business(_interval(account, Stream.SHIPPED))
        return UnitResult(due_at=due, unneeded=True)
    if cursor is None:
        # Nothing was told before the first parcel: no need to read further back.
        oldest = waiting.order_by("accepted_at").first()
        told = oldest.accepted_at if oldest else None
        cursor = Cursor.objects.create(
            account=account.key,
            stream=Stream.SHIPPED,
            watermark=told or clock.now() - JUST_NOW,
        )
    return _page(account, Stream.SHIPPED, cursor)


def _interval(account: RemoteAccount, stream: Stream) -> float:
    """Business seconds between two looks; the settings may shorten it (sandbox)."""
    seconds: float = connector_for(account).streams[stream].total_seconds()
    return min(seconds, settings.SHIPSYNC_PULL_INTERVAL or seconds)


def _page(
    account: RemoteAccount, stream: Stream, row: Cursor | None = None
) -> UnitResult:
    if row is None:
        row, _new = Cursor.objects.get_or_create(account=account.key, stream=stream)
    state = CursorState(
        watermark=row.watermark,
        window_end=row.window_end,
        page_token=row.page_token,
        params=row.params,
        token_at=row.token_at,
    )
    page = connector_for(account).fetch_page(stream, state, now=clock.now())
    result = ingest(account, page.orders, page.malformed)
    for name, value in asdict(page.next).items():
        setattr(row, name, value)
    if not page.more:
        row.completed_at = clock.now()
        if row.stream == Stream.OPEN:
            account.stores.update(last_pull_at=clock.now())
    row.save()
    counts = Counter(
        calls=1,
        created=result.created,
        changed=result.changed,
        unchanged=result.unchanged,
        malformed=result.malformed,
    )
    due = soon() if page.more else in_business(_interval(account, stream))
    return UnitResult(due_at=due, counts=counts)
