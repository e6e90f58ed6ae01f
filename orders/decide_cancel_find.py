"""What of an order is cancelled or asked to be, and what a person has said to it.

Found here, acted upon in ``decide_cancel`` and, once there is a label, ``decide_after``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from orders.decide_answer import (
    Told,
    answer,
    block_until_last_call,
    market_word,
    said_yes,
)
from orders.deciding import Deciding
from orders.facts import Policy, Snapshot, fingerprint
from orders.facts_past import DecisionFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """What is cancelled or asked to be, and how far it is decided.

    ``goes``: ShipStation's side may be cancelled; ``partly``: some lines only, which
    ShipStation can't do, so the record is held until the marketplace has done it.
    ``word``: what a person wants the marketplace to be told; ``answered``: it was told
    yes, and shows neither the request nor the cancellation yet. ``doubt``: nobody asks,
    but something was said that a person must judge.
    """

    cause: str
    asked: tuple[str, ...]
    cancelled: bool
    goes: bool
    partly: bool
    word: DecisionFacts | None = None
    answered: bool = False
    doubt: bool = False

    @property
    def rejected(self) -> bool:
        """Whether a person wants the request turned down, and the order shipped."""
        return self.word is not None and self.word.verb == "reject_request"

    def cause_of(self, kind: str) -> str:
        """The cause of a case of this kind."""
        return fingerprint(kind, self.cause)


def find_cancel(d: Deciding) -> Cancel | None:
    lines = d.s.lines
    cancelled = d.s.market.status == "cancelled" or (
        bool(lines) and all(line.wanted == 0 for line in lines)
    )
    asked = sorted(
        line.remote_id for line in lines if line.cancel_requested and line.wanted
    )
    if d.s.market.status == "shipped" and not d.s.dispatches and not cancelled:
        return None  # told by somebody else: there is nothing left to ask for
    if not cancelled and not asked:
        cause = said_yes(d)
        if not cause:
            return None
        return Cancel(
            cause=cause,
            asked=(),
            cancelled=False,
            goes=True,
            partly=False,
            answered=True,
        )
    if cancelled:
        cause = fingerprint("cancelled", d.s.market.cancel_seq)
    else:
        cause = fingerprint("asked", d.s.market.cancel_seq, *asked)
    verb = d.s.decided(cause, fingerprint("cancelled_after_label", cause))
    if not cancelled and verb in ("ship_anyway", "confirm"):
        return None
    word = None if cancelled else market_word(d, cause)
    turned_down = word is not None and word.verb == "reject_request"
    if word is not None and turned_down and _turned_down(d, cause, asked, word):
        return None
    doubt = not cancelled and all(
        line.cancel_doubt for line in lines if line.remote_id in asked
    )
    # A rule answers requests; what may not be one is never cancelled by itself.
    ruled = d.p.cancel_request == "cancel" and not doubt
    wished = ruled or d.s.decided(cause) == "cancel"
    wished = wished or word is not None
    return Cancel(
        cause=cause,
        asked=tuple(asked),
        cancelled=cancelled,
        goes=cancelled or (wished and not turned_down),
        partly=not cancelled and d.partly(asked),
        word=word,
        doubt=doubt,
    )


def _turned_down(
    d: Deciding, cause: str, asked: list[str], word: DecisionFacts
) -> bool:
    """Tell the marketplace no; True once it took that, so that the order may go on.

    Until then it stays held, and nothing is confirmed: a marketplace may refuse a
    dispatch while a request is open (TikTok in the UK: 21011007).
    """
    state = answer(d, cause, asked, word)
    if state not in (Told.TOLD, Told.UNHEARD):
        return False
    block_until_last_call(d)
    return True


def covers(d: Deciding, asked: Collection[str]) -> bool:
    """Whether a label may hold units of these lines: one without lines may hold all."""
    ids = {line.id for line in d.s.lines if line.remote_id in asked}
    shipments = d.live_shipments
    return not shipments or any(
        shipment.lines is None
        or any(line_id in ids and units for line_id, units in shipment.lines)
        for shipment in shipments
    )


def apart(d: Deciding, cancel: Cancel) -> bool:
    """Whether a person has taken its goods out of the combined order."""
    return d.s.decided(cancel.cause_of("cancelled_in_combined")) == "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A cancellation as it speaks against packing: ``ends`` it is not to leave at all.

    ``doubt``: it may be none. ``apart``: its goods were taken out of a combined order.
    """

    ends: bool
    doubt: bool
    apart: bool


def standing(snapshot: Snapshot, policy: Policy, now: datetime) -> Standing | None:
    """What stands against packing this order now, or None.

    A request that a person answered with "ship it" speaks against nothing any more.
    """
    d = Deciding(snapshot, policy, now)
    cancel = find_cancel(d)
    if cancel is None:
        return None
    return Standing(ends=cancel.goes, doubt=cancel.doubt, apart=apart(d, cancel))
