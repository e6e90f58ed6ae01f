"""Direct mode: was the marketplace told of each parcel, and by its one owner?

The policy says whether ShipStation's own connection tells the marketplace or shipsync
does. A parcel that ShipStation has told is never told by us as well; whether its store
notifies at all is hidden from every interface, so it is known by evidence alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.decide_confirm import (
    NOT_HONOURED_AFTER,
    STRAGGLER_AFTER,
    UNTOLD,
    same_number,
    shown,
)
from orders.decide_dispatch import decide_dispatches
from orders.deciding import ORDER, Deciding
from orders.facts import Operation, Priority, ShipmentFacts, fingerprint

# Nobody is called before ShipStation has had so long, however late the label is.
AT_LEAST = timedelta(minutes=15)
# Untold labels are read again at least this often.
UNTOLD_READ = timedelta(hours=1)


def decide_told(d: Deciding) -> None:
    """Tell what is ours to tell, and see to it that the rest is told by ShipStation."""
    theirs = d.p.shipped_owner != "shipsync"
    d.may_tell = {
        s.id
        for s in d.live_shipments
        if _ours(d, s, theirs=theirs) and not d.no_confirm
    }
    mine = [x for x in d.s.dispatches if x.shipment_id in d.may_tell]
    told_by_us = [x for x in d.s.dispatches if x.rung not in UNTOLD]
    if d.may_tell or mine or told_by_us:
        decide_dispatches(d)
    _told_twice(d)
    rest = [s for s in d.live_shipments if s.id not in d.may_tell]
    by_us = {x.shipment_id for x in told_by_us}
    rest = [s for s in rest if s.id not in by_us]
    if rest and not d.no_confirm:
        _watch(d, rest)


def voided_after_told(d: Deciding) -> bool:
    """Whether the marketplace was told of a label that was voided since.

    A new label is not told again by ShipStation: a case says so until there is one.
    """
    voided = [
        s for s in d.s.shipments if s.voided and (s.notified or shown(d, s.tracking))
    ]
    for shipment in voided:
        d.case(
            "voided_after_confirm",
            fingerprint("voided_told", shipment.id),
            "The label was voided after ShipStation told the marketplace of it",
            deadline=d.s.market.ship_by,
            tracking=shipment.tracking,
        )
    return bool(voided)


def untold_cause(shipment_id: int) -> str:
    """The cause of 'not told' for a parcel: what a person's 'let shipsync tell' answers."""
    return fingerprint("not_told", shipment_id)


def _ours(d: Deciding, shipment: ShipmentFacts, *, theirs: bool) -> bool:
    """Whether a parcel is shipsync's to tell: by policy, or by a person's word."""
    if d.s.decided(untold_cause(shipment.id)) == "confirm":
        return True
    if any(
        x.shipment_id == shipment.id and x.rung not in (*UNTOLD, "withdrawn")
        for x in d.s.dispatches
    ):
        return True  # told by us already: its evidence is followed
    return not theirs and not shipment.notified


def _told_twice(d: Deciding) -> None:
    """ShipStation says that it told what we have told: the setting is still on."""
    sent = {x.shipment_id for x in d.s.dispatches if x.rung not in ("due", "refused")}
    for shipment in d.live_shipments:
        tried = shipment.notified or shipment.notify_error
        cause = fingerprint("two_owners", shipment.id)
        asked = d.s.decided(untold_cause(shipment.id)) == "confirm"
        if shipment.id not in sent or not tried or asked:
            continue
        if d.s.decided(cause) == "accept":
            continue
        d.closed = False
        d.case(
            "direct_two_owners",
            cause,
            "Both ShipStation and shipsync told the marketplace of this parcel"
            if shipment.notified
            else "shipsync told the marketplace of this parcel, and ShipStation tried to: "
            + shipment.notify_error,
            tracking=shipment.tracking,
        )


