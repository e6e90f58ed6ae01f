"""The daily rhythm of ops and CS, hour by hour; shorter ones of the others."""

from __future__ import annotations

from dataclasses import dataclass

from shipsync_site.guide import GUIDE, Link, Page, Part, Table

QUEUE = "orders:cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What is done at an hour of the day, and the page on which it is done."""

    at: str
    what: str
    why: str
    where: Link


def queue(text: str, query: str) -> Link:
    """A queue, narrowed."""
    return Link(text=text, url=QUEUE, query=query)


NOW = Link(text="Now", url="home")
LISTS = Link(text="Checklists", url="reconciliation:checklists")
OPS = (
    Hour(
        at="08:00",
        what="Read the first sentence of 'Now', and whether every store works.",
        why="One paused store costs more than a whole queue.",
        where=NOW,
    ),
    Hour(
        at="08:15",
        what="Clear what is due today, the nearest clock first.",
        why="What is mended now leaves with the first collection.",
        where=queue("Ops, due in 24 h", "team=ops&due=24h"),
    ),
    Hour(
        at="10:00",
        what="Look for causes, not cases: carriers, SKUs, tax numbers that came new.",
        why="One mapping ends a hundred cases.",
        where=Link(text="Carriers not mapped", url="orders:carriers_unmapped"),
    ),
    Hour(
        at="12:00",
        what="Clear what is due in four hours.",
        why="After this, only the last collection is left.",
        where=queue("Ops, due in 4 h", "team=ops&due=4h"),
    ),
    Hour(
        at="14:00",
        what="See what is in ShipStation, unpacked, and due today; tell the warehouse.",
        why="Nothing is stuck there, and yet it is late.",
        where=Link(
            text="Orders in ShipStation",
            url="orders:list",
            query="stage=in_shipstation",
        ),
    ),
    Hour(
        at="16:00",
        what="Last call before the collection: what leaves tomorrow needs a reason.",
        why="A late order is a choice that somebody should have made.",
        where=queue("Late", "due=late"),
    ),
    Hour(
        at="17:00",
        what="Parcels of today: has the marketplace taken every number?",
        why="A parcel that nobody was told of counts as late.",
        where=Link(
            text="Dispatched, to be confirmed",
            url="orders:list",
            query="stage=dispatched",
        ),
    ),
    Hour(
        at="17:15",
        what="Work and sign 'Ops: end of the day'; what its checks say no to, first.",
        why="What nobody signed by half past is a case, and tomorrow's surprise.",
        where=LISTS,
    ),
    Hour(
        at="17:30",
        what="Hand over: notes on what you leave, back to 'nobody' what you won't do.",
        why="A case with your name is nobody else's.",
        where=queue("Mine", "owner=mine"),
    ),
)
CS = (
    Hour(
        at="08:00",
        what="Cancellations first: whoever asked overnight is held and waits for you.",
        why="Every hour of holding brings the ship-by nearer, and silence is a yes on "
        "most marketplaces.",
        where=queue("Cancellations", "team=cs&topic=cancels"),
    ),
    Hour(
        at="09:00",
        what="Addresses: ask the buyer, correct, see before and after.",
        why="An answer by noon still leaves today.",
        where=queue("CS, due in 24 h", "team=cs&due=24h"),
    ),
    Hour(
        at="11:00",
        what="'Where is my order': look it up, copy the reply, send it.",
        why="The number on the page is the one that counts, also after a second label.",
        where=Link(text="Where is my order", url="orders:where"),
    ),
    Hour(
        at="13:00",
        what="Cancelled after the label: call the bench, then decide.",
        why="A parcel is stopped in minutes or not at all.",
        where=queue("CS, due in 4 h", "team=cs&due=4h"),
    ),
    Hour(
        at="15:00",
        what="Everything that asks you by today is answered at the marketplace.",
        why="Its clock does not know our hours.",
        where=queue("CS, late", "team=cs&due=late"),
    ),
    Hour(
        at="16:30",
        what="What follows a cancellation: refunds, parcels that come back.",
        why="It is over when the buyer has the money and the shelf has the goods.",
        where=queue("CS, all", "team=cs"),
    ),
    Hour(
        at="17:15",
        what="Work and sign 'CS: end of the day'.",
        why="It asks what no queue shows: messages at the marketplaces themselves.",
        where=LISTS,
    ),
    Hour(
        at="17:30",
        what="Hand over with a note: what the buyer was told, what you wait for.",
        why="The next person answers the same buyer.",
        where=queue("Mine", "owner=mine"),
    ),
)
FINANCE = (
    Hour(
        at="09:30",
        what="Settlements that came: does each add up, has every line its order?",
        why="A remainder is explained while the marketplace still answers for it.",
        where=Link(text="Settlements", url="reconciliation:settlements"),
    ),
    Hour(
        at="11:00",
        what="On Tuesdays sign 'Finance: settlements of the week'; on the 5th 'Finance: "
        "the month is closed', which a second person signs too.",
        why="The bank's statement is what no check can see.",
        where=LISTS,
    ),
)
LEAD = (
    Hour(
        at="08:30",
        what="What breaches today, and does every queue have somebody?",
        why="Unowned cases are the ones that turn late.",
        where=queue("Nobody's", "owner=nobody"),
    ),
    Hour(
        at="10:00",
        what="Sign 'Lead: yesterday agrees'; look at what was not signed yesterday.",
        why="A day that does not add up is found while people still remember it.",
        where=LISTS,
    ),
    Hour(
        at="11:00",
        what="Give the second yes, or a no with its reason.",
        why="Nothing is sent until you have said it, and its clock runs.",
        where=Link(text="Waiting for a second yes", url="orders:approvals"),
    ),
    Hour(
        at="13:00",
        what="What came back: a cause that returns wants a rule, not another repair.",
        why="The third time is yours.",
        where=queue("Lead", "team=lead"),
    ),
    Hour(
        at="17:00",
        what="Who has done which lesson; who is new tomorrow.",
        why="Practice costs nothing in the sandbox.",
        where=Link(text="Who has done what", url="training_people"),
    ),
)


def _table(hours: tuple[Hour, ...]) -> Table:
    return Table(
        head=("At", "What", "Where", "Why"),
        rows=tuple((x.at, x.what, x.where, x.why) for x in hours),
    )


def _day() -> list[Part]:
    return [
        Part(
            text="The hours are a proposal for a warehouse whose carrier comes at five. "
            "Move them; keep the order."
        ),
        Part(title="Ops", table=_table(OPS)),
        Part(title="CS", table=_table(CS)),
        Part(title="Finance", table=_table(FINANCE)),
        Part(title="Leads", table=_table(LEAD)),
        Part(
            title="Packers",
            points=(
                Link(text="The stop list", url="orders:bench"),
                "Before each parcel: scan. GO, STOP or UNKNOWN; UNKNOWN is never GO.",
                "Not on the shelf? Say so at the screen, before you pack the rest.",
                (
                    "Before each collection: scan the pile once more. A buyer may have "
                    "cancelled since."
                ),
            ),
        ),
    ]


GUIDE.register(
    Page(
        code="day",
        order=25,
        title="What do I do when?",
        lead="The day of ops and CS, hour by hour, with the page for each hour.",
        icon="calendar-clock",
        parts=_day,
        about=("/bench/",),
    )
)
