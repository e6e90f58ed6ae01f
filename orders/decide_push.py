"""The push half of decide(): in ShipStation once, open, and as the marketplace says."""

from __future__ import annotations

from datetime import timedelta

from orders.decide_address import contradiction
from orders.decide_combined import stop_combined
from orders.decide_create import create, partly_elsewhere, problems, recreate
from orders.decide_route import give_way
from orders.decide_tax import number_waits
from orders.deciding import OPEN_STATUSES, ORDER, Deciding
from orders.facts import Operation, Priority, RecordFacts, fingerprint

# Labels and mark-as-shipped entries are read every minute or two.
NO_PARCEL_AFTER = timedelta(minutes=30)
# A hold of somebody else's is his affair until the deadline comes near.
HELD_WARNING = timedelta(hours=24)
# How soon to see whether another order of the parcel was decided.
SIBLING_WAIT = timedelta(minutes=5)
WANTED = ("open", "partly_shipped")


def decide_push(d: Deciding) -> bool:
    """Bring the record to what we want; True when dispatches are to be looked at."""
    record = d.current
    if record is not None or d.shipped:
        contradiction(d)
    if d.shipped:
        labelled(d)
        return True
    if d.s.market.status == "shipped":
        return shipped_elsewhere(d)
    if give_way(d):
        return bool(d.s.dispatches)
    stopped = stop_combined(d)
    if d.lost is not None:
        if recreate(d, "merged_lost", d.lost, "Combined into an order that is gone"):
            create(d)
    elif record is None:
        create(d)
    elif record.gone:
        if recreate(d, "deleted_in_shipstation", record, "Deleted in ShipStation"):
            create(d)
    elif record.status == "cancelled":
        _cancelled_there(d, record)
    elif record in stopped:
        changed_in_combine(d, record)
    elif record.status == "awaiting_shipment":
        _open(d, record)
    elif record.status == "on_hold":
        held(d, record)
    else:
        unexpected(d, record)
    for part in d.rest:
        if part is not record and part not in stopped and part.status == "on_hold":
            held(d, part)
    return bool(d.s.dispatches)


def changed_in_combine(d: Deciding, record: RecordFacts) -> None:
    """What changed of an order in a parcel that is stopped: not ours to rewrite."""
    if d.changed(record):
        _locked(d, "after ShipStation combined it")


def labelled(d: Deciding) -> None:
    """A label stands: what is wrong with it, and what of the order is still here."""
    d.stage, d.why = "dispatched", "The label is bought"
    surplus = bool(d.rest) and _all_labelled(d)
    if d.rest:
        d.stage = "in_shipstation"
        d.why = "Partly dispatched: the rest waits in ShipStation"
    stopped = [] if surplus else stop_combined(d)
    for part in d.rest:
        if surplus:
            _surplus(d, part)
        elif part not in stopped and part.status == "on_hold":
            held(d, part)
    if not d.live_shipments and d.s.market.status != "shipped":
        _no_parcel(d)
    over = _line_cancel_after_label(d)
    changed = [r for r in d.parts if d.changed(r)]
    untold = not any(x.rung not in ("due", "refused") for x in d.s.dispatches)
    left = bool(d.rest) and not surplus
    if changed and d.s.market.status in WANTED and (left or (untold and not over)):
        _locked(d, "after the label was bought")


def _all_labelled(d: Deciding) -> bool:
    """Whether labels cover every unit that is still wanted."""
    sent: dict[int, int] = {}
    for shipment in d.packed:
        for line_id, quantity in shipment.lines or ():
            sent[line_id] = sent.get(line_id, 0) + quantity
    return all(sent.get(line.id, 0) >= line.wanted for line in d.s.lines)


def _surplus(d: Deciding, part: RecordFacts) -> None:
    """All that is wanted has left, and a record is still here: not to be packed."""
    d.why = "All of it has left, and ShipStation still has a part to ship"
    cause = fingerprint("surplus", part.ss_order_id)
    if d.s.decided(cause) == "accept" or d.combined(part):
        return
    rest_cancelled = any(line.cancelled for line in d.s.lines) and d.writes_status(part)
    if part.status in OPEN_STATUSES:
        d.write(Operation.HOLD, part, Priority.STOP)
    elif part.status == "on_hold" and rest_cancelled:
        d.write(Operation.CANCEL, part, Priority.STOP)
    elif part.status == "on_hold":
        d.renew_hold(part)
    if rest_cancelled:
        d.why = "What is wanted has left; the cancelled rest ends in ShipStation"
        return
    d.case("duplicate_in_shipstation", cause, d.why, deadline=d.s.market.ship_by)


