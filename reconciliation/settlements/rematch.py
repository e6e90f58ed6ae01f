"""Lines without an order are looked up again once orders came in; persons' words stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from orders.models import Order
from reconciliation.models import MatchRung, Settlement, SettlementLine
from reconciliation.settlements.known import known_for
from reconciliation.settlements.match import SHIPPED_FOR_US, UNMATCHED, climb
from reconciliation.settlements.totals import count_matches
from shipsync_site.lib import bulk, clock

EVERY = timedelta(hours=1)
# Orders of older settlements do not come in any more.
LOOKS_BACK = timedelta(days=200)
CHUNK = 500
_FIELDS = ("order", "order_line", "rung", "match_note")


def due() -> QuerySet[Settlement]:
    """Settlements with lines to look up, where orders came in since they last were."""
    now = clock.now()
    since = Coalesce(OuterRef("tried_at"), OuterRef("matched_at"))
    newer = Order.objects.filter(
        store__remote_account=OuterRef("account"), imported_at__gt=since
    )
    return (
        Settlement.objects.filter(stored_at__isnull=False)
        .filter(Q(ends_at=None) | Q(ends_at__gte=now - LOOKS_BACK))
        .filter(Q(tried_at=None) | Q(tried_at__lt=now - EVERY))
        .filter(Q(unmatched_count__gt=0) | Exists(_theirs(OuterRef("pk"))))
        .filter(Exists(newer))
        .order_by(F("tried_at").asc(nulls_first=True), "pk")
    )


def run_one() -> bool:
    """Look up the lines of one settlement again; False when none is due."""
    settlement = due().select_related("account").first()
    if settlement is None:
        return False
    rematch(settlement)
    return True


def rematch(settlement: Settlement) -> int:
    """Try the ladder again for lines that no order was found for; how many found one.

    ``matched_at`` moves where any did, so that money is compared again.
    """
    found = sum(_climb(settlement, part) for part in _parts(settlement))
    count_matches(settlement)
    settlement.tried_at = clock.now()
    fields = ["unmatched_count", "unmatched_total", "tried_at"]
    if found:
        settlement.matched_at = settlement.tried_at
        fields.append("matched_at")
    settlement.save(update_fields=fields)
    return found


def _theirs(settlement: Any) -> QuerySet[SettlementLine]:
    """Lines that the marketplace shipped, of orders that were not here."""
    return SettlementLine.objects.filter(
        settlement=settlement,
        rung=MatchRung.NO_ORDER,
        fulfilled_by_marketplace=True,
        matched_by=None,
        match_note=SHIPPED_FOR_US,
    )


def _open(settlement: Settlement) -> QuerySet[SettlementLine]:
    loose = SettlementLine.objects.filter(settlement=settlement, rung=MatchRung.NONE)
    return loose | _theirs(settlement)


def _parts(settlement: Settlement) -> Iterator[list[SettlementLine]]:
    last = 0
    rows = _open(settlement).order_by("pk")
    while part := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = part[-1].pk
        yield part


def _climb(settlement: Settlement, lines: list[SettlementLine]) -> int:
    known = known_for(settlement.account, lines)
    changed: dict[int, SettlementLine] = {}
    for line in lines:
        match = climb(line, known)
        if match == UNMATCHED or match.rung == line.rung:
            continue
        line.order_id, line.order_line_id = match.order, match.order_line
        line.rung, line.match_note = match.rung, match.note
        changed[line.pk] = line
    with transaction.atomic():
        # A person may have matched one while we looked.
        free = _open(settlement).filter(pk__in=list(changed)).select_for_update()
        rows = [changed[pk] for pk in free.order_by("pk").values_list("pk", flat=True)]
        bulk.save(rows, _FIELDS)
    return len(rows)
