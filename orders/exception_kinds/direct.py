"""Direct mode: ShipStation's own connection runs the store, we watch both sides.

Facts of ShipStation named here: its help on store set-up, combining and international
settings, and what API v1 has no field for (tax ids, the 'notify marketplace' setting).
"""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    RETRY,
    ExceptionKind,
    Resolution,
    Severity,
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
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells packing when it typed the order in.",
        proof="ShipStation has the order.",
        closes_itself="When ShipStation's import brings it.",
        no_fix="Only ShipStation's own connection imports it: 'Import Orders' at its "
        "screen.",
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
        buyer_sees="Perhaps two parcels.",
        tells="Ops tells packing which of the two not to pack.",
        proof="One open order is left in ShipStation.",
        closes_itself="When ShipStation shows one of them only.",
        severity=Severity.MONEY,
        sla=timedelta(hours=2),
        no_fix="Which of the two is to be cancelled is seen at ShipStation's screen, "
        "and done there.",
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
        buyer_sees="Nothing, until the order is late.",
        tells="Nobody.",
        proof="The order page shows ShipStation's order, or a person said that it is "
        "none of these.",
        closes_itself="When enough agrees, or the other order goes away.",
        sla=timedelta(hours=4),
        suggested="adopt",
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
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks in the warehouse who deleted or cancelled it, and why.",
        proof="ShipStation has the order again, or the marketplace shows it as "
        "cancelled.",
        closes_itself="When ShipStation has it again, or the marketplace wants it no "
        "more.",
        no_fix="An order of ShipStation's own connection is brought back at its "
        "screen only.",
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
        buyer_sees="A refund for some of the goods.",
        tells="Ops tells packing which units come out.",
        proof="ShipStation's order shows what is still wanted.",
        closes_itself="When ShipStation's lines agree with the marketplace's.",
        severity=Severity.MONEY,
        sla=timedelta(hours=1),
        no_fix="Lines of an imported order are changed at ShipStation's screen only.",
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
        buyer_sees="The address that they gave the marketplace.",
        tells="Ops asks customer service which of the two the buyer means.",
        proof="Both sides show the same postcode.",
        closes_itself="When the two postcodes agree.",
        sla=timedelta(hours=2),
        no_fix="The address of an imported order is changed at ShipStation's screen "
        "only.",
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
        buyer_sees="VAT and a fee at the door.",
        tells="Ops tells packing before the label is bought.",
        proof="The customs form of the label carries the number.",
        closes_itself="When ShipStation's order shows the number in a custom field.",
        severity=Severity.MONEY,
        no_fix="The number is set at ShipStation's screen: its interface has no field "
        "for it.",
        resolutions=(ON_THE_LABEL,),
    )
)
