"""Which order each settlement line was matched to, and by which rung."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from reconciliation.exports.registry import REPORTS, Column, Query, labels, table
from reconciliation.models import LineKind, MatchRung, SettlementLine


class MatchForm(forms.Form):
    """Which settlement's lines."""

    settlement = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


def _matches(query: Query) -> QuerySet[SettlementLine]:
    rows = SettlementLine.objects.filter(settlement__stored_at__isnull=False)
    form = MatchForm(query.data)
    if not form.is_valid():
        return rows.none()
    if settlement := form.cleaned_data["settlement"]:
        rows = rows.filter(settlement=settlement)
    return rows.exclude(rung=MatchRung.NONE).order_by("settlement", "number")


REPORTS.register(
    table(
        (
            Column("Settlement", "settlement__remote_id"),
            Column("Line", "number"),
            Column("Kind", "kind", labels(LineKind.choices)),
            Column("Amount", "amount"),
            Column("Currency", "settlement__currency"),
            Column("Marketplace's order", "order_ref"),
            Column("Order", "order__number"),
            Column("Order's line", "order_line__remote_id"),
            Column("SKU", "order_line__sku"),
            Column("By", "rung", labels(MatchRung.choices)),
            Column("By whom", "matched_by__username"),
            Column("Note", "match_note"),
        ),
        _matches,
        code="matches",
        label="Matches of settlement lines",
        text="One row a line that is matched: to which order, and by which rung.",
        permission="reconciliation.view_settlement",
        form=lambda query: MatchForm(query.data),
        page="reconciliation:settlements",
    )
)
