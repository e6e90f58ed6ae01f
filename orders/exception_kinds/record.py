"""ShipStation records in a state that nobody asked for."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    Answer,
    ExceptionKind,
    Resolution,
    Team,
)
from orders.exception_kinds.cancel_ways import SELLER_CANCEL

CREATE_ANEW = Resolution(
    code="retry",
    label="Create it anew",
    effect="Creates a new ShipStation order under the next key; the old one stays as "
    "it is.",
    verb="retry",
    permission="orders.retry_sync",
)
NOT_TO_SHIP = Resolution(
    code="accept",
    label="It is not to be shipped",
    effect="Records that the warehouse meant it; nothing is created again. The "
    "marketplace's side stays yours to answer.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="unexpected_status",
        label="Unexpected ShipStation status",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="After our write the order has a status that we did not ask for, or one "
        "that ShipStation does not document.",
        effect="It may be invisible to packers, or visible although it should wait.",
        checks=(
            "Both statuses stand side by side on the order page.",
            "Does an automation rule in ShipStation change new orders?",
        ),
        steps=(
            "Set the right status in ShipStation, or change the rule.",
            "'Try again' writes the wanted status once more.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks in the warehouse what was done with it.",
        proof="ShipStation shows a status that we know, and that fits.",
        closes_itself="When ShipStation's status is one that we know, and that fits.",
        sla=timedelta(hours=2),
        suggested="retry",
    )
)
KINDS.register(
    ExceptionKind(
        code="held_in_shipstation",
        label="Held in ShipStation, deadline near",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="Somebody put the order on hold in ShipStation, and its ship-by "
        "deadline comes near. We never release a hold that we did not set.",
        effect="The order becomes late, and each marketplace counts that (Amazon: late "
        "shipment rate, to stay below 4 %).",
        checks=(
            "Who held it, and why? See ShipStation's order notes.",
            "When does the hold end?",
        ),
        steps=(
            "Release it in ShipStation, or ship it from there.",
            "If it must stay held, press 'Accept as it is' and say why.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks whoever held it what it waits for.",
        proof="The hold is off in ShipStation.",
        closes_itself="When the hold is taken off, or the order has left.",
        no_fix="A hold that is not ours is taken off by whoever set it, in "
        "ShipStation.",
        resolutions=(DISMISS,),
    )
)
KINDS.register(
    ExceptionKind(
        code="cancelled_in_shipstation",
        label="Cancelled in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="Somebody cancelled the order in ShipStation; the marketplace still "
        "wants it. ShipStation never tells the marketplace.",
        effect="Nobody ships it, and the buyer waits until the marketplace cancels it "
        "for you.",
        checks=(
            "Who cancelled it, and why? See ShipStation's order activity.",
            "Is it out of stock, a duplicate, or a mistake?",
        ),
        steps=(
            "A mistake: restore it in ShipStation, or 'Create it anew'.",
            (
                "Meant: 'Cancel it at the marketplace' where it can be told; otherwise "
                "'It is not to be shipped', then cancel it there by hand."
            ),
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks in the warehouse who cancelled it, and why.",
        proof="ShipStation has the order to ship, or the marketplace shows it as "
        "cancelled.",
        closes_itself="When the marketplace wants it no more.",
        sla=timedelta(hours=4),
        suggested="retry",
        resolutions=(CREATE_ANEW, SELLER_CANCEL, NOT_TO_SHIP),
    )
)
KINDS.register(
    ExceptionKind(
        code="deleted_in_shipstation",
        label="Gone from ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The order was in ShipStation and is not found any more, and no combine "
        "explains it. A deleted order's key stays reserved there.",
        effect="Nobody ships it; its ship-by deadline runs.",
        checks=(
            "Search ShipStation for the number, cancelled and inactive orders included.",
            "Was it combined with another order of the same buyer?",
        ),
        steps=(
            "Deleted by mistake: 'Create it anew'.",
            (
                "Meant: 'Cancel it at the marketplace' where it can be told; otherwise "
                "'It is not to be shipped', then cancel it there by hand."
            ),
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks in the warehouse who deleted it, and why.",
        proof="ShipStation has the order to ship, or the marketplace shows it as "
        "cancelled.",
        closes_itself="When the order is found there again, or the marketplace wants "
        "it no more.",
        sla=timedelta(hours=4),
        suggested="retry",
        resolutions=(CREATE_ANEW, SELLER_CANCEL, NOT_TO_SHIP),
    )
)
KINDS.register(
    ExceptionKind(
        code="merged_lost",
        label="Lost in a combine",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.UNABLE,
        trigger="The order vanished from ShipStation's interface as combined orders do, "
        "and we could not learn into which order it went.",
        effect="Its tracking can't be found by us, so it is not confirmed.",
        checks=(
            (
                "Search ShipStation's screen for the order number: the combined order shows "
                "it although the interface does not."
            ),
            "Look for another order of the same buyer around the same time.",
        ),
        steps=(
            "Uncombine it in ShipStation, or ship and confirm it by hand.",
            "'Create it anew' only if you are sure it is in no parcel.",
        ),
        buyer_sees="'Not shipped yet', though it may be on its way in another parcel.",
        tells="Ops asks packing which parcel the goods went into.",
        proof="The marketplace shows the order as shipped.",
        closes_itself="When the order that it went into is read, or the marketplace "
        "shows it as shipped.",
        sla=timedelta(hours=4),
        no_fix="Whether the goods have left is seen in the warehouse alone; to create "
        "the order anew may ship them twice.",
        resolutions=(CREATE_ANEW, NOT_TO_SHIP),
    )
)
