"""A person wants the order read anew at its marketplace before anything else is sent.

Stops never wait for it, and nothing waits for ever: what can't be read in a while goes
on with what is known.
"""

from __future__ import annotations

from datetime import timedelta

from orders.deciding import ORDER, Deciding
from orders.facts import Operation, Priority

# Longer than this a read that does not come holds nothing up.
PATIENCE = timedelta(minutes=10)
_NEVER_WAITS = (Operation.HOLD, Operation.CANCEL, Operation.LOOK, Operation.READ_BACK)


def fresh_first(d: Deciding) -> None:
    """Read the order first, and keep back what is no stop, until the read has come."""
    asked = d.s.market.fresh_asked_at
    if asked is None or d.s.market.status_as_of >= asked or not d.s.runs:
        return
    over = asked + PATIENCE
    if d.now >= over:
        return
    if d.s.can_read_one:
        d.work = [x for x in d.work if x.operation is not Operation.READ_BACK]
        d.add("marketplace", Operation.READ_BACK, ORDER, Priority.URGENT)
    d.work = [x for x in d.work if x.operation in _NEVER_WAITS]
    d.look_at(over)
