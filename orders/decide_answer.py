"""What the marketplace is told once, on a person's word: cancellations answered.

Nobody hears twice of the same word. Whether it was taken up shows a later read alone:
after a call in doubt the order is read before anything is repeated, and after a good
answer until the marketplace shows it, or a case says that it doesn't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from orders.deciding import ORDER, Deciding
from orders.facts import Operation, Priority, fingerprint
from orders.facts_past import AttemptFacts, DecisionFacts

# After the answer the order is read at once, then again after these.
READ_AFTER = (timedelta(0), timedelta(minutes=5), timedelta(minutes=30))
NOT_HONOURED_AFTER = timedelta(hours=2)
# The verbs that speak about a request to cancel; the latest of them counts.
_SPEAK = frozenset(
    {"cancel", "cancel_market", "reject_request", "ship_anyway", "confirm", "reopen"}
)
_TO_MARKET = frozenset({"cancel_market", "reject_request"})


class Told(StrEnum):
    """How far something that is to be told has come."""

    DUE = "due"
    DOUBT = "doubt"
    REFUSED = "refused"
    TOLD = "told"
    UNHEARD = "unheard"
    PAUSED = "paused"
    BY_HAND = "by_hand"


CANCELLING = {
    Told.DUE: "The marketplace is being told to cancel it",
    Told.DOUBT: "Whether the marketplace was told is in doubt: reading the order",
    Told.REFUSED: "The marketplace refused to cancel it",
    Told.TOLD: "Cancelled here; the marketplace was told and does not show it yet",
    Told.UNHEARD: "The marketplace was told to cancel it, but does not show it",
    Told.PAUSED: "To be cancelled there, but the store is {store}",
    Told.BY_HAND: "To be cancelled in the marketplace's own pages, by hand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One thing to tell; ``read_at``: when the block that shows its effect was read."""

    operation: Operation
    target: str
    digest: str
    yes: bool
    read_at: datetime | None
    urgent: bool
    refused_kind: str
    deadline: datetime | None
    choice: str = ""


def tell(d: Deciding, t: Telling) -> Told:
    """Want the call, a read or a case, whichever its history asks for."""
    calls = [
        a for a in d.s.attempts if (a.operation, a.target) == (t.operation, t.target)
    ]
    for attempt in (a for a in calls if a.in_doubt):
        if t.read_at is not None and t.read_at > attempt.over_at:
            d.settled.add(attempt.id)
            continue
        _read(d, attempt.over_at, Priority.URGENT)
        return Told.DOUBT
    good = [a for a in calls if a.outcome == "ok" and a.digest == t.digest]
    if good:
        last = max(good, key=lambda a: (a.started_at, a.id))
        state = _await(d, t, last)
        if state is not None:
            return state
    refusal = d.refusal(t.operation, t.target, t.digest)
    if refusal is not None:
        d.refused(t.refused_kind, refusal, deadline=t.deadline)
        return Told.REFUSED
    if not d.s.runs:
        return Told.PAUSED
    if t.operation is Operation.ANSWER and not answers_here(d):
        return Told.BY_HAND
    d.add(
        "marketplace",
        t.operation,
        t.target,
        Priority.URGENT if t.urgent else Priority.CONFIRM,
        digest=t.digest,
        yes=t.yes,
        choice=t.choice,
    )
    return Told.DUE


def refusal_causes(d: Deciding, operation: Operation, target: str) -> list[str]:
    """The causes of the cases that refusals of this made."""
    return [
        fingerprint(a.operation, a.target, a.digest)
        for a in d.s.attempts
        if (a.operation, a.target) == (operation, target)
    ]


def _read(d: Deciding, moment: datetime, priority: Priority) -> None:
    """Have the order read after this moment, by itself or by the next list."""
    if not d.s.can_read_one:
        d.look_at(moment)
        return
    due = max(moment, d.now)
    d.look_at(due)
    d.add("marketplace", Operation.READ_BACK, ORDER, priority, due_at=due)


def _await(d: Deciding, t: Telling, last: AttemptFacts) -> Told | None:
    """The marketplace took it: wait until it shows; None to tell it once more."""
    told_at = last.finished_at or last.started_at
    for wait in (*READ_AFTER, NOT_HONOURED_AFTER):
        if t.read_at is None or t.read_at <= told_at + wait:
            _read(d, told_at + wait, Priority.CONFIRM)
            return Told.TOLD
    cause = fingerprint("unheard", t.operation, t.target, t.digest)
    word = d.s.decision(cause)
    if word is not None and word.verb == "retry" and word.at > told_at:
        return None
    d.case(
        "answer_not_honoured",
        cause,
        "The marketplace took our answer but still shows the order as before",
        deadline=t.deadline,
    )
    return Told.UNHEARD


def answers_here(d: Deciding) -> bool:
    """Whether requests are answered from here, not in the marketplace's own pages."""
    return d.p.answered_by == "console"


def answered_in(d: Deciding) -> dict[str, str]:
    """A case's context where nothing is told from here; its ways out heed it."""
    return {} if answers_here(d) else {"answered_in": d.s.seller_pages}


def where_to_answer(d: Deciding) -> str:
    """Where a person answers, as the end of a case's sentence; '' for here."""
    return "" if answers_here(d) else f": answer it in {d.s.seller_pages}"


