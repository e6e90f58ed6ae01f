"""Orders that wait for the seller's yes: who says it, and whether it was heard."""

from __future__ import annotations

from orders.decide_answer import Telling, Told, refusal_causes, tell
from orders.decide_doubts import NEAR_SHIP_BY
from orders.deciding import Deciding
from orders.facts import Operation, fingerprint


def decide_acceptance(d: Deciding) -> bool:
    """Have an order taken or refused that waits for our yes; True while it waits."""
    market, s = d.s.market, d.s
    if market.status != "waiting_acceptance":
        return False
    d.stage, d.why = "waiting", "Waiting for acceptance"
    if "accept_orders" not in s.capabilities:
        d.why = "Waiting for acceptance at the marketplace"
        return True
    if s.store_state == "draft":
        d.why = "Waiting for acceptance; the store is not live yet"
        return True
    lines = sorted(line.remote_id for line in s.lines if line.wanted)
    deadline = market.accept_by or market.ship_by
    cause = fingerprint("acceptance", *lines)
    causes = {cause, *refusal_causes(d, Operation.ACCEPT, cause)}
    words = [
        w for w in s.decisions if w.cause in causes and w.verb in ("take", "refuse")
    ]
    word = max(words, key=lambda w: w.at, default=None)
    if word is None and d.p.acceptance != "auto":
        d.why = "Waiting for a person to accept or refuse it"
        d.case("acceptance_due", cause, _waits(d), deadline=deadline, lines=lines)
        if market.accept_by is not None:
            d.look_at(market.accept_by)
        return True
    yes = word is None or word.verb == "take"
    near = False
    if market.accept_by is not None:
        near = d.now >= market.accept_by - NEAR_SHIP_BY
        d.look_at(market.accept_by - NEAR_SHIP_BY)
    state = tell(
        d,
        Telling(
            operation=Operation.ACCEPT,
            target=cause,
            digest=fingerprint("accept", yes, *lines),
            yes=yes,
            read_at=market.status_as_of,
            urgent=near or word is not None,
            refused_kind="acceptance_refused",
            deadline=deadline,
        ),
    )
    d.why = _accepting(d, state, yes)
    return True


def _waits(d: Deciding) -> str:
    by = d.s.market.accept_by
    if by is not None and d.now >= by:
        return "Its time to be accepted has passed: the marketplace may refuse it now"
    return "The order waits to be accepted or refused"


def _accepting(d: Deciding, state: Told, yes: bool) -> str:
    word, done = ("accept", "accepted") if yes else ("refuse", "refused")
    return {
        Told.DUE: f"To be {done} at the marketplace",
        Told.DOUBT: f"Whether it was {done} is in doubt: reading the order",
        Told.REFUSED: f"The marketplace does not let us {word} it",
        Told.TOLD: f"{done.capitalize()}; the marketplace does not show it yet",
        Told.UNHEARD: f"{done.capitalize()}, but the marketplace does not show it",
        Told.PAUSED: f"To be {done}, but the store is {d.s.store_state}",
    }[state]
