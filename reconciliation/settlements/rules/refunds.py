"""Refunds against parcels and cancellations: made and shipped, or owed and not made."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from orders.models import (
    Decision,
    FollowUp,
    FollowUpKind,
    FollowUpState,
    OrderLine,
    Verb,
)
from reconciliation.models import LineKind
from reconciliation.settlements.parcels import left_at
from reconciliation.settlements.rules import (
    MONEY_RULES,
    ZERO,
    Found,
    MoneyRule,
    World,
    plain,
    units,
)
from reconciliation.settlements.rules.dispatched import CANCELLED


def refunded_but_shipped(world: World) -> Iterator[Found]:
    """Refunded before the label was made, or cancelled, and the parcel stands."""
    refunds = (
        world.lines(LineKind.REFUND)
        .filter(order=OuterRef("pk"))
        .values("order")
        .annotate(
            back=Sum("amount"),
            first=Min("posted_at"),
            line=Min("pk"),
            currency=Min("settlement__currency"),
        )
    )
    returned = FollowUp.objects.filter(
        order=OuterRef("pk"),
        kind__in=(FollowUpKind.RETURN, FollowUpKind.RESTOCK),
        state=FollowUpState.DONE,
    )
    orders = (
        world.orders()
        .filter(not_ours="")
        .annotate(
            left_at=left_at(labels_only=True),
            back=Subquery(refunds.values("back")),
            refunded_at=Subquery(refunds.values("first")),
            line=Subquery(refunds.values("line")),
            paid_in=Subquery(refunds.values("currency")),
        )
        .filter(back__lt=0, left_at__isnull=False)
        .filter(Q(status=CANCELLED) | Q(refunded_at__lt=F("left_at")))
        .filter(~Exists(returned))
    )
    for row in orders.values(
        "pk", "store_id", "remote_id", "back", "refunded_at", "left_at", "line",
        "paid_in",
    ).iterator():  # fmt: skip
        on = f" on {row['refunded_at']:%Y-%m-%d}" if row["refunded_at"] else ""
        yield Found(
            store_id=row["store_id"],
            remote_id=row["remote_id"],
            order_id=row["pk"],
            expected="no parcel, or the goods back",
            found=f"refunded {plain(-row['back'], row['paid_in'])}{on}, "
            f"label made {row['left_at']:%Y-%m-%d}",
            amount=row["back"],
            currency=row["paid_in"],
            line_id=row["line"],
        )


def refund_owed(world: World) -> Iterator[Found]:
    """Whole orders that are cancelled, and cancelled units of others."""
    if world.latest is None:
        return
    yield from _cancelled_orders(world)
    yield from _cancelled_units(world)


def _cancelled_orders(world: World) -> Iterator[Found]:
    sums = (
        world.lines(LineKind.SALE, LineKind.REFUND)
        .filter(order=OuterRef("pk"))
        .values("order")
        .annotate(net=Sum("amount"))
    )
    sale = world.lines(LineKind.SALE).filter(order=OuterRef("pk")).order_by("-pk")
    told = Decision.objects.filter(order=OuterRef("pk"), verb=Verb.CANCEL_MARKET)
    owed = FollowUp.objects.filter(order=OuterRef("pk"), kind=FollowUpKind.REFUND)
    since = Least(
        Coalesce("closed_at", "remote_updated_at"),
        Coalesce(
            Subquery(told.order_by("at").values("at")[:1]),
            Coalesce("closed_at", "remote_updated_at"),
        ),
    )
    orders = (
        world.orders()
        .annotate(
            left_at=left_at(),
            net=Subquery(sums.values("net")),
            sale=Subquery(sale.values("pk")[:1]),
            paid_in=Subquery(sale.values("settlement__currency")[:1]),
            asked_at=since,
        )
        .filter(net__gt=0, sale__isnull=False)
        .filter(Q(status=CANCELLED) | Exists(told))
        # A parcel that left pays for itself, unless the refund is wanted all the same.
        .filter(Q(left_at=None) | Exists(owed))
        .filter(asked_at__lt=(world.latest or world.now) - world.usual.refunds)
    )
    for row in orders.values(
        "pk",
        "store_id",
        "remote_id",
        "net",
        "sale",
        "paid_in",
        "asked_at",
    ).iterator():
        yield Found(
            store_id=row["store_id"],
            remote_id=row["remote_id"],
            order_id=row["pk"],
            expected=f"refunded within {world.usual.refunds.days} days",
            found=f"cancelled {row['asked_at']:%Y-%m-%d}, "
            f"{plain(row['net'], row['paid_in'])} still paid to us",
            amount=-row["net"],
            currency=row["paid_in"],
            line_id=row["sale"],
        )


def _cancelled_units(world: World) -> Iterator[Found]:
    paid = (
        world.lines(LineKind.SALE)
        .filter(order_line=OuterRef("pk"), quantity__isnull=False)
        .values("order_line")
        .annotate(units=units(), net=Sum("amount"))
    )
    last = world.lines(LineKind.SALE).filter(order_line=OuterRef("pk")).order_by("-pk")
    back = world.lines(LineKind.REFUND).filter(order_line=OuterRef("pk"))
    orders = (
        world.orders()
        .exclude(status=CANCELLED)
        .filter(remote_updated_at__lt=(world.latest or world.now) - world.usual.refunds)
    )
    lines = (
        OrderLine.objects.filter(
            quantity_cancelled__gt=0, order__in=orders.values("pk")
        )
        .annotate(
            paid=Subquery(paid.values("units")),
            paid_amount=Subquery(paid.values("net")),
            line=Subquery(last.values("pk")[:1]),
            paid_in=Subquery(last.values("settlement__currency")[:1]),
        )
        .filter(paid__gt=F("quantity") - F("quantity_cancelled"), paid_amount__gt=0)
        .filter(paid__lte=F("quantity"))
        .filter(~Exists(back))
        .order_by()
    )
    for row in lines.values(
        "remote_id", "sku", "quantity", "quantity_cancelled", "paid", "paid_amount",
        "line", "paid_in", "order_id", "order__store_id",
        "order__remote_id",
    ).iterator():  # fmt: skip
        wanted = row["quantity"] - row["quantity_cancelled"]
        over = row["paid"] - wanted
        amount = (row["paid_amount"] * over / row["paid"]).quantize(
            ZERO.__class__("0.01")
        )
        yield Found(
            store_id=row["order__store_id"],
            remote_id=row["order__remote_id"],
            cause=row["remote_id"],
            order_id=row["order_id"],
            expected=f"{over} × {row['sku']} refunded",
            found=f"{row['paid']} × {row['sku']} paid, {row['quantity_cancelled']} "
            "cancelled, none refunded",
            amount=-amount,
            currency=row["paid_in"],
            line_id=row["line"],
        )


MONEY_RULES.register(MoneyRule(code="refunded_but_shipped", find=refunded_but_shipped))
MONEY_RULES.register(MoneyRule(code="refund_owed", find=refund_owed))
