"""The marketplace wants it shipped, and ShipStation has nothing to ship."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Case, Exists, OuterRef, Q, Value, When

from orders.exception_kinds import Severity, Team
from orders.models import OrderLine, ShipStationOrder
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import (
    WANTED,
    Scope,
    absorbed,
    live_records,
    own,
)

# A push takes minutes, and is tried again for longer before a person is asked.
GRACE = timedelta(hours=1)


def find(scope: Scope) -> Sequence[Rows]:
    """Orders to be shipped without a record that stands, both sides read since."""
    if scope.read_at is None:
        return []  # absence counts only from a read
    seen = min(scope.read_at, scope.now)
    arrives = seen - scope.policy.arrives_within - GRACE
    due = (scope.placed("orchestrated") & Q(imported_at__lt=seen - GRACE)) | (
        scope.placed("direct") & Q(imported_at__lt=arrives)
    )
    asked = OrderLine.objects.filter(order=OuterRef("pk"), cancel_requested=True)
    missing = scope.orders().filter(
        due,
        ~Exists(own(live_records())),
        ~Exists(own(ShipStationOrder.objects.filter(absorbed()))),
        ~Exists(asked),
        status__in=WANTED,
    )
    if scope.counted:
        missing = missing.filter(~scope.counted_as("cancelled", "shipped"))
    there = ShipStationOrder.objects.all()
    found = Case(
        When(
            Exists(own(there.filter(gone_at__isnull=False))),
            then=Value("deleted there"),
        ),
        When(Exists(own(there)), then=Value("cancelled there")),
        default=Value("not there"),
    )
    return [rows(missing, expected="in ShipStation", found=found)]


RULES.register(
    Rule(
        code="missing_in_shipstation",
        label="Missing in ShipStation",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="us",
        rank=15,
        joins=(
            "push_refused",
            "address_incomplete",
            "order_unpushable",
            "order_without_lines",
            "unknown_value",
            "sku_unknown",
            "customs_incomplete",
            "already_in_shipstation",
            "sync_stuck",
            "deleted_in_shipstation",
            "cancelled_in_shipstation",
            "reopened_after_cancel",
            "merged_lost",
            "left_behind",
            "not_on_shelf",
            "direct_never_arrived",
            "direct_ambiguous",
            "direct_gone",
            "tax_number_missing",
            "tax_scheme_unknown",
            "tax_number_malformed",
            "tax_wrong_destination",
            "tax_over_limit",
            "tax_value_unknown",
            "tax_own_number",
            "tax_rule_broken",
        ),
        sentence="The buyer waits, and nobody in the warehouse knows of it.",
        explanation="Each order that the marketplace wants shipped is looked for among "
        "ShipStation's records an hour after it came in (where ShipStation imports by "
        "itself: an hour after its time for that). A record that was deleted or "
        "cancelled there does not count; one that was combined into another does.",
        find=find,
    )
)
