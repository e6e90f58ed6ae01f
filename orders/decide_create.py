"""Creating in ShipStation: when it may be, what stands in the way, what is there."""

from __future__ import annotations

from orders.decide_address import contradiction
from orders.decide_answer import answered_in, cancel_as_seller
from orders.decide_asking import ask
from orders.decide_doubts import NEW
from orders.decide_route import left_behind, others_there, take_the_same
from orders.decide_tax import wants_v2
from orders.deciding import Deciding
from orders.facts import Operation, Priority, Problem, RecordFacts, fingerprint

# A key and one more: 'raised once'.
GENERATIONS = 2


def create(d: Deciding) -> None:
    """Push the order as a new record, unless something stands in the way."""
    market, s = d.s.market, d.s
    if market.status not in ("open", "partly_shipped"):
        d.stage = "waiting"
        d.why = d.not_yet()
        return
    d.stage, d.why = "to_push", "To be pushed to ShipStation"
    if s.store_state == "draft":
        d.why = "The store is not live yet"
        return
    if s.mirror_read_at is None:
        d.why = "Waiting until ShipStation's orders were read once"
        return
    if partly_elsewhere(d, None):
        d.why = "A part was confirmed at the marketplace by somebody else"
        return
    if adopt(d) or left_behind(d) or problems(d, None):
        return
    if contradiction(d):
        d.why = "Two delivery addresses: a person chooses before it is sent"
        return
    if not s.runs:
        d.why = f"The store is {s.store_state}"
        return
    other = [a for a in d.pushes_in_doubt if a.digest != s.payload_digest]
    if other:
        d.await_mirror(other[-1].started_at)
        d.why = "A push is in doubt: looking for it before the changed order is sent"
        return
    if _refused(d):
        return
    release_at = d.release_at()
    held = d.now < release_at
    if held:
        d.stage, d.why = "release", "To be pushed on hold until its release window ends"
        d.look_at(release_at)
    elif wants_v2(d):
        held, d.why = True, "To be pushed on hold until its tax number is there"
    d.add(
        "shipstation",
        Operation.PUSH,
        NEW,
        Priority.PUSH,
        digest=s.payload_digest,
        held=held,
    )


def _refused(d: Deciding) -> bool:
    """Whether ShipStation refused this very push, and what that leads to.

    The key of a deleted order stays reserved (answers 404): a new generation of the key
    is tried once, by itself. The key of a combined one answers the same, so what
    ShipStation changed up to the refusal is read first: the primary shows our lines.
    """
    refusal = d.refusal(Operation.PUSH, NEW, d.s.payload_digest)
    if refusal is None:
        return False
    if refusal.outcome == "locked":
        locked = sum(
            1
            for a in d.s.attempts
            if a.operation == Operation.PUSH and a.target == NEW
            if a.outcome == "locked"
        )
        if d.s.key_generation < GENERATIONS:
            answered = refusal.finished_at or refusal.started_at
            if not d.read_past(answered):
                d.await_mirror(answered)
                d.why = "ShipStation keeps its key: looking whether it was combined"
                return True
            d.raise_generation = True
            d.why = "ShipStation keeps the key of a deleted order: using a new one"
            return True
        if locked < d.s.key_generation:
            return False  # it was the key before this one
    d.why = f"ShipStation refused it: {refusal.text or refusal.code}"
    d.refused("push_refused", refusal)
    return True


def recreate(d: Deciding, kind: str, record: RecordFacts, why: str) -> bool:
    """Whether a person wants an order anew that vanished; else its case stands."""
    cause = fingerprint(kind, record.ss_order_id)
    if cancel_as_seller(d, cause):
        return False
    verb = d.s.decided(cause)
    if verb == "retry":
        if d.s.key_generation >= GENERATIONS:
            return True
        if d.s.market.status not in ("open", "partly_shipped"):
            d.stage, d.why = "waiting", d.not_yet()
            return False
        if record.gone and not d.read_past(record.as_of):
            d.await_mirror(record.as_of)
            d.stage, d.why = "to_push", "Looking whether it was combined before"
            return False
        # The old key would only bring the old record back, or a 404.
        d.raise_generation = True
        d.stage, d.why = "to_push", "To be created anew under a new key"
        return False
    d.stage, d.why = "in_shipstation", why
    if verb == "accept":
        d.stage, d.closed = "cancelled", True
        d.why = f"{why}, and not to be shipped"
    else:
        d.case(kind, cause, why, deadline=d.s.market.ship_by, **answered_in(d))
    return False


def adopt(d: Deciding) -> bool:
    """Take over the very same order that somebody else put there, or ask."""
    others = others_there(d)
    if not others:
        return False
    ids = [r.ss_order_id for r in others]
    cause = fingerprint("already", *ids)
    verb = d.s.decided(cause)
    if verb == "push_beside":
        return False
    if take_the_same(d, others):
        return True
    d.why = "An order with this number is already in ShipStation"
    d.case(
        "already_in_shipstation",
        cause,
        "ShipStation already has an order with this number: "
        + ", ".join(str(x) for x in ids),
        deadline=d.s.market.ship_by,
        records=ids,
    )
    return True


def problems(d: Deciding, record: RecordFacts | None) -> bool:
    """Cases for what can't be sent as it is; True when a hard one blocks.

    A remark on what was pushed stands until somebody has read it; a record that somebody
    else made carries none of ours.
    """
    if record is not None and (not record.ours or d.combined(record)):
        return False
    blocked = False
    for problem in d.s.problems:
        address = problem.field.startswith(("shipTo", "billTo"))
        kind = "payload_warning"
        cause = fingerprint(problem.field, problem.message, d.s.payload_digest)
        if problem.hard and problem.releasable:
            if _asked(d, problem):
                blocked = True
            continue
        if problem.hard and problem.code:
            kind = problem.code
        elif problem.hard:
            kind = "address_incomplete" if address else "order_unpushable"
            if problem.field == "items":
                kind = "order_without_lines"
        if problem.hard:
            blocked, d.why = True, problem.message
            if d.s.decided(cause) == "accept":
                d.why = f"Left to a person, not sent: {problem.message}"
        d.case(
            kind,
            cause,
            problem.message,
            deadline=d.s.market.ship_by,
            field=problem.field,
            **problem.context,
        )
    return blocked


def _asked(d: Deciding, problem: Problem) -> bool:
    """Whether a problem waits for a named person to have it sent all the same."""
    word = d.s.decided(problem.cause)
    if word == "release":
        return False
    d.why = problem.message
    if word == "accept":
        d.why = f"Left to a person, not sent: {problem.message}"
    context = {"field": problem.field, **problem.context}
    ask(d, problem.code, problem.cause, problem.message, **context)
    return True


def partly_elsewhere(d: Deciding, record: RecordFacts | None) -> bool:
    """Units that the marketplace counts as shipped, though we told it of none."""
    told: dict[int, int] = {}
    for dispatch in d.s.dispatches:
        if dispatch.sent_tracking or dispatch.rung not in ("due", "refused"):
            for line_id, quantity in dispatch.lines:
                told[line_id] = told.get(line_id, 0) + quantity
    over = sorted(
        line.remote_id
        for line in d.s.lines
        if (line.fulfilled or 0) > told.get(line.id, 0)
    )
    if over:
        where = record.ss_order_id if record is not None else ""
        d.case(
            "shipped_elsewhere",
            fingerprint("partly_elsewhere", where, *over),
            "A part was confirmed at the marketplace by somebody else",
            deadline=d.s.market.ship_by,
            lines=over,
        )
    return bool(over)
