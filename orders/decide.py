"""The one decision: what should be true of an order, from all that is known of it.

``decide(snapshot, policy, now)`` is pure and level-triggered: run it any number of
times, after any lost event, in any order, and the outcome is the same. Its Verdict is
the whole set of desired work and cases; what stands outside it is dropped or closed.

The order of the questions is the order of what can go wrong most expensively: is it
ours; is it cancelled or asked to be; is it in ShipStation once, open, as we want it;
has it left; has the marketplace been told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.decide_accept import decide_acceptance
from orders.decide_cancel import decide_cancellation
from orders.decide_direct import decide_direct, find_imported
from orders.decide_dispatch import decide_dispatches
from orders.decide_fresh import fresh_first
from orders.decide_picking import decide_short
from orders.decide_push import decide_push
from orders.decide_records import beside, find_records
from orders.decide_route import given_over, take_over
from orders.deciding import OPEN_STATUSES, ORDER, Deciding
from orders.facts import (
    Operation,
    Policy,
    Priority,
    Snapshot,
    Verdict,
    fingerprint,
)

LOOK_AGAIN = timedelta(hours=6)


def decide(snapshot: Snapshot, policy: Policy, now: datetime) -> Verdict:
    """What should be true of this order now (see the module docstring)."""
    d = Deciding(snapshot, policy, now)
    d.look_first()
    find_records(d)
    if find_imported(d) or take_over(d):
        d.look_at(now + d.p.lag)
    elif given_over(d):
        pass  # the other route has it from here on
    elif snapshot.market.not_ours:
        _not_ours(d)
    else:
        _unknown_values(d)
        if d.direct:
            decide_direct(d)
        elif decide_cancellation(d) or decide_short(d) or _wanted(d):
            decide_dispatches(d)
        _warn_overdue(d)
        _ask_the_marketplace(d)
    _parked(d)
    fresh_first(d)
    d.look_at(now + LOOK_AGAIN)
    return d.verdict()


def _wanted(d: Deciding) -> bool:
    """Have the order taken, then pushed; True when dispatches are to be looked at."""
    waits = decide_acceptance(d)
    return (not waits or bool(d.parts)) and decide_push(d)


def _not_ours(d: Deciding) -> None:
    """Never pushed or confirmed; where it is in ShipStation all the same, stopped."""
    d.stage, d.why, d.closed = "not_ours", d.s.market.not_ours, True
    for record in (*d.parts, *beside(d)):
        cause = fingerprint("not_ours", d.s.market.not_ours, record.ss_order_id)
        # Its own connection imports what others have shipped as shipped.
        if d.direct and (record.status == "shipped" or d.s.store_state == "draft"):
            continue
        if d.s.decided(cause) == "accept":
            continue
        d.closed = False
        to_pack = record.status in OPEN_STATUSES and not d.combined(record)
        if to_pack and not record.candidate:
            d.write(Operation.HOLD, record, Priority.STOP)
        d.case(
            "not_ours_pushed",
            cause,
            "The marketplace ships this order itself, but it is in ShipStation",
        )


def _unknown_values(d: Deciding) -> None:
    """A case for each; a person's 'look again' has the marketplace asked anew."""
    market = d.s.market
    for value in market.unknown_values:
        cause = fingerprint(value)
        word = d.s.decision(cause)
        if word is not None and word.verb == "retry" and market.status_as_of < word.at:
            _read_again(d)
        d.case(
            "unknown_value",
            cause,
            f"The marketplace sent a value that we don't know: {value}",
        )


def _warn_overdue(d: Deciding) -> None:
    """Nothing comes near its ship-by, or passes it, without somebody knowing."""
    ship_by = d.s.market.ship_by
    if ship_by is None or d.closed or d.told or d.stage in ("cancelled", "done"):
        return
    if d.s.market.status in ("pending", "waiting_acceptance", "shipped", "cancelled"):
        return
    # With a label the confirmation is due by then; without one it is getting late.
    warn_at = ship_by if d.stage == "dispatched" else ship_by - d.p.confirm_margin
    if d.now < warn_at:
        d.look_at(warn_at)
        return
    d.look_at(ship_by)
    text = "Its ship-by has passed" if d.now >= ship_by else "Its ship-by is near"
    d.case(
        "overdue",
        fingerprint("overdue", ship_by),
        f"{text}: {d.why}",
        deadline=ship_by,
    )


def _ask_the_marketplace(d: Deciding) -> None:
    """Ask about an order that was not heard of for long.

    The list of orders to ship leaves out what somebody else has confirmed meanwhile,
    and an order whose waiting is over may have been on a page that could not be read.
    """
    market = d.s.market
    waits = ("open", "partly_shipped", "unknown", "pending")
    if market.status not in waits or d.closed or d.told:
        return
    if not d.s.can_read_one or not d.s.runs:
        return
    ask_at = market.status_as_of + LOOK_AGAIN
    if d.now < ask_at:
        d.look_at(ask_at)
    else:
        _read_again(d)


def _read_again(d: Deciding) -> None:
    """Have the marketplace asked for this order, once."""
    asked = any(work.operation is Operation.READ_BACK for work in d.work)
    if d.s.can_read_one and d.s.runs and not asked:
        d.add("marketplace", Operation.READ_BACK, ORDER, Priority.LOOK)


def _parked(d: Deciding) -> None:
    """A job that was tried in vain too often waits for a person, while it is wanted."""
    wanted = {work.peer for work in d.work}
    for peer, text in d.s.parked:
        if peer in wanted:
            d.case(
                "sync_stuck",
                fingerprint("parked", peer, text),
                f"Stopped trying towards {peer}: {text}",
                deadline=d.s.market.ship_by,
            )
