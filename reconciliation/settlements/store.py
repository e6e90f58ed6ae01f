"""Settlements are stored whole or not at all, and once.

``begin``, ``add_lines`` page by page, ``finish``: until then the settlement is staged
(``stored_at`` NULL) and shown nowhere. What a crash or a replacement leaves is seen by
nobody, and :func:`clear_leftovers` takes it away. The same settlement again changes
nothing; one whose content changed takes the place of what stood, in one transaction (see
``replacing``).

To save a position of one's own with a page, call ``add_lines`` and save it in one
transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from reconciliation.models import Settlement, SettlementFile, SettlementLine
from reconciliation.settlements import replacing
from reconciliation.settlements.fitting import NotStorableError, cents, check, short
from reconciliation.settlements.known import known_for
from reconciliation.settlements.match import climb
from reconciliation.settlements.receiving import receive_file
from reconciliation.settlements.totals import count_matches
from shipsync_site.lib import clock
from stores.models import RemoteAccount
from stores.remote_money import MoneyLine, SettlementHead

# settlement: Settlement, replaced: bool; sent once it is visible.
settlement_stored = Signal()

CHUNK = 500
# Pages of a slow peer may be hours apart.
LEFT_AFTER = timedelta(hours=24)


class StagingLostError(Exception):
    """The staged settlement was taken away, or another process added to it."""


class News(StrEnum):
    """What finishing a settlement came to."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The settlement that stands now, and what is new about it."""

    settlement: Settlement
    news: News


def begin(
    account: RemoteAccount,
    source: str,
    head: SettlementHead,
    file: SettlementFile | None = None,
) -> Settlement:
    """Stage a settlement without lines. Raises NotStorableError."""
    settlement = Settlement(
        account=account,
        source=source,
        file=file,
        lines_total=Decimal(0),
        remainder=Decimal(0),
        staged_at=clock.real_now(),
    )
    _put_head(settlement, head)
    settlement.save()
    return settlement


def add_lines(settlement: Settlement, lines: Iterable[MoneyLine]) -> int:
    """Add lines behind those that a staged settlement has, matched; how many.

    All or none of each 500 (of all where the caller is in a transaction). Raises
    NotStorableError, and StagingLostError where ``settlement`` is not as it is stored.
    """
    added, found = 0, iter(lines)
    while chunk := list(islice(found, CHUNK)):
        _add(settlement, chunk)
        added += len(chunk)
    return added


def finish(settlement: Settlement, head: SettlementHead | None = None) -> Outcome:
    """Make a staged settlement visible, whole; ``head`` as it is known by now.

    Raises NotStorableError, and StagingLostError where it is not staged any more.
    """
    if head is not None:
        _put_head(settlement, head)
    _sum_up(settlement)
    # A second try where another process has just stored the same one.
    for tries in (1, 0):
        standing = _standing(settlement)
        try:
            if standing is not None:
                replaced = replacing.replace(standing, settlement)
                _give_up(settlement)
                news = News.REPLACED if replaced else News.SAME
                if replaced:
                    _tell(standing, replaced=True)
                return Outcome(settlement=standing, news=news)
            _show(settlement)
        except (IntegrityError, replacing.ChangedMeanwhileError):
            if not tries:
                raise
        else:
            break
    _tell(settlement, replaced=False)
    return Outcome(settlement=settlement, news=News.NEW)


def discard(settlement: Settlement) -> None:
    """Take a staged settlement away, a few lines at a time; one that stands stays."""
    if not Settlement.objects.filter(pk=settlement.pk, stored_at=None).exists():
        return
    lines = SettlementLine.objects.filter(settlement_id=settlement.pk).order_by("pk")
    while part := list(lines.values_list("pk", flat=True)[:CHUNK]):
        SettlementLine.objects.filter(pk__in=part).delete()
    Settlement.objects.filter(pk=settlement.pk, stored_at=None).delete()


def _give_up(settlement: Settlement) -> None:
    """Leave a staged settlement to be cleared: nobody sees it, and it may be long."""
    if settlement.line_count <= CHUNK:
        discard(settlement)
        return
    Settlement.objects.filter(pk=settlement.pk, stored_at=None).update(
        file=None, staged_at=clock.real_now() - 2 * LEFT_AFTER
    )


