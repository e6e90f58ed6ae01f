"""What follows a cancelled order whose goods were packed, until the last of it is done.

The label is voided and credited, the goods go back into stock or come back first, the
buyer gets the money back. Each is a follow-up with a case of its own, which a read or a
person's word ends; nothing is forgotten because somebody closed the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orders.decide_after import INTERCEPT_WITHIN, Parcel, intercept_word, parcel_of
from orders.decide_cancel_find import Cancel
from orders.decide_void import is_voiding, said_no, void_labels
from orders.deciding import Deciding
from orders.facts import FollowUpDraft, FollowUpFacts, fingerprint

# How long each may take before it is asked for louder.
WITHIN = {
    "void_label": timedelta(days=1),
    "restock": timedelta(days=2),
    "return": timedelta(days=21),
    # USPS takes two weeks and more to credit a voided label (ShipStation's help).
    "credit": timedelta(days=30),
}
CASE_OF = {
    "void_label": "label_to_void",
    "restock": "goods_to_stock",
    "return": "return_expected",
    "credit": "label_credit",
    "refund": "refund_due",
}
SENTENCES = {
    "void_label": "The parcel was stopped: its label is still to be voided",
    "restock": "The goods of a cancelled order go back into stock",
    "return": "Cancelled, and it has left: the parcel is expected back",
    "credit": "The carrier has still to credit the voided label",
    "refund": "The buyer of a cancelled order has still to be refunded",
}


def follow_up(d: Deciding, cancel: Cancel) -> None:
    """Want whatever is still to come about of this cancellation."""
    if not d.s.shipments:
        return
    parcel = parcel_of(d, cancel)
    d.follow_ups.extend(_intercepts(d, cancel, parcel))
    if parcel is Parcel.HERE:
        _labels(d)
        _settle(d, [_draft(d, "restock", "warehouse")])
    elif parcel is Parcel.LEFT and cancel.cancelled:
        back = _settle(d, [_draft(d, "return", "carrier")])
        if all(draft.shown and not draft.failed for draft in back):
            _settle(d, [_draft(d, "restock", "warehouse")])
    if cancel.cancelled and parcel in (Parcel.HERE, Parcel.LEFT):
        _settle(d, [_refund(d)])


def _intercepts(d: Deciding, cancel: Cancel, parcel: Parcel) -> Iterable[FollowUpDraft]:
    """The bench's tasks, one a label; what it says ends them, and so does a void."""
    word = intercept_word(d, cancel)
    if word is None:
        return
    said = {Parcel.HERE: "Stopped", Parcel.LEFT: "It has left already"}.get(parcel, "")
    for shipment in d.s.shipments:
        if shipment.voided and shipment.as_of is not None and shipment.as_of < word.at:
            continue
        yield FollowUpDraft(
            kind="intercept",
            cause=fingerprint(
                "intercept", word.cause, word.at.isoformat(), shipment.id
            ),
            whose="warehouse",
            due=word.at + INTERCEPT_WITHIN,
            shipment_id=shipment.id,
            shown="Its label was voided" if shipment.voided else said,
            failed=parcel is Parcel.LEFT and not shipment.voided,
        )


def _labels(d: Deciding) -> None:
    """Each label of this order alone: to be voided, then credited."""
    voids = [
        replace(
            _draft(d, "void_label", "seller", shipment.id),
            shown="ShipStation shows the label as voided" if shipment.voided else "",
        )
        for shipment in d.s.shipments
        if shipment.source == "label" and not d.combined(d.record(shipment.ss_order_id))
    ]
    # One that was voided before anything followed is no label of this parcel.
    voids = [draft for draft in voids if not draft.shown or _fact(d, draft)]
    cause = _cause(voids)
    no = said_no(d, voids, cause)
    settled = _settle(
        d,
        voids,
        quiet=is_voiding(d, voids, cause),
        words=f"Not voided: {no}" * bool(no),
    )
    credited = [x for x in settled if x.shown and not x.failed]
    gone = {shipment.id for shipment in d.s.shipments if shipment.voided}
    _settle(
        d,
        [
            _draft(d, "credit", "carrier", x.shipment_id)
            for x in credited
            if x.shipment_id in gone
        ],
    )
    void_labels(d, [x for x in settled if not x.shown], cause)


def _refund(d: Deciding) -> FollowUpDraft:
    """By the marketplace itself, or by the seller: as its connector declares."""
    told = any(x.accepted_at is not None for x in d.s.dispatches)
    whose = d.s.refund.confirmed if told else d.s.refund.cancelled
    by_itself = "The marketplace shows it as cancelled, and refunds by itself"
    return FollowUpDraft(
        kind="refund",
        cause=fingerprint("after", "refund"),
        whose=whose,
        due=d.now + timedelta(days=d.s.refund.days),
        worth=True,
        shown=by_itself if whose == "marketplace" else "",
    )


def _draft(
    d: Deciding, kind: str, whose: str, shipment_id: int | None = None
) -> FollowUpDraft:
    return FollowUpDraft(
        kind=kind,
        cause=fingerprint("after", kind, *filter(None, [shipment_id])),
        whose=whose,
        due=d.now + WITHIN[kind],
        shipment_id=shipment_id,
    )


def _cause(drafts: Sequence[FollowUpDraft]) -> str:
    """What the case of these is about; another label makes it another."""
    return fingerprint("after", *sorted(draft.cause for draft in drafts))


def _settle(
    d: Deciding,
    drafts: Sequence[FollowUpDraft],
    *,
    quiet: bool = False,
    words: str = "",
) -> list[FollowUpDraft]:
    """Want these, with a case while one is open; returned as people's words end them.

    ``quiet``: somebody is at it, so that nobody needs to be asked. ``words``: what is
    said instead of the usual sentence.
    """
    if not drafts:
        return []
    cause = _cause(drafts)
    verb = d.s.decided(cause)
    said = verb in ("accept", "given_up")
    ended = [
        replace(x, shown="A person's word", failed=verb == "given_up", said=cause)
        if said and not x.shown
        else x
        for x in drafts
    ]
    d.follow_ups.extend(ended)
    waiting = [x for x in ended if not x.shown]
    if not waiting:
        return ended
    d.closed = False
    due = _due(d, waiting)
    late = due is not None and d.now >= due
    if due is not None:
        d.look_at(due)
    if not quiet or late:
        kind = waiting[0].kind
        ids = {x.shipment_id for x in waiting}
        labels = [x.tracking or str(x.id) for x in d.s.shipments if x.id in ids]
        d.case(
            CASE_OF[kind],
            cause,
            f"{'Overdue: ' * late}{words or SENTENCES[kind]}",
            deadline=due,
            **({"labels": labels} if kind == "void_label" else {}),
        )
    return ended


def _due(d: Deciding, waiting: Sequence[FollowUpDraft]) -> datetime | None:
    """When the first of these is due: as it was set when it came up."""
    facts = ((x, _fact(d, x)) for x in waiting)
    moments = [fact.due if fact is not None else x.due for x, fact in facts]
    return min(filter(None, moments), default=None)


def _fact(d: Deciding, draft: FollowUpDraft) -> FollowUpFacts | None:
    same = (x for x in d.s.follow_ups if (x.kind, x.cause) == (draft.kind, draft.cause))
    return next(same, None)
