"""What the marketplace sent can't be turned into a parcel: addresses, lines, values."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    Answer,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)

LOOK_AGAIN = Resolution(
    code="retry",
    label="Look again",
    effect="Builds the order again from what the marketplace says now and pushes it if "
    "it fits.",
    verb="retry",
    permission="orders.retry_sync",
)
CORRECT = Resolution(
    code="correct_address",
    label="Correct the address",
    effect="Opens the address, field by field, with what it was beside it. The "
    "corrected one goes to ShipStation while the order is open there.",
    verb="correct_address",
    permission="orders.correct_address",
    needs_reason=True,
    page="orders:address",
)
KEEP_OURS = Resolution(
    code="keep_ours",
    label="Keep the corrected one",
    effect="The address corrected here goes on counting; the case returns if the "
    "marketplace changes its own again.",
    verb="accept",
    permission="orders.correct_address",
    needs_reason=True,
)
TAKE_THEIRS = Resolution(
    code="market_address",
    label="Use the marketplace address",
    effect="Drops our correction: the marketplace's address is sent to ShipStation "
    "while the order is open there. What was corrected stays in the timeline.",
    verb="market_address",
    permission="orders.correct_address",
    needs_reason=True,
)
SHIP_AS_IT_IS = Resolution(
    code="accept",
    label="The address is good",
    effect="Records that a person checked the address; the case does not return for "
    "this address.",
    verb="accept",
)
BY_HAND = Resolution(
    code="by_hand",
    label="I see to it by hand",
    effect="shipsync sends nothing and says so on the order, with your reason. The case "
    "returns if the order changes; another one comes when its ship-by is near.",
    verb="accept",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="unknown_value",
        label="Unknown value from the marketplace",
        team=Team.OPS,
        owner_system="you",
        answer=Answer.UNABLE,
        trigger="The marketplace sent a status or code that its published interface "
        "does not list. It is kept as it came and never guessed at.",
        effect="If it is a status, the order waits: pushing on a guess could ship an "
        "order that must not leave.",
        checks=(
            "Field and value stand in the sentence above.",
            "How does the marketplace's own console show this order?",
            "Do other orders carry the same value?",
        ),
        steps=(
            "If the value means 'go on', press 'Accept as it is' with your reason.",
            "Tell whoever looks after shipsync, so that the value is learned.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever looks after shipsync which field and value came.",
        proof="The order moves on, with the value accepted or learned.",
        closes_itself="When a later read of the order has a value that is known.",
        no_fix="What the value means is the marketplace's to say: ask its support, or "
        "see its console.",
        resolutions=(DISMISS, LOOK_AGAIN),
    )
)
KINDS.register(
    ExceptionKind(
        code="order_malformed",
        label="Order could not be read",
        team=Team.OPS,
        owner_system="marketplace",
        answer=Answer.UNABLE,
        shared=("field", "problem"),
        trigger="One order of a page broke the marketplace's own format. The rest of "
        "the page was imported; this one is kept whole and sealed.",
        effect="The order is not in shipsync or ShipStation, and its deadline runs.",
        checks=(
            "Which field is wrong, and what stands in it, says the sentence above.",
            "Open the order in the marketplace's own console by its number.",
        ),
        steps=(
            "If it is due, ship it by hand from the marketplace's console.",
            "The case closes by itself when the same order is read well later.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever looks after shipsync, with the order number.",
        proof="The order is in the list of orders, or was shipped by hand.",
        closes_itself="When the same order is read well.",
        sla=timedelta(hours=4),
        no_fix="The marketplace's answer is its own to mend; meanwhile the order is "
        "shipped from its console.",
        resolutions=(
            Resolution(
                code="shipped_by_hand",
                label="Handled by hand",
                effect="Closes the case with your note of what was done.",
                verb="accept",
                needs_reason=True,
            ),
        ),
    )
)
KINDS.register(
    ExceptionKind(
        code="order_without_lines",
        label="Order without lines",
        team=Team.OPS,
        owner_system="marketplace",
        trigger="The marketplace sent an order that is to be shipped but has no lines.",
        effect="There is nothing to pack; nothing is pushed.",
        checks=("Does the marketplace's own console show lines?",),
        steps=(
            "If it does: 'Look again' after a few minutes.",
            "If not: ask the marketplace's seller support, with the order number.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks the marketplace's seller support, with the order number.",
        proof="The order has lines, and is in ShipStation.",
        closes_itself="When a read of the order brings its lines.",
        suggested="retry",
        resolutions=(LOOK_AGAIN, BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="address_incomplete",
        label="Address incomplete",
        team=Team.CS,
        owner_system="you",
        trigger="The recipient lacks what ShipStation needs: a name, a street, a town, a "
        "postcode or a country.",
        effect="The order can't be pushed; its ship-by deadline runs.",
        checks=(
            "Which field is missing or too long says the sentence above.",
            (
                "Does the marketplace's own console show more? A missing role of the app "
                "hides addresses (Amazon: Direct-to-Consumer Shipping)."
            ),
        ),
        steps=(
            (
                "You know what is right (the buyer wrote it): 'Correct the address' and say "
                "where you have it from."
            ),
            (
                "You don't: ask the buyer through the marketplace's messages to correct it "
                "there. We import that and push by ourselves; 'Look again' hurries it."
            ),
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Customer service asks the buyer through the marketplace's messages; "
        "ops need not wait for it.",
        proof="The order is in ShipStation.",
        closes_itself="When the address has what was missing: the order is then "
        "pushed.",
        suggested="correct_address",
        resolutions=(CORRECT, LOOK_AGAIN, BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="order_unpushable",
        label="Order does not fit ShipStation",
        team=Team.OPS,
        owner_system="us",
        answer=Answer.UNABLE,
        trigger="A field of the order breaks a rule of ShipStation's interface. We cut "
        "nothing silently, so the order waits.",
        effect="The order is not in ShipStation; its ship-by deadline runs.",
        checks=(
            "Field, value and rule stand in the sentence above.",
            "Is it one order, or all of a store? Then it is a setting.",
        ),
        steps=(
            "Correct the value at its source (listing, SKU, marketplace order).",
            "Press 'Look again'.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever keeps the listing or product which field is too long "
        "or wrong.",
        proof="The order is in ShipStation.",
        closes_itself="When the field fits: the order is then pushed.",
        suggested="retry",
        resolutions=(LOOK_AGAIN, BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="payload_warning",
        label="Pushed with a remark",
        team=Team.OPS,
        owner_system="us",
        trigger="The order was pushed, but something of it could not be carried whole "
        "(a long note, an unusual character).",
        effect="The parcel can go. The packer may miss what the remark names.",
        checks=("What is affected stands in the sentence above.",),
        steps=(
            "Read the full text on the order page and tell packing if it matters.",
            "Press 'Accept as it is'.",
        ),
        buyer_sees="Nothing, unless packing needed what was cut off: a gift note, a "
        "wish.",
        tells="Ops tells packing what the remark names.",
        proof="A person has read the remark.",
        closes_itself="When the order is changed so that all of it fits.",
        severity=Severity.DOUBT,
        suggested="dismiss",
        resolutions=(DISMISS,),
        blocks=False,
    )
)
KINDS.register(
    ExceptionKind(
        code="address_not_verified",
        label="ShipStation doubts the address",
        team=Team.CS,
        owner_system="shipstation",
        trigger="ShipStation's address check failed or warned after the push.",
        effect="The label may be refused or the parcel returned.",
        checks=(
            "Compare the two addresses on the order page (reveal the buyer to see them).",
            "Does the postcode fit the town and the country?",
        ),
        steps=(
            "Good as it is: press 'The address is good'.",
            (
                "Wrong: 'Correct the address', or ask the buyer to correct it at the "
                "marketplace; either is sent while no label exists."
            ),
        ),
        buyer_sees="Nothing. A wrong address shows as a failed delivery, days later.",
        tells="Customer service asks the buyer; ops hears of it only where a label "
        "exists.",
        proof="ShipStation verified the address, or a person said that it is good.",
        closes_itself="When ShipStation's check passes after a change.",
        severity=Severity.DOUBT,
        suggested="correct_address",
        resolutions=(SHIP_AS_IT_IS, CORRECT),
        blocks=False,
    )
)
KINDS.register(
    ExceptionKind(
        code="address_contradicted",
        label="Two delivery addresses",
        team=Team.CS,
        owner_system="you",
        trigger="The address was corrected here, and the marketplace has changed its own "
        "since, to a third one.",
        effect="The corrected address still counts. An order that is not in ShipStation "
        "yet waits for your word; its ship-by deadline runs.",
        checks=(
            (
                "All the addresses stand side by side on this page, and on 'Correct the "
                "address' in full."
            ),
            "Which did the buyer name last? See the marketplace's messages.",
        ),
        steps=(
            "The buyer changed it: 'Use the marketplace address'.",
            "The marketplace's is the mistake: 'Keep the corrected one'.",
            "Neither is right: 'Correct the address' once more.",
        ),
        buyer_sees="The address that the buyer gave the marketplace last.",
        tells="Customer service asks the buyer where the two differ by more than "
        "spelling.",
        proof="The address on the order page is the one that the buyer confirmed.",
        closes_itself="When the marketplace's address and ours are the same again.",
        suggested="market_address",
        resolutions=(TAKE_THEIRS, KEEP_OURS, CORRECT),
    )
)
