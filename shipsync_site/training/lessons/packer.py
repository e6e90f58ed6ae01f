"""Packers: what may leave the bench, and what comes off the line."""

from __future__ import annotations

from collections.abc import Callable

from orders.models import ShortPick
from shipsync_site.training import LESSONS, Lesson, Place, Point, Question, Role, Step
from shipsync_site.training.lessons.common import PLACED, PUSHED, case_of_each
from shipsync_site.training.scene import Scene

GO, STOP, UNKNOWN = "GO: it may leave", "STOP: it comes off the line", "UNKNOWN: I ask"
MAY_IT = Question(
    text="May this parcel leave?", choices=lambda scene: [GO, STOP, UNKNOWN]
)
HINTS = (
    (
        "Scan the label, or type any number of the order: what the screen says counts, not "
        "the paper in your hand."
    ),
    "When the screen says that it does not know, it is never GO.",
)
PACK = Step(
    waits=PUSHED, when=Scene.in_shipstation, act=lambda s: s.ship(carrier="dpd")
)


def order(count: int = 1, **options: int) -> Step:
    """Buyers order goods that stay in the country."""
    return Step(
        waits=PLACED,
        when=lambda s: True,
        act=lambda s: s.place(count, country="GB", **options),
    )


def answered(
    right: Callable[[Scene], str], why: Callable[[Scene], Point]
) -> Callable[[Scene], list[Point]]:
    """The one right answer, and what in the ledger makes it right."""

    def check(scene: Scene) -> list[Point]:
        if not scene.answer:
            return [Point(done=False, text="Choose an answer below.")]
        reason = why(scene)
        if scene.answer == right(scene):
            return [reason]
        return [Point(done=False, wrong=True, text=reason.text, rows=reason.rows)]

    return check


def because(text: str, *operations: str) -> Callable[[Scene], Point]:
    """A sentence with the ledger's rows behind it."""

    def why(scene: Scene) -> Point:
        rows = (
            *scene.rows(scene.room.channel, *operations),
            *scene.rows("shipstation", *operations),
        )
        return Point(done=True, text=text, rows=rows)

    return why


def cancelled(number: int = 0) -> Callable[[Scene], object]:
    """The marketplace cancels an order that is packed already."""
    return lambda scene: scene.cancel("cancelled", number)


