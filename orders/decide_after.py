"""A cancellation that met a label: the parcel is looked for, is stopped, or has left.

What has shipped must be confirmed even if the buyer asked to cancel; a cancelled order
can't be confirmed (Amazon help G201722390).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from orders.decide_answer import (
    CANCELLING,
    answer,
    answer_by,
    answered_in,
    block_until_last_call,
    is_with_us,
    where_to_answer,
)
from orders.decide_cancel_find import Cancel
from orders.deciding import Deciding
from orders.facts import fingerprint
from orders.facts_past import DecisionFacts

# What the bench is given to look for a parcel.
INTERCEPT_WITHIN = timedelta(hours=2)


class Parcel(StrEnum):
    """Where a person or the bench says that a parcel is."""

    UNKNOWN = "unknown"
    LOOKED_FOR = "looked_for"
    HERE = "here"
    LEFT = "left"


def answered(d: Deciding, cancel: Cancel, word: DecisionFacts) -> bool:
    """Tell the marketplace yes; False where a person must do it there by hand."""
    state = answer(d, cancel.cause, cancel.asked, word)
    d.why = CANCELLING[state].format(store=d.s.store_state)
    return is_with_us(d, state)


def after_label(d: Deciding, cancel: Cancel) -> None:
    """The parcel may leave: a person must know, and the store's rule decides the rest.

    'ask' keeps a confirmation back for no longer than ship-by allows, 'ship' does not
    keep it back at all.
    """
    parcel, word = parcel_of(d, cancel), cancel.word
    why = (
        "Cancelled at the marketplace after the label was bought"
        if cancel.cancelled
        else "The buyer asked to cancel after the label was bought"
    )
    over = parcel is Parcel.HERE or (parcel is Parcel.LEFT and cancel.cancelled)
    if not d.rest:
        d.stage, d.why = "dispatched", why
        d.closed = cancel.cancelled and over
    if parcel is Parcel.LOOKED_FOR:
        _look_for(d, cancel)
    elif not (over or cancel.rejected or _asked_of_the_rest(d, cancel)):
        _ask(d, cancel, why, parcel)
    elif not d.rest and word is not None and word.verb == "cancel_market":
        answered(d, cancel, word)
    elif not d.rest and parcel is Parcel.HERE and not cancel.cancelled:
        d.case(
            "answer_cancellation",
            cancel.cause_of("answer_cancellation"),
            "The parcel was stopped; the marketplace still waits for it to be cancelled"
            + where_to_answer(d),
            deadline=answer_by(d),
            lines=list(cancel.asked),
            **answered_in(d),
        )
    d.no_confirm = cancel.cancelled or parcel is Parcel.HERE
    # A request that is being turned down stands in a dispatch's way until it is.
    waits = cancel.rejected or parcel is Parcel.LOOKED_FOR or d.p.after_label == "ask"
    if not d.no_confirm and waits:
        block_until_last_call(d)


def _ask(d: Deciding, cancel: Cancel, why: str, parcel: Parcel) -> None:
    deadline = d.s.market.ship_by if cancel.cancelled else answer_by(d)
    there = {"at_marketplace": "cancelled"} if cancel.cancelled else answered_in(d)
    if parcel is Parcel.LEFT:
        why, there = (
            f"{why}; the bench says that it has left",
            there | {"bench": "left"},
        )
    d.case(
        "cancelled_after_label",
        cancel.cause_of("cancelled_after_label"),
        why + ("" if cancel.cancelled else where_to_answer(d)),
        deadline=deadline,
        **there,
    )


def _asked_of_the_rest(d: Deciding, cancel: Cancel) -> bool:
    """Whether the request waits for a word in a case of its own: one cause, one case."""
    return bool(d.rest) and not (cancel.cancelled or cancel.goes)


def parcel_of(d: Deciding, cancel: Cancel) -> Parcel:
    """Where the parcel is, by the latest word on its case.

    Said of the request, it holds when the marketplace shows the cancellation. A word
    from before there was a label says nothing of a parcel.
    """
    word = d.s.decision(*_causes(d, cancel))
    if word is None:
        return Parcel.UNKNOWN
    if word.verb == "intercept":
        return _bench_says(d, word)
    said = {
        "accept": Parcel.HERE,
        "cancel_market": Parcel.HERE,
        "left_with_it": Parcel.LEFT,
    }
    return said.get(word.verb, Parcel.UNKNOWN)


def _causes(d: Deciding, cancel: Cancel) -> list[str]:
    causes = [cancel.cause]
    if cancel.cancelled:
        ids = sorted(line.remote_id for line in d.s.lines)
        causes.append(fingerprint("asked", d.s.market.cancel_seq, *ids))
    return [fingerprint("cancelled_after_label", cause) for cause in causes]


def _bench_says(d: Deciding, asked: DecisionFacts) -> Parcel:
    found = d.s.decision(_task(asked))
    if found is None:
        return Parcel.LOOKED_FOR
    return Parcel.HERE if found.verb == "accept" else Parcel.LEFT


def _task(asked: DecisionFacts) -> str:
    """The cause of the bench's task: asked again, it is another."""
    return fingerprint("intercept", asked.cause, asked.at.isoformat())


def intercept_word(d: Deciding, cancel: Cancel) -> DecisionFacts | None:
    """The latest word on a labelled parcel, if it has the bench look for it."""
    word = d.s.decision(*_causes(d, cancel))
    return word if word is not None and word.verb == "intercept" else None


def _look_for(d: Deciding, cancel: Cancel) -> None:
    """A task for the bench, until it says what it found."""
    word = intercept_word(d, cancel)
    if word is None:
        return
    due = word.at + INTERCEPT_WITHIN
    numbers = ", ".join(x.tracking for x in d.live_shipments if x.tracking)
    d.case(
        "intercept_parcel",
        _task(word),
        "Take it off the line: " + (f"tracking {numbers}" if numbers else d.s.number),
        deadline=min(filter(None, (due, answer_by(d)))),
        tracking=numbers,
    )
