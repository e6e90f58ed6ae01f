"""Cases that stand for a store or an account instead of an order."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from orders.exception_kinds import KINDS, Resolution
from orders.models import CaseState, OrderException, Verb
from shipsync_site.lib import clock
from stores.models import Store

# The resolution of a case that went away by itself.
GONE = "cause_gone"


def resolutions_for(case: OrderException) -> tuple[Resolution, ...]:
    """The ways out of a case; none for a kind that no longer exists."""
    return KINDS.get(case.kind).resolutions if case.kind in KINDS else ()


def open_store_case(
    scope: str,
    kind: str,
    cause: str,
    summary: str,
    *,
    store: Store | None = None,
    context: dict[str, Any] | None = None,
) -> OrderException:
    """Have a case stand for a store or an account ('store:2', 'account:remote-1').

    Idempotent: seen again it is only marked so; one that went away, or that was
    'handled', opens again. One that a person accepted (verb 'accept') stays closed.
    """
    now = clock.now()
    values: dict[str, Any] = {
        "team": KINDS.get(kind).team,
        "summary": summary[:300],
        "context": context or {},
        "store": store,
        "last_seen_at": now,
    }
    with transaction.atomic():
        row, created = OrderException.objects.select_for_update().get_or_create(
            scope=scope,
            kind=kind,
            cause=cause,
            defaults=values | {"opened_at": now},
        )
        if created:
            return row
        reopens = row.state == CaseState.RESOLVED and not _accepted(row)
        if reopens:
            values |= {
                "state": CaseState.OPEN,
                "opened_at": now,
                "times_opened": row.times_opened + 1,
                "resolved_at": None,
                "resolved_by": None,
                "resolution": "",
                "resolution_note": "",
                "version": row.version + 1,
            }
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
    return row


def close_store_case(scope: str, kind: str, cause: str = "") -> int:
    """Close the open cases of this scope and kind (and cause); how many there were."""
    cases = OrderException.objects.filter(scope=scope, kind=kind, state=CaseState.OPEN)
    if cause:
        cases = cases.filter(cause=cause)
    return cases.update(
        state=CaseState.RESOLVED,
        resolved_at=clock.now(),
        resolved_by=None,
        resolution=GONE,
        version=F("version") + 1,
    )


def _accepted(case: OrderException) -> bool:
    return any(
        resolution.code == case.resolution and resolution.verb == Verb.ACCEPT
        for resolution in resolutions_for(case)
    )