LESSONS.register(
    Lesson(
        code="packer-1-go",
        role=Role.PACKER,
        title="A parcel like every other",
        learn="GO is said of what we know, and the screen tells how old that is.",
        story="A parcel lies before you, its label is on. Nothing is said about it.",
        task=(
            "Scan it: type its tracking number into the stop list.",
            "Say whether it may leave.",
        ),
        hints=HINTS,
        permissions=("orders.use_bench",),
        place=Place.BENCH,
        labels=True,
        steps=(
            order(),
            PACK,
            Step(waits="the label to be read", when=Scene.told),
        ),
        question=MAY_IT,
        check=answered(
            lambda s: GO,
            because(
                "Nobody cancelled it, and the label counts: it may leave.", "label"
            ),
        ),
    )
)
LESSONS.register(
    Lesson(
        code="packer-2-cancelled",
        role=Role.PACKER,
        title="Cancelled while you packed it",
        learn="A label on the box proves nothing: the order may be gone.",
        story="You closed the box and put the label on. Meanwhile the marketplace "
        "cancelled the order.",
        task=(
            "Scan it: type its tracking number into the stop list.",
            "Say whether it may leave.",
        ),
        hints=HINTS,
        permissions=("orders.use_bench",),
        shop="later",
        place=Place.BENCH,
        labels=True,
        steps=(
            order(),
            PACK,
            Step(
                waits="the label to be read",
                when=lambda s: bool(s.labels()),
                act=cancelled(),
            ),
            case_of_each("cancelled_after_label"),
        ),
        question=MAY_IT,
        check=answered(
            lambda s: STOP,
            because(
                "The marketplace cancelled the order after the label was bought: the "
                "buyer has the money back and would keep the goods.",
                *("label", "cancelled"),
            ),
        ),
    )
)
LESSONS.register(
    Lesson(
        code="packer-3-asked",
        role=Role.PACKER,
        title="Only asked to be cancelled",
        learn="While CS decides, nothing leaves.",
        story="The goods are picked and lie on your bench, without a label. The buyer "
        "has asked to cancel, and nobody has decided yet.",
        task=(
            "Type the order's number into the stop list.",
            "Say whether you may pack it.",
        ),
        hints=(*HINTS, "A hold with the red tag in ShipStation is ours."),
        permissions=("orders.use_bench",),
        place=Place.BENCH,
        labels=True,
        steps=(
            order(),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.cancel("request"),
            ),
            case_of_each("cancel_requested"),
        ),
        question=MAY_IT,
        check=answered(
            lambda s: STOP,
            because(
                "The buyer asked to cancel and shipsync put the order on hold: it stays "
                "until CS has decided.",
                *("cancel_requested", "hold", "update"),
            ),
        ),
    )
)
LESSONS.register(
    Lesson(
        code="packer-4-pile",
        role=Role.PACKER,
        title="One of three",
        learn="The stop list names the parcel; the pile does not.",
        story="Three parcels are ready for the van. One of their buyers got a yes to a "
        "cancellation a minute ago.",
        task=("Scan all three at the stop list.", "Say which one comes off the line."),
        hints=HINTS,
        permissions=("orders.use_bench",),
        shop="later",
        place=Place.BENCH,
        labels=True,
        steps=(
            order(count=3),
            PACK,
            Step(
                waits="the labels to be read",
                when=lambda s: len(s.labels()) == 3,
                act=cancelled(1),
            ),
            Step(
                waits="the cancellation to be heard",
                when=lambda s: s.case("cancelled_after_label", 1) is not None,
            ),
        ),
        question=Question(
            text="Which order comes off the line?", choices=lambda s: s.numbers
        ),
        check=answered(
            lambda s: s.numbers[1],
            lambda s: Point(
                done=True,
                rows=s.rows(s.room.channel, "cancelled"),
                text=f"{s.numbers[1]} was cancelled; the other two may leave.",
            ),
        ),
    )
)
LESSONS.register(
    Lesson(
        code="packer-5-two-in-one",
        role=Role.PACKER,
        title="Two orders in one box",
        learn="A parcel stops when any order in it is cancelled.",
        story="Two orders of one buyer are in one box with one label. Then one of the "
        "two was cancelled.",
        task=(
            "Scan it: type its tracking number into the stop list.",
            "Say whether it may leave.",
        ),
        hints=(
            *HINTS,
            "The other order is not lost: it is packed again without the rest.",
        ),
        permissions=("orders.use_bench",),
        shop="later",
        place=Place.BENCH,
        labels=True,
        steps=(
            order(count=2, same_buyer=True),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.ship(combine=True, carrier="dpd"),
            ),
            Step(
                waits="the label to be read",
                when=lambda s: s.waits_with("combined_parcel"),
                act=cancelled(1),
            ),
            Step(
                waits="the cancellation to be heard",
                when=lambda s: s.case("cancelled_after_label", 1) is not None,
            ),
        ),
        question=MAY_IT,
        check=answered(
            lambda s: STOP,
            because(
                "One of the two orders in it was cancelled: the box is opened first.",
                *("merge", "cancelled"),
            ),
        ),
    )
)


def put_aside(scene: Scene) -> list[Point]:
    """The person reported what is missing, and the order is off the line."""
    said = ShortPick.objects.filter(
        order__in=scene.orders, by=scene.run.user, cleared_at=None
    ).exists()
    held = any(row["orderStatus"] == "on_hold" for row in scene.records())
    return [
        Point(
            done=said,
            text="You reported what is missing, and ops has the case."
            if said
            else "Nobody has reported that anything is missing.",
        ),
        Point(
            done=held,
            rows=scene.rows("shipstation", "hold", "update")[-1:],
            text="The order is on hold in ShipStation: nobody packs half of it."
            if held
            else "The order is not on hold in ShipStation yet.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="packer-6-not-there",
        role=Role.PACKER,
        title="Not on the shelf",
        learn="Two taps tell ops what is missing, while there is time to act.",
        story="You pick an order, and one of its articles is not on its shelf, nor on "
        "the next one.",
        task=(
            "Type the order's number into the stop list.",
            "Tap how many units of its article are missing.",
            "Put the order aside, and check.",
        ),
        hints=(
            "The buttons stand under the answer, beside each article.",
            "Found it after all? The same page takes that too.",
        ),
        permissions=("orders.use_bench",),
        place=Place.BENCH,
        steps=(
            order(lines=1),
            Step(waits=PUSHED, when=Scene.in_shipstation),
        ),
        check=put_aside,
    )
)
