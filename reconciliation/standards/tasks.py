"""What the clock calls: count every store's rates, write them down, warn."""

from __future__ import annotations

from reconciliation.standards import cases, readings
from reconciliation.standards.standing import judged, standings
from shipsync_site.lib import clock


def take() -> int:
    """Every judged store, one after the other; the rates counted."""
    now, total = clock.now(), 0
    for store in list(judged()):
        found = list(standings([store], now))
        cases.follow(found, now)
        total += readings.write_down(found, now)
    return total
