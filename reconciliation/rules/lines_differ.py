"""ShipStation would pack, or has packed, other goods than the marketplace sold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest

from orders.exception_kinds import Severity, Team
from orders.models import (
    Decision,
    LineComponent,
    Order,
    OrderLine,
    ShipStationOrder,
)
from reconciliation.rules import RULES, Rule
from reconciliation.rules.json_sql import record_units, units_by
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope, combined, live_records, own

# A change of the marketplace is written within minutes.
GRACE = timedelta(hours=1)
NONE = Value(0)


def find(scope: Scope) -> Sequence[Rows]:
    """Line by line where they carry our keys, else all units together."""
    orders = _compared(scope)
    whole = orders.filter(~Exists(_foreign("pk"))).values("pk")
    left = Greatest(F("quantity") - F("quantity_cancelled"), NONE)
    lines = OrderLine.objects.filter(
        ~Exists(LineComponent.objects.filter(line=OuterRef("pk"))), order__in=whole
    ).annotate(wanted=left, there=_there("order", "line_key"))
    parts = LineComponent.objects.filter(line__order__in=whole).annotate(
        wanted=F("quantity")
        * Greatest(F("line__quantity") - F("line__quantity_cancelled"), NONE),
        there=_there("line__order", "key"),
    )
    return [
        _differing(lines, "order", "line_key"),
        _differing(parts, "line__order", "key"),
        _together(orders),
    ]


def _compared(scope: Scope) -> QuerySet[Order]:
    """Orders with a record of their own, read since the marketplace's last word."""
    mine = live_records().filter(~combined())
    found = scope.orders().filter(
        Exists(own(mine)),
        ~Exists(own(ShipStationOrder.objects.filter(combined()))),
        ~Exists(_words()),
        status__in=(*WANTED, "shipped"),
        remote_updated_at__lt=scope.before(GRACE),
    )
    return found.filter(~scope.hit("twice_in_shipstation", "missing_in_shipstation"))


def _words() -> QuerySet[Decision]:
    """A person has left units in a parcel, or chosen another SKU for a line."""
    verbs = ("left_with_it", "taken_out", "use_sku", "adopt")
    return Decision.objects.filter(order=OuterRef("pk"), verb__in=verbs)


def _foreign(order: str) -> QuerySet[ShipStationOrder]:
    """Records that somebody else made: their lines have no keys of ours."""
    others = Q(adopted=True) | ~Q(order_key=OuterRef("order_key"))
    return live_records().filter(others, order=OuterRef(order), parent_id=None)


def _there(order: str, key: str) -> Any:
    """Units of one of our lines in all records of its order."""
    records = live_records().filter(order=OuterRef(order))
    units = records.annotate(n=units_by("lines", "line_key", OuterRef(key)))
    return _sum(units)


def _sum(units: QuerySet[ShipStationOrder]) -> Any:
    summed = units.order_by().values("order").annotate(sum=Sum("n")).values("sum")
    return Coalesce(Subquery(summed), NONE, output_field=IntegerField())


def _differing(lines: QuerySet[Any], order: str, key: str) -> Rows:
    return rows(
        lines.exclude(there=F("wanted")),
        order=order,
        remote_id=f"{order}__remote_id",
        placed_at=f"{order}__ordered_at",
        cause=Concat(Value("line:"), F(key), output_field=CharField()),
        expected=_units("wanted"),
        found=_units("there"),
    )


def _units(name: str) -> Concat:
    number = Cast(F(name), CharField())
    return Concat(number, Value(" × "), F("sku"), output_field=CharField())


def _together(orders: QuerySet[Order]) -> Rows:
    """All units: goods that are none of the order's, or of records without our keys."""
    plain = OrderLine.objects.filter(
        ~Exists(LineComponent.objects.filter(line=OuterRef("pk")))
    )
    wanted = _units_of(
        plain.filter(order=OuterRef("pk")),
        "order",
        Greatest(F("quantity") - F("quantity_cancelled"), NONE),
    )
    packed = _units_of(
        LineComponent.objects.filter(line__order=OuterRef("pk")),
        "line__order",
        F("quantity")
        * Greatest(F("line__quantity") - F("line__quantity_cancelled"), NONE),
    )
    there = _sum(own(live_records()).annotate(n=record_units("lines")))
    counted = orders.annotate(
        there=there,
        wanted=wanted + packed,
        theirs=Case(
            When(Exists(_foreign("pk")), then=Value(True)), default=Value(False)
        ),
    )
    more = counted.filter(
        Q(there__gt=F("wanted")) | Q(theirs=True, there__lt=F("wanted"))
    )
    return rows(
        more,
        cause="units",
        expected=_pieces("wanted"),
        found=_pieces("there"),
    )


def _units_of(lines: QuerySet[Any], order: str, units: Any) -> Any:
    summed = lines.order_by().values(order).annotate(sum=Sum(units)).values("sum")
    return Coalesce(Subquery(summed), NONE, output_field=IntegerField())


def _pieces(name: str) -> Concat:
    number = Cast(F(name), CharField())
    return Concat(number, Value(" units in all"), output_field=CharField())


RULES.register(
    Rule(
        code="lines_differ",
        label="Quantities or lines differ",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="shipstation",
        rank=35,
        joins=(
            "change_locked",
            "line_cancelled_after_label",
            "direct_line_cancelled",
            "update_refused",
            "cancel_requested",
            "not_on_shelf",
            "sync_stuck",
        ),
        sentence="The buyer gets other goods, or another number of them.",
        explanation="Each line of an order, less what was cancelled, against the units "
        "that its records in ShipStation carry for it, an hour after the marketplace's "
        "last change; kits by their parts, splits added up. Records that somebody else "
        "made have no line keys of ours: their units are compared all together. Combined "
        "orders are left to the rules on parcels.",
        find=find,
    )
)
