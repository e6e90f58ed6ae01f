"""What runs by the clock: nudges and upkeep, never the work itself.

The rows of django-q2's Schedule table are made from this list only. One row that it
can't read stops all others (its scheduler evaluates their arguments inside one
transaction), so rows that are not listed here are taken away.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django_q.models import Schedule

from shipsync_site.lib import clock

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One schedule: a function without arguments, every so many minutes."""

    name: str
    function: str
    minutes: int


SCHEDULES = (
    Planned(name="tick", function="orders.tasks.tick", minutes=1),
    Planned(name="alerts", function="orders.tasks.alerts", minutes=1),
    Planned(name="carriers", function="orders.tasks.carriers", minutes=5),
    Planned(name="watch", function="orders.tasks.watch", minutes=1),
    Planned(name="quiet", function="orders.tasks.quiet_stores", minutes=5),
    Planned(name="hours", function="orders.tasks.hours", minutes=60),
    Planned(name="upkeep", function="orders.tasks.upkeep", minutes=60),
    Planned(
        name="sessions", function="shipsync_site.security.tasks.upkeep", minutes=60
    ),
    Planned(name="webhooks", function="stores.tasks.webhooks", minutes=30),
    Planned(name="queues", function="orders.tasks.queues", minutes=60),
    Planned(
        name="checklists", function="reconciliation.checklists.tasks.keep", minutes=5
    ),
    Planned(
        name="standards", function="reconciliation.standards.tasks.take", minutes=60
    ),
    Planned(name="expiries", function="orders.tasks.expiries", minutes=360),
    Planned(name="reconcile", function="reconciliation.tasks.runs", minutes=30),
)


def ensure_schedules() -> int:
    """Make the table say exactly what SCHEDULES says; returns the rows changed.

    Idempotent and safe in several processes; a row that is right keeps its next run.
    """
    changed = 0
    wanted = {plan.name: plan for plan in SCHEDULES}
    with transaction.atomic():
        for row in Schedule.objects.select_for_update().order_by("pk"):
            plan = wanted.get(row.name or "")
            if plan and _matches(row, plan):
                del wanted[plan.name]
                continue
            logger.warning(
                "schedule=%s func=%s is not as planned: removed", row.name, row.func
            )
            row.delete()
            changed += 1
        for plan in wanted.values():
            Schedule.objects.create(
                name=plan.name,
                func=plan.function,
                schedule_type=Schedule.MINUTES,
                minutes=plan.minutes,
                repeats=-1,
                next_run=clock.real_now() + timedelta(minutes=plan.minutes),
            )
            changed += 1
    return changed


def _matches(row: Schedule, plan: Planned) -> bool:
    return bool(
        row.func == plan.function
        and row.schedule_type == Schedule.MINUTES
        and row.minutes == plan.minutes
        and row.repeats == -1
        and not (row.args or row.kwargs or row.hook or row.cluster)
        and row.next_run is not None
    )
