"""The marketplace counts an order that we never imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from orders.exception_kinds import Severity, Team
from orders.models import Order
from reconciliation.models import CensusRow
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope
from stores.models import StoreState

# Lists are read every few minutes, and a sweep a day finds what a window lost: an order
# that is missing for so long was lost.
GRACE = timedelta(hours=1)
# Not imported for as long as they stand so.
LATER = ("pending", "waiting_acceptance")


def unread(scope: Scope) -> QuerySet[CensusRow]:
    """Counted orders that have no row of ours."""
    ours = Order.objects.filter(store=scope.store, remote_id=OuterRef("remote_id"))
    return scope.census().filter(~Exists(ours))


def find(scope: Scope) -> Sequence[Rows]:
    """Those of them that should have come in by now."""
    if scope.store.state == StoreState.DRAFT:
        return []
    due = Q(ordered_at=None) | (owed(scope) & Q(ordered_at__lt=scope.before(GRACE)))
    named = unread(scope).filter(due, not_ours="").exclude(status__in=LATER)
    return [
        rows(
            named.annotate(placed=Coalesce(F("ordered_at"), Value(scope.since))),
            order=None,
            placed_at="placed",
            expected="imported",
            found="not here",
        )
    ]


def owed(scope: Scope) -> Q:
    """Of CensusRow: placed while the store was set up here, and ours to watch."""
    ours = Q(pk__in=[])
    for span in scope.spans:
        if span.ours:
            ours |= Q(ordered_at__gte=span.since, ordered_at__lt=span.until)
    return ours & Q(ordered_at__gte=scope.store.created_at)


def reason(scope: Scope) -> Case:
    """Of CensusRow without a row of ours: why it is not missed; '' where it is."""
    return Case(
        When(~Q(not_ours=""), then=F("not_ours")),
        When(status="pending", then=Value("not_payable")),
        When(status="waiting_acceptance", then=Value("not_accepted")),
        When(ordered_at=None, then=Value("")),
        When(ordered_at__lt=scope.store.created_at, then=Value("before_store")),
        When(~owed(scope), then=Value("other_route")),
        When(
            Q(pk__isnull=scope.store.state != StoreState.DRAFT),
            then=Value("silent_store"),
        ),
        When(ordered_at__gte=scope.before(GRACE), then=Value("just_placed")),
        default=Value(""),
        output_field=CharField(),
    )


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
