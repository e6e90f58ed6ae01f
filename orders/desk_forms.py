"""What people type at the desk: until when a case is put off, a tag, a view's name."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from django import forms
from django.utils import timezone

from orders.forms import VersionForm
from orders.models import Snooze


class SnoozeForm(VersionForm):
    """Until when, and why; ``until`` is read in the person's zone."""

    rule = forms.ChoiceField(
        label="Until",
        choices=Snooze.choices,
        widget=forms.RadioSelect,
        initial=Snooze.SHIP_BY,
        error_messages={"required": "Say until when it is put off."},
    )
    until = forms.DateTimeField(
        label="Time",
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        help_text="For ‘At a time’ alone.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What you wait for; whoever finds it put off reads this.",
    )

    def __init__(self, *args: Any, zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean_until(self) -> datetime | None:
        """The time as it was meant: on the person's own clock."""
        until: datetime | None = self.cleaned_data["until"]
        if until is None:
            return None
        return timezone.make_naive(until).replace(tzinfo=self.zone)


class ViewForm(forms.Form):
    """A name for the filters of a queue."""

    name = forms.CharField(max_length=60, label="Name")
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    shared = forms.BooleanField(required=False, label="Everybody sees it")
