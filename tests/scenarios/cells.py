"""The scenario matrix: what becomes of an order in each state at each event.

A row reads 'stage | ShipStation's own statuses | cases', a case with its team and which
moment its deadline is; ``end`` is how its cause goes, and ``then`` what is left: nothing
open, where nobody else's word is missing. Rows hold on every marketplace, but for those
of ``OTHERWISE``; CANNOT names the section of the sheet that rules a cell out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.scenarios.sellers import SELLERS
from tests.scenarios.states import LABEL_EVENTS, Event, State

# Stands for the case that a request opens on the marketplace.
REQUEST = "<request>"
LABELLED = "cancelled_after_label (cs, <answer-by>)"
LOCKED = "change_locked (ops, ship-by)"
VOIDED = "voided_after_confirm (ops, ship-by)"
SHORT = "not_on_shelf (ops, ship-by)"

OPEN = "in_shipstation | awaiting_shipment |"
PARTS = "in_shipstation | awaiting_shipment awaiting_shipment |"
PARTLY = "in_shipstation | awaiting_shipment shipped |"
GONE = "dispatched | shipped |"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is to become of an order; ``end`` is '' where there is nothing to end."""

    after: str
    end: str = ""
    then: str = ""


def _row(after: str, end: str = "", then: str = "") -> Row:
    return Row(after=after, end=end, then=then)


