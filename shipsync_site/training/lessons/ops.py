"""Ops: what stands between an order and its parcel."""

from __future__ import annotations

from shipsync_site.training import LESSONS, Lesson, Outside, Point, Role, Step
from shipsync_site.training.lessons.common import (
    PLACED,
    PUSHED,
    case_of_each,
    told_once,
)
from shipsync_site.training.scene import Scene

# Sixteen characters, as this carrier's numbers are.
_TRACKING = "H01HYA0{:09d}"
RIGHT_CARRIER = "Hermes UK"


def ship_with_a_stranger(scene: Scene) -> None:
    """Each order gets a label of a carrier that nobody has mapped."""
    for number in range(len(scene.numbers)):
        tracking = _TRACKING.format(
            scene.run.pk * 10_000 + scene.run.since % 1000 * 10 + number
        )
        scene.ship(number, carrier=scene.carrier, tracking=tracking)


def confirmed_as(scene: Scene, carrier: str) -> list[Point]:
    """Each order was told with this carrier; another name can't be taken back."""
    told = scene.confirmations()
    wrong = [row for row in told if row["carrierCode"] != carrier]
    if wrong:
        return [
            Point(
                done=False,
                wrong=True,
                rows=tuple(wrong),
                text=f"The marketplace was told '{wrong[0]['carrierCode']}', and the "
                f"parcels went with {carrier}: the buyers can't follow them.",
            )
        ]
    return told_once(scene)


LESSONS.register(
    Lesson(
        code="ops-1-carrier",
        role=Role.OPS,
        title="A carrier that nobody has mapped",
        learn="One mapping lets every parcel go that waits for it.",
        story="The warehouse tried a new carrier. ShipStation calls it by a name that "
        "the marketplace does not know, so the parcels have left and nobody may be "
        "told. The contract says who drives for them: Evri, which the marketplace "
        f"still lists as '{RIGHT_CARRIER}'.",
        task=(
            "Open one of your two cases 'Carrier not mapped'.",
            f"Map the carrier to the code '{RIGHT_CARRIER}', for your training shop.",
            "Wait until both confirmations have gone, then check.",
        ),
        hints=(
            "The case has a button 'Map …': it fills the form in as far as it can.",
            "Choose your training shop in the form, not every shop: others train too.",
            "Nothing has to be sent again by hand: a new mapping makes the parcels due.",
        ),
        permissions=("stores.map_carriers",),
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=lambda s: s.place(2, lines=1)),
            Step(waits=PUSHED, when=Scene.in_shipstation, act=ship_with_a_stranger),
            case_of_each("carrier_unmapped"),
        ),
        check=lambda scene: confirmed_as(scene, RIGHT_CARRIER),
    )
)


def type_it_in(scene: Scene) -> None:
    """An order is placed, and a colleague has it in ShipStation before we do."""
    scene.place(lines=1)
    scene.in_screen(
        "create", items=[{"sku": "BY-PHONE", "name": "As told", "quantity": 1}]
    )


def taken_over(scene: Scene) -> list[Point]:
    """Exactly one record at ShipStation, the typed one, and it is ours now."""
    ours = [row for row in scene.rows("shipstation", "create") if row["via"] != "ui"]
    if ours:
        return [
            Point(
                done=False,
                wrong=True,
                rows=tuple(ours),
                text="The order is in ShipStation twice now, and the warehouse would "
                "send two parcels.",
            )
        ]
    adopted = [row for row in scene.orders if row.records.filter(adopted=True).exists()]
    return [
        Point(
            done=bool(adopted),
            rows=scene.rows("shipstation", "create"),
            text="The order that was typed in is shipsync's now, and nothing was "
            "created beside it."
            if adopted
            else "The order that was typed in is not shipsync's yet.",
        )
    ]


LESSONS.register(
    Lesson(
        code="ops-2-typed-in",
        role=Role.OPS,
        title="Somebody typed it in already",
        learn="An order that is in ShipStation already is taken over, never doubled.",
        story="A buyer phoned, and a colleague typed the order into ShipStation by "
        "hand, with an article number of his own. He assures you: the same goods, the "
        "same buyer. Then the marketplace's order arrived.",
        task=(
            "Open your case 'Already in ShipStation' and compare the two.",
            "See to it that the buyer gets one parcel.",
        ),
        hints=(
            "Creating a second order beside the first means two parcels.",
            "The ways out of the case say what each of them does.",
        ),
        permissions=("orders.resolve_exception",),
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=type_it_in),
            case_of_each("already_in_shipstation"),
        ),
        check=taken_over,
    )
)


def made_again(scene: Scene) -> list[Point]:
    """A second record of the order waits in ShipStation."""
    if gone := scene.rows(scene.room.channel, "cancelled"):
        return [
            Point(
                done=False,
                wrong=True,
                rows=gone,
                text="The order was cancelled at the marketplace, and the buyer wants it.",
            )
        ]
    made = scene.rows("shipstation", "create")
    open_there = any(x["orderStatus"] == "awaiting_shipment" for x in scene.records())
    done = len(made) > 1 and open_there
    return [
        Point(
            done=done,
            rows=made,
            text="It waits in ShipStation again, under a new key."
            if done
            else "ShipStation has no open order for it yet.",
        )
    ]


