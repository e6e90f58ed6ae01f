"""Who gets which page of reconciliation, and what its URLs are made of."""

from __future__ import annotations

from typing import Any

from stores.models import Store
from tests.permissions import checklists, settlements, standards
from tests.permissions.row import CS, FINANCE, LEADS, LOOKERS, RECONCILERS, Row
from tests.reconciliation.factories import make_finding, make_run, make_schedule

ROWS: tuple[Row, ...] = (
    # Runs, findings, closed days
    Row(name="reconciliation:runs", roles=LOOKERS),
    Row(name="reconciliation:run_start", roles=RECONCILERS, method="post", status=422),
    Row(name="reconciliation:run", roles=LOOKERS, args=("run",)),
    Row(
        name="reconciliation:run_cancel",
        roles=RECONCILERS,
        args=("run",),
        method="post",
        status=302,
    ),
    Row(
        name="reconciliation:run_go_on",
        roles=RECONCILERS,
        args=("run",),
        method="post",
        status=302,
    ),
    Row(name="reconciliation:run_rows", roles=LOOKERS, args=("run", "slug", "bucket")),
    Row(name="reconciliation:findings", roles=LOOKERS),
    Row(
        name="reconciliation:findings_accept",
        roles=RECONCILERS,
        method="post",
        status=422,
    ),
    Row(
        name="reconciliation:findings_reopen",
        roles=RECONCILERS,
        method="post",
        status=302,
    ),
    Row(name="reconciliation:finding", roles=LOOKERS, args=("finding",)),
    Row(
        name="reconciliation:finding_accept",
        roles=RECONCILERS,
        args=("finding",),
        method="post",
        status=422,
    ),
    Row(
        name="reconciliation:finding_reopen",
        roles=RECONCILERS,
        args=("finding",),
        method="post",
        status=302,
    ),
    # Exports
    Row(name="reconciliation:exports", roles=LOOKERS),
    Row(name="reconciliation:export", roles=LOOKERS, args=("report",)),
    Row(name="reconciliation:export_csv", args=("report",)),
    Row(
        name="reconciliation:export_unmasked",
        roles=CS,
        args=("buyers",),
        method="post",
    ),
    Row(name="reconciliation:export_log", roles=LEADS),
    Row(name="reconciliation:schedules", roles=FINANCE),
    Row(name="reconciliation:schedule_create", roles=FINANCE),
    Row(name="reconciliation:schedule", roles=FINANCE, args=("schedule",)),
    Row(
        name="reconciliation:schedule_send",
        roles=FINANCE,
        args=("schedule",),
        method="post",
        status=302,
    ),
    # Gone with the first who may.
    Row(
        name="reconciliation:schedule_delete",
        roles=FINANCE,
        args=("nothing",),
        method="post",
        status=404,
    ),
    Row(name="reconciliation:periods", roles=LOOKERS),
    Row(
        name="reconciliation:period_close",
        roles=FINANCE,
        method="post",
        data={"store": "amazon-uk"},
        status=302,
    ),
    Row(
        name="reconciliation:period_reopen",
        roles=FINANCE,
        method="post",
        data={"store": "amazon-uk"},
        status=302,
    ),
    *checklists.ROWS,
    *settlements.ROWS,
    *standards.ROWS,
)


def values(orders: dict[str, Any]) -> dict[str, Any]:
    """What the rows' ``args`` name, beside ``orders``: primary keys, slugs, codes."""
    store = Store.objects.get(slug=orders["slug"])
    return {
        "run": make_run([store]).pk,
        "bucket": "agrees",
        "report": "orders",
        "buyers": "buyers",
        "schedule": make_schedule().pk,
        "finding": make_finding(store).pk,
        **checklists.values(),
        **settlements.values(store),
        **standards.values(),
    }
