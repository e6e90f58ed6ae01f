"""What django-q calls for sessions, by dotted name."""

from __future__ import annotations

from shipsync_site.security import sessions


def upkeep() -> int:
    """Drop sessions past their lifetime; returns how many rows went."""
    return sessions.clear_old()
