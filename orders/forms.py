"""What people type on a case: a reason, a note, a colleague's name."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q

from orders.exception_kinds import Team

BULK_LIMIT = 100


class VersionForm(forms.Form):
    """Every act names the version of the case that the person looked at."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ResolveForm(VersionForm):
    """A way out and, where it needs one, the reason."""

    resolution = forms.SlugField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Reason",
    )
    target = forms.CharField(required=False, max_length=40)
    choice = forms.CharField(required=False, max_length=100)


class NoteForm(forms.Form):
    """A note for whoever looks next; ``version``: the case as its writer saw it."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    text = forms.CharField(
        max_length=4000,
        label="Note",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Seen by everybody who opens this case or its order.",
    )


class AssignForm(VersionForm):
    """Who shall have the case; nobody puts it back into the queue."""

    to = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        label="Owner",
    )

    def __init__(self, *args: Any, team: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose(colleagues(team))

    def include(self, user_id: int) -> None:
        """Let this person be chosen whatever their group."""
        self._choose(get_user_model().objects.filter(pk=user_id))

    def _choose(self, people: Any) -> None:
        cast("forms.ModelChoiceField[Any]", self.fields["to"]).queryset = people


class HandOverForm(VersionForm):
    """Which team's queue the case goes to."""

    team = forms.ChoiceField(choices=[(team.value, team.value) for team in Team])


class BulkForm(forms.Form):
    """An act and the rows that it is for, each as 'case:version'."""

    WORDS: ClassVar[dict[str, str]] = {
        "take": "Take",
        "put_back": "Put back",
        "give": "Give",
        "hand_over": "Hand over",
        "retry": "Try again",
        "resolve": "Resolve",
    }
    act = forms.ChoiceField(
        choices=list(WORDS.items()),
        error_messages={"required": "Choose what to do with them."},
    )
    row = forms.MultipleChoiceField(
        error_messages={"required": "No case was chosen: tick the rows first."}
    )
    to = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    team = forms.ChoiceField(
        choices=[(team.value, team.value) for team in Team], required=False
    )
    resolution = forms.SlugField(max_length=40, required=False)
    reason = forms.CharField(max_length=2000, required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        people = get_user_model().objects.filter(is_active=True)
        cast("forms.ModelChoiceField[Any]", self.fields["to"]).queryset = people
        # Any text may stand there: it is read below.
        self.fields["row"].valid_value = lambda _text: True  # type: ignore[attr-defined]

    def clean_row(self) -> dict[int, int]:
        """Case key → the version that the person saw."""
        found = {}
        for text in self.cleaned_data["row"]:
            case, _, version = str(text).partition(":")
            if not (case.isdecimal() and version.isdecimal() and len(case) < 19):
                raise forms.ValidationError("A row could not be read: load the list.")
            found[int(case)] = int(version[:9])
        if len(found) > BULK_LIMIT:
            raise forms.ValidationError(
                f"{len(found)} rows are too many at once: up to {BULK_LIMIT}."
            )
        return found


def colleagues(team: str) -> Any:
    """Active people who work the team's cases: its group, leads and superusers."""
    return (
        get_user_model()
        .objects.filter(
            Q(groups__name__in=(team, "lead", "admin")) | Q(is_superuser=True),
            is_active=True,
        )
        .distinct()
        .order_by("username")
    )
