"""What django-q calls, by dotted name; each a few lines over a service."""

from __future__ import annotations

from datetime import timedelta

from reconciliation.checklists import looking, making, overdue
from reconciliation.models import ChecklistRun
from shipsync_site.lib import clock

# An older list is looked at when somebody opens it to sign: its day is over.
LOOKED_FOR = timedelta(hours=24)
# Between two looks by themselves; a person's button does not wait.
EVERY = timedelta(minutes=15)


def keep() -> int:
    """Make what is due, look at the checks of what is open, tell what is overdue.

    Returns the runs made.
    """
    now = clock.now()
    made = making.make_due(now)
    waiting = ChecklistRun.objects.filter(
        state__in=looking.LOOKED, due_at__gt=now - LOOKED_FOR
    ).exclude(ticks__looked_at__gt=now - EVERY)
    looking.look_all(waiting.order_by("due_at", "pk"), now)
    overdue.mark(now)
    return made
