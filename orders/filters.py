"""What the lists can be narrowed by: forms whose values live in the URL."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from orders import leaving
from orders.due_soon import due_by
from orders.exception_kinds import Team
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
from stores.connectors import CONNECTORS
from stores.models import Store

OPEN, ANY = "open", "any"
DUE_CHOICES = [
    ("", "Any time"),
    ("late", "Late"),
    ("1h", "Within 1 hour"),
    ("4h", "Within 4 hours"),
    ("24h", "Within 24 hours"),
    ("3d", "Within 3 days"),
]
WINDOWS = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "24h": timedelta(hours=24),
    "3d": timedelta(days=3),
}
# The same by the warehouse's calendar: the last moment at which a parcel still goes.
PACK_CHOICES = [
    ("pack1h", "To be packed within 1 hour"),
    ("pack4h", "To be packed within 4 hours"),
    ("pack24h", "To be packed within 24 hours"),
    ("pack3d", "To be packed within 3 days"),
]
# Within what time an order ended: done, cancelled or not ours.
ENDED = {"24h": timedelta(hours=24)}
# Where an order's ship-by still threatens it.
AT_RISK = tuple(sorted(set(OPEN_STAGES) - {Stage.CONFIRMED}))
TEAM_LABELS = {team: team.label for team in Team}


def with_open_case() -> Exists:
    """Whether an order has an open case."""
    return Exists(
        OrderException.objects.filter(order=OuterRef("pk"), state=CaseState.OPEN)
    )


def at_risk() -> Q:
    """Orders that their ship-by still threatens: ours, and not yet told as shipped.

    None of them is closed: said so that the index of what is to leave answers.
    """
    return Q(not_ours="", stage__in=AT_RISK, closed_at__isnull=True)


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
    marketplace = forms.ChoiceField(required=False, label="Marketplace")
    stage = forms.ChoiceField(required=False, label="Stage")
    due = forms.ChoiceField(
        required=False, label="Ship-by", choices=[*DUE_CHOICES, *PACK_CHOICES]
    )
    country = forms.ChoiceField(required=False, label="Country")
    case = forms.ChoiceField(
        required=False,
        label="Case",
        choices=[("", "Any"), ("yes", "With a case"), ("no", "Without")],
    )
    # From home: leaving within these hours, what each waits for, ended so lately.
    leaves = forms.CharField(
        required=False, max_length=30, widget=forms.HiddenInput, label="Leaves"
    )
    waits = forms.CharField(
        required=False, max_length=300, widget=forms.HiddenInput, label="Waits for"
    )
    ended = forms.ChoiceField(
        required=False,
        choices=[("", "Any time"), *((code, code) for code in ENDED)],
        widget=forms.HiddenInput,
        label="Ended",
    )
    buyer = forms.CharField(
        required=False, max_length=32, widget=forms.HiddenInput, label="Buyer"
    )

    def __init__(self, data: Any, *, may_search_buyer: bool = False) -> None:
        super().__init__(data)
        self.may_search_buyer = may_search_buyer
        self._choose("store", [("", "All stores"), *stores()])
        self._choose("marketplace", [("", "All"), *marketplaces()])
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

    @property
    def also(self) -> list[tuple[str, str]]:
        """What else narrows the list that no field shows: (name, in words)."""
        found = []
        if span := leaving.parse(self.value("leaves")):
            found.append(
                ("leaves", f"ship-by from {span.start:%H:%M} to {span.end:%H:%M} UTC")
            )
        if waits := self.value("waits"):
            found.append(("waits", leaving.words(waits)))
        if ended := self.value("ended"):
            found.append(
                ("ended", f"ended in the last {ended.removesuffix('h')} hours")
            )
        return found

    def narrow(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """Only the orders that all filters let through; none if one is unknown."""
        if self.unknown:
            return orders.none()
        if store := self.value("store"):
            orders = orders.filter(store__slug=store)
        if marketplace := self.value("marketplace"):
            orders = orders.filter(store__remote_account__marketplace=marketplace)
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
        elif due in WINDOWS:
            end = now + WINDOWS[due]
            orders = orders.filter(at_risk(), ship_by__gt=now, ship_by__lte=end)
        elif due:
            end = now + WINDOWS[due.removeprefix("pack")]
            orders = orders.filter(at_risk(), due_by(end), ship_by__gt=now)
        if leaves := self.value("leaves"):
            span = leaving.parse(leaves)
            if span is None:
                return orders.none()
            orders = orders.filter(at_risk(), leaving.within(span, now))
        if waits := self.value("waits"):
            orders = leaving.waiting_for(orders, waits)
        if ended := self.value("ended"):
            orders = orders.filter(closed_at__gt=now - ENDED[ended])
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


def stores() -> list[tuple[str, str]]:
    return list(Store.objects.order_by("name", "pk").values_list("slug", "name"))


def marketplaces() -> list[tuple[str, str]]:
    """(code, name) of each marketplace that a store sells on."""
    codes = (
        Store.objects.order_by("remote_account__marketplace")
        .values_list("remote_account__marketplace", flat=True)
        .distinct()
    )
    return [
        (code, CONNECTORS.get(code).label if code in CONNECTORS else code)
        for code in codes
    ]
