"""The marketplace accepted a confirmation, and nothing shows that it kept it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Concat

from orders.exception_kinds import Severity, Team
from orders.models import Dispatch, Order, Rung
from reconciliation.rules import RULES, Rule
from reconciliation.rules.json_sql import shows_tracking
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope

# Lists show what was confirmed within minutes; a straggler is read by itself.
GRACE = timedelta(hours=3)


def find(scope: Scope) -> Sequence[Rows]:
    """Dispatches that stay on 'accepted' or 'sent' of orders that are open there."""
    old = scope.before(GRACE)
    waiting = scope.orders().filter(status__in=WANTED)
    late = Q(rung=Rung.ACCEPTED, accepted_at__lt=old) | Q(
        rung=Rung.SENT, sent_at__lt=old
    )
    shown = Order.objects.filter(
        shows_tracking("packages", OuterRef("shipment__tracking_number")),
        pk=OuterRef("order"),
    )
    dispatches = Dispatch.objects.filter(
        late,
        ~Exists(shown),
        order__in=waiting,
        shipment__voided=False,
    )
    said = Case(
        When(rung=Rung.SENT, then=Value("sent, no answer known")),
        default=Value("accepted, not shown"),
        output_field=CharField(),
    )
    return [
        rows(
            dispatches,
            order="order_id",
            remote_id="order__remote_id",
            placed_at="order__ordered_at",
            cause=Concat(Value("parcel:"), F("package_ref"), output_field=CharField()),
            expected=Concat(
                Value("the marketplace shows "),
                F("shipment__tracking_number"),
                output_field=CharField(),
            ),
            found=said,
        )
    ]


RULES.register(
    Rule(
        code="not_read_back",
        label="Accepted, but not read back",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="marketplace",
        rank=55,
        joins=("confirm_not_honoured", "confirm_refused", "sync_stuck"),
        sentence="We said that it left; the marketplace may still count it as late.",
        explanation="Confirmations that were accepted (or sent, with the answer lost) "
        "three hours ago, while the order is still open at the marketplace and its "
        "parcels do not name our tracking number.",
        find=find,
    )
)
