"""How a queue is read and a case is worked."""

from __future__ import annotations

from collections import Counter

from orders.exception_kinds import KINDS, Severity, Team
from shipsync_site.guide import GUIDE, Link, Page, Part, Table

WORK = {
    Team.OPS: "An order does not move: a mapping, a record, a parcel, a store.",
    Team.CS: "A buyer has to be asked or answered.",
    Team.FINANCE: "Money and orders do not agree.",
    Team.LEAD: "A rule has to be decided, or two owners to be told apart.",
}
COSTS = {
    Severity.MONEY: "Money goes now: a parcel that nobody wants, a penalty.",
    Severity.STUCK: "An order does not move until it is decided.",
    Severity.DOUBT: "Something to look at; orders move on.",
}


def _queue() -> list[Part]:
    counted = Counter(kind.team for kind in KINDS)
    return [
        Part(
            title="A row of the queue",
            points=(
                (
                    "A row is a cause: everything that one repair ends. Open it to see the "
                    "orders behind it."
                ),
                (
                    "The clock is the last moment at which acting helps, with opening hours, "
                    "holidays and the carrier's collection counted in. The nearest is on top."
                ),
                "The badge says whose move it is; the name says who has it.",
                "The money is the orders' worth, not the loss.",
            ),
        ),
        Part(
            title="A case, from the top",
            numbered=True,
            points=(
                "Read the sentence: it says why the order is stuck.",
                "Look at the clock, and take the case, so that nobody else does it too.",
                "Read 'Look first' in the runbook; the answer is often there.",
                "Press the way out. It says what it will do before it does it.",
                "Stay for the answer, or go on: if it fails, the case comes back.",
            ),
        ),
        Part(
            title="Two repairs, kept apart",
            points=(
                "'Try again' sends the same call with what we know now.",
                "'Look again' fetches fresh facts from the other systems first.",
            ),
            after="When the marketplace shows something else than we do, fetch first.",
        ),
        Part(
            title="Most cases end by themselves",
            text="A case is open as long as its cause is. Mend the cause, and all its "
            "cases close; bring it back, and they return with a badge. Closing a case "
            "without mending its cause is a decision with your name.",
        ),
        Part(
            title="Many at once, or one after the other",
            points=(
                (
                    "'Work through' opens one case after the other; two people never get the "
                    "same one."
                ),
                (
                    "Tick rows, or all that match: what will be done is shown first, row by "
                    "row, and what is sent waits for a countdown in which it can be stopped."
                ),
                (
                    "Put a case off with a reason: it comes back at its time, four hours "
                    "before its deadline, or when its cause has doubled."
                ),
                "Save a filter as a view: for you, or for everybody.",
            ),
        ),
        Part(
            title="Whose queue",
            table=Table(
                head=("Team", "Its cases", "Kinds"),
                rows=tuple(
                    (
                        Link(text=team.label, url="help_kinds", query=f"team={team}"),
                        WORK[team],
                        str(counted[team]),
                    )
                    for team in Team
                ),
            ),
        ),
        Part(
            title="What waiting costs",
            table=Table(
                head=("Costs", "Means"),
                rows=tuple((cost.value.capitalize(), COSTS[cost]) for cost in Severity),
            ),
        ),
    ]


GUIDE.register(
    Page(
        code="queue",
        order=20,
        title="How do I work a queue?",
        lead="What stands in a row, and how a case is worked from the top.",
        icon="inbox",
        parts=_queue,
        about=("/cases/", "/carriers/unmapped/"),
    )
)
