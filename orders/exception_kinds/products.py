"""Products that are not known here, and what customs needs to know of them."""

from __future__ import annotations

from orders.exception_kinds import DISMISS, KINDS, ExceptionKind, Resolution, Team
from orders.exception_kinds.tax import BY_HAND

RELEASE = Resolution(
    code="release",
    label="Send it as it is",
    effect="Sends this order all the same, with what is known now. Later orders are "
    "checked again.",
    verb="release",
    permission="orders.release_preflight",
    needs_reason=True,
)

KINDS.register(
    ExceptionKind(
        code="sku_unknown",
        label="SKU unknown",
        team=Team.OPS,
        owner_system="you",
        shared=("sku",),
        trigger="A line's SKU is no product, no kit and no approved alias here, and the "
        "store's rules ask a person before such an order is sent.",
        effect="The order is not in ShipStation: nobody would know what to pack. Its "
        "ship-by deadline runs.",
        checks=(
            "Which product is it? The line's title stands in the order.",
            "Is it a new product, an old name of one, or a typing error at the listing?",
        ),
        steps=(
            "Enter the product or the kit: every order with it goes on by itself.",
            "Or name the SKU that it stands for, for this order or for all of them.",
            "'Send it as it is' sends this one order under the marketplace's name.",
        ),
        resolutions=(RELEASE, BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="customs_incomplete",
        label="Customs data incomplete",
        team=Team.OPS,
        owner_system="you",
        trigger="The parcel passes a customs border, and a product of it lacks its "
        "description, HS code, country of origin or value.",
        effect="The order is not in ShipStation. Without the data the label can't be "
        "bought, or customs holds the parcel.",
        checks=("The sentence above names the product and what it lacks.",),
        steps=(
            "Fill in the product: every order with it goes on by itself.",
            (
                "'Send it as it is' sends this one order; the warehouse then types what is "
                "missing into the customs form."
            ),
        ),
        resolutions=(RELEASE, BY_HAND),
    )
)
KINDS.register(
    ExceptionKind(
        code="customs_overwritten",
        label="Customs lines overwritten",
        team=Team.OPS,
        owner_system="shipstation",
        trigger="ShipStation shows other customs lines on an order than those that we "
        "wrote with it, at the first reading after.",
        effect="ShipStation's own lines go on the customs form of every order to abroad, "
        "whatever stands in the products here.",
        checks=(
            (
                "In ShipStation: Settings, International, Customs Declarations. Only 'Leave "
                "blank / enter manually' keeps what an interface sends. No interface shows "
                "this setting."
            ),
        ),
        steps=(
            "Change the setting, and correct the customs lines of the open orders.",
            "The case closes by itself with the first order whose lines were kept.",
        ),
        resolutions=(DISMISS,),
    )
)
