"""The form of a carrier mapping, with what the marketplace itself lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from stores.carriers import carrier_lists, told_as
from stores.choices import listed
from stores.connectors import CONNECTORS
from stores.connectors.base import Capability
from stores.models import CarrierMapping, RemoteAccount, Store
from stores.remote_types import Choice, ChoiceKind


class CarrierMappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a marketplace is told for a ShipStation carrier."""

    class Meta:
        model = CarrierMapping
        fields = [
            "marketplace",
            "store",
            "shipstation_carrier",
            "shipstation_service",
            "carrier_code",
            "carrier_name",
            "service",
        ]
        labels = {
            "store": "Store",
            "shipstation_carrier": "ShipStation carrier",
            "shipstation_service": "ShipStation service",
            "carrier_code": "The marketplace's carrier code",
            "carrier_name": "Carrier name sent with it",
            "service": "Service sent with it",
        }
        help_texts = {
            "store": "Empty: every store of the marketplace.",
            "shipstation_carrier": "ShipStation's code, for example royal_mail.",
            "shipstation_service": "Empty: every service of the carrier. The most "
            "specific mapping wins.",
            "carrier_code": "Exactly as the marketplace spells it: another spelling is "
            "refused, and the order counts as late.",
        }

    def unknown_code(self) -> str:
        """The code, if the marketplace is not known to accept it; '' otherwise."""
        code = str(self.cleaned_data.get("carrier_code") or "")
        marketplace = self.cleaned_data.get("marketplace")
        if not marketplace or marketplace not in CONNECTORS:
            return ""
        if self.instance.pk and "carrier_code" not in self.changed_data:
            return ""
        lists = carrier_lists(marketplace, self.cleaned_data.get("store"))
        if lists:
            # A default is no proof where an operator's own list lacks it.
            name = str(self.cleaned_data.get("carrier_name") or "")
            told = told_as(marketplace, code, name, lists)
            return code if any(problem for _pk, _codes, problem in told) else ""
        connector = CONNECTORS.get(marketplace)
        proven = {row.carrier_code for row in connector.default_carriers}
        return "" if code in proven else code

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].empty_label = "Every store"  # type: ignore[attr-defined]
        self.fields["shipstation_carrier"].widget.attrs["list"] = "carriers"
        self.fields["carrier_code"].widget.attrs["list"] = "codes"

    def tell_of_list(self, entries: int, marketplace: str) -> None:
        """Say under the code's field that a list of codes is offered there."""
        field = self.fields["carrier_code"]
        field.help_text = (
            f"{entries} code{' is' if entries == 1 else 's are'} offered as you type. "
            f"{field.help_text}"
            if entries
            else field.help_text
        )
        if marketplace in CONNECTORS and CONNECTORS.get(marketplace).operators:
            field.help_text += (
                " Each operator has codes of its own: a row for every store is looked up "
                "in the list of each by code, standard code and name."
            )

    def clean(self) -> dict[str, Any]:
        """One mapping per carrier and service; the store is of the marketplace."""
        cleaned = super().clean() or self.cleaned_data
        store, marketplace = cleaned.get("store"), cleaned.get("marketplace")
        self._from_the_list(cleaned)
        if store and marketplace and store.remote_account.marketplace != marketplace:
            self.add_error(
                "store",
                f"{store.name} sells on {store.remote_account.get_marketplace_display()}"
                ", not on the marketplace chosen above.",
            )
        # SQLite has no unique constraint in which empty stores count as equal.
        twin = (
            CarrierMapping.objects.filter(
                marketplace=marketplace or "",
                store=store,
                shipstation_carrier=cleaned.get("shipstation_carrier") or "",
                shipstation_service=cleaned.get("shipstation_service") or "",
            )
            .exclude(pk=self.instance.pk)
            .first()
        )
        if twin:
            self.add_error(
                "shipstation_carrier",
                f"There is a mapping for it already: {twin}. Change that one.",
            )
        return cleaned

    def _from_the_list(self, cleaned: dict[str, Any]) -> None:
        """A carrier's name as the marketplace shows it is taken for its code.

        For one store only: elsewhere the same name may have another code.
        """
        store, typed = cleaned.get("store"), str(cleaned.get("carrier_code") or "")
        if store is None or not typed:
            return
        rows = [x for _a, x in listed_carriers(cleaned.get("marketplace", ""), store)]
        if any(typed in (row.code, row.standard) for row in rows):
            return
        same = {
            row.code
            for row in rows
            if not row.scope and row.label.casefold() == typed.casefold()
        }
        if len(same) == 1:
            cleaned["carrier_code"] = same.pop()
            cleaned["carrier_name"] = cleaned.get("carrier_name") or typed


def listed_carriers(
    marketplace: str, store: Store | None
) -> list[tuple[RemoteAccount, Choice]]:
    """What the accounts of a marketplace, or a store's own, were told it takes."""
    if marketplace not in CONNECTORS:
        return []
    if Capability.LIST_CHOICES not in CONNECTORS.get(marketplace).capabilities:
        return []
    accounts: Sequence[RemoteAccount] = (
        [store.remote_account]
        if store is not None
        else list(
            RemoteAccount.objects.filter(marketplace=marketplace).order_by("name")
        )
    )
    return [
        (account, choice)
        for account in accounts
        for choice in listed(account.key, ChoiceKind.CARRIER)
    ]


def offered_codes(marketplace: str, store: Store | None) -> list[tuple[str, str]]:
    """(what to enter, what it is) of the carriers that can be chosen.

    A name that several lists share is offered once: a carrier's standard code for all
    stores, the name for lists of delivery options, the operator's own code for one
    store. A store whose account has a list is offered nothing that is not on it.
    """
    found: dict[str, str] = {}
    for account, choice in listed_carriers(marketplace, store):
        shared = choice.standard or (choice.label if choice.scope else choice.code)
        value = choice.code if store is not None and not choice.scope else shared
        found.setdefault(value, f"{choice.label}, {account.name}")
    own_list = store is not None and bool(found)
    for connector in CONNECTORS:
        if marketplace in ("", connector.code) and not own_list:
            for row in connector.default_carriers:
                found.setdefault(row.carrier_code, row.carrier_name)
    return sorted(found.items(), key=lambda row: row[0].casefold())
