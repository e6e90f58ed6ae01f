"""Carry out what a person decided on a case: the decision, its end, and its story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders import case_suggestions
from orders.case_locks import end, note_act
from orders.correcting import drop
from orders.due import look_soon
from orders.exception_kinds import Resolution
from orders.models import (
    AttemptOutcome,
    Decision,
    OrderException,
    SyncAttempt,
    SyncJob,
    Verb,
)
from shipsync_site.lib import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A way out as it was taken: why, on which record, for which of their reasons."""

    resolution: Resolution
    reason: str = ""
    target: str = ""
    choice: str = ""


def carry_out(row: OrderException, word: Word, by: User, second: str = "") -> None:
    """End a locked case with this word, in the caller's transaction.

    ``second``: who has said yes to it as well. Its order is to be reconsidered after.
    """
    now = end(row, word.resolution.code, word.reason, by)
    data: dict[str, Any] = {"resolution": word.resolution.code}
    if second:
        data["second"] = second
    if word.resolution.verb and row.order_id is not None:
        data["decision"] = Decision.objects.create(
            order_id=row.order_id,
            case=row,
            verb=word.resolution.verb,
            cause=row.cause,
            target=word.target,
            choice=word.choice,
            reason=word.reason,
            by=by,
            by_name=by.get_username(),
            at=now,
        ).pk
        if word.resolution.verb == Verb.RETRY:
            lift_refusals(row.order_id)
        elif word.resolution.verb == Verb.MARKET_ADDRESS:
            drop(row.order_id)
    if row.order_id is not None:
        look_soon([row.order_id])
    agreed = f"; {second} said yes to it as well" if second else ""
    text = f"Decided: {word.resolution.label}{agreed}"
    note_act(row, by, "case_resolved", text, data)
    case_suggestions.remember(row, word.resolution.code, by)


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
