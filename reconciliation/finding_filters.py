"""What the findings can be narrowed by; every value lives in the URL."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet

from orders.exception_kinds import Team
from orders.filters import ANY, TEAM_LABELS, UrlFilter, stores
from reconciliation.models import Finding, FindingState
from reconciliation.rules import RULES, rule_choices, rule_label

# Days in a row from which on a finding stands out.
STANDS_OUT, LASTS = 2, 3


class FindingFilter(UrlFilter):
    """The findings list: where, which rule, how it stands. Unknown values show nothing."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label="Order",
        widget=forms.TextInput(attrs={"placeholder": "Order number"}),
    )
    store = forms.ChoiceField(required=False, label="Store")
    rule = forms.ChoiceField(required=False, label="Rule")
    team = forms.ChoiceField(
        required=False,
        label="Team",
        choices=[("", "All"), *((t.value, TEAM_LABELS[t]) for t in Team)],
    )
    state = forms.ChoiceField(
        required=False,
        label="State",
        choices=[
            ("", "Open"),
            (FindingState.ACCEPTED, "Accepted"),
            (FindingState.GONE, "No longer seen"),
            (ANY, "All"),
        ],
    )
    days = forms.ChoiceField(
        required=False,
        label="Seen",
        choices=[
            ("", "At all"),
            ("2", "2 days running or more"),
            ("3", "3 days running or more"),
        ],
    )
    money = forms.ChoiceField(
        required=False,
        label="Money",
        choices=[
            ("", "Any"),
            ("yes", "With an amount"),
            ("owed", "Owed to us"),
            ("taken", "Taken or paid too much"),
        ],
    )
    run = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    settlement = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )
    case = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self._choose("store", [("", "All stores"), *stores()])
        self._choose("rule", [("", "All rules"), *rule_choices(), *self._of_old()])
        for name in ("run", "settlement", "case"):
            if not str(self.data.get(name, "")).strip():
                del self.fields[name]

    def _of_old(self) -> list[tuple[str, str]]:
        """The rule that is asked for, where it is no longer there but its findings are."""
        code = str(self.data.get("rule") or "")[:40]
        if not code or code in RULES or not Finding.objects.filter(rule=code).exists():
            return []
        return [(code, rule_label(code))]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def value(self, name: str) -> str:
        """The cleaned value of a field, '' when it is absent or invalid."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "").strip()

    @property
    def active(self) -> bool:
        """Whether anything narrows the list beyond what is open."""
        return bool(self.unknown) or any(self.value(name) for name in self.fields)

    def narrow(
        self, findings: QuerySet[Finding], *, without: str = ""
    ) -> QuerySet[Finding]:
        """Those that all filters let through (but ``without`` one); none if one is unknown."""
        if self.unknown or not self.is_valid():
            return findings.none()
        for condition in self._conditions(without):
            findings = findings.filter(condition)
        return findings

    def _conditions(self, without: str) -> list[Q]:
        given = {n: self.value(n) for n in self.fields if n != without}
        state = given.get("state") or FindingState.OPEN
        found = [] if state == ANY else [Q(state=state)]
        if query := given.get("q"):
            texts = {query, query.upper()}
            found.append(Q(remote_id__in=texts) | Q(order__number__in=texts))
        if store := given.get("store"):
            found.append(Q(store__slug=store))
        if rule := given.get("rule"):
            found.append(Q(rule=rule))
        if team := given.get("team"):
            found.append(Q(rule__in=[x.code for x in RULES if x.team == team]))
        if days := given.get("days"):
            found.append(Q(days__gte=int(days)))
        found += {
            "yes": [Q(amount__isnull=False)],
            "owed": [Q(amount__gt=0)],
            "taken": [Q(amount__lt=0)],
        }.get(given.get("money", ""), [])
        for name in ("run", "settlement", "case"):
            if value := given.get(name):
                found.append(Q(**{name: int(value)}))
        return found
