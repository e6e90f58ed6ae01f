"""Who has a case on their screen: nobody else is given it meanwhile.

A claim is short and renewed by the page while it is open (real time); taking one is a
single conditional UPDATE, so that of many who want the same case one gets it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet

from orders.models import CaseState, OrderException
from shipsync_site.lib import clock

# The page renews it three times as often.
CLAIM = timedelta(seconds=60)
RENEW = 20
_TRIED = 20


def claim(case_id: int, user_id: int) -> datetime | None:
    """Take or renew the claim on an open case; until when, None where another has it."""
    until = clock.real_now() + CLAIM
    taken = (
        OrderException.objects.filter(_free(user_id), pk=case_id, state=CaseState.OPEN)
        .order_by()
        .update(claimed_by=user_id, claimed_until=until)
    )
    return until if taken else None


def release(case_id: int, user_id: int, until: datetime | None = None) -> bool:
    """Give a claim up; ``until``: only that very one, which a later page hasn't renewed."""
    mine = OrderException.objects.filter(pk=case_id, claimed_by=user_id)
    if until is not None:
        mine = mine.filter(claimed_until=until)
    return bool(mine.update(claimed_by=None, claimed_until=None))


def holder(case: OrderException, user_id: int | None) -> User | None:
    """Who else has it on screen."""
    until = case.claimed_until
    if until is None or until <= clock.real_now() or case.claimed_by_id == user_id:
        return None
    found: User | None = case.claimed_by
    return found


def take_next(
    cases: QuerySet[OrderException], user_id: int, but: Collection[int] = ()
) -> OrderException | None:
    """Claim the open case that must be done soonest and that nobody else has open.

    ``but``: not these. None where nothing is left.
    """
    rows = (
        cases.filter(_free(user_id), state=CaseState.OPEN)
        .exclude(pk__in=but)
        .order_by(F("work_by").asc(nulls_last=True), "pk")
    )
    while found := list(rows.values_list("pk", flat=True)[:_TRIED]):
        for pk in found:
            if claim(pk, user_id):
                return OrderException.objects.get(pk=pk)
    return None


def _free(user_id: int) -> Q:
    """Cases that nobody else has on screen."""
    lapsed = Q(claimed_until=None) | Q(claimed_until__lte=clock.real_now())
    return lapsed | Q(claimed_by=user_id)
