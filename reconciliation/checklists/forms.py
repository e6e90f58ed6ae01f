"""The forms of checklists: a definition with its items, a signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from reconciliation.checklists.checks import CHECKS, check_choices
from reconciliation.checklists.defining import MAX_ITEMS, Draft
from reconciliation.checklists.due import WEEKDAYS
from reconciliation.models import Cadence, Checklist

PREFIX = "items"
DATES = 100
_DAYS = list(enumerate(WEEKDAYS))
_ITEM = ("pk", "text", "help", "check_code", "limit", "needs_note")
Row = dict[str, Any]


class ChecklistForm(forms.ModelForm):  # type: ignore[type-arg]
    """A list apart from its items; only the fields of its cadence count."""

    weekdays = forms.TypedMultipleChoiceField(
        label="On which weekdays",
        choices=_DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every day.",
    )
    weekday = forms.TypedChoiceField(label="On which day", choices=_DAYS, coerce=int)
    peak_dates = forms.CharField(
        label="Peak days",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "2026-11-27"}),
        help_text="One date a line, as 2026-11-27. None: the list waits.",
    )

    class Meta:
        model = Checklist
        fields = [
            "name",
            "team",
            "cadence",
            "weekdays",
            "skips_days_off",
            "weekday",
            "days_after",
            "due_time",
            "zone",
            "stores",
            "four_eyes",
        ]
        labels = {
            "cadence": "How often",
            "skips_days_off": "Not when the warehouse is closed",
            "days_after": "Days after the last of the month",
            "due_time": "To be signed by",
            "zone": "Time zone",
            "stores": "About which stores",
            "four_eyes": "A second person has to sign too",
        }
        help_texts = {
            "name": "As people call it, and no other list.",
            "team": "Its people tick and sign; the case goes to them where nobody does.",
            "skips_days_off": "By the calendar of all warehouses. Else a list is missed "
            "on every holiday.",
            "days_after": "0: on the last day itself. The list is about the month that "
            "ended.",
            "due_time": "Past this the team has a case, until somebody signs.",
            "zone": "Days begin and end in it.",
            "stores": "None: all of them, also those that come later.",
            "four_eyes": "The list counts as signed when two have. Nobody is the second "
            "of his own.",
        }
        widgets = {
            "cadence": forms.RadioSelect,
            "due_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
            "stores": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cadence: Any = self.fields["cadence"]
        cadence.choices = Cadence.choices
        days_after: Any = self.fields["days_after"]
        days_after.max_value = 27
        days_after.widget.attrs |= {"min": 0, "max": 27}
        days_after.required = False
        if self.instance.pk:
            self.initial.setdefault("peak_dates", "\n".join(self.instance.dates or ()))
        self.zones = sorted(zone for zone in available_timezones() if "/" in zone)

    def clean_name(self) -> str:
        """Spaces at its ends are not a name."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_days_after(self) -> int:
        """Days that every month has."""
        days = int(self.cleaned_data.get("days_after") or 0)
        if days > 27:
            raise ValidationError(f"{days} days after is another month: up to 27.")
        return days

    def clean_zone(self) -> str:
        """An IANA name."""
        name = str(self.cleaned_data["zone"]).strip()
        if name not in available_timezones():
            raise ValidationError(
                f"'{name}' is no time zone. Choose one from the list, for example "
                "Europe/London."
            )
        return name

    def clean_peak_dates(self) -> list[str]:
        """ISO dates, each once, in order."""
        found: set[date] = set()
        for number, line in enumerate(
            str(self.cleaned_data["peak_dates"]).split("\n"), start=1
        ):
            if not line.strip():
                continue
            try:
                found.add(date.fromisoformat(line.strip()))
            except ValueError:
                raise ValidationError(
                    f"Line {number}: '{line.strip()[:30]}' is no date. Write it as "
                    "2026-11-27."
                ) from None
        if len(found) > DATES:
            raise ValidationError(f"{len(found)} dates: up to {DATES} are kept.")
        return [day.isoformat() for day in sorted(found)]

    def save(self, commit: bool = True) -> Checklist:
        """The list as it is to be stored; only defining.save() stores it."""
        self.instance.dates = self.cleaned_data["peak_dates"]
        self.instance.weekdays = sorted(self.cleaned_data["weekdays"])
        row: Checklist = self.instance
        return row


