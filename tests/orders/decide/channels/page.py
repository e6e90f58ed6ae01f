"""docs/cancellations.md: the table for people, made from the same rows.

What stands there was played: each row is decided and done until nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable

from orders.exception_kinds import KINDS
from orders.facts import Policy, fingerprint
from orders.facts_past import DecisionFacts
from tests.orders.decide.build import NOW, SHIP_BY, but
from tests.orders.decide.channels.aftermath import End, cause_of_request, run
from tests.orders.decide.channels.cells import CANNOT, ROWS, TELLINGS, Never, Row
from tests.orders.decide.channels.ends import ENDS, NEEDS
from tests.orders.decide.channels.sellers import SELLERS, said
from tests.orders.decide.channels.situations import STATES, State

TITLES = {
    "asked": "The buyer asks to cancel the whole order",
    "line asked": "The buyer asks to cancel a line",
    "cancelled": "The marketplace has cancelled the order",
    "line cancelled": "The marketplace has cancelled a line",
    "withdrawn": "The request is gone: withdrawn, rejected or closed",
}
NAMES = {
    "before push": "Before the push",
    "pushed": "Pushed",
    "held": "Held",
    "labelled": "Labelled",
    "combined": "Combined",
    "split": "Split",
    "confirmed": "Confirmed",
}
STEPS = {
    "hold": "holds it",
    "cancel": "cancels it in ShipStation",
    "restore": "takes our hold off",
    "update": "takes the units out in ShipStation",
    "push": "sends it to ShipStation",
    "confirm": "tells the marketplace of the parcel",
    "read": "reads the order",
    "answer yes": "tells the marketplace to cancel it",
    "answer no": "tells the marketplace no",
}
# Told of a cancelled line, the same call does something more.
OF_A_LINE = {
    "push": "sends what is left of it to ShipStation",
    "restore": "takes our hold off, and the units out",
    "confirm": "tells the marketplace of the units that are left",
}
OF = {
    ("hold", "combined"): "holds the combined order",
    ("hold", "split"): "holds every open part",
    ("cancel", "split"): "cancels the parts in ShipStation",
}
NOT_OURS = "leaves the hold alone: it is not ours"
# Nothing is done: what that means, by the stage and whether ShipStation has it.
RESTS = {
    ("waiting", False): "waits as before",
    ("held", False): "keeps it back: nothing goes to ShipStation",
    ("held", True): "keeps it on hold",
    ("cancelled", False): "never sends it",
    ("in_shipstation", True): "leaves it as it is: it goes its way",
    ("dispatched", True): "tells the marketplace nothing for now",
    ("done", True): "nothing: it has left, and was told",
    ("confirmed", True): "nothing: it has left, and was told",
}
WORDS = {
    "cancel": "Cancel in ShipStation",
    "cancel_market": "Cancel it, at the marketplace too",
    "reject_request": "Reject the request and ship",
}
HEAD = """# Cancellations: what shipsync does

What happens when an order is cancelled, or asked to be: by where the order stands, and by marketplace. The page is made
from the rows that test the decision (`tests/orders/decide/channels/`), with the default policy 'ask a person'; to make it
anew: `SHIPSYNC_WRITE_DOCS=1 .venv/bin/pytest tests/docs/test_cancellations.py`.

Always so, on every marketplace:

* While a request waits for a word, nothing that could be packed is free: it is on hold, or being held.
* A cancelled order is never sent, released or confirmed.
* The marketplace hears an answer on a person's word alone; a yes, only once ShipStation has stopped the order.
* A hold that is not ours is never taken off by us.
* What is lost on the way is wanted again at the next look.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, _may(), "## What shipsync does by itself\n", _legend()]
    notes = _notes()
    parts += [
        _table(telling, notes) for group in TELLINGS.values() for telling in group
    ]
    parts += [_footnotes(notes), _words()]
    return "\n".join(parts)


def _may() -> str:
    """What each marketplace can be told, as its connector says."""
    told = {
        "accept_cancellation": "Can be told to cancel",
        "reject_cancellation": "Can be told no",
    }
    rows: list[tuple[str, ...]] = [
        ("How a buyer asks", *(x.asks for x in SELLERS.values()))
    ]
    rows += [
        (
            text,
            *("yes" if x.can(need) else "no" for x in SELLERS.values()),
        )
        for need, text in told.items()
    ]
    rows.append(("Nobody answers a request", *(x.silence for x in SELLERS.values())))
    rows.append(
        (
            "A parcel is told while a request is open",
            *(x.late for x in SELLERS.values()),
        )
    )
    rows += [
        (
            "Labelled, and nobody has decided an hour before ship-by",
            *map(_late, SELLERS),
        ),
        ("'Parcel stopped: cancel it at the marketplace'", *map(_stopped, SELLERS)),
    ]
    head = ("", *(x.label for x in SELLERS.values()))
    return "## What the marketplaces let us say\n\n" + _markdown(head, rows)


def _labelled(seller: str) -> Row:
    (row,) = (
        x
        for x in ROWS
        if (x.seller, x.state.key, x.telling) == (seller, "labelled", "asked")
    )
    return row


