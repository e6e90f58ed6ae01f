"""'Where is my order?' in one answer: how it stands, what comes next, and by when; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.whereabouts_facts import Asked, Parcel, Situation

# A parcel without a sign of life is not called lost before this.
LATE_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The answer: a sentence each on how it stands and what comes next, by when."""

    situation: Situation
    stands: str
    next: str
    by: datetime | None = None


def situation_of(asked: Asked) -> Situation:
    """The first that fits, in the order of what a buyer must hear."""
    left = [parcel for parcel in asked.parcels if _gone(parcel, asked.now)]
    if asked.not_ours:
        return Situation.MARKETPLACE_SHIPS
    if asked.cancel == "cancelled":
        return _cancelled(asked)
    if asked.cancel == "asked":
        return Situation.ASKED_TOO_LATE if asked.parcels else Situation.ASKED_TO_CANCEL
    if left:
        return _left(asked, left)
    if asked.parcels:
        return Situation.LABELLED
    if asked.short:
        return Situation.OUT_OF_STOCK
    if asked.status == "pending":
        return Situation.NOT_PAID
    if asked.status == "waiting_acceptance":
        return Situation.NOT_ACCEPTED
    if any("address" in case.kind for case in asked.cases):
        return Situation.ADDRESS
    if asked.ship_by is not None and asked.now >= asked.ship_by:
        return Situation.OVERDUE
    if asked.stage == "held" or asked.cases:
        return Situation.ON_HOLD
    return Situation.NOT_PACKED


def whereabouts(asked: Asked) -> Whereabouts:
    """How the order stands, for whoever has the buyer on the telephone."""
    found = situation_of(asked)
    stands, following, by = _SAID[found](asked)
    return Whereabouts(situation=found, stands=stands, next=following, by=by)


def _cancelled(asked: Asked) -> Situation:
    if asked.parcels:
        return Situation.CANCELLED_ON_ITS_WAY
    if asked.refund is None:
        return Situation.CANCELLED
    return Situation.REFUNDED if asked.refund.done else Situation.REFUND_DUE


def _left(asked: Asked, left: Sequence[Parcel]) -> Situation:
    units = [parcel.units for parcel in left]
    known = sum(x for x in units if x is not None)
    if None not in units and 0 < known < asked.units:
        return Situation.PARTLY_LEFT
    due = asked.deliver_by or max(parcel.labelled_at for parcel in left) + timedelta(
        days=14
    )
    return Situation.MAYBE_LATE if asked.now > due + LATE_AFTER else Situation.LEFT


def _gone(parcel: Parcel, now: datetime) -> bool:
    """Whether the carrier should have it: its day has come and hours have passed."""
    if parcel.told:
        return True
    if parcel.ship_date is not None and parcel.ship_date > now.date():
        return False
    return now - parcel.labelled_at >= timedelta(hours=12)


Said = tuple[str, str, datetime | None]


def _first(asked: Asked) -> str:
    parcels = [f"{parcel.carrier} {parcel.number}".strip() for parcel in asked.parcels]
    return ", ".join(parcels)


def _case(asked: Asked) -> str:
    case = asked.cases[0]
    return f"{case.team} decides: {case.label.lower()}"


def _deadline(asked: Asked) -> datetime | None:
    return asked.cases[0].deadline if asked.cases else asked.ship_by


def _not_paid(asked: Asked) -> Said:
    return (
        f"{asked.marketplace} has not released it: the payment is pending.",
        "Nothing is packed before the marketplace says that it is paid.",
        None,
    )


def _not_accepted(asked: Asked) -> Said:
    return (
        "It waits to be accepted.",
        _case(asked) if asked.cases else "It is accepted or refused.",
        _deadline(asked),
    )


def _not_packed(asked: Asked) -> Said:
    again = " Its label was voided: it is packed again." if asked.voided else ""
    return (f"Not packed yet.{again}", "It is packed and handed over.", asked.ship_by)


def _overdue(asked: Asked) -> Said:
    following = _case(asked) if asked.cases else "It has to leave at once."
    return (f"Late: it should have left. {asked.why}".strip(), following, asked.ship_by)


