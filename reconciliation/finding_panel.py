"""What reconciliation found of an order, on its page and that of a case it joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from orders.panels import Panel, register, register_for_cases
from reconciliation.models import Finding, FindingState
from reconciliation.rules import RULES, rule_label

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from orders.models import Order, OrderException

LOOK = "reconciliation.view_finding"
SHOWN = 10


def of_case(
    case: OrderException, user: AbstractBaseUser | AnonymousUser
) -> Panel | None:
    """The open findings that joined an order's own case, longest seen first."""
    if case.order_id is None:
        return None
    rows = Finding.objects.filter(case=case, state=FindingState.OPEN)
    return _panel(rows, user, f"case={case.pk}")


def of_order(order: Order, user: AbstractBaseUser | AnonymousUser) -> Panel | None:
    """The open findings of an order; those of its money have a panel of their own."""
    money = [rule.code for rule in RULES if rule.family == "money"]
    rows = Finding.objects.filter(order=order, state=FindingState.OPEN)
    return _panel(rows.exclude(rule__in=money), user, f"q={order.number}")


def _panel(
    rows: QuerySet[Finding], user: AbstractBaseUser | AnonymousUser, query: str
) -> Panel | None:
    if not user.has_perm(LOOK):  # type: ignore[union-attr]
        return None
    listed = rows.select_related("order").order_by("-days", "first_seen", "pk")
    found = list(listed[: SHOWN + 1])
    if not found:
        return None
    return Panel(
        template="reconciliation/_finding_panel.html",
        content={
            "rows": [(row, rule_label(row.rule)) for row in found[:SHOWN]],
            "total": len(found) if len(found) <= SHOWN else rows.count(),
            "query": query,
        },
    )


def listen() -> None:
    """Be drawn on every order's page, and its cases', from now on."""
    register("reconciliation.findings", of_order)
    register_for_cases("reconciliation.joined", of_case)
