"""A record is on hold, and nothing is left to hold it for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from orders.exception_kinds import Severity, Team
from orders.models import CaseState, OrderException, OrderLine
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope, combined, live_records
from shipsync_site.lib.zones import zone

# Ours are renewed or let go within minutes; somebody else's is his affair for a while.
GRACE = timedelta(hours=24)
NEAR = timedelta(hours=24)
# A case that does not explain a hold, but only tells of it.
TELLS = ("held_in_shipstation", "overdue", "payload_warning")


def find(scope: Scope) -> Sequence[Rows]:
    """Held for a day without a request to cancel or a case that explains it."""
    today = scope.now.astimezone(zone(scope.store.timezone)).date()
    asked = OrderLine.objects.filter(order=OuterRef("order"), cancel_requested=True)
    explained = OrderException.objects.filter(
        order=OuterRef("order"), state=CaseState.OPEN
    ).exclude(kind__in=TELLS)
    held = live_records().filter(
        ~combined(),
        ~Exists(asked),
        ~Exists(explained),
        status="on_hold",
        modified_at__lt=scope.before(GRACE),
        order__in=scope.orders().filter(status__in=WANTED),
    )
    ours = Q(held_by_us=True)
    over = Q(hold_until=None) | Q(hold_until__lte=today)
    near = Q(order__ship_by=None) | Q(order__ship_by__lt=scope.now + NEAR)
    return [
        rows(
            held.filter(ours | (over & near)),
            order="order_id",
            remote_id="order__remote_id",
            placed_at="order__ordered_at",
            expected="released",
            found=Case(
                When(held_by_us=True, then=Value("held by us for more than a day")),
                default=Value("held by somebody else, and its ship-by is near"),
                output_field=CharField(),
            ),
        )
    ]


RULES.register(
    Rule(
        code="stale_hold",
        label="Stale hold",
        team=Team.OPS,
        severity=Severity.STUCK,
        owner_system="shipstation",
        rank=65,
        joins=TELLS,
        sentence="Nobody packs it, and nobody decides about it.",
        explanation="Records on hold for more than a day of orders that the marketplace "
        "wants, without a request to cancel and without an open case that explains the "
        "hold. Somebody else's hold counts once its date is over and the ship-by is less "
        "than a day off.",
        find=find,
    )
)
