"""What the lists can be narrowed by: forms whose values live in the URL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.exception_kinds import KINDS, Team, kind_choices
from orders.models import (
    OPEN_STAGES,
    CaseState,
    Order,
    OrderException,
    OrderLine,
    Shipment,
    ShipStationOrder,
    Stage,
)
from shipsync_site.lib import clock
from stores.models import Store

OPEN, ANY = "open", "any"
DUE_CHOICES = [
    ("", "Any time"),
    ("late", "Late"),
    ("4h", "Within 4 hours"),
    ("24h", "Within 24 hours"),
    ("3d", "Within 3 days"),
]
_WINDOWS = {
    "4h": timedelta(hours=4),
    "24h": timedelta(hours=24),
    "3d": timedelta(days=3),
}
TEAM_LABELS = {
    Team.OPS: "Ops",
    Team.CS: "CS",
    Team.FINANCE: "Finance",
    Team.LEAD: "Lead",
}


def with_open_case() -> Exists:
    """Whether an order has an open case."""
    return Exists(
        OrderException.objects.filter(order=OuterRef("pk"), state=CaseState.OPEN)
    )


def at_risk() -> Q:
    """Orders that their ship-by still threatens: ours, and not yet told as shipped."""
    return Q(not_ours="", stage__in=(set(OPEN_STAGES) - {Stage.CONFIRMED}))


class UrlFilter(forms.Form):
    """A form whose values stand in the URL, where anybody may type anything."""

    @property
    def unknown(self) -> str:
        """The values that are not among the choices: 'stage=packed', '' for none."""
        self.is_valid()
        return ", ".join(
            f"{name}={str(self.data.get(name, ''))[:40]}"
            for name, errors in self.errors.as_data().items()
            if any(error.code == "invalid_choice" for error in errors)
        )


class OrderFilter(UrlFilter):
    """The orders list: by place, deadline and any id. Unknown values show nothing."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label="Any id",
        widget=forms.TextInput(
            attrs={"placeholder": "Order, ShipStation id, tracking, SKU"}
        ),
    )
    store = forms.ChoiceField(required=False, label="Store")
    stage = forms.ChoiceField(required=False, label="Stage")
    due = forms.ChoiceField(required=False, label="Ship-by", choices=DUE_CHOICES)
    country = forms.ChoiceField(required=False, label="Country")
    case = forms.ChoiceField(
        required=False,
        label="Case",
        choices=[("", "Any"), ("yes", "With a case"), ("no", "Without")],
    )
    buyer = forms.CharField(
        required=False, max_length=32, widget=forms.HiddenInput, label="Buyer"
    )

    def __init__(self, data: Any, *, may_search_buyer: bool = False) -> None:
        super().__init__(data)
        self.may_search_buyer = may_search_buyer
        self._choose("store", [("", "All stores"), *_stores()])
        found = self._searches()
        self._choose(
            "stage",
            [
                ("", "All" if found else "Open"),
                (OPEN, "Open") if found else (ANY, "All"),
                *Stage.choices,
            ],
        )
        countries = (
            Order.objects.exclude(country="")
            .order_by("country")
            .values_list("country", flat=True)
            .distinct()
        )
        self._choose("country", [("", "All"), *((code, code) for code in countries)])
        if not may_search_buyer or not self.value("buyer"):
            del self.fields["buyer"]

    def _searches(self) -> bool:
        """Whether an id or a buyer is looked for: then closed orders count too."""
        names = ("q", "buyer") if self.may_search_buyer else ("q",)
        return any(str(self.data.get(name, "")).strip() for name in names)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def value(self, name: str) -> str:
        """The cleaned value of a field, '' when it is absent or invalid."""
        self.is_valid()
        found = self.cleaned_data.get(name, "") if self.is_bound else ""
        return str(found or "").strip()

    @property
    def active(self) -> bool:
        """Whether anything narrows the list beyond 'open orders'."""
        return bool(self.unknown) or any(self.value(name) for name in self.fields)

    def narrow(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """Only the orders that all filters let through; none if one is unknown."""
        if self.unknown:
            return orders.none()
        if store := self.value("store"):
            orders = orders.filter(store__slug=store)
        query, buyer = self.value("q"), self.value("buyer")
        stage = self.value("stage") or (ANY if query or buyer else OPEN)
        if stage == OPEN:
            orders = orders.filter(stage__in=OPEN_STAGES)
        elif stage != ANY:
            orders = orders.filter(stage=stage)
        if country := self.value("country"):
            orders = orders.filter(country=country)
        now = clock.now()
        due = self.value("due")
        if due == "late":
            orders = orders.filter(at_risk(), ship_by__lte=now)
        elif due in _WINDOWS:
            end = now + _WINDOWS[due]
            orders = orders.filter(at_risk(), ship_by__gt=now, ship_by__lte=end)
        if case := self.value("case"):
            orders = orders.filter(
                with_open_case() if case == "yes" else ~with_open_case()
            )
        if buyer and self.may_search_buyer:
            orders = orders.filter(
                Q(buyer__name_hash=buyer)
                | Q(buyer__email_hash=buyer)
                | Q(buyer__postcode_hash=buyer)
            )
        return orders.filter(matches_id(query)) if query else orders


def matches_id(query: str) -> Q:
    """Orders with this number, id, key, ShipStation id, tracking number or SKU.

    Exact, and so answered by indexes; each look-up is a subquery of its own.
    """
    texts = {query, query.upper()}
    records = ShipStationOrder.objects.filter(
        order_number__in=texts, order__isnull=False
    )
    parcels = Shipment.objects.filter(tracking_number__in=texts)
    found = (
        Q(number__in=texts)
        | Q(remote_id__in=texts)
        | Q(order_key=query)
        | Q(pk__in=records.values("order"))
        | Q(pk__in=OrderLine.objects.filter(sku__in=texts).values("order"))
        | Q(dispatches__shipment__in=parcels)
        | Q(
            pk__in=ShipStationOrder.objects.filter(
                ss_order_id__in=parcels.values("ss_order_id"), order__isnull=False
            ).values("order")
        )
    )
    if query.isdigit() and len(query) < 19:
        found |= Q(
            pk__in=ShipStationOrder.objects.filter(
                ss_order_id=int(query), order__isnull=False
            ).values("order")
        )
    # One order with two parcels of this number is one order.
    return Q(pk__in=Order.objects.filter(found).values("pk"))


class BuyerSearch(forms.Form):
    """A buyer's whole name, e-mail or postcode; only its keyed hash leaves the form."""

    text = forms.CharField(
        max_length=200,
        label="Buyer",
        widget=forms.TextInput(
            attrs={
                "placeholder": "Whole name, e-mail or postcode",
                "autocomplete": "off",
            }
        ),
    )


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
    owner = forms.ChoiceField(
        required=False,
        label="Who",
        choices=[("", "Anybody"), ("mine", "Mine"), ("nobody", "Unowned")],
    )
    due = forms.ChoiceField(required=False, label="Deadline", choices=DUE_CHOICES)
    state = forms.ChoiceField(
        required=False,
        label="State",
        choices=[("", "Open"), (CaseState.RESOLVED, "Resolved"), (ANY, "Both")],
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
        for name, choices in (
            ("kind", [("", "All kinds"), *sorted(kind_choices(), key=lambda c: c[1])]),
            ("store", [("", "All stores"), *_stores()]),
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
            self.value(name) for name in self.fields if name != "team"
        )

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
        if kind := self.value("kind"):
            cases = cases.filter(kind=kind)
        if store := self.value("store"):
            cases = cases.filter(store__slug=store)
        if cause := self.value("cause"):
            cases = cases.filter(cause=cause)
        owner = self.value("owner")
        if owner == "mine":
            cases = cases.filter(assignee=user_id)
        elif owner == "nobody":
            cases = cases.filter(assignee=None)
        now, due = clock.now(), self.value("due")
        if due == "late":
            cases = cases.filter(deadline__lte=now)
        elif due in _WINDOWS:
            # What is late already is due too: nothing falls out of 'due in 4 h'.
            cases = cases.filter(deadline__lte=now + _WINDOWS[due])
        if query := self.value("q"):
            cases = cases.filter(
                Q(summary__icontains=query)
                | Q(order__number__iexact=query)
                | Q(
                    kind__in=[k.code for k in KINDS if query.lower() in k.label.lower()]
                )
            )
        return cases


def _stores() -> list[tuple[str, str]]:
    return list(Store.objects.order_by("name", "pk").values_list("slug", "name"))
