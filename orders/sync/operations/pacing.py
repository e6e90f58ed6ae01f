"""How pushes share ShipStation's minute with stops that nobody can foresee.

A backlog of pushes could spend a whole window in its first seconds. A stop that comes
then would find only the reserve, and needs more: it first reads what the pushes have
changed. So a part of the window may go at once and the rest only as time goes by; near
its end all of it may, so that nothing is left over.
"""

from __future__ import annotations

from orders.models import Peer
from orders.sync import outbox
from stores import budgets
from stores.budgets import BudgetLeft
from stores.models import ShipStationAccount
from stores.shipstation.client import GROUP

# Of a window's calls, what is kept for later at its start.
KEPT = 3 / 4
# In this last share of a window everything may go.
OPEN_END = 1 / 5
# Business seconds after which a push that made room for stops at work looks again.
STEP_BACK = 1.0


def push_wait(account: ShipStationAccount) -> float:
    """Business seconds until pushes may go on; 0.0 when they may now."""
    line = quota(account)
    if line is None:
        return 0.0
    if scarce(line) and outbox.stops_leased(account.key, Peer.SHIPSTATION):
        return STEP_BACK
    return paced(line)


def quota(account: ShipStationAccount) -> BudgetLeft | None:
    """What is left of ShipStation's quota; None before its first call."""
    lines = budgets.left(account.key)
    return next((line for line in lines if line.group == GROUP), None)


def scarce(line: BudgetLeft) -> bool:
    """Whether more than half of a quota is spent."""
    return line.left < line.capacity / 2


def paced(line: BudgetLeft) -> float:
    """Business seconds until one more call leaves enough for the rest of the window."""
    if line.period <= 0:
        return 0.0
    last = OPEN_END * line.period
    kept = KEPT * line.capacity
    spread = line.period - last
    # After this call there must be ``kept`` times the share of the time that is left.
    ends_in = last + spread * max(0.0, line.left - 1) / kept
    return max(0.0, line.clears_in - ends_in)
