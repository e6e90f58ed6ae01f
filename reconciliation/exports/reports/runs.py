"""Runs, their buckets and the rows behind them, findings, closed days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet

from reconciliation import lists
from reconciliation.exports.registry import (
    REPORTS,
    Column,
    Query,
    Report,
    labels,
    table,
)
from reconciliation.finding_filters import FindingFilter
from reconciliation.models import Finding, FindingState, Period, Run, RunState, RunStore
from reconciliation.rules import bucket_label, rule_label
from reconciliation.sums import sum_of

LOOK = "reconciliation.view_run"


class RunForm(forms.Form):
    """Which run, and of its rows which store's bucket."""

    run = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    store = forms.CharField(required=False, max_length=100)
    bucket = forms.CharField(required=False, max_length=60)
    all = forms.BooleanField(required=False)


def _asked(query: Query) -> dict[str, Any]:
    form = RunForm(query.data)
    form.is_valid()
    return form.cleaned_data


def _parts(query: Query) -> QuerySet[RunStore]:
    """The stores of a run; without one those of the latest run that is done."""
    asked = _asked(query)
    run = asked.get("run") or (
        Run.objects.filter(state=RunState.DONE).values_list("pk", flat=True).first()
    )
    parts = RunStore.objects.filter(run=run).select_related(
        "run", "store__remote_account", "store__shipstation_account"
    )
    if store := asked.get("store"):
        parts = parts.filter(store__slug=store)
    return parts.order_by("store__name", "pk")


def _bucket_rows(query: Query) -> Iterator[tuple[Any, ...]]:
    for part in _parts(query):
        found = sum_of(part, {})
        for bucket in found.buckets:
            yield (
                part.run_id,
                part.run.first_day,
                part.run.last_day,
                part.zone,
                part.store.name,
                bucket.code,
                bucket.label,
                bucket.orders,
                found.whole,
                part.counted,
                part.counted_by,
                part.counted_at,
                found.off,
                found.verdict,
            )


def _order_rows(query: Query) -> Iterator[tuple[Any, ...]]:
    asked = _asked(query)
    code, every = asked.get("bucket") or "agrees", bool(asked.get("all"))
    if not lists.known(code):
        return
    label = bucket_label(code)
    for part in _parts(query):
        for value in lists.behind(part, code, every=every).iterator(chunk_size=2000):
            (row,) = lists.rows_of([value], code)
            yield (
                part.run_id,
                part.store.name,
                label,
                row.number,
                row.remote_id,
                row.placed_at,
                row.expected,
                row.found,
            )


def _findings(query: Query) -> QuerySet[Finding]:
    rows = FindingFilter(query.data).narrow(Finding.objects.all())
    return rows.order_by("-days", "first_seen", "pk")


REPORTS.register(
    Report(
        code="run-buckets",
        label="Buckets of a run",
        text="One row a store and bucket, beside what the marketplace counted.",
        permission=LOOK,
        columns=(
            "Run",
            "First day",
            "Last day",
            "Zone",
            "Store",
            "Bucket code",
            "Bucket",
            "Orders",
            "All buckets",
            "Counted by the marketplace",
            "Counted how",
            "Counted at",
            "Difference",
            "Verdict",
        ),
        rows=_bucket_rows,
        form=lambda query: RunForm(query.data),
        page="reconciliation:runs",
    )
)
REPORTS.register(
    Report(
        code="run-rows",
        label="Orders of a run's bucket",
        text="The rows behind one figure of a run: what both sides say.",
        permission=LOOK,
        columns=(
            "Run",
            "Store",
            "Bucket",
            "Order",
            "Marketplace's number",
            "Placed",
            "Should be",
            "Is",
        ),
        rows=_order_rows,
        form=lambda query: RunForm(query.data),
        page="reconciliation:runs",
    )
)
REPORTS.register(
    table(
        (
            Column("Finding", "pk"),
            Column("Rule", "rule", rule_label),
            Column("Rule code", "rule"),
            Column("Store", "store__name"),
            Column("Order", "order__number"),
            Column("Marketplace's number", "remote_id"),
            Column("Settlement", "settlement__remote_id"),
            Column("Line", "line__number"),
            Column("Should be", "expected"),
            Column("Is", "found"),
            Column("Amount", "amount"),
            Column("Currency", "currency"),
            Column("State", "state", labels(FindingState.choices)),
            Column("Days running", "days"),
            Column("First seen", "first_seen"),
            Column("Last seen", "last_seen"),
            Column("Gone", "gone_at"),
            Column("Accepted", "accepted_at"),
            Column("Accepted by", "accepted_by__username"),
            Column("Accepted because", "accepted_reason"),
            Column("Accepted until", "accepted_until"),
            Column("Case", "case"),
        ),
        _findings,
        code="findings",
        label="Findings",
        text="One row a disagreement, for how long it lasts and what it stands for.",
        permission="reconciliation.view_finding",
        form=lambda query: FindingFilter(query.data),
        page="reconciliation:findings",
    )
)
REPORTS.register(
    table(
        (
            Column("Store", "store__name"),
            Column("Kind", "kind"),
            Column("First day", "first_day"),
            Column("Last day", "last_day"),
            Column("Closed", "closed_at"),
            Column("Closed by", "closed_by__username"),
            Column("Opened again", "reopened_at"),
            Column("Why", "reopened_why"),
            Column("Late rows", "late_rows"),
            Column("Run", "run"),
        ),
        lambda query: Period.objects.order_by("store__name", "kind", "first_day"),
        code="periods",
        label="Closed days and months",
        text="One row a period that was closed, and what opened it again.",
        permission=LOOK,
        page="reconciliation:periods",
    )
)
