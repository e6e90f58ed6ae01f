"""By which rates each marketplace judges a seller, and how they are counted here."""

from __future__ import annotations

from reconciliation.standards.arithmetic import Limit
from reconciliation.standards.limits import shown
from shipsync_site.guide import GUIDE, Link, Page, Part, Table
from stores.connectors import CONNECTORS
from stores.remote_standards import Standard

_LISTED = Link(text="Seller standards", url="reconciliation:standards")


def _parts() -> list[Part]:
    judged = [x for x in CONNECTORS if x.standards]
    return [
        Part(
            text="Each rate is counted from our own rows, every hour; the marketplace's "
            "page is what counts. Its page here says what our rows cannot tell.",
            points=(_LISTED,),
        ),
        Part(
            title="How to read one",
            points=(
                "Left: how many more orders may go wrong before the limit is broken.",
                (
                    "At risk: orders with an open case that turns them bad if nobody acts; "
                    "the page of the rate lists just these cases, the next one first."
                ),
                "Not clear: what was cancelled or shipped without us. It counts as good.",
                "A limit of your own: with a note, by a lead; who set it stays.",
            ),
        ),
        *(
            Part(
                title=connector.label,
                table=Table(
                    head=("Rate", "Limit", "Against the store"),
                    rows=tuple(
                        (x.label, _limit(x), x.bad.capitalize())
                        for x in connector.standards
                    ),
                ),
                after="; ".join(
                    ("Not counted here: " * (not place)) + f"{x.label} ({x.limit})"
                    for place, x in enumerate(connector.standards_unseen)
                )
                + ".",
            )
            for connector in judged
        ),
    ]


def _limit(standard: Standard) -> str:
    if standard.limit is None:
        return "set your own"
    told = shown(
        Limit(
            share=standard.limit,
            at_least=standard.at_least,
            touching=standard.touching,
        )
    )
    return told if standard.proven else f"{told} (not proven)"


GUIDE.register(
    Page(
        code="standards",
        order=52,
        title="How does the marketplace judge us?",
        lead="Late dispatch, cancellations and tracking: the rates, their limits, and what "
        "is left before one breaks.",
        icon="gauge",
        parts=_parts,
        about=("/standards/",),
    )
)
