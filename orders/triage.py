"""What people do with cases: assign, note, resolve, look again.

The only writer of OrderException for people's acts; ``reconsider`` opens and closes the
cases of orders. Each act names the ``version`` it was based on: whoever comes second
gets a :class:`ConflictError` that says what changed, and nothing is overwritten.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from orders.due import look_soon
from orders.exception_kinds import KINDS, Resolution
from orders.models import (
    AttemptOutcome,
    CaseState,
    Decision,
    ExceptionNote,
    Order,
    OrderEvent,
    OrderException,
    SyncAttempt,
    SyncJob,
    Verb,
)
from orders.reconsider import reconsider
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Direction, Store

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, User

logger = logging.getLogger(__name__)

# The resolution of a case that went away by itself.
GONE = "cause_gone"


class TriageError(Exception):
    """An act that was not done; its text is for the person."""


class ConflictError(TriageError):
    """Somebody changed the case first. ``case`` is the row as it is now."""

    def __init__(self, case: OrderException, who: str, what: str) -> None:
        self.case = case
        self.who = who
        self.what = what
        super().__init__(
            f"{who} {what}. Nothing of yours was saved: look and decide again."
        )


class InvalidActError(TriageError):
    """The act does not fit the case: unknown resolution, missing reason."""


class NotAllowedError(PermissionDenied):
    """The person lacks the permission that the act names."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"This needs the permission {permission}.")


def resolutions_for(case: OrderException) -> tuple[Resolution, ...]:
    """The ways out of a case; none for a kind that no longer exists."""
    return KINDS.get(case.kind).resolutions if case.kind in KINDS else ()


def assign(
    case: OrderException, to: User | None, by: User, version: int
) -> OrderException:
    """Give the case to ``to``, or to nobody; raises ConflictError, NotAllowedError."""
    _require(by, "orders.assign_exception")
    with transaction.atomic():
        row = _lock(case, version)
        row.assignee = to
        row.version += 1
        row.save(update_fields=["assignee", "version"])
        if to is None:
            text = "Case put back: nobody has it"
        elif to.pk == by.pk:
            text = "Case taken"
        else:
            text = f"Case given to {to.get_username()}"
        _event(row, by, "case_assigned", text)
    return row


def add_note(case: OrderException, text: str, by: User) -> ExceptionNote:
    """Write a note on the case; raises InvalidActError, NotAllowedError."""
    _require(by, "orders.note_exception")
    text = text.strip()
    if not text:
        raise InvalidActError("The note is empty: write something, then save it.")
    if len(text) > 4000:
        raise InvalidActError(
            f"The note has {len(text)} characters; up to 4,000 are kept. Shorten it."
        )
    return ExceptionNote.objects.create(case=case, author=by, at=clock.now(), text=text)


def resolve(
    case: OrderException,
    resolution_code: str,
    by: User,
    reason: str = "",
    version: int = 0,
) -> OrderException:
    """End the case as the person decided and have its order decided again.

    Records the Decision of the resolution's verb; 'retry' lifts standing refusals and
    parked jobs. Returns the row after reconsidering: it is open again when its cause
    still stands. Raises ConflictError, InvalidActError, NotAllowedError.
    """
    resolution = _resolution(case, resolution_code)
    _require(by, resolution.permission)
    reason = reason.strip()
    if resolution.needs_reason and not reason:
        raise InvalidActError(
            f"'{resolution.label}' needs a reason: say why in the field beside it."
        )
    if len(reason) > 2000:
        raise InvalidActError(
            f"The reason has {len(reason)} characters; up to 2,000 are kept. Shorten it."
        )
    with transaction.atomic():
        row = _lock(case, version)
        now = clock.now()
        row.state = CaseState.RESOLVED
        row.resolved_at = now
        row.resolved_by = by
        row.resolution = resolution.code
        row.resolution_note = reason
        row.version += 1
        row.save()
        data: dict[str, Any] = {"resolution": resolution.code}
        if resolution.verb and row.order_id is not None:
            data["decision"] = Decision.objects.create(
                order_id=row.order_id,
                case=row,
                verb=resolution.verb,
                cause=row.cause,
                reason=reason,
                by=by,
                by_name=by.get_username(),
                at=now,
            ).pk
            if resolution.verb == Verb.RETRY:
                lift_refusals(row.order_id)
        if row.order_id is not None:
            look_soon([row.order_id])
        _event(row, by, "case_resolved", f"Decided: {resolution.label}", data)
    logger.info("case resolved case=%s by=%s as=%s", row.pk, by.pk, resolution.code)
    if row.order_id is not None:
        reconsider([row.order_id])
    return OrderException.objects.select_related("order__store", "assignee").get(
        pk=row.pk
    )


