"""Compare an account's settlements with what was dispatched; findings come and go.

Runs after a settlement is stored, after a person matched lines, and once a day: what a
rule does not see any more is over, so that later settlements close what they bring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from django.db.models import F, Q, QuerySet

from reconciliation import findings
from reconciliation.findings import Seen
from reconciliation.models import Settlement, SettlementLine
from reconciliation.settlements.rules import MONEY_RULES, Found, World
from shipsync_site.lib import clock
from stores.models import RemoteAccount

# Time alone makes findings: parcels that nobody pays, refunds that do not come.
AGAIN = timedelta(hours=24)
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a comparison came to: findings that stand and that are gone, by rule."""

    seen: Mapping[str, int]
    gone: Mapping[str, int]


def compare(settlement: Settlement) -> Outcome:
    """Compare the settlement's account as it is now."""
    return compare_account(settlement.account)


def compare_account(account: RemoteAccount) -> Outcome:
    """Go through all rules of money; nothing for an account without stores.

    Findings of a store are written store by store, in transactions of their own.
    """
    now = clock.now()
    seen: dict[str, int] = {}
    gone: dict[str, int] = {}
    world = World(account, now)
    for rule in MONEY_RULES if world.stores else ():
        rows = _placed(rule.find(World(account, now, rule.code)))
        by_store: defaultdict[int, list[Seen]] = defaultdict(list)
        for row in rows:
            by_store[row.store_id].append(row.seen)
        looks = [
            findings.see(store, rule.code, by_store[store.pk], now=now)
            for store in world.stores
        ]
        seen[rule.code] = sum(look.seen for look in looks)
        gone[rule.code] = sum(look.gone for look in looks)
    # One that was stored meanwhile is still to be compared.
    world.stored().filter(stored_at__lte=now).update(compared_at=now)
    return Outcome(seen=seen, gone=gone)


def _placed(rows: Iterable[Found]) -> Iterator[Found]:
    """What was found, with the settlement of its line."""
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        lines = SettlementLine.objects.filter(
            pk__in=[row.line_id for row in chunk if row.line_id]
        )
        of = dict(lines.values_list("pk", "settlement_id"))
        for row in chunk:
            yield replace(
                row, settlement_id=of.get(row.line_id or 0, row.settlement_id)
            )


def run_one() -> bool:
    """Compare one account for which something is due; False for none.

    Two at once only do the work twice: findings are upserted.
    """
    settlement = due().select_related("account").first()
    if settlement is None:
        return False
    compare(settlement)
    return True


def due() -> QuerySet[Settlement]:
    """Settlements that were stored or matched since they were compared, or a day ago."""
    old = clock.now() - AGAIN
    latest = Q(ends_at__gte=clock.now() - timedelta(days=100))
    return (
        Settlement.objects.filter(stored_at__isnull=False)
        .filter(
            Q(compared_at=None)
            | Q(matched_at__gt=F("compared_at"))
            | (latest & Q(compared_at__lt=old))
        )
        .order_by("pk")
    )
