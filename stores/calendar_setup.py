"""Changing a warehouse's calendar: what it says line by line, before and after, and who."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time

import holidays
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from shipsync_site.lib.zones import DEFAULT
from stores.calendars import Calendar, of_row
from stores.models import (
    CarrierCutoff,
    Holiday,
    ShipStationAccount,
    Store,
    WarehouseCalendar,
    WorkingHours,
)
from stores.rules_changed import announce
from stores.setup import Change, log_change

WEEKDAYS = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)


class StaleCalendarError(Exception):
    """Somebody else saved it in the meantime."""


def find_row(account: ShipStationAccount | None) -> WarehouseCalendar | None:
    """The stored calendar of an account, or the general one; None if there is none."""
    return WarehouseCalendar.objects.filter(account=account).first()


def described(calendar: Calendar) -> dict[str, str]:
    """What a calendar says, a line each."""
    lines = {"Time zone": calendar.zone.key}
    for number, name in enumerate(WEEKDAYS):
        lines[name] = _hours(calendar, number)
    for carrier, times in sorted(calendar.cutoffs.items()):
        lines[f"{carrier} collects"] = ", ".join(
            f"{WEEKDAYS[day][:3]} {at:%H:%M}" for day, at in sorted(times.items())
        )
    for day, name in sorted(calendar.holidays.items()):
        lines[f"{WEEKDAYS[day.weekday()][:3]} {day.day} {day:%b %Y}"] = (
            f"closed: {name}"
        )
    lines["A carrier is in trouble"] = (
        f"{calendar.watch_orders} due orders and no label for "
        f"{calendar.watch_minutes} min"
        if calendar.watch_minutes
        else "never"
    )
    return lines


def changes(before: Calendar, after: Calendar) -> list[Change]:
    """The lines that differ; '–' where one was not there."""
    old, new = described(before), described(after)
    return [
        Change(label=label, before=old.get(label, "–"), after=new.get(label, "–"))
        for label in (*old, *(label for label in new if label not in old))
        if old.get(label) != new.get(label)
    ]


def save(
    account: ShipStationAccount | None,
    calendar: Calendar,
    *,
    version: int,
    user: AbstractBaseUser,
) -> list[Change]:
    """Put a calendar in force; what changed, which is logged with the person.

    ``version`` is the one that was looked at, 0 where there was none. Raises
    StaleCalendarError when another was saved since.
    """
    with transaction.atomic():
        row, created = WarehouseCalendar.objects.select_for_update().get_or_create(
            account=account, defaults={"timezone": DEFAULT, "version": 0}
        )
        if row.version != version:
            raise StaleCalendarError
        made = changes(Calendar() if created else of_row(row), calendar)
        row.timezone, row.version = calendar.zone.key, version + 1
        row.watch_minutes, row.watch_orders = (
            calendar.watch_minutes,
            calendar.watch_orders,
        )
        row.save()
        _write(row, calendar)
        told = "; ".join(f"{x.label}: {x.before} → {x.after}" for x in made)
        log_change(row, told or "Saved as it was.", user)
        _announce(account)
    return made


def make_own(account: ShipStationAccount, user: AbstractBaseUser) -> None:
    """Give an account a calendar of its own: at first a copy of the general one."""
    general = find_row(None)
    save(account, of_row(general) if general else Calendar(), version=0, user=user)


def drop_own(account: ShipStationAccount, user: AbstractBaseUser) -> None:
    """Let an account go by the general calendar again."""
    with transaction.atomic():
        WarehouseCalendar.objects.filter(account=account).delete()
        log_change(account, "Goes by the calendar of all warehouses again.", user)
        _announce(account)


def _announce(account: ShipStationAccount | None) -> None:
    """Have open orders looked at again: until when work on them helps may be another."""
    stores = Store.objects.values_list("pk", flat=True)
    announce(
        stores.filter(shipstation_account=account) if account else stores, payload=False
    )


def public_holidays(place: str, year: int) -> dict[date, str]:
    """The public holidays of 'GB' or 'GB-ENG' in a year; {} for an unknown place."""
    country, _, part = place.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year)
    except NotImplementedError:
        return {}
    return dict(sorted(found.items()))


def with_holidays(calendar: Calendar, more: dict[date, str]) -> Calendar:
    """The calendar with more days off; a day that is named already keeps its name."""
    return replace(calendar, holidays={**more, **calendar.holidays})


def _hours(calendar: Calendar, weekday: int) -> str:
    if not calendar.hours:
        return "all day"
    if weekday not in calendar.hours:
        return "closed"
    opens, closes = calendar.hours[weekday]
    return f"{opens:%H:%M} to {'24:00' if closes == time(0) else f'{closes:%H:%M}'}"


def _write(row: WarehouseCalendar, calendar: Calendar) -> None:
    rows: tuple[tuple[type, Iterable[object]], ...] = (
        (
            WorkingHours,
            (
                WorkingHours(calendar=row, weekday=day, opens=opens, closes=closes)
                for day, (opens, closes) in calendar.hours.items()
            ),
        ),
        (
            Holiday,
            (
                Holiday(calendar=row, day=day, name=name)
                for day, name in calendar.holidays.items()
            ),
        ),
        (
            CarrierCutoff,
            (
                CarrierCutoff(calendar=row, carrier=carrier, weekday=day, at=at)
                for carrier, times in calendar.cutoffs.items()
                for day, at in times.items()
            ),
        ),
    )
    for model, wanted in rows:
        model.objects.filter(calendar=row).delete()  # type: ignore[attr-defined]
        model.objects.bulk_create(wanted)  # type: ignore[attr-defined]
