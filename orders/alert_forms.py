"""The forms of alerts: a place to send to, a rule, one's own quiet hours."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from orders.alerts import webhook
from orders.exception_kinds import Team, kind_choices
from orders.filters import TEAM_LABELS
from orders.models import AlertRule, AlertTarget, AlertTrigger, AlertWay

SECRET_LENGTH = 16
# Who may be told by role: those with an account and an address.
ROLES = [
    ("ops", "Ops"),
    ("cs", "CS"),
    ("finance", "Finance"),
    ("lead", "Leads"),
    ("admin", "Admins"),
]
WARNINGS = [(60, "1 hour"), (240, "4 hours"), (1440, "24 hours"), (4320, "3 days")]
_TIMED = (AlertTrigger.SHIP_BY, AlertTrigger.DEADLINE)


class QuietForm(forms.ModelForm):  # type: ignore[type-arg]
    """When somebody wants to be left alone, and in which zone they live."""

    class Meta:
        model = AlertTarget
        fields = ["enabled", "quiet_from", "quiet_until", "timezone"]
        labels = {
            "enabled": "Send alerts",
            "quiet_from": "Quiet from",
            "quiet_until": "Quiet until",
            "timezone": "Time zone",
        }
        help_texts = {
            "quiet_until": "In between only what breaches before the quiet ends is told; "
            "the rest comes in one message when it ends.",
            "timezone": "Quiet hours and the times in messages are in it.",
        }
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "timezone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zones = sorted(zone for zone in available_timezones() if "/" in zone)

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
        """Both ends of the quiet or none."""
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (starts is None) != (ends is None):
            missing = "quiet_from" if starts is None else "quiet_until"
            self.add_error(missing, "Give both times, or none for no quiet hours.")
        return cleaned


class TargetForm(QuietForm):
    """A team's mailbox or channel; address and secret are never shown again."""

    way = forms.ChoiceField(label="How", choices=AlertWay.choices)
    new_address = forms.CharField(
        label="Address",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    new_secret = forms.CharField(
        label="Signing secret",
        required=False,
        min_length=SECRET_LENGTH,
        max_length=200,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 16 characters, for webhooks of your own: each message is "
        "then signed in the header X-Shipsync-Signature, t=<seconds>,v1=<HMAC-SHA256 of "
        "'<seconds>.<body>'>. Slack and Teams need none: their address is the secret.",
    )

    class Meta(QuietForm.Meta):
        fields = ["name", "way", *QuietForm.Meta.fields]
        labels = {**QuietForm.Meta.labels, "name": "Name"}
        help_texts = {
            **QuietForm.Meta.help_texts,
            "name": "As people call it: 'Ops channel'.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = " Kept sealed; leave empty to keep the one that is set."
        self.fields["new_address"].help_text = (
            "A mail address, or the https address that Slack, Teams or your own system "
            "gave out for it." + (kept if self.instance.address else "")
        )
        if self.instance.secret:
            self.fields[
                "new_secret"
            ].help_text = f"{self.fields['new_secret'].help_text}{kept}"

    def clean_name(self) -> str:
        """Two places of one name could not be told apart in a rule."""
        name = str(self.cleaned_data["name"]).strip()
        places = AlertTarget.objects.filter(user=None, name=name)
        if places.exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"There is a place called '{name}' already.")
        return name

    def clean(self) -> dict[str, Any]:
        """An address that fits the way; a new way wants a new address."""
        cleaned = super().clean()
        way = cleaned.get("way", "")
        address = str(cleaned.get("new_address") or "").strip()
        if not address:
            if not self.instance.address or way != self.instance.way:
                self.add_error("new_address", "Where to? Enter the address.")
            return cleaned
        try:
            if way == AlertWay.MAIL:
                validate_email(address)
            else:
                webhook.check_url(address)
        except ValidationError as error:
            self.add_error("new_address", error)
        return cleaned

    def save(self, commit: bool = True) -> AlertTarget:
        """Keep what was entered; what was left empty stays."""
        target: AlertTarget = super().save(commit=False)
        if self.cleaned_data["new_address"]:
            target.address = self.cleaned_data["new_address"].strip()
        if self.cleaned_data["new_secret"]:
            target.secret = self.cleaned_data["new_secret"]
        if commit:
            target.save()
        return target


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """What sets it off, who is told, and whether only what stands is told."""

    who = forms.ChoiceField(
        label="Who is told",
        help_text="A role: each of its members with an address, at their own. Members "
        "may switch it off for themselves.",
    )

    class Meta:
        model = AlertRule
        fields = [
            *("trigger", "minutes", "count", "team", "kind", "store", "delay"),
            "enabled",
        ]
        labels = {
            "trigger": "When",
            "minutes": "How long before",
            "count": "Grown by",
            "team": "Team",
            "kind": "Kind of case",
            "store": "Store",
            "delay": "Only what has stood for (minutes)",
            "enabled": "Switched on",
        }
        help_texts = {
            "minutes": "Counts for orders near their ship-by and cases near their "
            "deadline.",
            "count": "Cases more than an hour before; counts for a queue that grows.",
            "delay": "0 tells at once. 30 makes it an escalation: told is what still "
            "stands half an hour later.",
            "team": "Not asked of orders and stores.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"] = forms.TypedChoiceField(
            label=self.fields["minutes"].label,
            help_text=self.fields["minutes"].help_text,
            coerce=int,
            empty_value="",
            required=False,
            choices=[("", "Does not count"), *WARNINGS],
        )
        teams = [(team.value, TEAM_LABELS[team]) for team in Team]
        kinds = sorted(kind_choices(), key=lambda row: row[1])
        for name, every, choices in (
            ("team", "All teams", teams),
            ("kind", "All kinds", kinds),
        ):
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                required=False,
                choices=[("", every), *choices],
            )
        self.fields["store"].empty_label = "All stores"  # type: ignore[attr-defined]
        self.fields["count"].required = self.fields["delay"].required = False
        places = AlertTarget.objects.filter(user=None).order_by("name")
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            ("Roles", [(f"role:{code}", label) for code, label in ROLES]),
            ("Places", [(f"place:{row.pk}", row.name) for row in places]),
        ]
        if self.instance.pk:
            rule = self.instance
            self.initial["who"] = (
                f"role:{rule.role}" if rule.role else f"place:{rule.target_id}"
            )

    def clean_count(self) -> int:
        """Empty is 0."""
        return self.cleaned_data["count"] or 0

    def clean_delay(self) -> int:
        """Empty is 0; at most a week."""
        delay: int = self.cleaned_data["delay"] or 0
        if delay > 7 * 24 * 60:
            raise ValidationError("At most 10080 minutes, a week.")
        return delay

    def clean(self) -> dict[str, Any]:
        """Each trigger has the figure that it needs."""
        cleaned = super().clean() or self.cleaned_data
        trigger = cleaned.get("trigger")
        if trigger in _TIMED and not cleaned.get("minutes"):
            self.add_error("minutes", "How long before? Choose one.")
        if trigger == AlertTrigger.GROWTH and not cleaned.get("count"):
            self.add_error("count", "By how many cases within an hour? At least 1.")
        if trigger not in _TIMED or not cleaned.get("minutes"):
            cleaned["minutes"] = 0
        if trigger != AlertTrigger.GROWTH:
            cleaned["count"] = 0
        kind, _, key = str(cleaned.get("who", "")).partition(":")
        self.instance.role = key if kind == "role" else ""
        self.instance.target_id = int(key) if kind == "place" else None
        return cleaned
