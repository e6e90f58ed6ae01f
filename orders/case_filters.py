"""What the queues can be narrowed by and sorted by; every value lives in the URL.

A queue shows causes, each with its cases behind it. It shows the cases themselves where
one cause was chosen (``group``), where they are closed or put off, and where somebody
asks for it (``rows``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.ages import AGE_CHOICES, opened_within
from orders.exception_kinds import KINDS, Answer, Team, kind_choices
from orders.filters import ANY, DUE_CHOICES, TEAM_LABELS, WINDOWS, UrlFilter
from orders.models import CaseGroup, CaseState, OrderException
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
# Order in the URL → (field of a case, field of a cause, newest first).
_SORTS = {
    "deadline": ("work_by", "work_by", False),
    "oldest": ("opened_at", "oldest", False),
    "newest": ("opened_at", "oldest", True),
    "resolved": ("resolved_at", "work_by", True),
}
_SORT_LABELS = {
    "deadline": "Next deadline first",
    "oldest": "Longest open first",
    "newest": "Newest first",
    "resolved": "Last resolved first",
}
# What several kinds are about, by a part of their codes.
TOPICS = {
    "cancels": ("Cancellations", ("cancel",)),
    "carrier": ("Carriers", ("carrier", "drift_service")),
    "tax": ("Tax and customs", ("tax_", "customs_")),
    **{x.value: (x.label, ()) for x in (Answer.REFUSED, Answer.UNABLE)},
}
ASLEEP = "asleep"
CASES = "cases"
# Filters that a row of the queue can't answer: they ask its cases.
OF_CASES = ("q", "owner", "due", "tag", "age")
_PERSON = "@"
Choices = dict[str, list[tuple[str, str]]]


class CaseFilter(UrlFilter):
    """The cases list: whose, which, by when. Unknown values show nothing."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label="Text or order",
        widget=forms.TextInput(attrs={"placeholder": "Order number or words"}),
    )
    topic = forms.ChoiceField(
        required=False,
        label="About",
        choices=[
            ("", "Anything"),
            *((code, label) for code, (label, _parts) in TOPICS.items()),
        ],
    )
    kind = forms.ChoiceField(required=False, label="Kind")
    store = forms.ChoiceField(required=False, label="Store")
    marketplace = forms.ChoiceField(required=False, label="Marketplace")
    system = forms.ChoiceField(required=False, label="Waits for")
    owner = forms.ChoiceField(required=False, label="Who")
    due = forms.ChoiceField(required=False, label="Deadline", choices=DUE_CHOICES)
    age = forms.ChoiceField(required=False, label="Open for", choices=AGE_CHOICES)
    state = forms.ChoiceField(
        required=False,
        label="State",
        choices=[
            ("", "Open"),
            (ASLEEP, "Put off"),
            (CaseState.RESOLVED, "Resolved"),
            (ANY, "All"),
        ],
    )
    tag = forms.CharField(
        required=False,
        max_length=30,
        label="Tag",
        widget=forms.TextInput(attrs={"placeholder": "Tag"}),
    )
    rows = forms.ChoiceField(
        required=False, label="Rows", choices=[("", "By cause"), (CASES, "Each case")]
    )
    sort = forms.ChoiceField(
        required=False,
        label="Sort",
        choices=[("", "As usual"), *_SORT_LABELS.items()],
    )
    cause = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput, label="Cause"
    )
    group = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    team = forms.ChoiceField(
        required=False,
        choices=[
            ("", "All teams"),
            *((team.value, TEAM_LABELS[team]) for team in Team),
        ],
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Any, *, like: CaseFilter | None = None) -> None:
        """``like``: another one, whose choices are taken over instead of read again.

        It is not shown then: it has the fields that ``data`` has a value for.
        """
        if like is not None:
            given = {n: field for n, field in self.base_fields.items() if n in data}
            self.base_fields = given  # type: ignore[misc]  # of this form alone
        super().__init__(data)
        self.chosen_from: Choices = like.chosen_from if like else _choices()
        for name in self.chosen_from.keys() & self.fields.keys():
            field = cast("forms.ChoiceField", self.fields[name])
            field.choices = self.chosen_from[name]

    def value(self, name: str) -> str:
        """The cleaned value of a field, '' when it is absent or invalid."""
        self.is_valid()
        return str(self.cleaned_data.get(name, "") or "").strip()

    @property
    def active(self) -> bool:
        """Whether more than the team narrows the list."""
        return bool(self.unknown) or any(
            self.value(name)
            for name in self.fields
            if name not in ("team", "sort", "rows")
        )

    @property
    def by_cause(self) -> bool:
        """Whether the list's rows are causes; else they are cases."""
        return not any(self.value(name) for name in ("rows", "group", "state"))

    @property
    def counted(self) -> bool:
        """Whether the rows' own numbers hold: no filter looks at single cases."""
        return not any(self.value(name) for name in OF_CASES)

    @property
    def order(self) -> tuple[str, str, bool]:
        """What the list is sorted by: a case's field, a cause's, newest first."""
        return _SORTS[self._sort]

    @property
    def order_words(self) -> str:
        """The same in the screen's words: 'next deadline first'."""
        return _SORT_LABELS[self._sort].lower()

    @property
    def _sort(self) -> str:
        resolved = self.value("state") == CaseState.RESOLVED
        return self.value("sort") or ("resolved" if resolved else "deadline")

    def narrow(
        self, cases: QuerySet[OrderException], user_id: int | None, *, team: bool = True
    ) -> QuerySet[OrderException]:
        """Only the cases that all filters let through; without the team for its tabs."""
        if self.unknown:
            return cases.none()
        state = self.value("state") or CaseState.OPEN
        if state == ASLEEP:
            cases = cases.filter(state=CaseState.OPEN).exclude(snooze="")
        elif state == CaseState.OPEN:
            cases = cases.filter(state=state, snooze="")
        elif state != ANY:
            cases = cases.filter(state=state)
        if group := self.value("group"):
            cases = self._of_group(cases, int(group))
        if cause := self.value("cause"):
            cases = cases.filter(shared_cause=cause)
        if tag := self.value("tag"):
            cases = cases.filter(tags__name=tag.lower())
        if age := self.value("age"):
            cases = cases.filter(opened_within(age, clock.now()))
        cases = cases.filter(self._what(team=team))
        return self._find(self._whose(self._due(cases), user_id))

    def narrow_groups(
        self, groups: QuerySet[CaseGroup], *, team: bool = True
    ) -> QuerySet[CaseGroup]:
        """Only the causes that the filters let through which a row answers."""
        if self.unknown:
            return groups.none()
        if cause := self.value("cause"):
            groups = groups.filter(cause=cause)
        return groups.filter(self._what(team=team), awake__gt=0)

    def _what(self, *, team: bool) -> Q:
        """What cases and causes are narrowed by alike."""
        found = Q()
        if team and (chosen := self.value("team")):
            found &= Q(team=chosen)
        for name, path in (
            ("kind", "kind"),
            ("store", "store__slug"),
            ("marketplace", "store__remote_account__marketplace"),
        ):
            if chosen := self.value(name):
                found &= Q(**{path: chosen})
        if topic := self.value("topic"):
            found &= Q(kind__in=kinds_about(topic))
        if system := self.value("system"):
            found &= _waits_for(system)
        return found

    def _of_group(
        self, cases: QuerySet[OrderException], pk: int
    ) -> QuerySet[OrderException]:
        """The cases of one cause; closed ones, which no row counts, by its name."""
        if not self.value("state"):
            return cases.filter(group=pk)
        group = CaseGroup.objects.filter(pk=pk).first()
        if group is None:
            return cases.none()
        return cases.filter(
            team=group.team,
            store=group.store_id,
            kind=group.kind,
            shared_cause=group.cause,
        )

    def _due(self, cases: QuerySet[OrderException]) -> QuerySet[OrderException]:
        limit = due_by(self.value("due"))
        return cases.filter(work_by__lte=limit) if limit else cases

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


