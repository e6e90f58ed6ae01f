"""What the pages of settlements show: figures per kind, per month, per order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from reconciliation.models import (
    Finding,
    FindingState,
    LineKind,
    MatchRung,
    Settlement,
    SettlementLine,
)
from reconciliation.settlement_filters import NO_STORE as OF_NONE
from reconciliation.settlement_filters import in_month
from reconciliation.settlements.totals import cents

ZERO = Decimal(0)
KINDS = {kind.value: str(kind.label) for kind in LineKind}
_ORDER = {kind.value: place for place, kind in enumerate(LineKind)}


def standing() -> QuerySet[Settlement]:
    """Settlements that are in whole."""
    return Settlement.objects.filter(stored_at__isnull=False)


def with_findings(settlements: QuerySet[Settlement]) -> QuerySet[Settlement]:
    """With ``open_findings`` of each."""
    counts = (
        Finding.objects.filter(settlement=OuterRef("pk"), state=FindingState.OPEN)
        .order_by()
        .values("settlement")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return settlements.annotate(
        open_findings=Coalesce(Subquery(counts, output_field=IntegerField()), 0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSum:
    """The lines of a kind: how many, and what they come to."""

    kind: str
    label: str
    count: int
    amount: Decimal


def by_kind(lines: QuerySet[SettlementLine]) -> list[KindSum]:
    """Sums per kind, in the order in which an accountant reads them."""
    rows = lines.order_by().values("kind").annotate(n=Count("pk"), net=Sum("amount"))
    return sorted(
        (
            KindSum(
                kind=row["kind"],
                label=KINDS.get(row["kind"], row["kind"]),
                count=row["n"],
                amount=cents(row["net"]),
            )
            for row in rows
        ),
        key=lambda row: _ORDER.get(row.kind, len(_ORDER)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RungSum:
    """The lines that one rung of the ladder matched."""

    code: str
    label: str
    count: int
    amount: Decimal


def by_rung(lines: QuerySet[SettlementLine]) -> list[RungSum]:
    """How the lines were matched, the surest rung first."""
    rows = {
        row["rung"]: row
        for row in lines.order_by()
        .values("rung")
        .annotate(n=Count("pk"), net=Sum("amount"))
    }
    return [
        RungSum(
            code=rung.value or OF_NONE,
            label=str(rung.label),
            count=rows[rung.value]["n"],
            amount=cents(rows[rung.value]["net"]),
        )
        for rung in MatchRung
        if rung.value in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """What a kind came to in a month, of one store (or account) and currency."""

    account: str
    account_id: int
    store: str
    slug: str
    currency: str
    kind: str
    label: str
    count: int
    amount: Decimal

    def query(self, first: date) -> str:
        """The list of exactly these lines."""
        return urlencode(
            {
                "month": f"{first:%Y-%m}",
                "account": self.account_id,
                "store": self.slug,
                "currency": self.currency,
                "kind": self.kind,
            }
        )


NO_STORE = "(no order)"


def month_rows(first: date, account: str = "") -> list[MonthRow]:
    """Sums per kind, store and currency of what was deposited in a month."""
    lines = SettlementLine.objects.filter(
        in_month(first, "settlement__"), settlement__stored_at__isnull=False
    )
    if account:
        lines = lines.filter(settlement__account=int(account))
    rows = (
        lines.order_by()
        .values(
            "settlement__account",
            "settlement__account__name",
            "order__store__slug",
            "order__store__name",
            "settlement__currency",
            "kind",
        )
        .annotate(n=Count("pk"), net=Sum("amount"))
    )
    found = [
        MonthRow(
            account=row["settlement__account__name"],
            account_id=row["settlement__account"],
            store=row["order__store__name"] or NO_STORE,
            slug=row["order__store__slug"] or OF_NONE,
            currency=row["settlement__currency"],
            kind=row["kind"],
            label=KINDS.get(row["kind"], row["kind"]),
            count=row["n"],
            amount=cents(row["net"]),
        )
        for row in rows
    ]
    return sorted(
        found,
        key=lambda x: (x.currency, x.account, x.store, _ORDER.get(x.kind, len(_ORDER))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What the settlements of one currency say of an order."""

    currency: str
    net: Decimal
    lines: list[SettlementLine]


def paid_of(order_id: int) -> list[Paid]:
    """All lines of an order, by currency, as they were booked."""
    rows = (
        SettlementLine.objects.filter(
            order=order_id, settlement__stored_at__isnull=False
        )
        .select_related("settlement", "order_line")
        .order_by("posted_at", "settlement", "number")
    )
    found: dict[str, list[SettlementLine]] = {}
    for row in rows:
        found.setdefault(row.settlement.currency, []).append(row)
    return [
        Paid(currency=currency, net=_sum(lines), lines=lines)
        for currency, lines in sorted(found.items())
    ]


def _sum(lines: Iterable[Any]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
