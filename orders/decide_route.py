"""The route half of decide(): what came to ShipStation, or comes, by another way.

Before its start and after a roll-back somebody else creates a store's orders. What was
placed then is taken over where it is found and never created by us unasked; and where
both routes have an order, ours gives way, held before anything else, and cancelled only
once the other was seen to stand after that (docs/decisions/0016).
"""

from __future__ import annotations

from datetime import datetime

from orders.decide_doubts import NEAR_SHIP_BY
from orders.decide_records import beside
from orders.deciding import ANSWERED, OPEN_STATUSES, Deciding
from orders.facts import Operation, Priority, RecordFacts, fingerprint


def others_there(d: Deciding) -> list[RecordFacts]:
    """Somebody else's records that may be this order and live, oldest first."""
    found = [
        r for r in d.s.records if r.candidate and not r.gone and r.status != "cancelled"
    ]
    return sorted(found, key=lambda r: r.ss_order_id)


def take_the_same(d: Deciding, others: list[RecordFacts]) -> bool:
    """Take over the one that is the very same order, or the one that a person named."""
    cause = fingerprint("already", *(r.ss_order_id for r in others))
    verb = d.s.decided(cause)
    match = [r for r in others if r.lines_match]
    chosen = [r for r in others if str(r.ss_order_id) == d.s.chosen(cause)]
    if not chosen and len(match) == 1 and (verb == "adopt" or len(others) == 1):
        chosen = match
    if not chosen and verb == "adopt" and len(others) == 1:
        chosen = others
    if not chosen:
        return False
    d.adopt = chosen[0].id
    d.why = "The same order is already in ShipStation: taking it over"
    return True


def take_over(d: Deciding) -> bool:
    """Take over what another route created, before anything is decided about it.

    A cancellation that comes with the start has to reach it as it would reach ours. What
    the other route brought between two spans is taken over with the second start, also
    where ours was cancelled for it.
    """
    older = d.s.route == "before" or d.s.store_state == "shadow" or d.s.resumed
    if d.direct or not older or not d.s.runs or d.pushes_in_doubt:
        return False
    if d.parts or any(not r.ours for r in d.own) or d.live_shipments:
        return False
    if d.s.market.not_ours or not take_the_same(d, others_there(d)):
        return False
    d.stage = "in_shipstation"
    return True


def arrives_by(d: Deciding) -> datetime:
    """When ShipStation should have it by another route; sooner near ship-by."""
    known = max(d.s.market.ordered_at, d.s.imported_at)
    due = known + d.p.arrives_within
    ship_by = d.s.market.ship_by
    if ship_by is None:
        return due
    return max(known + d.p.arrives_within / 4, min(due, ship_by - NEAR_SHIP_BY))


def left_behind(d: Deciding) -> bool:
    """Placed before the start and not in ShipStation: True while we don't create it.

    The route before may still bring it; what it never brought is for a person.
    """
    if d.s.route != "before" or d.own:
        return False
    cause = fingerprint("left_behind")
    verb = d.s.decided(cause)
    if verb == "push_left":
        return False
    if verb == "accept":
        d.stage, d.closed = "not_ours", True
        d.why = "Placed before the start, and left to the route before"
        return True
    d.stage, d.why = "waiting", "Placed before the start: the route before brings it"
    due = arrives_by(d)
    if d.now < due:
        d.look_at(due)
    elif not d.read_past(due):
        d.why = "Looking once more whether the route before has brought it"
        d.look_at(d.now + d.p.lag)
    else:
        d.why = "Placed before the start, and not in ShipStation"
        d.case("left_behind", cause, d.why, deadline=d.s.market.ship_by)
    return True


def given_over(d: Deciding) -> bool:
    """Whether the other route has this order by now, and nothing of it is ours.

    Placed after the store was given back and never created by us; or stopped here
    because it is there as well.
    """
    if d.s.silent or any(r.ours for r in d.parts) or d.pushes_in_doubt:
        return False
    if d.s.route == "after" and not any(r.ours for r in d.own):
        d.why = "Placed after the store was given back: the other route's"
    elif _given_back(d) and not (d.s.resumed or d.parts or d.shipped) and _theirs(d):
        d.why = "The other route has it, and nothing of ours is left there"
    else:
        return False
    d.stage = "not_ours"
    d.closed = d.s.market.status in ("shipped", "cancelled")
    return True


def give_way(d: Deciding) -> bool:
    """After a roll-back both routes have it: True where ours is stopped for that.

    Held at once, for two parcels would leave; cancelled when the other, the same order,
    was read since our hold and stands. With a label of ours nothing is written: that the
    other is cancelled is a person's to see to.
    """
    others = beside(d)
    if not _given_back(d) or not others or d.shipped or not d.rest:
        return False
    if d.s.decided(fingerprint("beside", *(r.ss_order_id for r in others))) in ANSWERED:
        return False
    if any(not r.ours or d.combined(r) for r in d.rest):
        return False
    d.stage, d.why = "held", "Both routes have it: ours is held"
    for record in d.rest:
        if record.status in OPEN_STATUSES:
            d.write(Operation.HOLD, record, Priority.STOP)
        elif record.status == "on_hold" and _may_end(d, record, others):
            d.why = "Both routes have it: ours is cancelled"
            d.write(Operation.CANCEL, record, Priority.STOP)
        elif record.status == "on_hold":
            d.renew_hold(record)
            if record.written_at is not None and not d.read_past(record.written_at):
                d.look_at(d.now + d.p.lag)
    return True


def _may_end(d: Deciding, record: RecordFacts, others: list[RecordFacts]) -> bool:
    """Whether ours can go: held by us, and the same order stood after that."""
    if len(others) != 1 or not others[0].lines_match or record.split:
        return False
    if not record.held_by_us or record.written_at is None:
        return False
    return d.read_past(record.written_at)


def _theirs(d: Deciding) -> bool:
    """Whether the other route has what we never created, or cancelled there."""
    others = others_there(d)
    if any(r.ours for r in d.own):
        return bool(beside(d))
    return not d.own and len(others) == 1 and others[0].lines_match


def _given_back(d: Deciding) -> bool:
    return d.s.given_back_at is not None and d.now >= d.s.given_back_at
