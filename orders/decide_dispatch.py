"""The dispatch half of decide(): what left, by line and quantity, and when it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from orders.combined_limits import broken
from orders.decide_combined import combined_may_be_told
from orders.decide_confirm import UNTOLD, follow, settle_past, shown
from orders.decide_customs import above_limit
from orders.deciding import Deciding
from orders.facts import (
    AttemptFacts,
    DispatchDraft,
    DispatchFacts,
    Operation,
    Priority,
    RungChange,
    ShipmentFacts,
    fingerprint,
)

# Where the read-back never comes, an order closes on 'shipped by status' after this.
CLOSE_ON_STATUS_AFTER = timedelta(hours=24)

Units = tuple[tuple[int, int], ...]


def decide_dispatches(d: Deciding) -> None:
    """Plan dispatches for shipments, confirm them in time, follow their evidence."""
    shipments = {shipment.id: shipment for shipment in d.s.shipments}
    standing, voided = [], []
    for dispatch in sorted(d.s.dispatches, key=lambda x: x.id):
        shipment = shipments.get(dispatch.shipment_id)
        if dispatch.rung == "withdrawn":
            settle_past(d, dispatch)
            continue
        # A parcel that is no longer this order's (uncombined) is not told any more.
        gone = shipment is None and dispatch.rung in ("due", "refused")
        if gone or (shipment is not None and shipment.voided):
            voided.append(dispatch)
        else:
            standing.append(dispatch)
    _plan(d, standing, voided)
    if not d.s.can_confirm:
        return
    shares = confirmable(standing, {line.id: line.wanted for line in d.s.lines})
    for dispatch in standing:
        shipment = shipments.get(dispatch.shipment_id)
        if shipment is not None:
            follow(d, dispatch, shipment, shares[dispatch.id])
    _conclude(d, standing)


def confirmable(
    dispatches: Iterable[DispatchFacts], wanted: Mapping[int, int]
) -> dict[int, Units]:
    """What each dispatch may tell of: its units, less what was cancelled since.

    Told dispatches take their units first. By dispatch id; () when nothing is left.
    """
    left = dict(wanted)
    shares: dict[int, Units] = {}
    for dispatch in sorted(dispatches, key=lambda x: (x.rung in UNTOLD, x.id)):
        shares[dispatch.id] = share = _within(dispatch.lines, left)
        for line_id, quantity in share:
            left[line_id] -= quantity
    return shares


def _within(lines: Iterable[tuple[int, int]], left: Mapping[int, int]) -> Units:
    """These units, no more than are left; a parcel may name a line more than once."""
    sums: dict[int, int] = {}
    for line_id, units in lines:
        sums[line_id] = sums.get(line_id, 0) + units
    share = ((line_id, min(n, left.get(line_id, 0))) for line_id, n in sums.items())
    return tuple((line_id, units) for line_id, units in share if units > 0)


def _plan(
    d: Deciding, standing: list[DispatchFacts], voided: list[DispatchFacts]
) -> None:
    """Which shipments need a dispatch, and which void needs a correction."""
    remaining = {line.id: line.wanted for line in d.s.lines}
    for dispatch in standing:
        for line_id, quantity in dispatch.lines:
            remaining[line_id] = remaining.get(line_id, 0) - quantity
    told, doubts = _told(d, voided)
    if not d.s.can_correct:
        # What it was told of stays told: a new label adds no units to that.
        for dispatch in told:
            for line_id, quantity in dispatch.lines:
                remaining[line_id] = remaining.get(line_id, 0) - quantity
    known = {dispatch.shipment_id for dispatch in d.s.dispatches}
    for shipment in d.packed:
        if shipment.id in known or d.no_confirm or not d.tells(shipment):
            continue
        whole = tuple(remaining.items())
        lines = _within(whole if shipment.lines is None else shipment.lines, remaining)
        if not lines or not _may_combine(d, shipment):
            continue
        for line_id, quantity in lines:
            remaining[line_id] -= quantity
        replaced = _replaced(told, lines) if d.s.can_correct else None
        d.dispatches.append(
            DispatchDraft(
                shipment_id=shipment.id,
                lines=lines,
                supersedes=None if replaced is None else replaced.id,
            )
        )
    for dispatch in told:
        if doubts[dispatch.id] and d.s.can_read_one:
            d.add(
                "marketplace",
                Operation.READ_BACK,
                str(dispatch.id),
                Priority.CONFIRM,
                due_at=max(d.now, *(a.over_at for a in doubts[dispatch.id])),
            )
            continue
        if d.s.market.status == "cancelled":
            continue  # nobody waits for that parcel any more
        d.case(
            "voided_after_confirm",
            fingerprint("voided", dispatch.id),
            "The label was voided after the marketplace was told, "
            + ("without a new one" if d.s.can_correct else "which can't be corrected"),
            deadline=d.s.market.ship_by,
            tracking=dispatch.sent_tracking,
        )


def _told(
    d: Deciding, voided: list[DispatchFacts]
) -> tuple[list[DispatchFacts], dict[int, list[AttemptFacts]]]:
    """The voided parcels that were told, or may have been; with what is in doubt.

    The rest is withdrawn.
    """
    trackings = {shipment.id: shipment.tracking for shipment in d.s.shipments}
    told: list[DispatchFacts] = []
    doubts: dict[int, list[AttemptFacts]] = {}
    for dispatch in voided:
        doubts[dispatch.id] = settle_past(d, dispatch)
        there = shown(d, trackings.get(dispatch.shipment_id, ""))
        if dispatch.rung in UNTOLD and not there and not doubts[dispatch.id]:
            d.rungs.append(RungChange(dispatch_id=dispatch.id, rung="withdrawn"))
        else:
            told.append(dispatch)
    return told, doubts


def _replaced(told: list[DispatchFacts], lines: Units) -> DispatchFacts | None:
    """The told dispatch that this parcel takes the place of: the same goods first."""
    if not told:
        return None
    same = [x for x in told if sorted(x.lines) == sorted(lines)]
    overlap = [x for x in told if {i for i, _ in x.lines} & {i for i, _ in lines}]
    found = (same or overlap or told)[0]
    told.remove(found)
    return found


def _may_combine(d: Deciding, shipment: ShipmentFacts) -> bool:
    """Whether a combined parcel may be confirmed for this order."""
    if not d.combined(d.record(shipment.ss_order_id)):
        return True
    if not combined_may_be_told(d, shipment):
        return False
    waits = above_limit(d, shipment)
    if waits is not False:
        return waits is None
    cause = fingerprint("combined", shipment.id)
    if d.s.decided(cause) == "confirm":
        return True
    wrong = broken(shipment.packed, d.s.combine_limits)
    # Where it is forbidden, a lead has let this very parcel go.
    if shipment.lines is not None and (
        d.p.combined == "forbid" or (d.p.combined == "confirm_each" and not wrong)
    ):
        return True
    reason = f", which holds {wrong}" if wrong else ""
    d.case(
        "combined_parcel",
        cause,
        f"Shipped in one parcel with other orders{reason}: confirm it for this one?",
        deadline=d.s.market.ship_by,
        tracking=shipment.tracking,
    )
    return False


def _conclude(d: Deciding, standing: list[DispatchFacts]) -> None:
    """Stage and end: told about every unit, and how well we know it."""
    changed = {change.dispatch_id: change.rung for change in d.rungs}
    rungs = {x.id: changed.get(x.id, x.rung) for x in standing}
    counted = [x for x in standing if rungs[x.id] != "withdrawn"]
    told = [x for x in counted if rungs[x.id] not in UNTOLD]
    covered: dict[int, int] = {}
    for dispatch in told:
        for line_id, quantity in dispatch.lines:
            covered[line_id] = covered.get(line_id, 0) + quantity
    complete = (
        bool(told)
        and told == counted
        and all(covered.get(line.id, 0) >= line.wanted for line in d.s.lines)
    )
    if d.dispatches or d.rest:
        return
    if not complete:
        _by_hand(d, counted)
        return
    d.told = True
    d.stage, d.why = "confirmed", "Confirmed to the marketplace, to be read back"
    cancelled = d.s.market.status == "cancelled"
    enough = [
        cancelled
        or rungs[x.id] == "read_back"
        or (
            rungs[x.id] == "shipped"
            and d.now >= (x.accepted_at or x.rung_at) + CLOSE_ON_STATUS_AFTER
        )
        for x in told
    ]
    if all(rungs[x.id] == "read_back" for x in told):
        d.stage, d.why = "done", "Confirmed and read back with our tracking"
    elif cancelled:
        d.why = "Confirmed, and cancelled at the marketplace since"
    elif all(enough):
        d.stage, d.why = "done", "Confirmed; the marketplace says shipped"
    elif d.s.market.status == "shipped":
        for dispatch in told:
            d.look_at(
                (dispatch.accepted_at or dispatch.rung_at) + CLOSE_ON_STATUS_AFTER
            )
    d.closed = all(enough) and not d.cases and not d.work


def _by_hand(d: Deciding, counted: list[DispatchFacts]) -> None:
    """It left, a person confirmed it himself, and the marketplace says shipped."""
    waiting = any(x.rung not in UNTOLD and x.rung != "read_back" for x in counted)
    if d.s.market.status != "shipped" or not d.shipped or waiting:
        return
    if d.cases or d.work:
        return
    d.stage, d.closed = "done", True
    d.why = "Shipped, and confirmed to the marketplace by hand"