def block_until_last_call(d: Deciding) -> None:
    """Keep confirmations back as long as ship-by allows; without one, for good."""
    ship_by = d.s.market.ship_by
    last_call = None if ship_by is None else ship_by - d.p.confirm_margin
    d.confirm_blocked = last_call is None or d.now < last_call
    if last_call is not None:
        d.look_at(last_call)


def _may_tell(d: Deciding, cause: str) -> bool:
    """Whether the answer is ours to tell, or was told before the rule changed."""
    return answers_here(d) or any(
        (a.operation, a.target) == (Operation.ANSWER, cause)
        and (a.outcome == "ok" or a.in_doubt)
        for a in d.s.attempts
    )


def market_word(d: Deciding, cause: str) -> DecisionFacts | None:
    """A person's latest word on a request, if it is one for the marketplace's ears.

    Said on the request's own case, on that of its label or its answer, or on the refusal
    of an earlier answer.
    """
    if not _may_tell(d, cause):
        return None
    causes = {
        cause,
        fingerprint("cancelled_after_label", cause),
        fingerprint("answer_cancellation", cause),
        *refusal_causes(d, Operation.ANSWER, cause),
    }
    words = [w for w in d.s.decisions if w.cause in causes and w.verb in _SPEAK]
    last = max(words, key=lambda w: w.at, default=None)
    if last is None or last.verb not in _TO_MARKET:
        return None
    need = "accept" if last.verb == "cancel_market" else "reject"
    return last if f"{need}_cancellation" in d.s.capabilities else None


def cancel_as_seller(d: Deciding, cause: str) -> bool:
    """Cancel at the marketplace what nobody asked to cancel, if a person said so.

    False where nobody did, or where the marketplace refused and that was accepted.
    """
    refusals = refusal_causes(d, Operation.ANSWER, cause)
    words = [w for w in d.s.decisions if w.cause == cause]
    words += [w for w in d.s.decisions if w.cause in refusals and w.verb in _TO_MARKET]
    word = max(words, key=lambda w: w.at, default=None)
    able = "accept_cancellation" in d.s.capabilities and _may_tell(d, cause)
    if word is None or word.verb != "cancel_market" or not able:
        return False
    every = [line.remote_id for line in d.s.lines if line.wanted]
    state = answer(d, cause, every, word)
    d.stage, d.why = "cancelled", CANCELLING[state].format(store=d.s.store_state)
    return is_with_us(d, state)


def is_with_us(d: Deciding, state: Told) -> bool:
    """Whether the answer goes its way from here; False where a person gives it there.

    That is where the marketplace refused and somebody accepted that as it is, or where
    the store's rule has it answered in the marketplace's own pages.
    """
    if state is Told.REFUSED:
        return any(case.kind == "answer_refused" for case in d.cases)
    return state is not Told.BY_HAND


def answer(d: Deciding, cause: str, asked: Sequence[str], word: DecisionFacts) -> Told:
    """Tell the marketplace what a person said to a request to cancel."""
    yes = word.verb == "cancel_market"
    units = sorted((x.remote_id, x.wanted) for x in d.s.lines if x.remote_id in asked)
    return tell(
        d,
        Telling(
            operation=Operation.ANSWER,
            target=cause,
            digest=fingerprint("answer", yes, word.choice, units),
            yes=yes,
            choice=word.choice,
            read_at=d.s.market.cancel_as_of,
            urgent=True,
            refused_kind="answer_refused",
            deadline=answer_by(d),
        ),
    )


def said_yes(d: Deciding) -> str:
    """The cause of a request for the whole order that we granted just now, or ''.

    Such a request may be gone before the order shows as cancelled: it is not withdrawn.
    """
    ids = sorted(line.remote_id for line in d.s.lines if line.wanted)
    cause = fingerprint("asked", d.s.market.cancel_seq, *ids)
    word = market_word(d, cause)
    if word is None or word.verb != "cancel_market":
        return ""
    told = [
        a.finished_at or a.started_at
        for a in d.s.attempts
        if (a.operation, a.target, a.outcome) == (Operation.ANSWER, cause, "ok")
    ]
    until = max(told, default=d.now - NOT_HONOURED_AFTER) + NOT_HONOURED_AFTER
    return cause if d.now < until else ""


def await_end(d: Deciding, cause: str) -> None:
    """Read an order until it shows the cancellation that the marketplace granted."""
    told = [
        a.finished_at or a.started_at
        for a in d.s.attempts
        if (a.operation, a.target, a.outcome) == (Operation.ANSWER, cause, "ok")
    ]
    last, read_at = max(told), d.s.market.status_as_of
    d.why = "Granted by the marketplace, which does not show it as cancelled yet"
    for wait in (*READ_AFTER, NOT_HONOURED_AFTER):
        if read_at <= last + wait:
            _read(d, last + wait, Priority.CONFIRM)
            return


def answer_by(d: Deciding) -> datetime | None:
    """By when a request must be answered: before ship-by, and before it answers itself.

    An order that waits to be taken is refused by itself if nobody takes it.
    """
    market = d.s.market
    ends = [market.ship_by, market.cancel_answer_by]
    if market.status == "waiting_acceptance":
        ends.append(market.accept_by)
    return min(filter(None, ends), default=None)
