"""What every act on a case needs: a permission, the row as the person saw it, a line
in the story, and an answer that says who was faster."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from orders.case_groups import regrouped, wake
from orders.models import CaseState, Order, OrderEvent, OrderException
from shipsync_site.lib import clock
from shipsync_site.lib.permissions import MissingPermissionError

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, User


# A note or a tag adds to a case and changes nothing of it.
NOTED, TAGGED = "case_noted", "case_tagged"


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


class NotAllowedError(MissingPermissionError):
    """The person lacks the permission that the act names."""


def require(user: AbstractBaseUser, permission: str) -> None:
    """Raise NotAllowedError unless the person has the permission."""
    if not user.has_perm(permission):  # type: ignore[attr-defined]
        raise NotAllowedError(permission)


def lock(
    case: OrderException, version: int, state: str = CaseState.OPEN
) -> OrderException:
    """The row, locked, if it is still as the person saw it and in this state.

    The order is locked first, as reconsider does: neither overwrites the other.
    """
    if case.order_id is not None:
        Order.objects.select_for_update().only("pk").get(pk=case.order_id)
    row = OrderException.objects.select_for_update().get(pk=case.pk)
    if row.version != version or row.state != state:
        raise ConflictError(row, *last_change(row))
    return row


def end(row: OrderException, code: str, note: str, by: User) -> datetime:
    """Resolve a locked case as a person decided, and store it; when that was."""
    now = clock.now()
    with regrouped(row):
        row.state, row.resolved_at, row.resolved_by = CaseState.RESOLVED, now, by
        row.resolution, row.resolution_note = code, note
        row.version += 1
        wake(row)
        row.save()
    return now


def last_change(case: OrderException) -> tuple[str, str]:
    """Who changed the case last, and what they did, as 'Mia' and 'was faster: …'."""
    event = (
        OrderEvent.objects.filter(case=case)
        .exclude(verb__in=(NOTED, TAGGED))
        .select_related("actor")
        .order_by("-at", "-pk")
        .first()
    )
    newest = event is not None and event.data.get("version") == case.version
    if newest and event is not None and event.actor is not None:
        return event.actor.get_username(), f"was faster: '{event.text}'"
    if case.state == CaseState.RESOLVED and case.resolved_by is not None:
        return case.resolved_by.get_username(), "has resolved this case meanwhile"
    if case.state == CaseState.RESOLVED:
        return "shipsync", "has closed this case meanwhile: its cause is gone"
    if case.assignee is not None:
        return case.assignee.get_username(), "has this case now"
    return "shipsync", "has changed this case meanwhile"


def note_act(
    case: OrderException,
    by: User,
    verb: str,
    text: str,
    data: dict[str, Any] | None = None,
) -> None:
    """Write an act into the order's timeline, or into the case's own story."""
    OrderEvent.objects.create(
        order_id=case.order_id,
        case=case,
        at=clock.now(),
        system="you",
        verb=verb,
        text=text[:500],
        data={"kind": case.kind, "version": case.version} | (data or {}),
        actor=by,
    )
