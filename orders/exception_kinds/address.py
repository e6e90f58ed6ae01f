"""What the marketplace sent can't be turned into a parcel: addresses, lines, values."""

from __future__ import annotations

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    ExceptionKind,
    Resolution,
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
        resolutions=(DISMISS, LOOK_AGAIN),
    )
)
KINDS.register(
    ExceptionKind(
        code="order_malformed",
        label="Order could not be read",
        team=Team.OPS,
        owner_system="marketplace",
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
        resolutions=(CORRECT, LOOK_AGAIN, BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="order_unpushable",
        label="Order does not fit ShipStation",
        team=Team.OPS,
        owner_system="us",
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
        resolutions=(TAKE_THEIRS, KEEP_OURS, CORRECT),
    )
)
