"""Telling the marketplace of one dispatch, and following what became of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders.decide_customs import carrier_waits
from orders.deciding import Deciding
from orders.facts import (
    AttemptFacts,
    DispatchFacts,
    Operation,
    PackageFacts,
    Priority,
    RungChange,
    ShipmentFacts,
    fingerprint,
)

# The shipped-orders list reads most confirmations back; a straggler gets a read of its
# own after this, and a case when it still isn't honoured.
STRAGGLER_AFTER = timedelta(minutes=30)
NOT_HONOURED_AFTER = timedelta(hours=2)

UNTOLD = ("due", "refused", "sent")
# A connector's code for: first decide about the request to cancel that is open.
REQUEST_OPEN = "cancel_request_open"
# So often a dispatch is told again because a read shows no request any more.
TOLD_AGAIN = 3

Units = tuple[tuple[int, int], ...]


def confirm_digest(
    dispatch: DispatchFacts, shipment: ShipmentFacts, lines: Units, option: str = ""
) -> str:
    """Names what would be sent; a new mapping, number, share or option changes it."""
    mapped = shipment.mapped
    carrier = (mapped.code, mapped.name, mapped.service) if mapped else ()
    parts = (dispatch.package_ref, *carrier, shipment.tracking, lines)
    return fingerprint(*parts, *filter(None, (option,)))


def confirms_in_doubt(d: Deciding, dispatch: DispatchFacts) -> list[AttemptFacts]:
    """Confirmations of this dispatch of which nobody knows whether they happened."""
    return [
        a
        for a in d.s.attempts
        if a.operation == Operation.CONFIRM and a.target == str(dispatch.id)
        if a.in_doubt
    ]


def settle_past(d: Deciding, dispatch: DispatchFacts) -> list[AttemptFacts]:
    """A parcel that counts no more: a read since ends what was in doubt about it.

    Returns the doubts that are left.
    """
    doubts = confirms_in_doubt(d, dispatch)
    over = [attempt for attempt in doubts if _read_since(d, attempt.over_at)]
    d.settled.update(attempt.id for attempt in over)
    return [attempt for attempt in doubts if attempt not in over]


def shown(d: Deciding, tracking: str) -> bool:
    """Whether the marketplace shows a parcel with this number."""
    return any(same_number(p.tracking, tracking) for p in d.s.market.packages or ())


def follow(
    d: Deciding, dispatch: DispatchFacts, shipment: ShipmentFacts, lines: Units
) -> None:
    """Take this dispatch as far up the evidence ladder as the facts allow."""
    package = _package(d, dispatch, shipment)
    if package is not None and same_number(package.tracking, shipment.tracking):
        if dispatch.rung != "read_back":
            d.rungs.append(RungChange(dispatch_id=dispatch.id, rung="read_back"))
        d.settled.update(a.id for a in confirms_in_doubt(d, dispatch))
    elif dispatch.rung in UNTOLD:
        _tell(d, dispatch, shipment, package, lines)
    elif dispatch.rung in ("accepted", "shipped"):
        _await_evidence(d, dispatch, shipment, package, lines)


def same_number(theirs: str, ours: str) -> bool:
    """Whether two tracking numbers are one: letters and digits count, their case not.

    Some marketplaces keep numbers without the spaces and hyphens of the label.
    """
    first, second = ("".join(filter(str.isalnum, x)).casefold() for x in (theirs, ours))
    return bool(first) and first == second


def _package(
    d: Deciding, dispatch: DispatchFacts, shipment: ShipmentFacts
) -> PackageFacts | None:
    """The marketplace's own record of this parcel: same number, else same reference."""
    packages = d.s.market.packages or ()
    same = [p for p in packages if same_number(p.tracking, shipment.tracking)]
    same = same or [p for p in packages if p.reference == str(dispatch.package_ref)]
    return same[0] if same else None


