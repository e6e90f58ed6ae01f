"""Asking a person about what a check holds: louder as the ship-by comes near."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orders.deciding import ORDER, Deciding
from orders.facts import Operation, Priority

# From when on it asks louder, before the moment by which it must be answered.
LOUDER = (
    (timedelta(0), "Late already"),
    (timedelta(hours=4), "Less than 4 hours left"),
    (timedelta(hours=24), "Less than 24 hours left"),
)


def ask(d: Deciding, kind: str, cause: str, text: str, **context: Any) -> None:
    """Want a case that must be answered by the margin before ship-by.

    A word 'retry' on it has the marketplace asked for the order again.
    """
    word = d.s.decision(cause)
    if word is not None and word.verb == "retry" and d.s.can_read_one:
        if d.s.market.status_as_of < word.at:
            d.add("marketplace", Operation.READ_BACK, ORDER, Priority.CONFIRM)
    ship_by = d.s.market.ship_by
    if ship_by is None:
        d.case(kind, cause, text, **context)
        return
    deadline = ship_by - d.p.confirm_margin
    loud = ""
    for before, words in LOUDER:
        if d.now >= deadline - before:
            loud = f"{words}: "
            break
        d.look_at(deadline - before)
    d.case(kind, cause, f"{loud}{text}", deadline=deadline, **context)
