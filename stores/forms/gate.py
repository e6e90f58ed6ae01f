"""Forms of the gate: a person's word, the checklist, the moment of a step."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from stores.models import Store
from stores.statements import CHECKLIST, CHECKLIST_LINES, Subject

_NOTE_HELP = "Kept with your name and the time."


class StatementForm(forms.Form):
    """One answer to one subject, and what was seen."""

    value = forms.ChoiceField(widget=forms.RadioSelect)
    note = forms.CharField(
        max_length=300,
        required=False,
        label="What you saw",
        help_text=_NOTE_HELP,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["value"]
        field.label = subject.question
        field.choices = [(x.code, x.label) for x in subject.answers]  # type: ignore[attr-defined]


class ChecklistForm(forms.Form):
    """Every line of the checklist, ticked one by one, and a note."""

    note = forms.CharField(
        max_length=300,
        required=False,
        label="Note",
        help_text=_NOTE_HELP,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = {
            f"line_{number}": forms.BooleanField(
                label=line,
                error_messages={"required": "Not ticked: see to it first."},
            )
            for number, line in enumerate(CHECKLIST_LINES, start=1)
        }
        self.fields = {**lines, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Signed where every line is ticked."""
        cleaned = super().clean() or self.cleaned_data
        return {**cleaned, "value": CHECKLIST.answers[0].code}


class MomentForm(forms.Form):
    """From when on; empty is now. Times are the store's own."""

    moment = forms.DateTimeField(
        required=False,
        label="From",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(
        self, *args: Any, store: Store, fresh: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(store.timezone)
        empty = "all open orders" if fresh else "now"
        self.fields["moment"].help_text = f"Empty: {empty}. Time in {store.timezone}."

    def clean_moment(self) -> datetime | None:
        """The same wall-clock time in the store's zone."""
        moment: datetime | None = self.cleaned_data["moment"]
        return None if moment is None else moment.replace(tzinfo=self.zone)
