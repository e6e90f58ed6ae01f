"""Leads: what holds for everybody, and exceptions to it."""

from __future__ import annotations

from django.db import transaction

from orders import approvals
from orders.case_ends import Word
from orders.case_locks import lock
from orders.models import Approval, ApprovalState, ShipStationOrder
from orders.store_cases import resolutions_for
from shipsync_site.training import LESSONS, Lesson, Outside, Place, Point, Role, Step
from shipsync_site.training.lessons.common import (
    A_BUYER_ORDERS,
    PLACED,
    PUSHED,
    case_of_each,
    told_once,
)
from shipsync_site.training.lessons.ops import RIGHT_CARRIER, ship_with_a_stranger
from shipsync_site.training.room import colleague
from shipsync_site.training.scene import Scene
from stores import setup
from stores.models import CarrierMapping

WINDOW = 30


def mapped_for_all(scene: Scene) -> list[Point]:
    """One mapping for every shop, and the parcels that waited have gone."""
    everywhere = CarrierMapping.objects.filter(
        marketplace=scene.room.channel, store=None, shipstation_carrier=scene.carrier
    ).exists()
    return [
        Point(
            done=everywhere,
            text="The carrier is mapped for every shop of the marketplace."
            if everywhere
            else "The carrier is not mapped for every shop of the marketplace.",
        ),
        *told_once(scene),
    ]


LESSONS.register(
    Lesson(
        code="lead-1-every-shop",
        role=Role.LEAD,
        title="A carrier for every shop",
        learn="A mapping without a shop holds for all of them, tomorrow's too.",
        story="A new carrier drives for all your shops from today. Two parcels of your "
        "training shop have left with it already and wait to be told. On its labels "
        f"stands Evri, which Amazon lists as '{RIGHT_CARRIER}'.",
        task=(
            "Open one of your cases 'Carrier not mapped'.",
            f"Map the carrier to '{RIGHT_CARRIER}' for every shop of Amazon.",
            "Wait until both confirmations have gone, then check.",
        ),
        hints=(
            "Leave the field for the shop empty.",
            "The form says how many parcels will be confirmed before you save.",
        ),
        permissions=("stores.map_carriers",),
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=lambda s: s.place(2, lines=1)),
            Step(waits=PUSHED, when=Scene.in_shipstation, act=ship_with_a_stranger),
            case_of_each("carrier_unmapped"),
        ),
        check=mapped_for_all,
    )
)


def colleague_decides(scene: Scene) -> None:
    """Somebody of CS grants the request; the order is dear, so it waits for a second."""
    case = scene.case("cancel_requested")
    if case is None:
        return
    way = next(x for x in resolutions_for(case) if x.code == "cancel_market")
    word = Word(resolution=way, reason="The buyer ordered twice and wrote to us")
    with transaction.atomic():
        row = lock(case, case.version)
        approvals.ask(row, word, colleague())


def second_yes(scene: Scene) -> list[Point]:
    """The person said yes, and the marketplace heard it."""
    asked = (
        Approval.objects.filter(case__order__in=scene.orders).order_by("-pk").first()
    )
    if asked is not None and asked.state == ApprovalState.REFUSED:
        return [
            Point(
                done=False,
                wrong=True,
                text="You said no, and the buyer would get what nobody wants.",
            )
        ]
    given = (
        asked is not None
        and asked.state == ApprovalState.GIVEN
        and asked.answered_by_id == scene.run.user_id
    )
    there = scene.rows(scene.room.channel, "cancelled")
    return [
        Point(
            done=given,
            text="The second yes is yours, with your name."
            if given
            else "It still waits for a second person.",
        ),
        Point(
            done=bool(there),
            rows=there,
            text="The marketplace has cancelled it."
            if there
            else "The marketplace has not cancelled it. It answers after a minute or two.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="lead-2-second-yes",
        role=Role.LEAD,
        title="The second yes",
        learn="What can't be undone and is dear needs two people; you are the second.",
        story="A buyer ordered the same thing twice and asks to cancel one. A colleague "
        "of CS granted it. In this shop every cancellation needs a second person, so "
        "nothing has been sent yet.",
        task=(
            "Open your case 'Buyer asks to cancel': who asked for your yes, and why?",
            "Say yes.",
            "Wait until the marketplace has cancelled it, then check.",
        ),
        hints=(
            "Nobody can give the second yes to an own decision.",
            "From which amount on two are needed is a rule of the store.",
        ),
        permissions=("orders.approve_decision",),
        shop="dear",
        steps=(
            Step(
                waits=PLACED, when=lambda s: True, act=lambda s: s.place(country="GB")
            ),
            Step(
                waits=PUSHED,
                when=Scene.in_shipstation,
                act=lambda s: s.cancel("request", reason="Ordered by mistake"),
            ),
            Step(
                waits="a colleague to decide",
                when=lambda s: s.waits_with("cancel_requested"),
                act=colleague_decides,
            ),
        ),
        check=second_yes,
    )
)


