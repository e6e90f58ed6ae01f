"""What django-q calls, by dotted name; each a few lines over a service."""

from __future__ import annotations

from reconciliation.runs import schedule


def runs() -> int:
    """Start the day's and the month's runs; keep findings and periods; runs started."""
    return schedule.look_after()
