"""What the queues can be narrowed by and sorted by; every value lives in the URL."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from orders.exception_kinds import KINDS, Team, kind_choices
from orders.filters import ANY, DUE_CHOICES, TEAM_LABELS, WINDOWS, UrlFilter
from orders.models import CaseState, OrderException
from shipsync_site.lib import clock
from stores.connectors import CONNECTORS
from stores.models import Store

# Whose move it is, beside the marketplaces themselves.
_SYSTEMS = (
    ("you", "You"),
    ("us", "shipsync"),
    ("shipstation", "ShipStation"),
    ("carrier", "Carrier"),
)
# Order in the URL → (field, newest first).
_SORTS = {
    "deadline": ("deadline", False),
    "oldest": ("opened_at", False),
    "newest": ("opened_at", True),
    "resolved": ("resolved_at", True),
}
_SORT_LABELS = {
    "deadline": "Next deadline first",
    "oldest": "Longest open first",
    "newest": "Newest first",
    "resolved": "Last resolved first",
}
_PERSON = "@"


class CaseFilter(UrlFilter):
    """The cases list: whose, which, by when. Unknown values show nothing."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label="Text or order",
        widget=forms.TextInput(attrs={"placeholder": "Order number or words"}),
    )
    kind = forms.ChoiceField(required=False, label="Kind")
    store = forms.ChoiceField(required=False, label="Store")
    marketplace = forms.ChoiceField(required=False, label="Marketplace")
    system = forms.ChoiceField(required=False, label="Waits for")
    owner = forms.ChoiceField(required=False, label="Who")
    due = forms.ChoiceField(required=False, label="Deadline", choices=DUE_CHOICES)
    state = forms.ChoiceField(
        required=False,
        label="State",
        choices=[("", "Open"), (CaseState.RESOLVED, "Resolved"), (ANY, "Both")],
    )
    sort = forms.ChoiceField(
        required=False,
        label="Sort",
        choices=[("", "As usual"), *_SORT_LABELS.items()],
    )
    cause = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput, label="Cause"
    )
    team = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All teams"),
            *((team.value, TEAM_LABELS[team]) for team in Team),
        ],
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        stores = list(
            Store.objects.order_by("name", "pk").values_list(
                "slug", "name", "remote_account__marketplace"
            )
        )
        markets = [
            (code, CONNECTORS.get(code).label if code in CONNECTORS else code)
            for code in sorted({code for _slug, _name, code in stores})
        ]
        people = (
            get_user_model()
            .objects.filter(cases__isnull=False)
            .order_by("username")
            .values_list("username", flat=True)
            .distinct()
        )
        for name, choices in (
            ("kind", [("", "All kinds"), *sorted(kind_choices(), key=lambda c: c[1])]),
            (
                "store",
                [("", "All stores"), *((slug, name) for slug, name, _ in stores)],
            ),
            ("marketplace", [("", "All"), *markets]),
            ("system", [("", "Anybody"), *_SYSTEMS, *markets]),
            (
                "owner",
                [
                    ("", "Anybody"),
                    ("mine", "Mine"),
                    ("nobody", "Unowned"),
                    *((f"{_PERSON}{name}", name) for name in people),
                ],
            ),
        ):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def value(self, name: str) -> str:
        """The cleaned value of a field, '' when it is absent or invalid."""
        self.is_valid()
        return str(self.cleaned_data.get(name, "") or "").strip()

    @property
    def active(self) -> bool:
        """Whether more than the team narrows the list."""
        return bool(self.unknown) or any(
            self.value(name) for name in self.fields if name not in ("team", "sort")
        )

    @property
    def order(self) -> tuple[str, bool]:
        """The field that the list is sorted by, and whether the newest come first."""
        chosen = self.value("sort")
        if not chosen:
            resolved = self.value("state") == CaseState.RESOLVED
            chosen = "resolved" if resolved else "deadline"
        return _SORTS[chosen]

    @property
    def order_words(self) -> str:
        """The same in the screen's words: 'next deadline first'."""
        chosen = next(name for name, found in _SORTS.items() if found == self.order)
        return _SORT_LABELS[chosen].lower()

    def narrow(
        self, cases: QuerySet[OrderException], user_id: int | None, *, team: bool = True
    ) -> QuerySet[OrderException]:
        """Only the cases that all filters let through; without the team for its tabs."""
        if self.unknown:
            return cases.none()
        state = self.value("state") or CaseState.OPEN
        if state != ANY:
            cases = cases.filter(state=state)
        if team and (chosen := self.value("team")):
            cases = cases.filter(team=chosen)
        for name, path in (
            ("kind", "kind"),
            ("cause", "cause"),
            ("store", "store__slug"),
            ("marketplace", "store__remote_account__marketplace"),
        ):
            if chosen := self.value(name):
                cases = cases.filter(**{path: chosen})
        if system := self.value("system"):
            cases = cases.filter(_waits_for(system))
        return self._find(self._whose(self._due(cases), user_id))

    def _due(self, cases: QuerySet[OrderException]) -> QuerySet[OrderException]:
        now, due = clock.now(), self.value("due")
        if due == "late":
            return cases.filter(deadline__lte=now)
        if due in WINDOWS:
            # What is late already is due too: nothing falls out of 'due in 4 h'.
            return cases.filter(deadline__lte=now + WINDOWS[due])
        return cases

    def _whose(
        self, cases: QuerySet[OrderException], user_id: int | None
    ) -> QuerySet[OrderException]:
        owner = self.value("owner")
        if owner == "mine":
            return cases.filter(assignee=user_id)
        if owner == "nobody":
            return cases.filter(assignee=None)
        if owner:
            name = owner.removeprefix(_PERSON)
            return cases.filter(assignee__username=name)
        return cases

    def _find(self, cases: QuerySet[OrderException]) -> QuerySet[OrderException]:
        query = self.value("q")
        if not query:
            return cases
        kinds = [kind.code for kind in KINDS if query.lower() in kind.label.lower()]
        return cases.filter(
            Q(summary__icontains=query)
            | Q(order__number__iexact=query)
            | Q(kind__in=kinds)
        )


def _waits_for(system: str) -> Q:
    """Cases whose owner's badge shows this system (``selectors.owner_system``)."""
    marketplace = Q(store__remote_account__marketplace=system)
    theirs = [kind.code for kind in KINDS if kind.owner_system == "marketplace"]
    named = Q(kind__in=[kind.code for kind in KINDS if kind.owner_system == system])
    found = named | (Q(kind__in=theirs) & marketplace)
    if system == "us":
        # A kind that no longer exists is ours to explain.
        found |= ~Q(kind__in=[kind.code for kind in KINDS])
    return found
