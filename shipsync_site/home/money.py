"""What finance sees first: settlements that do not add up, and findings about money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.http import urlencode

from reconciliation.models import Finding, FindingState, Settlement
from reconciliation.rules import RULES, rule_label

SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow:
    """A settlement with its page."""

    settlement: Settlement
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFinding:
    """Open findings of one rule about money, and what they are worth by currency."""

    label: str
    count: int
    worth: tuple[tuple[Decimal, str], ...]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The last settlements, and how many of all are odd, unmatched or not signed."""

    settlements: tuple[SettlementRow, ...]
    odd: int
    odd_url: str
    waiting: int
    waiting_url: str
    findings: tuple[MoneyFinding, ...]
    url: str
    findings_url: str
    last_at: datetime | None

    @property
    def found(self) -> int:
        """All open findings about money."""
        return sum(row.count for row in self.findings)


def load() -> Money:
    """Three queries."""
    stored = Settlement.objects.filter(stored_at__isnull=False)
    counted = stored.aggregate(
        odd=Count("pk", filter=~Q(remainder=0)),
        waiting=Count("pk", filter=Q(signed_at__isnull=True)),
    )
    recent = list(
        stored.select_related("account")
        .defer("account__secrets")
        .order_by("-stored_at", "-pk")[:SHOWN]
    )
    return Money(
        settlements=tuple(
            SettlementRow(
                settlement=row, url=reverse("reconciliation:settlement", args=[row.pk])
            )
            for row in recent
        ),
        odd=counted["odd"],
        odd_url=_url("settlements", state="remainder"),
        waiting=counted["waiting"],
        waiting_url=_url("settlements", state="open"),
        findings=_findings(),
        url=_url("settlements"),
        findings_url=_url("findings"),
        last_at=recent[0].stored_at if recent else None,
    )


def _findings() -> tuple[MoneyFinding, ...]:
    about_money = [rule.code for rule in RULES if rule.family == "money"]
    counts: dict[str, int] = defaultdict(int)
    worth: dict[str, list[tuple[Decimal, str]]] = defaultdict(list)
    rows = (
        Finding.objects.filter(state=FindingState.OPEN, rule__in=about_money)
        .order_by("rule", "currency")
        .values_list("rule", "currency")
        .annotate(Count("pk"), Sum("amount"))
    )
    for rule, currency, number, amount in rows:
        counts[rule] += number
        if amount is not None:
            worth[rule].append((amount, currency))
    return tuple(
        MoneyFinding(
            label=rule_label(rule),
            count=counts[rule],
            worth=tuple(worth[rule]),
            url=_url("findings", rule=rule),
        )
        for rule in sorted(counts, key=lambda code: (-counts[code], code))
    )


def _url(name: str, **query: str) -> str:
    found = reverse(f"reconciliation:{name}")
    return f"{found}?{urlencode(query)}" if query else found
