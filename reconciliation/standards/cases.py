"""A case where a rate is near its limit or beyond, closed when it is neither.

One per store and rate and month: what a person accepted stays so until the month ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from orders.models import CaseState, OrderException
from orders.triage import close_store_case, open_store_case
from reconciliation.standards.arithmetic import State
from reconciliation.standards.limits import percent, shown
from reconciliation.standards.readings import today
from reconciliation.standards.standing import Standing

NEAR, BREACHED = "standard_near", "standard_breached"
_KINDS = {State.NEAR: NEAR, State.BREACHED: BREACHED}


def follow(standings: Iterable[Standing], now: datetime) -> int:
    """Open and close the cases of these stores; how many stand open."""
    due: dict[tuple[str, str, str], Standing] = {}
    scopes = set()
    for each in standings:
        scope = f"store:{each.store.pk}"
        scopes.add(scope)
        if each.state in _KINDS:
            month = f"{today(each.store, now):%Y-%m}"
            cause = f"{each.standard.code}:{month}"
            due[scope, _KINDS[each.state], cause] = each
    open_now = OrderException.objects.filter(
        scope__in=scopes, kind__in=_KINDS.values(), state=CaseState.OPEN
    ).values_list("scope", "kind", "cause")
    for row in set(open_now) - set(due):
        close_store_case(*row)
    for (scope, kind, cause), each in due.items():
        open_store_case(
            scope=scope,
            kind=kind,
            cause=cause,
            summary=sentence(each),
            store=each.store,
            context={
                "standard": each.standard.code,
                "store": each.store.slug,
                "bad": each.bad,
                "whole": each.whole,
                "at_risk": each.at_risk,
                "page": reverse(
                    "reconciliation:standard",
                    args=[each.store.slug, each.standard.code],
                ),
                "page_name": "Open the rate",
            },
        )
    return len(due)


def sentence(each: Standing) -> str:
    """'Amazon UK: late shipment rate is 3.6 % (9 of 250); 1 more breaks the limit.'"""
    name = f"{each.store.name}: {each.standard.label}"
    rate = "nothing counted yet"
    if each.share is not None:
        counted = each.whole - each.bad if each.standard.at_least else each.bad
        rate = f"{percent(each.share, 2)} ({counted} of {each.whole})"
    limit = shown(each.kept.limit)
    if each.state is State.BREACHED:
        return f"{name} is {rate}; the limit is {limit}."
    left = each.left or 0
    told = f"{name} is {rate}; {left} more may go wrong before the limit ({limit})"
    if each.at_risk:
        told += f", and {each.at_risk} will if nobody acts on their cases"
    return f"{told}."
