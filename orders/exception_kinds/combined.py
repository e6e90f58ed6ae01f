"""Orders that ShipStation combined where the store forbids it.

ShipStation's help on combined shipments, as of 2026: only orders that await shipment
are combined; with a label bought, the label is voided first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orders.exception_kinds import KINDS, ExceptionKind, Resolution, Team


def _labelled(_capabilities: frozenset[str], context: Mapping[str, Any]) -> bool:
    return bool(context.get("tracking"))


LET_GO = Resolution(
    code="let_go",
    label="Let this parcel go",
    effect="Lifts our hold and confirms this order with the parcel's tracking once it "
    "has left; every order in the parcel needs the same word. Your reason is kept.",
    verb="release",
    permission="stores.decide_rules",
    needs_reason=True,
)
CONFIRMED_BY_HAND = Resolution(
    code="accept",
    label="Confirmed by hand",
    effect="Records that it was confirmed in the marketplace's own pages; we send "
    "nothing and read it back.",
    verb="accept",
    needs_reason=True,
    fits=_labelled,
)

KINDS.register(
    ExceptionKind(
        code="combined_forbidden",
        label="Combined, which the store forbids",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="Somebody combined orders into one parcel in ShipStation, and the "
        "store's rule forbids that. No interface can prevent it; we saw it with the "
        "next read and put the parcel on hold with the stop tag.",
        effect="One tracking number on several orders breaks the marketplace's rules "
        "there, or customs'. Until it is decided nothing is packed or confirmed, and the "
        "orders become late.",
        checks=(
            "The primary order in ShipStation stands on the order page.",
            "Is there a label already? Then it is voided first.",
            "Which other orders are in the parcel? Each has this case.",
        ),
        steps=(
            "In ShipStation open the primary order and choose 'Uncombine'.",
            (
                "Once we have read the parts alone, the case closes and our hold is "
                "lifted by itself."
            ),
            (
                "Packed already, and it has to leave so: a lead presses 'Let this parcel "
                "go' for each of its orders."
            ),
        ),
        buyer_sees="Nothing, until the order is late.",
        tells="Ops tells packing why the parcel is held, and asks a lead where it may "
        "go all the same.",
        proof="The orders are apart in ShipStation, or a lead let the parcel go.",
        closes_itself="When the orders are taken apart in ShipStation.",
        sla=timedelta(hours=4),
        no_fix="A combined order is taken apart at ShipStation's screen only.",
        resolutions=(LET_GO, CONFIRMED_BY_HAND),
    )
)