def _watch(d: Deciding, shipments: list[ShipmentFacts]) -> None:
    """Follow what ShipStation was to tell; a case for what it did not."""
    waiting = [s for s in shipments if not _arrived(d, s)]
    if not waiting:
        _conclude(d)
        return
    d.closed = False
    d.stage = "dispatched" if not d.rest else d.stage
    for shipment in sorted(waiting, key=lambda s: (s.created_at, s.id)):
        _chase(d, shipment)


def _arrived(d: Deciding, shipment: ShipmentFacts) -> bool:
    """Whether the marketplace shows this parcel, or shipped where it shows none."""
    if shown(d, shipment.tracking):
        return True
    packages = d.s.market.packages
    others = [p for p in packages or () if p.tracking]
    return d.s.market.status == "shipped" and not others


def _chase(d: Deciding, shipment: ShipmentFacts) -> None:
    market = d.s.market
    due = _told_by(d, shipment)
    other = ", ".join(p.tracking for p in market.packages or () if p.tracking)
    if shipment.notify_error:
        why = f"ShipStation could not tell the marketplace: {shipment.notify_error}"
    elif shipment.notified:
        due = min(due, shipment.created_at + NOT_HONOURED_AFTER)
        why = "ShipStation says it told the marketplace, which does not show it"
    else:
        why = "The label is bought, and ShipStation has not told the marketplace"
    if other and not any(
        same_number(p.tracking, shipment.tracking) for p in market.packages or ()
    ):
        why += f"; it shows {other}"
    if d.now < due and not shipment.notify_error:
        d.why = "The label is bought: ShipStation tells the marketplace"
        if shipment.notified:
            d.stage = "confirmed" if not d.rest else d.stage
            d.why = "ShipStation says it told the marketplace: to be read back"
            _read_back(d, shipment.created_at + STRAGGLER_AFTER)
        d.look_at(due)
        return
    if not shipment.notify_error and _unread(d, shipment, due):
        d.why = "Reading both sides once more: was the marketplace told?"
        _read_back(d, due)
        d.look_at(d.now + AT_LEAST)
        return
    d.why = why
    d.case(
        "direct_not_told",
        untold_cause(shipment.id),
        why,
        deadline=market.ship_by,
        tracking=shipment.tracking,
    )


def _told_by(d: Deciding, shipment: ShipmentFacts) -> datetime:
    """When the marketplace should know; by the margin before ship-by at the latest."""
    due = shipment.created_at + d.p.told_within
    ship_by = d.s.market.ship_by
    if ship_by is not None:
        due = min(due, ship_by - d.p.confirm_margin)
    return max(due, shipment.created_at + AT_LEAST)


def _unread(d: Deciding, shipment: ShipmentFacts, due: datetime) -> bool:
    """Whether either side was last read before it was due to be told.

    Nothing lists what is told late: untold labels are read again now and then by their
    creation. One that is missing from these is waited for no longer than that.
    """
    if d.s.can_read_one and d.s.market.status_as_of < due:
        return True
    read = shipment.as_of is not None and shipment.as_of >= due
    return not read and d.now < due + UNTOLD_READ


def _read_back(d: Deciding, moment: datetime) -> None:
    """Ask the marketplace, unless it was asked since: from this moment on."""
    if not d.s.can_read_one or d.s.market.status_as_of >= moment:
        return
    if all(work.operation is not Operation.READ_BACK for work in d.work):
        d.add(
            "marketplace",
            Operation.READ_BACK,
            ORDER,
            Priority.LOOK,
            due_at=max(moment, d.now),
        )


def _conclude(d: Deciding) -> None:
    """Every parcel is told: by ShipStation, as the marketplace shows."""
    if d.rest or d.dispatches:
        return
    d.told = True
    if d.s.market.status != "shipped":
        d.stage, d.why = (
            "confirmed",
            "The marketplace shows the parcel, not yet shipped",
        )
        return
    trackings = [s for s in d.live_shipments if shown(d, s.tracking)]
    d.stage = "done"
    d.why = (
        "Told by ShipStation: the marketplace shows our tracking"
        if trackings
        else "The marketplace says shipped; ShipStation told it"
    )
    d.closed = not d.cases and not d.work
