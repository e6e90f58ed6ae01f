"""CS: cancellations, before the label and after it."""

from __future__ import annotations

from orders.models import Decision, Verb
from shipsync_site.training import (
    LESSONS,
    Lesson,
    Outside,
    Point,
    Role,
    Step,
)
from shipsync_site.training.lessons.common import PLACED, PUSHED, case_of_each
from shipsync_site.training.scene import Scene

DECIDE = "orders.decide_cancellation"


def asked(scene: Scene) -> None:
    """The buyer asks to cancel."""
    scene.cancel("request", reason="Ordered by mistake")


def cancelled_on_both_sides(scene: Scene) -> list[Point]:
    """The marketplace and ShipStation both have it as cancelled."""
    if freed := scene.rows("shipstation", "restore"):
        return [
            Point(
                done=False,
                wrong=True,
                rows=freed,
                text="The order was let go to be packed, and the buyer does not want it.",
            )
        ]
    there = scene.rows(scene.room.channel, "cancelled")
    stopped = bool(scene.records()) and all(
        row["orderStatus"] == "cancelled" for row in scene.records()
    )
    return [
        Point(
            done=stopped,
            rows=scene.rows("shipstation", "hold", "cancel", "update")[-1:],
            text="ShipStation has it as cancelled: nobody will pack it."
            if stopped
            else "ShipStation does not have it as cancelled.",
        ),
        Point(
            done=bool(there),
            rows=there,
            text="The marketplace has cancelled it."
            if there
            else "The marketplace has not cancelled it. It answers after a minute or two.",
        ),
    ]


ASKED = (
    Step(waits=PLACED, when=lambda s: True, act=Scene.place),
    Step(waits=PUSHED, when=Scene.in_shipstation, act=asked),
    case_of_each("cancel_requested"),
)
LESSONS.register(
    Lesson(
        code="cs-1-cancel",
        role=Role.CS,
        title="The buyer asks to cancel, no label yet",
        learn="One word from you cancels on both sides, in the right order.",
        story="A buyer ordered by mistake and asked the marketplace to cancel. shipsync "
        "put the order on hold in ShipStation at once; it waits for you.",
        task=(
            "Open your case 'Buyer asks to cancel' and read what the buyer said.",
            "Grant it, so that the marketplace hears of it too.",
        ),
        hints=(
            "'Cancel in ShipStation' alone leaves the marketplace waiting.",
            "Who grants the buyer's own request has no cancellation counted against us.",
        ),
        permissions=(DECIDE,),
        steps=ASKED,
        check=cancelled_on_both_sides,
    )
)


def let_go(scene: Scene) -> list[Point]:
    """Our hold was set and is off again."""
    lost = [row for row in scene.records() if row["orderStatus"] == "cancelled"]
    if lost or scene.rows(scene.room.channel, "cancelled"):
        return [
            Point(
                done=False,
                wrong=True,
                rows=scene.rows(scene.room.channel, "cancelled"),
                text="The order is cancelled, and the buyer wants it.",
            )
        ]
    free = any(row["orderStatus"] == "awaiting_shipment" for row in scene.records())
    return [
        Point(
            done=free,
            rows=scene.rows("shipstation", "update", "restore")[-1:],
            text="The hold is off, and the order waits to be packed."
            if free
            else "The order is still on hold.",
        )
    ]


LESSONS.register(
    Lesson(
        code="cs-2-ship-anyway",
        role=Role.CS,
        title="The buyer thought again",
        learn="'Ship anyway' is your word, with your name and your reason.",
        story="The same beginning. But an hour later the buyer writes: 'Please send it "
        "after all, my sister wants it.' The official request is still open, and a "
        "message withdraws nothing by itself.",
        task=(
            "Open your case 'Buyer asks to cancel'.",
            "Have the order shipped, and write down why.",
        ),
        hints=(
            "The reason stands in the order's timeline for whoever asks later.",
            (
                "A new request of the buyer would open the case again: your word answers "
                "this one."
            ),
        ),
        permissions=(DECIDE,),
        steps=ASKED,
        check=let_go,
    )
)


