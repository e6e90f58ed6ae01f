"""Single records of ShipStation: read them, hold them by date, let them go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from orders.facts import Operation, Priority
from orders.models import ShipStationOrder
from orders.sync.attempts import Attempted, finish, opener
from orders.sync.operations.mirror import catch_up
from orders.sync.operations.pacing import quota, scarce
from orders.sync.operations.reading import READ_SINGLY, read_changes, reread
from shipsync_site.lib import clock
from stores.connect import shipstation_for
from stores.errors import (
    LockedError,
    OutcomeUnknownError,
    RejectedError,
    RemoteError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from stores.models import ShipStationAccount
from stores.shipstation import pacific

# A date hold lasts this long and is renewed by decide() while it is still wanted.
HOLD_DAYS = 4


def read_before_write(account: ShipStationAccount, ss_order_ids: Sequence[int]) -> None:
    """Make the mirror current for these records before they are replaced.

    A few are read one by one, which is exact, while most of the quota is left. Else
    what changed comes in pages of 500: since the last one, then since the oldest write
    that these did not show. Only what is hidden still is read by itself.
    """
    if len(ss_order_ids) > READ_SINGLY or _scarce(account):
        unread = ShipStationOrder.objects.filter(
            account=account, ss_order_id__in=ss_order_ids, modify_date=""
        )
        catch_up(account, unread=unread.exists, urgent=True)
        if unread.count() > READ_SINGLY:
            read_changes(account, unread, Counter())
        ss_order_ids = list(unread.values_list("ss_order_id", flat=True))
    for ss_order_id in ss_order_ids:
        reread(account, ss_order_id, urgent=True)


def _scarce(account: ShipStationAccount) -> bool:
    line = quota(account)
    return line is not None and scarce(line)


def look(account: ShipStationAccount, item: Attempted, *, urgent: bool) -> None:
    """Look at a record, as where its last write is in doubt."""
    reread(account, int(item.work.target), urgent=urgent)


def hold_or_restore(
    account: ShipStationAccount, item: Attempted, failed: dict[int, str]
) -> None:
    """Hold by date or release a record that we may not replace, with its stop tag."""
    ss_order_id, holds = int(item.work.target), item.work.operation is Operation.HOLD
    urgent = item.work.priority <= Priority.URGENT
    until = pacific.today(clock.now()) + timedelta(days=HOLD_DAYS)
    client = shipstation_for(account, on_open=opener([item]))
    error: RemoteError | None = None
    try:
        if holds:
            client.hold_until(ss_order_id, until, urgent=urgent)
        else:
            client.restore_from_hold(ss_order_id, urgent=urgent)
    except (ThrottledError, UnauthorisedError) as stop:
        finish([(item, stop)])
        raise
    except RemoteError as problem:
        error = problem
    finish([(item, error)])
    if isinstance(error, LockedError | RejectedError):
        reread(account, ss_order_id, urgent=urgent)
    elif error is not None:
        failed[item.job.order_id] = error.message
        return
    if error is not None:
        return
    ShipStationOrder.objects.filter(account=account, ss_order_id=ss_order_id).update(
        status="on_hold" if holds else "awaiting_shipment",
        raw_status="on_hold" if holds else "awaiting_shipment",
        held_by_us=holds,
        held_for_id=item.job.order_id if holds else None,
        hold_until=until if holds else None,
        modify_date="",
        as_of=clock.now(),
    )
    _tag(account, ss_order_id, holds=holds, urgent=urgent)


def _tag(
    account: ShipStationAccount, ss_order_id: int, *, holds: bool, urgent: bool
) -> None:
    """The tag tells packers why; the hold itself does not wait for it."""
    if account.stop_tag_id is None:
        return
    client = shipstation_for(account)
    act = client.add_tag if holds else client.remove_tag
    try:
        act(ss_order_id, account.stop_tag_id, urgent=urgent)
    except (RejectedError, LockedError, TransientError, OutcomeUnknownError):
        return
