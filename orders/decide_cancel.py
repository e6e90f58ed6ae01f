"""The cancellation half of decide(): asked, cancelled, partly, withdrawn; each before
push, pushed, held, labelled, split or combined. An undecided cancel never releases
itself: while it stands, every record that could be packed is held or being held.

Each kind of case has a cause of its own: 'done by hand' for one says nothing of another.
The marketplace hears a person's word alone, never a rule's (see ``decide_answer``).
"""

from __future__ import annotations

from orders.decide_answer import (
    CANCELLING,
    answer,
    answer_by,
    answered_in,
    await_end,
    block_until_last_call,
    is_with_us,
    where_to_answer,
)
from orders.decide_cancel_find import Cancel, apart, covers, find_cancel
from orders.decide_records import beside
from orders.deciding import OPEN_STATUSES, Deciding
from orders.facts import Operation, Priority, RecordFacts, fingerprint
from orders.facts_past import DecisionFacts


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
        _ask(d, cancel)
    if labelled:
        _after_label(d, cancel)
    if cancel.goes and not d.parts:
        _somebody_elses(d, cancel)
    return True


def _ask(d: Deciding, cancel: Cancel) -> None:
    """Who must say or do something about a request, here or at the marketplace."""
    part = " a part" if cancel.partly else ""
    if cancel.rejected:
        return  # told on the way here; a refusal has its own case
    if cancel.answered:
        await_end(d, cancel.cause)
    elif not cancel.goes:
        kind, text = "cancel_requested", f"The buyer asks to cancel{part}"
        if cancel.doubt:
            kind, text = "cancel_in_doubt", f"Held: is{part or ' it'} to be cancelled?"
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
        if cancel.word is not None and _answered(d, cancel, cancel.word):
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


def _answered(d: Deciding, cancel: Cancel, word: DecisionFacts) -> bool:
    """Tell the marketplace yes; False where a person must do it there by hand."""
    state = answer(d, cancel.cause, cancel.asked, word)
    d.why = CANCELLING[state].format(store=d.s.store_state)
    return is_with_us(d, state)


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
        d.write(Operation.CANCEL, record, Priority.STOP)
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


def _after_label(d: Deciding, cancel: Cancel) -> None:
    """The parcel may leave: a person must know, and the store's rule decides the rest.

    What has shipped must be confirmed even if the buyer asked to cancel; a cancelled
    order can't be confirmed (Amazon help G201722390). So 'ask' keeps a confirmation
    back for no longer than ship-by allows, and 'ship' does not keep it back at all.
    """
    cause = cancel.cause_of("cancelled_after_label")
    why = (
        "Cancelled at the marketplace after the label was bought"
        if cancel.cancelled
        else "The buyer asked to cancel after the label was bought"
    )
    word, stopped = cancel.word, _stopped(d, cancel)
    if not d.rest:
        d.stage, d.why = "dispatched", why
        d.closed = cancel.cancelled and stopped
    if not (stopped or cancel.rejected):
        deadline = d.s.market.ship_by if cancel.cancelled else answer_by(d)
        there = {"at_marketplace": "cancelled"} if cancel.cancelled else answered_in(d)
        where = "" if cancel.cancelled else where_to_answer(d)
        d.case("cancelled_after_label", cause, why + where, deadline=deadline, **there)
    elif not d.rest and word is not None and word.verb == "cancel_market":
        _answered(d, cancel, word)
    d.no_confirm = cancel.cancelled or stopped
    # A request that is being turned down stands in a dispatch's way until it is.
    if not d.no_confirm and (cancel.rejected or d.p.after_label == "ask"):
        block_until_last_call(d)


def _stopped(d: Deciding, cancel: Cancel) -> bool:
    """Whether a person said that the parcel stays here or comes back.

    Said of the request, it holds when the marketplace shows the cancellation. A word
    from before there was a label says nothing of a parcel.
    """
    causes = [cancel.cause]
    if cancel.cancelled:
        ids = sorted(line.remote_id for line in d.s.lines)
        causes.append(fingerprint("asked", d.s.market.cancel_seq, *ids))
    verb = d.s.decided(*(fingerprint("cancelled_after_label", x) for x in causes))
    return verb in ("accept", "cancel_market")
