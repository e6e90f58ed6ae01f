"""The last moment at which work on a parcel still helps, by the warehouse's calendar.

A marketplace's deadline is an instant; the warehouse has hours, holidays and carriers
that collect once a day. A parcel whose deadline is Monday 10:00 has to be packed on
Friday if Monday's van comes at 16:00. Walls are read in the warehouse's zone and compared
as instants, so days of 23 and 25 hours count as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shipsync_site.lib.zones import DEFAULT, zone
from stores.models import WarehouseCalendar
from stores.models.calendar import WATCH_MINUTES, WATCH_ORDERS

# A warehouse that is shut longer than this has no calendar that helps.
LOOK_BACK = 31
_MIDNIGHT = time(0)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One warehouse: opening hours by weekday (0 is Monday), days off, collections.

    ``hours`` without any day: every hour counts. ``cutoffs``: carrier → weekday → last
    collection; a weekday that is not there has none. ``watch_…``: see the model.
    """

    zone: ZoneInfo = field(default_factory=lambda: zone(DEFAULT))
    hours: Mapping[int, tuple[time, time]] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)
    cutoffs: Mapping[str, Mapping[int, time]] = field(default_factory=dict)
    watch_minutes: int = WATCH_MINUTES
    watch_orders: int = WATCH_ORDERS

    @property
    def is_set(self) -> bool:
        """Whether it limits anything at all."""
        return bool(self.hours or self.holidays or self.cutoffs)

    def span(self, day: date) -> Span | None:
        """When it is open on a day, in UTC; None if it is closed."""
        if day in self.holidays:
            return None
        opens, closes = _MIDNIGHT, _MIDNIGHT
        if self.hours:
            if day.weekday() not in self.hours:
                return None
            opens, closes = self.hours[day.weekday()]
        last = day + timedelta(days=1) if closes == _MIDNIGHT else day
        return self._instant(day, opens), self._instant(last, closes)

    def collections(self, day: date, carrier: str = "") -> list[tuple[datetime, str]]:
        """(last collection in UTC, carrier) of a day, earliest first.

        Of this carrier alone where it has collections on any day, else of all.
        """
        wanted = [carrier] if carrier in self.cutoffs else self.cutoffs
        return sorted(
            (self._instant(day, self.cutoffs[name][day.weekday()]), name)
            for name in wanted
            if day.weekday() in self.cutoffs[name]
        )

    def local(self, at: datetime) -> date:
        """The warehouse's date at an instant."""
        return at.astimezone(self.zone).date()

    def _instant(self, day: date, wall: time) -> datetime:
        """A wall time; the first of two when the clock goes back."""
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBy:
    """The last moment that helps, and what ends it.

    ``carrier``: its last collection does; else ``closing``: the warehouse closes; else
    the deadline itself.
    """

    at: datetime
    carrier: str = ""
    closing: bool = False

    def past(self, now: datetime) -> bool:
        """Whether work no longer helps."""
        return self.at <= now


EVERY_HOUR = Calendar()


def work_by(deadline: datetime, calendar: Calendar, carrier: str = "") -> WorkBy:
    """The last moment at which buying the label still meets ``deadline``.

    It lies in opening hours, before a collection that is itself not after the deadline.
    Of a carrier that is not known ('', or without collections here) the day's earliest
    collection counts: any carrier still takes the parcel then. The deadline itself where
    nothing is configured, or nothing within a month before it counts.
    """
    if not calendar.is_set:
        return WorkBy(at=deadline)
    day = calendar.local(deadline)
    for back in range(LOOK_BACK + 1):
        found = _last_of(day - timedelta(days=back), deadline, calendar, carrier)
        if found is not None:
            return found
    return WorkBy(at=deadline)


def reached(moment: datetime, calendar: Calendar) -> datetime:
    """The latest deadline whose last moment that helps is not after ``moment``.

    To the minute: what has to be done by ``moment`` is what is due at or before it.
    """
    early, late = moment, moment + timedelta(days=LOOK_BACK)
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) / 2
        if work_by(middle, calendar).at <= moment:
            early = middle
        else:
            late = middle
    return early


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether somebody works in the warehouse now."""
    span = calendar.span(calendar.local(at))
    return span is not None and span[0] <= at < span[1]


def open_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much of the time between two instants was opening time."""
    return sum(
        (last - first for first, last in _spans(calendar, start, end)), timedelta()
    )


def _last_of(
    day: date, deadline: datetime, calendar: Calendar, carrier: str
) -> WorkBy | None:
    span = calendar.span(day)
    if span is None or span[0] >= deadline:
        return None
    opens, closes = span
    found = WorkBy(at=min(closes, deadline), closing=closes < deadline)
    if not calendar.cutoffs:
        return found
    for collected, name in calendar.collections(day, carrier):
        if opens < collected <= deadline:
            return (
                WorkBy(at=collected, carrier=name) if collected <= found.at else found
            )
    return None


def _spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    day, last = calendar.local(start), calendar.local(end)
    while day <= last:
        span = calendar.span(day)
        if span is not None and span[0] < end and span[1] > start:
            yield max(span[0], start), min(span[1], end)
        day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendar of each ShipStation account; read once for many questions."""

    own: Mapping[int, Calendar]
    general: Calendar

    @property
    def any_set(self) -> bool:
        """Whether any of them limits anything."""
        return any(each.is_set for each in (self.general, *self.own.values()))

    def of(self, account_id: int | None) -> Calendar:
        """The account's own calendar, or the general one."""
        return self.own.get(account_id or 0, self.general)


def calendars() -> Calendars:
    """All calendars as they are now; four queries."""
    rows = WarehouseCalendar.objects.prefetch_related("hours", "holidays", "cutoffs")
    found = {row.account_id or 0: of_row(row) for row in rows}
    return Calendars(own=found, general=found.pop(0, EVERY_HOUR))


def of_row(row: WarehouseCalendar) -> Calendar:
    """A stored calendar as a value."""
    cutoffs: dict[str, dict[int, time]] = {}
    for cutoff in row.cutoffs.all():
        cutoffs.setdefault(cutoff.carrier, {})[cutoff.weekday] = cutoff.at
    return Calendar(
        zone=zone(row.timezone),
        hours={x.weekday: (x.opens, x.closes) for x in row.hours.all()},
        holidays={x.day: x.name for x in row.holidays.all()},
        cutoffs=cutoffs,
        watch_minutes=row.watch_minutes,
        watch_orders=row.watch_orders,
    )
