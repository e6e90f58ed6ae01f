"""ShipStation shows other customs lines than we wrote."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from orders.exception_kinds import Severity, Team
from orders.models import ShipStationOrder
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope


def find(scope: Scope) -> Sequence[Rows]:
    """Records whose first reading after our write showed other customs lines."""
    orders = scope.orchestrated().filter(status__in=(*WANTED, "shipped"))
    lost = ShipStationOrder.objects.filter(order__in=orders, gone_at=None)
    return [
        rows(
            lost.exclude(customs_lost="").exclude(status="cancelled"),
            order="order_id",
            remote_id="order__remote_id",
            placed_at="order__ordered_at",
            expected="the customs lines that we wrote",
            found=F("customs_lost"),
        )
    ]


RULES.register(
    Rule(
        code="customs_overwritten",
        label="Customs data overwritten",
        team=Team.OPS,
        severity=Severity.STUCK,
        owner_system="shipstation",
        rank=45,
        joins=("customs_incomplete",),
        case_kind="reconciled_customs",
        sentence="The label declares something else than what we know of the goods.",
        explanation="The customs lines that we wrote with an order against those of the "
        "first reading after it. What we left open may be filled by ShipStation; its "
        "setting for customs declarations may replace the rest with its own product "
        "data.",
        find=find,
    )
)
