"""Who owns which record at each stage of an order."""

from __future__ import annotations

from dataclasses import dataclass

from orders.models import Stage
from shipsync_site.guide import GUIDE, Badge, Page, Part, System, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Whose word counts at a stage; '' where there is no such thing yet.

    ``order`` is whose the sale is, ``record`` whose the ShipStation order, ``parcel``
    whose the box; ``moves`` moves it on; ``person`` says what people have to do.
    """

    means: str
    moves: str
    person: str
    order: str = "marketplace"
    record: str = ""
    parcel: str = ""


OWNERS: dict[Stage, Owners] = {
    Stage.NOT_OURS: Owners(
        means="The marketplace ships it, or it is digital or picked up. The reason stands "
        "on the order.",
        moves="marketplace",
        person="Nothing.",
    ),
    Stage.WAITING: Owners(
        means="Not paid yet, not accepted yet, or the buyer may still cancel alone.",
        moves="marketplace",
        person="Accept it where the case 'Accept or refuse' asks; otherwise nothing.",
    ),
    Stage.TO_PUSH: Owners(
        means="Ready for the warehouse; shipsync is about to create it there.",
        moves="us",
        person="Only where a case keeps it: an address, a tax number, an SKU.",
    ),
    Stage.RELEASE: Owners(
        means="In ShipStation on hold, for as long as the store's rule says.",
        moves="us",
        record="us",
        person="Nothing: it is looked at once more, then freed.",
    ),
    Stage.IN_SHIPSTATION: Owners(
        means="The warehouse may pick and pack it.",
        moves="shipstation",
        record="shipstation",
        person="Pack it before its deadline. Changes of the buyer are written over by "
        "shipsync while it is open.",
    ),
    Stage.HELD: Owners(
        means="On hold in ShipStation: ours for a cancellation, or somebody else's.",
        moves="you",
        record="shipstation",
        person="CS decides what the buyer wants. A hold that is not ours is taken off by "
        "whoever set it.",
    ),
    Stage.DISPATCHED: Owners(
        means="It has a label; the marketplace does not know of it yet.",
        moves="us",
        record="shipstation",
        parcel="carrier",
        person="Only where a case keeps the message back: carrier, combined parcel, "
        "late cancellation.",
    ),
    Stage.CONFIRMED: Owners(
        means="The marketplace took the parcel's number; we look whether it shows it.",
        moves="marketplace",
        record="shipstation",
        parcel="carrier",
        person="Nothing.",
    ),
    Stage.DONE: Owners(
        means="The marketplace shows it as shipped.",
        moves="carrier",
        record="shipstation",
        parcel="carrier",
        person="Answer the buyer; the tracking number is on the order's page.",
    ),
    Stage.CANCELLED: Owners(
        means="Cancelled, and stopped in ShipStation where it was there.",
        moves="marketplace",
        record="shipstation",
        person="See to what follows: the refund, goods back on the shelf.",
    ),
}
FIELDS = (
    ("Address, lines, quantities, buyer, dates", "marketplace", "written over"),
    (
        "Custom fields, tags, customs lines, our block of the notes",
        "us",
        "written by rules",
    ),
    (
        "Weight, size, carrier, service, package, assigned user, the warehouse's notes",
        "shipstation",
        "set when it is created at most, and never touched again",
    ),
    ("Label, tracking number, void", "shipstation", "read, never written"),
    ("Where the parcel is", "carrier", "not ours: follow the tracking number"),
    (
        "What is decided: ship anyway, cancel, a mapping, a rule",
        "you",
        "kept with a name",
    ),
)


def _stages() -> list[Part]:
    rows = tuple(
        (
            Badge(family="stage", value=stage.value),
            owners.means,
            System(code=owners.moves),
            System(code=owners.record) if owners.record else "–",
            System(code=owners.parcel) if owners.parcel else "–",
            owners.person,
        )
        for stage, owners in OWNERS.items()
    )
    return [
        Part(
            text="The sale is the marketplace's from the first minute to the last: it "
            "alone says that an order is cancelled or shipped. Everything else changes "
            "hands.",
            table=Table(
                head=(
                    *("Stage", "What it means", "Who moves it on"),
                    *("ShipStation's record", "The parcel", "What people do"),
                ),
                rows=rows,
            ),
        ),
        Part(
            title="Who may change which field",
            text="In the warehouse people work in ShipStation. shipsync writes into its "
            "orders only what is not theirs.",
            table=Table(
                head=("Field", "Whose", "What shipsync does with it in ShipStation"),
                rows=tuple(
                    (name, System(code=owner), what) for name, owner, what in FIELDS
                ),
            ),
        ),
        Part(
            title="Three sentences to remember",
            points=(
                "A badge with a system's name says whose move it is. 'You' is you.",
                "shipsync never lifts a hold that it did not set.",
                (
                    "A shipped or cancelled record in ShipStation is locked: a wanted change "
                    "is kept and shown, and a person makes it."
                ),
            ),
        ),
    ]


GUIDE.register(
    Page(
        code="stages",
        order=10,
        title="Whose is it now?",
        lead="Who owns an order, its ShipStation record and its parcel at each stage.",
        icon="route",
        parts=_stages,
        about=("/orders/", "/where/"),
    )
)
