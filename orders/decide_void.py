"""Labels voided on a named person's word alone; a read of the label is the only proof.

ShipStation answers ``{approved, message}`` (sheet shipstation 2.3): what it did not
approve is a refusal. After an unknown outcome the label is read before anything is
repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from orders.deciding import Deciding
from orders.facts import FollowUpDraft, Operation, Priority, fingerprint
from orders.facts_parcels import ShipmentFacts
from orders.facts_past import AttemptFacts, DecisionFacts

# How long the list of voids may take to show one that was approved.
SHOWN_AFTER = timedelta(minutes=5)
# How long nobody is asked again while ShipStation is being told.
VOIDING = timedelta(hours=2)


def void_labels(d: Deciding, waiting: Sequence[FollowUpDraft], cause: str) -> None:
    """Want the labels voided that a person said to, and that still stand."""
    word = d.s.decision(cause)
    if word is None or word.verb != "void_label" or not d.s.runs:
        return
    wanted = {draft.shipment_id for draft in waiting}
    for shipment in d.live_shipments:
        if shipment.id in wanted and refusal_of(d, shipment.id, word) is None:
            _void(d, shipment)


def is_voiding(d: Deciding, waiting: Sequence[FollowUpDraft], cause: str) -> bool:
    """Whether ShipStation is being told just now, and has not refused."""
    word = d.s.decision(cause)
    if word is None or word.verb != "void_label" or d.now >= word.at + VOIDING:
        return False
    return not any(refusal_of(d, x.shipment_id, word) for x in waiting)


def said_no(d: Deciding, waiting: Sequence[FollowUpDraft], cause: str) -> str:
    """ShipStation's words, where it refused what a person last asked for."""
    word = d.s.decision(cause)
    if word is None or word.verb != "void_label":
        return ""
    found = (refusal_of(d, draft.shipment_id, word) for draft in waiting)
    refusal = next(filter(None, found), None)
    return "" if refusal is None else refusal.text or refusal.code


def refusal_of(
    d: Deciding, shipment_id: int | None, word: DecisionFacts
) -> AttemptFacts | None:
    """What was refused since this word; a later word has it tried again."""
    found = d.refusal(Operation.VOID, _target(shipment_id), _digest(shipment_id))
    return None if found is None or found.started_at < word.at else found


def _target(shipment_id: int | None) -> str:
    return f"label:{shipment_id}"


def _digest(shipment_id: int | None) -> str:
    return fingerprint("void", shipment_id)


def _void(d: Deciding, shipment: ShipmentFacts) -> None:
    target, due = _target(shipment.id), d.now
    for attempt in d.s.attempts:
        if (attempt.operation, attempt.target) != (Operation.VOID, target):
            continue
        if attempt.outcome == "ok":
            # Approved: the next reading of voids shows it; else it is read by itself.
            due = max(due, (attempt.finished_at or attempt.started_at) + SHOWN_AFTER)
        elif attempt.in_doubt and _read_since(shipment, attempt):
            d.settled.add(attempt.id)
        elif attempt.in_doubt:
            due = max(due, attempt.over_at)
    d.look_at(due)
    d.add(
        "shipstation",
        Operation.VOID,
        target,
        Priority.URGENT,
        digest=_digest(shipment.id),
        due_at=due,
    )


def _read_since(shipment: ShipmentFacts, attempt: AttemptFacts) -> bool:
    return shipment.as_of is not None and shipment.as_of > attempt.over_at