EXPECTED: dict[State, dict[Event, Row]] = {
    State.BEFORE_PUSH: {
        Event.REQUEST: _row(f"held | - | {REQUEST}", "withdraw", OPEN),
        Event.FACT: _row("cancelled closed | - |"),
        Event.LINE: _row(OPEN),
        Event.WITHDRAWN: _row(OPEN),
        Event.ADDRESS: _row(OPEN),
        Event.SHORT: _row(f"held | - | {SHORT}", "found", OPEN),
    },
    State.PUSHED: {
        Event.REQUEST: _row(f"held | on_hold | {REQUEST}", "withdraw", OPEN),
        Event.FACT: _row("cancelled closed | cancelled |"),
        Event.LINE: _row(OPEN),
        Event.WITHDRAWN: _row(OPEN),
        Event.ADDRESS: _row(OPEN),
        Event.SHORT: _row(f"held | on_hold | {SHORT}", "found", OPEN),
    },
    # Held by hand: that hold is not ours to take off.
    State.HELD: {
        Event.REQUEST: _row(
            f"held | on_hold | {REQUEST}", "withdraw", "held | on_hold |"
        ),
        Event.FACT: _row("cancelled closed | cancelled |"),
        Event.LINE: _row("held | on_hold |"),
        Event.WITHDRAWN: _row("held | on_hold |"),
        Event.ADDRESS: _row("held | on_hold |"),
        Event.SHORT: _row(f"held | on_hold | {SHORT}", "found", "held | on_hold |"),
    },
    State.LABELLED: {
        Event.REQUEST: _row(f"{GONE} {LABELLED}", "withdraw", GONE),
        Event.FACT: _row(
            f"{GONE} cancelled_after_label (cs, ship-by)",
            "void",
            "cancelled closed | cancelled |",
        ),
        Event.LINE: _row(
            f"{GONE} line_cancelled_after_label (cs, ship-by)", "void", OPEN
        ),
        Event.WITHDRAWN: _row(GONE),
        Event.ADDRESS: _row(f"{GONE} {LOCKED}", "void", OPEN),
        Event.VOID: _row(OPEN),
        Event.RELABEL: _row(GONE),
        Event.SHORT: _row(GONE),
    },
    # The order is the absorbed one; the other's record holds the goods of both.
    State.COMBINED: {
        Event.REQUEST: _row(f"held | on_hold | {REQUEST}", "withdraw", OPEN),
        Event.FACT: _row(
            "held | on_hold | cancelled_in_combined (ops, ship-by)",
            "uncombine",
            "cancelled closed | awaiting_shipment cancelled |",
        ),
        Event.LINE: _row(f"held | on_hold | {LOCKED}", "uncombine", PARTS),
        Event.WITHDRAWN: _row(OPEN),
        Event.ADDRESS: _row(f"{OPEN} {LOCKED}", "uncombine", PARTS),
        Event.VOID: _row(OPEN),
        Event.RELABEL: _row(GONE),
        Event.SHORT: _row(f"held | on_hold | {SHORT}", "found", OPEN),
    },
    State.SPLIT: {
        Event.REQUEST: _row(f"held | on_hold on_hold | {REQUEST}", "withdraw", PARTS),
        Event.FACT: _row("cancelled closed | cancelled cancelled |"),
        Event.LINE: _row(
            f"held | on_hold on_hold | {LOCKED}", "accept change_locked", PARTS
        ),
        Event.WITHDRAWN: _row(PARTS),
        Event.ADDRESS: _row(f"{PARTS} {LOCKED}", "accept change_locked", PARTS),
        Event.VOID: _row(PARTLY),
        Event.RELABEL: _row("dispatched | shipped shipped |"),
        Event.SHORT: _row(f"held | on_hold on_hold | {SHORT}", "found", PARTS),
    },
    State.PARTLY_SHIPPED: {
        Event.REQUEST: _row(f"held | on_hold shipped | {REQUEST}", "withdraw", PARTLY),
        Event.FACT: _row("done closed | cancelled shipped |"),
        Event.LINE: _row(
            f"held | on_hold shipped | {LOCKED}", "accept change_locked", PARTLY
        ),
        Event.WITHDRAWN: _row(PARTLY),
        Event.ADDRESS: _row(f"{PARTLY} {LOCKED}", "accept change_locked", PARTLY),
        Event.VOID: _row(
            f"{PARTS} {VOIDED}", "label", "dispatched | shipped shipped |"
        ),
        Event.RELABEL: _row(PARTLY),
        Event.SHORT: _row(f"held | on_hold shipped | {SHORT}", "found", PARTLY),
    },
    State.CONFIRMED: {
        Event.VOID: _row(f"{OPEN} {VOIDED}", "label", GONE),
        Event.RELABEL: _row(GONE),
    },
}
OTHERWISE: dict[tuple[str, State, Event], Row] = {
    # eBay cancels a whole order though a part of it has left.
    ("ebay", State.PARTLY_SHIPPED, Event.FACT): _row(
        "done | cancelled shipped | cancelled_after_label (cs, ship-by)",
        "void",
        "cancelled closed | cancelled cancelled |",
    ),
    # It has no call that takes a number back or changes it.
    ("ebay", State.PARTLY_SHIPPED, Event.VOID): _row(
        f"{PARTS} {VOIDED}", "accept voided_after_confirm", PARTS
    ),
    ("ebay", State.PARTLY_SHIPPED, Event.RELABEL): _row(
        f"{PARTLY} {VOIDED}", "accept voided_after_confirm", PARTLY
    ),
    ("ebay", State.CONFIRMED, Event.VOID): _row(
        f"{OPEN} {VOIDED}", "accept voided_after_confirm", OPEN
    ),
    ("ebay", State.CONFIRMED, Event.RELABEL): _row(
        f"{GONE} {VOIDED}", "accept voided_after_confirm", "done closed | shipped |"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Never:
    """Cells that cannot occur, of these sellers, states and events ('' and () for all)."""

    sellers: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    events: tuple[Event, ...] = ()
    sheet: str
    why: str

    def covers(self, seller: str, state: State, event: Event) -> bool:
        return (
            seller in (self.sellers or (seller,))
            and state in (self.states or (state,))
            and event in (self.events or (event,))
        )


CANNOT = (
    Never(
        states=(State.BEFORE_PUSH, State.PUSHED),
        events=LABEL_EVENTS,
        sheet="shipstation 2.3",
        why="there is no label to be voided",
    ),
    Never(
        states=(State.HELD,),
        events=LABEL_EVENTS,
        sheet="shipstation 1.11",
        why="only an order without a label can be put on hold",
    ),
    Never(
        states=(State.CONFIRMED,),
        events=(Event.SHORT,),
        sheet="shipstation 1.7",
        why="shipped: nothing of it is picked any more",
    ),
    Never(
        sellers=("ebay",),
        events=(Event.LINE,),
        sheet="ebay 3",
        why="whole orders only, never one line",
    ),
    Never(
        sellers=("amazon",),
        states=(State.CONFIRMED,),
        events=(Event.REQUEST, Event.WITHDRAWN),
        sheet="amazon 4.1",
        why="a buyer asks while the order is unshipped; then he returns it",
    ),
    Never(
        sellers=("amazon",),
        states=(State.CONFIRMED,),
        events=(Event.FACT, Event.LINE),
        sheet="amazon 4.2",
        why="what is confirmed cannot be cancelled any more, only refunded",
    ),
    Never(
        sellers=("ebay",),
        states=(State.CONFIRMED,),
        events=(Event.REQUEST, Event.WITHDRAWN, Event.FACT),
        sheet="ebay 3",
        why="marking it as shipped closes a request and leaves the returns route",
    ),
    Never(
        sellers=("tiktok",),
        states=(State.PARTLY_SHIPPED,),
        events=(Event.REQUEST, Event.WITHDRAWN),
        sheet="tiktok 3",
        why="buyers can ask while the order awaits shipment, and then no more",
    ),
    Never(
        sellers=("tiktok",),
        states=(State.PARTLY_SHIPPED,),
        events=(Event.FACT,),
        sheet="tiktok 2",
        why="cancelled is an order whose every line is; a part of it has left",
    ),
    Never(
        sellers=("tiktok",),
        states=(State.CONFIRMED,),
        events=(Event.REQUEST, Event.WITHDRAWN, Event.FACT, Event.LINE),
        sheet="tiktok 3",
        why="from AWAITING_COLLECTION onward a return or refund instead",
    ),
    Never(
        sellers=("mirakl",),
        states=(State.PARTLY_SHIPPED,),
        events=(Event.FACT,),
        sheet="mirakl 3",
        why="with a part shipped the rest is cancelled line by line",
    ),
    Never(
        sellers=("mirakl",),
        states=(State.CONFIRMED,),
        events=(Event.REQUEST, Event.WITHDRAWN, Event.FACT, Event.LINE),
        sheet="mirakl 3",
        why="after shipping there are refunds, no cancellations",
    ),
    Never(
        states=(State.CONFIRMED,),
        events=(Event.ADDRESS,),
        sheet="shipstation 1.7",
        why="it has left and was told; no marketplace changes where it went",
    ),
)


def cells(seller: str) -> Iterator[tuple[State, Event, Row | Never | None]]:
    """Every cell of a marketplace with its row, or why it cannot occur; None: neither."""
    for state, event in product(State, Event):
        never = next((x for x in CANNOT if x.covers(seller, state, event)), None)
        row = OTHERWISE.get((seller, state, event)) or EXPECTED[state].get(event)
        yield state, event, never or row


def of_seller(text: str, seller: str) -> str:
    """A row's text with the marketplace's own request and deadline in it."""
    who = SELLERS[seller]
    return text.replace(REQUEST, who.request).replace("<answer-by>", who.answer_by)
