"""Parcels: what left, and whether the marketplace knows.

Amazon's side: confirmShipment (Orders v0) and its help on valid tracking, as of 2026.
"""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    RETRY,
    Answer,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)

CONFIRM = Resolution(
    code="confirm",
    label="Confirm it",
    effect="Confirms this order to the marketplace with the parcel's carrier and "
    "tracking.",
    verb="confirm",
)
CONFIRMED_BY_HAND = Resolution(
    code="accept",
    label="Confirmed by hand",
    effect="Records that it was confirmed in the marketplace's own console; we send "
    "nothing and read it back.",
    verb="accept",
    needs_reason=True,
)
SEND_AGAIN = Resolution(
    code="retry",
    label="Send again",
    effect="Sends the confirmation again under the same package reference, which "
    "edits it rather than adding a second.",
    verb="retry",
    permission="orders.retry_sync",
)

KINDS.register(
    ExceptionKind(
        code="combined_parcel",
        label="One parcel for several orders",
        team=Team.OPS,
        owner_system="you",
        trigger="ShipStation combined orders into one parcel, and the store's rule is to "
        "ask before confirming each with the same tracking; or the parcel holds what "
        "the marketplace doesn't take with one tracking number.",
        effect="Without a confirmation the orders count as late although they left. "
        "Customs: parcels into the UK or the EU from outside must not merge orders.",
        checks=(
            "Do all orders go to the same address?",
            "Does the parcel cross a customs border?",
        ),
        steps=(
            "'Confirm it' sends the parcel's tracking for this order.",
            (
                "To stop being asked about parcels that the marketplace takes, set the "
                "store's rule to 'confirm each order'."
            ),
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Nobody.",
        proof="The marketplace shows this order with the parcel's number.",
        closes_itself="When the marketplace shows the order as shipped, or the label "
        "is voided.",
        suggested="confirm",
        resolutions=(CONFIRM, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="shipped_without_tracking",
        label="Shipped without a parcel",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.UNABLE,
        trigger="ShipStation shows the order as shipped, but no label and no "
        "mark-as-shipped entry is found.",
        effect="Nothing can be confirmed; the marketplace counts the order as late.",
        checks=(
            (
                "Was it marked as shipped before shipsync looked? See ShipStation's order "
                "activity."
            ),
            "Was its label voided?",
        ),
        steps=(
            (
                "Enter the tracking number in ShipStation, or confirm by hand at the "
                "marketplace."
            ),
            "Then 'Confirmed by hand', or 'Try again' to look for the parcel.",
        ),
        buyer_sees="'Not shipped yet', though it may have left.",
        tells="Ops asks packing how it left.",
        proof="The marketplace shows the order as shipped.",
        closes_itself="When the parcel is found, or the marketplace shows the order "
        "as shipped.",
        no_fix="The number of a parcel that left without a label is entered in "
        "ShipStation, by whoever sent it.",
        resolutions=(RETRY, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="tracking_missing",
        label="Tracking number missing",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.UNABLE,
        trigger="The parcel has no tracking number. Amazon and TikTok Shop take no parcel "
        "without one; elsewhere the buyer has nothing to follow.",
        effect="The confirmation can't be sent; valid tracking rate and late shipment "
        "rate suffer.",
        checks=("Does the service used have tracking at all?",),
        steps=(
            "Add the number in ShipStation, then 'Try again'.",
            "An untracked service: confirm it by hand at the marketplace.",
        ),
        buyer_sees="'Not shipped yet', though it left.",
        tells="Ops asks packing for the number.",
        proof="The marketplace shows the parcel.",
        closes_itself="When ShipStation shows a number for it, or the marketplace "
        "shows the order as shipped.",
        no_fix="The number is entered in ShipStation, by whoever has the parcel's "
        "receipt.",
        resolutions=(RETRY, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="carrier_unmapped",
        label="Carrier not mapped",
        team=Team.OPS,
        owner_system="you",
        answer=Answer.UNABLE,
        shared=("carrier", "service"),
        trigger="No mapping says what this marketplace calls the parcel's carrier. "
        "Carrier codes must match the marketplace's list exactly; we never guess.",
        effect="All parcels of this carrier wait unconfirmed, and their orders become "
        "late.",
        checks=(
            "ShipStation's carrier and service stand in the sentence above.",
            "Which code does the marketplace's list have for it?",
        ),
        steps=(
            (
                "Add the mapping (button beside). All waiting parcels of this carrier are then "
                "confirmed by themselves."
            ),
            "Only this one: confirm it by hand at the marketplace.",
        ),
        buyer_sees="'Not shipped yet', though the parcel is on its way.",
        tells="Nobody. All parcels of this carrier wait for the same answer.",
        proof="The marketplace shows the parcels of this carrier.",
        closes_itself="When the carrier is mapped: its parcels are then confirmed.",
        sla=timedelta(hours=2),
        no_fix="Its fix is the mapping, on the case's own page: it ends all cases of "
        "the carrier at once.",
        resolutions=(RETRY, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="confirm_refused",
        label="Confirmation refused",
        team=Team.OPS,
        owner_system="you",
        answer=Answer.REFUSED,
        trigger="The marketplace refused the confirmation of dispatch.",
        effect="The parcel left, but the order still counts as unshipped.",
        checks=(
            "The marketplace's own words stand in the sentence above.",
            (
                "Tracking format: Amazon, eBay and TikTok Shop refuse a number that does "
                "not fit the carrier."
            ),
            "Already shipped or cancelled: the order no longer takes a parcel.",
            (
                "From outside the EU into it, up to 150 EUR: since July 2026 Amazon refuses "
                "carriers that are not on its list for the lane."
            ),
        ),
        steps=(
            (
                "Correct the carrier mapping or the tracking number; we send it again by "
                "ourselves."
            ),
            "'Send again' repeats it unchanged.",
        ),
        buyer_sees="'Not shipped yet', though the parcel is on its way.",
        tells="Ops tells customer service when it will be late; the buyer can be "
        "given the number.",
        proof="The marketplace shows the order as shipped.",
        closes_itself="When the confirmation is taken, or the marketplace shows the "
        "order as shipped.",
        no_fix="What to mend stands in the marketplace's words: a mapping, a number, "
        "an order that is over. It is then sent again by itself.",
        resolutions=(SEND_AGAIN, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="confirm_not_honoured",
        label="Confirmed, but not honoured",
        team=Team.OPS,
        owner_system="marketplace",
        trigger="The marketplace accepted the confirmation, yet its own record does not "
        "show the parcel. An accepted call is no proof, on Amazon as on Mirakl.",
        effect="The order still counts as unshipped although everybody did their part.",
        checks=(
            "The evidence ladder on the order page: which rung is the last, and when?",
            "Does the marketplace's own console show the tracking?",
        ),
        steps=(
            "'Send again' edits the same package.",
            (
                "Still missing after an hour: enter it by hand and open a case with the "
                "marketplace, with the request id from the timeline."
            ),
        ),
        buyer_sees="'Not shipped yet', though the parcel is on its way.",
        tells="Ops tells the marketplace's seller support, with the request id of the "
        "timeline.",
        proof="A read of the order shows our tracking number.",
        closes_itself="When a later read shows the parcel.",
        suggested="retry",
        resolutions=(SEND_AGAIN, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="voided_after_confirm",
        label="Label voided after confirming",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="A label was voided after its tracking was confirmed, and no new label "
        "replaces it. ShipStation does not tell the marketplace about a void.",
        effect="The buyer follows a number that never moves; valid tracking rate "
        "suffers.",
        checks=(
            "Is a new label planned? Once printed, we correct the confirmation.",
            "Was the order cancelled?",
        ),
        steps=(
            "Print a new label, or",
            (
                "if it is not to be shipped: refund the buyer. On most marketplaces a "
                "confirmed order can't be cancelled any more."
            ),
            (
                "We correct a told number where we may: Amazon and Mirakl as often as "
                "needed, TikTok Shop once within 72 hours, eBay never. There, send the "
                "buyer the new number and press 'Accept as it is'."
            ),
        ),
        buyer_sees="A tracking number that never moves.",
        tells="Ops tells customer service, who writes to the buyer when no new label "
        "is planned.",
        proof="The marketplace shows the new number, or the buyer has the money back.",
        closes_itself="When a new label corrects the confirmation, where the "
        "marketplace takes corrections.",
        severity=Severity.MONEY,
        sla=timedelta(hours=4),
        no_fix="A new label is bought in ShipStation; where the marketplace takes no "
        "correction, its console is the only place.",
        resolutions=(DISMISS,),
    )
)
KINDS.register(
    ExceptionKind(
        code="overdue",
        label="Ship-by passes",
        team=Team.OPS,
        owner_system="you",
        trigger="The ship-by deadline is near or past, and no parcel of the order is "
        "known.",
        effect="Each late order counts against you (Amazon: late shipment rate below 4 %). "
        "In the end the marketplace cancels it: Amazon 7 days after the expected date, "
        "TikTok Shop at its own due time.",
        checks=(
            "The order's 'why' sentence says what it waits for.",
            "Is it on a bench without a label, or out of stock?",
        ),
        steps=(
            "Ship it now, or mark it as shipped in ShipStation with its tracking.",
            "Can't be shipped: tell the buyer and cancel at the marketplace.",
        ),
        buyer_sees="A parcel that is late.",
        tells="Customer service writes to the buyer before the buyer writes.",
        proof="The marketplace shows the order as shipped or cancelled.",
        closes_itself="When a parcel of the order is confirmed, or the order is "
        "cancelled.",
        severity=Severity.MONEY,
        no_fix="It has to be shipped: nothing that is pressed here does that.",
        resolutions=(DISMISS,),
        blocks=False,
    )
)
