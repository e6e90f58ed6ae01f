"""Forms of reconciliation's own settings."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.auth.models import User

from reconciliation.exports import folder
from reconciliation.exports.registry import REPORTS, allowed
from reconciliation.exports.schedules import next_time
from reconciliation.models import ExportSchedule
from shipsync_site.lib import clock

DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
MAIL, FOLDER = "mail", "folder"


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which report goes where, and when."""

    report = forms.ChoiceField(label="Report")
    query = forms.CharField(
        label="Filters",
        required=False,
        max_length=1000,
        help_text="What stands behind the '?' in the address of the list, such as "
        "store=amazon-uk&days=2. Empty: the list as it opens.",
    )
    weekday = forms.TypedChoiceField(
        label="Every",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Day"), *enumerate(DAYS)],
    )
    hour = forms.TypedChoiceField(
        label="At", coerce=int, choices=[(x, f"{x:02d}:00") for x in range(24)]
    )
    way = forms.ChoiceField(
        label="Send it",
        choices=[(MAIL, "by mail"), (FOLDER, "to a folder of the server")],
        widget=forms.RadioSelect,
        initial=MAIL,
    )

    class Meta:
        model = ExportSchedule
        fields = [
            "report",
            "name",
            "query",
            "weekday",
            "hour",
            "zone",
            "way",
            "mail",
            "folder",
            "bom",
            "active",
        ]
        labels = {
            "name": "Name",
            "zone": "Zone",
            "mail": "Mail to",
            "folder": "Folder",
            "bom": "With the mark that Excel needs",
            "active": "Send it",
        }
        help_texts = {
            "name": "The subject of the mail, and the name in the log.",
            "mail": "One address. A file of up to 5 MB is attached, of a longer one a "
            "link is sent. No report with buyers' data can be sent by itself.",
            "folder": "Below the folder that the installation sets aside for exports.",
            "bom": "Leave it out where a program reads the file.",
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        found = [(x.code, x.label) for x in allowed(user) if x.alone]
        self.fields["report"].choices = found  # type: ignore[attr-defined]
        to_folder = self.instance.folder and not self.instance.mail
        if to_folder or not (self.instance.pk or settings.EMAIL_IS_SET):
            self.fields["way"].initial = FOLDER

    def clean_zone(self) -> str:
        """A zone that there is."""
        name = str(self.cleaned_data["zone"]).strip()
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise forms.ValidationError(
                f"{name}: there is no such zone; write it as Europe/London."
            ) from None
        return name

    def clean_query(self) -> str:
        """Without the '?', as in an address."""
        return str(self.cleaned_data["query"]).strip().lstrip("?")

    def clean(self) -> dict[str, Any]:
        """One way out of the house, and one that there is."""
        found = super().clean() or {}
        if found.get("way") == FOLDER:
            found["mail"] = ""
            try:
                folder.below_root(found.get("folder") or "")
            except folder.FolderError as error:
                self.add_error("folder", str(error))
        else:
            found["folder"] = ""
            if not found.get("mail"):
                self.add_error("mail", "Say to whom it is mailed.")
            elif not settings.EMAIL_IS_SET:
                self.add_error("mail", "No mail can be sent: EMAIL_URL is not set.")
        return found

    def keep(self) -> ExportSchedule:
        """Store it as this person's, with the next time that it is sent."""
        schedule: ExportSchedule = self.save(commit=False)
        schedule.owner = self.user
        schedule.mail, schedule.folder = (
            self.cleaned_data["mail"],
            self.cleaned_data["folder"],
        )
        schedule.next_at = next_time(schedule, clock.now())
        schedule.last_problem = ""
        schedule.save()
        return schedule


def report_label(code: str) -> str:
    """What a schedule's report is called."""
    return REPORTS.get(code).label if code in REPORTS else f"{code} (no longer there)"
