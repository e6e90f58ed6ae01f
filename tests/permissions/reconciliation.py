"""Who gets which page of reconciliation, and what its URLs are made of."""

from __future__ import annotations

from typing import Any

from stores.models import Store
from tests.permissions import checklists
from tests.permissions.row import FINANCE, LOOKERS, RECONCILERS, Row
from tests.reconciliation.factories import make_finding, make_run

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
)


def values(orders: dict[str, Any]) -> dict[str, Any]:
    """What the rows' ``args`` name, beside ``orders``: primary keys, slugs, codes."""
    store = Store.objects.get(slug=orders["slug"])
    return {
        "run": make_run([store]).pk,
        "bucket": "agrees",
        "finding": make_finding(store).pk,
        **checklists.values(),
    }
