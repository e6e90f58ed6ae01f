"""What settlements and their lines can be narrowed by; every value lives in the URL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.filters import UrlFilter, stores
from reconciliation.models import (
    Finding,
    FindingState,
    LineKind,
    MatchRung,
    Settlement,
    SettlementLine,
)
from stores.models import RemoteAccount

UNMATCHED = "none"


def paying_accounts() -> list[tuple[str, str]]:
    """(key, name) of each marketplace account."""
    rows = RemoteAccount.objects.order_by("name", "pk").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows]


class _Choosing(UrlFilter):
    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def value(self, name: str) -> str:
        """The cleaned value of a field, '' when it is absent or invalid."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "").strip()

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.unknown) or any(self.value(name) for name in self.fields)


class SettlementFilter(_Choosing):
    """The list of settlements. Unknown values show nothing."""

    account = forms.ChoiceField(required=False, label="Account")
    state = forms.ChoiceField(
        required=False,
        label="Show",
        choices=[
            ("", "All"),
            ("open", "To be signed"),
            ("signed", "Signed"),
            ("remainder", "With a remainder"),
            ("unmatched", "With lines without an order"),
            ("findings", "With open findings"),
        ],
    )
    month = forms.CharField(
        required=False,
        max_length=7,
        label="Paid in",
        widget=forms.TextInput(attrs={"type": "month"}),
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self._choose("account", [("", "All accounts"), *paying_accounts()])

    def narrow(self, settlements: QuerySet[Settlement]) -> QuerySet[Settlement]:
        """Those that all filters let through; none if one is unknown."""
        if self.unknown:
            return settlements.none()
        if account := self.value("account"):
            settlements = settlements.filter(account=int(account))
        found = Finding.objects.filter(
            settlement=OuterRef("pk"), state=FindingState.OPEN
        )
        states = {
            "open": Q(signed_at=None),
            "signed": Q(signed_at__isnull=False),
            "remainder": ~Q(remainder=0),
            "unmatched": Q(unmatched_count__gt=0),
            "findings": Exists(found),
        }
        if state := self.value("state"):
            settlements = settlements.filter(states[state])
        if month := self.value("month"):
            first = month_of(month)
            if first is None:
                return settlements.none()
            settlements = settlements.filter(in_month(first))
        return settlements


def month_of(text: str) -> date | None:
    """The first day of '2026-11'; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def in_month(first: date, path: str = "") -> Q:
    """Settlements (at ``path``) deposited in a month, by UTC; ended, where unpaid."""
    end = (first + timedelta(days=31)).replace(day=1)
    paid = {
        f"{path}deposited_at__date__gte": first,
        f"{path}deposited_at__date__lt": end,
    }
    ended = {
        f"{path}deposited_at": None,
        f"{path}ends_at__date__gte": first,
        f"{path}ends_at__date__lt": end,
    }
    return Q(**paid) | Q(**ended)


class LineFilter(_Choosing):
    """The lines of settlements. Unknown values show nothing."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label="Find",
        widget=forms.TextInput(attrs={"placeholder": "Order, SKU, line id"}),
    )
    kind = forms.ChoiceField(
        required=False, label="Kind", choices=[("", "All kinds"), *LineKind.choices]
    )
    rung = forms.ChoiceField(
        required=False,
        label="Matched",
        choices=[
            ("", "Any way"),
            (UNMATCHED, "Not matched"),
            *((rung.value, rung.label) for rung in MatchRung if rung.value),
        ],
    )
    words = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        if not str(self.data.get("words", "")).strip():
            del self.fields["words"]

    def narrow(self, lines: QuerySet[SettlementLine]) -> QuerySet[SettlementLine]:
        """Those that all filters let through; none if one is unknown."""
        if self.unknown or not self.is_valid():
            return lines.none()
        if kind := self.value("kind"):
            lines = lines.filter(kind=kind)
        if rung := self.value("rung"):
            lines = lines.filter(rung="" if rung == UNMATCHED else rung)
        if words := self.value("words"):
            lines = lines.filter(raw_description=words)
        if query := self.value("q"):
            texts = {query, query.upper()}
            lines = lines.filter(
                Q(order_ref__in=texts)
                | Q(order__number__in=texts)
                | Q(sku__in=texts)
                | Q(item_ref=query)
                | Q(remote_line=query)
                | Q(adjustment_ref=query)
            )
        return lines


NO_STORE = "none"


class MonthLineFilter(LineFilter):
    """Lines of many settlements: also by month, account, store and currency."""

    month = forms.CharField(
        required=False,
        max_length=7,
        label="Paid in",
        widget=forms.TextInput(attrs={"type": "month"}),
    )
    account = forms.ChoiceField(required=False, label="Account")
    store = forms.ChoiceField(required=False, label="Store")
    currency = forms.CharField(required=False, max_length=3, label="Currency")

    field_order = ("month", "account", "store", "kind", "currency", "rung", "q")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self._choose("account", [("", "All accounts"), *paying_accounts()])
        self._choose(
            "store", [("", "All stores"), *stores(), (NO_STORE, "Of no order")]
        )

    def narrow(self, lines: QuerySet[SettlementLine]) -> QuerySet[SettlementLine]:
        """Those that all filters let through; none if one is unknown."""
        lines = super().narrow(lines)
        if month := self.value("month"):
            first = month_of(month)
            if first is None:
                return lines.none()
            lines = lines.filter(in_month(first, "settlement__"))
        if account := self.value("account"):
            lines = lines.filter(settlement__account=int(account))
        if store := self.value("store"):
            wanted = Q(order=None) if store == NO_STORE else Q(order__store__slug=store)
            lines = lines.filter(wanted)
        if currency := self.value("currency"):
            lines = lines.filter(settlement__currency=currency.upper())
        return lines
