"""A day's checklist from its definition: made once, with the words of that day.

Only the schedule, the command and a person's button make runs: looking at a page does
not. A run keeps its own copy of the definition, so that a later change counts for later
days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from reconciliation.checklists import due
from reconciliation.models import Checklist, ChecklistRun, ChecklistTick
from shipsync_site.lib import clock
from stores.calendars import calendars
from stores.models import Store, StoreState

# Days that nobody made while nothing ran: those further back stay unmade.
CATCH_UP = timedelta(days=31)


def make_due(now: datetime | None = None) -> int:
    """Make the runs that are due up to today and not there yet; how many.

    None before a store is past its draft: there is nothing to look at.
    """
    now = now or clock.now()
    if not Store.objects.exclude(state=StoreState.DRAFT).exists():
        return 0
    missing = missing_days(Checklist.objects.filter(active=True), now)
    return sum(
        make(checklist, day) is not None
        for checklist, days in missing.items()
        for day in days
    )


def missing_days(
    checklists: Iterable[Checklist], now: datetime
) -> dict[Checklist, list[date]]:
    """By list, the due days up to today that have no run; those without any left out.

    They count from the day on which the list was saved as it is now, and that day only
    if its time had not come yet. A constant number of queries.
    """
    rows, closed = list(checklists), closed_days()
    runs = ChecklistRun.objects.filter(checklist__in=rows).order_by()
    last = dict(runs.values_list("checklist").annotate(Max("day")))
    found = {}
    for checklist in rows:
        plan = due.plan_of(checklist)
        today = due.today(plan, now)
        first = max(due.today(plan, checklist.updated_at), today - CATCH_UP)
        if checklist.pk in last:
            first = max(first, last[checklist.pk] + due.DAY)
        days = [
            day
            for day in due.due_days(plan, first, today, closed)
            if due.due_at(plan, day) > checklist.updated_at
        ]
        if days:
            found[checklist] = days
    return found


def make_missing(checklist: Checklist, now: datetime) -> list[ChecklistRun]:
    """Make what is due of one list and not there yet, unless it is switched off."""
    if not checklist.active:
        return []
    days = missing_days([checklist], now).get(checklist, [])
    return [run for day in days if (run := make(checklist, day))]


def closed_days() -> due.Closed:
    """Whether the calendar of all warehouses is closed on a day."""
    general = calendars().general
    return lambda day: general.span(day) is None


def make(checklist: Checklist, day: date) -> ChecklistRun | None:
    """The run of a day, with its items as they are now; None where there is one."""
    items = list(checklist.items.all())
    if not items:
        return None
    with transaction.atomic():
        run, made = ChecklistRun.objects.get_or_create(
            checklist=checklist,
            day=day,
            defaults={
                "due_at": due.due_at(due.plan_of(checklist), day),
                "frozen": {"definition": definition_of(checklist, day)},
            },
        )
        if not made:
            return None
        ChecklistTick.objects.bulk_create(
            ChecklistTick(
                run=run,
                item=item,
                position=position,
                text=item.text,
                help=item.help,
                check_code=item.check_code,
                limit=item.limit,
                needs_note=item.needs_note,
            )
            for position, item in enumerate(items)
        )
    return run


def definition_of(checklist: Checklist, day: date) -> dict[str, Any]:
    """What a run keeps of its list, items apart: plain JSON."""
    plan = due.plan_of(checklist)
    first, last = due.covered(plan, day)
    return {
        "name": checklist.name,
        "team": checklist.team,
        "due": due.in_words(plan),
        "zone": checklist.zone,
        "four_eyes": checklist.four_eyes,
        "covers": [first.isoformat(), last.isoformat()],
        # None: all stores, also those that come later that day.
        "stores": list(checklist.stores.order_by("name", "pk").values("pk", "name"))
        or None,
    }
