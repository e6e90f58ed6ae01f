"""The lists that every installation starts with, for each team.

They are made after migrations where they are missing, by their code, and are the leads'
from then on: what somebody edits or switches off is never undone here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Any

from django.db import transaction

from orders.exception_kinds import Team
from reconciliation.models import Cadence, Checklist, ChecklistItem

WORKDAYS = [0, 1, 2, 3, 4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item: by a check with its limit, or by a person."""

    text: str
    check: str = ""
    limit: int | None = None
    note: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A list that comes along."""

    code: str
    name: str
    team: Team
    cadence: Cadence
    at: time
    lines: tuple[Line, ...]
    four_eyes: bool = False
    days: dict[str, Any] = field(default_factory=dict)


STARTS = (
    Start(
        code="ops-day",
        name="Ops: end of the day",
        team=Team.OPS,
        cadence=Cadence.DAILY,
        at=time(17, 30),
        days={"weekdays": WORKDAYS, "skips_days_off": True},
        lines=(
            Line(text="No order is past its ship-by", check="orders_late"),
            Line(
                text="The marketplace was told of every parcel",
                check="orders_unconfirmed",
                help="The last collection is gone: a parcel that nobody was told of "
                "counts as late.",
            ),
            Line(text="No ops case is past its deadline", check="cases_late"),
            Line(text="Every connection is on time", check="lanes_up", limit=15),
            Line(text="Every job and store is heard of", check="watches"),
            Line(text="Webhooks work", check="webhooks"),
            Line(
                text="Parcels that were cancelled are off the line",
                help="Scan the pile once more at the stop list. Nothing that says STOP "
                "is left on it.",
            ),
            Line(
                text="What each carrier collected, and what it left",
                note=True,
                help="Count what stands in the cage. A carrier that did not come is "
                "a note, and a call.",
            ),
            Line(
                text="Handed over: open cases have a note or are nobody’s",
                help="A case with your name is nobody else’s tomorrow.",
            ),
        ),
    ),
    Start(
        code="ops-peak",
        name="Ops: before a peak day",
        team=Team.OPS,
        cadence=Cadence.PEAK_DAY,
        at=time(9, 0),
        days={"dates": []},
        lines=(
            Line(text="No store is paused", check="stores_work"),
            Line(text="Every connection is on time", check="lanes_up", limit=5),
            Line(text="No quota is nearly used up", check="quotas", limit=30),
            Line(text="No access ends soon", check="access"),
            Line(text="Alerts arrive", check="alerts"),
            Line(
                text="Extra collections are agreed with each carrier",
                note=True,
                help="Write the times: the calendar of the warehouse goes by them.",
            ),
            Line(text="Labels, printers and a spare printer are on the bench"),
            Line(text="Who is on which bench, and who decides while the lead eats"),
        ),
    ),
    Start(
        code="cs-day",
        name="CS: end of the day",
        team=Team.CS,
        cadence=Cadence.DAILY,
        at=time(17, 30),
        days={"weekdays": WORKDAYS, "skips_days_off": True},
        lines=(
            Line(text="No cancellation waits for an answer", check="cancellations"),
            Line(text="No CS case is past its deadline", check="cases_late"),
            Line(
                text="Nothing that follows a cancellation is overdue",
                check="follow_ups",
            ),
            Line(text="Every case due tomorrow has somebody", check="cases_unowned"),
            Line(
                text="Messages of buyers at the marketplaces are answered",
                help="They are not in this console: look at each marketplace.",
            ),
            Line(text="Handed over: what buyers were told, what is waited for"),
        ),
    ),
    Start(
        code="finance-week",
        name="Finance: settlements of the week",
        team=Team.FINANCE,
        cadence=Cadence.WEEKLY,
        at=time(12, 0),
        days={"weekday": 1},
        lines=(
            Line(
                text="Every settlement adds up to the penny", check="settlements_whole"
            ),
            Line(text="Every settlement line is matched", check="settlements_matched"),
            Line(text="Every deposit was signed", check="settlements_signed", limit=3),
            Line(text="No finance case is past its deadline", check="cases_late"),
            Line(
                text="Each deposit stands in the bank’s statement",
                help="Compare date and amount with the bank. Name what is missing.",
            ),
        ),
    ),
    Start(
        code="finance-month",
        name="Finance: the month is closed",
        team=Team.FINANCE,
        cadence=Cadence.MONTH_END,
        at=time(17, 0),
        four_eyes=True,
        days={"days_after": 5},
        lines=(
            Line(text="The comparison of the month adds up", check="run_adds_up"),
            Line(
                text="No finding is open for more than a week",
                check="findings_old",
                limit=7,
            ),
            Line(
                text="Every settlement adds up to the penny", check="settlements_whole"
            ),
            Line(text="Every deposit was signed", check="settlements_signed", limit=3),
            Line(text="The month is closed for every store", check="period_closed"),
            Line(
                text="Remainders and accepted findings are booked",
                note=True,
                help="Write under which numbers: whoever signs second compares them.",
            ),
        ),
    ),
    Start(
        code="lead-day",
        name="Lead: yesterday agrees",
        team=Team.LEAD,
        cadence=Cadence.DAILY,
        at=time(11, 0),
        days={"weekdays": WORKDAYS, "skips_days_off": True},
        lines=(
            Line(
                text="Yesterday’s comparison adds up for every store",
                check="run_adds_up",
                help="A store that does not add up lost or doubled an order: the run "
                "says which.",
            ),
            Line(
                text="No finding stays open for more than two days",
                check="findings_old",
                limit=2,
            ),
            Line(text="Every seller standard is within its limit", check="standards"),
            Line(text="All checklists of yesterday are signed", check="lists_signed"),
            Line(text="No decision waits for a second yes", check="approvals"),
            Line(
                text="ShipStation tells the marketplace where it should",
                check="notified",
            ),
            Line(
                text="The queues have people for today",
                help="Unowned cases are the ones that turn late.",
            ),
        ),
    ),
)


def ensure_checklists() -> int:
    """Make the lists that are missing, with their items; how many."""
    known = set(Checklist.objects.exclude(code="").values_list("code", flat=True))
    taken = set(Checklist.objects.values_list("name", flat=True))
    missing = [x for x in STARTS if x.code not in known and x.name not in taken]
    for start in missing:
        with transaction.atomic():
            row = Checklist.objects.create(
                code=start.code,
                name=start.name,
                team=start.team.value,
                cadence=start.cadence,
                due_time=start.at,
                four_eyes=start.four_eyes,
                **start.days,
            )
            ChecklistItem.objects.bulk_create(
                ChecklistItem(
                    checklist=row,
                    position=position,
                    text=line.text,
                    help=line.help,
                    check_code=line.check,
                    limit=line.limit,
                    needs_note=line.note,
                )
                for position, line in enumerate(start.lines)
            )
    return len(missing)
