"""Direct mode: ShipStation's own connection brings the order; we watch both sides.

Nothing is created or rewritten here. An order that ShipStation imported is found and
followed, held while it is not to be packed, and let go again; what the interface can't
mend is a case with the steps for its screen, which closes when the next read shows it.
"""

from __future__ import annotations

from datetime import timedelta

from orders.decide_cancel import decide_cancellation
from orders.decide_combined import stop_combined
from orders.decide_create import partly_elsewhere
from orders.decide_picking import decide_short
from orders.decide_push import (
    HELD_WARNING,
    WANTED,
    changed_in_combine,
    doubt_address,
    held,
    labelled,
    shipped_elsewhere,
    unexpected,
)
from orders.decide_route import arrives_by
from orders.decide_told import decide_told, voided_after_told
from orders.deciding import OPEN_STATUSES, Deciding
from orders.facts import Operation, Priority, RecordFacts, fingerprint
from orders.matching import Sign

# The mirror is read about this often.
MIRROR_PASS = timedelta(minutes=1)
# These move by themselves with ShipStation's next refresh.
PASSING = ("awaiting_payment", "pending_fulfillment")


def find_imported(d: Deciding) -> bool:
    """Take over the record that ShipStation imported; True when one was found.

    All that are proved to be this order are taken over, one a look: a late cancellation
    has to reach each of them.
    """
    if not d.direct or d.s.store_state == "draft":
        return False
    others = _unlinked(d)
    found = [r for r in others if r.likeness is not None and r.likeness.proved]
    if not found and not d.own and d.s.mirror_read_at is not None:
        likely = [r for r in others if r.likeness is not None and r.likeness.likely]
        found = [r for r in likely if len(likely) == 1 and not r.rivals]
    if not found:
        chosen = d.s.chosen(_ambiguous_cause(_possible(d)))
        found = [r for r in others if str(r.ss_order_id) == chosen]
    if found:
        d.adopt = found[0].id  # the others one look later
        d.stage, d.why = "in_shipstation", "Found what ShipStation imported"
    return bool(found)


def decide_direct(d: Deciding) -> None:
    """What is to be done about an order that ShipStation's own connection runs."""
    if d.s.store_state == "draft":
        d.why = "The store is not live yet: nothing in ShipStation is touched"
        return
    if decide_cancellation(d):
        if not d.parts and not d.closed:
            d.why += "; to be held as soon as ShipStation imports it"
        stage, why = d.stage, d.why
        decide_told(d)
        if not d.told:
            d.stage, d.why = stage, why
    elif decide_short(d) or _follow(d):
        decide_told(d)
        if d.shipped and d.stage == "dispatched" and d.current is not None:
            _check_tax(d, d.current)


def _follow(d: Deciding) -> bool:
    """Say where the order is; True when its parcels are to be looked at."""
    record, market = d.current, d.s.market
    if d.shipped:
        labelled(d)
        return True
    if market.status == "shipped":
        if voided_after_told(d):
            d.stage, d.why = "in_shipstation", "Its label was voided after it was told"
            return True
        return shipped_elsewhere(d)
    stopped = stop_combined(d)
    if d.lost is not None:
        _vanished(d, d.lost, "Combined in ShipStation into an order that is gone")
    elif record is None:
        _await_arrival(d)
    elif record.gone:
        _vanished(d, record, "Deleted in ShipStation, and the marketplace wants it")
    elif record.status == "cancelled":
        _vanished(d, record, "Cancelled in ShipStation, and the marketplace wants it")
    elif record in stopped:
        changed_in_combine(d, record)
    elif record.status in ("awaiting_shipment", *PASSING):
        _open(d, record)
    elif record.status == "on_hold":
        _on_hold(d, record)
    else:
        unexpected(d, record)
    for part in d.rest:
        if part is not record and part not in stopped and part.status == "on_hold":
            held(d, part)
    return bool(d.s.dispatches)


def _unlinked(d: Deciding) -> list[RecordFacts]:
    """Records that may be this order and belong to none yet, oldest first."""
    others = [r for r in d.s.records if r.candidate and not r.gone]
    return sorted(others, key=lambda r: r.ss_order_id)


def _possible(d: Deciding) -> list[RecordFacts]:
    """Those of them that a person should look at."""
    return [
        r
        for r in _unlinked(d)
        if r.status != "cancelled" and r.likeness is not None and r.likeness.possible
    ]


def _ambiguous_cause(records: list[RecordFacts]) -> str:
    return fingerprint("ambiguous", *(r.ss_order_id for r in records))


def _await_arrival(d: Deciding) -> None:
    """It is not in ShipStation: not yet, in another guise, or never."""
    market = d.s.market
    d.stage = "waiting"
    if market.status not in WANTED:
        d.why = d.not_yet()
        return
    if partly_elsewhere(d, None):
        d.why = "A part was confirmed at the marketplace by somebody else"
        return
    if _ambiguous(d):
        return
    d.why = "Waiting until ShipStation's own connection imports it"
    due = arrives_by(d)
    if d.now < due:
        d.look_at(due)
    elif d.s.mirror_read_at is None or d.s.mirror_read_at < due:
        d.why = "Looking once more whether ShipStation has imported it"
        d.look_at(d.now + MIRROR_PASS)
    else:
        d.why = "ShipStation's own connection has not imported it"
        waited = due - max(market.ordered_at, d.s.imported_at)
        minutes = round(waited.total_seconds() / 60)
        d.case(
            "direct_never_arrived",
            fingerprint("never_arrived"),
            f"{d.why} within {minutes} minutes",
            deadline=market.ship_by,
        )


