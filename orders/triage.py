"""What people do with cases: assign, note, resolve, look again.

The only writer of OrderException for people's acts; ``reconsider`` opens and closes the
cases of orders. Each act names the ``version`` it was based on: whoever comes second
gets a :class:`ConflictError` that says what changed, and nothing is overwritten.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from orders import approvals, case_suggestions
from orders.case_ends import Word, carry_out, lift_refusals
from orders.case_groups import regrouped
from orders.case_locks import (
    NOTED,
    ConflictError,
    InvalidActError,
    NotAllowedError,
    TriageError,
    lock,
    note_act,
    require,
)
from orders.due import look_soon
from orders.exception_kinds import Resolution, Team
from orders.models import (
    CaseState,
    Decision,
    ExceptionNote,
    Order,
    OrderEvent,
    OrderException,
    Verb,
)
from orders.reconsider import reconsider
from orders.store_cases import (
    GONE,
    close_store_case,
    open_store_case,
    reasons_for,
    resolutions_for,
)
from shipsync_site.lib import clock
from stores import lanes
from stores.models import Direction
from stores.remote_types import Choice

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = [
    "GONE",
    "ConflictError",
    "InvalidActError",
    "NotAllowedError",
    "TriageError",
    "add_note",
    "assign",
    "close_store_case",
    "hand_over",
    "lift_refusals",
    "look_again",
    "only_says",
    "open_store_case",
    "reasons_for",
    "reopen",
    "reopens",
    "resolutions_for",
    "resolve",
]

logger = logging.getLogger(__name__)

# Decisions that only say something: taking one back undoes all of it.
_WORDS_ONLY = (
    "",
    Verb.ACCEPT,
    Verb.TAKEN_OUT,
    Verb.LEFT_WITH_IT,
    Verb.GIVEN_UP,
    Verb.INTERCEPT,
)


def assign(
    case: OrderException, to: User | None, by: User, version: int
) -> OrderException:
    """Give the case to ``to``, or to nobody; raises ConflictError, NotAllowedError."""
    require(by, "orders.assign_exception")
    with transaction.atomic():
        row = lock(case, version)
        with regrouped(row):
            row.assignee = to
            row.version += 1
            row.save(update_fields=["assignee", "version"])
        if to is None:
            text = "Case put back: nobody has it"
        elif to.pk == by.pk:
            text = "Case taken"
        else:
            text = f"Case given to {to.get_username()}"
        note_act(row, by, "case_assigned", text)
    return row


def hand_over(
    case: OrderException, team: str, by: User, version: int
) -> OrderException:
    """Move the case to another team's queue, owned by nobody.

    Raises ConflictError, InvalidActError, NotAllowedError.
    """
    require(by, "orders.assign_exception")
    if team not in set(Team):
        raise InvalidActError("There is no such team: choose one from the list.")
    if team == case.team:
        raise InvalidActError("The case is in that team's queue already.")
    with transaction.atomic():
        row = lock(case, version)
        with regrouped(row):
            row.team, row.assignee = team, None
            row.version += 1
            row.save(update_fields=["team", "assignee", "version"])
        note_act(row, by, "case_handed_over", f"Case handed over to {team.upper()}")
    return row


def add_note(case: OrderException, text: str, by: User) -> ExceptionNote:
    """Write a note on the case; raises InvalidActError, NotAllowedError."""
    require(by, "orders.note_exception")
    text = text.strip()
    if not text:
        raise InvalidActError("The note is empty: write something, then save it.")
    if len(text) > 4000:
        raise InvalidActError(
            f"The note has {len(text)} characters; up to 4,000 are kept. Shorten it."
        )
    with transaction.atomic():
        note = ExceptionNote.objects.create(
            case=case, author=by, at=clock.now(), text=text
        )
        note_act(case, by, NOTED, "Wrote a note on the case")
    return note


def resolve(
    case: OrderException,
    resolution_code: str,
    by: User,
    reason: str = "",
    version: int = 0,
    target: str = "",
    choice: str = "",
) -> OrderException:
    """End the case as the person decided and have its order decided again.

    Records the Decision of the resolution's verb; 'retry' lifts standing refusals and
    parked jobs. ``target`` is the ShipStation order that was chosen, where several may
    be meant; ``choice`` the code of a reason on the marketplace's list, whose words
    stand for the reason where none was typed. Returns the row after reconsidering: it is
    open again when its cause still stands, and still open where a second person has to
    say yes first (see ``approvals``). Raises ConflictError, InvalidActError,
    NotAllowedError.
    """
    resolution = _resolution(case, resolution_code)
    require(by, resolution.permission)
    if resolution.page and resolution.verb == Verb.CORRECT_ADDRESS:
        raise InvalidActError(
            f"'{resolution.label}' has a page of its own: open it from the case."
        )
    target = _target(case, resolution, target)
    chosen = _choice(case, resolution, choice)
    reason = reason.strip() or (chosen.label if chosen else "")
    if resolution.needs_reason and not reason:
        raise InvalidActError(
            f"'{resolution.label}' needs a reason: say why in the field beside it."
        )
    if len(reason) > 2000:
        raise InvalidActError(
            f"The reason has {len(reason)} characters; up to 2,000 are kept. Shorten it."
        )
    word = Word(
        resolution=resolution,
        reason=reason,
        target=target,
        choice=chosen.code if chosen else "",
    )
    with transaction.atomic():
        row = lock(case, version)
        if approvals.needed(row, resolution):
            approvals.ask(row, word, by)
            return row
        approvals.overtake(row)
        carry_out(row, word, by)
    logger.info("case resolved case=%s by=%s as=%s", row.pk, by.pk, resolution.code)
    if row.order_id is not None:
        reconsider([row.order_id])
    return OrderException.objects.select_related("order__store", "assignee").get(
        pk=row.pk
    )


def only_says(way: Resolution) -> bool:
    """Whether nothing is sent because of this way out: it can be taken back."""
    return way.verb in _WORDS_ONLY


def reopens(case: OrderException) -> bool:
    """Whether a person's decision can be taken back: nothing was sent because of it."""
    if case.state != CaseState.RESOLVED or case.resolved_by_id is None:
        return False
    return any(
        only_says(resolution)
        for resolution in resolutions_for(case)
        if resolution.code == case.resolution
    )


