"""Who gets which page of checklists; the list of the rows is the ops team's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconciliation.models import Checklist
from shipsync_site.lib import clock
from tests.permissions.row import LEADS, LOOKERS, OPS, Row
from tests.reconciliation.checklists.build import make_checklist, make_day

RUN, LIST = ("checklist_run",), ("checklist",)


def post(name: str, args: tuple[str, ...], status: int, **fields: Any) -> Row:
    roles = fields.pop("roles", OPS)
    return Row(
        name=f"reconciliation:{name}",
        args=args,
        roles=roles,
        method="post",
        status=status,
        **fields,
    )


ROWS: tuple[Row, ...] = (
    Row(name="reconciliation:checklists", roles=LOOKERS),
    Row(name="reconciliation:checklist_calendar", roles=LOOKERS),
    Row(name="reconciliation:checklist_month_csv", roles=LOOKERS),
    Row(name="reconciliation:checklist_lists", roles=LOOKERS),
    Row(name="reconciliation:checklist_run", roles=LOOKERS, args=RUN),
    Row(name="reconciliation:checklist_changed", roles=LOOKERS, args=RUN),
    Row(name="reconciliation:checklist_print", roles=LOOKERS, args=RUN),
    Row(name="reconciliation:checklist_csv", roles=LOOKERS, args=RUN),
    # The team's people and leads; what they send here is not what is on the list.
    post("checklist_look", RUN, 302),
    post("checklist_tick", (*RUN, "checklist_tick"), 409),
    post("checklist_sign", RUN, 409),
    post("checklist_back", RUN, 409),
    post("checklist_make", LIST, 302),
    Row(name="reconciliation:checklist_create", roles=LEADS),
    Row(name="reconciliation:checklist_define", roles=LEADS, args=LIST),
    post("checklist_switch", LIST, 302, roles=LEADS, data={"active": "1"}),
    # It was worked: refused in a sentence.
    post("checklist_delete", LIST, 302, roles=LEADS),
)


def values() -> dict[str, Any]:
    """A list of ops with the run of today."""
    checklist = make_checklist(name="Ops: a list", team="ops", items=["Look"])
    # As of yesterday: what is due today is there, so that nothing is left to make.
    Checklist.objects.update(updated_at=clock.now() - timedelta(days=1), active=False)
    run = make_day(checklist)
    tick = run.ticks.get()
    return {
        "checklist": checklist.pk,
        "checklist_run": run.pk,
        "checklist_tick": tick.pk,
    }
