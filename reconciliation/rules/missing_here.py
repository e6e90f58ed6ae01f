"""The marketplace counts an order that we never imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from orders.exception_kinds import Severity, Team
from orders.models import Order
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope

# Lists are read every few minutes, and a sweep a day finds what a window lost: an order
# that is missing for so long was lost.
GRACE = timedelta(hours=1)
# Not imported for as long as they stand so.
LATER = ("pending", "waiting_acceptance")


def find(scope: Scope) -> Sequence[Rows]:
    """Counted orders that have no row of ours."""
    ours = Order.objects.filter(store=scope.store, remote_id=OuterRef("remote_id"))
    named = scope.census().filter(~Exists(ours)).exclude(status__in=LATER)
    named = named.filter(Q(ordered_at=None) | Q(ordered_at__lt=scope.before(GRACE)))
    return [
        rows(
            named.annotate(placed=Coalesce(F("ordered_at"), Value(scope.since))),
            order=None,
            placed_at="placed",
            expected="imported",
            found="not here",
        )
    ]


RULES.register(
    Rule(
        code="missing_here",
        label="Not imported",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="us",
        rank=10,
        needs_count=True,
        sentence="The marketplace has an order that never came in here.",
        explanation="Each order that the marketplace's own count names is looked for "
        "among ours, an hour after it was placed. One that waits for payment, or for our "
        "yes, is not missed before it is ours.",
        find=find,
    )
)
