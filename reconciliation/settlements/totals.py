"""What a settlement says of its matches."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, Sum

from reconciliation.models import MatchRung, Settlement, SettlementLine

_CENT = Decimal("0.01")


def cents(total: Decimal | None) -> Decimal:
    """A sum as money. SQLite adds floats up, so a long sum comes as 7624.39999999999."""
    return (total or Decimal(0)).quantize(_CENT)


def count_matches(settlement: Settlement) -> None:
    """Put the number and sum of its unmatched lines on the row; not saved."""
    found = SettlementLine.objects.filter(
        settlement=settlement, rung=MatchRung.NONE
    ).aggregate(count=Count("pk"), total=Sum("amount"))
    settlement.unmatched_count = found["count"]
    settlement.unmatched_total = cents(found["total"])
