"""The work on settlements that the pump gives a turn: reading, looking up, clearing."""

from __future__ import annotations

from reconciliation.settlements import reading, rematch, store


def run_one() -> bool:
    """One step of what is due: a file, lines to look up again, what crashes left."""
    return reading.run_one() or rematch.run_one() or _clear()


def _clear() -> bool:
    return bool(store.clear_leftovers() + reading.purge())
