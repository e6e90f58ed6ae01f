"""Checklists, seller standards, who took what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciliation.exports.registry import (
    REPORTS,
    Column,
    Query,
    Report,
    labels,
    table,
    yes_no,
)
from reconciliation.models import (
    ChecklistState,
    ChecklistTick,
    ExportLog,
    StandardReading,
)

REPORTS.register(
    table(
        (
            Column("Checklist", "run__checklist__name"),
            Column("Team", "run__checklist__team"),
            Column("Day", "run__day"),
            Column("Due", "run__due_at"),
            Column("State", "run__state", labels(ChecklistState.choices)),
            Column("Item", "text"),
            Column("Ticked", "ticked_at"),
            Column("Ticked by", "ticked_by__username"),
            Column("By itself", "automatic", yes_no),
            Column("Note", "note"),
            Column("Signed", "run__signed_at"),
            Column("Signed by", "run__signed_as"),
            Column("Signed second", "run__second_at"),
            Column("Second", "run__second_as"),
            Column("Digest", "run__digest"),
        ),
        lambda query: ChecklistTick.objects.order_by(
            "-run__day", "run__checklist__name", "run", "position", "pk"
        ),
        code="checklists",
        label="Checklists",
        text="One row an item of a day: who ticked it, when, and who signed the day.",
        permission="reconciliation.view_checklistrun",
        page="reconciliation:checklists",
    )
)


def _standards(query: Query) -> Iterator[tuple[Any, ...]]:
    rows = StandardReading.objects.order_by("store__name", "metric", "day")
    for store, metric, day, bad, whole, taken_at in rows.values_list(
        "store__name", "metric", "day", "bad", "whole", "taken_at"
    ).iterator():
        share = f"{bad / whole:.5f}" if whole else ""
        yield store, metric, day, bad, whole, share, taken_at


REPORTS.register(
    Report(
        code="standards",
        label="Seller standards",
        text="One row a store, rate and day, as we counted it.",
        permission="reconciliation.view_standardreading",
        columns=("Store", "Rate", "Day", "Bad", "Of", "Share", "Counted at"),
        rows=_standards,
        page="reconciliation:standards",
    )
)
REPORTS.register(
    table(
        (
            Column("At", "at"),
            Column("Report", "report"),
            Column("By", "by__username"),
            Column("Schedule", "schedule__name"),
            Column("Rows", "rows"),
            Column("Buyers in full", "unmasked", yes_no),
            Column("Filters", "filters", lambda value: " ".join(sorted(value or {}))),
            Column("Sent to", "target"),
            Column("Problem", "problem"),
        ),
        lambda query: ExportLog.objects.order_by("-at", "-pk"),
        code="exports",
        label="Who exported what",
        text="One row a file that left the house.",
        permission="reconciliation.see_exports",
        page="reconciliation:export_log",
    )
)
