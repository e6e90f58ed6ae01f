"""We, or ShipStation, have an order that the marketplace does not know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat

from orders.exception_kinds import Severity, Team
from orders.models import Order
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope, live_records

# Reports are made with a delay.
GRACE = timedelta(hours=2)
LATER = ("pending", "waiting_acceptance")


def find(scope: Scope) -> Sequence[Rows]:
    """Orders of ours that its count leaves out, and records of no order at all."""
    named = scope.census().filter(remote_id=OuterRef("remote_id"))
    ours = scope.all_orders().filter(~Exists(named), ordered_at__lt=scope.before(GRACE))
    return [
        rows(
            ours.exclude(status__in=LATER),
            expected="counted by the marketplace",
            found="only here",
        ),
        *_records(scope),
    ]


def _records(scope: Scope) -> list[Rows]:
    """Records in the store's own ShipStation store that belong to nothing."""
    placed = [
        Q(
            store_id=span.shipstation_store_id,
            placed__gte=span.since,
            placed__lt=min(span.until, scope.before(GRACE)),
        )
        for span in scope.spans
        if span.ours
    ]
    if not placed or scope.silent:
        return []
    same = Q(number=OuterRef("order_number")) | Q(remote_id=OuterRef("order_number"))
    known = Order.objects.filter(
        same, store__shipstation_account=scope.store.shipstation_account
    )
    counted = scope.census().filter(remote_id=OuterRef("order_number"))
    strangers = (
        live_records()
        .filter(account=scope.store.shipstation_account, order=None)
        .annotate(placed=Coalesce("ordered_at", "created_at", "as_of"))
        .filter(reduce(or_, placed))
        .filter(~Exists(known), ~Exists(counted))
    )
    record = Cast("ss_order_id", CharField())
    return [
        rows(
            strangers,
            order=None,
            remote_id="order_number",
            placed_at="placed",
            cause=Concat(Value("record:"), record, output_field=CharField()),
            expected="an order of the marketplace",
            found=Concat(
                Value("only ShipStation's record "), record, output_field=CharField()
            ),
        )
    ]


RULES.register(
    Rule(
        code="unknown_to_marketplace",
        label="Unknown to the marketplace",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="marketplace",
        rank=70,
        needs_count=True,
        joins=("direct_ambiguous",),
        sentence="Something may be packed that nobody has bought.",
        explanation="Orders of ours that the marketplace's own count does not name two "
        "hours after they were placed; and records in the store's own ShipStation store "
        "whose number is none of ours and none of the marketplace's. They are no orders "
        "of the marketplace, so they are in none of its buckets.",
        find=find,
    )
)
