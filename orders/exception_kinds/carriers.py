"""Carriers on which no labels can be bought."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Severity, Team

KNOWN = Resolution(
    code="handled",
    label="Being seen to",
    effect="Closes the case with your reason; it opens again with the next look if no "
    "label was bought by then. To be left alone for a while, put it off instead.",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="carrier_in_trouble",
        label="Carrier in trouble",
        team=Team.OPS,
        owner_system="carrier",
        severity=Severity.MONEY,
        sla=timedelta(minutes=30),
        shared=("account", "carrier"),
        trigger="Due orders wait for one carrier and no label was bought on it for longer "
        "than the warehouse's working times allow, while labels of others are bought in "
        "the same ShipStation account.",
        effect="These orders miss their collection together, and are late on every "
        "marketplace they come from.",
        buyer_sees="Nothing yet; a later delivery if the collection is missed.",
        checks=(
            "Buy one label by hand: what does the carrier's error say?",
            "Is the carrier's account out of money, or its password changed?",
            "Does the carrier's status page tell of a fault?",
        ),
        steps=(
            "Put it right at the carrier, if that is quicker than the next collection.",
            (
                "Else press ‘Change the service’: choose another carrier for all or some "
                "of these orders; each is written on its own, with its result."
            ),
            "The packers' lead hears of the change: the labels look different.",
        ),
        tells="Ops tells the packing bench and, if the collection is missed, CS.",
        proof="A label of the carrier was bought, or the orders have another carrier's.",
        closes_itself="With the next label of this carrier, or once hardly a due order "
        "waits for it.",
        resolutions=(KNOWN,),
        no_fix="The fault is the carrier's. Which service stands in for it depends on "
        "what it costs and reaches: a person chooses it, order by order or for all.",
    )
)