def _tell(
    d: Deciding,
    dispatch: DispatchFacts,
    shipment: ShipmentFacts,
    package: PackageFacts | None,
    lines: Units,
) -> None:
    """Confirm this dispatch when it is time, unless something stands in the way."""
    market, target = d.s.market, str(dispatch.id)
    for attempt in confirms_in_doubt(d, dispatch):
        # A read that began while the call was on its way proves nothing.
        if _read_since(d, attempt.over_at):
            d.settled.add(attempt.id)  # read back since: it is not there
            continue
        d.why = "A confirmation is in doubt: reading the order back"
        if d.s.can_read_one:
            d.add(
                "marketplace",
                Operation.READ_BACK,
                target,
                Priority.CONFIRM,
                due_at=max(attempt.over_at, d.now),
            )
        return
    if d.no_confirm or not d.tells(shipment):
        return
    if not lines:
        # All its units were cancelled since: there is nothing to tell of it.
        d.rungs.append(RungChange(dispatch_id=dispatch.id, rung="withdrawn"))
        return
    if _told_elsewhere(d, dispatch, shipment, package):
        return
    if not shipment.tracking:
        d.why = "No tracking number"
        d.case(
            "tracking_missing",
            fingerprint("tracking", shipment.id),
            "Marked as shipped in ShipStation without a tracking number",
            deadline=market.ship_by,
        )
        return
    if shipment.mapped is None:
        d.why = f"No carrier code for {shipment.carrier_code}"
        d.case(
            "carrier_unmapped",
            fingerprint(shipment.carrier_code, shipment.service_code),
            f"Carrier {shipment.carrier_code} has no code for this marketplace",
            deadline=market.ship_by,
            carrier=shipment.carrier_code,
            service=shipment.service_code,
        )
        return
    if carrier_waits(d, shipment):
        return
    digest = confirm_digest(dispatch, shipment, lines, market.delivery_option)
    refusal = d.refusal(Operation.CONFIRM, target, digest)
    if refusal is not None and not _request_ended(d, refusal):
        _refused(d, target, refusal)
    elif not d.s.runs:
        d.why = f"The store is {d.s.store_state}"
    elif not d.confirm_blocked:
        _confirm(d, target, digest, _due(d, shipment))


def _confirm(d: Deciding, target: str, digest: str, due: datetime) -> None:
    d.look_at(due)
    d.add(
        "marketplace",
        Operation.CONFIRM,
        target,
        Priority.CONFIRM,
        digest=digest,
        due_at=max(due, d.now),
    )


def _refused(d: Deciding, target: str, refusal: AttemptFacts) -> None:
    """'Already fulfilled' may be our own lost success: read before a person is asked."""
    already = refusal.code == "already_fulfilled"
    if already and d.s.can_read_one and not _read_since(d, refusal.started_at):
        d.why = "The marketplace says it is fulfilled already: reading it back"
        d.add("marketplace", Operation.READ_BACK, target, Priority.CONFIRM)
        return
    d.why = f"The marketplace refused the confirmation: {refusal.text}"
    if refusal.code == REQUEST_OPEN:
        if d.s.can_read_one and not _cancel_read_since(d, refusal):
            d.why = "The marketplace says a request to cancel is open: reading it"
            d.add("marketplace", Operation.READ_BACK, target, Priority.CONFIRM)
            return
        asks = d.confirm_blocked or any(
            case.kind == "cancelled_after_label" for case in d.cases
        )
        if asks and _requested(d):
            d.why = "Not to be confirmed while the request to cancel is open"
            return
    d.refused("confirm_refused", refusal)


def _requested(d: Deciding) -> bool:
    return any(line.cancel_requested and line.wanted for line in d.s.lines)


def _cancel_read_since(d: Deciding, refusal: AttemptFacts) -> bool:
    read = d.s.market.cancel_as_of
    return read is not None and read > (refusal.finished_at or refusal.started_at)


def _request_ended(d: Deciding, refusal: AttemptFacts) -> bool:
    """Whether it was refused for a request to cancel that is over by now.

    A marketplace that goes on refusing is believed in the end.
    """
    if refusal.code != REQUEST_OPEN or _requested(d):
        return False
    tries = [
        a
        for a in d.s.attempts
        if (a.operation, a.target) == (refusal.operation, refusal.target)
        and (a.digest, a.code) == (refusal.digest, REQUEST_OPEN)
    ]
    return len(tries) < TOLD_AGAIN and _cancel_read_since(d, refusal)


