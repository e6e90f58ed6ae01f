"""Leads: a shop that is stopped, by a person or by its marketplace."""

from __future__ import annotations

from shipsync_site.training import LESSONS, Lesson, Outside, Place, Point, Role, Step
from shipsync_site.training.lessons.common import A_BUYER_ORDERS, PLACED
from shipsync_site.training.scene import Scene
from stores.models import AccountState, StoreState


def order_and_note(scene: Scene) -> None:
    """A buyer orders; whether the shop was paused then is kept."""
    first = len(scene.numbers)
    scene.place()
    if scene.room.store.state == StoreState.PAUSED:
        scene.things["while_paused"] = scene.numbers[first:]


def paused_and_resumed(scene: Scene) -> list[Point]:
    """An order came during the pause, and reached ShipStation after it."""
    waited = set(scene.things.get("while_paused", []))
    made = tuple(
        row
        for row in scene.rows("shipstation", "create")
        if row["orderNumber"] in waited
    )
    live = scene.room.store.state == StoreState.LIVE
    return [
        Point(
            done=bool(waited),
            text="A buyer ordered while the shop was paused."
            if waited
            else "No buyer has ordered while the shop was paused. Pause it, then let one.",
        ),
        Point(
            done=live and bool(waited),
            text="The shop is live again."
            if live
            else "The shop is still paused: orders gather, and their deadlines run.",
        ),
        Point(
            done=bool(made),
            rows=made,
            text="What had gathered reached ShipStation after the pause."
            if made
            else "What gathered has not reached ShipStation yet.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="lead-4-pause",
        role=Role.LEAD,
        title="Pause a shop, and let it go on",
        learn="A pause stops what we write; orders are still read and their clocks run.",
        story="The warehouse reports wrong stock. You stop everything of one shop until "
        "it is counted.",
        task=(
            "Pause your training shop, with a reason.",
            "Let a buyer order (the button below): the order is read, and stays here.",
            "Resume the shop, and see the order reach ShipStation.",
        ),
        hints=(
            "Stores, your training shop: the button is at the top of its page.",
            "Nothing is lost by a pause: what was due goes when it ends.",
        ),
        permissions=("stores.pause_store",),
        place=Place.SHOP,
        steps=(),
        outside=(
            Outside(
                code="order",
                label="A buyer orders",
                effect=A_BUYER_ORDERS,
                act=order_and_note,
            ),
        ),
        check=paused_and_resumed,
    )
)


def take_access_back(scene: Scene) -> None:
    """The seller's consent ends, and a buyer orders."""
    scene.sandbox.faults(scene.room.channel, "revoked", seller_id=scene.room.seller_id)
    scene.place()


def let_in_again(scene: Scene) -> list[Point]:
    """The account works, and what had waited was pushed."""
    account = scene.room.store.remote_account
    active = account.state == AccountState.ACTIVE
    tokens = tuple(
        row
        for row in scene.ledger
        if row["operation"] == "token" and row.get("seller_id") == account.seller_id
    )
    made = scene.rows("shipstation", "create")
    return [
        Point(
            done=active,
            rows=tokens[-1:],
            text="The account goes on, with a new token."
            if active
            else "The account is still paused.",
        ),
        Point(
            done=bool(made),
            rows=made,
            text="The order that came meanwhile reached ShipStation."
            if made
            else "The order that came meanwhile is not in ShipStation yet.",
        ),
    ]


LESSONS.register(
    Lesson(
        code="lead-5-access",
        role=Role.LEAD,
        title="A marketplace shuts us out",
        learn="One case for the account, and nothing is lost while it is paused.",
        story="Somebody cleared up the connected apps in Seller Central and took "
        "shipsync off the list. The marketplace refuses every call, so the account was "
        "paused, and a buyer has ordered since.",
        task=(
            "Open the account's page from your case 'Access refused'.",
            "Have the seller let shipsync in again: the button below plays Seller Central.",
            "Test the connection, resume the account, and see the order arrive.",
        ),
        hints=(
            "Resuming before the seller has agreed pauses the account again.",
            "One case stands for the whole account, not one for each order.",
        ),
        permissions=("stores.pause_store", "stores.test_connection"),
        steps=(
            Step(waits=PLACED, when=lambda s: True, act=take_access_back),
            Step(
                waits="the marketplace to refuse us",
                when=lambda s: s.room.store.remote_account.state == AccountState.PAUSED,
            ),
        ),
        outside=(
            Outside(
                code="agree",
                label="In Seller Central: let shipsync in",
                effect="The seller agreed again; shipsync may test it.",
                act=Scene.let_in,
            ),
        ),
        check=let_in_again,
    )
)
