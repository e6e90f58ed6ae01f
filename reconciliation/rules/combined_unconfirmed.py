"""Several orders left in one parcel, and one of them was not confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import (
    CharField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Concat

from orders.exception_kinds import Severity, Team
from orders.models import (
    Dispatch,
    MergeLink,
    Rung,
    Shipment,
    ShipmentLine,
    ShipStationOrder,
)
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope, combined, live_labels, own

GRACE = timedelta(hours=2)


def find(scope: Scope) -> Sequence[Rows]:
    """Orders in a combine whose parcel has a label, none of them told for them."""
    if not scope.can_confirm:
        return []
    mine = ShipStationOrder.objects.filter(combined())
    orders = scope.orders().filter(
        Exists(own(mine)),
        ~Exists(
            Dispatch.objects.filter(order=OuterRef("pk")).exclude(
                rung__in=(Rung.DUE, Rung.REFUSED)
            )
        ),
        status__in=WANTED,
    )
    goods = ShipmentLine.objects.filter(
        order_line__order=OuterRef("pk"), shipment__in=_labels(scope).values("pk")
    ).order_by("pk")
    whole = _without_lines(scope)
    number = Coalesce(
        Subquery(goods.values("shipment__tracking_number")[:1]),
        Subquery(whole.values("tracking_number")[:1]),
        Value(""),
    )
    return [
        rows(
            orders.filter(Q(Exists(goods)) | Q(Exists(whole))),
            expected="told of its parcel",
            found=Concat(
                Value("not told of the combined parcel "),
                number,
                output_field=CharField(),
            ),
        )
    ]


def _labels(scope: Scope) -> QuerySet[Shipment]:
    due = scope.now - GRACE
    if scope.policy.confirm_timing == "hours_after":
        due -= scope.policy.confirm_after
    return live_labels().filter(
        account=scope.store.shipstation_account,
        created_at__lt=due,
        created_at__gte=scope.since,
    )


def _without_lines(scope: Scope) -> QuerySet[Shipment]:
    """Of Order: labels of its combine that do not say whose goods are in them."""
    account = scope.store.shipstation_account
    mine = ShipStationOrder.objects.filter(
        account=account, order=OuterRef(OuterRef("pk"))
    )
    inside = MergeLink.objects.filter(
        account=account,
        absorbed_id__in=ShipStationOrder.objects.filter(
            account=account, order=OuterRef(OuterRef(OuterRef("pk")))
        ).values("ss_order_id"),
    )
    return _labels(scope).filter(
        Q(ss_order_id__in=mine.values("ss_order_id"))
        | Q(ss_order_id__in=_primaries(inside)),
        ~Exists(
            ShipmentLine.objects.filter(
                shipment=OuterRef("pk"), order_line__isnull=False
            )
        ),
    )


def _primaries(links: QuerySet[MergeLink]) -> QuerySet[MergeLink]:
    return links.values("primary_id")  # type: ignore[return-value]


RULES.register(
    Rule(
        code="combined_unconfirmed",
        label="Combined, but unconfirmed",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="us",
        rank=48,
        joins=(
            "combined_parcel",
            "combined_forbidden",
            "combined_above_limit",
            "confirm_refused",
            "carrier_unmapped",
            "cancelled_in_combined",
        ),
        sentence="It left with another order, and its own marketplace does not know.",
        explanation="Orders that ShipStation combined with others and that are still "
        "open at their marketplace, two hours after the store's rules wanted the parcel "
        "told, with goods of theirs in a label that stands and no dispatch told for "
        "them.",
        find=find,
    )
)