def look_again(order: Order, by: User) -> None:
    """Have an order's jobs and lanes looked at now; raises NotAllowedError."""
    _require(by, "orders.retry_sync")
    with transaction.atomic():
        lift_refusals(order.pk)
        look_soon([order.pk])
        OrderEvent.objects.create(
            order=order,
            at=clock.now(),
            system="you",
            verb="look_again",
            text="Asked to look again now",
            actor=by,
        )
    reconsider([order.pk])
    # Fresh facts first: what ShipStation shows now, and the parcels it knows.
    account = order.store.shipstation_account.key
    for direction in (Direction.MIRROR, Direction.DISPATCHES, Direction.PUSH):
        lanes.nudge(account, direction)
    lanes.nudge(order.store.remote_account.key, Direction.CONFIRM)


def lift_refusals(order_id: int) -> None:
    """Let refused calls of an order be tried again, and take up its parked jobs."""
    SyncAttempt.objects.filter(
        order_id=order_id,
        settled_at__isnull=True,
        retried_at__isnull=True,
        outcome__in=(
            AttemptOutcome.REFUSED,
            AttemptOutcome.LOCKED,
            AttemptOutcome.FAILED,
        ),
    ).update(retried_at=clock.now())
    SyncJob.objects.filter(order_id=order_id).update(
        parked="", leases=0, failures=0, retry_at=None, last_error=""
    )


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


def _resolution(case: OrderException, code: str) -> Resolution:
    for resolution in resolutions_for(case):
        if resolution.code == code:
            return resolution
    raise InvalidActError(
        f"This case has no way out called '{code}'. Load the page again and choose."
    )


def _require(user: AbstractBaseUser, permission: str) -> None:
    if not user.has_perm(permission):  # type: ignore[attr-defined]
        raise NotAllowedError(permission)


def _lock(case: OrderException, version: int) -> OrderException:
    """The row, locked, if it is still as the person saw it and open.

    The order is locked first, as reconsider does: neither overwrites the other.
    """
    if case.order_id is not None:
        Order.objects.select_for_update().only("pk").get(pk=case.order_id)
    row = OrderException.objects.select_for_update().get(pk=case.pk)
    if row.version != version or row.state != CaseState.OPEN:
        raise ConflictError(row, *_last_change(row))
    return row


def _last_change(case: OrderException) -> tuple[str, str]:
    """Who changed the case last, and what they did, as 'Mia' and 'took it …'."""
    event = (
        OrderEvent.objects.filter(order_id=case.order_id, data__case=case.pk)
        .select_related("actor")
        .order_by("-at", "-pk")
        .first()
        if case.order_id
        else None
    )
    if event is not None and event.actor is not None:
        return event.actor.get_username(), f"was faster: '{event.text}'"
    if case.state == CaseState.RESOLVED and case.resolved_by is not None:
        return case.resolved_by.get_username(), "has resolved this case meanwhile"
    if case.state == CaseState.RESOLVED:
        return "shipsync", "has closed this case meanwhile: its cause is gone"
    if case.assignee is not None:
        return case.assignee.get_username(), "has this case now"
    return "shipsync", "has changed this case meanwhile"


def _event(
    case: OrderException,
    by: User,
    verb: str,
    text: str,
    data: dict[str, Any] | None = None,
) -> None:
    if case.order_id is None:
        return
    OrderEvent.objects.create(
        order_id=case.order_id,
        at=clock.now(),
        system="you",
        verb=verb,
        text=text[:500],
        data={"case": case.pk, "kind": case.kind} | (data or {}),
        actor=by,
    )
