"""What reconciliation found wrong with records and parcels; see ``reconciled``."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import Severity, Team
from orders.exception_kinds.reconciled import found

found(
    "lines_differ",
    "Reconciled: quantities or lines differ",
    owner_system="shipstation",
    sla=timedelta(hours=8),
    trigger="ShipStation's records carry other units of an order than the marketplace "
    "sold, less what was cancelled.",
    effect="The buyer gets too little, too much or something else.",
    checks=(
        "Compare the order with its record on the order's page: which line differs?",
        "Did somebody change the record in ShipStation by hand?",
    ),
    steps=(
        "Not packed yet: put the lines right in ShipStation, or have the order sent anew.",
        "Packed already: tell CS what was in the parcel.",
    ),
    buyer_sees="Another parcel than he ordered.",
    tells="Ops tells the bench, or CS where the parcel has left.",
    proof="The order's page shows no difference in lines.",
)
found(
    "address_differs",
    "Reconciled: address differs",
    team=Team.CS,
    owner_system="shipstation",
    sla=timedelta(hours=4),
    trigger="ShipStation's record has another address than the one that counts for the "
    "order.",
    effect="The parcel goes where the buyer is not.",
    checks=(
        "Compare both addresses on the order's page; seeing them whole is noted.",
        "Has the parcel left? Then only the carrier can send it elsewhere.",
    ),
    steps=(
        (
            "Not packed yet: correct the address on the order's page, or in ShipStation where "
            "it imports by itself."
        ),
        "Packed: ask the carrier to redirect it, and tell the buyer.",
    ),
    buyer_sees="His parcel goes elsewhere.",
    tells="CS asks the buyer which address holds, where the marketplace allows that.",
    proof="Both addresses are the same again.",
)
found(
    "tax_lost",
    "Reconciled: tax number lost",
    owner_system="shipstation",
    trigger="An order has a tax number for customs, and ShipStation's record does not "
    "show it where the store's rules put it.",
    effect="Customs asks the buyer to pay tax that he has paid.",
    checks=(
        "Did somebody overwrite the custom field, or an automation rule of ShipStation?",
        "Does the label's customs form have the number? Then only the record lost it.",
    ),
    steps=(
        "Put the number back on the record before its label is bought.",
        "With the label bought: void it, put the number in, and print it anew.",
    ),
    buyer_sees="A bill from customs.",
    tells="Ops tells CS of parcels that have left without the number.",
    proof="The record shows the number at its next reading.",
)
found(
    "customs",
    "Reconciled: customs data overwritten",
    owner_system="shipstation",
    severity=Severity.STUCK,
    trigger="At the first reading after we wrote an order, ShipStation showed other "
    "customs lines than ours.",
    effect="The customs form says something else than what is known of the goods here.",
    checks=(
        (
            "In ShipStation: Settings, International, Customs Declarations. Only 'Leave "
            "blank / enter manually' keeps what an interface sends."
        ),
    ),
    steps=(
        "Correct the customs lines of the orders that have no label yet.",
        "Change the setting, so that the next orders keep theirs.",
    ),
    buyer_sees="Perhaps a parcel that customs holds.",
    tells="Ops asks whoever keeps the ShipStation account to change its setting.",
    proof="Orders written after the change keep their customs lines.",
)
found(
    "combined_unconfirmed",
    "Reconciled: combined, but unconfirmed",
    sla=timedelta(hours=4),
    trigger="Orders left in one parcel with others, and their own marketplace was not "
    "told.",
    effect="They count as late though they have left.",
    checks=(
        "The order's page shows the parcel that it went with.",
        "Does the store's operating model let combined parcels be confirmed?",
    ),
    steps=(
        "Confirm the parcel for this order on its page, if the marketplace allows that.",
        "Else confirm it on the marketplace's own pages, and accept the finding.",
    ),
    buyer_sees="An order without tracking.",
    tells="Ops asks a lead where the rules forbid to confirm combined parcels.",
    proof="The marketplace shows the parcel's number on the order.",
)
found(
    "voided_confirmed",
    "Reconciled: voided, but confirmed",
    owner_system="you",
    sla=timedelta(hours=4),
    trigger="The marketplace was told of labels that were voided since, and of no other "
    "in their place.",
    effect="The buyer follows a parcel that does not exist, and the seller's valid-"
    "tracking rate falls.",
    checks=(
        "Was a new label printed, perhaps outside ShipStation?",
        "Was the parcel held back on purpose?",
    ),
    steps=(
        (
            "Print the new label: its number corrects the old one by itself where the "
            "marketplace allows that."
        ),
        "Where it does not, enter the new number on the marketplace's own pages.",
    ),
    buyer_sees="A tracking number of which nothing is heard.",
    tells="CS tells the buyer the new number where it can't be corrected.",
    proof="The marketplace shows a number whose label stands.",
)
found(
    "no_tracking_back",
    "Reconciled: no tracking back",
    sla=timedelta(hours=2),
    trigger="Parcels have a label, and the marketplace was not told of them in time.",
    effect="The orders count as late though they have left.",
    checks=(
        "The order's page says what keeps the confirmation back.",
        "Where ShipStation tells the marketplace: is its notification switched on?",
    ),
    steps=(
        "Mend what the page names (a carrier's code, a missing number) and try again.",
        "Near the deadline, confirm it on the marketplace's own pages.",
    ),
    buyer_sees="An order that seems not to have left.",
    tells="Ops tells a lead when many are untold: the seller's rates suffer.",
    proof="The marketplace shows the parcel's number.",
)
found(
    "refused_later",
    "Reconciled: carrier refused later",
    owner_system="marketplace",
    sla=timedelta(hours=4),
    trigger="The marketplace accepted confirmations and refused them afterwards.",
    effect="The orders count as not confirmed, against the seller's valid-tracking rate.",
    checks=(
        "Which carrier and which number were sent? Both stand in the finding.",
        "Does the number have the form that this carrier's numbers have?",
    ),
    steps=(
        "Correct the carrier's mapping if its code is the fault, and send it again.",
        "Correct the number on the marketplace's own pages if the number is.",
    ),
    buyer_sees="An order without tracking.",
    tells="Ops tells whoever keeps the carrier mappings.",
    proof="The marketplace shows the parcel again.",
)
found(
    "not_read_back",
    "Reconciled: accepted, but not read back",
    owner_system="marketplace",
    sla=timedelta(hours=4),
    trigger="The marketplace accepted confirmations hours ago, and shows neither the "
    "parcel nor the order as shipped.",
    effect="The orders may count as late although we were told that all is well.",
    checks=(
        "Open the order on the marketplace's own pages: what does it show?",
        "Does its status page tell of a fault?",
    ),
    steps=(
        "'Read it anew' on the order's page; then send the confirmation again.",
        "If it is dropped again, confirm it on the marketplace's own pages.",
    ),
    buyer_sees="An order that seems not to have left.",
    tells="Ops tells the marketplace's support, with the request ids of the attempts.",
    proof="The marketplace shows the parcel's number.",
)
found(
    "confirmed_not_shipped",
    "Reconciled: confirmed, but not shipped there",
    owner_system="marketplace",
    sla=timedelta(hours=8),
    trigger="One side calls an order shipped, and the other still has it to ship.",
    effect="Either the order counts as late, or it is packed a second time.",
    checks=(
        "Which side is behind stands in the finding.",
        "Did somebody ship or confirm it outside of ShipStation?",
    ),
    steps=(
        "Still to be packed though it has left: mark it as shipped in ShipStation.",
        "Still open at the marketplace: look at its own pages, and ask its support.",
    ),
    buyer_sees="Perhaps a second parcel, or an order that seems not to have left.",
    tells="Ops tells the bench of records that are not to be packed.",
    proof="Both sides call it shipped.",
)
found(
    "stale_hold",
    "Reconciled: stale hold",
    owner_system="shipstation",
    severity=Severity.STUCK,
    sla=timedelta(hours=8),
    trigger="Records are on hold for more than a day, and nothing explains it any more.",
    effect="Nobody packs them, and they miss their ship-by.",
    checks=(
        "Who holds it, and for what? The order's timeline and the record's notes say so.",
    ),
    steps=(
        "Release it in ShipStation, if nothing speaks against it.",
        "If it is held on purpose, accept the finding with the reason and until when.",
    ),
    buyer_sees="A late parcel.",
    tells="Ops asks whoever set the hold.",
    proof="The record is released, shipped or cancelled.",
)
