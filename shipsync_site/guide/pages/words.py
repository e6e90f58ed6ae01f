"""The words that everybody uses, on screen, in files and on the telephone."""

from __future__ import annotations

from shipsync_site.guide import GUIDE, Page, Part, Table

WORDS = (
    ("Store", "One seller account on one marketplace: 'Amazon UK'."),
    ("Account", "What holds the keys: one at a marketplace may serve several stores."),
    ("Connector", "The part of shipsync that speaks one marketplace's language."),
    ("Order", "What a buyer ordered, as the marketplace tells it."),
    (
        "ShipStation order",
        (
            "The record of it in ShipStation. An order may have several, "
            "and several orders may share one."
        ),
    ),
    ("Shipment", "A label, or a parcel marked as shipped, in ShipStation."),
    ("Dispatch", "One order's share of a shipment: what the marketplace is told."),
    ("Confirm", "Tell the marketplace that a parcel has left, with its number."),
    ("Push", "Create or change an order in ShipStation."),
    ("Hold", "Put an order in ShipStation where nobody packs it."),
    ("Case", "One thing that needs a person, owned by one team."),
    ("Cause", "What several cases have in common: mend it once, and all of them end."),
    ("Decision", "A person's word, kept with name, time and reason."),
    ("Ship-by", "When the marketplace wants the parcel to have left."),
    (
        "Deadline",
        (
            "The last moment at which acting still helps: ship-by, less the "
            "carrier's collection and the warehouse's hours."
        ),
    ),
    (
        "Release window",
        "Minutes that a new order waits on hold, while buyers think again.",
    ),
    (
        "Combined",
        "Several orders in one parcel. The first one's record absorbs the rest.",
    ),
    ("Split", "One order in several parcels."),
    ("Void", "Take a label back before it is used."),
    ("Stop tag", "The red tag that shipsync puts on an order that must not leave."),
    ("Read back", "Look at the marketplace whether it shows what we told it."),
    ("Budget", "How many calls a system allows us, and who uses them."),
    (
        "Lane",
        "One stream of work with one account: reading orders, pushing, confirming.",
    ),
    ("Shadow", "A store that reads and compares, and writes nothing."),
    ("Direct", "A store whose orders ShipStation imports itself; shipsync watches."),
    ("Settlement", "What an account was paid for some days, line by line."),
    ("Deposit", "What of it reached the bank."),
    ("Remainder", "Deposit less the sum of its lines: in no line, to the penny."),
    ("Reserve", "Money that a marketplace keeps back until the next settlement."),
    ("Rung", "By what a line found its order: its id, its SKU and amount, a person."),
    ("Finding", "What does not agree, with the days on which it was seen."),
    ("Sandbox", "The simulated marketplaces and ShipStation in which you train."),
    ("Ledger", "What the sandbox's systems accepted, row by row: the witness."),
)


def _words() -> list[Part]:
    return [Part(table=Table(head=("Word", "Means"), rows=WORDS))]


GUIDE.register(
    Page(
        code="words",
        order=90,
        title="Which words do we use?",
        lead="The same words on screen, in files and in documents.",
        icon="book-a",
        parts=_words,
    )
)
