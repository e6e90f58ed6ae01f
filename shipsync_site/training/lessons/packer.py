"""Packers: what may leave the bench, and what comes off the line."""

from __future__ import annotations

from collections.abc import Callable

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


def order(count: int = 1, **options: bool) -> Step:
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
            "Look the parcel up by its tracking number.",
            "Say whether it may leave.",
        ),
        hints=HINTS,
        permissions=("orders.view_order",),
        place=Place.ORDERS,
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
            "Look the parcel up by its tracking number.",
            "Say whether it may leave.",
        ),
        hints=HINTS,
        permissions=("orders.view_order",),
        shop="later",
        place=Place.ORDERS,
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
        task=("Look the order up by its number.", "Say whether you may pack it."),
        hints=(*HINTS, "A hold with the red tag in ShipStation is ours."),
        permissions=("orders.view_order",),
        place=Place.ORDERS,
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
        task=("Look all three up.", "Say which one comes off the line."),
        hints=HINTS,
        permissions=("orders.view_order",),
        shop="later",
        place=Place.ORDERS,
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
            "Look the parcel up by its tracking number.",
            "Say whether it may leave.",
        ),
        hints=(
            *HINTS,
            "The other order is not lost: it is packed again without the rest.",
        ),
        permissions=("orders.view_order",),
        shop="later",
        place=Place.ORDERS,
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
LESSONS.register(
    Lesson(
        code="packer-6-two-labels",
        role=Role.PACKER,
        title="Two labels for one box",
        learn="The label that was voided must not travel.",
        story="The printer gave you two labels for one box: the first was torn, voided "
        "and printed again. Both lie on the bench now.",
        task=("Look the order up.", "Say which label goes on the box."),
        hints=(
            "Each label has its own number, and the order knows which one is void.",
        ),
        permissions=("orders.view_order",),
        place=Place.ORDERS,
        steps=(
            order(),
            PACK,
            Step(
                waits="the first label to be read",
                when=lambda s: bool(s.confirmations()),
                act=lambda s: s.sandbox.relabel(s.things["tracking"][0]),
            ),
            Step(
                waits="the new label to be read",
                when=lambda s: len(s.confirmations()) > 1,
                act=lambda s: s.things.update(
                    tracking=[row["tracking"] for row in s.labels()]
                ),
            ),
        ),
        question=Question(
            text="Which label goes on the box?",
            choices=lambda s: sorted(s.things["tracking"]),
        ),
        check=answered(
            lambda s: str(s.labels()[-1]["tracking"]),
            because(
                "The last label counts; the one before was voided.", "void", "label"
            ),
        ),
    )
)
