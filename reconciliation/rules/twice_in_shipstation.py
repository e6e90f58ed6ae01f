"""One order stands in ShipStation more than once: two parcels may leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import CharField, Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from orders.exception_kinds import Severity, Team
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import Scope, decided, live_records, own

# A record that was typed in by mistake is often taken away at once.
GRACE = timedelta(minutes=30)


def find(scope: Scope) -> Sequence[Rows]:
    """Two records of its own that are no parts of one, or somebody's of its number."""
    account = scope.store.shipstation_account
    old = Q(created_at=None) | Q(created_at__lt=scope.before(GRACE))
    whole = live_records().filter(account=account, parent_id=None)
    doubled = (
        whole.filter(old, order__isnull=False)
        .values("order")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
        .values("order")
        .order_by()
    )
    strangers = live_records().filter(old, account=account, order=None)
    same = strangers.filter(order_number=OuterRef("number"))
    orders = scope.orders()
    beside = orders.filter(
        Exists(own(live_records())),
        ~decided("push_beside"),
        number__in=strangers.values("order_number"),
    ).exclude(pk__in=doubled)
    last = own(whole).order_by("-ss_order_id").values("ss_order_id")[:1]
    return [
        rows(
            orders.filter(pk__in=doubled),
            expected="one record",
            found=_named("several records of it, the last ", Subquery(last)),
        ),
        rows(
            beside,
            expected="one record",
            found=_named(
                "somebody's beside ours: ",
                Subquery(same.order_by("-ss_order_id").values("ss_order_id")[:1]),
            ),
        ),
    ]


def _named(text: str, number: Subquery) -> Concat:
    return Concat(Value(text), Cast(number, CharField()), output_field=CharField())


RULES.register(
    Rule(
        code="twice_in_shipstation",
        label="Twice in ShipStation",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="shipstation",
        rank=20,
        joins=(
            "duplicate_in_shipstation",
            "direct_arrived_twice",
            "already_in_shipstation",
        ),
        sentence="Two records of one order can become two parcels.",
        explanation="Records of an order that are neither cancelled nor deleted are "
        "counted. Parts of a split are one, records that were combined stand for each of "
        "their orders. Somebody else's record with the order's number counts too, unless "
        "a person said that ours goes beside it.",
        find=find,
    )
)
