"""Told as shipped on one side, and still to be shipped on the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest

from orders.exception_kinds import Severity, Team
from orders.models import Dispatch, DispatchLine, Order, OrderLine, Rung, Shipment
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import (
    OPEN_STATUSES,
    TOLD,
    WANTED,
    Scope,
    combined,
    live_labels,
    live_records,
    own,
)

GRACE = timedelta(hours=2)
# So long a marketplace may keep an order open of which all parcels are read back.
SETTLES = timedelta(hours=24)


def find(scope: Scope) -> Sequence[Rows]:
    """Open there though all is read back; shipped there though the goods are here."""
    return [
        rows(
            _open_there(scope),
            cause="marketplace",
            expected="shipped at the marketplace",
            found="still open there, though all parcels are confirmed",
        ),
        rows(
            _still_here(scope),
            cause="shipstation",
            expected="shipped from ShipStation",
            found="ShipStation still has it to ship",
        ),
    ]


def _open_there(scope: Scope) -> QuerySet[Order]:
    """Every unit is told and shown, for a day."""
    told = Dispatch.objects.filter(order=OuterRef("pk"))
    confirmed = told.filter(rung=Rung.READ_BACK, rung_at__lt=scope.before(SETTLES))
    pending = told.filter(rung__in=(Rung.DUE, Rung.SENT, Rung.REFUSED, Rung.ACCEPTED))
    wanted = (
        OrderLine.objects.filter(order=OuterRef("pk"))
        .values("order")
        .annotate(n=Sum(Greatest(F("quantity") - F("quantity_cancelled"), Value(0))))
        .values("n")
    )
    covered = (
        DispatchLine.objects.filter(
            dispatch__order=OuterRef("pk"), dispatch__rung__in=TOLD
        )
        .values("dispatch__order")
        .annotate(n=Sum("quantity"))
        .values("n")
    )
    return (
        scope.orders()
        .filter(Exists(confirmed), ~Exists(pending), status__in=WANTED)
        .annotate(
            covered=Coalesce(Subquery(covered), Value(0)),
            wanted=Coalesce(Subquery(wanted), Value(0)),
        )
        .filter(covered__gte=F("wanted"))
    )


def _still_here(scope: Scope) -> QuerySet[Order]:
    """A record that may still be packed, without a label, read since it was shipped."""
    left = live_labels().filter(
        account=OuterRef("account"), ss_order_id=OuterRef("ss_order_id")
    )
    # A label that was voided after ShipStation told of it is another rule's.
    undone = Shipment.objects.filter(
        account=OuterRef("account"),
        ss_order_id=OuterRef("ss_order_id"),
        voided=True,
        notified=True,
    )
    here = (
        live_records()
        .filter(status__in=(*OPEN_STATUSES, "on_hold"), as_of__lt=scope.now)
        .filter(~Exists(left), ~Exists(undone), ~combined())
    )
    shipped = Q(status="shipped")
    if scope.counted:
        shipped |= Q(scope.counted_as("shipped"), status__in=WANTED)
    voided = Shipment.objects.filter(voided=True).values("pk")
    relabel = Dispatch.objects.filter(
        order=OuterRef("pk"), rung__in=TOLD, shipment__in=voided
    )
    return scope.orders().filter(
        shipped,
        Exists(own(here)),
        ~Exists(relabel),
        remote_updated_at__lt=scope.before(GRACE),
    )


RULES.register(
    Rule(
        code="confirmed_not_shipped",
        label="Confirmed, but not shipped there",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="marketplace",
        rank=60,
        joins=(
            "shipped_elsewhere",
            "confirm_not_honoured",
            "duplicate_in_shipstation",
            "direct_arrived_twice",
        ),
        sentence="The two sides disagree whether the order has left.",
        explanation="Orders that stay open at the marketplace a day after every unit of "
        "theirs was confirmed and read back; and orders that it calls shipped while "
        "ShipStation, read since, still has a record of them to pack.",
        find=find,
    )
)
