"""Cases that stand for a store or an account instead of an order."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from orders.exception_kinds import KINDS, Resolution
from orders.models import CaseState, OrderException, Verb
from shipsync_site.lib import clock
from stores.choices import listed
from stores.connectors import CONNECTORS
from stores.models import Store
from stores.remote_types import Choice, ChoiceKind

# The resolution of a case that went away by itself.
GONE = "cause_gone"


def resolutions_for(case: OrderException) -> tuple[Resolution, ...]:
    """The ways out of a case, as its marketplace allows them.

    None for a kind that no longer exists.
    """
    if case.kind not in KINDS:
        return ()
    can: frozenset[str] = frozenset()
    if case.order is not None:
        marketplace = case.order.store.remote_account.marketplace
        can = frozenset(map(str, CONNECTORS.get(marketplace).capabilities))
    return tuple(
        way
        for way in KINDS.get(case.kind).resolutions
        if way.fits(can, case.context or {})
    )


def reasons_for(case: OrderException, way: Resolution) -> tuple[Choice, ...]:
    """What the marketplace lets us say with this way out, as its list was read last.

    () where it has no such list: then nothing is to be chosen. A list of this very
    order counts instead of the general one.
    """
    if not way.reasons or case.order is None:
        return ()
    order = case.order
    scopes = {"", order.delivery_option, order.raw_status, order.remote_id}
    key = order.store.remote_account.key
    rows = [x for x in listed(key, ChoiceKind(way.reasons)) if x.scope in scopes]
    own = [x for x in rows if x.scope == order.remote_id]
    return tuple({choice.code: choice for choice in own or rows}.values())


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
