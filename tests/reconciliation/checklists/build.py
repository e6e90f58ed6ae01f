"""Checklists and their runs for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from reconciliation.checklists import due, making
from reconciliation.models import Checklist, ChecklistItem, ChecklistRun
from shipsync_site.lib import clock
from stores.models import Store
from tests.orders.factories import next_number


def make_checklist(
    *,
    items: Sequence[str | dict[str, Any]] | None = None,
    stores: tuple[Store, ...] = (),
    **fields: Any,
) -> Checklist:
    """A daily list of ops, due by 23:59 in London; an item is its text or its fields."""
    defaults: dict[str, Any] = {
        "name": f"List {next_number()}",
        "team": "ops",
        "cadence": "daily",
        "due_time": time(23, 59),
    }
    row = Checklist.objects.create(**(defaults | fields))
    row.stores.set(stores)
    for position, item in enumerate(items or ["Look"]):
        values = {"text": item} if isinstance(item, str) else item
        ChecklistItem.objects.create(checklist=row, position=position, **values)
    return row


def make_day(checklist: Checklist, day: date | None = None) -> ChecklistRun:
    """The list's run of a day, today by default."""
    day = day or due.today(due.plan_of(checklist), clock.now())
    run = making.make(checklist, day)
    assert run is not None
    return run


def saved_before(checklist: Checklist, days: int) -> None:
    """As if it had been saved so many days ago: runs are made from then on."""
    Checklist.objects.filter(pk=checklist.pk).update(
        updated_at=clock.now() - timedelta(days=days)
    )
    checklist.refresh_from_db()
