"""Finance: what does not agree with the orders, and what is done about it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from reconciliation.models import Finding, FindingState
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
from shipsync_site.training.lessons.common import PUSHED, told_once
from shipsync_site.training.lessons.finance import ORDERS, order_three, signed
from shipsync_site.training.scene import Scene
from stores.remote_money import LineKind, MoneyLine

_LOOK = "reconciliation.view_settlement"
CUT = 8


def pay_with_a_short_number(scene: Scene) -> None:
    """The first order's lines carry the beginning of its number, and no line id."""
    lines = [
        replace(line, order_ref=line.order_ref[:-CUT], item_ref="")
        if line.order_ref == scene.orders[0].remote_id
        else line
        for line in paying.lines_of(scene, scene.orders)
    ]
    paying.pay(scene, lines)


def matched(scene: Scene) -> list[Point]:
    """Each line of the short number is the person's match to the right order."""
    row, wanted = paying.settlement(scene), scene.orders[0]
    if row is None:
        return [Point(done=False, text="The settlement is gone: start again.")]
    lines = list(row.lines.filter(order_ref=wanted.remote_id[:-CUT]))
    right = all(x.order_id == wanted.pk for x in lines)
    mine = all(x.matched_by_id == scene.run.user_id for x in lines)
    return [
        Point(
            done=right and mine,
            text=f"They are matched to {wanted.remote_id}, by you."
            if right and mine
            else "Lines without an order are left, or went to another one.",
        ),
        Point(
            done=not row.unmatched_count,
            text="No line is left without an order."
            if not row.unmatched_count
            else f"{row.unmatched_count} lines are left without an order.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="finance-4-match",
        role=Role.FINANCE,
        title="Lines without an order",
        learn="What no rung of the ladder matched, a person matches, with a note.",
        story="In this settlement somebody at the marketplace cut an order's number "
        "short. Its lines found no order, so nobody compares them with anything.",
        task=(
            "Open the settlement and its lines without an order.",
            "'Find its order': is the suggestion the right one? What speaks for it?",
            "Match it, with a note that a colleague understands next year.",
        ),
        hints=(
            "The beginning of the number is right.",
            "The other lines of the same number go along, if you leave the tick.",
        ),
        permissions=(_LOOK, "reconciliation.match_settlement"),
        place=Place.SETTLEMENTS,
        steps=(
            order_three(),
            Step(waits=ORDERS, when=Scene.known, act=pay_with_a_short_number),
        ),
        check=matched,
    )
)


def pay_one_twice(scene: Scene) -> None:
    """All are paid; the second order's sale is in a second settlement again."""
    paying.pay(scene, paying.lines_of(scene, scene.orders))
    again = paying.lines_of(scene, scene.orders[1:2])
    paying.pay(scene, [x for x in again if x.kind == LineKind.SALE], number=2)


def twice(scene: Scene) -> list[Point]:
    """The right order was named, and the second settlement is signed with a note."""
    wanted = scene.numbers[1]
    right = scene.answer == wanted
    told = scene.confirmations(1)
    return [
        Point(
            done=right,
            rows=told if right else (),
            text=f"{wanted} went out once, and was paid twice."
            if right
            else "That one was paid once."
            if scene.answer
            else "Say which order was paid twice.",
        ),
        signed(scene, note=True, number=2),
    ]


LESSONS.register(
    Lesson(
        code="finance-5-paid-twice",
        role=Role.FINANCE,
        title="Paid twice",
        learn="Each line of an order is paid once over all settlements, or it shows.",
        story="Three parcels left, and the marketplace was told of each. Two settlements "
        "came in; one of the three orders is in both. That money is not yours.",
        task=(
            "Open your settlements: one has an open finding 'Paid twice'.",
            "Open the finding and its order: 'What was paid' shows both lines.",
            (
                "You have asked the marketplace and set the sum apart. The month has to "
                "close: sign the second settlement with a note that says so."
            ),
        ),
        hints=(
            "The finding names the order, the settlement and the amount.",
            "Without a note it can't be signed while a finding is open.",
        ),
        permissions=(_LOOK, "reconciliation.match_settlement"),
        place=Place.SETTLEMENTS,
        question=Question(
            text="Which order was paid twice?", choices=lambda s: s.numbers
        ),
        steps=(
            order_three(),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.ship(carrier="dpd"),
            ),
            Step(
                waits="the marketplace to be told of the parcels",
                when=lambda s: all(point.done for point in told_once(s)),
                act=pay_one_twice,
            ),
        ),
        check=twice,
    )
)


def words(scene: Scene) -> str:
    """What nobody has heard of yet, this run's own."""
    return f"Moorland levy {scene.run.pk}-{scene.run.since}"


def pay_with_a_levy(scene: Scene) -> None:
    """One line has words that shipsync does not know."""
    levy = MoneyLine(
        kind=LineKind.OTHER,
        amount=Decimal("-1.20"),
        raw_type="other-transaction",
        raw_kind="other-transaction",
        raw_description=words(scene),
    )
    paying.pay(scene, [*paying.lines_of(scene, scene.orders), levy])


def levy(scene: Scene) -> Finding | None:
    """The finding that it made."""
    return Finding.objects.filter(
        store__remote_account=scene.room.store.remote_account,
        rule="fee_unknown",
        remote_id__endswith=words(scene)[-40:],
    ).first()


def accepted(scene: Scene) -> list[Point]:
    """The person accepted it, with a reason."""
    found = levy(scene)
    done = (
        found is not None
        and found.state == FindingState.ACCEPTED
        and found.accepted_by_id == scene.run.user_id
    )
    return [
        Point(
            done=done,
            text=f"Accepted by you: ‘{found.accepted_reason}’."
            if done and found
            else "The finding is not accepted yet.",
        )
    ]


LESSONS.register(
    Lesson(
        code="finance-6-unknown",
        role=Role.FINANCE,
        title="Money of an unknown kind",
        learn="What shipsync does not know it shows; a person says what it is.",
        story="A settlement has a line called 'Moorland levy'. You asked the "
        "marketplace: it is a charge for packaging, announced in spring, and right.",
        task=(
            "Open the settlement and its finding 'Money of an unknown kind'.",
            "Accept it, and write down what it is and where you have it from.",
        ),
        hints=(
            "The findings of a settlement stand beside its kinds.",
            "Without a day 'until' it is accepted for good.",
        ),
        permissions=(_LOOK, "reconciliation.accept_finding"),
        place=Place.SETTLEMENTS,
        steps=(
            order_three(),
            Step(waits=ORDERS, when=Scene.known, act=pay_with_a_levy),
            Step(
                waits="the settlement to be compared with the orders",
                when=lambda s: levy(s) is not None,
            ),
        ),
        check=accepted,
    )
)
