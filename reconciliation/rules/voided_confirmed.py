"""The label was voided after the marketplace was told of it, and no other took its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from orders.exception_kinds import Severity, Team
from orders.models import Dispatch, Order, Shipment, ShipStationOrder
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import TOLD, Scope, live_labels

# A new label follows a void within the hour, and its confirmation soon after.
GRACE = timedelta(hours=2)


def find(scope: Scope) -> Sequence[Rows]:
    """Told dispatches of voided labels that nothing corrected; labels ShipStation told."""
    return [_ours(scope), _theirs(scope)]


def _ours(scope: Scope) -> Rows:
    old = scope.before(GRACE)
    # As sets: databases would look for corrections of every dispatch there is.
    corrected = Dispatch.objects.filter(rung__in=TOLD, supersedes__isnull=False)
    voided = Dispatch.objects.filter(
        Q(shipment__voided_at=None) | Q(shipment__voided_at__lt=old),
        shipment__account=scope.store.shipstation_account,
        shipment__voided=True,
        rung__in=TOLD,
    ).exclude(pk__in=corrected.values("supersedes"))
    same = Dispatch.objects.filter(
        order=OuterRef("order"),
        rung__in=TOLD,
        shipment__voided=False,
        sent_tracking=OuterRef("sent_tracking"),
    )
    voided = Dispatch.objects.filter(
        ~Exists(same),
        pk__in=voided.values("pk"),
        order__in=scope.orders().exclude(status="cancelled"),
    )
    return rows(
        voided,
        order="order_id",
        remote_id="order__remote_id",
        placed_at="order__ordered_at",
        cause=Concat(Value("parcel:"), F("package_ref"), output_field=CharField()),
        expected="a label that stands, or a correction",
        found=Concat(F("sent_tracking"), Value(" is voided"), output_field=CharField()),
    )


def _theirs(scope: Scope) -> Rows:
    """Where ShipStation itself tells: it says that it told of a label that is void."""
    record = ShipStationOrder.objects.filter(
        account=OuterRef("account"),
        ss_order_id=OuterRef("ss_order_id"),
        order__in=scope.direct().exclude(status="cancelled"),
    )
    again = live_labels().filter(
        account=OuterRef("account"), ss_order_id=OuterRef("ss_order_id"), notified=True
    )
    told = Dispatch.objects.filter(shipment=OuterRef("pk"))
    voided = (
        Shipment.objects.filter(
            Q(voided_at=None) | Q(voided_at__lt=scope.before(GRACE)),
            ~Exists(again),
            ~Exists(told),
            account=scope.store.shipstation_account,
            created_at__gte=scope.since,
            voided=True,
            notified=True,
            is_return=False,
            is_test=False,
        )
        .annotate(owner=Subquery(record.values("order")[:1]))
        .filter(owner__isnull=False)
    )
    order = Order.objects.filter(pk=OuterRef("owner"))
    return rows(
        voided.annotate(
            number=Subquery(order.values("remote_id")),
            placed=Subquery(order.values("ordered_at")),
        ),
        order="owner",
        remote_id="number",
        placed_at="placed",
        cause=Concat(Value("label:"), F("remote_id"), output_field=CharField()),
        expected="a label that stands, or a correction",
        found=Concat(
            F("tracking_number"), Value(" is voided"), output_field=CharField()
        ),
    )


RULES.register(
    Rule(
        code="voided_confirmed",
        label="Voided, but confirmed",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="you",
        rank=46,
        joins=("voided_after_confirm", "label_to_void", "intercept_parcel"),
        sentence="The buyer follows a parcel that does not exist.",
        explanation="Confirmed parcels whose label was voided two hours ago, without a "
        "later confirmation that corrects them. An order that was cancelled since has "
        "rules of its own.",
        find=find,
    )
)
