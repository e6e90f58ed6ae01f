"""What was paid against what has left, and what has left against what was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

from orders.models import Decision, Order, OrderLine, Verb
from reconciliation.models import LineKind, SettlementLine
from reconciliation.settlements.parcels import left_at, standing, units_left
from reconciliation.settlements.rules import (
    MONEY_RULES,
    ZERO,
    Found,
    MoneyRule,
    World,
    plain,
    units,
)

CANCELLED = "cancelled"
# Without a ship-by: an order is late when it is older than this.
LATE = timedelta(days=7)


def _overdue(world: World) -> QuerySet[Order]:
    late = Q(ship_by__lt=world.now) | Q(ship_by=None, ordered_at__lt=world.now - LATE)
    given_up = Decision.objects.filter(order=OuterRef("pk"), verb=Verb.CANCEL_MARKET)
    return (
        world.orders()
        .filter(late, ~Exists(given_up), not_ours="")
        .exclude(status=CANCELLED)
    )


def paid_not_dispatched(world: World) -> Iterator[Found]:
    """Whole orders without a parcel, and lines of which less has left than was paid."""
    yield from _orders_without_parcel(world)
    yield from _lines_short(world)


def _orders_without_parcel(world: World) -> Iterator[Found]:
    sums = (
        world.lines(LineKind.SALE, LineKind.REFUND)
        .filter(order=OuterRef("pk"), fulfilled_by_marketplace=False)
        .values("order")
        .annotate(net=Sum("amount"))
    )
    sale = world.lines(LineKind.SALE).filter(order=OuterRef("pk")).order_by("-pk")
    orders = (
        _overdue(world)
        .annotate(left_at=left_at())
        .filter(left_at=None)
        .annotate(
            net=Subquery(sums.values("net")),
            sale=Subquery(sale.values("pk")[:1]),
            paid_in=Subquery(sale.values("settlement__currency")[:1]),
        )
        .filter(net__gt=0, sale__isnull=False)
    )
    for row in orders.values(
        "pk", "store_id", "remote_id", "net", "sale", "paid_in"
    ).iterator():
        yield Found(
            store_id=row["store_id"],
            remote_id=row["remote_id"],
            order_id=row["pk"],
            expected="a parcel that has left",
            found=f"none, and {plain(row['net'], row['paid_in'])} paid for its goods",
            amount=-row["net"],
            currency=row["paid_in"],
            line_id=row["sale"],
        )


def _lines_short(world: World) -> Iterator[Found]:
    """Only in orders of which something left by our own dispatches."""
    paid = (
        world.lines(LineKind.SALE)
        .filter(order_line=OuterRef("pk"), quantity__isnull=False)
        .values("order_line")
        .annotate(
            units=units(),
            net=Sum("amount"),
            last=Max("pk"),
            currency=Max("settlement__currency"),
        )
    )
    back = world.lines(LineKind.REFUND).filter(order_line=OuterRef("pk"))
    lines = (
        OrderLine.objects.filter(
            Exists(standing().filter(order=OuterRef("order"))),
            order__in=_overdue(world).values("pk"),
        )
        .annotate(
            paid=Subquery(paid.values("units")),
            net=Subquery(paid.values("net")),
            last=Subquery(paid.values("last")),
            currency=Subquery(paid.values("currency")),
            left=units_left(),
        )
        .filter(paid__gt=F("left"), quantity__gt=F("left"), net__gt=0)
        .filter(~Exists(back))
        .order_by()
    )
    rows = lines.values(
        "remote_id", "sku", "quantity", "paid", "net", "left", "last", "currency",
        "order__store_id", "order_id", "order__remote_id",
    )  # fmt: skip
    for row in rows.iterator():
        paid_for = min(row["paid"], row["quantity"])
        missing = Decimal(paid_for - row["left"]) / Decimal(row["paid"])
        yield Found(
            store_id=row["order__store_id"],
            remote_id=row["order__remote_id"],
            cause=row["remote_id"],
            order_id=row["order_id"],
            expected=f"{paid_for} × {row['sku']} dispatched",
            found=f"{row['left']} × {row['sku']} dispatched, {row['paid']} paid",
            amount=-(row["net"] * missing).quantize(Decimal("0.01")),
            currency=row["currency"],
            line_id=row["last"],
        )


def dispatched_not_paid(world: World) -> Iterator[Found]:
    """Orders that left long enough ago, in a time that settlements tell of."""
    sale = SettlementLine.objects.filter(
        order=OuterRef("pk"), kind=LineKind.SALE, settlement__stored_at__isnull=False
    )
    for currency, (first, last) in world.covered.items():
        until = last - world.usual.settles
        orders = (
            Order.objects.filter(
                store__remote_account=world.account,
                not_ours="",
                currency=currency,
                # Nothing is dispatched before it is ordered.
                ordered_at__lt=until,
                ordered_at__gte=first - timedelta(days=60),
            )
            .exclude(status=CANCELLED)
            .exclude(total=0)
            .annotate(left_at=left_at())
        )
        unpaid = orders.filter(~Exists(sale), left_at__gte=first, left_at__lt=until)
        for row in (
            unpaid.order_by()
            .values("pk", "store_id", "remote_id", "total", "left_at")
            .iterator()
        ):
            days = (last - row["left_at"]).days
            yield Found(
                store_id=row["store_id"],
                remote_id=row["remote_id"],
                order_id=row["pk"],
                expected=f"paid within {world.usual.settles.days} days",
                found=f"left {row['left_at']:%Y-%m-%d}, in no settlement {days} days on",
                amount=row["total"] or ZERO,
                currency=currency,
            )


MONEY_RULES.register(MoneyRule(code="paid_not_dispatched", find=paid_not_dispatched))
MONEY_RULES.register(MoneyRule(code="dispatched_not_paid", find=dispatched_not_paid))
