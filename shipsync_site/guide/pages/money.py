"""Finance's part: who owns which money, when it is looked at, how a settlement is read."""

from __future__ import annotations

from reconciliation.rules import RULES
from shipsync_site.guide import GUIDE, Link, Page, Part, System, Table
from shipsync_site.guide.pages.day import Hour, queue
from stores.connectors import CONNECTORS

SETTLEMENTS = "reconciliation:settlements"
FINDINGS = "reconciliation:findings"
OWNERS = (
    ("Deposits, fees, reserves", "the marketplace", "Finance looks, and asks it."),
    (
        "Refunds of what is cancelled",
        "CS, on the marketplace's page",
        "Finance sees whether the money went back.",
    ),
    (
        "Refunds after the parcel left",
        "CS, as a return",
        "Finance books them; they are no finding.",
    ),
    ("Labels and their credits", "ops void them", "Finance follows the credit."),
    ("Money paid twice", "nobody's yet", "Finance sets it apart and asks."),
    ("Penalties", "the team whose promise it was", "Finance appeals or accepts."),
    ("Lines without an order", "Finance", "Matched by hand, with a note."),
)
RHYTHM = (
    Hour(
        at="Every morning",
        what="Finance's queue: what is money first, then doubts.",
        why="A refund that is owed costs more every day.",
        where=queue("Finance", "team=finance"),
    ),
    Hour(
        at="Every morning",
        what="Files: was one refused, did a fetch end with a problem?",
        why="A settlement that is missing makes findings of orders that are right.",
        where=Link(text="Files", url="reconciliation:settlement_files"),
    ),
    Hour(
        at="Every week",
        what="Sign the settlements that came in: remainder, lines without an order, "
        "findings, then your name.",
        why="What is not signed within a week is looked at by nobody.",
        where=Link(text="To be signed", url=SETTLEMENTS, query="state=open"),
    ),
    Hour(
        at="Every week",
        what="Findings seen three days running: who does what about each?",
        why="A month later nobody remembers the order.",
        where=Link(text="Findings about money", url=FINDINGS, query="money=yes&days=3"),
    ),
    Hour(
        at="End of the month",
        what="Close the days of the month, take the month's sums for the books.",
        why="Later rows reopen what they change, visibly.",
        where=Link(text="Months", url="reconciliation:settlement_months"),
    ),
)
READ = (
    (
        "The deposit is what reached the bank. Its lines have to add up to it; what they "
        "do not is the remainder, a row of its own, to the penny."
    ),
    (
        "Amounts are from your side: what is paid to you is positive, what is taken has "
        "a minus."
    ),
    (
        "Press a kind: the lines below are exactly those. Press a line: what the file "
        "says, in its own words."
    ),
    (
        "'How its lines found their orders' names the rung: by line id is sure, by SKU "
        "and amount is likely, by a person has a note."
    ),
    (
        "Tax that the marketplace collects and keeps stands twice, with and without a "
        "minus, and comes to nothing."
    ),
    (
        "A reserve is kept in one settlement and set free in the next: the page "
        "'Reserve' of the account shows whether all of it came back."
    ),
    "A finding with a plus is owed to you; with a minus it is not yours, or is lost.",
    "Sign it. While something is open, the note says why it may be signed all the same.",
)


def _rules() -> Table:
    return Table(
        head=("Finding", "Means", "Whose move"),
        rows=tuple(
            (
                Link(text=rule.label, url=FINDINGS, query=f"rule={rule.code}"),
                rule.sentence,
                System(code=rule.owner_system),
            )
            for rule in RULES
            if rule.family == "money"
        ),
    )


def _usual() -> Table:
    return Table(
        head=("Marketplace", "Paid within", "Refunded within", "Where that is from"),
        rows=tuple(
            (
                connector.label,
                f"{connector.usual_times.settles.days} days",
                f"{connector.usual_times.refunds.days} days",
                connector.usual_times.source,
            )
            for connector in CONNECTORS
        ),
    )


def _money() -> list[Part]:
    return [
        Part(
            title="Who owns which money",
            table=Table(head=("Money", "Who moves", "What finance does"), rows=OWNERS),
        ),
        Part(
            title="When",
            table=Table(
                head=("When", "What", "Where", "Why"),
                rows=tuple((x.at, x.what, x.where, x.why) for x in RHYTHM),
            ),
        ),
        Part(title="How to read a settlement", points=READ, numbered=True),
        Part(
            title="What is found by itself",
            text="Settlements are compared with parcels that stand: labels not void, "
            "each once, also when orders share one. A finding ends by itself when a "
            "later settlement brings the money.",
            table=_rules(),
        ),
        Part(
            title="How long is usual",
            text="Past these, what is not paid or not refunded is a finding.",
            table=_usual(),
        ),
    ]


GUIDE.register(
    Page(
        code="money",
        order=27,
        title="Does the money agree?",
        lead="Who owns which money, when it is looked at, and how a settlement is read.",
        icon="banknote",
        parts=_money,
        about=("/settlements/",),
    )
)