def leftovers() -> QuerySet[Settlement]:
    """Staged settlements to which nothing was added for a day: nobody goes on there."""
    return Settlement.objects.filter(
        stored_at=None, staged_at__lt=clock.real_now() - LEFT_AFTER
    )


def clear_leftovers(most: int = 10 * CHUNK) -> int:
    """Take away what is left, up to so many lines; how many settlements and lines."""
    settlement = leftovers().order_by("pk").first()
    if settlement is None:
        return 0
    lines = SettlementLine.objects.filter(settlement=settlement).order_by("pk")
    gone = 0
    while gone < most and (part := list(lines.values_list("pk", flat=True)[:CHUNK])):
        SettlementLine.objects.filter(pk__in=part).delete()
        gone += len(part)
    if gone < most:
        Settlement.objects.filter(pk=settlement.pk, stored_at=None).delete()
        gone += 1
    return gone


def _put_head(settlement: Settlement, head: SettlementHead) -> None:
    short("settlement", head.remote_id, 100)
    if len(head.currency) != 3:
        raise NotStorableError("currency", head.currency, "three letters, as in GBP")
    settlement.remote_id = head.remote_id
    settlement.currency = head.currency
    settlement.total = cents("total", head.total)
    settlement.starts_at = head.starts_at
    settlement.ends_at = head.ends_at
    settlement.deposited_at = head.deposited_at
    settlement.status = head.status[:40]


def _add(settlement: Settlement, lines: Sequence[MoneyLine]) -> None:
    for line in lines:
        check(line)
    known = known_for(settlement.account, lines)
    first = settlement.line_count + 1
    rows = []
    for number, line in enumerate(lines, start=first):
        match = climb(line, known)
        rows.append(
            SettlementLine(
                settlement=settlement,
                number=number,
                order_id=match.order,
                order_line_id=match.order_line,
                rung=match.rung,
                match_note=match.note,
                **{name: getattr(line, name) for name in replacing.CONTENT},
            )
        )
    total = settlement.lines_total + sum(
        (cents("amount", line.amount) for line in lines), Decimal(0)
    )
    count = settlement.line_count + len(rows)
    with transaction.atomic():
        grown = Settlement.objects.filter(
            pk=settlement.pk, stored_at=None, line_count=settlement.line_count
        ).update(line_count=count, lines_total=total, staged_at=clock.real_now())
        if not grown:
            raise StagingLostError(f"settlement {settlement.remote_id} is not staged")
        SettlementLine.objects.bulk_create(rows, batch_size=CHUNK)
    settlement.line_count, settlement.lines_total = count, total


def _sum_up(settlement: Settlement) -> None:
    """The sum of what is stored, exact; matches counted."""
    total, count = Decimal(0), 0
    for amount in (
        SettlementLine.objects.filter(settlement=settlement)
        .order_by("number")
        .values_list("amount", flat=True)
        .iterator(chunk_size=2000)
    ):
        total += amount
        count += 1
    if count != settlement.line_count:
        raise StagingLostError(f"settlement {settlement.remote_id} is not staged")
    settlement.lines_total = total
    settlement.remainder = settlement.total - total
    count_matches(settlement)


def _tell(settlement: Settlement, *, replaced: bool) -> None:
    def tell() -> None:
        settlement_stored.send_robust(
            Settlement, settlement=settlement, replaced=replaced
        )

    transaction.on_commit(tell)


def _standing(settlement: Settlement) -> Settlement | None:
    return Settlement.objects.filter(
        account=settlement.account_id,
        source=settlement.source,
        remote_id=settlement.remote_id,
        stored_at__isnull=False,
    ).first()


def _show(settlement: Settlement) -> None:
    now = clock.now()
    with transaction.atomic():
        staged = Settlement.objects.select_for_update().filter(
            pk=settlement.pk, stored_at=None, line_count=settlement.line_count
        )
        if not staged.exists():
            raise StagingLostError(f"settlement {settlement.remote_id} is not staged")
        settlement.stored_at = settlement.matched_at = now
        settlement.save()


__all__ = [
    "News",
    "NotStorableError",
    "Outcome",
    "StagingLostError",
    "add_lines",
    "begin",
    "cents",
    "check",
    "clear_leftovers",
    "discard",
    "finish",
    "leftovers",
    "receive_file",
    "settlement_stored",
]
