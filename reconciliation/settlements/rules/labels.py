"""Credits for void labels that settlements charged."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Count, IntegerField, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import Shipment
from reconciliation.models import LineKind
from reconciliation.settlements.rules import (
    MONEY_RULES,
    Found,
    MoneyRule,
    World,
)


def void_credit_missing(world: World) -> Iterator[Found]:
    """Labels charged for orders whose void ones have been waiting for too long."""
    if world.latest is None:
        return
    due = world.latest - world.usual.credits
    void = (
        Shipment.objects.filter(
            Q(order_key=OuterRef("order_key")) | Q(dispatches__order=OuterRef("pk")),
            voided=True,
            voided_at__lt=due,
            is_return=False,
            is_test=False,
        )
        .order_by()
        .values("account")
        .annotate(n=Count("pk", distinct=True))
        .values("n")[:1]
    )

    def count(kind: LineKind) -> Coalesce:
        rows = world.lines(kind).filter(order=OuterRef("pk")).values("order")
        return Coalesce(
            Subquery(
                rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()
            ),
            0,
        )

    charges = world.lines(LineKind.LABEL).filter(order=OuterRef("pk")).values("order")
    orders = (
        world.orders()
        .annotate(charged=count(LineKind.LABEL))
        .filter(charged__gt=0)
        .annotate(
            void=Coalesce(Subquery(void, output_field=IntegerField()), 0),
            credited=count(LineKind.LABEL_CREDIT),
            price=Subquery(charges.annotate(sum=Sum("amount")).values("sum")),
            line=Subquery(charges.annotate(last=Max("pk")).values("last")),
            paid_in=Subquery(
                charges.annotate(x=Max("settlement__currency")).values("x")
            ),
        )
        .filter(void__gt=0)
    )
    rows = orders.values(
        "pk", "store_id", "remote_id", "void", "charged", "credited", "price", "line",
        "paid_in",
    )  # fmt: skip
    for row in rows.iterator():
        missing = min(row["void"], row["charged"]) - row["credited"]
        if missing <= 0:
            continue
        each = -row["price"] / row["charged"]
        yield Found(
            store_id=row["store_id"],
            remote_id=row["remote_id"],
            order_id=row["pk"],
            expected=f"{row['void']} void labels credited",
            found=f"{row['charged']} labels charged, {row['credited']} credited",
            amount=(each * missing).quantize(Decimal("0.01")),
            currency=row["paid_in"],
            line_id=row["line"],
        )


MONEY_RULES.register(MoneyRule(code="void_credit_missing", find=void_credit_missing))
