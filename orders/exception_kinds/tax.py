"""Tax numbers on parcels that cross a border: what is checked before anything is sent.

Rules of the IOSS: Directive 2006/112/EC, title XII chapter 6. Amazon's carriers into the
EU: its notice on the EU customs reform, in force from July 2026.
"""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    KINDS,
    RETRY,
    Answer,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)
from orders.exception_kinds.dispatch import CONFIRMED_BY_HAND

RELEASE = Resolution(
    code="release",
    label="Send it as it is",
    effect="Sends the order with the number as it stands, or without one, on your word "
    "and with your reason.",
    verb="release",
    permission="orders.release_preflight",
    needs_reason=True,
)
ASK_AGAIN = Resolution(
    code="retry",
    label="Read the order again",
    effect="Asks the marketplace for the order again, and checks what it says then.",
    verb="retry",
    permission="orders.retry_sync",
)
BY_HAND = Resolution(
    code="accept",
    label="Shipped by hand",
    effect="Closes the case: we don't send this order, you enter and ship it yourself.",
    verb="accept",
    permission="orders.release_preflight",
    needs_reason=True,
)
CONFIRM_ALL_THE_SAME = Resolution(
    code="confirm",
    label="Confirm it all the same",
    effect="Confirms this order to the marketplace with the parcel's carrier and tracking, "
    "on your word and with your reason.",
    verb="confirm",
    permission="orders.release_preflight",
    needs_reason=True,
)
WAYS = (ASK_AGAIN, RELEASE, BY_HAND)
MEND_RULE = (
    "A wrong rule: correct it on the store's page under 'Tax rules'; every order that waits "
    "for it is checked again by itself."
)
LEAVES = "'Send it as it is' takes it out of this check, with your name and reason."

