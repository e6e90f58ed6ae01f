"""Putting a case off, with a reason, and how it comes back by itself.

A case that sleeps leaves the queue, its counts and the navigation; its deadline stays.
It wakes at its time, four hours before its deadline, or when there are twice as many
cases of its cause; also when its deadline moves forward (``orders.case_sync``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q, QuerySet

from orders.case_groups import SLEEP, Moves, regrouped
from orders.case_groups import wake as awaken
from orders.case_locks import InvalidActError, lock, note_act, require
from orders.models import CaseState, Order, OrderEvent, OrderException, Snooze
from shipsync_site.lib import bulk, clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PERMISSION = "orders.assign_exception"
# Nothing sleeps into the last hours before its deadline.
BEFORE = timedelta(hours=4)
LONGEST = timedelta(days=30)
CHUNK = 100


def snooze(
    case: OrderException,
    rule: str,
    by: User,
    version: int,
    reason: str,
    until: datetime | None = None,
) -> OrderException:
    """Put the case off until ``rule`` (a Snooze value) wakes it; ``until`` for TIME.

    Raises ConflictError, InvalidActError, NotAllowedError.
    """
    require(by, PERMISSION)
    reason = reason.strip()
    if not reason:
        raise InvalidActError("Putting it off needs a reason: say what you wait for.")
    if len(reason) > 300:
        raise InvalidActError(
            f"The reason has {len(reason)} characters; up to 300 are kept. Shorten it."
        )
    if rule not in set(Snooze):
        raise InvalidActError("Say until when it is put off: choose from the list.")
    with transaction.atomic():
        row = lock(case, version)
        back = _until(row, Snooze(rule), until)
        count = _standing(row)
        with regrouped(row):
            row.snooze, row.snooze_reason, row.snoozed_until = rule, reason, back
            row.snooze_count = count if rule == Snooze.DOUBLED else 0
            row.snoozed_by = by
            row.version += 1
            row.save(update_fields=[*SLEEP, "version"])
        note_act(row, by, "case_snoozed", f"Put off {_words(row)}: {reason}")
    return row


def wake(case: OrderException, by: User, version: int) -> OrderException:
    """Take a case that sleeps back into the queue.

    Raises ConflictError, InvalidActError, NotAllowedError.
    """
    require(by, PERMISSION)
    with transaction.atomic():
        row = lock(case, version)
        if not row.snooze:
            raise InvalidActError("The case is in the queue already.")
        with regrouped(row):
            awaken(row)
            row.version += 1
            row.save(update_fields=[*SLEEP, "version"])
        note_act(row, by, "case_woken", "Took it back into the queue")
    return row


def wake_due() -> int:
    """Bring back what is due, each with a line in its story; how many.

    For the minute's tick: own transactions of at most 100 cases.
    """
    woken = 0
    while pks := list(_due().order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            woken += _wake(pks)
    return woken


def _wake(pks: list[int]) -> int:
    asleep = OrderException.objects.filter(pk__in=pks)
    # Orders first, as everybody locks.
    list(
        Order.objects.select_for_update()
        .filter(pk__in=asleep.values("order"))
        .order_by("pk")
        .values_list("pk")
    )
    rows = list(
        _due().filter(pk__in=pks).select_for_update(of=("self",)).order_by("pk")
    )
    moves = Moves()
    moves.before(rows)
    OrderEvent.objects.bulk_create(_told(rows))
    for row in rows:
        awaken(row)
        row.version += 1
    moves.after(rows)
    bulk.save(rows, [*SLEEP, "version", "group"])
    moves.save()
    return len(rows)


def _due() -> QuerySet[OrderException]:
    now = clock.now()
    doubled = Q(group__awake__gte=F("snooze_count") * 2 - F("group__asleep"))
    return OrderException.objects.filter(
        Q(snoozed_until__lte=now) | Q(snooze=Snooze.DOUBLED) & doubled,
        state=CaseState.OPEN,
    ).exclude(snooze="")


def _told(rows: Iterable[OrderException]) -> Iterable[OrderEvent]:
    now = clock.now()
    for row in rows:
        due = row.snoozed_until is not None and row.snoozed_until <= now
        why = "its time has come" if due else "there are twice as many of its cause"
        yield OrderEvent(
            order_id=row.order_id,
            case=row,
            at=now,
            system="shipsync",
            verb="case_woken",
            text=f"Back in the queue: {why}",
            data={"kind": row.kind, "version": row.version + 1},
        )


def _standing(case: OrderException) -> int:
    """How many cases of its cause are open now."""
    group = case.group
    return group.awake + group.asleep if group else 1


def _until(
    case: OrderException, rule: Snooze, until: datetime | None
) -> datetime | None:
    """When the clock wakes it, whatever else does; None: only its rule's event."""
    now, last = clock.now(), case.work_by
    latest = last - BEFORE if last is not None else None
    if rule == Snooze.TIME:
        if until is None or until <= now:
            raise InvalidActError("Choose a time that is still to come.")
        if until - now > LONGEST:
            raise InvalidActError(
                f"Up to {LONGEST.days} days: choose an earlier time, or resolve it."
            )
        if last is not None and now < last < until:
            raise InvalidActError(
                "That is after its deadline: choose a time before it, or 4 hours before."
            )
        return until
    if latest is not None and latest > now:
        return latest
    if rule == Snooze.SHIP_BY and last is None:
        raise InvalidActError("It has no deadline: choose a time instead.")
    if last is not None:
        raise InvalidActError(
            "It is due within 4 hours or late: it can only be put off until a time."
        )
    return None


def _words(case: OrderException) -> str:
    if case.snooze == Snooze.DOUBLED:
        return f"until there are {2 * case.snooze_count} of its cause"
    if case.snooze == Snooze.SHIP_BY:
        return "until 4 hours before its deadline"
    return f"until {case.snoozed_until:%-d %B %H:%M} UTC"
