"""What was paid for an order, on the order's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.panels import Panel, register
from reconciliation.models import Finding, FindingState
from reconciliation.rules import RULES, rule_label
from reconciliation.settlements.shown import paid_of
from reconciliation.settlements.usual import usual_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from orders.models import Order

LOOK = "reconciliation.view_settlement"


def build(order: Order, user: AbstractBaseUser | AnonymousUser) -> Panel | None:
    """The lines of all settlements by currency; nothing for who may not see money."""
    if not user.has_perm(LOOK):  # type: ignore[union-attr]
        return None
    money = [rule.code for rule in RULES if rule.family == "money"]
    findings = Finding.objects.filter(
        order=order, state=FindingState.OPEN, rule__in=money
    ).order_by("rule", "pk")
    return Panel(
        template="reconciliation/settlements/_order.html",
        content={
            "paid": paid_of(order.pk),
            "findings": [(row, rule_label(row.rule)) for row in findings],
            "usual": usual_of(order.store.remote_account.marketplace),
        },
    )


def listen() -> None:
    """Be drawn on every order's page from now on."""
    register("reconciliation.paid", build)