LESSONS.register(
    Lesson(
        code="ops-3-cancelled-there",
        role=Role.OPS,
        title="Cancelled in ShipStation by mistake",
        learn="What ShipStation cancelled is not cancelled: the marketplace decides.",
        story="Somebody in the warehouse cleared up his screen and cancelled an order "
        "that the buyer still wants. ShipStation never opens a cancelled order again, "
        "and the marketplace knows nothing of it.",
        task=(
            "Open your case 'Cancelled in ShipStation'.",
            "See to it that the warehouse has the order again.",
        ),
        hints=(
            "You don't cancel it anywhere: nobody asked to.",
            "'Try again' makes the order anew in ShipStation, under a new key.",
        ),
        permissions=("orders.retry_sync",),
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=Scene.place),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.in_screen("cancel"),
            ),
            case_of_each("cancelled_in_shipstation"),
        ),
        check=made_again,
    )
)
LESSONS.register(
    Lesson(
        code="ops-4-one-parcel",
        role=Role.OPS,
        title="One parcel for two orders",
        learn="A combined parcel is told order by order, each on its own word.",
        story="Two orders of one buyer were packed into one box. It is right: same "
        "buyer, same address, and the label is bought. The marketplace wants to hear "
        "of each order, and this shop's rule is to ask you first.",
        task=(
            "Look at both cases 'One parcel for several orders': whose orders are they?",
            "Have the parcel's number told for each of the two.",
        ),
        hints=(
            "There are two cases, one for each order. The second is easily forgotten.",
            "Both carry the same tracking number.",
        ),
        permissions=("orders.resolve_exception",),
        steps=(
            Step(
                waits=PLACED,
                when=lambda s: True,
                act=lambda s: s.place(2, same_buyer=True, lines=1),
            ),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.ship(combine=True, carrier="dpd"),
            ),
            case_of_each("combined_parcel"),
        ),
        check=told_once,
    )
)


def released(scene: Scene) -> list[Point]:
    """The hold that was not ours is off."""
    off = scene.rows("shipstation", "restore")
    open_there = any(x["orderStatus"] == "awaiting_shipment" for x in scene.records())
    done = bool(off) and open_there
    return [
        Point(
            done=done,
            rows=off,
            text="The hold is off, taken off in ShipStation, and the order can be packed."
            if done
            else "The order is still on hold in ShipStation.",
        )
    ]


LESSONS.register(
    Lesson(
        code="ops-5-their-hold",
        role=Role.OPS,
        title="A hold that is not ours",
        learn="shipsync never lifts a hold that somebody else set: a person does.",
        story="A colleague put an order on hold in ShipStation to count the stock, and "
        "went home. The order has to leave in a few hours. shipsync did not set this "
        "hold, so it won't take it off.",
        task=(
            "Open your case 'Held in ShipStation, deadline near' and read whose it is.",
            (
                "The stock is there. Release the order where it was held: the button "
                "below plays ShipStation's screen."
            ),
        ),
        hints=(
            "Closing the case in shipsync leaves the order on hold.",
            "In real life: ShipStation, Orders, On Hold, open it, 'Restore'.",
        ),
        permissions=("orders.view_orderexception",),
        steps=(
            Step(
                waits=PLACED,
                when=lambda s: True,
                act=lambda s: s.place(ship_by_hours=6),
            ),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.in_screen("hold"),
            ),
            case_of_each("held_in_shipstation"),
        ),
        outside=(
            Outside(
                code="restore",
                label="In ShipStation: release the order",
                effect="You pressed 'Restore' in ShipStation.",
                act=lambda s: s.in_screen("restore"),
            ),
        ),
        check=released,
    )
)


def void_what_was_told(scene: Scene) -> None:
    """The label that the marketplace was told of is void."""
    scene.sandbox.void(scene.things["tracking"][0])


def corrected(scene: Scene) -> list[Point]:
    """The marketplace has the number of the label that counts."""
    labels, told = scene.labels(), scene.confirmations()
    if len(labels) < 2:
        return [
            Point(done=False, text="No new label was bought: the parcel can't leave.")
        ]
    right = [row for row in told if row["trackingNumber"] == labels[-1]["tracking"]]
    return [
        Point(
            done=bool(right),
            rows=(labels[-1], *right),
            text="The marketplace has the new number in place of the void one."
            if right
            else "The marketplace still shows the number of the void label.",
        )
    ]


LESSONS.register(
    Lesson(
        code="ops-6-void-label",
        role=Role.OPS,
        title="The label was void after we told of it",
        learn="A new label corrects what the marketplace was told; a void one does not.",
        story="The printer tore a label, and packing voided it. The marketplace had its "
        "number already, so the buyer follows a parcel that will never move.",
        task=(
            "Open your case 'Label voided after confirming' and read what is missing.",
            "Have packing print a new label: the button below plays the packing bench.",
            "Wait until the marketplace has the new number, then check.",
        ),
        hints=(
            "shipsync corrects the number by itself as soon as there is one.",
            "Closing the case corrects nothing.",
        ),
        permissions=("orders.view_orderexception",),
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=Scene.place),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.ship(carrier="dpd"),
            ),
            Step(
                waits="the marketplace to take the parcel",
                when=lambda s: bool(s.confirmations()),
                act=void_what_was_told,
            ),
            case_of_each("voided_after_confirm"),
        ),
        outside=(
            Outside(
                code="print",
                label="At the bench: print a new label",
                effect="Packing printed a new label for the parcel.",
                act=lambda s: s.ship(carrier="dpd"),
            ),
        ),
        check=corrected,
    )
)
