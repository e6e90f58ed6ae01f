"""The forms of a warehouse's calendar: its week, its collections, its days off."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError

from stores.calendar_setup import WEEKDAYS
from stores.calendars import Calendar

_MIDNIGHT = time(0)
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[\s,;:]*(.*)")
MOST_HOLIDAYS = 200


def _time_field(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )


class CalendarForm(forms.Form):
    """One part of a calendar; ``applied`` is the whole with that part changed."""

    part: str

    def __init__(self, *args: Any, calendar: Calendar, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"id_{self.part}_%s", **kwargs})
        self.calendar = calendar

    def applied(self) -> Calendar:
        """The calendar as it would be."""
        raise NotImplementedError


class WeekForm(CalendarForm):
    """Zone and opening hours; a day without times is closed."""

    part = "week"

    timezone = forms.CharField(
        label="Time zone of the warehouse",
        help_text="All times of this calendar are read in it, for example Europe/London.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zones = sorted(zone for zone in available_timezones() if "/" in zone)
        self.initial["timezone"] = self.calendar.zone.key
        for number, name in enumerate(WEEKDAYS):
            self.fields[f"opens_{number}"] = _time_field(f"{name}: opens")
            self.fields[f"closes_{number}"] = _time_field(f"{name}: closes")
            if number in self.calendar.hours:
                opens, closes = self.calendar.hours[number]
                self.initial[f"opens_{number}"] = opens
                self.initial[f"closes_{number}"] = closes

    def days(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """Each weekday with its two fields, by column."""
        return [
            (
                name,
                [
                    ("Opens", self[f"opens_{number}"]),
                    ("Closes", self[f"closes_{number}"]),
                ],
            )
            for number, name in enumerate(WEEKDAYS)
        ]

    def clean_timezone(self) -> str:
        """An IANA name."""
        name = str(self.cleaned_data["timezone"]).strip()
        if name not in available_timezones():
            raise ValidationError(
                f"'{name}' is no time zone. Choose one from the list, for example "
                "Europe/London."
            )
        return name

    def clean(self) -> dict[str, Any]:
        """Both times of a day or none, and the later one last."""
        cleaned = super().clean() or self.cleaned_data
        for number, name in enumerate(WEEKDAYS):
            opens = cleaned.get(f"opens_{number}")
            closes = cleaned.get(f"closes_{number}")
            if (opens is None) != (closes is None):
                missing = "opens" if opens is None else "closes"
                self.add_error(
                    f"{missing}_{number}",
                    f"When does {name} {'begin' if opens is None else 'end'}? Leave both "
                    "empty for a closed day.",
                )
            elif opens is not None and closes is not None:
                if closes <= opens and closes != _MIDNIGHT:
                    self.add_error(
                        f"closes_{number}",
                        f"{closes:%H:%M} is not after {opens:%H:%M}. A night shift ends "
                        "at 00:00 and goes on as the next day.",
                    )
        return cleaned

    def applied(self) -> Calendar:
        """With this week."""
        cleaned = self.cleaned_data
        return replace(
            self.calendar,
            zone=ZoneInfo(cleaned["timezone"]),
            hours={
                number: (cleaned[f"opens_{number}"], cleaned[f"closes_{number}"])
                for number in range(len(WEEKDAYS))
                if cleaned[f"opens_{number}"] is not None
            },
        )


class CollectionsForm(CalendarForm):
    """A row per carrier with its last collection of each weekday, and an empty one."""

    part = "collections"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = [*sorted(self.calendar.cutoffs), ""]
        for index, carrier in enumerate(self.known):
            self.fields[f"carrier_{index}"] = forms.CharField(
                label="Carrier" if carrier else "Another carrier",
                max_length=60,
                required=False,
                initial=carrier,
                widget=forms.TextInput(
                    attrs={"list": "carriers", "autocomplete": "off"}
                ),
            )
            times = self.calendar.cutoffs.get(carrier, {})
            for number, name in enumerate(WEEKDAYS):
                field = _time_field(f"{carrier or 'Another carrier'}, {name}")
                field.initial = times.get(number)
                self.fields[f"at_{index}_{number}"] = field

    def rows(
        self,
    ) -> list[tuple[forms.BoundField, list[tuple[str, forms.BoundField]]]]:
        """Each carrier's field with those of its weekdays."""
        return [
            (
                self[f"carrier_{index}"],
                [
                    (name, self[f"at_{index}_{number}"])
                    for number, name in enumerate(WEEKDAYS)
                ],
            )
            for index in range(len(self.known))
        ]

    def clean(self) -> dict[str, Any]:
        """A carrier stands once; times belong to one that is named."""
        cleaned = super().clean() or self.cleaned_data
        seen: set[str] = set()
        for index in range(len(self.known)):
            name = f"carrier_{index}"
            carrier = str(cleaned.get(name) or "").strip()
            if carrier and carrier in seen:
                self.add_error(name, f"{carrier} stands above already.")
            elif not carrier and self._times(cleaned, index):
                self.add_error(name, "Which carrier collects then?")
            elif carrier and index == len(self.known) - 1:
                if not self._times(cleaned, index):
                    self.add_error(
                        name, f"On which weekday does {carrier} collect, until when?"
                    )
            seen.add(carrier)
        return cleaned

    def applied(self) -> Calendar:
        """With these collections; a carrier without any is left out."""
        found = {
            str(self.cleaned_data[f"carrier_{index}"]).strip(): self._times(
                self.cleaned_data, index
            )
            for index in range(len(self.known))
        }
        return replace(
            self.calendar,
            cutoffs={carrier: times for carrier, times in found.items() if times},
        )

    @staticmethod
    def _times(cleaned: dict[str, Any], index: int) -> dict[int, time]:
        found = {
            number: cleaned.get(f"at_{index}_{number}")
            for number in range(len(WEEKDAYS))
        }
        return {number: at for number, at in found.items() if at is not None}


