"""Which open cases would make a rate worse if they were left alone."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet

from orders.exception_kinds import KINDS
from orders.models import CaseState, OrderException, Stage
from reconciliation.standards.counting import NOT_TOLD, NOT_YET
from stores.models import Store
from stores.remote_standards import Counts, Standard

# What is not there to be packed ends as the seller's cancellation.
NOT_THERE = ("not_on_shelf",)
UNTAKEN = ("acceptance_due", "acceptance_refused")
WITHOUT_NUMBER = ("tracking_missing", "shipped_without_tracking")


def cases(standard: Standard, store: Store, now: datetime) -> QuerySet[OrderException]:
    """The open cases whose orders turn bad if nothing is done, the next one first."""
    rows = OrderException.objects.filter(
        state=CaseState.OPEN,
        order__store=store,
        order__not_ours="",
    )
    match standard.counts:
        case Counts.LATE:
            rows = rows.filter(_stops(), _to_tell(), order__ship_by__gte=now)
        case Counts.CANCELLED:
            left = Q(kind__in=NOT_THERE, order__stage__in=NOT_TOLD)
            if standard.gives_up_after is not None:
                left |= _stops() & _to_tell() & Q(order__ship_by__lt=now)
            rows = rows.filter(left)
        case Counts.REFUSED:
            rows = rows.filter(kind__in=UNTAKEN, order__stage=Stage.WAITING)
        case Counts.TRACKED:
            rows = rows.filter(kind__in=WITHOUT_NUMBER, order__stage__in=NOT_TOLD)
    return rows.order_by(
        F("order__ship_by").asc(nulls_last=True), "order__accept_by", "pk"
    )


def _stops() -> Q:
    """Cases of kinds that keep an order from going on."""
    return Q(kind__in=[kind.code for kind in KINDS if kind.blocks])


def _to_tell() -> Q:
    return Q(order__stage__in=NOT_TOLD) & ~Q(order__status__in=NOT_YET)
