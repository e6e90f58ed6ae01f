"""Cancelled at the marketplace, and a parcel has a label all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import CharField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from orders.exception_kinds import Severity, Team
from orders.models import ShipmentLine, ShipStationOrder
from reconciliation.rules import RULES, Rule
from reconciliation.rules.cancelled_open import cancelled
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope, combined, labels_of, live_labels, own

# What is voided at once costs nothing.
GRACE = timedelta(hours=1)


def find(scope: Scope) -> Sequence[Rows]:
    """Cancelled orders with a label that stands: their own, or one with goods of theirs."""
    old = live_labels().filter(
        account=scope.store.shipstation_account, created_at__lt=scope.before(GRACE)
    )
    goods = ShipmentLine.objects.filter(
        order_line__order=OuterRef("pk"), shipment__in=old.values("pk")
    )
    alone = ~Exists(own(ShipStationOrder.objects.filter(combined())))
    number = Coalesce(
        Subquery(goods.values("shipment__tracking_number")[:1]),
        Subquery(labels_of(old).values("tracking_number")[:1]),
    )
    return [
        rows(
            cancelled(scope).filter(
                Exists(goods) | (Q(alone) & Exists(labels_of(old)))
            ),
            expected="not shipped, or its label voided",
            found=Concat(Value("label "), number, output_field=CharField()),
        )
    ]


RULES.register(
    Rule(
        code="cancelled_shipped",
        label="Cancelled, but shipped",
        team=Team.CS,
        severity=Severity.MONEY,
        owner_system="you",
        rank=25,
        joins=(
            "cancelled_after_label",
            "intercept_parcel",
            "label_to_void",
            "return_expected",
            "refund_due",
            "cancelled_in_combined",
            "goods_to_stock",
            "label_credit",
        ),
        sentence="Goods and postage are on their way to somebody who gets his money back.",
        explanation="Orders that the marketplace cancelled more than an hour ago and of "
        "which a label stands that is older than an hour: of their own record, or of a "
        "combined parcel that holds goods of theirs. Voided, return and test labels do "
        "not count, nor orders that a person said to keep.",
        find=find,
    )
)
