"""The queue's rows kept equal to the open cases, in the transaction that writes these.

Every writer of cases says what they were and what they are::

    moves = Moves()
    moves.before(rows)  # as stored; new ones need not be named
    ...  # change them
    moves.after(rows)  # gives each its group: then they are stored
    moves.save()  # last in the transaction

Counts are added to and taken from, never counted again: a page of 100 orders costs the
same beside 50,000 cases of one cause as beside five. What is due next is looked up in an
index. Groups are locked last, after orders and cases, in primary-key order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import OuterRef, QuerySet, Subquery

from orders.models import CaseGroup, CaseState, Order, OrderException
from orders.shared_causes import shared_cause, shared_text
from orders.work_by import Clocks
from shipsync_site.lib import bulk, clock

# Openings are kept by hour for this long.
HOURS_KEPT = timedelta(hours=72)
COUNTED = ("awake", "asleep", "unowned", "owners", "money", "opened_by_hour")
DUE = ("work_by", "deadline", "oldest")
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Weight:
    """What one open case adds to its group."""

    group: int
    asleep: bool
    owner: int | None
    currency: str
    amount: Decimal
    opened_at: datetime
    work_by: datetime | None
    deadline: datetime | None


def weigh(case: OrderException) -> Weight | None:
    """What the row counts for; None when it is closed, or not placed yet."""
    if case.state != CaseState.OPEN or case.group_id is None:
        return None
    return Weight(
        group=case.group_id,
        asleep=bool(case.snooze),
        owner=case.assignee_id,
        currency=case.currency if case.amount is not None else "",
        amount=Decimal(case.amount or 0),
        opened_at=case.opened_at,
        work_by=case.work_by,
        deadline=case.deadline,
    )


def describe(case: OrderException, clocks: Clocks) -> None:
    """Set what follows from the case and its order: shared cause, money, last moment.

    One that sleeps wakes where that moment moves forward: the caller stores SLEEP too.
    """
    order, before = case.order, case.work_by
    case.shared_cause = shared_cause(
        case.kind,
        f"{case.scope}:{case.cause}",
        case.summary,
        case.context or {},
        own_ids(order),
    )
    case.work_by = clocks.at(case.deadline, order)
    if case.snooze and case.work_by and (before is None or case.work_by < before):
        wake(case)
    case.amount = order.total if order else None
    case.currency = order.currency if order else ""


def own_ids(order: Order | None) -> tuple[str, ...]:
    """What a sentence may call the order by."""
    if order is None:
        return ()
    return order.number, order.remote_id, order.order_key


def wake(case: OrderException) -> None:
    """Let a case that was put off count again; the caller stores SLEEP."""
    case.snooze, case.snooze_reason, case.snooze_count = "", "", 0
    case.snoozed_until = case.snoozed_by = None


SLEEP = ("snooze", "snooze_reason", "snooze_count", "snoozed_until", "snoozed_by")


class Moves:
    """What one transaction does to the groups."""

    def __init__(self) -> None:
        self._before: dict[int, Weight | None] = {}
        self._changes: dict[int, _Change] = defaultdict(_Change)

    def before(self, cases: Iterable[OrderException]) -> None:
        """Note what these count for, as they are stored."""
        self._before.update((case.pk, weigh(case)) for case in cases)

    def after(self, cases: Sequence[OrderException]) -> None:
        """Give each its group, or none when it is closed, and note what it counts for.

        The caller stores them, ``group`` with the rest, before :meth:`save`.
        """
        place(cases)
        for case in cases:
            was, now = self._before.pop(case.pk or 0, None), weigh(case)
            if was == now:
                continue
            if was is not None:
                self._changes[was.group].take(was, closed=now is None)
            if now is not None:
                self._changes[now.group].give(now)

    def save(self) -> None:
        """Bring the groups in line: three statements however many cases there are."""
        if not self._changes:
            return
        pks = sorted(self._changes)
        groups = list(
            CaseGroup.objects.select_for_update().filter(pk__in=pks).order_by("pk")
        )
        # Asked only now: while the lock was waited for, others may have written.
        due = due_next(pks)
        now = clock.now()
        for group in groups:
            self._changes[group.pk].apply(group, now)
            for name in DUE:
                setattr(group, name, due[group.pk][name])
        bulk.save(groups, [*COUNTED, *DUE, "emptied_at", "returned_at"])
        self._changes.clear()


@contextmanager
def regrouped(case: OrderException) -> Iterator[None]:
    """Count one locked row anew around a change of it; inside a transaction."""
    moves = Moves()
    moves.before([case])
    group = case.group_id
    yield
    moves.after([case])
    if case.group_id != group:
        case.save(update_fields=["group"])
    moves.save()


@dataclass(slots=True)
class _Change:
    awake: int = 0
    asleep: int = 0
    unowned: int = 0
    closed: bool = False
    owners: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    money: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    hours: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def give(self, weight: Weight) -> None:
        self._add(weight, 1)

    def take(self, weight: Weight, *, closed: bool) -> None:
        self._add(weight, -1)
        self.closed = self.closed or closed

    def _add(self, weight: Weight, sign: int) -> None:
        if weight.asleep:
            self.asleep += sign
            return
        self.awake += sign
        if weight.owner is None:
            self.unowned += sign
        else:
            self.owners[str(weight.owner)] += sign
        if weight.currency:
            self.money[weight.currency] += sign * weight.amount
        self.hours[hour_of(weight.opened_at)] += sign

    def apply(self, group: CaseGroup, now: datetime) -> None:
        before = group.awake + group.asleep
        group.awake = max(0, group.awake + self.awake)
        group.asleep = max(0, group.asleep + self.asleep)
        group.unowned = max(0, group.unowned + self.unowned)
        group.owners = _summed(group.owners, self.owners)
        group.opened_by_hour = recent(_summed(group.opened_by_hour, self.hours), now)
        amounts = {code: Decimal(text) for code, text in group.money.items()}
        for code, amount in self.money.items():
            amounts[code] = amounts.get(code, Decimal(0)) + amount
        group.money = as_text(amounts)
        after = group.awake + group.asleep
        if after and not before and group.emptied_at is not None:
            group.returned_at, group.emptied_at = now, None
        elif before and not after and self.closed:
            group.emptied_at, group.returned_at = now, None


def _summed(counts: dict[str, int], changes: dict[str, int]) -> dict[str, int]:
    """Only what is left: a zero says nothing."""
    names = {*counts, *changes}
    summed = {name: counts.get(name, 0) + changes.get(name, 0) for name in names}
    return {name: summed[name] for name in sorted(names) if summed[name] > 0}


def hour_of(moment: datetime) -> str:
    """The hour in UTC, as ISO text: '2026-03-01T09'."""
    return moment.astimezone(UTC).isoformat()[:13]


def recent(hours: dict[str, int], now: datetime) -> dict[str, int]:
    """The hours that are kept still."""
    first = hour_of(now - HOURS_KEPT)
    return {hour: count for hour, count in hours.items() if hour >= first}


def as_text(amounts: dict[str, Decimal]) -> dict[str, str]:
    """Amounts above nothing, as the column keeps them."""
    return {code: f"{amounts[code]:.2f}" for code in sorted(amounts) if amounts[code]}


def key_of(case: OrderException) -> Key:
    """Which row of the queue a case belongs to."""
    store = str(case.store_id) if case.store_id is not None else ""
    return case.team, store, case.kind, case.shared_cause


def place(cases: Sequence[OrderException]) -> None:
    """Set ``group`` of each case; open ones get theirs, made where there is none."""
    wanted: dict[Key, OrderException] = {}
    for case in cases:
        if case.state == CaseState.OPEN:
            wanted.setdefault(key_of(case), case)
        else:
            case.group_id = None
    known = _known(wanted)
    missing = sorted(set(wanted) - set(known))
    if missing:
        CaseGroup.objects.bulk_create(
            [_new(key, wanted[key]) for key in missing], ignore_conflicts=True
        )
        known = _known(wanted)
    for case in cases:
        if case.state == CaseState.OPEN:
            case.group_id = known[key_of(case)]


def _known(keys: Iterable[Key]) -> dict[Key, int]:
    teams, stores, kinds, causes = ({key[n] for key in keys} for n in range(4))
    rows = CaseGroup.objects.filter(
        team__in=teams, store_key__in=stores, kind__in=kinds, cause__in=causes
    ).values_list("team", "store_key", "kind", "cause", "pk")
    return {(team, store, kind, cause): pk for team, store, kind, cause, pk in rows}


def _new(key: Key, case: OrderException) -> CaseGroup:
    team, store, kind, cause = key
    return CaseGroup(
        team=team,
        store_id=case.store_id,
        store_key=store,
        kind=kind,
        cause=cause,
        summary=shared_text(case.summary, own_ids(case.order)),
    )


def awake_cases() -> QuerySet[OrderException]:
    """Open cases that nobody has put off: what queues show and count."""
    return OrderException.objects.filter(state=CaseState.OPEN, snooze="")


def due_next(groups: Sequence[int]) -> dict[int, dict[str, datetime | None]]:
    """Of each group, when the next of its awake cases is due, and how old the oldest is.

    One query, answered by index whatever the number of cases.
    """
    cases = awake_cases().filter(group=OuterRef("pk"))
    dated = cases.filter(work_by__isnull=False).order_by("work_by", "pk")
    rows = (
        CaseGroup.objects.filter(pk__in=groups)
        .annotate(
            next_work_by=Subquery(dated.values("work_by")[:1]),
            next_deadline=Subquery(dated.values("deadline")[:1]),
            first_opened=Subquery(cases.order_by("opened_at").values("opened_at")[:1]),
        )
        .values_list("pk", "next_work_by", "next_deadline", "first_opened")
    )
    return {pk: dict(zip(DUE, found, strict=True)) for pk, *found in rows}
