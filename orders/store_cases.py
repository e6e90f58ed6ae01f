"""Cases that stand for a store or an account instead of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from orders.case_groups import SLEEP, Moves, describe, wake
from orders.exception_kinds import KINDS, Resolution
from orders.models import CaseState, OrderException, Verb
from orders.work_by import Clocks
from shipsync_site.lib import bulk, clock
from stores.choices import listed
from stores.connectors import CONNECTORS
from stores.models import Store
from stores.remote_types import Choice, ChoiceKind

# The resolution of a case that went away by itself.
GONE = "cause_gone"
_CLOSED = (
    "state",
    "resolution",
    "resolved_at",
    "resolved_by",
    "version",
    "group",
    *SLEEP,
)


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
    deadline: datetime | None = None,
    team: str = "",
) -> OrderException:
    """Have a case stand for a store or an account ('store:2', 'account:remote-1').

    ``team`` has it instead of the kind's own team.

    Idempotent: seen again it is only marked so; one that went away, or that was
    'handled', opens again. One that a person accepted (verb 'accept') stays closed.
    """
    now = clock.now()
    key = {"scope": scope, "kind": kind, "cause": cause}
    team = team or KINDS.get(kind).team
    with transaction.atomic():
        row, created = OrderException.objects.select_for_update().get_or_create(
            **key,
            defaults={
                "team": team,
                "store": store,
                "opened_at": now,
                "last_seen_at": now,
            },
        )
        moves = Moves()
        moves.before([row])
        if not created and row.state == CaseState.RESOLVED and not _accepted(row):
            _reopen(row, now)
        row.team, row.store, row.last_seen_at = team, store, now
        row.summary, row.context = summary[:300], context or {}
        row.deadline = deadline
        describe(row, Clocks())
        moves.after([row])
        row.save()
        moves.save()
    return row


def _reopen(row: OrderException, now: datetime) -> None:
    row.state, row.opened_at = CaseState.OPEN, now
    row.times_opened += 1
    row.resolved_at = row.resolved_by = None
    row.resolution = row.resolution_note = ""
    row.version += 1


def close_store_case(scope: str, kind: str, cause: str = "") -> int:
    """Close the open cases of this scope and kind (and cause); how many there were."""
    cases = OrderException.objects.filter(scope=scope, kind=kind, state=CaseState.OPEN)
    if cause:
        cases = cases.filter(cause=cause)
    with transaction.atomic():
        rows = list(cases.select_for_update().order_by("pk"))
        moves = Moves()
        moves.before(rows)
        for row in rows:
            row.state, row.resolution = CaseState.RESOLVED, GONE
            row.resolved_at, row.resolved_by = clock.now(), None
            row.version += 1
            wake(row)
        moves.after(rows)
        bulk.save(rows, _CLOSED)
        moves.save()
    return len(rows)


def _accepted(case: OrderException) -> bool:
    return any(
        resolution.code == case.resolution and resolution.verb == Verb.ACCEPT
        for resolution in resolutions_for(case)
    )
