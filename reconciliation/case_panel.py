"""The findings that a case stands for, on the case's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.panels import Panel, register_for_cases
from reconciliation.models import Finding, FindingState
from reconciliation.rules import RULES

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from orders.models import OrderException

LOOK = "reconciliation.view_finding"
SHOWN = 10


def build(case: OrderException, user: AbstractBaseUser | AnonymousUser) -> Panel | None:
    """The first open findings of a store's case, and the list of all of them."""
    rule = next((rule for rule in RULES if rule.kind == case.kind), None)
    if rule is None or case.store is None or not user.has_perm(LOOK):  # type: ignore[union-attr]
        return None
    rows = Finding.objects.filter(
        store=case.store, rule=rule.code, state=FindingState.OPEN
    )
    return Panel(
        template="reconciliation/_case_findings.html",
        content={
            "rule": rule,
            "store": case.store,
            "rows": rows.select_related("order", "settlement").order_by(
                "-days", "first_seen", "pk"
            )[:SHOWN],
            "count": rows.count(),
        },
    )


def listen() -> None:
    """Be drawn on every case's page from now on."""
    register_for_cases("reconciliation.findings", build)