def _late(seller: str) -> str:
    """Nobody says a word until the last moment at which a parcel can be told in time."""
    row, last_call = _labelled(seller), SHIP_BY - Policy().confirm_margin
    facts = SELLERS[seller].dressed(said(row.state.facts, row.telling))
    facts = but(facts, status_as_of=last_call, cancel_as_of=last_call)
    end = run(SELLERS[seller], facts, Policy(), now=last_call)
    what, case = _said(end, row.state)
    taken = any(x.rung == "read_back" for x in end.facts.dispatches)
    what = what if taken else "tells the marketplace of the parcel, which is refused"
    return what + (f"; case: {case}" if case != "–" else "")


def _stopped(seller: str) -> str:
    row = _labelled(seller)
    facts = SELLERS[seller].dressed(said(row.state.facts, row.telling))
    cause = fingerprint("cancelled_after_label", cause_of_request(facts))
    word = DecisionFacts(verb="cancel_market", cause=cause, at=NOW)
    end = run(SELLERS[seller], but(facts, decisions=(word,)), Policy(), person=True)
    what, case = _said(end, row.state)
    return what + (f"; case: {case}" if case != "–" else "")


def _legend() -> str:
    return (
        "A ● says that the row holds on this marketplace; a number, why it cannot occur "
        "there; a –, that it has no\nsuch orders. 'Case' is what a person gets to decide "
        "or to do.\n"
    )


def _notes() -> dict[Never, int]:
    """The reasons why rows cannot occur, numbered as they come."""
    found: dict[Never, int] = {}
    for group in TELLINGS.values():
        for telling in group:
            for row in ROWS:
                if row.telling == telling and row.never is not None:
                    found.setdefault(row.never, len(found) + 1)
    assert set(found) == set(CANNOT)
    return found


def _table(telling: str, notes: dict[Never, int]) -> str:
    rows = []
    for state in STATES:
        mine = [r for r in ROWS if r.state is state and r.telling == telling]
        outcomes: dict[tuple[str, str], list[str]] = {}
        for row in mine:
            if row.never is None:
                outcomes.setdefault(_outcome(row), []).append(row.seller)
        for (what, case), sellers in outcomes.items():
            marks = [_mark(x, sellers, mine, notes) for x in SELLERS]
            rows.append((NAMES[state.situation], state.words, what, case, *marks))
    head = (
        *("Situation", "The order is", "shipsync", "Case"),
        *(x.label for x in SELLERS.values()),
    )
    return f"### {TITLES[telling]}\n\n" + _markdown(head, rows)


def _mark(
    seller: str, sellers: list[str], rows: list[Row], notes: dict[Never, int]
) -> str:
    if seller in sellers:
        return "●"
    found = [r.never for r in rows if r.seller == seller and r.never is not None]
    return f"({notes[found[0]]})" if found else "–"


def _footnotes(notes: dict[Never, int]) -> str:
    rows = [
        (f"({number})", SELLERS[x.seller].label, x.why, f"{x.seller} {x.section}")
        for x, number in notes.items()
    ]
    return "### What cannot occur\n\n" + _markdown(
        ("", "Marketplace", "Why", "Fact sheet"), rows
    )


def _words() -> str:
    """A request for the whole order, and what each answer of a person sets off."""
    rows = []
    for state in STATES:
        row = next(
            r
            for r in ROWS
            if r.state is state and r.telling == "asked" and r.never is None
        )
        rows.append(
            (
                NAMES[state.situation],
                state.words,
                *(_by_word(state, verb) for verb in ENDS),
            )
        )
        assert row.expected
    head = ("Situation", "The order is", *(f"'{WORDS[verb]}'" for verb in ENDS))
    return (
        "## What a person's answer to a request sets off\n\n"
        "Offered where the marketplace can be told; a label asks once more, on a case of "
        "its own.\n\n" + _markdown(head, rows)
    )


def _by_word(state: State, verb: str) -> str:
    for row in ROWS:
        fits = row.state is state and row.telling == "asked" and row.never is None
        seller = SELLERS[row.seller]
        if not fits or (NEEDS[verb] and not seller.can(NEEDS[verb])):
            continue
        facts = seller.dressed(said(state.facts, "asked"))
        word = DecisionFacts(verb=verb, cause=cause_of_request(facts), at=NOW)
        end = run(seller, but(facts, decisions=(word,)), Policy(), person=True)
        what, case = _said(end, state)
        return what + (f"; case: {case}" if case != "–" else "")
    return "–"


def _outcome(row: Row) -> tuple[str, str]:
    seller = SELLERS[row.seller]
    facts = seller.dressed(said(row.state.facts, row.telling))
    return _said(run(seller, facts, Policy()), row.state, row.telling)


def _said(end: End, state: State, telling: str = "") -> tuple[str, str]:
    """What was done, in words, and the cases that are left."""
    steps = []
    for call in end.done:
        name = call.split()[0]
        text = STEPS.get(call) or OF.get((name, state.situation)) or STEPS[name]
        if telling == "line cancelled":
            text = OF_A_LINE.get(name, text)
        if text not in steps:
            steps.append(text)
    records, stage = end.facts.records, end.verdict.stage
    what = ", ".join(steps) or RESTS[stage, bool(records)]
    ours = any(x.held_by_us for x in records)
    if not steps and records and stage == "held" and not ours:
        what = what if end.verdict.cases else NOT_OURS
    if end.verdict.closed:
        what += "; closed"
    cases = sorted(KINDS.get(x.kind).label for x in end.verdict.cases)
    return what, ", ".join(cases) or "–"


def _markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first = list(head)
    lines = [first, ["---"] * len(first), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
