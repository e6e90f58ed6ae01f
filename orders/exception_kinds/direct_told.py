"""Direct mode: who tells the marketplace of a parcel, ShipStation or we."""

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

LET_US_TELL = Resolution(
    code="confirm",
    label="Let shipsync tell it",
    effect="shipsync confirms this one parcel to the marketplace; ShipStation stays the "
    "owner of all others. Told by both, the marketplace may show it twice.",
    verb="confirm",
    needs_reason=True,
)
TOLD_BY_HAND = Resolution(
    code="done_by_hand",
    label="Told by hand",
    effect="Records that you entered the tracking number at the marketplace; the order "
    "closes once the marketplace shows it as shipped.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="direct_not_told",
        label="Marketplace not told",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="A label was bought in ShipStation, whose own connection owns telling the "
        "marketplace, and neither side shows that it did. Both were read again first.",
        effect="The marketplace counts the order as late, though the parcel has left.",
        checks=(
            (
                "Is 'notify marketplace' on for this store? Settings, Selling Channels, Store "
                "Setup, Edit, Shipping Notifications. No interface shows this setting."
            ),
            "Was the first label voided? ShipStation does not tell of the new one.",
            "Does ShipStation's shipment show an error at its marketplace icon?",
        ),
        steps=(
            "In ShipStation open the shipment and press 'Notify marketplace' again.",
            (
                "Switched off: switch it on, or let shipsync tell for the whole store: change "
                "'who tells' in the store's rules."
            ),
            "This parcel only: press 'Let shipsync tell it'.",
            "The case closes by itself once the marketplace shows the parcel.",
        ),
        buyer_sees="'Not shipped yet', though the parcel is on its way.",
        tells="Ops tells customer service, who can give the buyer the number.",
        proof="The marketplace shows the order as shipped.",
        closes_itself="When either side shows that the marketplace was told.",
        suggested="confirm",
        resolutions=(LET_US_TELL, TOLD_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_two_owners",
        label="Told by both",
        team=Team.LEAD,
        owner_system="you",
        trigger="The store's rules give telling the marketplace to shipsync, and "
        "ShipStation has told it as well: its 'notify marketplace' setting is on.",
        effect="The marketplace may show two parcels, or refuse the second with an error "
        "that hides real ones.",
        checks=(
            "Which one does the marketplace show? See the parcels on the order page.",
            "Who set the rule, and when? The store's page shows its versions.",
        ),
        steps=(
            (
                "Decide for one owner: in ShipStation set the store's notification to 'never', "
                "or give it back to ShipStation in the store's rules."
            ),
            "Then press 'Accept as it is' for this parcel.",
        ),
        buyer_sees="Perhaps two tracking numbers.",
        tells="The lead tells ops who tells this store's marketplace from now on.",
        proof="One owner is set in the store's rules, and ShipStation's setting fits.",
        closes_itself="When ShipStation no longer tells of parcels that are ours to "
        "tell of.",
        severity=Severity.DOUBT,
        sla=timedelta(days=1),
        no_fix="Who tells the marketplace is a rule of the store and a setting in "
        "ShipStation; a lead decides it.",
        resolutions=(DISMISS,),
    )
)
