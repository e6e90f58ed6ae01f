"""Products that are not known here, and what customs needs to know of them."""

from __future__ import annotations

from datetime import timedelta

from orders.exception_kinds import (
    DISMISS,
    KINDS,
    ExceptionKind,
    Resolution,
    Severity,
    Team,
)
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
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks whoever keeps the catalogue what the SKU is.",
        proof="The order is in ShipStation with the right goods.",
        closes_itself="When the SKU is known as product, kit or alias: the order is "
        "then pushed.",
        no_fix="Its fix is to say which SKU it is, on the case's own page: it ends "
        "all cases of that SKU at once.",
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
        buyer_sees="Nothing, until the order is late.",
        tells="Ops asks whoever keeps the products for the missing data.",
        proof="The order is in ShipStation, with its customs lines.",
        closes_itself="When the product has what was missing: the order is then "
        "pushed.",
        no_fix="The missing data is entered in the product, once for all its orders.",
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
        buyer_sees="Perhaps a parcel that customs holds.",
        tells="Ops asks whoever keeps the ShipStation account to change its setting.",
        proof="The next order abroad keeps our customs lines.",
        closes_itself="When ShipStation shows our lines again.",
        severity=Severity.MONEY,
        sla=timedelta(days=1),
        no_fix="The setting is changed in ShipStation: Settings, International, "
        "'leave blank'.",
        resolutions=(DISMISS,),
    )
)
