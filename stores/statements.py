"""What a person says of a store that no interface shows: subjects, answers, how long.

ShipStation's notification setting, its own e-mails to buyers and its customs settings
are in no field of its interfaces (v1 and v2 specifications, 2025-08). Somebody looks and
says what he saw; the word is dated, signed, kept, and asked for again when it is old.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser

from shipsync_site.lib import clock
from stores.models import Statement, Store

# A quarter of a year: settings of an account that several people can change.
SETTING = timedelta(days=90)
# Half a year: what changes with staff, printers and carriers alone.
HABIT = timedelta(days=180)


class UnknownStatementError(ValueError):
    """No such subject, or no such answer to it; the message names what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; ``ready`` is False where a store may not go live with it."""

    code: str
    label: str
    ready: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked, where to look, and why; an answer counts for ``good_for``."""

    code: str
    label: str
    question: str
    where: str
    why: str
    answers: tuple[Answer, ...]
    good_for: timedelta

    def answer(self, value: str) -> Answer:
        """The answer with this code; raises UnknownStatementError."""
        for answer in self.answers:
            if answer.code == value:
                return answer
        known = ", ".join(answer.code for answer in self.answers)
        raise UnknownStatementError(f"{self.code}: no answer {value!r}; known: {known}")


NOTIFY_SETTING = Subject(
    code="notify_setting",
    label="ShipStation's notification of the marketplace",
    question="When does ShipStation tell the marketplace of a shipment of this store?",
    where="ShipStation: Settings, Selling Channels, Store Setup, the store, "
    "Notifications, 'Notify marketplace'.",
    why="Two who tell of one parcel contradict each other; nobody makes it late. "
    "No interface shows or changes the setting.",
    answers=(
        Answer(code="label", label="When the label is made"),
        Answer(code="mail_stream", label="When the carrier first scans the parcel"),
        Answer(code="ship_date", label="At a set time on the ship date"),
        Answer(code="hours", label="A number of hours after the label"),
        Answer(code="never", label="Never"),
        Answer(code="nobody", label="There is nobody to tell: a store made by hand"),
    ),
    good_for=SETTING,
)
BUYER_EMAILS = Subject(
    code="buyer_emails",
    label="ShipStation's own e-mails to buyers",
    question="Does ShipStation write to the buyers of this store itself?",
    where="ShipStation: Settings, Selling Channels, Store Setup, the store, "
    "Notifications, the e-mails on shipment and delivery.",
    why="The marketplace writes to its buyers. Several forbid the seller to: a second "
    "mail of a parcel, with another name and other links, costs the account.",
    answers=(
        Answer(code="off", label="No: they are off"),
        Answer(code="on", label="Yes: they are on", ready=False),
        Answer(code="on_allowed", label="Yes, and the marketplace allows it"),
    ),
    good_for=SETTING,
)
TAX_SAMPLE = Subject(
    code="tax_sample",
    label="The tax number on a printed sample",
    question="Does the tax number stand in the customs data of a printed label?",
    where="Buy a label for an order abroad, print it with its customs form or open the "
    "carrier's own record of it, and look for the number.",
    why="A marker reaches the label through ShipStation's own rule alone, and each "
    "carrier prints it elsewhere. Without it the parcel is held at the border or the "
    "buyer pays the tax twice.",
    answers=(
        Answer(code="shows", label="Yes: it is there, under the right scheme"),
        Answer(code="missing", label="No: it is not there", ready=False),
    ),
    good_for=HABIT,
)
AUTOMATION_RULE = Subject(
    code="automation_rule",
    label="ShipStation's automation rule for the tax number",
    question="Is the rule that takes up our marker set up in ShipStation?",
    where="ShipStation: Settings, Automation, Automation Rules; it must be active and "
    "stand for this store.",
    why="The marker alone changes nothing: without the rule the number never reaches "
    "the label.",
    answers=(
        Answer(code="set_up", label="Yes: it is active for this store"),
        Answer(code="not_set_up", label="No", ready=False),
    ),
    good_for=HABIT,
)
STOP_TAG_KNOWN = Subject(
    code="stop_tag_known",
    label="The stop tag on the packing bench",
    question="Do the people who pack know what the stop tag means?",
    where="Ask on the bench: what do you do with an order that shows it?",
    why="A tag on an order that is printed already is the last thing that stops it.",
    answers=(
        Answer(code="known", label="Yes: they take the order off the line"),
        Answer(code="unknown", label="No", ready=False),
    ),
    good_for=HABIT,
)
CHECKLIST = Subject(
    code="checklist",
    label="The checklist before going live",
    question="Is every line of the checklist done?",
    where="The lines below, each with the people it is about.",
    why="What no check can see stands there; somebody answers for it by name.",
    answers=(Answer(code="signed", label="Yes: every line is done"),),
    good_for=timedelta(days=14),
)

