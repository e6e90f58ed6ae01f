"""The arithmetic of quotas, pure; ``stores.budgets`` does the same in one UPDATE.

Two kinds of quota. A *bucket* (``period`` 0) refills at ``rate`` per second up to
``capacity``. A *fixed window* (``period`` > 0) holds ``capacity`` calls until
``resets_at``, then a new window starts. All times are business Unix seconds.

A bucket that is full refills from SLACK after the first call taken from it: the peer's
begins to refill when the call arrives, and ours must never be ahead of it.

What keeps a window free of 429 answers while all of it is used:

* ``resets_at`` is an upper bound of the peer's own reset. A window that we open lasts
  ``period`` + SLACK; each answer's whole seconds, rounded up, can only bring it nearer.
* GUARD: in the last second before ``resets_at`` nothing is sent, since the peer may
  already be in its next window, whose calls these would be.
* The reserve is for urgent calls until the last sixth of the window (10 s of a
  minute); then anybody may use it, so that nothing is left over.
* ``at`` of a window is a moment that lies after the reset of the window before: an
  answer that speaks of a reset before it is a late one and says nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SLACK = 1.0
GUARD = 1.0
GUARD_SHARE = 1 / 20
TAIL_SHARE = 1 / 6
# 0.0056 is no binary fraction: a token that is due must not be missed by 1e-16.
EPSILON = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """The numbers of a Budget row."""

    capacity: float
    tokens: float
    at: float
    rate: float = 0.0
    period: float = 0.0
    resets_at: float = 0.0
    blocked_until: float = 0.0
    reserve: float = 0.0


def guard(period: float) -> float:
    """How long before ``resets_at`` a window's calls stop, in seconds."""
    return min(GUARD, period * GUARD_SHARE)


def available(state: BudgetState, now: float) -> float:
    """How many calls could be made now, the block and the reserve apart."""
    if state.period > 0:
        if now >= state.resets_at:
            return state.capacity
        if now >= state.resets_at - guard(state.period):
            return 0.0
        return state.tokens
    return min(state.capacity, state.tokens + state.rate * max(0.0, now - state.at))


def reserved(state: BudgetState, now: float, *, urgent: bool) -> float:
    """How many of them are kept from a call of this priority."""
    if urgent:
        return 0.0
    if state.period > 0 and (
        state.resets_at - state.period * TAIL_SHARE <= now < state.resets_at
    ):
        return 0.0
    return state.reserve


def taken(
    state: BudgetState, now: float, n: float = 1, *, urgent: bool = False
) -> BudgetState | None:
    """The budget after ``n`` calls, or None when they can't be made now."""
    if now < state.blocked_until:
        return None
    left = available(state, now)
    if left + EPSILON < n + reserved(state, now, urgent=urgent):
        return None
    if state.period > 0 and now >= state.resets_at:
        return replace(
            state, tokens=left - n, at=now, resets_at=now + state.period + SLACK
        )
    return replace(state, tokens=left - n, at=_refills_from(state, left, now))


def wait(
    state: BudgetState, now: float, n: float = 1, *, urgent: bool = False
) -> float:
    """Business seconds until ``n`` calls may succeed; 0.0 when they can now."""
    start = max(now, state.blocked_until)
    if taken(state, start, n, urgent=urgent) is not None:
        return start - now
    if state.period > 0:
        tail = state.resets_at - state.period * TAIL_SHARE
        if not urgent and start < tail and state.tokens >= n:
            return tail - now
        return max(start, state.resets_at) - now
    wanted = n + reserved(state, start, urgent=urgent) - available(state, start)
    if state.rate <= 0:
        return float("inf")
    return max(start, state.at) - now + wanted / state.rate


def learned(
    state: BudgetState,
    now: float,
    *,
    sent_at: float,
    limit: float | None = None,
    remaining: float | None = None,
    resets_in: float | None = None,
    rate: float | None = None,
) -> BudgetState:
    """The budget after an answer's headers; answers may arrive in any order.

    ``resets_in`` is in whole seconds rounded up, counted by the peer somewhere between
    ``sent_at`` and ``now``: its reset lies in (sent_at + resets_in - 1, now + resets_in].
    Within a window ``remaining`` only lowers tokens.
    """
    if limit is not None and limit > 0 and limit != state.capacity:
        state = replace(
            state,
            capacity=limit,
            tokens=max(0.0, state.tokens + limit - state.capacity),
        )
    if rate is not None and rate > 0 and rate != state.rate:
        state = replace(
            state, tokens=available(state, now), at=max(now, state.at), rate=rate
        )
    if state.period <= 0:
        if remaining is None or remaining >= available(state, now):
            return state
        return replace(state, tokens=max(0.0, remaining), at=max(now, state.at))
    if resets_in is None:
        return _lowered(state, remaining) if sent_at >= state.at else state
    earliest, latest = sent_at + resets_in - 1.0, now + resets_in
    if earliest > state.resets_at:
        opened = replace(
            state,
            tokens=state.capacity,
            at=max(state.resets_at, latest - state.period),
            resets_at=latest,
        )
        return _lowered(opened, remaining)
    if earliest <= state.at:
        return state
    return _lowered(replace(state, resets_at=min(state.resets_at, latest)), remaining)


def blocked(state: BudgetState, now: float, seconds: float) -> BudgetState:
    """The budget after a 429: nothing is left, and nothing goes for ``seconds``."""
    return replace(
        state,
        tokens=0.0,
        at=state.at if state.period > 0 else max(now, state.at),
        blocked_until=max(state.blocked_until, now + max(0.0, seconds)),
    )


def _refills_from(state: BudgetState, left: float, now: float) -> float:
    """``at`` after a call: a full bucket's refill starts when the peer has the call."""
    if state.period > 0:
        return state.at
    if left > state.capacity - state.rate * SLACK:
        return now + SLACK
    return max(now, state.at)


def _lowered(state: BudgetState, remaining: float | None) -> BudgetState:
    if remaining is None or remaining >= state.tokens:
        return state
    return replace(state, tokens=max(0.0, remaining))
