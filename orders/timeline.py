"""One order's story: every fact, decision, attempt and note as a line, by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from orders.case_locks import NOTED
from orders.models import (
    Decision,
    ExceptionNote,
    Order,
    OrderEvent,
    OrderException,
    Peer,
    SyncAttempt,
    Verb,
)
from stores.models import RemoteCall

LIMIT = 200
_OPERATIONS = {
    "push": "Push",
    "update": "Update",
    "hold": "Hold",
    "restore": "Release from hold",
    "cancel": "Cancel",
    "look": "Look",
    "confirm": "Confirm dispatch",
    "read_back": "Read back",
    "tax": "Tax number",
    "accept": "Tell our yes or no",
    "answer": "Tell our answer",
    "void": "Void the label",
}

# Events that only say again how the call of an attempt ended.
_ECHOES = frozenset({"confirm_accepted", "accept_told", "answer_told"})
# Of one moment: what we learnt, what was decided, what we did, who was called.
_RANK = {"fact": 0, "decision": 1, "attempt": 2, "case": 3, "note": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line: ``at`` is when we heard or did it, ``happened`` the system's own time.

    ``sort`` is fact, decision, attempt, case or note. ``outcome`` is an AttemptOutcome value;
    ``call`` the request behind it. Holds no buyer data but what people write in notes.
    """

    at: datetime
    sort: str
    system: str
    text: str
    happened: datetime | None = None
    actor: str = ""
    detail: str = ""
    outcome: str = ""
    call: RemoteCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The newest lines, oldest first; ``cut`` when older ones exist."""

    entries: list[Entry]
    cut: bool


def story(
    order: Order, *, limit: int | None = LIMIT, until: datetime | None = None
) -> Story:
    """The order's lines by time; four queries, whatever it went through.

    ``until``: only what was heard or done by then.
    """
    top = None if limit is None else limit + 1
    heard = {} if until is None else {"at__lte": until}
    events = list(
        OrderEvent.objects.filter(order=order, **heard)
        .exclude(verb=NOTED)  # the note itself is a line
        .select_related("actor", "call")
        .order_by("-at", "-pk")[:top]
    )
    attempts = list(
        SyncAttempt.objects.filter(
            order=order, **({} if until is None else {"started_at__lte": until})
        )
        .select_related("call", "job")
        .order_by("-started_at", "-pk")[:top]
    )
    told = {event.data.get("decision") for event in events}
    decisions = {
        decision.pk: decision
        for decision in Decision.objects.filter(order=order, **heard).select_related(
            "by"
        )[:top]
    }
    notes = ExceptionNote.objects.filter(case__order=order, **heard).select_related(
        "author"
    )
    # The attempt says what its own event repeats: one line per call.
    answered = {attempt.call_id for attempt in attempts if attempt.call_id}
    entries = [
        _event(event, decisions)
        for event in events
        if event.call_id not in answered or event.verb not in _ECHOES
    ]
    entries += [attempt_entry(attempt, order) for attempt in attempts]
    entries += [_decision(row) for pk, row in decisions.items() if pk not in told]
    entries += [_note(note) for note in notes[:top]]
    entries.sort(key=lambda entry: (entry.at, _RANK[entry.sort]))
    if limit is None or len(entries) <= limit:
        return Story(entries=entries, cut=False)
    return Story(entries=entries[-limit:], cut=True)


def acts(case: OrderException) -> Story:
    """What people did with a case that stands for no order; two queries."""
    events = OrderEvent.objects.filter(case=case).exclude(verb=NOTED)
    entries = [_event(row, {}) for row in events.select_related("actor", "call")]
    entries += [_note(row) for row in case.notes.select_related("author")]
    entries.sort(key=lambda entry: (entry.at, _RANK[entry.sort]))
    return Story(entries=entries[-LIMIT:], cut=len(entries) > LIMIT)


def _event(event: OrderEvent, decisions: dict[int, Decision]) -> Entry:
    decision = decisions.get(event.data.get("decision", 0))
    return Entry(
        at=event.at,
        happened=event.happened,
        sort=_sort(event),
        system=event.system,
        actor=_name(event.actor),
        text=event.text,
        detail=decision.reason if decision else "",
        call=event.call,
    )


def _sort(event: OrderEvent) -> str:
    if event.actor_id or event.verb == "decided":
        return "decision"
    return "case" if event.verb.startswith("case_") else "fact"


def operation_name(operation: str) -> str:
    """What an operation is called on screen."""
    return _OPERATIONS.get(operation, operation.replace("_", " ").capitalize())


def attempt_entry(attempt: SyncAttempt, order: Order) -> Entry:
    """One try of a call as a line; the order's store and account are at hand."""
    account = order.store.remote_account
    to_shipstation = attempt.job.peer == Peer.SHIPSTATION
    refusal = " · ".join(
        part
        for part in (attempt.error_code, attempt.error_field, attempt.error_text)
        if part
    )
    return Entry(
        at=attempt.started_at,
        sort="attempt",
        system="shipstation" if to_shipstation else account.marketplace,
        text=operation_name(attempt.operation),
        detail=refusal or _said(attempt),
        outcome=attempt.outcome,
        call=attempt.call,
    )


def _said(attempt: SyncAttempt) -> str:
    if attempt.outcome == "ok" or attempt.call is None:
        return ""
    return attempt.call.error_text


def _decision(decision: Decision) -> Entry:
    return Entry(
        at=decision.at,
        sort="decision",
        system="you",
        actor=decision.by_name,
        text=f"Decided: {Verb(decision.verb).label}",
        detail=decision.reason,
    )


def _note(note: ExceptionNote) -> Entry:
    return Entry(
        at=note.at,
        sort="note",
        system="you",
        actor=_name(note.author),
        text=note.text,
    )


def _name(user: AbstractBaseUser | None) -> str:
    return user.get_username() if user is not None else ""