def _no_parcel(d: Deciding) -> None:
    """ShipStation says shipped, but there is nothing that could be confirmed."""
    record = next(part for part in d.parts if part.status == "shipped")
    d.why = "ShipStation says shipped: looking for its parcel"
    if record.modified_at is not None:
        doubt_at = record.modified_at + NO_PARCEL_AFTER
        if d.now < doubt_at:
            d.look_at(doubt_at)
            return
    d.why = "ShipStation says shipped, without a parcel"
    d.case(
        "shipped_without_tracking",
        fingerprint("no_parcel", record.ss_order_id),
        "ShipStation says shipped, but no label and no mark-as-shipped entry is there",
        deadline=d.s.market.ship_by,
    )


def shipped_elsewhere(d: Deciding) -> bool:
    """The marketplace says shipped and no label stands in ShipStation."""
    if d.s.dispatches:
        d.stage, d.why = "in_shipstation", "Its label was voided after it was confirmed"
        return True
    d.stage, d.why, d.closed = "done", "Confirmed by someone else", True
    if d.pushes_in_doubt:
        d.closed = False
    for record in d.rest:
        cause = fingerprint("shipped_elsewhere", record.ss_order_id)
        if d.s.decided(cause) == "accept":
            continue
        d.closed = False
        if record.status in OPEN_STATUSES and not d.combined(record):
            d.write(Operation.HOLD, record, Priority.STOP)
        elif record.status == "on_hold" and record.held_by_us:
            d.renew_hold(record)
        d.case(
            "shipped_elsewhere",
            cause,
            "The marketplace says shipped, but ShipStation still has it to ship",
        )
    return False


def _cancelled_there(d: Deciding, record: RecordFacts) -> None:
    """ShipStation's record is cancelled, the marketplace still wants the order."""
    if record.written_status == "cancelled":
        kind, why = "reopened_after_cancel", "Wanted again after we cancelled it"
    else:
        kind, why = "cancelled_in_shipstation", "Somebody cancelled it in ShipStation"
    if recreate(d, kind, record, why):
        create(d)


def unexpected(d: Deciding, record: RecordFacts) -> None:
    """A status that we don't write and that doesn't move by itself."""
    d.stage, d.why = "in_shipstation", f"ShipStation says {record.status}"
    cause = fingerprint("status", record.ss_order_id, record.status)
    word = d.s.decision(cause)
    again = word is not None and word.verb == "retry"
    written = record.written_at
    if again and word is not None and (written is None or written < word.at):
        ours = record.ours and not record.split and not d.combined(record)
        if ours and record.status in OPEN_STATUSES and d.s.market.status in WANTED:
            d.write(Operation.UPDATE, record, Priority.PUSH)
            return
    d.case(
        "unexpected_status",
        cause,
        f"ShipStation shows this order as {record.status}",
        deadline=d.s.market.ship_by,
    )


def held(d: Deciding, record: RecordFacts) -> None:
    """A held record without a cancellation: ours to release, or somebody else's."""
    market = d.s.market
    blocked = record is d.current and problems(d, record)
    if not record.held_by_us:
        d.stage, d.why = "held", "Held in ShipStation by somebody else"
        if d.combined(record):
            # Perhaps for another order in it: this one does not want it held.
            d.stage, d.why = "in_shipstation", "Its combined order is held"
        if d.changed(record):
            d.why += "; a change of the marketplace waits until it is released"
        warn_at = market.ship_by and market.ship_by - HELD_WARNING
        if warn_at is not None and d.now >= warn_at:
            d.case(
                "held_in_shipstation",
                fingerprint("held", record.ss_order_id),
                "Held in ShipStation by somebody, and its ship-by is near",
                deadline=market.ship_by,
            )
        elif warn_at is not None:
            d.look_at(warn_at)
        return
    release_at = d.release_at()
    if d.now < release_at:
        d.stage, d.why = "release", "Held while the buyer can still cancel alone"
        d.look_at(release_at)
        return
    d.stage, d.why = "held", "Nothing to hold it for: to be released"
    if market.status not in WANTED:
        d.why = f"Held: the marketplace says {market.raw_status}"
    elif (
        d.changed(record)
        and (record.split or not record.ours)
        and _locked(d, "while it was held, and not ours to rewrite")
    ):
        d.why = "Held: a change must be made in ShipStation by hand first"
        d.renew_hold(record)
    elif record.wanted_held:
        d.why = "Held for another order in the same parcel"
        d.renew_hold(record)
        d.look_at(d.now + SIBLING_WAIT)
    elif market.status_as_of < release_at and not d.near_ship_by():
        d.stage = "release"
        d.why = "Waiting for one more look at the marketplace before its release"
        if d.s.can_read_one:
            # The list names only what changed: no news of it must be asked for.
            d.add("marketplace", Operation.READ_BACK, ORDER, Priority.CONFIRM)
    elif not d.s.runs:
        d.why = f"Held, and the store is {d.s.store_state}"
        d.renew_hold(record)
    elif blocked:
        d.why = "Held until a person has seen to what is wrong with it"
        d.renew_hold(record)
    elif record is d.current and number_waits(d, record):
        d.renew_hold(record)
    else:
        d.write(Operation.RESTORE, record, Priority.PUSH)


