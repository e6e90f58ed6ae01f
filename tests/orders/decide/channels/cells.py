"""What shipsync does in every situation, on every marketplace, with every telling.

A row reads 'stage | work | cases' under the default policy, 'closed' stands with the
stage. Rows hold on all marketplaces on which they can occur: decide() knows none of
them by name, and what one can't be told is its connector's to say. ``CANNOT`` names the
section of the fact sheet that rules a row out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.orders.decide.channels.sellers import SELLERS
from tests.orders.decide.channels.situations import SITUATIONS, STATES, State

# What is told, by the four columns of the table.
TELLINGS = {
    "request": ("asked", "line asked"),
    "fact": ("cancelled",),
    "line": ("line cancelled",),
    "withdrawn": ("withdrawn",),
}

EXPECTED: dict[str, dict[str, str]] = {
    "before push": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "cancelled closed | |",
        "line cancelled": "to_push | push new |",
        "withdrawn": "to_push | push new |",
    },
    "before push, not to be shipped yet": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "cancelled closed | |",
        "line cancelled": "waiting | |",
        "withdrawn": "waiting | |",
    },
    "before push, to be accepted": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "cancelled closed | |",
        "line cancelled": "waiting | | acceptance_due",
        "withdrawn": "waiting | | acceptance_due",
    },
    "pushed": {
        "asked": "held | hold 501 | cancel_requested",
        "line asked": "held | hold 501 | cancel_requested",
        "cancelled": "held | hold 501 |",
        "line cancelled": "in_shipstation | update 501 |",
        "withdrawn": "in_shipstation | |",
    },
    "held, by us": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "held | cancel 501 |",
        "line cancelled": "held | restore 501 |",
        "withdrawn": "held | restore 501 |",
    },
    "held, by somebody else": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "held | cancel 501 |",
        "line cancelled": "held | |",
        "withdrawn": "held | |",
    },
    "labelled": {
        "asked": "dispatched | | cancelled_after_label",
        "line asked": "dispatched | | cancelled_after_label",
        "cancelled": "dispatched | | cancelled_after_label",
        "line cancelled": "dispatched | confirm 1 | line_cancelled_after_label",
        "withdrawn": "dispatched | confirm 1 |",
    },
    "combined, open": {
        "asked": "held | hold 601 | cancel_requested",
        "line asked": "held | hold 601 | cancel_requested",
        "cancelled": "held | hold 601 | cancelled_in_combined",
        "line cancelled": "held | hold 601 | change_locked",
        "withdrawn": "in_shipstation | |",
    },
    "combined, held": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "held | | cancelled_in_combined",
        "line cancelled": "held | | change_locked",
        "withdrawn": "held | restore 601 |",
    },
    "combined, labelled": {
        "asked": "dispatched | | cancelled_after_label, combined_parcel",
        "line asked": "dispatched | | cancelled_after_label, combined_parcel",
        "cancelled": "dispatched | | cancelled_after_label",
        "line cancelled": "dispatched | | combined_parcel, line_cancelled_after_label",
        "withdrawn": "dispatched | | combined_parcel",
    },
    "split, open": {
        "asked": "held | hold 501, hold 502 | cancel_requested",
        "line asked": "held | hold 501, hold 502 | cancel_requested",
        "cancelled": "held | hold 501, hold 502 |",
        "line cancelled": "held | hold 501, hold 502 | change_locked",
        "withdrawn": "in_shipstation | |",
    },
    "split, held": {
        "asked": "held | | cancel_requested",
        "line asked": "held | | cancel_requested",
        "cancelled": "held | cancel 501, cancel 502 |",
        "line cancelled": "held | | change_locked",
        "withdrawn": "held | restore 501, restore 502 |",
    },
    "split, one part told": {
        "asked": "held | hold 502 | cancel_requested",
        "line asked": "held | hold 502 | cancel_requested",
        "cancelled": "held | hold 502 | cancelled_after_label",
        "line cancelled": "in_shipstation | hold 502 |",
        "withdrawn": "in_shipstation | |",
    },
    "confirmed, taken": {
        "asked": "confirmed | read_back 1 | cancelled_after_label",
        "line asked": "confirmed | read_back 1 | cancelled_after_label",
        "cancelled": "confirmed | | cancelled_after_label",
        "line cancelled": "confirmed | read_back 1 | line_cancelled_after_label",
        "withdrawn": "confirmed | read_back 1 |",
    },
    "confirmed, read back": {
        "asked": "done | | cancelled_after_label",
        "line asked": "done | | cancelled_after_label",
        "cancelled": "done | | cancelled_after_label",
        "line cancelled": "done | | line_cancelled_after_label",
        "withdrawn": "done closed | |",
    },
}


@dataclass(frozen=True, kw_only=True)
class Never:
    """Rows that cannot occur: of these states ('' all, or a situation's own)."""

    seller: str
    state: str
    tellings: tuple[str, ...]
    section: str
    why: str

    def covers(self, seller: str, state: State, telling: str) -> bool:
        return (
            seller == self.seller
            and telling in self.tellings
            and self.state in ("", state.situation, state.key)
        )

    @property
    def text(self) -> str:
        return f"cannot occur ({self.seller}, {self.section}: {self.why})"


CANNOT = (
    Never(
        seller="amazon",
        state="before push, not to be shipped yet",
        tellings=("asked", "line asked", "withdrawn"),
        section="4.1",
        why="while it is pending the buyer cancels alone; he asks only after that",
    ),
    Never(
        seller="amazon",
        state="confirmed",
        tellings=("cancelled", "line cancelled"),
        section="4.2",
        why="what is confirmed cannot be cancelled any more, only refunded",
    ),
    Never(
        seller="amazon",
        state="split, one part told",
        tellings=("cancelled",),
        section="4.2",
        why="what is confirmed cannot be cancelled; the rest can, line by line",
    ),
    Never(
        seller="ebay",
        state="",
        tellings=("line asked", "line cancelled"),
        section="3",
        why="whole orders only, never one line",
    ),
    Never(
        seller="tiktok",
        state="",
        tellings=("line asked",),
        section="3",
        why="buyers always cancel the whole order",
    ),
    Never(
        seller="tiktok",
        state="before push, not to be shipped yet",
        tellings=("asked", "withdrawn"),
        section="3",
        why="unpaid, and in the hour after payment, the buyer cancels without asking",
    ),
    Never(
        seller="tiktok",
        state="split, one part told",
        tellings=("asked",),
        section="3",
        why="buyers can ask while the order awaits shipment, and then no more",
    ),
    Never(
        seller="tiktok",
        state="confirmed",
        tellings=("asked",),
        section="3",
        why="from AWAITING_COLLECTION onward no request, a return or refund instead",
    ),
    Never(
        seller="mirakl",
        state="confirmed",
        tellings=("asked", "line asked"),
        section="3",
        why="there are no requests; incidents of a shipped order are about the parcel",
    ),
    Never(
        seller="mirakl",
        state="confirmed",
        tellings=("cancelled", "line cancelled"),
        section="3",
        why="after shipping there are refunds, no cancellations",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a cell: a state with something told, on one marketplace.

    ``expected`` is '' where it cannot occur, which ``never`` explains, or where nobody
    has said what is to happen.
    """

    seller: str
    state: State
    telling: str
    expected: str
    never: Never | None

    @property
    def name(self) -> str:
        return f"{self.seller}: {self.state.key}: {self.telling}"


def cell(situation: str, seller: str, event: str) -> list[Row]:
    """The rows of one cell of the table."""
    found = []
    for state in STATES:
        if state.situation != situation or seller not in state.sellers:
            continue
        for telling in TELLINGS[event]:
            rules = [x for x in CANNOT if x.covers(seller, state, telling)]
            text = EXPECTED.get(state.key, {}).get(telling, "")
            found.append(
                Row(
                    seller=seller,
                    state=state,
                    telling=telling,
                    expected="" if rules else text,
                    never=rules[0] if rules else None,
                )
            )
    return found


def cells() -> Iterator[tuple[str, str, str]]:
    """Situation, marketplace and event of every cell."""
    for situation in SITUATIONS:
        for seller in SELLERS:
            for event in TELLINGS:
                yield situation, seller, event


ROWS = tuple(row for where in cells() for row in cell(*where))
