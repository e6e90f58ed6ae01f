"""What settlements show: money that does not agree with what was dispatched.

These cases stand for a store; behind each are its findings. They close when the findings
are gone, accepted, or brought right by a later settlement.
"""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    KINDS,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)

SEEN_TO = Resolution(
    code="handled",
    label="Being seen to",
    effect="Closes the case with your reason; it opens again with the next settlement, "
    "or the next day, while one of its findings is open. To leave one as it is, accept "
    "the finding itself.",
    needs_reason=True,
)
_CLOSES = (
    "When later settlements, or what is read of the orders, leave no open finding."
)
_NO_FIX = "Each finding is another order: they are gone through one by one."
_FINDINGS = "Open the findings: each names the order, the settlement and the amount."
_TELLS = "Finance; the store's lead where it stays."
_WEEK = timedelta(days=5)


def _kind(
    code: str,
    label: str,
    *,
    trigger: str,
    effect: str,
    checks: tuple[str, ...],
    steps: tuple[str, ...],
    buyer_sees: str = "Nothing.",
    tells: str = _TELLS,
    proof: str,
    owner: str = "marketplace",
    severity: Severity = Severity.MONEY,
    sla: timedelta = _WEEK,
) -> None:
    KINDS.register(
        ExceptionKind(
            code=f"money_{code}",
            label=label,
            team=Team.FINANCE,
            owner_system=owner,
            trigger=trigger,
            effect=effect,
            checks=(_FINDINGS, *checks),
            steps=steps,
            buyer_sees=buyer_sees,
            tells=tells,
            proof=proof,
            closes_itself=_CLOSES,
            severity=severity,
            sla=sla,
            no_fix=_NO_FIX,
            shared=("rule",),
            resolutions=(SEEN_TO,),
            blocks=False,
        )
    )


