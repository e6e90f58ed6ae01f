"""The order page's panel for direct mode: what is known of ShipStation's own connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from orders.decide_confirm import UNTOLD, same_number
from orders.facts import RecordFacts, ShipmentFacts, Snapshot
from orders.matching import Sign
from orders.models import Order
from orders.snapshot import load
from shipsync_site.lib import clock
from stores.models import ShippedOwner, StoreMode
from stores.periods import era

# In the words of the page; the store goes without saying.
SIGNS = {
    Sign.NUMBER: "number",
    Sign.LINE_IDS: "line ids",
    Sign.GOODS: "goods",
    Sign.DAY: "day of the order",
    Sign.MOMENT: "moment of the order",
    Sign.POSTCODE: "postcode",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A ShipStation order that is this one, and what says so."""

    ss_order_id: int
    status: str
    agrees: str
    differs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A parcel: who tells the marketplace of it, and what each side says.

    ``said``: ShipStation says that it told; None is unknown, as is ``shown``.
    """

    tracking: str
    labelled_at: datetime
    by_us: bool
    said: bool | None
    error: str
    shown: bool | None
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """All of the panel. ``ours``: shipsync created this order before the switch."""

    account: str
    store: str
    store_id: int
    active: bool
    refreshed_at: datetime | None
    owner: str
    ours: bool
    found: tuple[Found, ...]
    expected_by: datetime | None
    overdue: bool
    tax_number: str
    tax_shown: bool | None
    parcels: tuple[Telling, ...]


def connection(order: Order) -> Connection | None:
    """What the page shows; None for an order of a store that shipsync runs itself."""
    store = order.store
    if era(store, order.ordered_at).mode != StoreMode.DIRECT:
        return None
    (loaded,) = load([order])
    snapshot, policy = loaded.snapshot, loaded.policy
    linked = [r for r in snapshot.records if r.linked]
    live = [r for r in linked if not r.gone]
    row = _known_store(store)
    known = max(snapshot.market.ordered_at, snapshot.imported_at)
    expected_by = None if linked else known + policy.arrives_within
    return Connection(
        account=store.shipstation_account.name,
        store=str(row.get("name") or ""),
        store_id=store.shipstation_store_id,
        active=bool(row.get("active", True)),
        refreshed_at=parse_datetime(str(row.get("refreshed_at") or "")),
        owner=str(ShippedOwner(policy.shipped_owner).label),
        ours=any(r.ours for r in linked),
        found=tuple(_found(r) for r in sorted(live, key=lambda r: r.ss_order_id)),
        expected_by=expected_by,
        overdue=expected_by is not None and expected_by < clock.now(),
        tax_number=snapshot.market.tax_number,
        tax_shown=next((r.tax_shown for r in live), None),
        parcels=tuple(
            _telling(snapshot, shipment, policy.told_within)
            for shipment in snapshot.shipments
            if not shipment.voided
        ),
    )


def _known_store(store: Any) -> dict[str, Any]:
    rows = store.shipstation_account.known_stores or []
    return next((row for row in rows if row["id"] == store.shipstation_store_id), {})


def _found(record: RecordFacts) -> Found:
    likeness = record.likeness
    agrees = likeness.agrees if likeness else frozenset()
    differs = likeness.differs if likeness else frozenset()
    # The moment says more than the day.
    left_out = {Sign.DAY} if Sign.MOMENT in agrees else {Sign.MOMENT}
    return Found(
        ss_order_id=record.ss_order_id,
        status=record.status.replace("_", " "),
        agrees=_words(agrees - left_out),
        differs=_words(differs - {Sign.MOMENT, Sign.NUMBER}),
    )


def _words(signs: frozenset[Sign]) -> str:
    return ", ".join(text for sign, text in SIGNS.items() if sign in signs)


def _telling(snapshot: Snapshot, shipment: ShipmentFacts, within: Any) -> Telling:
    packages = snapshot.market.packages
    return Telling(
        tracking=shipment.tracking,
        labelled_at=shipment.created_at,
        by_us=any(
            x.shipment_id == shipment.id and x.rung not in UNTOLD
            for x in snapshot.dispatches
        ),
        said=shipment.notified,
        error=shipment.notify_error,
        shown=None
        if packages is None
        else any(same_number(p.tracking, shipment.tracking) for p in packages),
        due=shipment.created_at + within,
    )
