"""Direct mode: ShipStation's own connection runs the store, we watch both sides.

Facts of ShipStation named here: its help on store set-up, combining and international
settings, and what API v1 has no field for (tax ids, the 'notify marketplace' setting).
"""

from __future__ import annotations

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    RETRY,
    ExceptionKind,
    Resolution,
    Team,
)

IT_IS_THIS = Resolution(
    code="adopt",
    label="It is this one",
    effect="Takes the ShipStation order that you choose for this one: we follow it, hold "
    "it when the buyer cancels, and watch that its parcel is told.",
    verb="adopt",
    chooses_record=True,
)
NONE_OF_THEM = Resolution(
    code="none",
    label="None of them",
    effect="We go on waiting for ShipStation to import this order; these are left alone.",
    verb="accept",
    needs_reason=True,
)
SHIPPED_OTHERWISE = Resolution(
    code="otherwise",
    label="It is shipped another way",
    effect="Closes the case with your reason; nothing more is expected in ShipStation. "
    "Its ship-by is still watched.",
    verb="accept",
    needs_reason=True,
)
NOT_TO_SHIP = Resolution(
    code="accept",
    label="It is not to be shipped",
    effect="Records that it was meant; the marketplace's side stays yours to answer.",
    verb="accept",
    needs_reason=True,
)
ON_THE_LABEL = Resolution(
    code="on_the_label",
    label="The number is set",
    effect="Records that you have seen the tax number on the order in ShipStation, where "
    "its interface can't show it to us.",
    verb="accept",
    needs_reason=True,
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
        code="direct_never_arrived",
        label="Never arrived in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The marketplace has an order to ship, and ShipStation's own connection "
        "has not imported it in the time that the store's rules allow.",
        effect="Nobody packs it: an order that was never imported is in no report of "
        "ShipStation. Its ship-by deadline runs.",
        checks=(
            (
                "When did ShipStation last refresh this store? See Settings, Selling Channels, "
                "Store Setup: a red mark there means that the connection must be renewed."
            ),
            (
                "Is the order on hold or unpaid at the marketplace? Some channels give it to "
                "ShipStation only afterwards."
            ),
            "Search ShipStation for the buyer's name: it may be there under another number.",
        ),
        steps=(
            "In ShipStation open Orders, press 'Import Orders' and choose this store.",
            (
                "Not there after some minutes: edit the store in Store Setup, and look which "
                "order statuses it imports, and from which date."
            ),
            (
                "Urgent: type it in by hand with this order number and these SKUs, in this "
                "store. We find it, and a later import beside it becomes a case."
            ),
            "The case closes by itself once the order is in ShipStation.",
        ),
        resolutions=(SHIPPED_OTHERWISE,),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_arrived_twice",
        label="Arrived twice in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="ShipStation has more than one open order that is this marketplace "
        "order: its connection imported it again, a second connection did, or "
        "somebody typed it in.",
        effect="Two parcels may leave for one order.",
        checks=(
            "Is one of them a part of a split? Parts are no duplicates and close this case.",
            (
                "Are two stores connected to the same marketplace account? See Settings, "
                "Selling Channels, Store Setup."
            ),
            "Has one of them a label already?",
        ),
        steps=(
            (
                "Keep the one that came by the store's own connection: only it can tell the "
                "marketplace."
            ),
            "In ShipStation open the other, choose Other Actions, then Cancel Order.",
            "Two connections: deactivate the older one in Store Setup.",
            "The case closes by itself when one is left.",
        ),
        resolutions=(RETRY, DISMISS),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_ambiguous",
        label="Perhaps in ShipStation",
        team=Team.OPS,
        owner_system="you",
        trigger="ShipStation has an order with this number, or with these goods for this "
        "postcode, but too little agrees to say that it is this order. A number alone "
        "proves nothing there: it can be given twice.",
        effect="Until you choose, a late cancellation can't be held in ShipStation and its "
        "parcel is not followed.",
        checks=(
            "Compare goods, date and recipient of both on the screens of both systems.",
            (
                "Is it in another store of ShipStation? Then the store was connected again: "
                "choose the new one in this store's settings."
            ),
        ),
        steps=(
            "The same order: press 'It is this one' and choose it.",
            "Another order: press 'None of them' and say why.",
        ),
        resolutions=(IT_IS_THIS, NONE_OF_THEM),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_gone",
        label="Gone from ShipStation, still wanted",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The order was in ShipStation and is deleted, cancelled or lost in a "
        "combine there, while the marketplace still waits for its parcel. An order "
        "of ShipStation's own connection can't be created by us.",
        effect="Nobody packs it; its ship-by deadline runs.",
        checks=(
            "Search ShipStation for the number, cancelled orders included.",
            "Who cancelled or deleted it, and why? See the order's activity there.",
        ),
        steps=(
            (
                "Cancelled by mistake: in ShipStation open it and choose Other Actions, then "
                "Restore Order."
            ),
            (
                "Deleted: press 'Import Orders' for this store; most connections bring it back. "
                "Otherwise type it in by hand with this number, in this store."
            ),
            "Meant: press 'It is not to be shipped', then cancel it at the marketplace.",
        ),
        resolutions=(NOT_TO_SHIP,),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_line_cancelled",
        label="Cancelled line still in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The marketplace cancelled a line or some units. ShipStation has one status "
        "for the whole order, so its own connection often changes nothing. We hold "
        "the order until the two sides agree.",
        effect="Packed as it is, the buyer gets goods that were refunded.",
        checks=(
            "The order page shows what is wanted, and what ShipStation would pack.",
            "Has ShipStation refreshed the store since? It may mend it by itself.",
        ),
        steps=(
            (
                "In ShipStation open the order, press Edit at the items, and take the cancelled "
                "units out."
            ),
            "The case closes by itself with the next read, and our hold ends.",
            "It is to leave as it is: press 'Accept as it is' and say why.",
        ),
        resolutions=(DISMISS,),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_address_differs",
        label="Another address in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="The postcode at the marketplace is not the one in ShipStation: the buyer "
        "changed the address after ShipStation imported the order, or somebody "
        "changed it there.",
        effect="The parcel goes to the wrong place.",
        checks=(
            "Both addresses stand on the order page.",
            "Did somebody correct it in ShipStation on purpose? See its activity there.",
        ),
        steps=(
            (
                "In ShipStation open the order, edit the recipient, and enter the "
                "marketplace's address."
            ),
            "The case closes by itself with the next read.",
            "ShipStation's is right: press 'Accept as it is' and say why.",
        ),
        resolutions=(DISMISS,),
    )
)
KINDS.register(
    ExceptionKind(
        code="direct_tax_missing",
        label="Tax number lost by the import",
        team=Team.OPS,
        owner_system="shipstation",
        shared=("number",),
        trigger="The marketplace gave a tax number for customs (IOSS, VAT, VOEC), and "
        "nothing that ShipStation shows us carries it. Its API v1 has no field for "
        "tax ids, and what an import leaves out can't be added by it.",
        effect="Customs hold the parcel, or the buyer pays the tax a second time at the "
        "door.",
        checks=(
            "The number stands in the sentence above; it is the marketplace's, not yours.",
            (
                "Is it on the order in ShipStation already? Open it and look under Customs, "
                "Tax Identifiers."
            ),
        ),
        steps=(
            (
                "Once: in ShipStation under Settings, International Settings, add the number as "
                "a tax id (IOSS with the country that gave it)."
            ),
            (
                "For this order: open it, choose that tax id under Customs, and write the "
                "number into Custom Field 1, which is what we can read. The case then closes "
                "by itself."
            ),
            (
                "For all that come: an automation rule for this store and the EU's countries "
                "that adds the tax id and sets Custom Field 1. Rules run at the import."
            ),
            "Set, but without a custom field: press 'The number is set'.",
            (
                "The label is bought already: compare its customs form before it leaves; void "
                "and print again if the number is missing."
            ),
        ),
        resolutions=(ON_THE_LABEL,),
    )
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
        resolutions=(DISMISS,),
    )
)
