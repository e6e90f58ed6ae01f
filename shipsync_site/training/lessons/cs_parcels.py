"""CS: where a parcel goes, and where it is."""

from __future__ import annotations

from orders.models import Shipment
from orders.payload_facts import address_of
from shipsync_site.training import LESSONS, Lesson, Place, Point, Question, Role, Step
from shipsync_site.training.lessons.common import PLACED, PUSHED, case_of_each
from shipsync_site.training.scene import Scene

POSTCODE = "LS1 4DY"


def sent_to(scene: Scene) -> list[Point]:
    """It reached ShipStation with the buyer's postcode."""
    made = scene.rows("shipstation", "create")
    if not made:
        return [Point(done=False, text="The order has not reached ShipStation yet.")]
    buyer = getattr(scene.orders[0], "buyer", None)
    right = buyer is not None and address_of(buyer).postcode == POSTCODE
    return [
        Point(
            done=right,
            wrong=not right,
            rows=made,
            text=f"It is in ShipStation with the postcode {POSTCODE}."
            if right
            else f"It went to ShipStation with another postcode than {POSTCODE}.",
        )
    ]


LESSONS.register(
    Lesson(
        code="cs-4-address",
        role=Role.CS,
        title="An address without a postcode",
        learn="An address is corrected with the buyer's word, before and after kept.",
        story="The marketplace sent an order without a postcode, so it waits here. You "
        f"asked the buyer, who answers: 'So sorry! It is {POSTCODE}.'",
        task=(
            "Open your case 'Address incomplete' and press 'Correct the address'.",
            f"Enter {POSTCODE}, say where you have it from, and look at before and after.",
        ),
        hints=(
            "Opening the address is logged: that is right, you need it.",
            "Nothing else of the address has to change.",
        ),
        permissions=("orders.correct_address",),
        steps=(
            Step(
                waits=PLACED,
                when=lambda s: True,
                act=lambda s: s.place(variant="missing_postcode"),
            ),
            case_of_each("address_incomplete"),
        ),
        check=sent_to,
    )
)


def print_twice(scene: Scene) -> None:
    """A label is torn in the printer, voided, and a new one bought."""
    (torn,) = scene.ship(carrier="dpd")
    again = scene.sandbox.relabel(torn)
    scene.things["tracking"] = [torn, str(again["trackingNumber"])]


def both_read(scene: Scene) -> bool:
    """Whether we know the new label, and that the first one is void."""
    torn, counts = scene.things["tracking"]
    known = Shipment.objects.filter(
        account=scene.room.store.shipstation_account_id
    ).values_list("tracking_number", "voided")
    return {(torn, True), (counts, False)} <= set(known)


def right_number(scene: Scene) -> list[Point]:
    """The reply names the number of the label that counts, and no other."""
    if not scene.answer:
        return [Point(done=False, text="Write the reply to the buyer into the field.")]
    labels = scene.labels()
    said = [row for row in labels if row["tracking"] in scene.answer]
    wrong = [row for row in said if row["tracking"] != labels[-1]["tracking"]]
    if wrong:
        return [
            Point(
                done=False,
                rows=tuple(wrong),
                text=f"{wrong[0]['tracking']} is the number of a label that was voided: "
                "that parcel will never move.",
            )
        ]
    return [
        Point(
            done=bool(said),
            rows=tuple(said),
            text="Your reply names the number of the parcel that is on its way."
            if said
            else "Your reply names no tracking number of this order.",
        )
    ]


LESSONS.register(
    Lesson(
        code="cs-6-where",
        role=Role.CS,
        title="Where is my order?",
        learn="The answer is on one page, and the newest label counts.",
        story="A buyer writes: 'Where is my order? The number you gave me does not "
        "work.' The first label was torn in the printer and a new one was bought.",
        task=(
            "Ask 'Where is my order' for your order: its number stands on this page.",
            (
                "Send the buyer the tracking number that counts: copy the reply, and put it "
                "into the field below."
            ),
        ),
        hints=(
            "Search takes any number of an order: the marketplace's, ours, a parcel's.",
            "A label that was voided is marked so.",
        ),
        permissions=("orders.view_order",),
        place=Place.WHERE,
        shop="later",
        steps=(
            Step(
                waits=PLACED, when=lambda s: True, act=lambda s: s.place(country="GB")
            ),
            Step(waits=PUSHED, when=Scene.in_shipstation, act=print_twice),
            Step(waits="both labels to be read", when=both_read),
        ),
        question=Question(text="Your reply to the buyer"),
        check=right_number,
    )
)