# Answers to NOTIFY_SETTING with which ShipStation tells nobody.
SILENT = ("never", "nobody")
# What no check can see; the person who signs answers for each line.
CHECKLIST_LINES = (
    "The people who pack know that the stop tag and a hold mean: off the line.",
    "No other tool writes to this store's orders in ShipStation, or it is known which.",
    "Who works the queues is named, for each day of the week.",
    "Customer service knows where a buyer's request is answered.",
    "It is agreed who rolls back, and the person knows 'Roll back' on 'Go live'.",
    "What was said of ShipStation's settings was looked at there, not remembered.",
)

SUBJECTS: dict[str, Subject] = {
    subject.code: subject
    for subject in (
        NOTIFY_SETTING,
        BUYER_EMAILS,
        TAX_SAMPLE,
        AUTOMATION_RULE,
        STOP_TAG_KNOWN,
        CHECKLIST,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The newest word on a subject, None where nobody has spoken."""

    subject: Subject
    statement: Statement | None
    now: datetime

    @property
    def value(self) -> str:
        """The answer's code, '' where nobody has spoken."""
        return self.statement.value if self.statement is not None else ""

    @property
    def answer(self) -> Answer | None:
        """The answer; None also where the code is no answer any more."""
        found = (x for x in self.subject.answers if x.code == self.value)
        return next(found, None)

    @property
    def good_until(self) -> datetime | None:
        """When it is to be asked again; None where nobody has spoken."""
        if self.statement is None:
            return None
        return self.statement.at + self.subject.good_for

    @property
    def stands(self) -> bool:
        """Whether there is an answer, and it is not too old."""
        until = self.good_until
        return self.answer is not None and until is not None and self.now < until

    @property
    def ready(self) -> bool:
        """Whether it stands, and a store may go live with it."""
        return self.stands and self.answer is not None and self.answer.ready


def subject_of(code: str) -> Subject:
    """The subject with this code; raises UnknownStatementError."""
    try:
        return SUBJECTS[code]
    except KeyError:
        known = ", ".join(SUBJECTS)
        raise UnknownStatementError(f"no subject {code!r}; known: {known}") from None


def record(
    store: Store, subject: str, value: str, note: str, user: AbstractBaseUser | None
) -> Statement:
    """Keep a person's word, from now on the newest. Raises UnknownStatementError."""
    subject_of(subject).answer(value)
    return Statement.objects.create(
        store=store,
        subject=subject,
        value=value,
        note=note,
        at=clock.now(),
        by=user,  # type: ignore[misc]
    )


def newest(store: Store) -> dict[str, Statement]:
    """The newest word on each subject that somebody spoke on, by the subject's code."""
    found: dict[str, Statement] = {}
    for row in Statement.objects.filter(store=store).select_related("by"):
        found.setdefault(row.subject, row)
    return found


def words(store: Store) -> dict[str, Word]:
    """Every subject with its newest word, in the order they are asked in."""
    return {word.subject.code: word for word in _words(store)}


def _words(store: Store) -> Iterator[Word]:
    spoken, now = newest(store), clock.now()
    for code, subject in SUBJECTS.items():
        yield Word(subject=subject, statement=spoken.get(code), now=now)


def word(store: Store, subject: str) -> Word:
    """The newest word on one subject. Raises UnknownStatementError."""
    asked = subject_of(subject)
    row = (
        Statement.objects.filter(store=store, subject=subject)
        .select_related("by")
        .first()
    )
    return Word(subject=asked, statement=row, now=clock.now())