def rejected(scene: Scene) -> list[Point]:
    """The marketplace was told no."""
    if gone := scene.rows(scene.room.channel, "cancelled"):
        return [
            Point(
                done=False,
                wrong=True,
                rows=gone,
                text="The request was granted, and the parcel is as good as on its way.",
            )
        ]
    told = scene.rows(scene.room.channel, "rejected")
    return [
        Point(
            done=bool(told),
            rows=told,
            text="The marketplace was told no in your name."
            if told
            else "The marketplace has no answer yet.",
        )
    ]


LESSONS.register(
    Lesson(
        code="cs-3-reject",
        role=Role.CS,
        title="No to a request to cancel",
        learn="Silence is a yes on some marketplaces: a no has to be told in time.",
        story="A buyer on eBay asks to cancel, and the goods were engraved for them this "
        "morning. The terms of the shop say that engraved goods are not taken back. eBay "
        "cancels by itself after three days without an answer.",
        task=(
            "Open your case 'Buyer asks to cancel' and look at its deadline.",
            "Tell eBay no.",
        ),
        hints=(
            "'Ship anyway' is not a no: the request would stay open at eBay.",
            "The order is released by itself once eBay has taken the answer.",
        ),
        permissions=(DECIDE,),
        shop="ebay",
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=Scene.place),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.cancel("request", reason="ORDER_MISTAKE"),
            ),
            case_of_each("cancel_requested"),
        ),
        check=rejected,
    )
)


def packed_and_asked(scene: Scene) -> None:
    """The label is bought, and the buyer thinks again."""
    scene.ship(carrier="dpd")
    asked(scene)


def stopped_and_told(scene: Scene) -> list[Point]:
    """The label is void, and the marketplace cancelled."""
    said = Decision.objects.filter(order__in=scene.orders, verb=Verb.SHIP_ANYWAY)
    if said.exists():
        return [
            Point(
                done=False,
                wrong=True,
                rows=scene.confirmations(),
                text="You said that the parcel has left, and it lies on the bench: the "
                "buyer would wait for it.",
            )
        ]
    void = scene.rows("shipstation", "void")
    there = scene.rows(scene.room.channel, "cancelled")
    return [
        Point(
            done=bool(void),
            rows=void,
            text="The label is void: the carrier will not charge for it."
            if void
            else "The label still counts. Have packing void it.",
        ),
        Point(
            done=bool(there),
            rows=there,
            text="The marketplace has cancelled the order."
            if there
            else "The marketplace has not cancelled the order. It answers after a minute "
            "or two.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="cs-5-after-label",
        role=Role.CS,
        title="Cancelled after the label",
        learn="First the parcel, then the marketplace: both have to know.",
        story="The label was bought, and minutes later the buyer asked to cancel. "
        "ShipStation can't be told any more. You call the packing bench: 'Yes, it is "
        "still here, I put it aside.'",
        task=(
            "Open your case 'Cancelled after the label' and read its tracking number.",
            "Have packing void the label: the button below plays the packing bench.",
            (
                "Say in the case that the parcel was stopped, and cancel it at the "
                "marketplace."
            ),
        ),
        hints=(
            "'It has left' would tell the buyer of a parcel that never moves.",
            "'Parcel stopped or coming back' alone leaves the marketplace waiting.",
        ),
        permissions=(DECIDE,),
        shop="later",
        steps=(
            Step(
                waits=PLACED, when=lambda s: True, act=lambda s: s.place(country="GB")
            ),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=packed_and_asked,
            ),
            case_of_each("cancelled_after_label"),
        ),
        outside=(
            Outside(
                code="void",
                label="At the bench: void the label",
                effect="Packing voided the label and put the goods back.",
                act=lambda s: s.sandbox.void(s.things["tracking"][0]),
            ),
        ),
        check=stopped_and_told,
    )
)
