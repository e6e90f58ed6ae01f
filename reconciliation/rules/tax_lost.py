"""The tax number that customs want is not on ShipStation's record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, Replace, Upper

from orders.exception_kinds import Severity, Team
from orders.models import Decision
from reconciliation.rules import RULES, Rule
from reconciliation.rules.rows import Rows, rows
from reconciliation.rules.scope import WANTED, Scope, combined, live_records

GRACE = timedelta(hours=1)
# Routes on which the number stands in a field that API v1 shows.
MARKED = ("custom_field_1", "custom_field_2", "custom_field_3")


def find(scope: Scope) -> Sequence[Rows]:
    """Records that were read and do not show the number of their order."""
    route = scope.policy.tax_route
    found = Cast(KeyTextTransform("number", "order__tax"), CharField())
    ruled = Upper(Replace(Coalesce(found, Value("")), Value(" "), Value("")))
    read = Upper(Replace(F("order__ioss_number"), Value(" "), Value("")))
    released = Decision.objects.filter(order=OuterRef("order"), verb="release")
    orders = scope.orders().filter(
        status__in=(*WANTED, "shipped"), remote_updated_at__lt=scope.before(GRACE)
    )
    records = live_records().filter(~combined(), ~Exists(released))
    ours = records.filter(order__in=orders.filter(scope.placed("orchestrated")))
    theirs = records.filter(order__in=orders.filter(scope.placed("direct")))
    ours, theirs = ours.annotate(number=ruled), theirs.annotate(number=read)
    sets = [theirs.filter(tax_shown__isnull=False).exclude(tax_shown=F("number"))]
    if route in MARKED:
        sets.append(ours.filter(tax_shown__isnull=False).exclude(tax_shown=F("number")))
    elif route == "v2":
        sets.append(
            ours.filter(tax_as_of__isnull=False)
            .filter(Q(written_at=None) | Q(tax_as_of__gte=F("written_at")))
            .exclude(tax_number=F("number"))
        )
    return [
        rows(
            records.exclude(number=""),
            order="order_id",
            remote_id="order__remote_id",
            placed_at="order__ordered_at",
            expected=Concat(
                Value("tax number "), F("number"), output_field=CharField()
            ),
            found="not on ShipStation's record",
        )
        for records in sets
    ]


RULES.register(
    Rule(
        code="tax_lost",
        label="Tax number lost",
        team=Team.OPS,
        severity=Severity.MONEY,
        owner_system="shipstation",
        rank=42,
        joins=(
            "direct_tax_missing",
            "tax_not_written",
            "tax_number_missing",
            "change_locked",
        ),
        sentence="Customs will ask the buyer to pay what he has paid already.",
        explanation="The number that the tax rules found for an order (or, where "
        "ShipStation imports by itself, that the marketplace gave) is looked for where "
        "the store's rules put it: in the custom fields, the source and the notes of the "
        "record, or in the tax identifiers of ShipStation's newer interface, as read "
        "since. Nothing is looked for where the number goes by ShipStation's own "
        "settings or by a tag: no interface shows it there.",
        find=find,
    )
)