_kind(
    "paid_not_dispatched",
    "Paid, not dispatched",
    trigger="A settlement paid for an order, its ship-by is past, and no parcel stands.",
    effect="The buyer waits, and the marketplace takes the money back with a penalty.",
    checks=(
        "Was it shipped by another way than ShipStation? Then the order page shows none.",
        "Was the label voided and never printed again?",
    ),
    steps=(
        "Not shipped: give the order to ops, to be shipped or cancelled today.",
        "Shipped elsewhere: have its tracking confirmed, and accept the finding.",
    ),
    buyer_sees="No parcel, although the money is gone.",
    tells="Finance tells ops which orders; ops says what became of each.",
    proof="A label that stands, or a refund in a settlement.",
    owner="you",
    sla=timedelta(days=1),
)
_kind(
    "dispatched_not_paid",
    "Dispatched, not paid",
    trigger="A parcel left longer ago than this marketplace usually takes to pay, and no "
    "settlement names the order.",
    effect="Goods are gone without money; after some months nobody can claim it.",
    checks=(
        "Is a settlement missing in the list of the account?",
        "Is there an open return, a claim or a hold on the order at the marketplace?",
        "Is the order among the lines without an order, under another number?",
    ),
    steps=(
        "A settlement is missing: fetch or upload it.",
        "Under another number: match those lines by hand.",
        "Neither: ask the marketplace's seller support for the order's money.",
    ),
    proof="A line of its sale in a settlement.",
)
_kind(
    "refunded_but_shipped",
    "Refunded, but shipped",
    trigger="A refund was booked before the label was made, or the order is cancelled, "
    "and its parcel has left.",
    effect="The buyer has the money and the goods.",
    checks=(
        "What does the carrier say: on its way, refused, delivered?",
        "Who printed the label after the cancellation, and when? The order's timeline.",
    ),
    steps=(
        "Not delivered: have the carrier bring it back.",
        "Delivered: customer service asks the buyer to send it back or to pay.",
        "Lost: write it off, and accept the finding with the reason.",
    ),
    buyer_sees="A parcel that is already refunded.",
    tells="Finance tells customer service; packing is told where a label came too late.",
    proof="The goods are booked as back, or the finding is accepted with a reason.",
    owner="you",
    sla=timedelta(days=1),
)
_kind(
    "refund_owed",
    "Refund owed and not made",
    trigger="An order or units of it are cancelled, a settlement paid for them, and no "
    "refund followed in the usual time.",
    effect="The buyer complains to the marketplace or the bank, which costs a fee and "
    "counts against the account.",
    checks=("Does the marketplace's own page show a refund that is not booked yet?",),
    steps=(
        "Refund it on the marketplace's own page and note the number.",
        "It was refunded by another way: accept the finding, with how and when.",
    ),
    buyer_sees="A cancelled order and no money.",
    tells="Finance and customer service agree who refunds; one of them, not both.",
    proof="A refund of the order in a settlement.",
    owner="you",
    sla=timedelta(days=2),
)
_kind(
    "paid_twice",
    "Paid twice",
    trigger="Settlements pay more units of an order's line than were bought.",
    effect="The marketplace takes it back, often months later and without a word.",
    checks=(
        "Is it the same file under two names? Then the list shows it twice.",
        "Was the order sent again as a replacement that is paid by the marketplace?",
    ),
    steps=(
        "Keep the sum apart: it is not yours.",
        "Ask the marketplace's seller support, with both settlements and lines.",
        "Rightly paid (a replacement): accept the finding, with the reason.",
    ),
    proof="The line is booked back in a settlement.",
)
_kind(
    "dispatch_counted_twice",
    "One dispatch counted twice",
    trigger="More units stand as dispatched than were ordered, or more labels were "
    "charged than made.",
    effect="Stock and margin are wrong by a parcel; a label is paid twice.",
    checks=(
        "Which of the order's labels has really left? The carrier's tracking says it.",
        "Was a label printed again without the first one being voided?",
    ),
    steps=(
        "Have the label that never left voided in ShipStation.",
        "Charged twice by the marketplace: ask its seller support for a credit.",
    ),
    tells="Finance tells ops which label to void.",
    proof="As many units stand as dispatched as were ordered, or a credit is booked.",
    owner="us",
)
_kind(
    "void_credit_missing",
    "Credit for a void label missing",
    trigger="A label that a settlement charged was voided, and no credit followed.",
    effect="Credits that nobody looks for are not all given.",
    checks=("Was it voided in the days that the carrier allows?",),
    steps=(
        (
            "Ask the marketplace's seller support, with the tracking number and the day of "
            "the void."
        ),
        "Voided too late: accept the finding as a loss.",
    ),
    proof="A credit of the label in a settlement.",
)
_kind(
    "fee_above_usual",
    "Fee above the usual rate",
    trigger="The commission on lines is 2 points or more above what this SKU or store "
    "usually pays.",
    effect="A product in the wrong category or a rate that rose eats the margin of every "
    "sale.",
    checks=(
        "In which category does the marketplace list the product?",
        "Did it announce new fees? Then all lines of a day on have them.",
    ),
    steps=(
        "Wrong category: have the listing moved, and ask for the difference.",
        "A new rate: accept the findings; the usual rate follows by itself.",
    ),
    tells="Finance tells who lists products.",
    proof="The rate is the usual one again, or the finding is accepted.",
    severity=Severity.DOUBT,
)
_kind(
    "fee_unknown",
    "Money of an unknown kind",
    trigger="A settlement has lines with words that shipsync does not know.",
    effect="They are in the total and in no sum by kind that means anything.",
    checks=("What does the marketplace's help say of these words?",),
    steps=(
        "Known and right: accept the finding with what it is.",
        "Not right: ask the marketplace's seller support.",
    ),
    tells="Finance; whoever keeps shipsync, so that the words get a kind.",
    proof="The words have a kind, or the finding is accepted with what they are.",
    owner="us",
    severity=Severity.DOUBT,
)
_kind(
    "penalty_charged",
    "Penalty charged",
    trigger="A settlement has a penalty.",
    effect="Money is gone for a promise that was not kept, and more of it threatens.",
    checks=("Which order, and what was late or wrong? Its timeline shows it.",),
    steps=(
        "Not our fault: appeal with the evidence of the order's page.",
        "Ours: tell the team, and accept the finding.",
    ),
    tells="Finance tells ops what it was for.",
    proof="It is booked back, or the finding is accepted.",
)
_kind(
    "reserve_drift",
    "Reserve does not net",
    trigger="A settlement sets free another sum than the one before kept back.",
    effect="Money is kept back and forgotten, by them or by us.",
    checks=("Is a settlement missing between the two? Their days must join.",),
    steps=(
        "Missing: fetch or upload it.",
        "None is missing: ask the marketplace where the difference is.",
    ),
    proof="Each settlement sets free what the one before kept.",
)
_kind(
    "settlement_remainder",
    "Settlement does not add up",
    trigger="The lines of a settlement are not what was paid out.",
    effect="The difference is booked nowhere.",
    checks=("Is it the whole file, as the marketplace made it?",),
    steps=(
        "Take the file anew from the marketplace and upload it.",
        "Still so: ask the marketplace; sign it with a note when the month must close.",
    ),
    proof="The remainder is 0.00.",
    sla=timedelta(days=2),
)
_kind(
    "settlement_unmatched",
    "Lines without an order",
    trigger="Lines of a settlement name an order that we do not have, or none where "
    "their kind should.",
    effect="What was paid for them is compared with nothing.",
    checks=("Are they orders from before this store was connected?",),
    steps=(
        "Open the lines without an order; take a suggestion or search, with a note.",
        "Of no order of ours: say 'belongs to no order', with the reason.",
    ),
    proof="No line is left without an order or a word about it.",
    owner="you",
    severity=Severity.DOUBT,
)
