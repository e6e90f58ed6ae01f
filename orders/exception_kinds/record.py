"""ShipStation records in a state that nobody asked for."""

from __future__ import annotations

from orders.exception_kinds import (
    DISMISS,
    KINDS,
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
        effect="The order becomes late: on Amazon it counts in the late shipment rate "
        "(target below 4 %).",
        checks=(
            "Who held it, and why? See ShipStation's order notes.",
            "When does the hold end?",
        ),
        steps=(
            "Release it in ShipStation, or ship it from there.",
            "If it must stay held, press 'Accept as it is' and say why.",
        ),
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
        resolutions=(CREATE_ANEW, SELLER_CANCEL, NOT_TO_SHIP),
    )
)
KINDS.register(
    ExceptionKind(
        code="merged_lost",
        label="Lost in a combine",
        team=Team.OPS,
        owner_system="shipstation",
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
        resolutions=(CREATE_ANEW, NOT_TO_SHIP),
    )
)
