"""A label voided on a person's word: looked at, voided, and read again as the proof."""

from __future__ import annotations

from orders.facts import Work
from orders.models import Shipment
from orders.parcels import store_shipments
from orders.reconsider import reconsider
from orders.sync.attempts import Attempted, finish, opener
from orders.sync.operations.records import reread
from shipsync_site.lib import clock
from stores.connect import shipstation_for
from stores.errors import (
    LockedError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnauthorisedError,
)
from stores.models import ShipStationAccount


def void_label(
    account: ShipStationAccount, item: Attempted, failed: dict[int, str]
) -> None:
    """Have ShipStation void the label that the work names, unless it is voided already.

    What counts is what the label's own list shows afterwards, and its order with it:
    that awaits shipment again, where nothing else was bought for it.
    """
    shipment = label_of(item.work)
    if _read(account, shipment).voided:
        return
    client = shipstation_for(account, on_open=opener([item]))
    error: RemoteError | None = None
    try:
        client.void_label(int(shipment.remote_id), urgent=True)
    except (ThrottledError, UnauthorisedError) as stop:
        finish([(item, stop)])
        raise
    except RemoteError as problem:
        error = problem
    finish([(item, error)])
    if error is None or isinstance(error, LockedError | RejectedError):
        _read(account, shipment)
        reread(account, shipment.ss_order_id, urgent=True)
    else:
        failed[item.job.order_id] = error.message


def label_of(work: Work) -> Shipment:
    """The label that a void is about."""
    return Shipment.objects.get(pk=int(work.target.partition(":")[2]))


def _read(account: ShipStationAccount, shipment: Shipment) -> Shipment:
    """The label as ShipStation shows it now, kept."""
    page = shipstation_for(account).list_shipments(
        order_id=shipment.ss_order_id, urgent=True
    )
    touched = store_shipments(account, page.shipments, now=clock.now())
    shipment.refresh_from_db()
    reconsider(sorted(touched))
    return shipment