KINDS.register(
    ExceptionKind(
        code="tax_number_missing",
        label="Tax number missing",
        team=Team.OPS,
        owner_system="marketplace",
        trigger="The scheme applies to this parcel, but its number was in none of the "
        "places where the store's rules look.",
        effect="Without the number customs asks the buyer for VAT and a fee; many refuse "
        "the parcel.",
        checks=(
            "The sentence above says where we looked, and for which destination and value.",
            "Does the marketplace's own page of the order show a number?",
        ),
        steps=(
            "The number comes late at times: 'Read the order again'.",
            MEND_RULE,
            LEAVES,
        ),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The order is in ShipStation with the number.",
        closes_itself="When the number is found in a place where the rules look.",
        no_fix="The number is entered where the store's rules look for it; asking the "
        "operator is a person's.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_scheme_unknown",
        label="Tax scheme not known",
        team=Team.OPS,
        owner_system="us",
        trigger="The marketplace or a rule names a tax scheme that shipsync does not know.",
        effect="Nobody has checked whether its number belongs on this parcel.",
        checks=(
            "Which scheme is it: the marketplace's help pages name it.",
            "Is it a rule of ours with a typing mistake?",
        ),
        steps=(MEND_RULE, LEAVES, "Tell whoever looks after shipsync of a new scheme."),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The scheme is known, or a person has let the order go.",
        closes_itself="When the marketplace or the rule names a scheme that is known.",
        no_fix="Whether the number belongs on the parcel is looked up by a person.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_number_malformed",
        label="Tax number is none",
        team=Team.OPS,
        owner_system="marketplace",
        trigger="The number does not have the form that its scheme prescribes.",
        effect="The carrier or customs refuses the data; the parcel stands still, or the "
        "buyer pays VAT a second time.",
        checks=(
            "A rule may look at the wrong place and find something else.",
            "An IOSS number is IM and ten digits; IN is an intermediary's own, and none.",
        ),
        steps=("Compare it with the marketplace's own page.", MEND_RULE, LEAVES),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The order is in ShipStation with a number of the right form.",
        closes_itself="When the number is read or set in the right form.",
        no_fix="The number is mended where it comes from: the marketplace, or the "
        "store's rules.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_wrong_destination",
        label="Tax number for elsewhere",
        team=Team.OPS,
        owner_system="you",
        trigger="The number is of a scheme that does not hold where this parcel goes.",
        effect="Using an IOSS number outside its scheme is a wrong declaration in the name "
        "of whoever owns the number.",
        checks=(
            (
                "The Canary Islands, Livigno, Büsingen and others are in the EU but outside its "
                "VAT area."
            ),
            "Northern Ireland counts as the EU for goods, but not from Great Britain.",
        ),
        steps=("Was the address changed after the order?", MEND_RULE, LEAVES),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The order is in ShipStation without the number.",
        closes_itself="When the rules give no number for this destination.",
        severity=Severity.MONEY,
        no_fix="The rule that gives the number is mended in the store's rules, for "
        "all orders alike.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_domestic",
        label="Tax number without a border",
        team=Team.OPS,
        owner_system="you",
        trigger="The parcel stays in the country that it leaves from, and a number for "
        "imports would be sent with it.",
        effect="The number means nothing there and may print as customs data.",
        checks=("Is the store's 'ships from' country right?",),
        steps=(MEND_RULE, LEAVES),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The order is in ShipStation without the number.",
        closes_itself="When the store's rules give no number for this parcel.",
        no_fix="The rule that gives the number is mended in the store's rules, for "
        "all orders alike.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_over_limit",
        label="IOSS above 150 EUR",
        team=Team.OPS,
        owner_system="you",
        trigger="The goods are worth more than the scheme allows for one consignment.",
        effect="Above the limit the number must not be used: customs clears the parcel in "
        "the ordinary way, and duty is due.",
        checks=(
            "Value of the goods alone, without shipping and VAT, at the day's rate.",
            "Were lines cancelled, or prices changed, since?",
        ),
        steps=(
            "May the order be shipped in two parcels? The marketplace's terms say.",
            "A rule with 'up to' 150 EUR leaves the number off dearer orders.",
            LEAVES,
        ),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="A person has said how the parcel is declared.",
        closes_itself="When the value is read as within the limit.",
        severity=Severity.MONEY,
        no_fix="How a parcel above the limit is cleared is a person's to answer for.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_value_unknown",
        label="Value in euros not known",
        team=Team.OPS,
        owner_system="you",
        answer=Answer.UNABLE,
        trigger="The scheme has a limit in euros, and there is no exchange rate for the "
        "order's currency on its day, or a line without a price.",
        effect="Nobody knows whether the scheme applies.",
        checks=("Currency and day stand in the sentence above.",),
        steps=(
            (
                "Add the rate under Stores, 'Exchange rates': from a day on, until the next "
                "one. Every order that waits for it is checked again by itself."
            ),
            LEAVES,
        ),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The value in euros is known.",
        closes_itself="When the exchange rate or the price is there.",
        no_fix="The rate or the price is entered by a person, once for all orders of "
        "that day or product.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_own_number",
        label="Our own number by mistake",
        team=Team.LEAD,
        owner_system="you",
        trigger="A rule would send the seller's own number on an order for which the "
        "marketplace collects the tax itself.",
        effect="The VAT would be declared twice: once by the marketplace, once by us.",
        checks=("Does the marketplace show a number of its own for this order?",),
        steps=(
            "Put a rule before it that takes the number where the connector reads it.",
            MEND_RULE,
            LEAVES,
        ),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The store's rules give the marketplace's number, or none.",
        closes_itself="When the rule gives another number.",
        severity=Severity.MONEY,
        no_fix="The rule is mended by a lead, in the store's rules.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_rule_broken",
        label="Tax rule can't be asked",
        team=Team.LEAD,
        owner_system="you",
        answer=Answer.UNABLE,
        trigger="A tax rule of the store could not be worked out for this order.",
        effect="Nobody knows which number belongs on the parcel; a later rule might say "
        "something else, so none is asked.",
        checks=(
            "The sentence above says which rule, and what is wrong with its path.",
        ),
        steps=(MEND_RULE, LEAVES),
        buyer_sees="VAT and a fee at the door, or a parcel that goes back.",
        tells="Ops tells finance where a number was used wrongly; a lead answers for "
        "the store's rules.",
        proof="The rule can be worked out for this order.",
        closes_itself="When the rule is mended.",
        no_fix="The rule is mended by a lead, in the store's rules; a preview shows "
        "what it gives.",
        resolutions=WAYS,
    )
)
KINDS.register(
    ExceptionKind(
        code="combined_above_limit",
        label="Combined parcel above 150 EUR",
        team=Team.OPS,
        owner_system="you",
        trigger="Orders with IOSS numbers were combined into one parcel, and together the "
        "goods are worth more than 150 EUR, or their value is not known.",
        effect="The limit counts per consignment: the numbers are no good for this parcel, "
        "and duty is due. Marketplaces forbid to merge orders over a customs border.",
        checks=(
            "Has the parcel left? The label is bought, but it may still be here.",
            "The orders and their values stand beside.",
        ),
        steps=(
            (
                "Still here: void the label, take the combine apart in ShipStation, and buy a "
                "label for each order."
            ),
            "It has left: 'Confirm it all the same', and tell finance.",
        ),
        buyer_sees="Perhaps duty to be paid at the door.",
        tells="Ops asks a lead, who answers for the customs declaration.",
        proof="The parcel is confirmed by a person's word, or was packed apart.",
        closes_itself="When the orders are taken apart or their label is voided.",
        severity=Severity.MONEY,
        no_fix="How this parcel is declared is a person's to answer for.",
        resolutions=(CONFIRM_ALL_THE_SAME, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="carrier_not_eligible",
        label="Carrier not on the list",
        team=Team.OPS,
        owner_system="you",
        trigger="The marketplace takes only listed carriers for parcels of up to 150 EUR "
        "into the EU from outside. Our copy of its list does not have this one, or is "
        "empty. No interface shows the list: people keep it.",
        effect="The marketplace would refuse the confirmation; 'Other' does not pass "
        "either. The order becomes late although it left.",
        checks=(
            "Carrier and destination stand in the sentence above.",
            "Look the carrier up in the marketplace's own pages for sellers.",
        ),
        steps=(
            (
                "It is on their list: add it under Stores, 'Eligible carriers'. All parcels that "
                "wait for it are confirmed by themselves."
            ),
            (
                "It is not: the next parcels must go with another carrier; 'Confirm it all the "
                "same' tries it once."
            ),
        ),
        buyer_sees="'Not shipped yet', though the parcel is on its way.",
        tells="Ops tells purchasing which carrier the marketplace takes for this lane.",
        proof="The marketplace shows the parcel.",
        closes_itself="When the list or the mapping names an eligible carrier, or the "
        "order shows as shipped.",
        no_fix="No interface shows the marketplace's list: a person looks there, and "
        "keeps ours.",
        resolutions=(CONFIRM_ALL_THE_SAME, CONFIRMED_BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="tax_not_written",
        label="Tax number not in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.REFUSED,
        trigger="The store's numbers go by ShipStation's newer interface, and it refused "
        "this one, or did not show it when it was read back.",
        effect="The order stays on hold, or lies open without its number: customs would ask "
        "the buyer for VAT.",
        checks=(
            "Does the account have an API key of version 2, and is it still good?",
            "ShipStation's own words stand in the sentence above.",
        ),
        steps=(
            "Mend the cause, then 'Try again'.",
            "Enter the number in ShipStation by hand, then 'Send it as it is'.",
        ),
        buyer_sees="VAT at the door, if it left like this.",
        tells="Ops tells packing to wait for the number.",
        proof="A read of ShipStation shows the number.",
        closes_itself="When ShipStation shows the number.",
        sla=timedelta(hours=2),
        suggested="retry",
        resolutions=(RETRY, RELEASE),
    )
)
