"""Which act, on which cases: the ticked rows of a list, or all that it matches."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import QueryDict

from orders.bulk.acts import WORDS, Act
from orders.bulk.deeds import ways
from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, Team
from orders.models import OrderException

# A page of a list has fewer; more are chosen by 'all that match'.
MOST_TICKED = 200


class BulkForm(forms.Form):
    """An act and its cases: of the list ``query`` the rows ('case:version') and the
    causes (``group``) that were ticked, or ``all`` that it has."""

    act = forms.ChoiceField(
        choices=list(WORDS.items()),
        error_messages={"required": "Choose what to do with them."},
    )
    row = forms.MultipleChoiceField(required=False)
    group = forms.MultipleChoiceField(required=False)
    all = forms.BooleanField(required=False)
    query = forms.CharField(max_length=1000, required=False)
    to = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    team = forms.ChoiceField(
        choices=[(team.value, team.label) for team in Team], required=False
    )
    resolution = forms.SlugField(max_length=40, required=False)
    reason = forms.CharField(max_length=2000, required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        people = get_user_model().objects.filter(is_active=True)
        cast("forms.ModelChoiceField[Any]", self.fields["to"]).queryset = people
        # Any text may stand there: it is read below.
        for name in ("row", "group"):
            self.fields[name].valid_value = lambda _text: True  # type: ignore[attr-defined]

    def clean_row(self) -> dict[int, int]:
        """Case key → the version that the person saw."""
        found = {}
        for text in self.cleaned_data["row"]:
            case, _, version = str(text).partition(":")
            if not (case.isdecimal() and version.isdecimal() and len(case) < 19):
                raise forms.ValidationError("A row could not be read: load the list.")
            found[int(case)] = int(version[:9])
        if len(found) > MOST_TICKED:
            raise forms.ValidationError(
                f"{len(found)} rows are too many to tick: up to {MOST_TICKED}. Choose "
                "all that match instead."
            )
        return found

    def clean_group(self) -> list[int]:
        """The keys of the causes."""
        found = self.cleaned_data["group"]
        if not all(text.isdecimal() and len(text) < 19 for text in found):
            raise forms.ValidationError("A cause could not be read: load the list.")
        return [int(text) for text in found]

    def clean(self) -> dict[str, Any]:
        """Something must be chosen, and what goes with the act."""
        values = self.cleaned_data
        chosen = any(values.get(name) for name in ("all", "row", "group"))
        if not chosen and not self.errors:
            raise forms.ValidationError("No case was chosen: tick the rows first.")
        if values.get("act") == "give" and not values.get("to"):
            raise forms.ValidationError("Choose whom to give them to.")
        if values.get("act") == "hand_over" and not values.get("team"):
            raise forms.ValidationError("Choose the team that they go to.")
        if values.get("act") == "resolve" and not values.get("resolution"):
            raise forms.ValidationError("Choose how they are resolved.")
        return values

    @property
    def ticked(self) -> bool:
        """Whether each case stood on the page and was ticked there."""
        values = self.cleaned_data
        return not values["all"] and not values["group"]

    @property
    def versions(self) -> dict[int, int]:
        """The ticked rows, as the person saw them."""
        found: dict[int, int] = self.cleaned_data["row"]
        return {} if self.cleaned_data["all"] else found

    def cases(self, user_id: int) -> QuerySet[OrderException]:
        """The cases that are meant."""
        rows, values = OrderException.objects.all(), self.cleaned_data
        if self.ticked:
            return rows.filter(pk__in=values["row"])
        listed = CaseFilter(QueryDict(values["query"])).narrow(rows, user_id)
        if values["all"]:
            return listed
        ticked = Q(group__in=values["group"]) | Q(pk__in=values["row"])
        return listed.filter(ticked)

    def chosen(self) -> Act:
        """What is to be done with them."""
        values = self.cleaned_data
        person = values["to"] if values["act"] == "give" else None
        label = WORDS[values["act"]]
        if person is not None:
            label = f"Give to {person.get_username()}"
        elif values["act"] == "hand_over":
            label = f"Hand over to {Team(values['team']).label}"
        elif values["act"] == "resolve":
            label = f"Resolve as '{_label(values['resolution'])}'"
        return Act(
            name=values["act"],
            label=label,
            to=person.pk if person is not None else None,
            team=values["team"] if values["act"] == "hand_over" else "",
            resolution=values["resolution"] if values["act"] == "resolve" else "",
            reason=values["reason"].strip(),
        )


def _label(resolution: str) -> str:
    """What a way out is called by the first kind that has it."""
    for kind in KINDS:
        for way in ways(kind.code):
            if way.code == resolution:
                return way.label
    return resolution