def _ambiguous(d: Deciding) -> bool:
    """Whether ShipStation has what may be this order, but nothing proves it."""
    records = _possible(d)
    if not records:
        return False
    cause = _ambiguous_cause(records)
    if d.s.decided(cause) == "accept":
        return False
    ids = [r.ss_order_id for r in records]
    elsewhere = all(
        r.likeness is not None and Sign.STORE in r.likeness.differs for r in records
    )
    d.why = (
        "ShipStation has what may be this order, but more than its number must agree"
    )
    if elsewhere:
        d.why = "ShipStation has this order in another of its stores"
    d.case(
        "direct_ambiguous",
        cause,
        f"{d.why}: " + ", ".join(str(x) for x in ids),
        deadline=d.s.market.ship_by,
        records=ids,
        what_agrees="; ".join(
            f"{r.ss_order_id}: {', '.join(sorted(r.likeness.agrees))}"
            for r in records
            if r.likeness is not None
        ),
    )
    return True


def _vanished(d: Deciding, record: RecordFacts, why: str) -> None:
    """We can't bring it back: ShipStation's own connection or a person does."""
    d.stage, d.why = "in_shipstation", why
    cause = fingerprint("vanished", record.ss_order_id, why)
    if d.s.decided(cause) == "accept":
        d.stage, d.closed = "cancelled", True
        d.why = f"{why}; not to be shipped"
        return
    if not _ambiguous(d):
        d.case("direct_gone", cause, why, deadline=d.s.market.ship_by)


def _open(d: Deciding, record: RecordFacts) -> None:
    """It waits for the warehouse: does it say what the marketplace says?"""
    d.stage = "in_shipstation"
    d.why = "In ShipStation by its own connection, waiting for the warehouse"
    if record.status in PASSING:
        d.why = f"ShipStation shows it as {record.status.replace('_', ' ')}"
        _passing(d, record)
    doubt_address(d, record)
    partly_elsewhere(d, record)
    if _line_cancelled(d, record):
        d.stage, d.why = (
            "held",
            "A line was cancelled: to be held until it is taken out",
        )
        d.write(Operation.HOLD, record, Priority.STOP)
    _check_address(d, record)
    _check_tax(d, record)


def _on_hold(d: Deciding, record: RecordFacts) -> None:
    if _line_cancelled(d, record):
        d.stage, d.why = (
            "held",
            "Held: a cancelled line is still in ShipStation's order",
        )
        d.renew_hold(record)
    else:
        held(d, record)
    _check_address(d, record)
    _check_tax(d, record)


def _passing(d: Deciding, record: RecordFacts) -> None:
    """The marketplace says that it is to be shipped, ShipStation does not yet."""
    ship_by = d.s.market.ship_by
    warn_at = ship_by and ship_by - HELD_WARNING
    if warn_at is None or d.now < warn_at:
        d.look_at(warn_at or d.now + d.p.arrives_within)
        return
    unexpected(d, record)


def _line_cancelled(d: Deciding, record: RecordFacts) -> bool:
    """Whether goods that the marketplace cancelled would still be packed.

    ShipStation has no status per line and we rewrite nothing here: it is held until a
    person, or ShipStation's own refresh, has taken the line out.
    """
    likeness = record.likeness
    cancelled = sorted(line.remote_id for line in d.s.lines if line.cancelled)
    if not cancelled or likeness is None or Sign.GOODS not in likeness.differs:
        return False
    if d.combined(record) or record.split:
        return False
    cause = fingerprint("line_cancelled", record.ss_order_id, d.s.market.cancel_seq)
    d.case(
        "direct_line_cancelled",
        cause,
        "The marketplace cancelled a part; ShipStation's order still holds it",
        deadline=d.s.market.ship_by,
        lines=cancelled,
    )
    return d.s.decided(cause) != "accept"


def _check_address(d: Deciding, record: RecordFacts) -> None:
    """A buyer who moved: the refresh of ShipStation's connection may not bring it."""
    likeness = record.likeness
    if likeness is None or Sign.POSTCODE not in likeness.differs or d.combined(record):
        return
    d.case(
        "direct_address_differs",
        fingerprint("postcode", record.ss_order_id, d.s.payload_digest),
        "ShipStation would send it to another postcode than the marketplace says",
        deadline=d.s.market.ship_by,
    )


def _check_tax(d: Deciding, record: RecordFacts) -> None:
    """A tax number that customs want: API v1 has no field for it but a marker's."""
    number = d.s.market.tax_number
    if not number or record.tax_shown or d.combined(record):
        return
    if record.tax_shown is None:
        target = str(record.ss_order_id)
        looks = any((w.peer, w.target) == ("shipstation", target) for w in d.work)
        if record.status not in (*OPEN_STATUSES, "on_hold") or d.in_doubt(record):
            return
        if not looks:
            d.add("shipstation", Operation.LOOK, target, Priority.LOOK)
        return
    when = "; its label is bought" if d.shipped else ""
    d.case(
        "direct_tax_missing",
        fingerprint("tax", number),
        f"ShipStation's order does not show the tax number {number}{when}",
        deadline=d.s.market.ship_by,
        number=number,
    )