def reopen(case: OrderException, by: User, version: int) -> OrderException:
    """Take back what was decided; the case opens again where its cause still stands.

    Raises ConflictError, InvalidActError, NotAllowedError.
    """
    if not reopens(case):
        raise InvalidActError(
            "This can't be taken back: it closed by itself, or something was sent."
        )
    require(by, _resolution(case, case.resolution).permission)
    with transaction.atomic():
        row = lock(case, version, CaseState.RESOLVED)
        now = clock.now()
        with regrouped(row):
            if row.order_id is None:
                row.state, row.opened_at = CaseState.OPEN, now
                row.times_opened += 1
                row.resolution, row.resolution_note = "", ""
                row.resolved_at = row.resolved_by = None
            row.version += 1
            row.save()
        if row.order_id is not None:
            Decision.objects.create(
                order_id=row.order_id,
                case=row,
                verb=Verb.REOPEN,
                cause=row.cause,
                by=by,
                by_name=by.get_username(),
                at=now,
            )
            look_soon([row.order_id])
        note_act(row, by, "case_taken_back", "Took the decision back")
        case_suggestions.forget(case, case.resolution)
    if row.order_id is not None:
        reconsider([row.order_id])
    return OrderException.objects.get(pk=row.pk)


def look_again(order: Order, by: User) -> None:
    """Have an order's jobs and lanes looked at now; raises NotAllowedError."""
    require(by, "orders.retry_sync")
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


def _resolution(case: OrderException, code: str) -> Resolution:
    for resolution in resolutions_for(case):
        if resolution.code == code:
            return resolution
    raise InvalidActError(
        f"This case has no way out called '{code}'. Load the page again and choose."
    )


def _target(case: OrderException, resolution: Resolution, target: str) -> str:
    """The ShipStation order that was chosen; the only one where there is one."""
    if not resolution.chooses_record:
        return ""
    known = [str(ss_order_id) for ss_order_id in case.context.get("records", [])]
    if target in known:
        return target
    if target or len(known) > 1:
        raise InvalidActError(
            f"'{resolution.label}': choose which ShipStation order it is, of "
            f"{', '.join(known)}."
        )
    return known[0] if known else ""


def _choice(case: OrderException, resolution: Resolution, code: str) -> Choice | None:
    """The reason that was chosen for the marketplace; None where none is needed.

    A buyer's own request is granted without one, unless the person names one.
    """
    reasons = reasons_for(case, resolution)
    if not reasons or not (code or resolution.must_choose):
        return None
    for reason in reasons:
        if reason.code == code or (len(reasons) == 1 and not code):
            return reason
    raise InvalidActError(
        f"'{resolution.label}': choose the reason that the marketplace is told."
    )
