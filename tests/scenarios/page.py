"""docs/scenarios.md: the matrix for people, made from the cells that are played."""

from __future__ import annotations

from collections.abc import Iterable

from orders.exception_kinds import KINDS, Team
from orders.models import Stage
from tests.scenarios.cells import CANNOT, Never, Row, cells, of_seller
from tests.scenarios.plants import ELSEWHERE, PLANTS
from tests.scenarios.sellers import SELLERS
from tests.scenarios.states import Event, State

HEAD = """# Scenarios: what becomes of an order, whatever happens to it

Eight states of an order, eight events, four marketplaces: 256 cells. {played} are played through the sandbox's real
interfaces and judged by what the peers show afterwards (`tests/scenarios/`); the others cannot occur, for the reason
that a fact sheet gives. An order ends without a case or in exactly one, and that one closes by itself when its cause
goes: that is played too. 'A person's word' stands where ShipStation or the marketplace shows nobody that it went.
To make the page anew: `SHIPSYNC_WRITE_DOCS=1 .venv/bin/pytest tests/docs/test_scenarios.py`.

A ● says that the row was played on this marketplace; a number, why it cannot occur there. 'Deadline' is the moment by
which the case wants an answer: the order's ship-by, or before it the marketplace's own clock for requests.
"""
TITLES = {
    Event.REQUEST: "The buyer asks to cancel",
    Event.FACT: "The marketplace has cancelled the order",
    Event.LINE: "The marketplace has cancelled a line",
    Event.WITHDRAWN: "The buyer takes the request back",
    Event.ADDRESS: "The buyer changes the address",
    Event.VOID: "A label is voided",
    Event.RELABEL: "A label is voided and printed again",
    Event.SHORT: "A packer does not find a unit on the shelf",
}
NOTES = {
    State.HELD: "by hand, in ShipStation",
    State.LABELLED: "marketplace not told yet",
    State.COMBINED: "into another order; labelled, where a label is voided",
    State.SPLIT: "in two; labelled, where a label is voided",
    State.PARTLY_SHIPPED: "one part told, the rest open",
    State.CONFIRMED: "told, and read back",
}
ENDS = {
    "": "–",
    "withdraw": "the buyer takes it back",
    "void": "the label is voided",
    "label": "a new label is printed, and told",
    "uncombine": "the orders are taken apart",
    "found": "it is found",
    "accept": "a person's word",
}
STATUSES = {
    "awaiting_shipment": "awaits shipment",
    "on_hold": "on hold",
    "shipped": "shipped",
    "cancelled": "cancelled",
    "-": "not there",
}


def page() -> str:
    """The whole page."""
    numbers = {never: index + 1 for index, never in enumerate(CANNOT)}
    tables = [_table(event, numbers) for event in Event]
    rows = [
        (f"({number})", ", ".join(_labels(never)), never.why, never.sheet)
        for never, number in numbers.items()
    ]
    cannot = _markdown(("", "Marketplace", "Why", "Fact sheet"), rows)
    played = sum(isinstance(x, Row) for code in SELLERS for _s, _e, x in cells(code))
    head = HEAD.replace("{played}", str(played))
    return "\n".join([head, *tables, f"## What cannot occur\n\n{cannot}", _fixes()])


def _fixes() -> str:
    """Which kinds have a way out that usually ends them, and why the others don't."""
    kinds = sorted(KINDS, key=lambda kind: kind.label)
    ways = {k.code: {way.code: way.label for way in k.resolutions} for k in kinds}
    fixed = [
        (
            kind.label,
            ways[kind.code][kind.suggested],
            "planted" if kind.code in PLANTS else ELSEWHERE[kind.code],
        )
        for kind in kinds
        if kind.suggested
    ]
    without = [(kind.label, kind.no_fix) for kind in kinds if kind.no_fix]
    return (
        "## Kinds with a usual way out\n\n'Planted': several are made in the sandbox, "
        "the way out is taken, and at least 95 % must be over by what the peers show "
        "(`tests/scenarios/test_fixes.py`).\n\n"
        + _markdown(("Case", "Way out", "Seen in the sandbox"), fixed)
        + "\n## Kinds without one\n\n"
        + _markdown(("Case", "Why no button ends it"), without)
    )


def _labels(never: Never) -> list[str]:
    codes = never.sellers
    return [SELLERS[code].label for code in codes] if codes else ["all"]


def _table(event: Event, numbers: dict[Never, int]) -> str:
    rows = []
    for state in State:
        found: dict[tuple[str, ...], list[str]] = {}
        marks: dict[str, str] = {}
        for seller in SELLERS:
            cell = next(x for s, e, x in cells(seller) if (s, e) == (state, event))
            if isinstance(cell, Row):
                found.setdefault(_said(cell, seller), []).append(seller)
            elif cell is not None:
                marks[seller] = f"({numbers[cell]})"
        name = state.value.capitalize()
        if state in NOTES:
            name += f" ({NOTES[state]})"
        for said, sellers in (
            found or {("cannot occur", "", "", "–", "–"): []}
        ).items():
            dots = ("●" if x in sellers else marks.get(x, "") for x in SELLERS)
            rows.append((name, *said, *dots))
    head = (
        *("The order is", "It stands as", "In ShipStation", "Case", "Deadline"),
        *("It ends when", *(x.label for x in SELLERS.values())),
    )
    return f"## {TITLES[event]}\n\n" + _markdown(head, rows)


def _said(row: Row, seller: str) -> tuple[str, ...]:
    """Stage, ShipStation's statuses, case with its team, deadline, and its end."""
    stage, records, case = (x.strip() for x in of_seller(row.after, seller).split("|"))
    where = Stage(stage.split()[0]).label.lower() + ", closed" * stage.endswith(
        "closed"
    )
    there = ", ".join(STATUSES[x] for x in records.split())
    if not case:
        return where, there, "–", "–", "–"
    kind, _, rest = case.partition(" (")
    team, deadline = rest.rstrip(")").split(", ")
    label = f"{KINDS.get(kind).label} ({Team(team).label})"
    return where, there, label, deadline.replace("-", " "), ENDS[row.end.split()[0]]


def _markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first = list(head)
    lines = [first, ["---"] * len(first), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
