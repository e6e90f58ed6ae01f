"""Forms of what people look up elsewhere and keep here: rates, eligible carriers."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from stores.connectors import CONNECTORS
from stores.countries import COUNTRIES
from stores.models import EligibleCarrier, ExchangeRate
from stores.remote_lanes import LaneRule
from stores.vat_area import country_of

_CURRENCY = re.compile(r"[A-Z]{3}")
# A jump that no currency of a marketplace made between two rates: a slip of the hand,
# or euros for one unit instead of units for one euro.
_JUMP = Decimal("0.2")


class ExchangeRateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rate from a day on; never changed, only followed by another."""

    class Meta:
        model = ExchangeRate
        fields = ["currency", "per_euro", "valid_from"]
        labels = {
            "currency": "Currency",
            "per_euro": "Units for one euro",
            "valid_from": "From",
        }
        help_texts = {
            "currency": "Three letters, as marketplaces write it: GBP.",
            "per_euro": "As the European Central Bank gives it: 0.8612 for GBP. The other "
            "way round, parcels above the limit would pass.",
            "valid_from": "Counts for orders placed from that day on, until the next row.",
        }
        widgets = {
            "currency": forms.TextInput(attrs={"list": "currencies", "maxlength": "3"}),
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def clean_currency(self) -> str:
        """Three letters, and not the euro."""
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not _CURRENCY.fullmatch(code):
            raise forms.ValidationError(
                f"‘{code}’ is no currency: three letters, for example GBP."
            )
        if code == "EUR":
            raise forms.ValidationError("The euro needs no rate: one is one.")
        return code

    def clean_per_euro(self) -> Decimal:
        """More than nothing."""
        rate: Decimal = self.cleaned_data["per_euro"]
        if rate <= 0:
            raise forms.ValidationError(
                f"‘{rate}’ is no rate: more than 0, for example 0.8612."
            )
        return rate

    def clean(self) -> dict[str, Any]:
        """One rate a day: a row is never changed, for orders were judged by it."""
        cleaned = super().clean() or self.cleaned_data
        currency, day = cleaned.get("currency"), cleaned.get("valid_from")
        if currency and day:
            twin = ExchangeRate.objects.filter(
                currency=currency, valid_from=day
            ).first()
            if twin is not None:
                self.add_error(
                    "valid_from",
                    f"There is a rate from that day: {twin.per_euro.normalize():f} "
                    f"{currency}. It stays, for orders were judged by it. Add one from "
                    "another day.",
                )
        return cleaned

    def jump(self) -> ExchangeRate | None:
        """The rate before, where this one is more than a fifth away from it."""
        before = (
            ExchangeRate.objects.filter(
                currency=self.cleaned_data["currency"],
                valid_from__lt=self.cleaned_data["valid_from"],
            )
            .order_by("-valid_from")
            .first()
        )
        if before is None:
            return None
        change = abs(self.cleaned_data["per_euro"] / before.per_euro - 1)
        return before if change > _JUMP else None


def lane_rules() -> dict[str, LaneRule]:
    """By marketplace: where it takes only carriers of a list that people keep."""
    return {
        connector.code: connector.eligible_carriers
        for connector in CONNECTORS
        if connector.eligible_carriers is not None
    }


class EligibleCarrierForm(forms.ModelForm):  # type: ignore[type-arg]
    """A line of a marketplace's list."""

    class Meta:
        model = EligibleCarrier
        fields = ["marketplace", "destination", "carrier_code", "service"]
        labels = {
            "marketplace": "Marketplace",
            "destination": "Destination",
            "carrier_code": "The marketplace's carrier code",
            "service": "Service",
        }
        help_texts = {
            "destination": "EU, or the two letters of one country where the list names "
            "countries.",
            "carrier_code": "Exactly as it is sent with a confirmation, not as the "
            "carrier calls itself: a code that differs by a letter is not on the list.",
            "service": "Empty: every service of the carrier is on the list.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, CONNECTORS.get(code).label) for code in lane_rules()]
        self.fields["marketplace"] = forms.ChoiceField(
            label="Marketplace", choices=choices
        )
        if len(choices) == 1:
            self.fields["marketplace"].widget = forms.HiddenInput()
            self.initial.setdefault("marketplace", choices[0][0])
        self.fields["carrier_code"].widget.attrs["list"] = "codes"

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"marketplace"}

    def clean_destination(self) -> str:
        """EU, or a country."""
        code = country_of(self.cleaned_data["destination"])
        if code != "EU" and code not in COUNTRIES:
            raise forms.ValidationError(
                f"‘{code}’ is no destination: EU, or two letters of a country."
            )
        return code

    def clean(self) -> dict[str, Any]:
        """A line stands once."""
        cleaned = super().clean() or self.cleaned_data
        twin = EligibleCarrier.objects.filter(
            marketplace=cleaned.get("marketplace") or "",
            destination=cleaned.get("destination") or "",
            carrier_code=cleaned.get("carrier_code") or "",
            service=cleaned.get("service") or "",
        ).first()
        if twin is not None:
            self.add_error("carrier_code", f"It is on the list already: {twin}.")
        return cleaned


def today_counts(rates: list[ExchangeRate], today: date) -> dict[str, int]:
    """By currency, the key of the rate that counts on that day."""
    found: dict[str, ExchangeRate] = {}
    for rate in rates:
        kept = found.get(rate.currency)
        if rate.valid_from <= today and (
            kept is None or kept.valid_from < rate.valid_from
        ):
            found[rate.currency] = rate
    return {currency: rate.pk for currency, rate in found.items()}
