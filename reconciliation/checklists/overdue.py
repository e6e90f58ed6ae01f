"""Lists that nobody signed in time: a case for the list's team, until it is signed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from orders.triage import open_store_case
from reconciliation.models import ChecklistRun, ChecklistState
from shipsync_site.lib import clock
from shipsync_site.lib.zones import zone

KIND = "checklist_overdue"
WAITING = (ChecklistState.OPEN, ChecklistState.HALF_SIGNED)


def scope_name(run: ChecklistRun) -> str:
    """What the case stands for: the list; its cause is the day."""
    return f"checklist:{run.checklist_id}"


def mark(now: datetime | None = None) -> int:
    """Open a case for each list that is overdue; how many there were.

    One that waits for its second signature keeps its state, and its case is seen again
    each time; the others are missed from then on, until somebody signs late.
    """
    now = now or clock.now()
    rows = ChecklistRun.objects.filter(state__in=WAITING, due_at__lte=now)
    return sum(_tell(run.pk) for run in rows.only("pk").order_by("due_at", "pk"))


def _tell(pk: int) -> bool:
    with transaction.atomic():
        run = ChecklistRun.objects.select_for_update().get(pk=pk)
        if run.state not in WAITING:
            return False
        half = run.state == ChecklistState.HALF_SIGNED
        definition = run.frozen["definition"]
        still = run.ticks.filter(ticked_at=None).count()
        there = run.due_at.astimezone(zone(definition["zone"]))
        rest = (
            f"signed by {run.signed_as}, waits for a second person"
            if half
            else f"{still} open {'item' if still == 1 else 'items'}"
            if still
            else "all ticked, not signed"
        )
        open_store_case(
            scope_name(run),
            KIND,
            run.day.isoformat(),
            f"{definition['name']} of {run.day.day} {run.day:%b} was due at "
            f"{there:%H:%M} ({definition['zone']}): {rest}",
            context={
                "checklist": definition["name"],
                "day": run.day.isoformat(),
                "page": reverse("reconciliation:checklist_run", args=[run.pk]),
                "page_name": "Open the checklist",
            },
            deadline=run.due_at,
            team=definition["team"],
        )
        if not half:
            run.state = ChecklistState.MISSED
            run.save(update_fields=["state"])
    return True
