"""Dispatches without doubles: what has left of an order, each parcel and unit once.

A dispatch counts while it stands: not withdrawn, its label not void, and no other that
stands supersedes it. Each order of a combined parcel has a dispatch of its own for its
own units; a kit counts in units of the order's line, whatever is packed for it.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import (
    DateTimeField,
    Exists,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from orders.models import (
    Dispatch,
    DispatchLine,
    Order,
    Rung,
    Shipment,
    ShipStationOrder,
    Stage,
)


def standing() -> QuerySet[Dispatch]:
    """The dispatches that count."""
    later = Dispatch.objects.filter(
        supersedes=OuterRef("pk"), shipment__voided=False
    ).exclude(rung=Rung.WITHDRAWN)
    return (
        Dispatch.objects.filter(shipment__voided=False)
        .exclude(rung=Rung.WITHDRAWN)
        .filter(~Exists(later))
        .order_by()
    )


def _own_labels() -> QuerySet[Shipment]:
    """Labels on the order's records, for stores whose own connection tells them."""
    records = ShipStationOrder.objects.filter(order=OuterRef(OuterRef("pk")))
    return Shipment.objects.filter(
        ss_order_id__in=records.values("ss_order_id"),
        account=OuterRef("store__shipstation_account"),
        voided=False,
        is_return=False,
        is_test=False,
    ).order_by()


def left_at(*, labels_only: bool = False) -> Coalesce:
    """When an order's first standing label was made, else NULL: to annotate orders.

    Where another tells the marketplace (a direct store, a parcel confirmed elsewhere),
    its own label or the day on which the order was seen shipped counts; the latter, which
    may be late, not with ``labels_only``.
    """
    ours = standing().filter(order=OuterRef("pk")).values("order")
    first = ours.annotate(at=Min("shipment__created_at")).values("at")
    theirs = _own_labels().values("account").annotate(at=Min("created_at")).values("at")
    moments = [
        Subquery(first, output_field=DateTimeField()),
        Subquery(theirs[:1], output_field=DateTimeField()),
    ]
    if not labels_only:
        moments.append(Subquery(_told_elsewhere(), output_field=DateTimeField()))
    return Coalesce(*moments)


def _told_elsewhere() -> QuerySet[Order, datetime]:
    """When an order without any dispatch of ours was seen as shipped."""
    any_of_ours = Dispatch.objects.filter(order=OuterRef("pk"))
    return (
        Order.objects.filter(Q(stage=Stage.DONE) | Q(status="shipped"))
        .filter(pk=OuterRef("pk"))
        .filter(~Exists(any_of_ours))
        .exclude(status="cancelled")
        .order_by()
        .values_list(Coalesce("closed_at", "remote_updated_at"), flat=True)
    )


def units_left() -> Coalesce:
    """Units of an order line in standing dispatches: to annotate order lines.

    The same as :func:`standing`, by joins: nested in a subquery that would be gone
    through for every line.
    """
    later = Dispatch.objects.filter(
        supersedes=OuterRef("dispatch"), shipment__voided=False
    ).exclude(rung=Rung.WITHDRAWN)
    rows = (
        DispatchLine.objects.filter(
            ~Exists(later),
            ~Q(dispatch__rung=Rung.WITHDRAWN),
            order_line=OuterRef("pk"),
            dispatch__shipment__voided=False,
        )
        .order_by()
        .values("order_line")
        .annotate(units=Sum("quantity"))
        .values("units")
    )
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)