def _choices() -> Choices:
    """What can be chosen from in fields that list rows of ours; two queries."""
    stores = list(
        Store.objects.order_by("name", "pk").values_list(
            "slug", "name", "remote_account__marketplace"
        )
    )
    markets = [
        (code, CONNECTORS.get(code).label if code in CONNECTORS else code)
        for code in sorted({code for _slug, _name, code in stores})
    ]
    has_some = Exists(OrderException.objects.filter(assignee=OuterRef("pk")))
    people = get_user_model().objects.filter(has_some).order_by("username")
    return {
        "kind": [("", "All kinds"), *sorted(kind_choices(), key=lambda c: c[1])],
        "store": [("", "All stores"), *((slug, name) for slug, name, _ in stores)],
        "marketplace": [("", "All"), *markets],
        "system": [("", "Anybody"), *_SYSTEMS, *markets],
        "owner": [
            ("", "Anybody"),
            ("mine", "Mine"),
            ("nobody", "Unowned"),
            *((f"{_PERSON}{x}", x) for x in people.values_list("username", flat=True)),
        ],
    }


def due_by(window: str) -> datetime | None:
    """The end of a window of the filter; what is late already lies in all of them."""
    if window == "late":
        return clock.now()
    return clock.now() + WINDOWS[window] if window in WINDOWS else None


def kinds_about(topic: str) -> list[str]:
    """The codes of the kinds of a topic."""
    _label, parts = TOPICS[topic]
    return [
        kind.code
        for kind in KINDS
        if kind.answer == topic or any(part in kind.code for part in parts)
    ]


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
