"""ShipStation and the marketplace contradict each other about what is to be shipped."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)
from orders.exception_kinds.cancel_ways import (
    DONE_BY_HAND,
)

KINDS.register(
    ExceptionKind(
        code="reopened_after_cancel",
        label="Wanted again after a cancellation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="We cancelled the order in ShipStation, but the marketplace wants it "
        "shipped (the request was withdrawn, or the status went back).",
        effect="ShipStation locks cancelled orders: nothing ships until the order "
        "exists there anew.",
        checks=(
            "Is the order really open at the marketplace? See 'last seen'.",
            "Has somebody restored or retyped it in ShipStation already?",
        ),
        steps=(
            "Restore it in ShipStation by hand, or press 'Create it anew'.",
            "If the buyer no longer wants it, cancel it at the marketplace.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells packing that it is wanted after all.",
        proof="ShipStation has the order to ship.",
        closes_itself="When the marketplace wants it no more.",
        sla=timedelta(hours=4),
        suggested="retry",
        resolutions=(
            Resolution(
                code="retry",
                label="Create it anew",
                effect="Creates a second ShipStation order under the next key; the "
                "cancelled one stays as it is.",
                verb="retry",
                permission="orders.retry_sync",
            ),
            DISMISS,
        ),
    )
)
KINDS.register(
    ExceptionKind(
        code="not_ours_pushed",
        label="In ShipStation, but not ours to ship",
        team=Team.OPS,
        owner_system="us",
        trigger="The marketplace ships this order itself (or its own label service "
        "does), yet it is in ShipStation.",
        effect="It would be shipped twice, and a confirmation of ours is refused: "
        "what Amazon's Buy Shipping, TikTok's logistics or eBay's own service ship confirms "
        "itself.",
        checks=(
            (
                "The reason stands on the order page: fulfilled by the marketplace, its own "
                "label, pick-up, digital."
            ),
            "Who created the ShipStation order: us, or another connection?",
        ),
        steps=(
            "Cancel the order in ShipStation if no label exists.",
            "If it was labelled, void the label and keep the goods back.",
            "Press 'Done by hand' with what you did.",
        ),
        buyer_sees="Perhaps two parcels.",
        tells="Ops tells packing not to pack it.",
        proof="ShipStation's order is cancelled.",
        closes_itself="When it is cancelled or gone in ShipStation.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="It is cancelled at ShipStation's screen: we write to no order that is "
        "not ours to ship.",
        resolutions=(DONE_BY_HAND,),
    )
)
KINDS.register(
    ExceptionKind(
        code="shipped_elsewhere",
        label="Confirmed by somebody else",
        team=Team.OPS,
        owner_system="marketplace",
        trigger="The marketplace shows the order as shipped, but not with a parcel that "
        "we confirmed.",
        effect="Either the parcel was confirmed outside shipsync, or a second parcel is "
        "about to leave ShipStation.",
        checks=(
            "Compare the parcel the marketplace shows with our shipments.",
            "Does ShipStation's own store connection also notify this marketplace?",
        ),
        steps=(
            (
                "If it went another way: cancel or hold the ShipStation order, then 'Accept "
                "as it is'."
            ),
            "If it was typed in by hand with the right tracking: 'Accept as it is'.",
        ),
        buyer_sees="A parcel with a number that we did not give.",
        tells="Ops asks who confirmed it; packing, whether a second parcel was packed.",
        proof="One parcel left, and the marketplace shows its number.",
        closes_itself="When ShipStation's order is cancelled, or the marketplace "
        "shows our parcel.",
        severity=Severity.MONEY,
        sla=timedelta(hours=4),
        no_fix="Who shipped it is asked among people; what is left in ShipStation is "
        "cancelled there.",
        resolutions=(DISMISS,),
    )
)
