"""What people type on a case: a reason, a note, a colleague's name."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q

from orders.exception_kinds import Team


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
