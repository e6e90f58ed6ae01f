"""Nothing is heard of a store any more: what it sells now is compared with nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Value

from orders.exception_kinds import Severity, Team
from reconciliation.models import RunStore
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope
from stores.models import StoreState

# Lists are read every few minutes; a quota that was used up clears within the hour.
GRACE = timedelta(hours=2)


def find(scope: Scope) -> Sequence[Rows]:
    """The store itself, when neither its list nor ShipStation's was read for hours."""
    if scope.store.state not in (StoreState.LIVE, StoreState.SHADOW):
        return []
    old = scope.before(GRACE)
    part = RunStore.objects.filter(pk=scope.run_store.pk)
    said = {
        "orders": ("its orders read", scope.store.last_pull_at),
        "shipstation": ("ShipStation's orders read", scope.read_at),
    }
    return [
        rows(
            part,
            order=None,
            remote_id=Value(""),
            placed_at=Value(None),
            cause=cause,
            expected=f"{expected} every few minutes",
            found=f"last {last:%d %b %Y %H:%M} UTC" if last else "never",
        )
        for cause, (expected, last) in said.items()
        if last is None or last < old
    ]


RULES.register(
    Rule(
        code="store_silent",
        label="Store silent",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="marketplace",
        rank=5,
        whole_store=True,
        case_kind="reconciled_store_silent",
        sentence="What is sold and cancelled meanwhile is seen by nobody.",
        explanation="A store that runs, or is in shadow, whose orders were not read for "
        "two hours, or whose ShipStation account was not. It stands for the store, not "
        "for an order: the rest of the comparison is only as good as the last reading.",
        find=find,
    )
)
