"""The marketplace took a confirmation and refused it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import CharField, F, Value
from django.db.models.functions import Concat

from orders.exception_kinds import Severity, Team
from orders.models import Dispatch, Rung
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope

GRACE = timedelta(hours=1)


def find(scope: Scope) -> Sequence[Rows]:
    """Dispatches that stand refused although they were accepted once."""
    refused = Dispatch.objects.filter(
        order__in=scope.orders().exclude(status="cancelled"),
        rung=Rung.REFUSED,
        accepted_at__isnull=False,
        rung_at__lt=scope.before(GRACE),
        shipment__voided=False,
    )
    return [
        rows(
            refused,
            order="order_id",
            remote_id="order__remote_id",
            placed_at="order__ordered_at",
            cause=Concat(Value("parcel:"), F("package_ref"), output_field=CharField()),
            expected=Concat(
                F("sent_carrier"),
                Value(" "),
                F("sent_tracking"),
                output_field=CharField(),
            ),
            found="refused after it was accepted",
        )
    ]


RULES.register(
    Rule(
        code="refused_later",
        label="Carrier refused later",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="marketplace",
        rank=52,
        joins=("confirm_refused", "carrier_unmapped", "confirm_not_honoured"),
        sentence="It counted as confirmed, and does not any more.",
        explanation="Confirmations that the marketplace accepted first and refused "
        "afterwards, for the carrier or the number, an hour later and with the label "
        "still standing.",
        find=find,
    )
)
