"""Finance: settlements come in, add up, and are read."""

from __future__ import annotations

from reconciliation.models import SettlementFile, SettlementFileState
from reconciliation.settlements.shown import by_kind
from shipsync_site.training import (
    LESSONS,
    Lesson,
    Place,
    Point,
    Question,
    Role,
    Step,
    paying,
)
from shipsync_site.training.lessons.common import PLACED
from shipsync_site.training.scene import Scene

ORDERS = "your orders to be read from the marketplace"
_BRING = ("reconciliation.view_settlement", "reconciliation.upload_settlement")
_SIGN = ("reconciliation.view_settlement", "reconciliation.match_settlement")


def order_three() -> Step:
    """Three buyers order one thing each."""
    return Step(waits=PLACED, when=lambda s: True, act=lambda s: s.place(3, lines=1))


def whole(scene: Scene) -> paying.Paper:
    """The report of all the run's orders."""
    return paying.as_paper(scene, paying.lines_of(scene, scene.orders))


def adds_up(scene: Scene) -> Point:
    """The run's settlement is there and has no remainder."""
    row = paying.settlement(scene)
    right = row is not None and row.remainder == 0
    return Point(
        done=right,
        text="Its lines add up to the deposit."
        if right
        else "Its lines do not add up to the deposit yet."
        if row
        else "The settlement has not been taken in yet.",
    )


def brought_in(scene: Scene) -> Point:
    """The person's own file was taken in."""
    row = paying.settlement(scene)
    file = SettlementFile.objects.filter(
        account=scene.room.store.remote_account,
        uploaded_by=scene.run.user,
        state=SettlementFileState.STORED,
        name=f"{paying.name_of(scene)}.txt",
    ).first()
    done = file is not None and row is not None
    return Point(
        done=done,
        text="Your file was taken in." if done else "Your file is not taken in yet.",
    )


LESSONS.register(
    Lesson(
        code="finance-1-bring-in",
        role=Role.FINANCE,
        title="Bring in a settlement",
        learn="A file is taken in whole or not at all; the deposit is the sum of its "
        "lines.",
        story="Three buyers ordered in your training shop, and Amazon has paid for them. "
        "It gives its report as a text file, which nobody has brought in yet.",
        task=(
            "Take the file (the button below). Do not open it in a spreadsheet.",
            "Open your settlements, press 'Bring in files', choose your account and it.",
            "Open the settlement: is the deposit the sum of its lines?",
        ),
        hints=(
            "Your account is called 'Training of' and your name.",
            "A file that was opened and saved elsewhere has other numbers in it.",
        ),
        permissions=_BRING,
        place=Place.SETTLEMENTS,
        paper=whole,
        steps=(
            order_three(),
            Step(waits=ORDERS, when=Scene.known, act=paying.expect),
        ),
        check=lambda scene: [brought_in(scene), adds_up(scene)],
    )
)


def fees(scene: Scene) -> str:
    """What the marketplace kept of the run's settlement."""
    row = paying.settlement(scene)
    kinds = {x.kind: x.amount for x in by_kind(row.lines.all())} if row else {}
    return f"{-kinds.get('fee', 0):.2f}"


def sums(scene: Scene) -> list[str]:
    """The deposit, the sales and the fees, as three answers."""
    row = paying.settlement(scene)
    kinds = {x.kind: x.amount for x in by_kind(row.lines.all())} if row else {}
    total = row.total if row else 0
    return sorted({fees(scene), f"{kinds.get('sale', 0):.2f}", f"{total:.2f}"})


def signed(scene: Scene, *, note: bool = False, number: int = 1) -> Point:
    """The person signed it, with a note where one is needed."""
    row = paying.settlement(scene, number)
    mine = row is not None and row.signed_by_id == scene.run.user_id
    done = mine and (not note or bool(row and row.signed_note))
    return Point(
        done=bool(done),
        text="Your name stands under it." if done else "You have not signed it yet.",
    )


def read_it(scene: Scene) -> list[Point]:
    """The fees were read off, and it is signed."""
    right = scene.answer == fees(scene)
    return [
        Point(
            done=right,
            text="That is what it kept."
            if right
            else "That is not what it kept: look at 'Of what it is made'."
            if scene.answer
            else "Say what the marketplace kept.",
        ),
        signed(scene),
    ]


LESSONS.register(
    Lesson(
        code="finance-2-read-and-sign",
        role=Role.FINANCE,
        title="Read a settlement and sign it",
        learn="Deposit, kinds, lines: each figure leads to exactly the lines behind it.",
        story="A settlement came in by itself. It adds up, every line found its order, "
        "and nothing disagrees with what was ordered.",
        task=(
            "Open the settlement. How much did the marketplace keep as fees?",
            "Press that figure: the lines below are exactly those.",
            "Sign it with your name, then answer and check.",
        ),
        hints=(
            "Fees stand with a minus: it is money that was taken from you.",
            "It is compared within a minute; before that, signing asks for a note.",
        ),
        permissions=_SIGN,
        place=Place.SETTLEMENTS,
        question=Question(text="What did the marketplace keep as fees?", choices=sums),
        steps=(
            order_three(),
            Step(
                waits=ORDERS,
                when=Scene.known,
                act=lambda s: paying.pay(s, paying.lines_of(s, s.orders)),
            ),
        ),
        check=read_it,
    )
)


def pay_short(scene: Scene) -> None:
    """The deposit of three orders, and the lines of two."""
    lines = paying.lines_of(scene, scene.orders)
    left = paying.lines_of(scene, scene.orders[:2])
    paying.pay(scene, left, total=paying.sum_of(lines))


LESSONS.register(
    Lesson(
        code="finance-3-remainder",
        role=Role.FINANCE,
        title="It does not add up",
        learn="The remainder stands as a row of its own; a whole file puts it right.",
        story="Somebody saved a settlement without its last rows and brought that in. "
        "Now money was deposited that is in no line. From Amazon you get the whole file.",
        task=(
            "Open your settlements: which one does not add up, and by how much?",
            "Take the whole file (the button below) and bring it in.",
            "Look again: the settlement was replaced, and says what has changed.",
        ),
        hints=(
            "The list has a filter 'With a remainder'.",
            "You need not delete anything: the same settlement takes its own place.",
        ),
        permissions=_BRING,
        place=Place.SETTLEMENTS,
        paper=whole,
        steps=(
            order_three(),
            Step(waits=ORDERS, when=Scene.known, act=pay_short),
        ),
        check=lambda scene: [brought_in(scene), adds_up(scene)],
    )
)
