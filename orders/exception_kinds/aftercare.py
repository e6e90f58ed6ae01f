"""After a cancellation that met a label: the bench's task, the label, goods and money.

Rules named here: ShipStation's help on voiding labels and on carriers' refunds, and the
marketplaces' rules on refunds as the connectors declare them, as of 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orders.exception_kinds import (
    KINDS,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)

_BENCH = "orders.use_bench"
_CLOSE = "orders.close_follow_up"


def _has_labels(_capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    return bool(context.get("labels"))


def _given_up(label: str, effect: str) -> Resolution:
    return Resolution(
        code="given_up",
        label=label,
        effect=effect,
        verb="given_up",
        permission=_CLOSE,
        needs_reason=True,
    )


def _done(label: str, effect: str) -> Resolution:
    return Resolution(
        code="done",
        label=label,
        effect=effect,
        verb="accept",
        permission=_CLOSE,
        needs_reason=True,
    )


KINDS.register(
    ExceptionKind(
        code="intercept_parcel",
        label="Take a parcel off the line",
        team=Team.OPS,
        owner_system="you",
        trigger="Customer service wants a labelled parcel back: its order is cancelled or "
        "asked to be. Every packing bench that scans it sees STOP.",
        effect="Once the van has it, it costs a return, and often the goods.",
        checks=(
            "Scan or look for the tracking number on the benches and in the cages.",
        ),
        steps=(
            "Found: put it aside and press 'Stopped: it is here'.",
            "Gone with the carrier: press 'It has left already'.",
        ),
        buyer_sees="Nothing yet: whether the parcel still comes is not decided.",
        tells="Packing tells customer service by one of the two answers.",
        proof="The answer of the bench, with its time and the screen or the person.",
        closes_itself="When the request is withdrawn or the label is voided.",
        severity=Severity.MONEY,
        sla=timedelta(hours=2),
        suggested="bench_stopped",
        resolutions=(
            Resolution(
                code="bench_stopped",
                label="Stopped: it is here",
                effect="Records that the parcel stays here; customer service goes on "
                "from there, and the label and the goods are followed up.",
                verb="accept",
                permission=_BENCH,
            ),
            Resolution(
                code="bench_left",
                label="It has left already",
                effect="Records that the carrier has it; customer service decides about "
                "a request, and a cancelled parcel is expected back.",
                verb="left_with_it",
                permission=_BENCH,
            ),
        ),
    )
)
KINDS.register(
    ExceptionKind(
        code="label_to_void",
        label="Void the label",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="A parcel of a cancelled order was stopped. Its label still stands.",
        effect="An unused label is paid for; most carriers credit it only when it is "
        "voided within some days (USPS: 28).",
        checks=(
            "Is the parcel really here? A voided label on a parcel in the van is worse.",
            "Is it a return label or one of another carrier account? Void it there.",
        ),
        steps=(
            "Press 'Void the label in ShipStation'; it is read again until it shows.",
            "Or void it in ShipStation yourself: the next reading closes this.",
            (
                "Refused: void it on the carrier's own site, try again later, or say so "
                "with 'It can't be voided'."
            ),
        ),
        buyer_sees="The tracking number stops working, where it was told.",
        tells="Ops voids; finance follows the credit.",
        proof="ShipStation lists the label as voided.",
        closes_itself="When a reading shows the label as voided.",
        severity=Severity.MONEY,
        suggested="void_label",
        resolutions=(
            Resolution(
                code="void_label",
                label="Void the label in ShipStation",
                effect="Has ShipStation void it in your name, then reads the label until "
                "it shows as voided.",
                verb="void_label",
                permission="orders.void_label",
                fits=_has_labels,
            ),
            _given_up(
                "It can't be voided",
                "Records that the label stays paid, with your reason.",
            ),
        ),
        blocks=False,
    )
)
KINDS.register(
    ExceptionKind(
        code="goods_to_stock",
        label="Goods back into stock",
        team=Team.OPS,
        owner_system="you",
        trigger="The goods of a cancelled order are here: stopped on the bench, or come "
        "back.",
        effect="What lies in a parcel is sold out everywhere although it is there.",
        checks=("Are they complete and fit to be sold?",),
        steps=("Unpack them, count them, put them on the shelf, book them in.",),
        buyer_sees="Nothing.",
        tells="The warehouse; whoever books stock.",
        proof="Your word on what was put back, with a reason or a booking number.",
        closes_itself="",
        severity=Severity.MONEY,
        suggested="done",
        resolutions=(
            _done("They are back in stock", "Records it with what you write."),
            _given_up(
                "They can't be sold any more",
                "Records the loss with what you write.",
            ),
        ),
        blocks=False,
    )
)
KINDS.register(
    ExceptionKind(
        code="return_expected",
        label="Parcel comes back",
        team=Team.CS,
        owner_system="carrier",
        trigger="The order was cancelled, and its parcel had left.",
        effect="The buyer has the money and the goods, or the carrier has lost them and "
        "owes for it.",
        checks=(
            "What does the carrier's tracking say: refused, returned, delivered?",
            "Can the carrier still be told to bring it back?",
        ),
        steps=(
            "Ask the buyer to refuse it, or send a return label.",
            "It is back: press 'It has come back'; the goods go into stock next.",
            "It will not come: claim it from the carrier or write it off, and say so.",
        ),
        buyer_sees="A parcel that was cancelled arrives, or a return label.",
        tells="Customer service tells the buyer; the warehouse tells that it is back.",
        proof="Your word that it came, with the carrier's number of the return.",
        closes_itself="",
        severity=Severity.MONEY,
        suggested="done",
        resolutions=(
            _done("It has come back", "Records it; the goods go into stock next."),
            _given_up("It will not come back", "Records the loss with your reason."),
        ),
        blocks=False,
    )
)
KINDS.register(
    ExceptionKind(
        code="refund_due",
        label="Refund the buyer",
        team=Team.CS,
        owner_system="marketplace",
        trigger="The order was confirmed before it was cancelled: this marketplace does "
        "not give the money back by itself then.",
        effect="A buyer without money complains to the marketplace or the bank.",
        checks=("Does the marketplace's own page show a refund already?",),
        steps=(
            "Refund it on the marketplace's own page; note the refund's number here.",
        ),
        buyer_sees="No money, until somebody does it.",
        tells="Customer service; finance finds it in the next settlement.",
        proof="Your word with the number of the refund.",
        closes_itself="",
        severity=Severity.MONEY,
        suggested="done",
        resolutions=(
            _done("The buyer was refunded", "Records it with the refund's number."),
            _given_up("Nothing is to be refunded", "Closes it with your reason."),
        ),
        blocks=False,
    )
)
KINDS.register(
    ExceptionKind(
        code="label_credit",
        label="Credit for a voided label",
        team=Team.FINANCE,
        owner_system="carrier",
        trigger="A label was voided; the carrier has to give its price back.",
        effect="Credits that nobody looks for are not all given.",
        checks=("Look at the carrier's invoice, or ShipStation's balance history.",),
        steps=("Found: press 'It was credited' with the amount or the invoice.",),
        buyer_sees="Nothing.",
        tells="Finance asks the carrier.",
        proof="Your word with the invoice's number.",
        closes_itself="",
        severity=Severity.MONEY,
        suggested="done",
        resolutions=(
            _done("It was credited", "Records it with what you write."),
            _given_up("It is not credited", "Records the loss with your reason."),
        ),
        blocks=False,
    )
)