class HolidaysForm(CalendarForm):
    """Days off, a line each: the date, then what it is."""

    part = "holidays"

    days = forms.CharField(
        label="Days on which nothing is packed or collected",
        required=False,
        help_text="One a line, the date first: 2026-12-25 Christmas Day. A pasted list "
        "with commas is taken too.",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault(
            "days",
            "\n".join(
                f"{day} {name}" for day, name in sorted(self.calendar.holidays.items())
            ),
        )

    def clean_days(self) -> dict[date, str]:
        """Dates with names; the line that can't be read is named."""
        found: dict[date, str] = {}
        lines = str(self.cleaned_data["days"]).splitlines()
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            match = _LINE.fullmatch(line.strip())
            try:
                day = date.fromisoformat(match[1]) if match else None
            except ValueError:
                day = None
            if match is None or day is None:
                raise ValidationError(
                    f"Line {number}, '{line.strip()[:60]}', does not begin with a date "
                    "such as 2026-12-25."
                )
            if day in found:
                raise ValidationError(f"Line {number}: {day} stands above already.")
            found[day] = match[2].strip()[:100] or "Closed"
        if len(found) > MOST_HOLIDAYS:
            raise ValidationError(
                f"{len(found)} days are more than {MOST_HOLIDAYS}: leave out past years."
            )
        return found

    def applied(self) -> Calendar:
        """With these days off."""
        return replace(self.calendar, holidays=self.cleaned_data["days"])


class WatchForm(CalendarForm):
    """When a carrier counts as in trouble."""

    part = "watch"

    minutes = forms.IntegerField(
        label="No label for (minutes of opening time)",
        min_value=0,
        max_value=1440,
        help_text="0 switches it off. Only while labels of other carriers are bought.",
    )
    orders = forms.IntegerField(
        label="Due orders that wait for it",
        min_value=1,
        max_value=10_000,
        help_text="At least so many, to be packed within 24 hours. Fewer may be a slow "
        "hour.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["minutes"] = self.calendar.watch_minutes
        self.initial["orders"] = self.calendar.watch_orders

    def applied(self) -> Calendar:
        """With these figures."""
        return replace(
            self.calendar,
            watch_minutes=self.cleaned_data["minutes"],
            watch_orders=self.cleaned_data["orders"],
        )


FORMS: dict[str, type[CalendarForm]] = {
    form.part: form for form in (WeekForm, CollectionsForm, HolidaysForm, WatchForm)
}
