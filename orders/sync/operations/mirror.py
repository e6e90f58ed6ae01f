"""Read ShipStation's orders by modify date: a quick pass, and one that trails the lag.

ShipStation's index shows changes up to five minutes late (facts: table 8 row 12). The
quick pass follows the newest change and sees almost everything at once; the trailing
pass covers each span exactly once, after the lag, so nothing is lost and nothing is
read more than twice. What was never seen by the trailing pass is not there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from orders import drift, shadow
from orders.due import decide_due
from orders.mirror import store_records
from orders.reconsider import reconsider
from orders.snapshot import MIRROR_TRAILING
from orders.sync.operations.reading import look_at_stops
from orders.sync.units import HandOver, UnitResult, in_business, soon
from shipsync_site.lib import clock
from stores import lanes
from stores.connect import shipstation_for
from stores.errors import ThrottledError
from stores.models import Cursor, Direction, ShipStationAccount
from stores.shipstation.window import Window, read_orders_window

QUICK = "orders"
FIRST_LOOK_BACK = timedelta(days=30)
QUICK_OVERLAP = timedelta(seconds=2)
MAX_CATCH_UP = 12
# Business seconds after which stops that were not seen in force are looked at again.
STOPS_AGAIN = 10.0
# Real seconds that a write waits for another process to read.
PATIENCE = 5.0


def unit(account: ShipStationAccount, hand_over: HandOver) -> UnitResult:
    """One call of the pass that is due; the lane is kept, for a cursor is serial."""
    now = clock.now()
    counts: Counter[str] = Counter()
    quick = _cursor(account, QUICK)
    if not _step(account, quick, None, now, counts):
        return UnitResult(due_at=soon(), counts=counts)
    trailing = _cursor(account, MIRROR_TRAILING)
    lag = timedelta(seconds=settings.SHIPSYNC_MIRROR_LAG)
    if trailing.watermark is None:
        # The first quick pass read everything; what the lag hid comes by the trail.
        trailing.watermark = now - lag
        trailing.completed_at = now
        trailing.save()
        _decide_waiting(account)
    elif trailing.params or _trail_due(trailing, now, lag):
        if not _step(account, trailing, now - lag, now, counts):
            return UnitResult(due_at=soon(), counts=counts)
        _decide_waiting(account)
    unseen = look_at_stops(account, counts)
    counts += drift.look_if_due(account, now)
    counts += shadow.compare_if_due(account, now)
    pause = settings.SHIPSYNC_MIRROR_INTERVAL
    if unseen:
        pause = min(pause, STOPS_AGAIN)
    return UnitResult(due_at=in_business(pause), counts=counts)


def _trail_due(trailing: Cursor, now: datetime, lag: timedelta) -> bool:
    """The trail moves in steps of half the lag: small enough to settle doubts soon."""
    step = max(lag / 2, timedelta(seconds=1))
    return trailing.watermark is not None and now - lag - trailing.watermark >= step


def catch_up(
    account: ShipStationAccount, *, unread: Callable[[], bool], urgent: bool = False
) -> None:
    """See every change that can be seen now; ``unread`` ones by the trailing pass too.

    One process reads at a time: a cursor that two of them move goes back. A pass that
    another began after this call does as well. Raises ThrottledError(ours=True), to go
    on in a moment, where another one reads for long or too much is to be read at once.
    """
    began, patience = clock.now(), time.monotonic() + PATIENCE
    while True:
        with lanes.borrowed(
            account.key, Direction.MIRROR, settings.SHIPSYNC_LEASE
        ) as ours:
            if ours:
                _read_on(account, unread, urgent=urgent)
                return
        seen = _cursor(account, QUICK).watermark
        if seen is not None and seen >= began and not unread():
            return
        if time.monotonic() > patience:
            raise _later(account)
        time.sleep(0.1)


def _read_on(
    account: ShipStationAccount, unread: Callable[[], bool], *, urgent: bool
) -> None:
    counts: Counter[str] = Counter()
    for _call in range(MAX_CATCH_UP):
        now = clock.now()
        if _step(account, _cursor(account, QUICK), None, now, counts, urgent=urgent):
            break
    else:
        raise _later(account)
    lag = timedelta(seconds=settings.SHIPSYNC_MIRROR_LAG)
    for _call in range(MAX_CATCH_UP):
        trailing, now = _cursor(account, MIRROR_TRAILING), clock.now()
        due = trailing.params or _trail_due(trailing, now, lag)
        if not due or not unread():
            return
        _step(account, trailing, now - lag, now, counts, urgent=urgent)
    raise _later(account)


def _later(account: ShipStationAccount) -> ThrottledError:
    return ThrottledError(
        f"The changes in ShipStation are still being read ({account.key})",
        retry_after=1.0,
        ours=True,
        code="catching_up",
    )


def _cursor(account: ShipStationAccount, stream: str) -> Cursor:
    cursor, _new = Cursor.objects.get_or_create(account=account.key, stream=stream)
    return cursor


def _step(
    account: ShipStationAccount,
    cursor: Cursor,
    until: datetime | None,
    now: datetime,
    counts: Counter[str],
    *,
    urgent: bool = False,
) -> bool:
    """One call of a pass; True when its window is read to the end.

    The cursor advances only after the page is stored. Raises what the client raises.
    """
    if cursor.params:
        window = Window.load(cursor.params)
    else:
        since = (cursor.watermark or now - FIRST_LOOK_BACK) - QUICK_OVERLAP
        window = Window(since=since, until=until)
        cursor.window_end = until or now
    step = read_orders_window(shipstation_for(account), window, urgent=urgent)
    touched = store_records(account, step.rows, step.malformed, now=clock.now())
    counts["records"] += len(step.rows)
    counts["calls"] += 1
    if step.done:
        # The quick pass goes on from its own start: later changes come next time.
        cursor.watermark = cursor.window_end
        cursor.params, cursor.window_end, cursor.completed_at = {}, None, clock.now()
    else:
        cursor.params = step.next.dump()
    cursor.save()
    reconsider(sorted(touched))
    if step.error is not None:
        raise step.error
    return step.done


def _decide_waiting(account: ShipStationAccount) -> None:
    """Absence became knowledge: decide the orders that waited for it."""
    decide_due(shipstation_account=account, waiting_for_mirror=True)
