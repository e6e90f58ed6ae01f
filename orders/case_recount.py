"""The queue's rows counted anew from the cases: the check, and the repair.

Whoever writes cases keeps the rows equal (``orders.case_groups``). What deletes around
them does not: a colleague's account that is removed, a row put right by hand.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncHour

from orders.case_groups import (
    COUNTED,
    DUE,
    HOURS_KEPT,
    SLEEP,
    Moves,
    as_text,
    awake_cases,
    describe,
    due_next,
    hour_of,
    recent,
)
from orders.models import CaseGroup, CaseState, Order, OrderException
from orders.work_by import Clocks
from shipsync_site.lib import bulk, clock

logger = logging.getLogger(__name__)

CHUNK = 100
# An empty row stays for as long: a cause that comes back within it has returned.
EMPTY_KEPT = timedelta(days=30)
_DERIVED = ("shared_cause", "work_by", "amount", "currency", *SLEEP)


def mend() -> int:
    """Make rows and cases fit again; how many rows and cases were wrong.

    For the hourly upkeep: own transactions of at most 100 rows. Nothing to do is the
    rule; anything else is logged, for some writer forgot a row.
    """
    cases, groups = _place_again(), _count_again()
    if cases or groups:
        logger.warning("queue mended cases=%s groups=%s", cases, groups)
    _forget_empty()
    return cases + groups


def fresh(groups: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """What these rows should say, aggregated from their cases; four queries."""
    found: dict[int, dict[str, Any]] = {
        pk: {"owners": {}, "money": {}, "opened_by_hour": {}} for pk in groups
    }
    stand = OrderException.objects.filter(state=CaseState.OPEN, group__in=groups)
    asleep = dict(
        stand.exclude(snooze="").values_list("group").annotate(Count("pk")).order_by()
    )
    awake = awake_cases().filter(group__in=groups).order_by()
    owners = awake.values_list("group", "assignee").annotate(Count("pk"))
    unowned: dict[int, int] = defaultdict(int)
    total: dict[int, int] = defaultdict(int)
    for group, owner, count in owners:
        total[group] += count
        if owner is None:
            unowned[group] = count
        else:
            found[group]["owners"][str(owner)] = count
    sums = awake.filter(amount__isnull=False).values_list("group", "currency")
    money: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for group, currency, amount in sums.annotate(Sum("amount")):
        if currency:
            money[group][currency] = amount
    hours = (
        awake.filter(opened_at__gte=now - HOURS_KEPT - timedelta(hours=1))
        .annotate(hour=TruncHour("opened_at", tzinfo=UTC))
        .values_list("group", "hour")
        .annotate(Count("pk"))
    )
    for group, hour, count in hours:
        found[group]["opened_by_hour"][hour_of(hour)] = count
    due = due_next(groups)
    for pk, values in found.items():
        values["awake"], values["unowned"] = total[pk], unowned[pk]
        values["asleep"] = asleep.get(pk, 0)
        values["money"] = as_text(money[pk])
        values["owners"] = dict(sorted(values["owners"].items()))
        values["opened_by_hour"] = recent(
            dict(sorted(values["opened_by_hour"].items())), now
        )
        values |= due[pk]
    return found


def _count_again() -> int:
    """Compare every row with its cases; how many were wrong.

    Looked at without a lock first: only what seems wrong is locked and counted again.
    """
    wrong = 0
    for pks in _chunks(CaseGroup.objects.all()):
        doubtful = _differing(list(CaseGroup.objects.filter(pk__in=pks)))
        if not doubtful:
            continue
        with transaction.atomic():
            # Whoever changes a case of theirs waits now, or has not committed it.
            rows = CaseGroup.objects.select_for_update()
            locked = rows.filter(pk__in=[row.pk for row in doubtful]).order_by("pk")
            mended = _differing(list(locked))
            bulk.save(mended, [*COUNTED, *DUE])
        for group in mended:
            logger.warning("queue row=%s kind=%s was miscounted", group.pk, group.kind)
        wrong += len(mended)
    return wrong


def _differing(groups: list[CaseGroup]) -> list[CaseGroup]:
    """Those that say something else than their cases, with the right numbers set."""
    now = clock.now()
    right = fresh([group.pk for group in groups], now)
    return [group for group in groups if _set(group, right[group.pk], now)]


def _set(group: CaseGroup, right: dict[str, Any], now: datetime) -> bool:
    """Give the row its numbers; True where they were others."""
    group.opened_by_hour = recent(group.opened_by_hour, now)
    if all(getattr(group, name) == value for name, value in right.items()):
        return False
    for name, value in right.items():
        setattr(group, name, value)
    return True


def _place_again() -> int:
    """Give cases that stand in a wrong row, or in none, their own; how many."""
    moved = 0
    wrong = OrderException.objects.annotate(
        key=Coalesce(F("group__store"), 0), own=Coalesce(F("store"), 0)
    ).filter(
        Q(state=CaseState.OPEN, group=None)
        | Q(group__isnull=False)
        & (
            ~Q(state=CaseState.OPEN)
            | ~Q(team=F("group__team"))
            | ~Q(kind=F("group__kind"))
            | ~Q(shared_cause=F("group__cause"))
            | ~Q(key=F("own"))
        )
    )
    clocks = Clocks()
    for pks in _chunks(wrong):
        with transaction.atomic():
            _place(pks, clocks)
        moved += len(pks)
    return moved


def _place(pks: Sequence[int], clocks: Clocks) -> None:
    """Describe these cases anew and put each into its row."""
    orders = OrderException.objects.filter(pk__in=pks).values("order")
    # Orders first, as everybody locks.
    list(
        Order.objects.select_for_update()
        .filter(pk__in=orders)
        .order_by("pk")
        .values_list("pk")
    )
    rows = list(
        OrderException.objects.select_for_update(of=("self",))
        .filter(pk__in=pks)
        .select_related("order__store")
        .order_by("pk")
    )
    moves = Moves()
    moves.before(rows)
    for row in rows:
        if row.state == CaseState.OPEN:
            describe(row, clocks)
    moves.after(rows)
    bulk.save(rows, [*_DERIVED, "group"])
    moves.save()


def _forget_empty() -> None:
    """Drop rows that have had no case for long."""
    limit = clock.now() - EMPTY_KEPT
    empty = CaseGroup.objects.filter(
        Q(emptied_at__lt=limit) | Q(emptied_at=None, oldest=None),
        awake=0,
        asleep=0,
        cases=None,
    )
    for pks in _chunks(empty):
        with transaction.atomic():
            rows = empty.filter(pk__in=pks).select_for_update(of=("self",))
            CaseGroup.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _chunks(rows: Any) -> Iterable[list[int]]:
    """The keys of these rows, 100 at a time, in their order."""
    last = 0
    while pks := list(
        rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        yield pks
        last = pks[-1]
