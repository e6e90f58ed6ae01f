"""Settlements as wholes: do they add up, do reserves net, is every line somebody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from reconciliation.models import LineKind, Settlement, SettlementSource
from reconciliation.settlements.rules import (
    MONEY_RULES,
    ZERO,
    Found,
    MoneyRule,
    World,
    plain,
)
from reconciliation.settlements.totals import cents
from stores.models import RemoteAccount

# Each of its settlements frees all that the one before kept.
CHAINED = frozenset({str(SettlementSource.AMAZON_V2)})


def settlement_remainder(world: World) -> Iterator[Found]:
    """Deposit less lines, where it is not nothing."""
    for row in world.settlements().exclude(remainder=0):
        yield Found(
            store_id=world.store_of(currency=row.currency),
            remote_id=row.remote_id,
            expected=f"{plain(row.total, row.currency)} deposited",
            found=f"{plain(row.lines_total, row.currency)} in {row.line_count} lines",
            amount=row.remainder,
            currency=row.currency,
            settlement_id=row.pk,
        )


def settlement_unmatched(world: World) -> Iterator[Found]:
    """Lines that nobody has found an order for."""
    for row in world.settlements().filter(unmatched_count__gt=0):
        yield Found(
            store_id=world.store_of(currency=row.currency),
            remote_id=row.remote_id,
            expected="an order, or a word, for each line",
            found=f"{row.unmatched_count} lines, "
            f"{plain(row.unmatched_total, row.currency)}, without one",
            amount=row.unmatched_total,
            currency=row.currency,
            settlement_id=row.pk,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """One settlement's reserve: what it freed and kept, the balance held after it.

    ``drift`` is what it freed beyond (+) or short of (-) what was held before.
    """

    settlement: Settlement
    freed: Decimal
    kept: Decimal
    balance: Decimal
    drift: Decimal


def reserves(account: RemoteAccount) -> dict[str, list[Reserve]]:
    """The reserve over an account's settlements, by currency, the oldest first.

    What the first one frees is the balance that it opened with.
    """
    rows = (
        Settlement.objects.filter(account=account, stored_at__isnull=False)
        .annotate(
            freed=Sum("lines__amount", filter=_reserve() & Q(lines__amount__gt=0)),
            kept=Sum("lines__amount", filter=_reserve() & Q(lines__amount__lt=0)),
        )
        .order_by("currency", "ends_at", "deposited_at", "pk")
    )
    found: dict[str, list[Reserve]] = {}
    for row in rows:
        before = found.setdefault(row.currency, [])
        freed, kept = cents(row.freed), -cents(row.kept)
        found[row.currency].append(_next(row, freed, kept, before[-1:]))
    return {
        currency: rows
        for currency, rows in found.items()
        if any(x.freed or x.kept for x in rows)
    }


def _reserve() -> Q:
    return Q(lines__kind=LineKind.RESERVE)


def _next(
    row: Settlement, freed: Decimal, kept: Decimal, before: list[Reserve]
) -> Reserve:
    if not before:
        return Reserve(settlement=row, freed=freed, kept=kept, balance=kept, drift=ZERO)
    held = before[0].balance
    if row.source in CHAINED:
        drift, balance = freed - held, kept
    else:
        drift = max(ZERO, freed - held)
        balance = max(ZERO, held - freed) + kept
    return Reserve(settlement=row, freed=freed, kept=kept, balance=balance, drift=drift)


def reserve_drift(world: World) -> Iterator[Found]:
    """Settlements that free another sum than was kept."""
    shown = set(world.settlements().values_list("pk", flat=True))
    for currency, rows in reserves(world.account).items():
        for row in rows:
            if not row.drift or row.settlement.pk not in shown:
                continue
            yield Found(
                store_id=world.store_of(currency=currency),
                remote_id=row.settlement.remote_id,
                expected=f"{plain(row.freed - row.drift, currency)} set free",
                found=f"{plain(row.freed, currency)} set free",
                amount=-row.drift,
                currency=currency,
                settlement_id=row.settlement.pk,
            )


MONEY_RULES.register(MoneyRule(code="settlement_remainder", find=settlement_remainder))
MONEY_RULES.register(MoneyRule(code="settlement_unmatched", find=settlement_unmatched))
MONEY_RULES.register(MoneyRule(code="reserve_drift", find=reserve_drift))
