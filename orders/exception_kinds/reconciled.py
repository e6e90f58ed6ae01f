"""What reconciliation found wrong at a store, where no case of an order covers it yet.

One case stands for all open findings of a rule at a store; its findings are listed, seen
to or accepted one by one under 'Reconcile'.
"""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team

SEEN_TO = Resolution(
    code="handled",
    label="Being seen to",
    effect="Closes the case with your reason; it opens again with the next run that "
    "still finds one of them. To leave one as it is, accept the finding itself.",
    needs_reason=True,
)
GONE = (
    "When the next run finds none of them any more, or each was accepted or has a case "
    "of its own."
)
LIST = (
    "Open the findings of this store and rule under 'Reconcile': each names its order."
)
NO_FIX = (
    "What mends one of them is seen on the order: the finding says which side differs."
)
DAY = timedelta(days=1)


def found(
    code: str,
    label: str,
    *,
    trigger: str,
    effect: str,
    checks: tuple[str, ...],
    steps: tuple[str, ...],
    buyer_sees: str,
    tells: str,
    proof: str,
    team: Team = Team.OPS,
    owner_system: str = "us",
    severity: Severity = Severity.MONEY,
    sla: timedelta = DAY,
) -> ExceptionKind:
    """Register the kind for the findings of one rule."""
    return KINDS.register(
        ExceptionKind(
            code=f"reconciled_{code}",
            label=label,
            team=team,
            owner_system=owner_system,
            trigger=trigger,
            effect=effect,
            checks=(LIST, *checks),
            steps=steps,
            buyer_sees=buyer_sees,
            tells=tells,
            proof=proof,
            closes_itself=GONE,
            severity=severity,
            sla=sla,
            shared=("rule",),
            no_fix=NO_FIX,
            resolutions=(SEEN_TO,),
        )
    )


found(
    "store_silent",
    "Reconciled: store silent",
    owner_system="marketplace",
    sla=timedelta(hours=1),
    trigger="A run found that the store's orders, or its ShipStation account's, were not "
    "read for two hours.",
    effect="New orders and cancellations are not seen, and the rest of the run compared "
    "what was known before.",
    checks=(
        "Which side is silent stands in the finding: the marketplace or ShipStation.",
        "The account's page has the last error; the home page shows whether workers run.",
    ),
    steps=(
        "'Sync now' on the store's page shows the error at once.",
        "Once it reads again, start the run anew: what was missed may show now.",
    ),
    buyer_sees="Nothing, until the order is late.",
    tells="Ops tells whoever runs shipsync when the remote's status page shows no fault.",
    proof="The store's page shows a fresh read, and a new run does not find it.",
)
found(
    "missing_here",
    "Reconciled: not imported",
    trigger="The marketplace's own count names orders that never came in here.",
    effect="Nobody ships them, and no other screen can show them.",
    checks=(
        "Is the order among the unreadable ones ('can't be read')?",
        "Was it placed while the store was paused or its access was refused?",
    ),
    steps=(
        "Press 'Sync now' on the store's page: what the last windows lost comes then.",
        "If it stays away, ship it by hand and accept the finding with that reason.",
    ),
    buyer_sees="Nothing, until the order is late.",
    tells="Ops tells whoever runs shipsync: an order that a window lost is a fault of ours.",
    proof="The order is in the list of orders.",
)
found(
    "missing_in_shipstation",
    "Reconciled: missing in ShipStation",
    trigger="The marketplace wants orders shipped, and ShipStation has no record of them "
    "an hour after they came in.",
    effect="The warehouse does not know of them; they miss their ship-by.",
    checks=(
        "The order's page says what keeps it from being sent.",
        "Was its record deleted or cancelled in ShipStation? The finding says so.",
    ),
    steps=(
        "Mend what the order's page names, and press 'Try again' there.",
        "If nothing is named there, ask whoever runs shipsync: it should have a case.",
    ),
    buyer_sees="Nothing, until the order is late.",
    tells="Ops tells CS which orders will be late.",
    proof="The order's page shows its ShipStation record.",
)
found(
    "twice_in_shipstation",
    "Reconciled: twice in ShipStation",
    owner_system="shipstation",
    sla=timedelta(hours=4),
    trigger="An order has several records in ShipStation, or somebody's record with its "
    "number stands beside ours.",
    effect="Two parcels may leave for one order.",
    checks=(
        "Compare both records in ShipStation: who made them, and what is in them?",
        "Has one of them a label already?",
    ),
    steps=(
        "Cancel in ShipStation the one that is not to be sent; void its label first.",
        "If both are right (a replacement, say), accept the finding with that reason.",
    ),
    buyer_sees="Two parcels, if nobody looks.",
    tells="Ops tells the packing bench at once.",
    proof="One record is left that can be packed.",
)
found(
    "unknown_to_marketplace",
    "Reconciled: unknown to the marketplace",
    owner_system="marketplace",
    trigger="We have orders that the marketplace's own count does not name, or "
    "ShipStation has records in the store's own place whose number nobody knows.",
    effect="Something may be packed that nobody has bought.",
    checks=(
        "Open the order on the marketplace's own pages: is it there?",
        "Was the record typed in by hand: a replacement, a gift, a test?",
    ),
    steps=(
        "What nobody has bought is cancelled in ShipStation.",
        "What was typed in on purpose is accepted with its reason.",
        (
            "What the marketplace shows after all was left out by its count: accept it, and "
            "say so."
        ),
    ),
    buyer_sees="Nothing, or a parcel that he did not order.",
    tells="Ops asks whoever types orders into ShipStation.",
    proof="The record is cancelled, or its finding accepted with a reason.",
)
found(
    "cancelled_open",
    "Reconciled: cancelled, but open",
    team=Team.CS,
    sla=timedelta(hours=2),
    trigger="The marketplace cancelled orders more than an hour ago, and ShipStation can "
    "still pack them.",
    effect="Goods are sent that will not be paid.",
    checks=(
        "Is the record being packed just now? Ask the bench.",
        "Is it inside a combined order? The finding says so.",
    ),
    steps=(
        (
            "Stop it at the bench, then cancel the record in ShipStation, or take its lines "
            "out of the combined order."
        ),
        "If the buyer wants it after all, keep the order on its page, with the reason.",
    ),
    buyer_sees="Perhaps a parcel that he has cancelled.",
    tells="CS tells the packing bench at once.",
    proof="No record of it can be packed any more.",
)
found(
    "cancelled_shipped",
    "Reconciled: cancelled, but shipped",
    team=Team.CS,
    owner_system="you",
    sla=timedelta(hours=2),
    trigger="The marketplace cancelled orders of which a label stands.",
    effect="Goods and postage are lost, unless the parcel is stopped or comes back.",
    checks=(
        "Has the parcel left the house? Ask the bench, or look at its tracking.",
        "Has the buyer had his money back?",
    ),
    steps=(
        "Not left yet: take it off the line and void its label.",
        "Left: ask the carrier to bring it back, and write down what the buyer said.",
        "Nothing to be had back: accept the finding with that reason.",
    ),
    buyer_sees="A parcel, and his money back.",
    tells="CS tells the buyer what happens to the parcel.",
    proof="The label is voided, or the finding accepted with what became of the parcel.",
)
