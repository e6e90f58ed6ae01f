"""A parcel has left, and the marketplace was not told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Concat, NullIf

from orders.exception_kinds import Severity, Team
from orders.models import Dispatch, Order, Rung, ShipStationOrder
from reconciliation.rules import RULES, Rule
from reconciliation.rules.json_sql import shows_tracking
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import (
    WANTED,
    Scope,
    combined,
    live_labels,
    live_records,
    own,
)
from shipsync_site.lib.zones import zone

GRACE = timedelta(hours=2)


def find(scope: Scope) -> Sequence[Rows]:
    """Parcels of orders that are open there and that nobody told of in time."""
    if not scope.can_confirm:
        return []
    waiting = scope.orders().filter(status__in=WANTED)
    ours = scope.placed("orchestrated")
    theirs = scope.placed("direct")
    if scope.policy.shipped_owner == "shipsync":
        ours, theirs = ours | theirs, Q(pk__in=[])
    labels = _untold(scope, waiting)
    told_by = scope.before(scope.policy.told_within + GRACE)
    return [
        _parcels(_confirm_due(labels, scope), waiting.filter(ours)),
        _parcels(labels.filter(created_at__lt=told_by), waiting.filter(theirs)),
        _without_parcel(scope, waiting),
    ]


def _untold(scope: Scope, waiting: QuerySet[Order]) -> QuerySet[Any]:
    """Labels of these orders that no dispatch told of; the orders stand alone.

    What was taken back or refused after it was accepted is another rule's.
    """
    over = ~Q(rung__in=(Rung.DUE, Rung.REFUSED)) | Q(accepted_at__isnull=False)
    theirs = ShipStationOrder.objects.filter(
        account=scope.store.shipstation_account, order__in=waiting
    )
    record = ShipStationOrder.objects.filter(
        ~combined(), account=OuterRef("account"), ss_order_id=OuterRef("ss_order_id")
    )
    return (
        live_labels()
        .filter(
            ~Exists(Dispatch.objects.filter(over, shipment=OuterRef("pk"))),
            account=scope.store.shipstation_account,
            ss_order_id__in=theirs.values("ss_order_id"),
        )
        .exclude(notified=True)
        .annotate(owner=Subquery(record.values("order")[:1]))
    )


def _confirm_due(labels: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """Those of which the store's own rules wanted the marketplace told by now."""
    due: datetime = scope.now - GRACE
    if scope.policy.confirm_timing == "hours_after":
        due -= scope.policy.confirm_after
    if scope.policy.confirm_timing == "ship_date":
        today = due.astimezone(zone(scope.store.timezone)).date()
        labels = labels.filter(Q(ship_date=None) | Q(ship_date__lte=today))
    return labels.filter(created_at__lt=due)


def _parcels(labels: QuerySet[Any], orders: QuerySet[Order]) -> Rows:
    order = Order.objects.filter(pk=OuterRef("owner"))
    shown = order.filter(shows_tracking("packages", OuterRef("tracking_number")))
    number = Coalesce(NullIf(F("tracking_number"), Value("")), Value("a parcel"))
    return rows(
        labels.filter(~Exists(shown), owner__in=orders.values("pk")).annotate(
            number=Subquery(order.values("remote_id")),
            placed=Subquery(order.values("ordered_at")),
        ),
        order="owner",
        remote_id="number",
        placed_at="placed",
        cause=Concat(Value("parcel:"), F("remote_id"), output_field=CharField()),
        expected="told of the parcel",
        found=Concat(Value("not told of "), number, output_field=CharField()),
    )


def _without_parcel(scope: Scope, waiting: QuerySet[Order]) -> Rows:
    """ShipStation says shipped, and there is nothing that could be told."""
    old = scope.before(GRACE)
    parcel = live_labels().filter(
        account=OuterRef("account"), ss_order_id=OuterRef("ss_order_id")
    )
    records = (
        live_records()
        .filter(~combined(), ~Exists(parcel), status="shipped", parent_id=None)
        .filter(Q(modified_at=None) | Q(modified_at__lt=old))
    )
    told = Dispatch.objects.filter(order=OuterRef("pk"))
    return rows(
        waiting.filter(Exists(own(records)), ~Exists(told)),
        cause="no_parcel",
        expected="a parcel with tracking",
        found="ShipStation says shipped, without a parcel",
    )


RULES.register(
    Rule(
        code="no_tracking_back",
        label="Imported, but no tracking back",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="us",
        rank=50,
        joins=(
            "carrier_unmapped",
            "confirm_refused",
            "tracking_missing",
            "shipped_without_tracking",
            "direct_not_told",
            "cancelled_after_label",
            "label_to_void",
            "overdue",
            "sync_stuck",
            "combined_above_limit",
        ),
        sentence="The parcel is on its way, and the marketplace counts the order as late.",
        explanation="Each label of an order that is still open at the marketplace is "
        "looked for among what was told, two hours after the store's rules wanted it "
        "told (where ShipStation tells: two hours after its time for that). What the "
        "marketplace shows by itself counts as told.",
        find=find,
    )
)
