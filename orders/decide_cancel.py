"""The cancellation half of decide(): asked, cancelled, partly, withdrawn; each before
push, pushed, held, labelled, split or combined. An undecided cancel never releases
itself: while it stands, every record that could be packed is held or being held.

Each kind of case has a cause of its own: 'done by hand' for one says nothing of another.
The marketplace hears a person's word alone, never a rule's (see ``decide_answer``).
"""

from __future__ import annotations

from orders.decide_after import after_label, answered
from orders.decide_answer import (
    answer_by,
    answered_in,
    await_end,
    where_to_answer,
)
from orders.decide_cancel_find import Cancel, apart, covers, find_cancel
from orders.decide_follow_up import follow_up
from orders.decide_records import beside
from orders.deciding import OPEN_STATUSES, Deciding
from orders.facts import Operation, Priority, RecordFacts, fingerprint


def decide_cancellation(d: Deciding) -> bool:
    """Handle a cancellation; True when it decides the order's way for now."""
    cancel = find_cancel(d)
    if cancel is None:
        return False
    labelled = d.shipped and (cancel.cancelled or covers(d, cancel.asked))
    if d.rest or not d.shipped:
        _stop(d, cancel)
    else:
        d.stage, d.why = "dispatched", "The label is bought"
    if not cancel.cancelled and (d.rest or not labelled):
        _ask(d, cancel, left=labelled)
    if labelled:
        after_label(d, cancel)
    if cancel.goes and not d.parts:
        _somebody_elses(d, cancel)
    follow_up(d, cancel)
    return True


def _ask(d: Deciding, cancel: Cancel, *, left: bool) -> None:
    """Who must say or do something about a request, here or at the marketplace.

    ``left``: a label covers some of what is asked for.
    """
    part = " a part" if cancel.partly else ""
    if cancel.rejected:
        return  # told on the way here; a refusal has its own case
    if cancel.answered:
        await_end(d, cancel.cause)
    elif not cancel.goes:
        kind, text = "cancel_requested", f"The buyer asks to cancel{part}"
        if cancel.doubt:
            kind, text = "cancel_in_doubt", f"Held: is{part or ' it'} to be cancelled?"
        if left:
            text += "; some of it is labelled already"
        d.case(
            kind,
            cancel.cause,
            text + where_to_answer(d),
            deadline=answer_by(d),
            lines=list(cancel.asked),
            **answered_in(d),
        )
    elif cancel.partly or not (d.rest or d.pushes_in_doubt or _lost(d)):
        # ShipStation has no status per line: the marketplace must go first.
        if cancel.word is not None and answered(d, cancel, cancel.word):
            return
        here = "Held" if cancel.partly else "Stopped here"
        d.case(
            "answer_cancellation",
            cancel.cause_of("answer_cancellation"),
            f"{here}; the marketplace still waits for{part or ' it'} to be cancelled"
            + where_to_answer(d),
            deadline=answer_by(d),
            lines=list(cancel.asked),
            **answered_in(d),
        )


def _stop(d: Deciding, cancel: Cancel) -> None:
    """Hold whatever could be packed; cancel it once held; look where in doubt."""
    d.stage = "held"
    d.why = "Being cancelled" if cancel.goes else "Held: the buyer asked to cancel"
    if cancel.partly:
        d.why = "Held: the buyer asked to cancel a part"
    if cancel.rejected:
        d.why = "Held until the marketplace has turned the request down"
    for record in d.rest:
        _stop_record(d, cancel, record)
    if d.rest:
        return
    if d.pushes_in_doubt:
        d.why = "Cancelled while a push was in doubt: looking for it"
    elif d.lost is not None and _lost(d):
        d.why = "To be cancelled, but its combined parcel can't be found"
        d.case(
            "merged_lost",
            fingerprint("merged_lost", d.lost.ss_order_id),
            d.why,
            deadline=d.s.market.ship_by,
        )
    elif cancel.partly:
        return
    elif d.current is not None and d.current.status == "cancelled":
        d.stage = "cancelled"
        d.closed = cancel.cancelled
        d.why = (
            "Cancelled at the marketplace and in ShipStation"
            if cancel.cancelled
            else "Cancelled in ShipStation, not yet at the marketplace"
        )
    elif cancel.cancelled:
        d.stage, d.closed = "cancelled", True
        d.why = (
            "Cancelled before it reached ShipStation"
            if d.current is None and d.lost is None
            else "Cancelled, and gone from ShipStation"
        )
    elif cancel.goes and d.current is None and d.lost is None:
        d.stage = "cancelled"
        d.why = "Cancelled before it reached ShipStation, not yet at the marketplace"


def _somebody_elses(d: Deciding, cancel: Cancel) -> None:
    """Nothing of ours is there, but somebody's record of this number may be packed."""
    ids = [record.ss_order_id for record in beside(d)]
    if not ids:
        return
    cause = fingerprint("cancel_beside", cancel.cause, *ids)
    if d.s.decided(cause) == "accept":
        return
    d.closed = False
    listed = ", ".join(str(x) for x in ids)
    d.case(
        "cancel_by_hand",
        cause,
        f"Cancelled, but ShipStation has it as somebody else's order: {listed}",
        deadline=d.s.market.ship_by,
        records=ids,
    )


def _lost(d: Deciding) -> bool:
    """Whether it is in a parcel that can't be found, and nobody said to let it be."""
    return d.lost is not None and (
        d.s.decided(fingerprint("merged_lost", d.lost.ss_order_id)) != "accept"
    )


def _cancel_there(d: Deciding, record: RecordFacts) -> None:
    """Cancel what is on hold, once the hold was read: no parcel leaves meanwhile.

    A record that is to be replaced is read first, and many at once by their list, which
    our hold has ordered anyway. What the list hides for longer is read by itself.
    """
    if record.unread and record.written_at is not None:
        shown = record.written_at + 2 * d.p.lag
        if d.now < shown:
            d.look_at(shown)
            return
    d.write(Operation.CANCEL, record, Priority.STOP)


def _stop_record(d: Deciding, cancel: Cancel, record: RecordFacts) -> None:
    combined = d.combined(record)
    ends = cancel.goes and not cancel.partly
    if combined and ends and apart(d, cancel):
        # Taken out of the parcel by hand: what is left there is not ours to stop.
        if cancel.cancelled:
            d.stage, d.closed = "cancelled", True
            d.why = "Cancelled, and taken out of the combined order by hand"
        return
    if record.status in OPEN_STATUSES:
        d.write(Operation.HOLD, record, Priority.STOP)
    elif record.status != "on_hold":
        d.case(
            "unexpected_status",
            fingerprint("stop", cancel.cause, record.ss_order_id, record.status),
            f"Cancelled, but ShipStation's record is {record.status}",
            deadline=d.s.market.ship_by,
        )
    elif not ends:
        d.renew_hold(record)
    elif not combined and d.writes_status(record):
        _cancel_there(d, record)
    else:
        d.renew_hold(record)
    if not ends or record.status not in (*OPEN_STATUSES, "on_hold"):
        return
    if combined:
        d.case(
            "cancelled_in_combined",
            cancel.cause_of("cancelled_in_combined"),
            "Cancelled, but combined with other orders: take it out of the parcel",
            deadline=d.s.market.ship_by,
        )
    elif not d.writes_status(record):
        d.case(
            "cancel_by_hand",
            cancel.cause_of("cancel_by_hand"),
            "Cancelled, but somebody else made the ShipStation order: cancel it there",
            deadline=d.s.market.ship_by,
        )
