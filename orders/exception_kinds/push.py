"""Writes to ShipStation that were refused, or must not be made without a person."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    RETRY,
    Answer,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)

KINDS.register(
    ExceptionKind(
        code="already_in_shipstation",
        label="Already in ShipStation",
        team=Team.OPS,
        owner_system="you",
        trigger="Before the first push we found an order with the same number in "
        "ShipStation that we did not create, and its lines differ from ours.",
        effect="Nothing is pushed beside it: two orders mean two parcels.",
        checks=(
            "Compare the lines side by side on the order page.",
            "Who made it: another connection, or somebody by hand?",
        ),
        steps=(
            (
                "It is the same order: 'Take it over'. We follow its status and confirm its "
                "parcels."
            ),
            "It is another order with the same number: 'Create ours beside it'.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks in the warehouse who typed it in.",
        proof="The order page shows which of ShipStation's orders is this one.",
        closes_itself="When the other order is gone from ShipStation.",
        sla=timedelta(hours=4),
        suggested="adopt",
        resolutions=(
            Resolution(
                code="adopt",
                label="Take it over",
                effect="Links the ShipStation order that you choose to this one; no "
                "second order is created.",
                verb="adopt",
                chooses_record=True,
            ),
            Resolution(
                code="push_beside",
                label="Create ours beside it",
                effect="Creates a second ShipStation order with our key and lines.",
                verb="push_beside",
                needs_reason=True,
            ),
        ),
    )
)
KINDS.register(
    ExceptionKind(
        code="duplicate_in_shipstation",
        label="Twice in ShipStation",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="More than one open ShipStation order carries this marketplace order.",
        effect="The buyer may get two parcels.",
        checks=(
            "Both are listed on the order page with number, key and status.",
            "Is one of them a split part? Parts share the key and are no duplicates.",
        ),
        steps=(
            "Cancel the one that is not ours, or that was made later, in ShipStation.",
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
        code="push_refused",
        label="Push refused",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.REFUSED,
        trigger="ShipStation refused to create the order.",
        effect="The order is not in ShipStation; its ship-by deadline runs.",
        checks=(
            "ShipStation's own words stand in the sentence above.",
            (
                "Are other orders of the store refused too? Then look at the store: an "
                "inactive ShipStation store refuses them all."
            ),
        ),
        steps=(
            "Mend the cause; a changed order or mapping is sent again by itself.",
            "'Try again' sends the same order once more.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever keeps the value that ShipStation does not take.",
        proof="The order is in ShipStation.",
        closes_itself="When what is sent changes and ShipStation takes it.",
        no_fix="What to mend stands in ShipStation's words; a changed order is pushed "
        "again by itself.",
    )
)
KINDS.register(
    ExceptionKind(
        code="update_refused",
        label="Update refused",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.REFUSED,
        trigger="ShipStation refused a change to an order that is still open.",
        effect="The warehouse works from the older version.",
        checks=(
            "What differs is marked on the order page.",
            "Was the order changed in ShipStation at the same time?",
        ),
        steps=(
            "Make the change in ShipStation by hand if it is urgent.",
            "'Try again' reads the order and sends the change once more.",
        ),
        buyer_sees="What they changed may not be followed.",
        tells="Ops tells packing what is to be different.",
        proof="ShipStation shows what the marketplace wants.",
        closes_itself="When what is sent changes and ShipStation takes it, or the "
        "order has left.",
        no_fix="What to mend stands in ShipStation's words; the change can also be "
        "made at its screen.",
    )
)
KINDS.register(
    ExceptionKind(
        code="hold_refused",
        label="Hold refused",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.REFUSED,
        trigger="ShipStation refused to put the order on hold or to cancel it, although "
        "it should stop.",
        effect="A packer can print a label for an order that must not leave.",
        checks=("Is the order still open in ShipStation, or labelled meanwhile?",),
        steps=(
            "Tell packing now: name the order number.",
            "Put it on hold in ShipStation by hand (Other Actions, Hold).",
            "'Try again' sends our hold once more.",
        ),
        buyer_sees="Nothing yet; a parcel that they do not want, if it leaves.",
        tells="Ops tells packing at once: nothing else stops it.",
        proof="ShipStation shows the order as on hold or cancelled.",
        closes_itself="When the hold is taken, or nothing asks for it any more.",
        severity=Severity.MONEY,
        sla=timedelta(minutes=30),
        suggested="retry",
    )
)
KINDS.register(
    ExceptionKind(
        code="change_locked",
        label="Change wanted, record locked",
        team=Team.OPS,
        owner_system="shipstation",
        answer=Answer.REFUSED,
        trigger="The order or its address was changed after ShipStation locked it. "
        "ShipStation only takes changes while an order awaits payment or shipment, or "
        "is on hold.",
        effect="The parcel goes out as it was before the change.",
        checks=(
            "The wanted change is marked on the order page.",
            "Is it the address? Then the parcel may be lost.",
        ),
        steps=(
            "Parcel still here: void the label; we then push the change.",
            "Parcel left: tell the buyer, or redirect the parcel with the carrier.",
            (
                "Combined or split, and units were cancelled: take them out there by hand, "
                "then 'Accept as it is', which ends our hold."
            ),
        ),
        buyer_sees="The order as they changed it; the parcel as it was.",
        tells="Ops tells customer service when the parcel has left, so that the buyer "
        "hears of it.",
        proof="ShipStation shows what the marketplace wants, or a person has accepted "
        "what was sent.",
        closes_itself="When the label is voided or the orders are taken apart: the "
        "change is then written.",
        sla=timedelta(hours=2),
        no_fix="The label is voided, or the record changed, at ShipStation's screen; "
        "the change that is wanted is kept here.",
    )
)
KINDS.register(
    ExceptionKind(
        code="sync_stuck",
        label="Stuck in the outbox",
        team=Team.OPS,
        owner_system="us",
        answer=Answer.UNABLE,
        trigger="A worker took this order up several times and never came back with a "
        "result, so we put it aside to keep the rest moving.",
        effect="Nothing happens to this order until somebody looks.",
        checks=(
            "The last attempts stand in the timeline: are they open, without an answer?",
            "Are other orders stuck too? Then look at the workers on the home page.",
        ),
        steps=(
            (
                "'Try again' takes it back into the outbox; we look at ShipStation before we "
                "repeat a write."
            ),
            "If it sticks again, tell whoever runs shipsync, with the order number.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever runs shipsync when it sticks again.",
        proof="The timeline shows the call as done.",
        closes_itself="When the work is no longer wanted.",
        sla=timedelta(hours=1),
        suggested="retry",
        resolutions=(RETRY,),
    )
)
KINDS.register(
    ExceptionKind(
        code="contract_broken",
        label="Answer not understood",
        team=Team.OPS,
        owner_system="us",
        answer=Answer.UNABLE,
        trigger="The remote system answered in a form that its published interface does "
        "not know.",
        effect="We don't know what it did, so nothing is repeated blindly.",
        checks=(
            "Which system and which call says the sentence above.",
            "Does the system's status page report a fault?",
        ),
        steps=(
            "Compare the order on both sides.",
            "'Try again' looks first, then repeats what is still missing.",
            "If it returns, tell whoever looks after shipsync.",
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells whoever looks after shipsync, with the sentence above.",
        proof="Both sides show the same.",
        closes_itself="When the same call is answered as published.",
        sla=timedelta(hours=2),
        suggested="retry",
    )
)
