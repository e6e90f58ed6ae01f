"""The calendar of the past: each list's month, each day signed, late or missed."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from reconciliation.checklists.shown import LOOKS, Look, Standing, long_day, standing
from reconciliation.models import ChecklistRun, ChecklistTick

CHUNK = 500
YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A square of the calendar; ``run`` is None where no list was due."""

    day: date
    run: ChecklistRun | None = None
    standing: Standing | None = None

    @property
    def look(self) -> Look | None:
        """Its word and colour."""
        return LOOKS[self.standing] if self.standing else None

    @property
    def words(self) -> str:
        """'Monday 23 November 2026: signed late by …', by the name that was typed."""
        if self.run is None or self.look is None:
            return long_day(self.day)
        by = " and ".join(filter(None, (self.run.signed_as, self.run.second_as)))
        said = self.look.word[0].lower() + self.look.word[1:]
        return f"{long_day(self.day)}: {said}{f' by {by}' if by else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list's month: weeks of seven squares, None outside of the month."""

    pk: int
    name: str
    team: str
    weeks: tuple[tuple[Day | None, ...], ...]
    counts: Counter[Standing]

    @property
    def due(self) -> int:
        """How many lists there were."""
        return self.counts.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of a calendar, and its neighbours."""

    first: date

    @property
    def last(self) -> date:
        """Its last day."""
        days = calendar.monthrange(self.first.year, self.first.month)[1]
        return self.first.replace(day=days)

    @property
    def before(self) -> str:
        """The month before, as the URL has it."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The next one."""
        return f"{self.last + timedelta(days=1):%Y-%m}"

    @property
    def code(self) -> str:
        """As the URL has it: '2026-11'."""
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        """'November 2026'."""
        return f"{self.first:%B %Y}"


def month_of(text: str, today: date) -> Month:
    """The month that a URL names ('2026-11'); this one for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = today
    if first.year not in YEARS:
        first = today
    return Month(first=first.replace(day=1))


def runs_of(month: Month, teams: frozenset[str]) -> QuerySet[ChecklistRun]:
    """The runs of a month of these teams, by list and day."""
    return ChecklistRun.objects.filter(
        day__gte=month.first, day__lte=month.last, checklist__team__in=teams
    ).order_by("checklist__name", "checklist", "day")


def sheets(month: Month, teams: frozenset[str], now: datetime) -> list[Sheet]:
    """A sheet for each list that had a day in this month."""
    by_list: dict[int, dict[date, ChecklistRun]] = defaultdict(dict)
    for run in runs_of(month, teams).select_related("checklist"):
        by_list[run.checklist_id][run.day] = run
    weeks = calendar.Calendar().monthdatescalendar(month.first.year, month.first.month)
    return [_sheet(runs, weeks, month, now) for runs in by_list.values()]


def _sheet(
    runs: dict[date, ChecklistRun], weeks: list[list[date]], month: Month, now: datetime
) -> Sheet:
    checklist = next(iter(runs.values())).checklist
    found = {day: standing(run, now) for day, run in runs.items()}
    return Sheet(
        pk=checklist.pk,
        name=checklist.name,
        team=checklist.team,
        weeks=tuple(
            tuple(
                Day(day=day, run=runs.get(day), standing=found.get(day))
                if day.month == month.first.month
                else None
                for day in week
            )
            for week in weeks
        ),
        counts=Counter(found.values()),
    )


HEADER = (
    "Checklist",
    "Team",
    "Day",
    "Due",
    "State",
    "Signed as",
    "Signed by",
    "Signed",
    "Second as",
    "Second by",
    "Second signed",
    "Note",
    "SHA-256",
    "Item",
    "Text",
    "Check",
    "Ticked",
    "Ticked by",
    "Item note",
    "Check says",
    "Looked",
)


def csv_rows(
    runs: QuerySet[ChecklistRun], now: datetime
) -> Iterator[tuple[object, ...]]:
    """A row per item, with its run's columns before."""
    ticks = (
        ChecklistTick.objects.filter(run__in=runs)
        .select_related("run__signed_by", "run__second_by", "ticked_by")
        .order_by("run__day", "run", "position", "pk")
    )
    for tick in ticks.iterator(chunk_size=CHUNK):
        yield (*_of_run(tick.run, now), *_of_tick(tick))


def _of_run(run: ChecklistRun, now: datetime) -> tuple[object, ...]:
    definition = run.frozen["definition"]
    return (
        definition["name"],
        definition["team"],
        run.day.isoformat(),
        run.due_at,
        LOOKS[standing(run, now)].word,
        run.signed_as,
        run.signed_by.get_username() if run.signed_by else "",
        run.signed_at,
        run.second_as,
        run.second_by.get_username() if run.second_by else "",
        run.second_at,
        run.note,
        run.digest,
    )


def _of_tick(tick: ChecklistTick) -> tuple[object, ...]:
    by = tick.ticked_by.get_username() if tick.ticked_by else ""
    return (
        tick.position + 1,
        tick.text,
        tick.check_code,
        tick.ticked_at,
        "its check" if tick.automatic else by,
        tick.note,
        (tick.evidence or {}).get("sentence", ""),
        tick.looked_at,
    )
