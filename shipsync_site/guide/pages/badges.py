"""What each badge means."""

from __future__ import annotations

from orders.models import AttemptOutcome, CaseState, Rung, Stage, WatchState
from shipsync_site.guide import GUIDE, Badge, Page, Part, Table
from shipsync_site.guide.pages.stages import OWNERS
from stores.models import AccountState, CallOutcome, StoreState

MEANINGS: dict[str, tuple[str, dict[str, str]]] = {
    "stage": (
        "An order",
        {stage.value: OWNERS[stage].means for stage in Stage},
    ),
    "case": (
        "A case",
        {
            CaseState.OPEN: "Somebody has to do something.",
            CaseState.RESOLVED: "Decided by a person, or its cause went away by itself.",
        },
    ),
    "rung": (
        "How well we know that the marketplace was told",
        {
            Rung.DUE: "To be told, at the time that the store's rule says.",
            Rung.SENT: "Sent; no answer yet.",
            Rung.ACCEPTED: "The marketplace said yes to the message.",
            Rung.SHIPPED: "The marketplace shows the order as shipped.",
            Rung.READ_BACK: "The marketplace shows our tracking number. The best proof.",
            Rung.REFUSED: "The marketplace said no, in its own words.",
            Rung.WITHDRAWN: "Not to be told any more: the label is void or another's.",
        },
    ),
    "attempt": (
        "A thing that shipsync tried with an order",
        {
            AttemptOutcome.OPEN: "Under way.",
            AttemptOutcome.OK: "Done.",
            AttemptOutcome.REFUSED: "They said no. It is not repeated until its cause "
            "changes.",
            AttemptOutcome.LOCKED: "ShipStation takes no change of this order any more.",
            AttemptOutcome.UNKNOWN: "Nobody knows whether it happened: we look before we "
            "repeat it.",
            AttemptOutcome.FAILED: "We could not, and nothing was sent. It is tried again.",
        },
    ),
    "call": (
        "One request to another system",
        {
            CallOutcome.OPEN: "Under way.",
            CallOutcome.OK: "Answered well.",
            CallOutcome.THROTTLED: "Too many calls: it waits, and nothing is lost.",
            CallOutcome.TRANSIENT: "Their side or the line failed; tried again.",
            CallOutcome.UNKNOWN: "No answer to something that we wrote.",
            CallOutcome.REJECTED: "They said no about this order.",
            CallOutcome.LOCKED: "The record is closed there.",
            CallOutcome.UNAUTHORISED: "They don't let us in: the account is paused.",
            CallOutcome.UNEXPECTED: "An answer that nobody expected; kept for developers.",
        },
    ),
    "store": (
        "A store",
        {
            StoreState.DRAFT: "Being set up; nothing is read or written.",
            StoreState.SHADOW: "Reads and compares; writes nothing.",
            StoreState.LIVE: "Works.",
            StoreState.PAUSED: "Reads, and writes nothing until somebody resumes it.",
        },
    ),
    "account": (
        "An account at a marketplace or ShipStation",
        {
            AccountState.ACTIVE: "Works.",
            AccountState.PAUSED: "No calls at all, until somebody resumes it.",
        },
    ),
    "watch": (
        "What should happen by itself",
        {
            WatchState.NEW: "Watched, and not heard of yet.",
            WatchState.UP: "Heard of, or nothing is owed.",
            WatchState.LATE: "Overdue by more than its period.",
            WatchState.DOWN: "Overdue by its period and its grace: a case stands.",
            WatchState.OFF: "Not expected: paused, or not set up.",
        },
    ),
}


def _badges() -> list[Part]:
    return [
        Part(
            text="A colour never stands alone: each has an icon and a word. Red is late or "
            "refused, amber is soon or in doubt, green is fine, blue is under way.",
            points=(
                (
                    "'We could not' (amber) and 'they said no' (red) are two things: the first "
                    "is repeated by itself, the second waits for a person."
                ),
                (
                    "The clock badge counts down to the last moment that helps; within four "
                    "hours it turns amber, after that red."
                ),
                "'returned' on a case: it was resolved before, and its cause is back.",
            ),
        ),
        *(
            Part(
                title=title,
                table=Table(
                    head=("Badge", "Means"),
                    rows=tuple(
                        (Badge(family=family, value=str(value)), means)
                        for value, means in meanings.items()
                    ),
                ),
            )
            for family, (title, meanings) in MEANINGS.items()
        ),
    ]


GUIDE.register(
    Page(
        code="badges",
        order=40,
        title="What do the badges mean?",
        lead="Every word with a colour, and what it asks of you.",
        icon="tags",
        parts=_badges,
    )
)