def _told_elsewhere(
    d: Deciding,
    dispatch: DispatchFacts,
    shipment: ShipmentFacts,
    package: PackageFacts | None,
) -> bool:
    """Whether the order is shipped by status, though this parcel was never told.

    A package of our own reference is edited, not added, so a relabelled parcel is told
    all the same.
    """
    market = d.s.market
    edits = any(
        x.package_ref == dispatch.package_ref and x.id != dispatch.id
        for x in d.s.dispatches
    )
    if market.status != "shipped" or edits or dispatch.rung == "refused":
        return False
    if d.s.can_read_one and not _read_since(d, shipment.created_at):
        d.why = "The marketplace says shipped: reading its parcels"
        d.add("marketplace", Operation.READ_BACK, str(dispatch.id), Priority.CONFIRM)
        return True
    shown = ", ".join(p.tracking for p in market.packages or () if p.tracking)
    d.why = "The marketplace says shipped, but not with this parcel"
    d.case(
        "shipped_elsewhere",
        fingerprint("told_elsewhere", dispatch.id, shown),
        f"{d.why}; it shows {shown or 'no tracking number'}",
        deadline=market.ship_by,
        tracking=shipment.tracking,
    )
    return True


def _read_since(d: Deciding, moment: datetime) -> bool:
    read = d.s.market.packages_as_of
    return read is not None and read > moment


def _due(d: Deciding, shipment: ShipmentFacts) -> datetime:
    """When the policy wants it told; never past ship-by less the margin."""
    due = shipment.created_at
    if d.p.confirm_timing == "ship_date" and shipment.ship_date is not None:
        midnight = datetime.combine(shipment.ship_date, time(), ZoneInfo(d.p.timezone))
        due = max(due, midnight)
    elif d.p.confirm_timing == "hours_after":
        due += d.p.confirm_after
    ship_by = d.s.market.ship_by
    return due if ship_by is None else min(due, ship_by - d.p.confirm_margin)


def _await_evidence(
    d: Deciding,
    dispatch: DispatchFacts,
    shipment: ShipmentFacts,
    package: PackageFacts | None,
    lines: Units,
) -> None:
    """Accepted is not proof (Amazon's 204 can be dropped): wait, ask, then say so."""
    market, accepted = d.s.market, dispatch.accepted_at or dispatch.rung_at
    shipped = market.status == "shipped" and market.status_as_of > accepted
    if shipped and dispatch.rung == "accepted":
        d.rungs.append(RungChange(dispatch_id=dispatch.id, rung="shipped"))
    if market.status == "cancelled":
        return  # it need not show parcels any more: the cancellation has its own case
    by_status = package is None and (shipped or dispatch.rung == "shipped")
    ask_at, doubt_at = accepted + STRAGGLER_AFTER, accepted + NOT_HONOURED_AFTER
    for moment in (ask_at,) if by_status else (ask_at, doubt_at):
        if d.s.can_read_one and not _read_since(d, moment):
            d.add(
                "marketplace",
                Operation.READ_BACK,
                str(dispatch.id),
                Priority.LOOK,
                due_at=max(moment, d.now),
            )
            return
    if by_status:
        return
    if d.now < doubt_at:
        d.look_at(doubt_at)
        return
    shown = package.tracking if package is not None else ""
    cause = fingerprint("honoured", dispatch.id, shown)
    word = d.s.decision(cause)
    again = word is not None and word.verb == "retry" and word.at > accepted
    if again and lines and shipment.mapped is not None and not d.no_confirm:
        option = market.delivery_option
        digest = confirm_digest(dispatch, shipment, lines, option)
        if d.refusal(Operation.CONFIRM, str(dispatch.id), digest) is None:
            _confirm(d, str(dispatch.id), digest, d.now)
            return
    other = f"; it shows {shown}" if shown else ""
    d.case(
        "confirm_not_honoured",
        cause,
        f"The marketplace accepted the confirmation but doesn't show it{other}",
        deadline=market.ship_by,
    )
