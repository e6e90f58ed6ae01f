"""Cancelled at the marketplace, and ShipStation may still pack it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from orders.exception_kinds import Severity, Team
from orders.models import MergeLink, Order, ShipStationOrder
from reconciliation.models import CensusRow
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import (
    OPEN_STATUSES,
    Scope,
    absorbed,
    decided,
    live_labels,
    live_records,
    own,
)

# A cancellation is known within minutes and held at once; a hold is ended after that.
GRACE = timedelta(hours=1)
HELD = timedelta(hours=24)


def cancelled(scope: Scope) -> QuerySet[Order]:
    """Orders that the marketplace has cancelled a while ago, whoever has told us.

    One that only its count calls cancelled must have been so in a count before.
    """
    known = Q(status="cancelled", remote_updated_at__lt=scope.before(GRACE))
    if scope.counted:
        earlier = CensusRow.objects.filter(
            run_store__store=scope.store,
            run_store__counted_at__lt=scope.before(GRACE),
            status="cancelled",
        )
        counted = scope.census().filter(
            status="cancelled", remote_id__in=earlier.values("remote_id")
        )
        known |= ~Q(status="cancelled") & Q(remote_id__in=counted.values("remote_id"))
    few = scope.orders().filter(known, ~decided("keep", "ship_anyway"))
    return Order.objects.filter(pk__in=few.values("pk"))


def find(scope: Scope) -> Sequence[Rows]:
    """Records that may be packed, or that are only held, of cancelled orders."""
    left = live_labels().filter(
        account=OuterRef("account"), ss_order_id=OuterRef("ss_order_id")
    )
    unpacked = live_records().filter(~Exists(left))
    packable = unpacked.filter(status__in=OPEN_STATUSES)
    held = unpacked.filter(status="on_hold", modified_at__lt=scope.before(HELD))
    merged = ShipStationOrder.objects.filter(absorbed())
    links = MergeLink.objects.filter(
        account=scope.store.shipstation_account,
        absorbed_id__in=merged.filter(order=OuterRef(OuterRef(OuterRef("pk")))).values(
            "ss_order_id"
        ),
    )
    inside = unpacked.filter(
        account=scope.store.shipstation_account,
        status__in=OPEN_STATUSES,
        ss_order_id__in=links.values("primary_id"),
    )
    orders = cancelled(scope)
    found = Case(
        When(Exists(own(packable)), then=Value("to be packed")),
        default=Value("held, not cancelled"),
        output_field=CharField(),
    )
    return [
        rows(
            orders.filter(Exists(own(packable)) | Exists(own(held))),
            expected="cancelled in ShipStation",
            found=found,
        ),
        rows(
            orders.filter(
                Exists(own(merged)),
                Exists(inside),
                ~Exists(own(packable)),
                ~decided("taken_out", "left_with_it"),
            ),
            cause="combined",
            expected="taken out of the combined order",
            found="inside a combined order that is to be packed",
        ),
    ]


RULES.register(
    Rule(
        code="cancelled_open",
        label="Cancelled, but open",
        team=Team.CS,
        severity=Severity.MONEY,
        owner_system="us",
        rank=30,
        joins=(
            "cancel_requested",
            "cancel_in_doubt",
            "cancel_by_hand",
            "cancelled_in_combined",
            "hold_refused",
            "update_refused",
            "sync_stuck",
            "not_ours_pushed",
        ),
        sentence="Goods that nobody wants any more may be packed and sent.",
        explanation="Orders that the marketplace cancelled more than an hour ago, with a "
        "record in ShipStation that can still be packed, alone or inside a combined "
        "order; and those whose record is only held a day later. An order that a person "
        "said to keep is none of them.",
        find=find,
    )
)
