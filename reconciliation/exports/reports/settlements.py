"""Settlements as files: the list, the lines, and a month's sums for the books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from reconciliation.exports.registry import REPORTS, Query, Report
from reconciliation.models import LineKind, MatchRung, SettlementLine, SettlementSource
from reconciliation.settlement_filters import LineFilter, SettlementFilter, month_of
from reconciliation.settlements import shown
from shipsync_site.lib import clock
from shipsync_site.lib.streaming import streamed

_LOOK = "reconciliation.view_settlement"
_KINDS = {kind.value: str(kind.label) for kind in LineKind}
_RUNGS = {rung.value: str(rung.label) for rung in MatchRung}
_SOURCES = {source.value: str(source.label) for source in SettlementSource}

_SETTLEMENT_PATHS = (
    "account__name", "source", "remote_id", "starts_at", "ends_at", "deposited_at",
    "currency", "total", "lines_total", "remainder", "line_count", "unmatched_count",
    "unmatched_total", "open_findings", "signed_at", "signed_by__username",
    "signed_note",
)  # fmt: skip
_LINE_PATHS = (
    "settlement__account__name", "settlement__remote_id", "number", "posted_at", "kind",
    "raw_type", "raw_kind", "raw_description", "amount", "settlement__currency",
    "order_ref", "item_ref", "adjustment_ref", "sku", "quantity", "marketplace",
    "order__number", "order__store__name", "rung", "match_note",
)  # fmt: skip
# A file has hundreds of thousands of lines: codes are shown column by column.
LINE_SHOWS = {
    4: lambda kind: _KINDS.get(kind, kind),
    18: lambda rung: _RUNGS.get(rung, rung),
}


def settlement_rows(query: Query) -> Iterator[Sequence[Any]]:
    """Settlements as the list shows them."""
    rows = SettlementFilter(query.data).narrow(shown.standing())
    ordered = shown.with_findings(rows).order_by(
        "account__name", "-deposited_at", "-pk"
    )
    for row in streamed(ordered, _SETTLEMENT_PATHS):
        yield (row[0], _SOURCES.get(row[1], row[1]), *row[2:])


def line_rows(lines: QuerySet[SettlementLine]) -> Iterator[Sequence[Any]]:
    """Lines in the order of their settlements, to be shown by LINE_SHOWS."""
    return streamed(lines.order_by("settlement_id", "number"), _LINE_PATHS)


def _lines(query: Query) -> Iterator[Sequence[Any]]:
    """Lines of every settlement that the list's filters let through."""
    found = SettlementFilter(query.data).narrow(shown.standing())
    lines = SettlementLine.objects.filter(settlement__in=found.values("pk"))
    return line_rows(LineFilter(query.data).narrow(lines))


def month_rows(query: Query) -> Iterator[Sequence[Any]]:
    """Sums per account, store, currency and kind of the month (default: this one)."""
    text = query.data.get("month") or clock.now().strftime("%Y-%m")
    first = month_of(text)
    account = query.data.get("account", "")
    if first is None or (account and not account.isdecimal()):
        return
    for row in shown.month_rows(first, account):
        yield (
            f"{first:%Y-%m}", row.account, row.store, row.currency, row.label,
            row.count, row.amount,
        )  # fmt: skip


SETTLEMENTS = REPORTS.register(
    Report(
        code="settlements",
        label="Settlements",
        text="The list as it is filtered: deposits, findings, who signed with which note.",
        permission=_LOOK,
        columns=(
            "Account",
            "Source",
            "Settlement",
            "From",
            "Until",
            "Deposited",
            "Currency",
            "Deposit",
            "Sum of lines",
            "Remainder",
            "Lines",
            "Lines without an order",
            "Their sum",
            "Open findings",
            "Signed",
            "Signed by",
            "Note",
        ),
        rows=settlement_rows,
        form=lambda query: SettlementFilter(query.data),
        page="reconciliation:settlements",
    )
)
LINES = REPORTS.register(
    Report(
        code="settlement-lines",
        label="Lines of settlements",
        text="The lines as they are filtered on the page, with order, rung and note.",
        permission=_LOOK,
        columns=(
            "Account",
            "Settlement",
            "Line",
            "Posted",
            "Kind",
            "Type",
            "Amount type",
            "Description",
            "Amount",
            "Currency",
            "Order id",
            "Line id",
            "Adjustment id",
            "SKU",
            "Quantity",
            "Marketplace",
            "Order",
            "Store",
            "Matched",
            "Note",
        ),
        rows=_lines,
        shows=LINE_SHOWS,
        form=lambda query: SettlementFilter(query.data),
        page="reconciliation:settlements",
    )
)
MONTHS = REPORTS.register(
    Report(
        code="settlement-months",
        label="A month of settlements",
        text="Sums per account, store, currency and kind of what was deposited.",
        permission=_LOOK,
        columns=("Month", "Account", "Store", "Currency", "Kind", "Lines", "Amount"),
        rows=month_rows,
        page="reconciliation:settlement_months",
    )
)
