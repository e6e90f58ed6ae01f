"""Which act, on which cases: the ticked rows of a list, or all that it matches."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import QueryDict

from orders.bulk.acts import PUT_OFF, WORDS, Act, put_off
from orders.bulk.endings import ways
from orders.case_filters import CaseFilter
from orders.exception_kinds import KINDS, Team
from orders.models import OrderException
from shipsync_site.lib import clock

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
    tag = forms.CharField(max_length=30, required=False)
    put_off = forms.ChoiceField(choices=list(PUT_OFF.items()), required=False)
    wait_reason = forms.CharField(max_length=300, required=False)

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
        if values.get("act") == "tag" and not values.get("tag"):
            raise forms.ValidationError("Type the tag.")
        if values.get("act") == "snooze" and not (
            values.get("put_off") and values.get("wait_reason", "").strip()
        ):
            raise forms.ValidationError(
                "Say until when they are put off, and what you wait for."
            )
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
        name, label = values["act"], WORDS[values["act"]]
        if name == "give":
            person = values["to"]
            return Act(name=name, label=f"Give to {person}", to=person.pk)
        if name == "hand_over":
            team = values["team"]
            return Act(name=name, label=f"Hand over to {Team(team).label}", team=team)
        if name == "tag":
            tag = " ".join(values["tag"].lower().split())
            return Act(name=name, label=f"Tag as ‘{tag}’", tag=tag)
        if name == "snooze":
            reason = values["wait_reason"].strip()
            return put_off(values["put_off"], reason, clock.now())
        reason = values["reason"].strip()
        if name == "resolve":
            code = values["resolution"]
            label = f"Resolve as ‘{_label(code)}’"
            return Act(name=name, label=label, resolution=code, reason=reason)
        return Act(name=name, label=label, reason=reason)


def _label(resolution: str) -> str:
    """What a way out is called by the first kind that has it."""
    for kind in KINDS:
        for way in ways(kind.code):
            if way.code == resolution:
                return way.label
    return resolution
