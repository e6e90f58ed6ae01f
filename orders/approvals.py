"""Four eyes: what a marketplace or a carrier is told for a dear order wants two people.

Above the store's threshold the first person's decision only asks: nothing is sent, and
the case stays open with its deadline. A second person, never the first, says yes or no.
Whatever changed the case meanwhile makes the question stale, and it is asked anew.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, QuerySet

from orders.case_ends import Word, carry_out
from orders.case_locks import (
    ConflictError,
    InvalidActError,
    lock,
    note_act,
    require,
)
from orders.exception_kinds import KINDS, Resolution
from orders.models import (
    Approval,
    ApprovalState,
    CaseState,
    OrderException,
    Verb,
)
from orders.reconsider import reconsider
from orders.store_cases import resolutions_for
from shipsync_site.lib import clock
from stores.models import OperatingModel

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

logger = logging.getLogger(__name__)

PERMISSION = "orders.approve_decision"
# What somebody outside hears, or what can't be undone.
_TELLS = frozenset(
    {Verb.CANCEL_MARKET, Verb.REJECT_REQUEST, Verb.REFUSE, Verb.VOID_LABEL}
)


def needed(case: OrderException, resolution: Resolution) -> bool:
    """Whether this way out of this case wants a second yes.

    An order whose worth is not known counts as dear.
    """
    if resolution.verb not in _TELLS or case.order is None:
        return False
    rules = OperatingModel.objects.filter(store=case.order.store_id)
    limit = rules.order_by("-version").values_list("four_eyes_above", flat=True).first()
    if limit is None:
        return False
    return case.order.total is None or case.order.total > limit


def ask(row: OrderException, word: Word, by: User) -> Approval:
    """Ask for the second yes to a locked case, in the caller's transaction.

    Raises InvalidActError where somebody has asked already.
    """
    standing = waiting(row)
    if standing is not None:
        raise InvalidActError(
            f"{standing.asked_by_name} has asked for a second yes to "
            f"'{label(standing)}' already: say yes or no to that first."
        )
    overtake(row)
    row.version += 1
    row.save(update_fields=["version"])
    note_act(
        row,
        by,
        "second_asked",
        f"Asked for a second person's yes: {word.resolution.label}",
        {"resolution": word.resolution.code},
    )
    order = row.order
    return Approval.objects.create(
        case=row,
        version=row.version,
        resolution=word.resolution.code,
        target=word.target,
        choice=word.choice,
        reason=word.reason,
        amount=order.total if order else None,
        currency=order.currency if order else "",
        asked_by=by,
        asked_by_name=by.get_username(),
        asked_at=clock.now(),
    )


def answer(approval: Approval, by: User, *, yes: bool, note: str) -> OrderException:
    """Say yes or no as the second person; returns the case as it is then.

    Raises ConflictError where the case changed since, InvalidActError, NotAllowedError.
    """
    require(by, PERMISSION)
    note = note.strip()[:300]
    if approval.asked_by_id == by.pk:
        raise InvalidActError("You asked for it: somebody else has to say yes or no.")
    if not (yes or note):
        raise InvalidActError("Say why not, so that it can be decided another way.")
    try:
        row = _answer(approval, by, yes=yes, note=note)
    except ConflictError:
        _stale(Approval.objects.filter(pk=approval.pk))
        raise
    logger.info("approval answered approval=%s by=%s yes=%s", approval.pk, by.pk, yes)
    if yes and row.order_id is not None:
        reconsider([row.order_id])
    return OrderException.objects.get(pk=row.pk)


def _answer(approval: Approval, by: User, *, yes: bool, note: str) -> OrderException:
    with transaction.atomic():
        row = lock(approval.case, approval.version)
        standing = Approval.objects.select_for_update().get(pk=approval.pk)
        if standing.state != ApprovalState.WAITING:
            raise InvalidActError(
                f"{standing.answered_by_name or 'Somebody'} was faster: "
                f"{standing.get_state_display().lower()}."
            )
        first, resolution = standing.asked_by, _resolution(row, standing)
        if yes and (
            first is None
            or not first.is_active
            or not first.has_perm(resolution.permission)
        ):
            raise InvalidActError(
                f"{standing.asked_by_name} may not decide this any more: decide it "
                "anew, and have somebody else say yes."
            )
        standing.state = ApprovalState.GIVEN if yes else ApprovalState.REFUSED
        standing.answered_by, standing.answered_at = by, clock.now()
        standing.answered_by_name, standing.answer_note = by.get_username(), note
        standing.save()
        if yes and first is not None:
            word = Word(
                resolution=resolution,
                reason=standing.reason,
                target=standing.target,
                choice=standing.choice,
            )
            carry_out(row, word, first, second=by.get_username())
        else:
            row.version += 1
            row.save(update_fields=["version"])
            note_act(
                row,
                by,
                "second_refused",
                f"Said no to '{resolution.label}': {note}",
                {"resolution": resolution.code},
            )
    return row


def _resolution(case: OrderException, approval: Approval) -> Resolution:
    for resolution in resolutions_for(case):
        if resolution.code == approval.resolution:
            return resolution
    raise InvalidActError("This way out is not offered any more: decide it anew.")


def waiting(case: OrderException) -> Approval | None:
    """The question that stands on this case, unless the case changed since."""
    rows = Approval.objects.filter(
        case=case, state=ApprovalState.WAITING, version=case.version
    )
    return None if case.state != CaseState.OPEN else rows.first()


def all_waiting() -> QuerySet[Approval]:
    """Every question that stands, the nearest deadline first."""
    rows = Approval.objects.filter(
        state=ApprovalState.WAITING,
        case__state=CaseState.OPEN,
        version=F("case__version"),
    )
    return rows.select_related("case__order", "case__store").order_by(
        F("case__deadline").asc(nulls_last=True), "pk"
    )


def last_refused(case: OrderException) -> Approval | None:
    """The no that was said last, while the case is as it was then."""
    return Approval.objects.filter(
        case=case, state=ApprovalState.REFUSED, version=case.version - 1
    ).last()


def label(approval: Approval) -> str:
    """What was decided, in the words of its button."""
    kind = approval.case.kind
    for resolution in KINDS.get(kind).resolutions if kind in KINDS else ():
        if resolution.code == approval.resolution:
            return resolution.label
    return approval.resolution


def overtake(row: OrderException) -> None:
    """A locked case goes another way: what was asked of it stands no more."""
    _stale(Approval.objects.filter(case=row))


def _stale(rows: QuerySet[Approval]) -> None:
    rows.filter(state=ApprovalState.WAITING).update(
        state=ApprovalState.STALE, answered_at=clock.now()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The question on a case's page; ``mine``: this person may not answer it himself."""

    approval: Approval
    label: str
    mine: bool
    may: bool


def for_page(
    case: OrderException, user: AbstractBaseUser | AnonymousUser
) -> Shown | None:
    """What waits for a second yes on this case, as this person sees it."""
    approval = waiting(case)
    if approval is None:
        return None
    mine = approval.asked_by_id == user.pk
    return Shown(
        approval=approval,
        label=label(approval),
        mine=mine,
        may=not mine and user.has_perm(PERMISSION),  # type: ignore[union-attr]
    )