def _open(d: Deciding, record: RecordFacts) -> None:
    """The record waits for the warehouse: does it say what the marketplace says?"""
    market = d.s.market
    d.stage, d.why = "in_shipstation", "In ShipStation, waiting for the warehouse"
    doubt_address(d, record)
    partly_elsewhere(d, record)
    blocked = problems(d, record)
    if not d.changed(record) or blocked:
        if not blocked and d.s.runs and market.status in WANTED:
            number_waits(d, record)
        return
    if not record.ours or record.split or d.combined(record):
        who = "combined it" if d.combined(record) else "split it"
        if not record.ours and not d.combined(record):
            who = "had it from somebody else"
        _locked(d, f"after ShipStation {who}")
    elif market.status not in WANTED:
        d.why = f"Changed, and the marketplace says {market.raw_status}"
    elif not d.s.runs:
        d.why = f"{_what(d)}, and the store is {d.s.store_state}"
    elif d.write(Operation.UPDATE, record, Priority.PUSH):
        d.why = f"{_what(d)}: ShipStation is being told"
    else:
        d.why = "A change waits to be written to ShipStation"


def doubt_address(d: Deciding, record: RecordFacts) -> None:
    """What ShipStation thinks of the address; what is to be rewritten is checked anew."""
    doubts = {
        "failed": "ShipStation could not verify the address",
        "warning": "ShipStation has a doubt about the address",
    }
    if record.address_verified in doubts and not d.changed(record):
        d.case(
            "address_not_verified",
            fingerprint("address", d.s.payload_digest, record.address_verified),
            doubts[record.address_verified],
            deadline=d.s.market.ship_by,
        )


def _locked(d: Deciding, when: str) -> bool:
    """The wanted change is kept and shown: ShipStation does not take it.

    False when a person has accepted it.
    """
    why = f"{_what(d)} {when}"
    cause = fingerprint("locked", d.s.payload_digest)
    if d.s.decided(cause) == "accept":
        return False
    if _hold_cancelled(d):
        why += ": held until the cancelled units are taken out there"
    d.case("change_locked", cause, why, deadline=d.s.market.ship_by)
    return True


def _hold_cancelled(d: Deciding) -> bool:
    """Hold what may still be packed with cancelled units in it; True if anything may.

    Combined, split and other people's records are not ours to rewrite.
    """
    if not d.rest or not any(line.cancelled for line in d.s.lines):
        return False
    d.stage, d.why = "held", "Held: cancelled units are still in ShipStation's order"
    written = {work.target for work in d.work}
    for part in d.rest:
        if part.status in OPEN_STATUSES and str(part.ss_order_id) not in written:
            d.write(Operation.HOLD, part, Priority.STOP)
    return True


def _what(d: Deciding) -> str:
    """Who changed the order since ShipStation was told: a person here, or they."""
    made, record = d.s.correction, d.current
    told = record.written_at if record is not None else None
    ours = made is not None and (told is None or made.at > told)
    return "The address was corrected here" if ours else "Changed at the marketplace"


def _line_cancel_after_label(d: Deciding) -> bool:
    """Units were cancelled that a label already covers."""
    sent: dict[int, int] = {}
    for shipment in d.packed:
        for line_id, quantity in shipment.lines or ():
            sent[line_id] = sent.get(line_id, 0) + quantity
    over = [
        line.remote_id
        for line in d.s.lines
        if line.cancelled and sent.get(line.id, 0) > line.wanted
    ]
    if over:
        d.case(
            "line_cancelled_after_label",
            fingerprint("line", d.s.market.cancel_seq, *sorted(over)),
            "A line was cancelled after the label was bought",
            deadline=d.s.market.ship_by,
            lines=sorted(over),
        )
    return bool(over)
