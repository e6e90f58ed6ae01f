"""What counts twice: a line that is paid again, units or labels that stand double."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from orders.models import OrderLine, Shipment
from reconciliation.models import LineKind, SettlementLine
from reconciliation.settlements.parcels import standing, units_left
from reconciliation.settlements.rules import (
    MONEY_RULES,
    Found,
    MoneyRule,
    World,
    plain,
    units,
)
from reconciliation.settlements.rules.dispatched import CANCELLED

PENNY = Decimal("0.01")


def paid_twice(world: World) -> Iterator[Found]:
    """Lines of which more units were paid than ordered, in all settlements together.

    Where a settlement states no units, the same words booked again are the same units
    again, beyond as many bookings as the line has units, and beyond its price.
    """
    recent = SettlementLine.objects.filter(
        settlement__in=world.recent, kind=LineKind.SALE, order_line__isnull=False
    )
    sales = (
        world.lines(LineKind.SALE)
        .filter(order_line__in=recent.order_by().values("order_line"))
        .values("order_line", "raw_kind", "raw_description")
        .annotate(
            net=Sum("amount"),
            one=Max("amount"),
            units=units(),
            stated=Count("quantity"),
            booked=Count("pk", filter=Q(amount__gt=0)),
            unbooked=Count("pk", filter=Q(amount__lt=0)),
            settlements=Count("settlement", distinct=True),
            line=Max("pk"),
            ordered=F("order_line__quantity"),
            price=F("order_line__unit_price"),
            sku=F("order_line__sku"),
            remote_line_id=F("order_line__remote_id"),
            order_pk=F("order"),
            store=F("order__store"),
            remote=F("order__remote_id"),
            currency=F("settlement__currency"),
        )
        .filter(booked__gt=1, net__gt=0)
    )
    for row in sales.iterator():
        over = _over(row)
        if over <= 0:
            continue
        where = (
            f"in {row['settlements']} settlements"
            if row["settlements"] > 1
            else "in one settlement"
        )
        yield Found(
            store_id=row["store"],
            remote_id=row["remote"],
            cause=f"{row['remote_line_id']}/{row['raw_description']}"[:100],
            order_id=row["order_pk"],
            expected=f"{row['ordered']} × {row['sku']} paid once",
            found=f"paid {row['booked']} times {where}, "
            f"{plain(row['net'], row['currency'])} in all",
            amount=-over,
            currency=row["currency"],
            line_id=row["line"],
        )


def _over(row: Mapping[str, object]) -> Decimal:
    """How much of a line's sales is beyond what was ordered; 0 for nothing."""
    amount, ordered = Decimal(str(row["net"])), int(str(row["ordered"]))
    if row["stated"]:
        paid = int(str(row["units"] or 0))
        over = max(0, paid - ordered)
        return (amount * over / paid).quantize(PENNY) if over else Decimal(0)
    return _beyond_price(row, amount, ordered)


def _beyond_price(row: Mapping[str, object], amount: Decimal, ordered: int) -> Decimal:
    """Without units: beyond the price of the line by half a unit at least."""
    one, booked = Decimal(str(row["one"])), int(str(row["booked"]))
    if booked - int(str(row["unbooked"])) <= 1:
        return Decimal(0)
    price = Decimal(str(row["price"])) if row["price"] else None
    if ordered == 1:
        return amount - one
    if price is None or amount <= price * ordered + price / 2:
        return Decimal(0)
    return (amount - price * ordered).quantize(PENNY)


def dispatch_counted_twice(world: World) -> Iterator[Found]:
    """Units that stand in more parcels than ordered, and labels charged again."""
    yield from _units(world)
    yield from _labels(world)


def _units(world: World) -> Iterator[Found]:
    sale = world.lines(LineKind.SALE).filter(order_line=OuterRef("pk")).order_by("-pk")
    parcels = standing().filter(order=OuterRef("order")).values("order")
    lines = (
        OrderLine.objects.filter(order__in=world.orders().values("pk"))
        .exclude(order__status=CANCELLED)
        .annotate(
            left=units_left(),
            parcels=Subquery(
                parcels.annotate(n=Count("pk")).values("n"),
                output_field=IntegerField(),
            ),
        )
        .filter(parcels__gt=1, left__gt=F("quantity"))
        .annotate(
            line=Subquery(sale.values("pk")[:1]),
            paid_in=Subquery(sale.values("settlement__currency")[:1]),
        )
        .filter(line__isnull=False)
        .order_by()
    )
    for row in lines.values(
        "remote_id", "sku", "quantity", "left", "parcels", "unit_price", "line",
        "paid_in", "order_id", "order__store_id", "order__remote_id",
    ).iterator():  # fmt: skip
        over = row["left"] - row["quantity"]
        yield Found(
            store_id=row["order__store_id"],
            remote_id=row["order__remote_id"],
            cause=row["remote_id"],
            order_id=row["order_id"],
            expected=f"{row['quantity']} × {row['sku']} in its parcels",
            found=f"{row['left']} × {row['sku']} in {row['parcels']} parcels that stand",
            amount=-(row["unit_price"] or Decimal(0)) * over,
            currency=row["paid_in"],
            line_id=row["line"],
        )


def _labels(world: World) -> Iterator[Found]:
    """Charges for labels, less credits, beyond the labels that were made."""
    made = (
        Shipment.objects.filter(
            Q(order_key=OuterRef("order__order_key"))
            | Q(dispatches__order=OuterRef("order")),
            is_return=False,
            is_test=False,
        )
        .order_by()
        .annotate(one=F("account"))
        .values("one")
        .annotate(n=Count("pk", distinct=True))
        .values("n")[:1]
    )
    charged = (
        world.lines(LineKind.LABEL, LineKind.LABEL_CREDIT)
        .filter(order__in=world.orders().values("pk"))
        .values("order")
        .annotate(
            charges=Count("pk", filter=Q(kind=LineKind.LABEL)),
            credits_=Count("pk", filter=Q(kind=LineKind.LABEL_CREDIT)),
            net=Sum("amount"),
            line=Max("pk"),
            store=F("order__store"),
            remote=F("order__remote_id"),
            currency=F("settlement__currency"),
        )
        .annotate(
            made=Coalesce(Subquery(made, output_field=IntegerField()), 0),
        )
        .filter(made__gt=0, charges__gt=F("made") + F("credits_"), net__lt=0)
    )
    for row in charged.iterator():
        over = row["charges"] - row["credits_"] - row["made"]
        net = row["charges"] - row["credits_"]
        yield Found(
            store_id=row["store"],
            remote_id=row["remote"],
            cause="label",
            order_id=row["order"],
            expected=f"{row['made']} labels charged",
            found=f"{row['charges']} charged, {row['credits_']} credited",
            amount=(-row["net"] * over / net).quantize(PENNY),
            currency=row["currency"],
            line_id=row["line"],
        )


MONEY_RULES.register(MoneyRule(code="paid_twice", find=paid_twice))
MONEY_RULES.register(
    MoneyRule(code="dispatch_counted_twice", find=dispatch_counted_twice)
)
