"""The clocks of each marketplace, as its connector names them."""

from __future__ import annotations

from shipsync_site.guide import GUIDE, Page, Part, Table
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability


def _answers(capabilities: frozenset[Capability]) -> str:
    said = [
        text
        for capability, text in (
            (Capability.ACCEPT_CANCELLATION, "yes to a cancellation"),
            (Capability.REJECT_CANCELLATION, "no to a cancellation"),
            (Capability.ACCEPT_ORDERS, "whether an order is taken"),
            (Capability.CORRECT_DISPATCH, "a corrected tracking number"),
        )
        if capability in capabilities
    ]
    return f"Can be told from here: a parcel's number{''.join(f', {x}' for x in said)}."


def _clocks() -> list[Part]:
    shown = [x for x in CONNECTORS if x.deadlines]
    return [
        Part(
            text="An order brings its own times, and those count: the clock on a case is "
            "made of them, less the warehouse's hours and the carrier's collection. Here "
            "is what they follow, and what happens when nobody does anything."
        ),
        *(
            Part(
                title=connector.label,
                text=_answers(connector.capabilities),
                table=Table(
                    head=("What", "By when", "Otherwise"),
                    rows=tuple(
                        (x.what, x.by, x.otherwise) for x in connector.deadlines
                    ),
                ),
                after=f"One parcel for several orders: {connector.combined_rule.sentence}",
            )
            for connector in shown
        ),
    ]


GUIDE.register(
    Page(
        code="clocks",
        order=50,
        title="By when, and what if not?",
        lead="The deadlines of each marketplace, and what silence costs there.",
        icon="timer",
        parts=_clocks,
    )
)