def held_by_the_rule(scene: Scene) -> list[Point]:
    """The window is decided, and an order that came after it was created on hold."""
    rules = setup.current_rules(scene.room.store)
    decided = rules.release_window_minutes == WINDOW
    made = scene.rows("shipstation", "create")
    on_hold = tuple(row for row in made if row["status"] == "on_hold")
    return [
        Point(
            done=decided,
            text=f"The rule stands: {WINDOW} minutes, version {rules.version}."
            if decided
            else f"The shop's release window is {rules.release_window_minutes} minutes.",
        ),
        Point(
            done=bool(on_hold),
            rows=on_hold,
            text="An order that came after it was created on hold."
            if on_hold
            else "No order has been created on hold yet. Let a buyer order.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="lead-3-rule",
        role=Role.LEAD,
        title="Decide a rule",
        learn="A rule is a decision with your name; the next order shows it.",
        story="Buyers cancel within the first half hour, and packers are quick. You "
        "decide: in your training shop every order waits on hold for that half hour.",
        task=(
            "Open your training shop and its decisions.",
            f"'When may the warehouse start?' Keep orders on hold for {WINDOW} minutes.",
            "Let a buyer order (the button below) and see how it arrives.",
        ),
        hints=(
            (
                "It is the first question of the first decision. You see what would change "
                "before you save it."
            ),
            "Near its ship-by no order is kept waiting, whatever the rule says.",
        ),
        permissions=("stores.decide_rules",),
        place=Place.SHOP,
        steps=(),
        outside=(
            Outside(
                code="order",
                label="A buyer orders",
                effect=A_BUYER_ORDERS,
                act=lambda s: s.place(order_age=60),
            ),
        ),
        check=held_by_the_rule,
    )
)


def both_let_go(scene: Scene) -> list[Point]:
    """Our hold on the combined parcel is off."""
    free = any(
        row["orderStatus"] == "awaiting_shipment"
        for number in range(len(scene.numbers))
        for row in scene.records(number)
    )
    merged = scene.rows("shipstation", "merge")
    return [
        Point(
            done=free,
            rows=(*merged, *scene.rows("shipstation", "restore", "update")[-1:]),
            text="The combined parcel is off its hold and may be packed as one."
            if free
            else "The combined parcel is still on hold: every order in it needs the word.",
        )
    ]


def combine(scene: Scene) -> None:
    """A packer combines the orders on the screen."""
    records = ShipStationOrder.objects.filter(order__in=scene.orders)
    keys = list(records.order_by("pk").values_list("order_key", flat=True))
    scene.sandbox.manual(action="combine", order_keys=keys)


LESSONS.register(
    Lesson(
        code="lead-6-let-go",
        role=Role.LEAD,
        title="An exception to your own rule",
        learn="A rule stops the parcel; a lead's word lets this one go, order by order.",
        story="Your German training shop forbids combined parcels. A packer combined two "
        "orders of one buyer all the same, and shipsync put the parcel on hold. The "
        "buyer asked for one parcel, and the goods are in one box already.",
        task=(
            "Open your two cases 'Combined, which the store forbids'.",
            "Let this parcel go, in the name of a lead: each order needs the word.",
        ),
        hints=(
            "One word is not enough: the parcel waits for the second order's.",
            "Ops can't do it: the way out asks for whoever decides rules.",
        ),
        permissions=("stores.decide_rules",),
        shop="de",
        steps=(
            Step(
                waits=PLACED,
                when=lambda s: True,
                act=lambda s: s.place(2, same_buyer=True, country="GB"),
            ),
            Step(waits=PUSHED, when=Scene.in_shipstation, act=combine),
            case_of_each("combined_forbidden"),
        ),
        check=both_let_go,
    )
)
