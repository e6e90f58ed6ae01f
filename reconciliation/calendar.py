"""A store's days and months as a calendar: closed, opened again, compared or neither."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date

from reconciliation.models import Period, RunState, RunStore
from reconciliation.periods import DAY, MONTH, month_of
from stores.models import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A day or a month; ``part`` is what the latest run over just it came to.

    ``word`` and ``tone`` say how it stands: closed, opened again, not yet closed.
    """

    kind: str
    first_day: date
    last_day: date
    period: Period | None
    part: RunStore | None
    word: str
    tone: str
    icon: str
    outside: bool = False
    ahead: bool = False

    @property
    def closed(self) -> bool:
        """Whether a person signed it off and nothing came since."""
        return self.period is not None and self.period.closed_at is not None


def month_before(first: date) -> date:
    """The first day of the month before."""
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def month_after(first: date) -> date:
    """The first day of the following month."""
    return date(first.year + (first.month == 12), first.month % 12 + 1, 1)


def weeks_of(store: Store, month: date, today: date) -> list[list[Span]]:
    """The weeks of a month from Monday on, with the days that fill them up."""
    rows = list(Calendar().monthdatescalendar(month.year, month.month))
    first, last = rows[0][0], rows[-1][-1]
    periods, parts = _known(store, DAY, first, last), _parts(store, first, last)
    return [
        [
            _span(
                DAY,
                day,
                day,
                periods.get(day),
                parts.get((day, day)),
                today,
                outside=day.month != month.month,
            )
            for day in week
        ]
        for week in rows
    ]


def months_of(store: Store, year: int, today: date) -> list[Span]:
    """The months of a year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    periods, parts = _known(store, MONTH, first, last), _parts(store, first, last)
    found = []
    for number in range(1, 13):
        start, end = month_of(date(year, number, 1))
        found.append(
            _span(MONTH, start, end, periods.get(start), parts.get((start, end)), today)
        )
    return found


def span_of(store: Store, kind: str, day: date, today: date) -> Span:
    """One day, or the month that a day is in."""
    first, last = month_of(day) if kind == MONTH else (day, day)
    period = _known(store, kind, first, last).get(first)
    part = _parts(store, first, last).get((first, last))
    return _span(kind, first, last, period, part, today)


def _known(store: Store, kind: str, first: date, last: date) -> dict[date, Period]:
    rows = Period.objects.filter(
        store=store, kind=kind, first_day__gte=first, first_day__lte=last
    ).select_related("closed_by", "run")
    return {row.first_day: row for row in rows}


def _parts(store: Store, first: date, last: date) -> dict[tuple[date, date], RunStore]:
    rows = (
        RunStore.objects.filter(
            store=store,
            run__state=RunState.DONE,
            run__first_day__gte=first,
            run__last_day__lte=last,
        )
        .select_related("run")
        .order_by("run__finished_at", "run")
    )
    return {(row.run.first_day, row.run.last_day): row for row in rows}


def _span(
    kind: str,
    first: date,
    last: date,
    period: Period | None,
    part: RunStore | None,
    today: date,
    *,
    outside: bool = False,
) -> Span:
    word, tone, icon = _stands(period, part, last, today)
    return Span(
        kind=kind,
        first_day=first,
        last_day=last,
        period=period,
        part=part,
        word=word,
        tone=tone,
        icon=icon,
        outside=outside,
        ahead=first > today,
    )


def _stands(
    period: Period | None, part: RunStore | None, last: date, today: date
) -> tuple[str, str, str]:
    if period is not None and period.closed_at is not None:
        return "closed", "fine", "lock"
    if period is not None and period.reopened_at is not None:
        late = period.late_rows
        rows = f": {late} late row{'' if late == 1 else 's'}" if late else ""
        return f"reopened{rows}", "breach", "lock-open"
    if part is not None and part.adds_up is False:
        return "does not add up", "breach", "octagon-alert"
    if part is not None:
        return "compared", "info", "scale"
    if last >= today:
        return "not over", "plain", "hourglass"
    return "not compared", "plain", "circle-dashed"
