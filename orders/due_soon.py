"""Orders that have to be packed soon, in the calendar of their own warehouse."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from stores.calendars import Calendars, calendars, reached

ACCOUNT = "store__shipstation_account"


def due_by(moment: datetime, known: Calendars | None = None) -> Q:
    """Orders with a ship-by whose last moment that helps is not after ``moment``.

    A condition on ship-by alone, one bound per calendar: an index answers it.
    """
    found = known or calendars()
    bound = Q(ship_by__lte=reached(moment, found.general))
    if not found.own:
        return bound
    own = Q()
    for account, calendar in found.own.items():
        own |= Q(**{ACCOUNT: account}, ship_by__lte=reached(moment, calendar))
    return own | (bound & ~Q(**{f"{ACCOUNT}__in": list(found.own)}))
