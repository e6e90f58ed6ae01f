"""Cancellations: asked, done on one side only, or too late.

Rules named here: Amazon's cancellation help for sellers (G201722390), eBay's and TikTok
Shop's rules on requests to cancel, and ShipStation's help on cancelled orders, as of
2026.
"""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    KINDS,
    RETRY,
    Answer,
    ExceptionKind,
    Severity,
    Team,
)
from orders.exception_kinds.cancel_ways import (
    CANCEL,
    CANCEL_MARKET,
    COMING_BACK,
    CONFIRM_PARCEL,
    DONE_BY_HAND,
    INTERCEPT,
    INTERCEPTED,
    LEFT_WITH_IT,
    REJECT_PARCEL,
    REJECT_REQUEST,
    SEND_AGAIN,
    SHIP_ANYWAY,
    STOPPED,
    TAKEN_OUT,
)

KINDS.register(
    ExceptionKind(
        code="cancel_requested",
        label="Buyer asks to cancel",
        team=Team.CS,
        owner_system="you",
        trigger="The buyer asked to cancel, no label exists yet. Until you decide, an "
        "order in ShipStation is held there and one that is not there yet is not sent; "
        "neither ends by itself.",
        effect="Shipping against an accepted request costs a return; ignoring a valid "
        "one costs a defect. Waiting too long makes the order late.",
        checks=(
            "Read the buyer's reason on the order page.",
            (
                "Is it the official request? Cancelling after a plain message counts as "
                "your own cancellation; after the official request it does not."
            ),
            (
                "Some marketplaces answer by themselves when nobody does, most of them "
                "with yes: the deadline shown here comes before that."
            ),
            "Does the request cover the whole order or only some lines?",
        ),
        steps=(
            "Decide before the deadline shown here.",
            (
                "To cancel: 'Cancel it, at the marketplace too' does both where the "
                "marketplace can be told. Otherwise press 'Cancel in ShipStation', then "
                "cancel in the marketplace's own console with the reason that the buyer "
                "cancelled."
            ),
            (
                "To ship: reject the request where the marketplace can be told so, for "
                "it may refuse a dispatch while the request is open; otherwise press "
                "'Ship anyway' and say why, for example that the buyer withdrew by "
                "message."
            ),
        ),
        buyer_sees="'Cancellation requested': the buyer waits for an answer.",
        tells="Customer service answers the buyer; packing sees the hold and its tag "
        "in ShipStation.",
        proof="The marketplace shows the order as cancelled, or the request as closed "
        "and the order shipped.",
        closes_itself="When the buyer takes the request back, or the marketplace "
        "closes or grants it.",
        severity=Severity.MONEY,
        suggested="cancel_market",
        resolutions=(CANCEL_MARKET, CANCEL, REJECT_REQUEST, SHIP_ANYWAY),
    )
)
KINDS.register(
    ExceptionKind(
        code="cancel_in_doubt",
        label="May have to be cancelled",
        team=Team.CS,
        owner_system="you",
        trigger="Nobody asked to cancel by the marketplace's own request, but something "
        "that often means it was said: a message of the buyer, an incident, a refund. "
        "Until you have read it the order is held, or not sent.",
        effect="Most messages ask for something else, and every hour of holding brings "
        "ship-by nearer. A cancellation that nobody asked for counts against the seller.",
        checks=(
            "Read what was said in the marketplace's own console.",
            "Does it ask to cancel, or only when the parcel comes?",
        ),
        steps=(
            "It asks for something else: answer there, then 'Ship anyway'.",
            (
                "It asks to cancel: cancel it, with the reason that the buyer wants it; "
                "where the marketplace can't be told from here, do it in its console."
            ),
        ),
        buyer_sees="Their own message or incident, unanswered.",
        tells="Customer service reads it and answers the buyer in the same place.",
        proof="A person has said what it means, or the marketplace shows that it is "
        "over.",
        closes_itself="When the incident or refund is closed, or the order is "
        "cancelled there.",
        no_fix="Whether it means to cancel stands in the buyer's own words: a person "
        "has to read them.",
        resolutions=(SHIP_ANYWAY, CANCEL_MARKET, CANCEL),
    )
)
KINDS.register(
    ExceptionKind(
        code="cancelled_after_label",
        label="Cancelled after the label",
        team=Team.CS,
        owner_system="you",
        trigger="A cancellation (or a request for one) arrived after the label was "
        "bought in ShipStation. ShipStation locks shipped orders: we can't undo it.",
        effect="A parcel may leave that nobody wants, or the buyer is refunded and "
        "keeps the goods.",
        checks=(
            (
                "Is the parcel still on the bench? 'Have the bench take it off the line' "
                "asks every packing bench at once."
            ),
            (
                "Only asked for: the order is still yours to confirm once it has left; "
                "the buyer refuses the parcel or returns it."
            ),
            "Already cancelled by the marketplace: a confirmation will be refused.",
        ),
        steps=(
            (
                "Parcel still here: press 'Parcel stopped: it stays here'. The label to "
                "void and the goods to put back follow as cases of their own."
            ),
            (
                "Parcel left: stop it with the carrier if you can. Cancelled by the "
                "marketplace: press 'It has left: expect it back'."
            ),
            (
                "It has left, or the buyer wants it after all: confirm it; where an open "
                "request stands in the way, it is rejected first."
            ),
        ),
        buyer_sees="'Cancelled' or 'cancellation requested', perhaps beside a "
        "tracking number.",
        tells="Customer service asks the bench to look for the parcel, and tells the "
        "buyer what was found.",
        proof="The parcel is back or its label is void, or the marketplace shows it "
        "as shipped.",
        closes_itself="When the label is voided, or the request is taken back.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        suggested="intercept",
        resolutions=(
            INTERCEPT,
            STOPPED,
            INTERCEPTED,
            COMING_BACK,
            REJECT_PARCEL,
            CONFIRM_PARCEL,
        ),
    )
)
KINDS.register(
    ExceptionKind(
        code="line_cancelled_after_label",
        label="Line cancelled after the label",
        team=Team.CS,
        owner_system="you",
        trigger="The marketplace cancelled some lines or units, but the parcel was "
        "labelled with them. ShipStation has no status per line.",
        effect="The buyer gets goods that were refunded, or the confirmation is refused "
        "for more units than are still open.",
        checks=(
            "Compare the lines on the order page: wanted, and packed.",
            "Has the parcel left? Ask packing with the tracking number.",
        ),
        steps=(
            (
                "Parcel still here: take the cancelled units out (void and print again if "
                "the weight changes), then 'Units taken out of the parcel'."
            ),
            (
                "Parcel left: 'It has left with them'; the units still "
                "wanted are confirmed. Agree a return for the rest."
            ),
        ),
        buyer_sees="A refund for some of the goods, and perhaps the goods as well.",
        tells="Customer service asks packing whether the parcel is still there; ops "
        "takes the units out.",
        proof="The units are out of the parcel, or the marketplace shows them as "
        "returned.",
        closes_itself="When the label is voided before it was told: the new one holds "
        "what is left.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        suggested="taken_out",
        resolutions=(TAKEN_OUT, LEFT_WITH_IT),
    )
)
KINDS.register(
    ExceptionKind(
        code="answer_cancellation",
        label="Cancel it at the marketplace",
        team=Team.CS,
        owner_system="marketplace",
        trigger="The order is cancelled in ShipStation but still open at the "
        "marketplace. ShipStation never tells a marketplace about a cancellation.",
        effect="The marketplace keeps counting: the order becomes late, and is cancelled "
        "in the end for not being shipped (Amazon: 7 days after the expected ship date), "
        "which counts against you.",
        checks=(
            "Is it meant to be cancelled? See who decided in the timeline.",
            (
                "Did the buyer ask officially? Then cancelling does not count as yours "
                "(Amazon: pre-fulfilment cancel rate, to stay below 2.5 %)."
            ),
        ),
        steps=(
            (
                "'Cancel it, at the marketplace too' tells it for you where it can be "
                "told; then nothing else is to be done."
            ),
            "Otherwise open the order in the marketplace's own console.",
            "Cancel it with the true reason; 'buyer cancelled' if the buyer asked.",
            (
                "Press 'Done by hand'. The case closes by itself once the marketplace shows "
                "the order as cancelled."
            ),
        ),
        buyer_sees="An order that is neither shipped nor cancelled.",
        tells="Whoever decided to cancel also tells the marketplace; the case goes to "
        "that person.",
        proof="The marketplace shows the order or line as cancelled.",
        closes_itself="When the marketplace shows it as cancelled.",
        suggested="cancel_market",
        resolutions=(CANCEL_MARKET, DONE_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="answer_refused",
        label="Answer to a cancellation refused",
        team=Team.CS,
        owner_system="marketplace",
        answer=Answer.REFUSED,
        trigger="The marketplace refused what you told it about a request to cancel; its "
        "words stand above.",
        effect="The request stays open. The order stays stopped, and the marketplace may "
        "answer the buyer itself when the time is up.",
        checks=(
            "Has the request been answered, withdrawn or decided there meanwhile?",
            "Does the refusal name the reason? Another one may be allowed.",
        ),
        steps=(
            "Decide again with a reason that is allowed, or the other way round.",
            (
                "Where the marketplace takes no answer from us, give it in its own "
                "console and press 'Done by hand'."
            ),
        ),
        buyer_sees="A request that is still open.",
        tells="Customer service asks the marketplace's seller support when its reason "
        "can't be helped.",
        proof="The marketplace shows the request as answered.",
        closes_itself="When the marketplace shows the request as closed, or the order "
        "as cancelled.",
        suggested="retry",
        resolutions=(SEND_AGAIN, CANCEL_MARKET, REJECT_REQUEST, DONE_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="cancelled_in_combined",
        label="Cancelled inside a combined order",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="A cancelled order had been combined with others in ShipStation. "
        "Writing to the combined order would wipe the other orders' lines, so we don't.",
        effect="The cancelled goods travel with the rest, or the rest waits on hold.",
        checks=(
            "Open the primary order in ShipStation: its number is on the order page.",
            "Which lines belong to the cancelled order? They carry its line keys.",
        ),
        steps=(
            "In ShipStation, split the cancelled lines off (Split Shipment or Uncombine).",
            "Cancel the split-off part there.",
            "Press 'Done by hand' and take the primary off hold if we held it.",
        ),
        buyer_sees="'Cancelled', for one of the orders in the parcel.",
        tells="Ops tells packing which goods come out of the parcel.",
        proof="The combined order is taken apart, or a person says that the goods are "
        "out.",
        closes_itself="When the orders are taken apart in ShipStation: this one is "
        "then cancelled there.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="A combined order is taken apart at ShipStation's screen only.",
        resolutions=(DONE_BY_HAND,),
    )
)
KINDS.register(
    ExceptionKind(
        code="cancel_by_hand",
        label="Cancel in ShipStation by hand",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The marketplace cancelled the order, but the ShipStation order was not "
        "created by us, or ShipStation does not take our cancellation.",
        effect="A packer can still print a label for a cancelled order.",
        checks=(
            "Is the order on hold or tagged with the stop tag? Then packing is warned.",
            "Does it contain only this marketplace order's lines?",
        ),
        steps=(
            "In ShipStation open the order, choose Other Actions, then Cancel Order.",
            (
                "Press 'Done by hand'; we re-read the order and close the case when it shows "
                "as cancelled."
            ),
        ),
        buyer_sees="'Cancelled': a parcel would be a surprise.",
        tells="Ops tells packing not to pack it, then cancels it in ShipStation.",
        proof="ShipStation shows the order as cancelled.",
        closes_itself="When ShipStation's order is read as cancelled or gone.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="ShipStation takes this cancellation from a person at its screen only.",
        resolutions=(DONE_BY_HAND, RETRY),
    )
)