class ItemForm(forms.Form):
    """One item; a row without a text and a check is left out."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label="What is to be so", max_length=300, required=False)
    check_code = forms.ChoiceField(
        label="Who looks", choices=check_choices, required=False
    )
    limit = forms.IntegerField(
        label="Limit", min_value=0, max_value=99_999, required=False
    )
    needs_note = forms.BooleanField(label="Needs a note", required=False)
    help = forms.CharField(
        label="Help",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """A text for whatever else was filled in; a limit where the check has one."""
        found = super().clean() or self.cleaned_data
        code = found.get("check_code") or ""
        found["text"] = " ".join(str(found.get("text") or "").split())
        if not found["text"] and code:
            found["text"] = CHECKS.get(code).label
        if not found["text"] and (found.get("help") or found.get("needs_note")):
            self.add_error("text", "Say what is to be so, or empty the whole row.")
        if found.get("limit") is not None and not (code and CHECKS.get(code).unit):
            self.add_error(
                "limit",
                "A person has no limit: leave it empty."
                if not code
                else "This check has no limit: leave it empty.",
            )
        return found

    def draft(self) -> Draft | None:
        """The item, or None for an empty row."""
        found = self.cleaned_data
        if not found.get("text"):
            return None
        return Draft(
            pk=found["pk"],
            text=found["text"],
            help=found["help"],
            check_code=found["check_code"],
            limit=found["limit"],
            needs_note=found["needs_note"],
        )


ItemFormSet: Any = forms.formset_factory(
    ItemForm, extra=0, max_num=MAX_ITEMS, absolute_max=MAX_ITEMS
)


def item_forms(
    rows: list[Row] | None = None, data: Mapping[str, Any] | None = None
) -> Any:
    """The items of a form, from stored or typed rows, or bound to what was sent."""
    made = ItemFormSet(data, initial=rows, prefix=PREFIX)
    for number, form in enumerate(made.forms, start=1):
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, item {number}"
    return made


def rows_of(checklist: Checklist) -> list[Row]:
    """The stored items, or some empty rows for a new list."""
    if not checklist.pk:
        return [{} for _ in range(3)]
    return [
        {name: getattr(item, name) for name in _ITEM} for item in checklist.items.all()
    ]


def typed_rows(data: QueryDict) -> list[Row]:
    """What was typed into the items, valid or not, in order."""
    text = data.get(f"{PREFIX}-TOTAL_FORMS", "0")
    total = int(text) if text.isdecimal() and len(text) < 4 else 0
    return [
        {name: data.get(f"{PREFIX}-{number}-{name}", "") for name in _ITEM}
        for number in range(min(total, MAX_ITEMS))
    ]


def rearranged(rows: list[Row], act: str) -> tuple[list[Row], int]:
    """The rows after 'add', 'remove-2', 'up-2' or 'down-2'; and which one it was about.

    Anything else, or a row that is not there, changes nothing.
    """
    name, _, text = act.partition("-")
    at = int(text) if text.isdecimal() and len(text) < 4 else -1
    found = list(rows)
    if name == "add" and len(found) < MAX_ITEMS:
        return [*found, {}], len(found)
    if not 0 <= at < len(found):
        return found, -1
    if name == "remove":
        del found[at]
        return found, min(at, len(found) - 1)
    to = at - 1 if name == "up" else at + 1 if name == "down" else -1
    if not 0 <= to < len(found):
        return found, at
    found[at], found[to] = found[to], found[at]
    return found, to


class SignForm(forms.Form):
    """A name under a list, and what the signer wants to add."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Your name",
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="It stands under the list, beside your account.",
    )
    note = forms.CharField(
        label="Anything to add",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
