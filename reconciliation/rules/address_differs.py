"""ShipStation sends it to another address than the one that counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from orders.exception_kinds import Severity, Team
from orders.models import Decision
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope, combined, live_records

# A change is written, and read again, within minutes.
GRACE = timedelta(hours=1)


def find(scope: Scope) -> Sequence[Rows]:
    """Records whose address has another hash; imported ones by their postcode."""
    corrected = Decision.objects.filter(
        order=OuterRef("order"),
        verb__in=("correct_address", "market_address"),
        at__gte=scope.before(GRACE),
    )
    orders = scope.orders().filter(
        status__in=(*WANTED, "shipped"), remote_updated_at__lt=scope.before(GRACE)
    )
    records = live_records().filter(~combined(), ~Exists(corrected))
    ours, theirs = scope.placed("orchestrated"), scope.placed("direct")
    return [
        _rows(
            records.filter(order__in=orders.filter(ours))
            .exclude(Q(address_hash="") | Q(order__buyer__address_hash=""))
            .exclude(address_hash=F("order__buyer__address_hash")),
            "the order's address",
            "another address",
        ),
        _rows(
            records.filter(order__in=orders.filter(theirs))
            .exclude(Q(postcode_hash="") | Q(order__buyer__postcode_hash=""))
            .exclude(postcode_hash=F("order__buyer__postcode_hash")),
            "the order's postcode",
            "another postcode",
        ),
    ]


def _rows(records: object, expected: str, found: str) -> Rows:
    return rows(
        records.filter(order__buyer__isnull=False),  # type: ignore[attr-defined]
        order="order_id",
        remote_id="order__remote_id",
        placed_at="order__ordered_at",
        expected=expected,
        found=found,
    )


RULES.register(
    Rule(
        code="address_differs",
        label="Address differs",
        team=Team.CS,
        severity=Severity.MONEY,
        owner_system="shipstation",
        rank=40,
        joins=(
            "address_contradicted",
            "change_locked",
            "direct_address_differs",
            "update_refused",
            "address_not_verified",
            "sync_stuck",
        ),
        sentence="The parcel goes where the buyer is not.",
        explanation="The address that counts (a person's correction before the "
        "marketplace's) against the one on ShipStation's record, an hour after the last "
        "change, by keyed hashes: nothing of a buyer is shown. Case, spaces and how a "
        "street is parted into lines make no difference; where ShipStation imports by "
        "itself the postcode alone counts. Nothing is compared once a buyer was blanked.",
        find=find,
    )
)