def _on_hold(asked: Asked) -> Said:
    if not asked.cases:
        return (asked.why or "Held.", "Somebody has to release it.", asked.ship_by)
    return (asked.why or "Held.", _case(asked), _deadline(asked))


def _address(asked: Asked) -> Said:
    return (
        "It waits: something is wrong with the address.",
        "Ask the buyer for the address and correct it here.",
        _deadline(asked),
    )


def _out_of_stock(asked: Asked) -> Said:
    return (
        f"Not on the shelf: {', '.join(asked.short)}.",
        _case(asked) if asked.cases else "Packing looks for it, or it is cancelled.",
        _deadline(asked),
    )


def _asked_to_cancel(asked: Asked) -> Said:
    return (
        "The buyer asked to cancel; it is stopped and has no label.",
        _case(asked) if asked.cases else "It is decided whether it is cancelled.",
        _deadline(asked),
    )


def _asked_too_late(asked: Asked) -> Said:
    return (
        f"The buyer asked to cancel after the label was bought ({_first(asked)}).",
        _case(asked)
        if asked.cases
        else "It is stopped with the carrier, or comes back.",
        _deadline(asked),
    )


def _is_cancelled(asked: Asked) -> Said:
    return ("Cancelled; nothing was sent.", "Nothing more.", None)


def _cancelled_on_its_way(asked: Asked) -> Said:
    return (
        f"Cancelled, and a parcel has a label ({_first(asked)}).",
        _case(asked) if asked.cases else "The parcel is stopped or comes back.",
        _deadline(asked) if asked.cases else None,
    )


def _refund_due(asked: Asked) -> Said:
    who = asked.marketplace if asked.refund and asked.refund.by_marketplace else "We"
    verb = "gives" if who != "We" else "give"
    return (
        "Cancelled; nothing was sent.",
        f"{who} {verb} the money back.",
        asked.refund.due if asked.refund else None,
    )


def _refunded(asked: Asked) -> Said:
    return ("Cancelled, and the money was given back.", "Nothing more.", None)


def _labelled(asked: Asked) -> Said:
    return (
        f"Packed and labelled ({_first(asked)}), not seen by the carrier yet.",
        "The carrier collects it; then its number shows where it is.",
        asked.ship_by,
    )


def _has_left(asked: Asked) -> Said:
    return (
        f"It has left with {_first(asked)}.",
        "The carrier brings it. Whether it has, only the carrier's page shows.",
        asked.deliver_by,
    )


def _partly_left(asked: Asked) -> Said:
    return (
        f"A part has left ({_first(asked)}); the rest is still here.",
        "The rest is packed and handed over.",
        asked.ship_by,
    )


def _maybe_late(asked: Asked) -> Said:
    return (
        f"It left with {_first(asked)}, and its time to arrive is over.",
        "Look at the carrier's page; if nothing moves there, ask the carrier.",
        asked.deliver_by,
    )


def _marketplace_ships(asked: Asked) -> Said:
    return (
        f"{asked.marketplace} ships this order itself; we never have it.",
        f"Only {asked.marketplace} can say where it is.",
        asked.deliver_by,
    )


_SAID = {
    Situation.NOT_PAID: _not_paid,
    Situation.NOT_ACCEPTED: _not_accepted,
    Situation.NOT_PACKED: _not_packed,
    Situation.OVERDUE: _overdue,
    Situation.ON_HOLD: _on_hold,
    Situation.ADDRESS: _address,
    Situation.OUT_OF_STOCK: _out_of_stock,
    Situation.ASKED_TO_CANCEL: _asked_to_cancel,
    Situation.ASKED_TOO_LATE: _asked_too_late,
    Situation.CANCELLED: _is_cancelled,
    Situation.CANCELLED_ON_ITS_WAY: _cancelled_on_its_way,
    Situation.REFUND_DUE: _refund_due,
    Situation.REFUNDED: _refunded,
    Situation.LABELLED: _labelled,
    Situation.LEFT: _has_left,
    Situation.PARTLY_LEFT: _partly_left,
    Situation.MAYBE_LATE: _maybe_late,
    Situation.MARKETPLACE_SHIPS: _marketplace_ships,
}
